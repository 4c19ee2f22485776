# Texts that both pages use. One line is one text; `{ $name }` is put in by the program.

common-simulation = 시뮬레이션(실제 환자가 아닙니다)
common-language-name = 한국어
common-away = 잠시 기다려 주세요
common-away-more = 화면을 준비하고 있습니다.
common-refused-title = 이 화면은 열 수 없습니다
common-refused = 접수 단말기가 연 화면에서만 사용할 수 있습니다. 단말기 화면을 다시 여세요.
