# The patient's page. Short sentences, polite, no technical words.
# Nothing here may speak of a qualification, an insurance or an assistance: every person sees the same texts.

patient-page-title = うけつけ

# Starting, waiting, reading

patient-starting = じゅんびしています
patient-starting-more = すこし まって ください。
patient-out-of-service = いま つかえません
patient-out-of-service-more = うけつけの ひとに いって ください。
patient-waiting = マイナンバーカードを おいて ください
patient-waiting-more = ケースから だして、きかいの うえに おいて ください。
patient-waiting-only = ここでは、いままでの びょういんや くすりの きろくを みません。
patient-reading = カードを よんでいます
patient-reading-more = カードは そのままに して ください。
patient-not-card = ちがう カードです
patient-not-card-more = カードを とって、マイナンバーカードを おいて ください。
patient-not-card-phone = スマートフォンの ようです
patient-not-card-chip = カードが よめません
patient-other-juki = これは じゅうきカードです。いまは つかえません。マイナンバーカードを おいて ください。
patient-other-android = スマートフォンは まだ つかえません。マイナンバーカードを おいて ください。
patient-other-iphone = iPhoneは まだ つかえません。マイナンバーカードを おいて ください。
patient-other-licence = これは うんてんめんきょしょうです。マイナンバーカードを おいて ください。
patient-other-fido = これは パソコンなどで つかう セキュリティキーです。マイナンバーカードを おいて ください。
patient-other-transit = これは でんしゃなどの カードです。マイナンバーカードを おいて ください。
patient-other-no-chip = カードの むきを みて、ケースから だして、もういちど おいて ください。
patient-ask-staff = わからないときは、うけつけの ひとに きいて ください。

# Way of identification

patient-method = あなたを かくにんします
patient-method-choose = ひとつ えらんで ください。
patient-method-one = ボタンを おして ください。
patient-method-nothing = ここでは できません。うけつけの ひとに いって ください。
patient-method-none = うけつけの ひとが みます。ボタンを おして ください。
patient-face = かおで かくにん
patient-face-detail = カードの すうじを いれて、がめんを みます
patient-pin = あんしょうばんごうで かくにん
patient-pin-detail = すうじ 4つ
patient-pin-detail-tries = すうじ 4つ（あと { $tries } かい）
patient-visual = うけつけの ひとを よぶ
patient-back = もどる
patient-cancel = やめる

# Keypad

patient-keypad-pin = あんしょうばんごうを いれて ください
patient-keypad-pin-more = カードを もらったときに きめた、4つの すうじです。
patient-keypad-number = カードの すうじ 14こ
patient-keypad-number-more = うまれた としは 2けた（1ねんめは 01）、おわりの としは 4けたです。
patient-keypad-number-short = カードの すうじ 10こ
patient-keypad-number-short-more = コードは しゃしんの したです。としは 2けた（1ねんめは 01）。
patient-keypad-read = カメラが 14こ よみました
patient-keypad-read-more = あなたの カードなら「OK」を おして ください。けして じぶんで いれる ことも できます。
patient-keypad-read-part = カメラが すこし よみました
patient-keypad-read-part-more = のこりの すうじを いれて ください。けして はじめから いれる ことも できます。
patient-keypad-part-birth = たんじょうび
patient-keypad-part-expiry = おわりの とし
patient-keypad-part-code = セキュリティコード
patient-keypad-tries = あと { $tries } かい
patient-keypad-count = { $length }この うち { $filled }こ いれました
patient-keypad-keys = すうじの ボタン
patient-hold-card-button = カメラで よむ
patient-hold-card = カードの おもてを カメラに むけて ください
patient-hold-card-more = カードを とって、おおきく うつして ください。じを かくさないで ください。
patient-hold-card-kept = うつった ものは ぼかして、のこしません。
patient-hold-card-read = よみました。カードを もういちど おいて ください
patient-hold-card-not-read = よめませんでした。カードを おいて、すうじを いれて ください
patient-hold-card-another = カードの きげんが ちがいます。あなたの カードを おいて、すうじを いれて ください
patient-erase = けす
patient-confirm = OK

# Face

