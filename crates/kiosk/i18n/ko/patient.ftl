# The patient's page. Short sentences, polite, no technical words.
# Nothing here may speak of a qualification, an insurance or an assistance: every person sees the same texts.

patient-page-title = 접수

# Starting, waiting, reading

patient-starting = 준비하고 있습니다
patient-starting-more = 잠시 기다려 주세요.
patient-out-of-service = 지금은 사용할 수 없습니다
patient-out-of-service-more = 죄송합니다. 접수 직원에게 말씀해 주세요.
patient-waiting = 마이넘버 카드를 놓아 주세요
patient-waiting-more = 케이스에서 꺼내 카드 리더기에 놓아 주세요.
patient-waiting-only = 여기서는 과거의 의료 정보를 보지 않습니다.
patient-reading = 카드를 읽고 있습니다
patient-reading-more = 카드를 그대로 두세요.
patient-not-card = 다른 카드인 것 같습니다
patient-not-card-more = 카드를 빼고 마이넘버 카드를 놓아 주세요.
patient-not-card-phone = 스마트폰인 것 같습니다
patient-not-card-chip = IC칩을 읽을 수 없습니다
patient-other-juki = 이것은 주민기본대장 카드입니다. 지금은 사용할 수 없습니다. 마이넘버 카드를 놓아 주세요.
patient-other-android = 이 단말기에서는 아직 Android 스마트폰을 사용할 수 없습니다. 마이넘버 카드를 놓아 주세요.
patient-other-iphone = 이 단말기에서는 아직 iPhone을 사용할 수 없습니다. 마이넘버 카드를 놓아 주세요.
patient-other-licence = 이것은 운전면허증입니다. 마이넘버 카드를 놓아 주세요.
patient-other-fido = 이것은 보안 키입니다. 마이넘버 카드를 놓아 주세요.
patient-other-transit = 이것은 교통카드 등 IC카드입니다. 마이넘버 카드를 놓아 주세요.
patient-other-no-chip = 카드의 방향과 앞뒤를 확인하고 케이스에서 꺼내 다시 놓아 주세요.
patient-ask-staff = 모르실 때는 접수 직원에게 물어보세요.

# Way of identification

patient-method = 본인 확인을 합니다
patient-method-choose = 하나를 선택해 주세요.
patient-method-one = 버튼을 눌러 주세요.
patient-method-nothing = 여기서는 확인할 수 없습니다. 접수 직원에게 말씀해 주세요.
patient-method-none = 직원이 확인합니다. 버튼을 눌러 주세요.
patient-face = 얼굴로 확인
patient-face-detail = 카드의 숫자를 입력하고 화면을 봅니다
patient-pin = 비밀번호로 확인
patient-pin-detail = 숫자 4자리
patient-pin-detail-tries = 숫자 4자리 ({ $tries }번 남음)
patient-visual = 직원에게 확인받기
patient-back = 뒤로
patient-cancel = 취소

# Keypad

