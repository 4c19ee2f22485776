# Texts that both pages use. One line is one text; `{ $name }` is put in by the program.

common-simulation = シミュレーション（実在の患者ではありません）
common-language-name = 日本語
common-away = しばらくお待ちください
common-away-more = 画面の準備をしています。
common-refused-title = この画面は開けません
common-refused = 受付端末が開いた画面からだけ使えます。端末の画面を開き直してください。
