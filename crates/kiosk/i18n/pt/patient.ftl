# The patient's page. Short sentences, polite, no technical words.
# Nothing here may speak of a qualification, an insurance or an assistance: every person sees the same texts.

patient-page-title = Recepção

# Starting, waiting, reading

patient-starting = Preparando
patient-starting-more = Aguarde um momento.
patient-out-of-service = Fora de serviço
patient-out-of-service-more = Desculpe. Fale com a recepção.
patient-waiting = Coloque o cartão My Number
patient-waiting-more = Tire-o da capa e coloque-o no leitor.
patient-waiting-only = Aqui não vemos registros médicos anteriores.
patient-reading = Lendo o cartão
patient-reading-more = Deixe o cartão onde está.
patient-not-card = Parece ser outro cartão
patient-not-card-more = Retire-o e coloque o cartão My Number.
patient-not-card-phone = Parece ser um celular
patient-not-card-chip = O chip do cartão não responde
patient-other-juki = Este é o cartão Juki, que não vale mais. Coloque o cartão My Number.
patient-other-android = Celulares Android ainda não funcionam aqui. Coloque o cartão My Number.
patient-other-iphone = iPhones ainda não funcionam aqui. Coloque o cartão My Number.
patient-other-licence = Esta é uma carteira de motorista. Coloque o cartão My Number.
patient-other-fido = Esta é uma chave de segurança. Coloque o cartão My Number.
patient-other-transit = Este é um cartão de transporte ou outro. Coloque o cartão My Number.
patient-other-no-chip = Confira a posição do cartão, tire-o da capa e coloque de novo.
patient-ask-staff = Em caso de dúvida, fale com a recepção.

# Way of identification

patient-method = Vamos confirmar sua identidade
patient-method-choose = Escolha uma opção.
patient-method-one = Toque no botão.
patient-method-nothing = Não é possível aqui. Fale com a recepção.
patient-method-none = A equipe vai conferir. Toque no botão.
patient-face = Usar meu rosto
patient-face-detail = Digite os números do cartão e olhe para a tela
patient-pin = Usar minha senha
patient-pin-detail = 4 dígitos
patient-pin-detail-tries = { $tries ->
    [one] 4 dígitos (mais 1 vez)
   *[other] 4 dígitos (mais { $tries } vezes)
  }
patient-visual = Chamar a equipe
patient-back = Voltar
patient-cancel = Cancelar

# Keypad

patient-keypad-pin = Digite sua senha
patient-keypad-pin-more = Os 4 dígitos escolhidos ao receber o cartão.
patient-keypad-number = Os 14 dígitos do cartão
patient-keypad-number-more = Ano de nascimento: 2 dígitos (ano 1 da era: 01). Ano de validade: 4.
patient-keypad-number-short = 10 dígitos do cartão
patient-keypad-number-short-more = Nascimento e código sob a foto. Ano 1 da era: 01. Ano ocidental: dois últimos dígitos.
patient-keypad-read = A câmera leu 14 dígitos
patient-keypad-read-more = Se o cartão é seu, toque em OK. Ou apague e digite.
patient-keypad-read-part = A câmera leu uma parte
patient-keypad-read-part-more = Digite o resto como impresso. Ou apague e recomece.
patient-keypad-part-birth = Nascimento
patient-keypad-part-expiry = Ano de validade
patient-keypad-part-code = Código
patient-keypad-tries = { $tries ->
    [one] Resta 1 tentativa
   *[other] Restam { $tries } tentativas
  }
patient-keypad-count = { $filled } de { $length } dígitos digitados
patient-keypad-keys = Teclas numéricas
patient-hold-card-button = Ler com a câmera
patient-hold-card = Mostre a frente do cartão à câmera
patient-hold-card-more = Segure-o reto e perto, sem cobrir as letras.
patient-hold-card-kept = A imagem é desfocada e não é guardada.
patient-hold-card-read = Lido. Coloque o cartão de novo
patient-hold-card-not-read = Não lido. Coloque o cartão e digite os números
patient-hold-card-another = A validade não confere. Coloque o seu cartão e digite os números
patient-erase = Apagar
patient-confirm = OK

# Face

