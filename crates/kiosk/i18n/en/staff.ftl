# The staff's page.

staff-page-title = Reception (staff)
staff-languages = Choose a language
staff-results = Today’s results
staff-ended = Ended without a result today
staff-ended-none = None.
staff-ended-anew = It was begun again with the same card. Where the next visit went on, there is nothing to do.
staff-ended-again = Ask anyone not yet checked in to place the card again.
staff-results-none = No results yet.
staff-results-more = { $count ->
    [one] 1 more (older results are not shown).
   *[other] { $count } more (older results are not shown).
  }
staff-at = Received at
staff-reader = Received by
staff-visit-number = Visit
staff-through = { $desk } { $how } ({ $who })
staff-through-number = lookup by number
staff-through-visiting = re-inquiry, visiting care
staff-through-house-call = re-inquiry, house call
staff-through-online = re-inquiry, online care
staff-through-alternative-route = re-inquiry, alternative route
staff-through-disaster = search in a disaster
staff-through-outage = search after an outage
staff-reader-at = { $desk } ({ $name })
staff-reader-nth = { $name } (no. { $nth })
staff-state-waiting = Waiting for the receipt computer
staff-state-claimed = Being taken by { $by }
staff-state-taken = Taken by the receipt computer
staff-withheld = -
staff-name-unknown = No name

# Validity, in words beside colour and shape

staff-validity-valid = Valid
staff-validity-invalid = Not valid
staff-validity-replaced = Not valid (there is a newer qualification)
staff-validity-none = No such qualification
staff-validity-several = Several qualifications match
staff-validity-unentrusted = NOT ENTRUSTED
staff-validity-unknown = Unknown (code { $code })
staff-office = Phone { $office }
staff-office-unknown = Phone the welfare office
staff-phone = Telephone of { $office }: { $telephone } ({ $hours })
staff-phone-at-any-hour = Telephone of { $office }: { $telephone }
staff-phone-unknown = This terminal does not know the telephone number of this welfare office. Written into [[welfare_office]] of the settings file, it stands here.
staff-phone-list = Telephone numbers of welfare offices
staff-phone-list-none = No welfare office is entered. Written into [[welfare_office]] of the settings file, number and hours stand here and beside each result.
staff-unentrusted-title = NOT ENTRUSTED (未{"\u2060"}委{"\u2060"}託)
staff-unentrusted = No medical or dispensing ticket for this institution is registered.
staff-unentrusted-call = Ask the welfare office by telephone whether this patient may be treated here.
staff-unentrusted-withheld = The payer number and the recipient number are neither shown nor passed on, so that nothing is claimed while not entrusted.
staff-advice = What to do
staff-service-said = The service’s own answer, verbatim, for the help desk

# What the server below the pages refuses

staff-unserved-title = This could not be done
staff-unserved = There is no such page, or what was sent is too large or can’t be read. Nothing was done. Begin again from the list.

# Terminal

staff-terminal-ok = The terminal is working
staff-terminal-trouble = The terminal has a problem
staff-terminal-lines = State of the terminal
staff-part-ok =
    { $part ->
        [camera] Camera
        [central] Central service
        [ledger] Ledger (records)
        [pcscd] Smart card service
        [reader] Card reader
       *[other] { $part }
    }: ok
staff-part-trouble =
    { $part ->
        [camera] Camera
        [central] Central service
        [ledger] Ledger (records)
        [pcscd] Smart card service
        [reader] Card reader
       *[other] { $part }
    }: not available
staff-line-ok = OK
staff-line-trouble = Problem
staff-away = Not connected to the terminal. Connecting again.
staff-away-full = Too many pages of the staff are open on this terminal. Close those that nobody uses; this one goes on by itself.

# Visit and visual confirmation

staff-visit = Visit going on
staff-visit-none = Nobody is at the terminal.
staff-visit-page = Patient’s screen
staff-visit-cancel = Cancel this visit
staff-visit-cancel-sure = Yes, cancel it
staff-visit-restart = Begin again with this card
staff-visual = Visual confirmation
staff-visual-waiting = The patient is waiting for visual confirmation
staff-visual-explain = Compare the photo on the card with the person. It holds for this one visit only, and the name of the staff who confirmed is recorded.
staff-visual-name = Your name
staff-visual-passcode = Passcode for visual confirmation
staff-passcode-fetched = Wrong passcode. Only the one fetched from the central service holds now (the clinic's own does not until the terminal is restarted). { $left } more and it is locked for 15 minutes.
staff-passcode-fetched-until = Wrong passcode. Until { $until } only the one fetched from the central service holds (the clinic's own does not). { $left } more and it is locked for 15 minutes.
staff-visual-confirm = I confirm that it is this person
staff-reply-ok = Accepted.
staff-reply-busy = The step before is still running. Please wait a moment.
staff-reply-no-answer = The terminal did not answer. Please try again.
staff-reply-gone = This visit has already ended.
staff-reply-incomplete = Please fill in your name and the passcode.
staff-reply-nameless = Please fill in your name: it is recorded.

staff-screen-starting = Getting ready
staff-screen-out-of-service = Out of service
staff-screen-waiting = Waiting for a card
staff-screen-reading = Reading the card
staff-screen-not-my-number-card = Another kind of card was laid down
staff-screen-method = Choosing how to be identified
staff-screen-keypad = Typing a number
staff-screen-face-check = Face is being checked
staff-screen-staff-coming = Waiting for staff
staff-screen-working = Asking the service
staff-screen-register = Asking whether to register the card
staff-screen-consents = Choosing consents
staff-screen-farewell = Last screen
staff-screen-trouble = Ended without confirmation

# Alerts, queue, help

staff-alerts = Alerts
staff-alert-close = Close
staff-alerts-none = No alerts.
staff-queued = To be asked again
staff-queued-none = None.
staff-queued-next = Next try { $at }
staff-queued-reason = Asked again by itself as soon as possible. { $reason }
staff-help = Questions on medical assistance and medicine records: call centre 0800-080-4583 (free; weekdays 8:00 to 18:00, Saturdays 8:00 to 16:00, not on holidays; in Japanese)
staff-results-unrecorded = { $count ->
    [one] 1 result is not shown because the look at it can't be recorded ({ $code }). It is shown as soon as that works; if this goes on, tell whoever looks after the terminal.
   *[other] { $count } results are not shown because the look at them can't be recorded ({ $code }). They are shown as soon as that works; if this goes on, tell whoever looks after the terminal.
}
staff-results-taken-away = { $count ->
    [one] 1 result was taken off this page because nobody used it for a while. Sign in to the staff desk to see it.
   *[other] { $count } results were taken off this page because nobody used it for a while. Sign in to the staff desk to see them.
}
