# What is only spoken. Every sentence here has a sound file (cargo xtask sounds). No digit of a PIN or a number is ever among them.

# How it is used without looking

speech-on = Spoken guidance is on. To hear a screen again, press the slash key.
speech-off = Spoken guidance is off.
speech-choose = Each press of the 6 or right arrow key reads the next choice. Choose with the 5 or enter key.
speech-digits = Type with the number keys, then press the enter key. The digits are not spoken.
speech-full = All digits are typed. Press the enter key.
speech-chosen = Chosen.
speech-idle = The first screen comes back soon. To go on, press the enter key.
speech-on-screen = The rest is on the screen only, so that nobody else hears it. Plug in headphones to listen.
speech-again = Checking once more.

# Where things are; the settings say which of them is true for this desk

speech-reader-front = The card reader is in front of the screen.
speech-reader-left = The card reader is to the left of the screen.
speech-reader-right = The card reader is to the right of the screen.
speech-reader-below = The card reader is below the screen.
speech-camera-above = The camera is above the screen.
speech-camera-below = The camera is below the screen.
speech-camera-left = The camera is to the left of the screen.
speech-camera-right = The camera is to the right of the screen.

# Counts: how many digits are typed, never which; tries left; which question

speech-count-0 = Nothing is typed.
speech-count-1 = One digit typed.
speech-count-2 = Two digits typed.
speech-count-3 = Three digits typed.
speech-count-4 = Four digits typed.
speech-count-5 = Five digits typed.
speech-count-6 = Six digits typed.
speech-count-7 = Seven digits typed.
speech-count-8 = Eight digits typed.
speech-count-9 = Nine digits typed.
speech-count-10 = Ten digits typed.
speech-count-11 = Eleven digits typed.
speech-count-12 = Twelve digits typed.
speech-count-13 = Thirteen digits typed.
speech-tries-1 = One try left.
speech-tries-2 = Two tries left.
speech-tries-3 = Three tries left.
speech-tries-4 = Four tries left.
speech-tries-5 = Five tries left.
speech-tries-6 = Six tries left.
speech-tries-7 = Seven tries left.
speech-tries-8 = Eight tries left.
speech-tries-9 = Nine tries left.
speech-tries-10 = Ten tries left.
speech-question-1 = Question one of four.
speech-question-2 = Question two of four.
speech-question-3 = Question three of four.
speech-question-4 = Question four of four.

# Names of the languages

speech-lang-ja = Japanese
speech-lang-ja-easy = Easy Japanese
speech-lang-en = English
speech-lang-zh-hans = Chinese
speech-lang-ko = Korean
speech-lang-vi = Vietnamese
speech-lang-pt = Portuguese