patient-face-check = Verificando o rosto
patient-face-check-more = Tire a máscara e o chapéu.
patient-face-attempt = Mais uma vez (tentativa { $attempt }).
patient-face-kept = A imagem não é guardada.
patient-face-picture = Imagem da câmera
patient-face-other = Outra forma
patient-guidance-none = Preparando
patient-guidance-look-here = Olhe para a tela
patient-guidance-come-closer = Chegue um pouco mais perto
patient-guidance-step-back = Afaste-se um pouco
patient-guidance-left = Vá um pouco para a esquerda
patient-guidance-right = Vá um pouco para a direita
patient-guidance-up = Levante um pouco o rosto
patient-guidance-down = Abaixe um pouco o rosto
patient-guidance-mask = Tire a máscara
patient-guidance-only-one = Uma pessoa por vez
patient-guidance-hold-still = Não se mexa
patient-guidance-more-light = Muito escuro. Vire-se para a luz
patient-guidance-less-light = Muito claro. Vire-se um pouco
patient-guidance-front = Olhe para a frente
patient-guidance-middle = Coloque o rosto dentro do oval
patient-guidance-matching = Verificando
patient-guidance-even-light = A luz vem de um lado. Vire-se um pouco
patient-guidance-turn-left = Vire a cabeça devagar para a sua esquerda
patient-guidance-turn-right = Vire a cabeça devagar para a sua direita

# Staff and machine at work

patient-staff-coming = A equipe está vindo
patient-staff-coming-more = Aguarde e deixe o cartão no lugar.
patient-working = Verificando
patient-working-more = Aguarde um momento.
patient-step-card = Cartão
patient-step-service = Consulta
patient-step-saving = Registro
patient-step-done = Pronto
patient-step-now = Em andamento
patient-step-later = A seguir
patient-busy = Processando

# Consents

patient-register = Registrar este cartão para uso em recepções médicas?
patient-register-more = Ainda não está registrado. Pode fazer aqui agora.
patient-register-yes = Registrar
patient-register-no = Não registrar
patient-consents = Podemos ver seus registros médicos anteriores?
patient-consents-more = Médicos e farmacêuticos daqui os consultam para seu tratamento.
patient-consents-each = Podemos ver?
patient-consents-at = Pergunta { $at } de { $total }
patient-consents-review = Estas respostas estão certas?
patient-consents-review-more = Toque para mudar a resposta.
patient-consents-kinds = Registros a mostrar
patient-consents-meaning = O que são?
patient-consent-yes = Concordo
patient-consent-no = Não concordo
patient-consent-itemise = Um a um
patient-consent-done = Concluir
patient-checkups = Exames de rotina
patient-checkups-what = Resultados de exames de rotina.
patient-medicines = Remédios
patient-medicines-what = Remédios que você recebeu.
patient-treatment = Tratamentos
patient-treatment-what = Tratamentos que você recebeu.
patient-operations = Cirurgias
patient-operations-what = Cirurgias que você fez.

# Farewell and trouble

patient-farewell-take = Retire seu cartão
patient-farewell = Chegada registrada
patient-farewell-done = Sua chegada foi registrada.
patient-farewell-more = Aguarde a sua chamada.
patient-farewell-queued = Recebemos. A verificação vem depois
patient-farewell-queued-more = Sente-se e aguarde. A equipe chamará quando estiver pronto.
patient-stopped = Chegada ainda não registrada
patient-stopped-not = Sua chegada ainda não foi registrada.
patient-stopped-more = Coloque o cartão de novo ou fale com a recepção.
patient-agreed = Você permitiu ver
patient-agreed-none = Você não permitiu ver nenhum registro.
patient-card-left = O cartão ainda está aqui
patient-card-left-more = Não se esqueça de levá-lo.
patient-trouble = Não foi possível concluir
patient-trouble-more = Fale com a recepção.
patient-trouble-take = Retire o cartão e fale com a recepção.
patient-code = Código para a equipe { $code }

# Idle

patient-idle = { $seconds ->
    [one] Volta ao início em 1 segundo
   *[other] Volta ao início em { $seconds } segundos
  }
patient-stay = Preciso de mais tempo

# Language, display and sound, the telephone's way

