# Texts that both pages use. One line is one text; `{ $name }` is put in by the program.

common-simulation = MÔ PHỎNG (không phải bệnh nhân thật)
common-language-name = Tiếng Việt
common-away = Vui lòng chờ
common-away-more = Đang chuẩn bị màn hình.
common-refused-title = Không mở được màn hình này
common-refused = Chỉ dùng được trong cửa sổ do máy tiếp nhận mở. Hãy mở lại cửa sổ đó.
