# Texts that both pages use. One line is one text; `{ $name }` is put in by the program.

common-simulation = 模拟（并非真实患者）
common-language-name = 中文
common-away = 请稍候
common-away-more = 正在准备画面。
common-refused-title = 无法打开此画面
common-refused = 只能在接待终端打开的画面中使用。请重新打开终端画面。
