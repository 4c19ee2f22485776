# Texts that both pages use. One line is one text; `{ $name }` is put in by the program.

common-simulation = SIMULAÇÃO (sem pacientes reais)
common-language-name = Português
common-away = Aguarde um momento
common-away-more = A tela está sendo preparada.
common-refused-title = Não é possível abrir esta tela
common-refused = Funciona apenas na janela aberta pelo terminal. Abra-a novamente.
