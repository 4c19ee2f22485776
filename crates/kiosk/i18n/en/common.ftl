# Texts that both pages use. One line is one text; `{ $name }` is put in by the program.

common-simulation = SIMULATION (no real patients)
common-language-name = English
common-away = Please wait
common-away-more = The screen is being prepared.
common-refused-title = This page cannot be opened
common-refused = It works only in the window that the reception terminal opened. Please open that window again.