patient-keypad-pin = 비밀번호를 입력해 주세요
patient-keypad-pin-more = 카드를 받을 때 정한 숫자 4자리입니다.
patient-keypad-number = 카드의 숫자 14자리
patient-keypad-number-more = 출생 연도는 2자리(원년은 01), 유효 기간 연도는 4자리입니다.
patient-keypad-number-short = 카드의 숫자 10자리
patient-keypad-number-short-more = 생년월일과 사진 아래의 코드입니다. 원년은 01, 서기는 끝 두 자리입니다.
patient-keypad-read = 카메라로 14자리를 읽었습니다
patient-keypad-read-more = 본인 카드가 맞으면 ‘확인’을 누르세요. 지우고 직접 입력할 수도 있습니다.
patient-keypad-read-part = 카메라로 일부를 읽었습니다
patient-keypad-read-part-more = 나머지 숫자를 입력해 주세요. 지우고 처음부터 입력할 수도 있습니다.
patient-keypad-part-birth = 생년월일
patient-keypad-part-expiry = 유효 기간 연도
patient-keypad-part-code = 보안 코드
patient-keypad-tries = { $tries }번 더 입력할 수 있습니다
patient-keypad-count = { $length }자리 중 { $filled }자리를 입력했습니다
patient-keypad-keys = 숫자 버튼
patient-hold-card-button = 카메라로 읽기
patient-hold-card = 카드 앞면을 카메라에 비춰 주세요
patient-hold-card-more = 카드를 들고 똑바로 크게 비춰 주세요. 글자를 손가락으로 가리지 마세요.
patient-hold-card-kept = 영상은 흐리게 처리하며 저장하지 않습니다.
patient-hold-card-read = 읽었습니다. 카드를 다시 놓아 주세요
patient-hold-card-not-read = 읽지 못했습니다. 카드를 놓고 숫자를 입력해 주세요
patient-hold-card-another = 유효기간이 맞지 않습니다. 본인 카드를 놓고 숫자를 입력해 주세요
patient-erase = 지우기
patient-confirm = 확인

# Face

patient-face-check = 얼굴을 확인합니다
patient-face-check-more = 마스크와 모자를 벗어 주세요.
patient-face-attempt = 다시 확인합니다({ $attempt }번째).
patient-face-kept = 카메라 영상은 저장하지 않습니다.
patient-face-picture = 카메라 영상
patient-face-other = 다른 방법으로
patient-guidance-none = 준비하고 있습니다
patient-guidance-look-here = 화면을 봐 주세요
patient-guidance-come-closer = 조금 더 가까이 와 주세요
patient-guidance-step-back = 조금 뒤로 물러나 주세요
patient-guidance-left = 조금 왼쪽으로 움직여 주세요
patient-guidance-right = 조금 오른쪽으로 움직여 주세요
patient-guidance-up = 얼굴을 조금 들어 주세요
patient-guidance-down = 얼굴을 조금 숙여 주세요
patient-guidance-mask = 마스크를 벗어 주세요
patient-guidance-only-one = 한 분만 나오게 해 주세요
patient-guidance-hold-still = 그대로 움직이지 마세요
patient-guidance-more-light = 어둡습니다. 밝은 쪽을 향해 주세요
patient-guidance-less-light = 너무 밝습니다. 방향을 바꿔 주세요
patient-guidance-front = 얼굴을 정면으로 향해 주세요
patient-guidance-middle = 얼굴을 원 안에 넣어 주세요
patient-guidance-matching = 확인하고 있습니다
patient-guidance-even-light = 빛이 한쪽에서 비칩니다. 방향을 조금 바꿔 주세요
patient-guidance-turn-left = 얼굴을 천천히 왼쪽으로 돌려 주세요
patient-guidance-turn-right = 얼굴을 천천히 오른쪽으로 돌려 주세요

# Staff and machine at work

patient-staff-coming = 직원이 오고 있습니다
patient-staff-coming-more = 카드를 그대로 두고 기다려 주세요.
patient-working = 확인하고 있습니다
patient-working-more = 그대로 기다려 주세요.
patient-step-card = 카드 확인
patient-step-service = 조회
patient-step-saving = 기록
patient-step-done = 끝났습니다
patient-step-now = 진행 중
patient-step-later = 대기 중
patient-busy = 처리하고 있습니다

# Consents

