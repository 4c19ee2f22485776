# The operation test (運用テスト): its steps, and what they bring.

operation-connection = connection and login
operation-card-confirmation = card confirmation, first half (assumed form)
operation-qualification = qualification by numbers of nobody
operation-assistance = medical assistance by numbers of nobody
operation-settings = settings
operation-tickets-begun = bulk fetch of tickets, first phase
operation-tickets-fetched = bulk fetch of tickets, second phase (nothing is kept)
operation-medicines = medicines (asked without a consent: must be refused)
operation-checkups = checkups (asked without a consent: must be refused)
operation-insurance-use = registration for insurance use (of nobody)
operation-mobile-page = address of the mobile page, online care
operation-reinquiry-visiting = re-inquiry by numbers of nobody
operation-reference-number = reference number for numbers of nobody
operation-passcode = passcode for visual confirmation
operation-openings = disaster and outage openings
operation-consents-visiting = bulk fetch of consents to visiting care (nothing is kept)
operation-consents-online = bulk fetch of consents to online care (nothing is kept)
operation-reinquiry-online = re-inquiry by numbers of nobody, online care
operation-withdrawal = withdrawal of a consent (of nobody: must be refused)
operation-reference-numbers = reference numbers in bulk (of nobody), both phases
operation-settings-update = update of the settings (as they are)
operation-treatment = treatment (asked without a consent: must be refused; assumed form)
operation-operations = operations (asked without a consent: must be refused; assumed form)
operation-visiting-care = medical information of visiting care (asked without a consent: must be refused)
operation-emergency = emergency viewing (refused without the authority, nobody found with it)
operation-disaster = disaster search (refused while it is not open, nobody found while it is)
operation-outage = search after an outage (refused unless it is open, nobody found when it is)
operation-mobile-page-visiting = address of the mobile page, visiting care
operation-persons-bulk = persons in bulk by numbers of nobody, both phases
operation-visiting-medicines = medicines of visiting care (asked without a consent: must be refused)
operation-disaster-information = medical information in a disaster (refused while it is not open, nobody found while it is)
operation-usage-report = report of the use in an outage (of nobody; sent to a test environment only)
operation-assistance-on = medical assistance: on
operation-authority-yes = authority: yes
operation-authority-no = authority: no
operation-open-disaster =
    { $open ->
        [yes] disaster: open
       *[no] disaster: not open
    }
operation-open-outage =
    { $open ->
        [yes] outage: open
       *[no] outage: not open
    }
operation-open-emergency =
    { $open ->
        [yes] emergency viewing: authorised
       *[no] emergency viewing: not authorised
    }
operation-between = {", "}
operation-not-used = Not run: switched off in the settings
operation-not-read = Not run: the settings could not be read
operation-not-open = Not run: not open (or no authority); the service in production would record it as a real attempt
operation-would-be-real = Not run: sent to the service in production it would be a real report
operation-said = the service said: { $value }
operation-validity = validity code: { $value }
operation-reception = reception number: { $value }
operation-service-time = the service's time: { $value }
operation-until = until { $value }
operation-persons = { $count } persons

# What is typed in for nobody, and the reason given to the central service (in Japanese) when somebody noted in an outage is asked for.
operation-outage-reason = Noted in the outage ({ $at }, { $by })
operation-nobody-name = Operation Test
operation-nobody-operator = Operation test
operation-nobody-reason = Operation test (nobody)
