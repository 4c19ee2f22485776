# The desk of the staff's page: forms, lists, sheets.

desk-pages = Staff work
desk-overview = To the present visit
desk-page-home = Overview
desk-page-follow-ups = Calls
desk-page-bulk = Bulk fetch
desk-page-lookup = By number
desk-page-reinquiry = Visiting, online
desk-page-special = Disaster, outage
desk-page-settings = Settings
desk-signed-in = { $name }
desk-sign-in = Sign in
desk-sign-in-explain = Each member of staff has an own name and password. Who did what stands in the audit chain.
desk-sign-in-name = Name
desk-sign-in-password = Password
desk-sign-out = Sign out
desk-second = Second factor
desk-second-explain = To see medical information, give the six digits that your authenticator shows.
desk-second-code = Digits of the authenticator
desk-too-many = Too many tries. Wait a little and try again.
desk-form-old = The page was out of date. Please enter it again.
desk-incomplete = Something is missing or not in the right form.
desk-no-such-page = There is no such thing.
desk-service-said = Answer of the central service (tell it to the help desk)
desk-service-wordless = The central service gave no reason. Number of its answer (tell it to the help desk)
desk-done = Done.

# Overview

desk-open-follow-ups = To phone: { $count }
desk-validity = Qualification
desk-name = Name
desk-reason = Reason
desk-next = Next try
desk-checks-more = For all checks, run uketsukectl doctor on the terminal.

# Follow-ups

desk-follow-ups-explain = These persons are not entrusted to this institution. Phone the welfare office whether they may be treated, and note the answer. When the ticket is registered later, a bulk fetch settles the entry by itself.
desk-follow-ups-none = Nobody is to be phoned.
desk-proposed = A ticket of a person with the same name and birth date has come in. Find out whether it is this person's.
desk-settled = Settled
desk-answered = The office answered
desk-open = Open
desk-answer = Answer of the welfare office
desk-settle = Phoned and answered
desk-note-only = Note only
desk-since = Since
desk-phone = Whom to phone
desk-outcome = Outcome
desk-outcome-ticket = A ticket was registered (bulk fetch { $job }, no. { $place }).
desk-uncollected = A file nobody took
desk-uncollected-explain = The file of this result was not taken in time. It is put into the folder once more, under a new name; do so when the receipt computer is ready. Who and why are recorded.
desk-deliver-again = Deliver again

# Bulk fetches

desk-jobs = Progress
desk-jobs-none = Nothing has been fetched yet.
desk-kind = Kind
desk-asked = Asked for
desk-state = State
desk-persons = Persons
desk-difference = Against the fetch before
desk-job-working = working
desk-job-done = done
desk-job-failed = failed
desk-job-persons = { $count }
desk-job-new = new { $count }
desk-job-changed = changed { $count }
desk-job-gone = gone { $count }
desk-tickets = Medical and dispensing tickets
desk-tickets-explain = Fetches the tickets that name this institution, with their qualification, month by month. Offices register until about the 20th.
desk-month = Month of treatment

# Forms

desk-ask = Ask
desk-fetch = Fetch
desk-show = Show
desk-register = Register
desk-note = Note
desk-report = Report
desk-change = Change
desk-begin = Begin
desk-keep = Keep
desk-lookup-assistance = Medical assistance by number
desk-lookup-assistance-explain = By the numbers of a ticket or another paper; a barcode reader may be used. No medical information is fetched.
desk-payer-number = Payer number
desk-recipient-number = Recipient number
desk-identity = I made sure by other papers (name, birth date) that it is this person
desk-lookup-insurance = Health insurance by number
desk-lookup-insurance-explain = By the numbers of an insurance paper and the birth date. No medical information is fetched.
desk-insurer-number = Insurer or payer number
desk-symbol = Symbol
desk-number = Number or recipient number
desk-branch = Branch
desk-birth-date = Birth date (8 digits)
desk-limit-certificate = Also the limit certificate (the person agreed by word of mouth)
desk-reference = Register a reference number
desk-reference-explain = With the clinic's patient number registered, the My Number Card serves as the patient card.
desk-reference-number = Reference number (patient number)
desk-reinquire = Re-inquiry
desk-reinquire-explain = The newest qualification for visiting and online care, under the consent that was given.
desk-care = Care
desk-care-visiting = Visiting care
desk-care-online = Online care, alternative route
desk-nobody-asked = Nobody was found. Check what was asked with for a slip.
desk-medical-nothing = { $kind }: agreed to, and the service has nothing of it.
desk-medical-failed = { $kind }: agreed to, and it did not come.
desk-care-house-call = House call (asked each time)
desk-care-day = Day of the care (empty = today)
desk-care-online-only = Online care
desk-care-alternative-route = Alternative route (fever, emergency, reader broken)
desk-care-visiting-only = Visiting care
desk-consented = Fetch who consented
desk-consented-explain = Everybody who consented on the mobile page within these days.
desk-from = From
desk-to = To
desk-by-care-day = By the day of the care instead of the consent (online care only)
desk-access = Reception on the patient's phone
desk-access-explain = Address and code for patients who can't use the reader.
desk-access-change = Take a new address (the present one ends)
desk-withdraw = Withdraw a consent
desk-withdraw-explain = Ends the consent to viewing for visiting or online care.
desk-withdraw-by = At whose wish
desk-by-patient = The patient's
desk-by-institution = The institution's
desk-withdraw-button = Withdraw
desk-disaster = Disaster search
desk-disaster-explain = Works only while the central service has opened it. Who asked and why is recorded.
desk-sex = Sex
desk-sex-male = Male
desk-sex-female = Female
desk-sex-unknown = Unknown
desk-address = Address
desk-oral-consent = Consent
desk-oral-yes = The person agreed by word of mouth
desk-oral-danger = In danger of life and unable to agree
desk-with-information = Also medicines (qualified staff only)
desk-outage = Outage
desk-outage-note = Note during an outage
desk-outage-note-explain = Four items of the card's face while the service can't be reached. The note is kept sealed.
desk-outage-ask = Ask about everybody noted
desk-outage-ask-explain = After the outage, all who were noted are asked about.
desk-usage = Report the use
desk-usage-explain = Reports the use since the last report.
desk-mode = Use of what
desk-emergency = Emergency viewing
desk-emergency-explain = For qualified staff of an institution with the authority. Who looked and why is recorded.
desk-qualified-only = For qualified staff who gave the second factor.
desk-noted = Noted: { $count }
desk-failed = Not answered: { $count }
desk-reported = Uses reported: { $count }
desk-is-open = Open
desk-is-closed = Not open