patient-face-check = かおを かくにんします
patient-face-check-more = マスクや ぼうしを とって ください。
patient-face-attempt = もういちど かくにんします（{ $attempt }かいめ）。
patient-face-kept = カメラに うつった ものは のこしません。
patient-face-picture = カメラの えいぞう
patient-face-other = ほかの やりかた
patient-guidance-none = じゅんびしています
patient-guidance-look-here = がめんを みて ください
patient-guidance-come-closer = もうすこし ちかづいて ください
patient-guidance-step-back = すこし はなれて ください
patient-guidance-left = すこし ひだりへ うごいて ください
patient-guidance-right = すこし みぎへ うごいて ください
patient-guidance-up = かおを すこし うえに あげて ください
patient-guidance-down = かおを すこし したに さげて ください
patient-guidance-mask = マスクを とって ください
patient-guidance-only-one = ひとりだけで うつって ください
patient-guidance-hold-still = うごかないで ください
patient-guidance-more-light = かおが くらいです。あかるいほうを むいて ください
patient-guidance-less-light = あかるすぎます。むきを かえて ください
patient-guidance-front = かおを まえに むけて ください
patient-guidance-middle = かおを まるの なかに いれて ください
patient-guidance-matching = かくにんしています
patient-guidance-even-light = ひかりが かたがわからです。むきを かえて ください
patient-guidance-turn-left = かおを ゆっくり ひだりに むけて ください
patient-guidance-turn-right = かおを ゆっくり みぎに むけて ください

# Staff and machine at work

patient-staff-coming = うけつけの ひとが きます
patient-staff-coming-more = カードは そのままで、まって ください。
patient-working = かくにんしています
patient-working-more = そのまま まって ください。
patient-step-card = カード
patient-step-service = といあわせ
patient-step-saving = きろく
patient-step-done = おわりました
patient-step-now = しています
patient-step-later = これからです
patient-busy = しています

# Consents

patient-register = この カードを びょういんで つかえるように しますか
patient-register-more = まだ つかえません。いま ここで できます。
patient-register-yes = はい
patient-register-no = いいえ
patient-consents = いままでの びょういんや くすりの きろくを みせますか
patient-consents-more = ここの いしゃや やくざいしが、びょうきを なおすために みます。
patient-consents-each = この きろくを みせますか
patient-consents-at = { $total }この なかの { $at }ばんめ
patient-consents-review = この こたえで いいですか
patient-consents-review-more = おすと かえられます。
patient-consents-kinds = みせる きろく
patient-consents-meaning = どんな きろく?
patient-consent-yes = はい、みせます
patient-consent-no = いいえ、みせません
patient-consent-itemise = ひとつずつ えらぶ
patient-consent-done = これで きめる
patient-checkups = けんこうしんだん
patient-checkups-what = けんこうしんだんの けっかです。
patient-medicines = くすり
patient-medicines-what = もらった くすりの きろくです。
patient-treatment = びょういんで したこと
patient-treatment-what = びょういんで してもらった ことの きろくです。
patient-operations = しゅじゅつ
patient-operations-what = しゅじゅつの きろくです。

# Farewell and trouble

patient-farewell-take = カードを とって ください
patient-farewell = うけつけが できました
patient-farewell-done = うけつけが できました。
patient-farewell-more = よばれるまで まって ください。
patient-farewell-queued = うけつけました。かくにんは あとで します
patient-farewell-queued-more = すわって まって ください。おわったら、うけつけの ひとが よびます。
patient-stopped = うけつけは まだ できていません
patient-stopped-not = うけつけは まだ できていません。
patient-stopped-more = もういちど カードを おくか、うけつけの ひとに いって ください。
patient-agreed = みせる きろく
patient-agreed-none = みせる きろくは ありません。
patient-card-left = カードが のこっています
patient-card-left-more = わすれないで とって ください。
patient-trouble = かくにん できませんでした
patient-trouble-more = うけつけの ひとに いって ください。
patient-trouble-take = カードを とって、うけつけの ひとに いって ください。
patient-code = ばんごう { $code }

# Idle

patient-idle = あと { $seconds } びょうで、さいしょの がめんに もどります
patient-stay = まだ つかいます

# Language, display and sound, the telephone's way

