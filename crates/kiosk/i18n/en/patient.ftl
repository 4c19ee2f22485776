# The patient's page. Short sentences, polite, no technical words.
# Nothing here may speak of a qualification, an insurance or an assistance: every person sees the same texts.

patient-page-title = Reception

# Starting, waiting, reading

patient-starting = Getting ready
patient-starting-more = Please wait a moment.
patient-out-of-service = Not available just now
patient-out-of-service-more = We are sorry. Please speak to the reception staff.
patient-waiting = Please place your My Number Card on the reader
patient-waiting-more = Please take it out of its case first.
patient-waiting-only = We do not look at past medical records here.
patient-reading = Reading your card
patient-reading-more = Please leave your card where it is.
patient-not-card = This seems to be a different card
patient-not-card-more = Please take the card away and place your My Number Card.
patient-not-card-phone = This seems to be a phone
patient-not-card-chip = The card’s chip does not answer
patient-other-juki = This is a Basic Resident Registration Card, which is no longer in use. Please place your My Number Card.
patient-other-android = Android phones cannot be used at this terminal yet. Please place your My Number Card.
patient-other-iphone = iPhones cannot be used at this terminal yet. Please place your My Number Card.
patient-other-licence = This is a driving licence. Please place your My Number Card.
patient-other-fido = This is a security key. Please place your My Number Card.
patient-other-transit = This is a transit or other IC card. Please place your My Number Card.
patient-other-no-chip = Check which way round the card lies, take it out of its case and lay it down again.
patient-ask-staff = If you are not sure, please ask the reception staff.

# Way of identification

patient-method = Let us check that it is you
patient-method-choose = Please choose one.
patient-method-one = Please press the button.
patient-method-nothing = We cannot check it here. Please speak to the reception staff.
patient-method-none = Our staff will check. Please press the button.
patient-face = Use my face
patient-face-detail = Type the digits on your card, then look at the screen
patient-pin = Use my PIN
patient-pin-detail = 4 digits
patient-pin-detail-tries = { $tries ->
    [one] 4 digits (1 try left)
   *[other] 4 digits ({ $tries } tries left)
  }
patient-visual = Ask staff to check
patient-back = Back
patient-cancel = Stop

# Keypad

patient-keypad-pin = Please type your PIN
patient-keypad-pin-more = The 4 digits you chose when you got the card.
patient-keypad-number = 14 digits on your card
patient-keypad-number-more = Year of birth: two digits (era year 1: 01). Year of expiry: four.
patient-keypad-number-short = 10 digits on your card
patient-keypad-number-short-more = Birth date and code under the photo. Era year 1: 01. Western year: last two digits.
patient-keypad-read = Camera read 14 digits
patient-keypad-read-more = If this is your card, press OK. Or erase them and type.
patient-keypad-read-part = Camera read a part
patient-keypad-read-part-more = Please type the rest as printed. Or erase it and start anew.
patient-keypad-part-birth = Date of birth
patient-keypad-part-expiry = Year of expiry
patient-keypad-part-code = Security code
patient-keypad-tries = { $tries ->
    [one] 1 try left
   *[other] { $tries } tries left
  }
patient-keypad-count = { $filled } of { $length } digits typed
patient-keypad-keys = Number keys
patient-hold-card-button = Read with camera
patient-hold-card = Hold the card's front up to the camera
patient-hold-card-more = Take the card and hold it up large and straight, fingers off the print.
patient-hold-card-kept = The picture is coarse and not kept.
patient-hold-card-read = Read. Lay the card on the reader again
patient-hold-card-not-read = Not read. Lay the card on the reader and type the digits
patient-hold-card-another = The expiry date does not match. Lay down your card and type its digits
patient-erase = Erase
patient-confirm = OK

# Face

patient-face-check = Checking your face
patient-face-check-more = Please take off your mask or hat.
patient-face-attempt = Checking once more (attempt { $attempt }).
patient-face-kept = The camera picture is not kept.
patient-face-picture = Camera picture
patient-face-other = Use another way
patient-guidance-none = Getting ready
patient-guidance-look-here = Please look at the screen
patient-guidance-come-closer = Please come a little closer
patient-guidance-step-back = Please step back a little
patient-guidance-left = Please move a little to the left
patient-guidance-right = Please move a little to the right
patient-guidance-up = Please raise your face a little
patient-guidance-down = Please lower your face a little
patient-guidance-mask = Please take off your mask
patient-guidance-only-one = One person only, please
patient-guidance-hold-still = Please hold still
patient-guidance-more-light = Too dark. Please turn towards the light
patient-guidance-less-light = Too bright. Please turn a little
patient-guidance-front = Please face straight ahead
patient-guidance-middle = Please put your face inside the oval
patient-guidance-matching = Checking
patient-guidance-even-light = The light comes from one side. Please turn a little
patient-guidance-turn-left = Slowly turn your head to your left
patient-guidance-turn-right = Slowly turn your head to your right

# Staff and machine at work

patient-staff-coming = A member of staff is coming
patient-staff-coming-more = Please wait and leave your card where it is.
patient-working = Checking
patient-working-more = Please wait a moment.
patient-step-card = Check the card
patient-step-service = Ask the service
patient-step-saving = Save
patient-step-done = Done
patient-step-now = In progress
patient-step-later = To come
patient-busy = Working

# Consents