patient-register = 이 카드를 의료기관 접수용으로 등록하시겠습니까?
patient-register-more = 아직 등록되지 않았습니다. 지금 여기서 할 수 있습니다.
patient-register-yes = 등록함
patient-register-no = 등록하지 않음
patient-consents = 과거의 의료 정보를 보여 주는 데 동의하십니까?
patient-consents-more = 이곳의 의사와 약사가 진료를 위해 봅니다.
patient-consents-each = 보여 주는 데 동의하십니까?
patient-consents-at = { $total }개 중 { $at }번째
patient-consents-review = 이 답변으로 괜찮습니까?
patient-consents-review-more = 누르면 답변을 바꿀 수 있습니다.
patient-consents-kinds = 보여 줄 정보
patient-consents-meaning = 어떤 정보인가요?
patient-consent-yes = 동의함
patient-consent-no = 동의하지 않음
patient-consent-itemise = 하나씩 선택
patient-consent-done = 이대로 완료
patient-checkups = 건강검진 정보
patient-checkups-what = 건강검진 결과입니다.
patient-medicines = 약 정보
patient-medicines-what = 처방받은 약의 기록입니다.
patient-treatment = 진료 정보
patient-treatment-what = 받은 진료의 기록입니다.
patient-operations = 수술 정보
patient-operations-what = 받은 수술의 기록입니다.

# Farewell and trouble

patient-farewell-take = 카드를 가져가세요
patient-farewell = 접수가 완료되었습니다
patient-farewell-done = 접수가 완료되었습니다.
patient-farewell-more = 호명될 때까지 기다려 주세요.
patient-farewell-queued = 접수했습니다. 확인은 나중에 합니다
patient-farewell-queued-more = 자리에 앉아 기다려 주세요. 확인이 끝나면 직원이 불러 드립니다.
patient-stopped = 아직 접수되지 않았습니다
patient-stopped-not = 아직 접수되지 않았습니다.
patient-stopped-more = 카드를 다시 놓거나 접수 직원에게 말씀해 주세요.
patient-agreed = 보여 주기로 동의한 정보
patient-agreed-none = 보여 주기로 동의한 정보는 없습니다.
patient-card-left = 카드가 남아 있습니다
patient-card-left-more = 잊지 말고 가져가세요.
patient-trouble = 확인하지 못했습니다
patient-trouble-more = 접수 직원에게 말씀해 주세요.
patient-trouble-take = 카드를 가져가시고 접수 직원에게 말씀해 주세요.
patient-code = 직원용 번호 { $code }

# Idle

patient-idle = { $seconds }초 후 처음 화면으로 돌아갑니다
patient-stay = 계속 사용합니다

# Language, display and sound, the telephone's way

patient-language = 언어 Language
patient-language-title = 언어를 선택해 주세요
patient-comfort = 화면·소리
patient-comfort-title = 화면과 소리
patient-size = 글자 크기
patient-size-standard = 표준
patient-size-large = 크게
patient-theme = 화면 색
patient-theme-standard = 표준
patient-theme-dark = 어두운 화면
patient-layout = 버튼 위치
patient-layout-standard = 표준
patient-layout-low = 낮게
patient-motion = 그림 움직임
patient-motion-on = 켜기
patient-motion-off = 끄기
patient-speech = 음성 안내
patient-speech-voice = 음성 안내 (영어)
patient-speech-on = 켜기
patient-speech-off = 끄기
patient-louder = 소리 크게
patient-softer = 소리 작게
patient-close = 닫기
patient-phone = 스마트폰으로 접수
patient-phone-title = 스마트폰으로 스캔해 주세요
patient-phone-more = 스마트폰과 마이넘버 카드로 접수할 수 있습니다.
patient-phone-picture = 접수 페이지를 여는 QR 코드

# Drawings, in words

patient-picture-lay = 그림: 카드를 리더기에 놓기
patient-picture-take = 그림: 카드를 리더기에서 꺼내기
patient-picture-read = 그림: 카드가 리더기에 있음
patient-picture-staff = 그림: 직원
patient-picture-done = 그림: 완료
patient-picture-turning = 그림: 준비 중

# What the person should know