patient-language = ことば Language
patient-language-title = ことばを えらんで ください
patient-comfort = みやすさ・おと
patient-comfort-title = みやすさと おと
patient-size = もじの おおきさ
patient-size-standard = ふつう
patient-size-large = おおきい
patient-theme = がめんの いろ
patient-theme-standard = ふつう
patient-theme-dark = くろい がめん
patient-layout = ボタンの ばしょ
patient-layout-standard = ふつう
patient-layout-low = ひくく
patient-motion = えの うごき
patient-motion-on = うごかす
patient-motion-off = とめる
patient-speech = おとの あんない
patient-speech-voice = おとの あんない（にほんご）
patient-speech-on = だす
patient-speech-off = とめる
patient-louder = おとを おおきく
patient-softer = おとを ちいさく
patient-close = とじる
patient-phone = スマートフォンで うけつけ
patient-phone-title = スマートフォンで よみとって ください
patient-phone-more = スマートフォンと マイナンバーカードで うけつけが できます。
patient-phone-picture = うけつけの ページを ひらく QRコード

# Drawings, in words

patient-picture-lay = カードを おく え
patient-picture-take = カードを とる え
patient-picture-read = カードが ある え
patient-picture-staff = うけつけの ひとの え
patient-picture-done = おわった え
patient-picture-turning = じゅんびの え

# What the person should know

patient-notice-pin-wrong = あんしょうばんごうが ちがいました。
patient-notice-pin-nearly = あんしょうばんごうは、あと 1かい まちがえると つかえなくなります。だから ここでは いれられません。
patient-notice-pin-blocked = あんしょうばんごうが つかえません。しやくしょ・やくばで なおせます。
patient-notice-pin-unclear = あんしょうばんごうが わかりませんでした。もういちど いれて ください。
patient-notice-number-wrong = すうじが ちがいました。
patient-notice-number-unclear = すうじが わかりませんでした。もういちど いれて ください。
patient-notice-number-blocked = カードの すうじを つかえる かいすうが すくないので、かおは つかえません。
patient-notice-face = かおが よく わかりませんでした。ほかの やりかたを えらんで ください。
patient-notice-several = ほかの ひとも うつりました。ひとりで、または ほかの やりかたで おねがいします。
patient-notice-camera = カメラが つかえません。
patient-notice-not-genuine = カードの しゃしんが わかりませんでした。
patient-notice-service = いま つながりません。あとで かくにんします。
patient-notice-service-away = いま つながりません。うけつけは まだ できていません。
patient-notice-no-pin = この カードに あんしょうばんごうは いりません。したから えらんで ください。
patient-notice-expires-soon = カードの なかの しょうめいしょの きげんが もうすぐです。しやくしょ・やくばで あたらしく できます。
patient-notice-expired = カードの なかの しょうめいしょの きげんが おわりました。しやくしょ・やくばで あたらしく して ください。
patient-notice-ended = カードの なかの しょうめいしょの きげんが おわりました。うけつけは できました。しやくしょ・やくばで あたらしく して ください。
patient-notice-card-gone = カードを とったので、こたえていないものは「いいえ、みせません」に しました。
patient-notice-not-registered = この カードは、まだ びょういんで つかえません。マイナポータルや しやくしょ・やくばで てつづきが できます。
patient-notice-not-registered-now = いまは できませんでした。マイナポータルや しやくしょ・やくばで できます。
patient-notice-registered = この カードが つかえるように なりました。
patient-notice-unknown-person = この カードでは わかりませんでした。うけつけの ひとに いって ください。
patient-notice-card-changed = カードが かわったので、はじめから やります。
patient-notice-number-implausible = カードと ちがいます。かいすうは おなじです。
patient-notice-number-not-read = よめませんでした。すうじを いれて ください。
patient-notice-number-another = カードの きげんが ちがいます。おいた カードの すうじを いれて ください。
patient-notice-consent-time = じかんに なったので、こたえていないものは「いいえ、みせません」に しました。
patient-notice-card-early = カードを とるのが はやすぎました。もういちど おいて ください。
patient-notice-idle = なにも しなかったので、とちゅうで おわりました。
patient-notice-staff-timeout = うけつけの ひとが きませんでした。ほかの やりかたも あります。
patient-notice-cancelled = とちゅうで やめました。
patient-notice-reader-gone = カードを よむ きかいが つかえません。
patient-notice-certificate-unusable = カードの なかの しょうめいしょが つかえません。しやくしょ・やくばに いって ください。
patient-notice-card-unreadable = カードが よめませんでした。ケースから だして、もういちど おいて ください。
patient-notice-not-stored = きろく できませんでした。あとで もういちど やります。
patient-notice-not-kept = きろく できませんでした。うけつけは まだ できていません。
patient-notice-service-refused = いまは かくにん できません。うけつけの ひとが たすけます。