# Settings

desk-institution = Change the settings
desk-institution-explain = Settings of this institution at the central service. Medical assistance must be "on" to be used.
desk-medical-assistance = Medical assistance
desk-visiting-care = Visiting care
desk-online-care = Online care, alternative route
desk-unchanged = As it is
desk-on = On
desk-off = Off
desk-unknown = Unknown
desk-passcode = Fetch the passcode of visual confirmation
desk-passcode-explain = Takes the passcode over from the central service for visual confirmation. It is not shown.
desk-test = Operation test
desk-test-explain = Tries each capability with numbers that belong to nobody.

# A result

desk-result = Result
desk-result-nth = Open the result of person { $nth }
desk-print = Print
desk-spelling = Spelling accepted by staff
desk-spelling-keep = Right spelling (as staff made sure)
desk-letters = Letters to look at
desk-letters-lost = Letters were lost on the way (●). Make sure by other papers.
desk-letters-unmappable = Shift_JIS can't hold a letter of this. The receipt computer may show another.
desk-changes = Against the visit before
desk-before-none = There is no earlier result of the same name and birth date.
desk-before-at = Before, same name and birth date: { $at }
desk-before-same = No difference.
desk-field = Field
desk-before = Before
desk-now = Now
desk-audit = Audit of this visit
desk-who = Who
desk-what = What
desk-milliseconds = Milliseconds
desk-line-not-run = Not run
desk-test-failed = Some steps failed.
desk-institution-code = Institution code
desk-tested-at = Tested at
desk-tested-in = Tested in
desk-detail = Detail

# Medical information

desk-medical = Medical information (qualified staff)
desk-medical-recorded = This view stands in the audit chain. Use it for the treatment only.
desk-until = May be viewed until { $at }
desk-twice = In the coloured rows the same medicine stands more than once. Look for a duplicate prescription.
desk-medical-empty = Nothing of this kind is recorded in what came.
desk-medical-none = The patient agreed, and nothing came (nothing is registered, or it could not be fetched). It does not mean that there are no medicines or treatments.
desk-medical-later = The patient agreed, and it has not come yet. The terminal goes on asking by itself.
desk-not-shown = The service also sent parts that are not shown here ({ $names }). Look in its own portal before you rely on this list.
desk-kind-medicines = Medicines
desk-kind-treatment = Treatment
desk-kind-operations = Operations
desk-kind-checkups = Checkups
desk-column-what = What
desk-column-date = Date
desk-column-name = What was done
desk-column-name-medicines = Medicine
desk-column-name-checkups = Item
desk-column-amount = Amount
desk-column-amount-checkups = Value
desk-column-institution = Institution
desk-proposed-period = A ticket of the same person has come in, but its period does not include the day of the visit.
desk-proposed-kind = A ticket of the same person has come in, but of a kind that this institution can't use (medical or dispensing).
desk-look-at-ticket = Look at the ticket
desk-job = What a bulk fetch brought
desk-job-empty = There is nobody.
desk-job-next = More
desk-item-new = new
desk-item-changed = changed
desk-references = Reference numbers in bulk
desk-references-explain = One person a line: reference number, insurer number, symbol, number, branch, between commas or tabs (up to 1,000 persons; the branch may be left out).
desk-registrations = Numbers to register
desk-registered = Registered
desk-registered-not = Not registered
desk-registered-unanswered = Not registered (not in the answer)
desk-information-missing = The qualification is kept. Medical information could not be fetched.
desk-notes = Persons noted
desk-notes-explain = Notes without an answer yet, and those for which nobody was found. If something is wrong, take the note off with a reason and note the person again. Notes not asked about are erased after 30 days; those for which nobody was found stay until they are taken off.
desk-note-waiting = Not asked about yet
desk-note-nobody = Nobody found (asked { $at })
desk-noted-by = Noted by
desk-note-remove = Take off
desk-oral-not-asked = Not asked for consent
desk-choose = Please choose
desk-printed = Printed { $at } by { $name }