patient-notice-pin-wrong = 비밀번호가 틀렸습니다.
patient-notice-pin-nearly = 한 번 더 틀리면 잠기므로 여기서는 비밀번호를 입력할 수 없습니다.
patient-notice-pin-blocked = 비밀번호가 잠겼습니다. 시청이나 구청 등에서 풀 수 있습니다.
patient-notice-pin-unclear = 비밀번호를 확인하지 못했습니다. 다시 입력해 주세요.
patient-notice-number-wrong = 숫자가 틀렸습니다.
patient-notice-number-unclear = 숫자를 확인하지 못했습니다. 다시 입력해 주세요.
patient-notice-number-blocked = 카드 숫자를 쓸 수 있는 횟수가 얼마 남지 않아 얼굴 확인을 할 수 없습니다.
patient-notice-face = 얼굴을 분명히 확인하지 못했습니다. 다른 방법을 선택해 주세요.
patient-notice-several = 다른 분도 함께 나왔습니다. 혼자 다시 하거나 다른 방법을 쓰세요.
patient-notice-camera = 카메라를 사용할 수 없습니다.
patient-notice-not-genuine = 카드의 사진을 확인하지 못했습니다.
patient-notice-service = 지금은 연결되지 않습니다. 확인은 나중에 합니다.
patient-notice-service-away = 지금은 연결되지 않습니다. 아직 접수되지 않았습니다.
patient-notice-no-pin = 이 카드는 비밀번호가 필요 없습니다. 아래에서 골라 주세요.
patient-notice-expires-soon = 카드 전자증명서의 기한이 다가옵니다. 시청이나 구청 등에서 갱신할 수 있습니다.
patient-notice-expired = 카드 전자증명서의 기한이 지났습니다. 시청이나 구청 등에서 갱신해 주세요.
patient-notice-ended = 카드 전자증명서의 기한이 지났습니다. 접수는 되었습니다. 시청이나 구청 등에서 갱신해 주세요.
patient-notice-card-gone = 카드를 빼서 답하지 않은 것은 '동의하지 않음'으로 했습니다.
patient-notice-not-registered = 이 카드는 아직 등록되지 않았습니다. 마이나포털이나 시청, 구청 등에서 등록할 수 있습니다.
patient-notice-not-registered-now = 지금은 등록하지 못했습니다. 마이나포털이나 시청, 구청 등에서도 할 수 있습니다.
patient-notice-registered = 이 카드를 등록했습니다.
patient-notice-unknown-person = 이 카드로는 확인하지 못했습니다. 직원에게 말씀해 주세요.
patient-notice-card-changed = 카드가 바뀌어 처음부터 다시 합니다.
patient-notice-number-implausible = 카드의 숫자와 다릅니다. 횟수는 줄지 않았습니다.
patient-notice-number-not-read = 읽지 못했습니다. 숫자를 입력해 주세요.
patient-notice-number-another = 유효기간이 맞지 않습니다. 놓인 카드의 숫자를 입력해 주세요.
patient-notice-consent-time = 시간이 지나 답하지 않은 것은 '동의하지 않음'으로 했습니다.
patient-notice-card-early = 카드를 너무 일찍 뺐습니다. 다시 놓아 주세요.
patient-notice-idle = 한동안 입력이 없어 종료했습니다.
patient-notice-staff-timeout = 직원이 오지 못했습니다. 다른 방법도 있습니다.
patient-notice-cancelled = 취소했습니다.
patient-notice-reader-gone = 카드 리더기를 사용할 수 없습니다.
patient-notice-certificate-unusable = 카드의 전자증명서를 사용할 수 없습니다. 시청이나 구청 등에 문의해 주세요.
patient-notice-card-unreadable = 카드를 읽지 못했습니다. 케이스에서 꺼내 다시 놓아 주세요.
patient-notice-not-stored = 결과를 저장하지 못했습니다. 나중에 자동으로 다시 합니다.
patient-notice-not-kept = 기록하지 못했습니다. 아직 접수되지 않았습니다.
patient-notice-service-refused = 지금은 확인할 수 없습니다. 직원이 도와드립니다.