patient-language = Idioma Language
patient-language-title = Escolha o idioma
patient-comfort = Tela e som
patient-comfort-title = Tela e som
patient-size = Letras
patient-size-standard = Normal
patient-size-large = Grande
patient-theme = Cores
patient-theme-standard = Normal
patient-theme-dark = Escuro
patient-layout = Botões
patient-layout-standard = Normal
patient-layout-low = Baixo
patient-motion = Movimento
patient-motion-on = Ligar
patient-motion-off = Desligar
patient-speech = Voz
patient-speech-voice = Voz (em inglês)
patient-speech-on = Ligar
patient-speech-off = Desligar
patient-louder = Mais alto
patient-softer = Mais baixo
patient-close = Fechar
patient-phone = Usar o celular
patient-phone-title = Leia com o celular
patient-phone-more = Registre sua chegada com o celular e o cartão My Number.
patient-phone-picture = Código QR da página de recepção

# Drawings, in words

patient-picture-lay = Desenho: cartão colocado no leitor
patient-picture-take = Desenho: cartão retirado do leitor
patient-picture-read = Desenho: cartão no leitor
patient-picture-staff = Desenho: uma pessoa da equipe
patient-picture-done = Desenho: concluído
patient-picture-turning = Desenho: preparando

# What the person should know

patient-notice-pin-wrong = A senha não está certa.
patient-notice-pin-nearly = Mais um erro bloquearia a senha; por isso não pode ser digitada aqui.
patient-notice-pin-blocked = Sua senha está bloqueada. A prefeitura pode desbloqueá-la.
patient-notice-pin-unclear = Não foi possível verificar a senha. Digite novamente.
patient-notice-number-wrong = Os números não estão certos.
patient-notice-number-unclear = Não foi possível verificar os números. Digite novamente.
patient-notice-number-blocked = Restam poucas tentativas com os números do cartão; por isso não é possível usar o rosto.
patient-notice-face = Não reconhecemos bem o rosto. Escolha outra forma.
patient-notice-several = Havia mais pessoas. Fique sozinho(a) diante da câmera.
patient-notice-camera = A câmera não funciona.
patient-notice-not-genuine = Não foi possível verificar a foto do cartão.
patient-notice-service = Sem conexão agora. A verificação será feita depois.
patient-notice-service-away = Sem conexão agora. Sua chegada ainda não foi registrada.
patient-notice-no-pin = Este cartão não precisa de senha. Escolha abaixo.
patient-notice-expires-soon = O certificado do cartão vence em breve. Pode ser renovado na prefeitura.
patient-notice-expired = O certificado do cartão venceu. Renove na prefeitura.
patient-notice-ended = O certificado do cartão venceu. Sua chegada foi registrada. Renove na prefeitura.
patient-notice-card-gone = O cartão foi retirado; o que faltava ficou como “Não concordo”.
patient-notice-not-registered = Este cartão ainda não está registrado. Registre no Mynaportal ou na prefeitura.
patient-notice-not-registered-now = Não foi possível registrar agora. Também pode no Mynaportal ou na prefeitura.
patient-notice-registered = Seu cartão foi registrado.
patient-notice-unknown-person = Não foi possível com este cartão. Fale com a recepção.
patient-notice-card-changed = O cartão foi trocado; vamos recomeçar.
patient-notice-number-implausible = Não confere com o cartão. Nenhuma tentativa foi perdida.
patient-notice-number-not-read = Não lido. Digite os números.
patient-notice-number-another = A validade não confere. Digite os números deste cartão.
patient-notice-consent-time = O tempo acabou; o que faltava ficou como “Não concordo”.
patient-notice-card-early = O cartão foi retirado cedo demais. Coloque-o de novo.
patient-notice-idle = Como não houve resposta, paramos.
patient-notice-staff-timeout = Ninguém pôde vir. Há outras formas.
patient-notice-cancelled = Atendimento cancelado.
patient-notice-reader-gone = O leitor de cartões parou.
patient-notice-certificate-unusable = O certificado do cartão não pode ser usado. Procure a prefeitura.
patient-notice-card-unreadable = Não foi possível ler o cartão. Tire-o da capa e coloque de novo.
patient-notice-not-stored = O resultado não foi salvo. Tentaremos de novo automaticamente.
patient-notice-not-kept = Não foi possível gravar. Sua chegada ainda não foi registrada.
patient-notice-service-refused = Não foi possível verificar agora. A equipe vai ajudar.