patient-register = Register this card for use at medical receptions?
patient-register-more = It is not registered yet. You can do it here now.
patient-register-yes = Register
patient-register-no = Do not register
patient-consents = Do you agree that we see your past medical records?
patient-consents-more = The doctors and pharmacists here use them to treat you.
patient-consents-each = Do you agree that we see them?
patient-consents-at = Question { $at } of { $total }
patient-consents-review = Are these answers right?
patient-consents-review-more = Press one to change its answer.
patient-consents-kinds = Records to be seen
patient-consents-meaning = What are these?
patient-consent-yes = Agree
patient-consent-no = Do not agree
patient-consent-itemise = Choose one by one
patient-consent-done = Done
patient-checkups = Health checkups
patient-checkups-what = Results of checkups.
patient-medicines = Medicines
patient-medicines-what = Medicines given to you.
patient-treatment = Treatment
patient-treatment-what = Treatment you received.
patient-operations = Operations
patient-operations-what = Operations you had.

# Farewell and trouble

patient-farewell-take = Please take your card
patient-farewell = You are checked in
patient-farewell-done = You are checked in.
patient-farewell-more = Please wait until you are called.
patient-farewell-queued = You are on our list. The check follows later
patient-farewell-queued-more = Please take a seat. Staff will call you when it is done.
patient-stopped = You are not checked in yet
patient-stopped-not = You are not checked in yet.
patient-stopped-more = Lay your card down again, or speak to the reception staff.
patient-agreed = You agreed that we may see
patient-agreed-none = You did not agree that we may see any records.
patient-card-left = Your card is still here
patient-card-left-more = Please take it with you.
patient-trouble = We could not complete the check
patient-trouble-more = Please speak to the reception staff.
patient-trouble-take = Please take your card and speak to the reception staff.
patient-code = Number for staff { $code }

# Idle

patient-idle = { $seconds ->
    [one] Back to the first screen in 1 second
   *[other] Back to the first screen in { $seconds } seconds
  }
patient-stay = I need more time

# Language, display and sound, the telephone's way

patient-language = Language
patient-language-title = Choose a language
patient-comfort = Display, sound
patient-comfort-title = Display and sound
patient-size = Letters
patient-size-standard = Standard
patient-size-large = Large
patient-theme = Colours
patient-theme-standard = Standard
patient-theme-dark = Dark
patient-layout = Buttons
patient-layout-standard = Standard
patient-layout-low = Lower
patient-motion = Motion
patient-motion-on = Moving
patient-motion-off = Still
patient-speech = Speech
patient-speech-voice = Speech (English)
patient-speech-on = On
patient-speech-off = Off
patient-louder = Louder
patient-softer = Softer
patient-close = Close
patient-phone = Use my phone
patient-phone-title = Scan with your phone
patient-phone-more = You can check in with your phone and your My Number Card.
patient-phone-picture = QR code that opens the check-in page

# Drawings, in words

patient-picture-lay = Drawing: a card is laid on the card reader
patient-picture-take = Drawing: a card is taken from the card reader
patient-picture-read = Drawing: a card lies on the card reader
patient-picture-staff = Drawing: a member of staff
patient-picture-done = Drawing: done
patient-picture-turning = Drawing: getting ready

# What the person should know

patient-notice-pin-wrong = The PIN was not right.
patient-notice-pin-nearly = One more mistake would lock your PIN, so it cannot be typed here.
patient-notice-pin-blocked = Your PIN is locked. Your city, ward or town office can unlock it.
patient-notice-pin-unclear = We could not check the PIN. Please type it again.
patient-notice-number-wrong = The digits were not right.
patient-notice-number-unclear = We could not check the digits. Please type them again.
patient-notice-number-blocked = Only a few tries with the card’s digits are left, so the face check is closed.
patient-notice-face = We could not recognise your face clearly. Please use another way.
patient-notice-several = Several people were in view. Try alone, or use another way.
patient-notice-camera = The camera is not working.
patient-notice-not-genuine = The photo in the card could not be verified.
patient-notice-service = There is no connection just now. The check will be done later.
patient-notice-service-away = There is no connection just now. You are not checked in yet.
patient-notice-no-pin = This card needs no PIN. Please choose below.
patient-notice-expires-soon = Your card’s certificate expires soon. Your city, ward or town office can renew it.
patient-notice-expired = Your card’s certificate has expired. Please renew it at your city, ward or town office.
patient-notice-ended = Your card’s certificate has expired. You are checked in all the same. Please renew it at your city, ward or town office.
patient-notice-card-gone = The card was taken away, so what you had not answered counts as “Do not agree”.
patient-notice-not-registered = This card is not registered yet. You can register it on Mynaportal or at your city, ward or town office.
patient-notice-not-registered-now = It could not be registered just now. You can also do it on Mynaportal or at your city, ward or town office.
patient-notice-registered = Your card is registered.
patient-notice-unknown-person = We could not check you in with this card. Please speak to the reception staff.
patient-notice-card-changed = The card was exchanged, so we start again.
patient-notice-number-implausible = These digits do not match your card. No try was used up.
patient-notice-number-not-read = Not read. Please type the digits.
patient-notice-number-another = The expiry date does not match. Type your card’s digits.
patient-notice-consent-time = Time ran out, so what you had not answered counts as “Do not agree”.
patient-notice-card-early = The card was taken away too early. Please lay it down again.
patient-notice-idle = Nothing was pressed, so check-in was stopped.
patient-notice-staff-timeout = No member of staff could come. You can use another way.
patient-notice-cancelled = Check-in was stopped.
patient-notice-reader-gone = The card reader stopped working.
patient-notice-certificate-unusable = The electronic certificate on your card cannot be used. Your city, ward or town office can help.
patient-notice-card-unreadable = The card could not be read. Please take it out of its case and lay it down again.
patient-notice-not-stored = The result could not be stored. We will try again automatically.
patient-notice-not-kept = It could not be recorded. You are not checked in yet.
patient-notice-service-refused = The check could not be accepted just now. Our staff will help.
