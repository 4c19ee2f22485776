# Texts that both pages use. One line is one text; `{ $name }` is put in by the program.

common-simulation = れんしゅう（ほんとうの ひとでは ない）
common-language-name = やさしい日本語
common-away = すこし まって ください
common-away-more = がめんを じゅんびしています。
common-refused-title = この がめんは ひらけません
common-refused = うけつけの きかいの がめんだけで つかえます。もういちど ひらいて ください。
