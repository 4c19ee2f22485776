# The patient's page. Short sentences, polite, no technical words.
# Nothing here may speak of a qualification, an insurance or an assistance: every person sees the same texts.

patient-page-title = 受付

# Starting, waiting, reading

patient-starting = 準備しています
patient-starting-more = しばらくお待ちください。
patient-out-of-service = ただいま使えません
patient-out-of-service-more = おそれいりますが、受付の職員にお声がけください。
patient-waiting = マイナンバーカードを置いてください
patient-waiting-more = ケースから出して、カードリーダーに置いてください。
patient-waiting-only = この受付では、過去の医療の情報は見ません。
patient-reading = カードを読んでいます
patient-reading-more = カードは、そのままにしてください。
patient-not-card = 別のカードのようです
patient-not-card-more = いちどカードを取って、マイナンバーカードを置いてください。
patient-not-card-phone = スマートフォンのようです
patient-not-card-chip = ICチップを読み取れません
patient-other-juki = これは住民基本台帳カードです。今は使えません。マイナンバーカードを置いてください。
patient-other-android = スマートフォン（Android）は、この端末ではまだ使えません。マイナンバーカードを置いてください。
patient-other-iphone = iPhoneは、この端末ではまだ使えません。マイナンバーカードを置いてください。
patient-other-licence = これは運転免許証です。マイナンバーカードを置いてください。
patient-other-fido = これはセキュリティキーです。マイナンバーカードを置いてください。
patient-other-transit = これは交通系などのICカードです。マイナンバーカードを置いてください。
patient-other-no-chip = カードの向きと表裏を確かめ、ケースから出して置き直してください。
patient-ask-staff = わからないときは、受付の職員にお声がけください。

# Way of identification

patient-method = ご本人の確認をします
patient-method-choose = いずれかを選んでください。
patient-method-one = ボタンを押してください。
patient-method-nothing = ここでは確認できません。受付の職員にお声がけください。
patient-method-none = 職員が確認します。ボタンを押してください。
patient-face = 顔で確認
patient-face-detail = カードの数字を入れ、画面を見ます
patient-pin = 暗証番号で確認
patient-pin-detail = 数字4けた
patient-pin-detail-tries = 数字4けた（あと{ $tries }回）
patient-visual = 職員に確認してもらう
patient-back = もどる
patient-cancel = やめる

# Keypad

patient-keypad-pin = 暗証番号を入力してください
patient-keypad-pin-more = カードを受け取ったときに決めた、数字4けたです。
patient-keypad-number = カードの数字 14けた
patient-keypad-number-more = 生まれた年は2けた（元年は01）、期限の年は4けたです。
patient-keypad-number-short = カードの数字 10けた
patient-keypad-number-short-more = 生年月日と、写真の下のコードです。元年は01、西暦は下2けたです。
patient-keypad-read = カメラで14けた読取り
patient-keypad-read-more = ご自分のカードなら「決定」を。「消す」で手入力に変わります。
patient-keypad-read-part = カメラで一部を読取り
patient-keypad-read-part-more = 残りをカードのとおりに入力してください。「消す」で最初からです。
patient-keypad-part-birth = 生年月日
patient-keypad-part-expiry = 有効期限の年
patient-keypad-part-code = セキュリティコード
patient-keypad-tries = あと { $tries } 回できます
patient-keypad-count = { $length } けたのうち { $filled } けたを入力しました
patient-keypad-keys = 数字のボタン
patient-hold-card-button = カメラで読み取る
patient-hold-card = カードをカメラへ
patient-hold-card-more = カードを手に取り、まっすぐ大きく映してください。文字を指で隠さないでください。
patient-hold-card-kept = 映像は粗くし、保存しません。
patient-hold-card-read = 読み取りました。カードをもう一度置いてください
patient-hold-card-not-read = 読み取れませんでした。カードを置いて、数字を入力してください
patient-hold-card-another = 有効期限が合いません。受付するカードを置いて、数字を入力してください
patient-erase = 消す
patient-confirm = 決定

# Face

patient-face-check = お顔を確認します
patient-face-check-more = マスクや帽子を外してください。
patient-face-attempt = もう一度、確認します（{ $attempt } 回目）。
patient-face-kept = カメラの映像は保存しません。
patient-face-picture = カメラの映像
patient-face-other = ほかの方法にする
patient-guidance-none = 準備しています
patient-guidance-look-here = 画面を見てください
patient-guidance-come-closer = もう少し近づいてください
patient-guidance-step-back = 少し離れてください
patient-guidance-left = 少し左へ動いてください
patient-guidance-right = 少し右へ動いてください
patient-guidance-up = 顔を少し上げてください
patient-guidance-down = 顔を少し下げてください
patient-guidance-mask = マスクを外してください
patient-guidance-only-one = おひとりで映ってください
patient-guidance-hold-still = そのまま動かないでください
patient-guidance-more-light = 顔が暗いです。明るいほうを向いてください
patient-guidance-less-light = 顔が明るすぎます。向きを変えてください
patient-guidance-front = 顔をまっすぐ前に向けてください
patient-guidance-middle = 顔を丸の中に入れてください
patient-guidance-matching = 確認しています
patient-guidance-even-light = 光が片側から当たっています。向きを変えてください
patient-guidance-turn-left = 顔をゆっくり左に向けてください
patient-guidance-turn-right = 顔をゆっくり右に向けてください

# Staff and machine at work

patient-staff-coming = 職員がまいります
patient-staff-coming-more = カードを置いたまま、お待ちください。
patient-working = 確認しています
patient-working-more = そのまま、お待ちください。
patient-step-card = カードの確認
patient-step-service = 問い合わせ
patient-step-saving = 記録
patient-step-done = 終わりました
patient-step-now = しています
patient-step-later = これからです
patient-busy = 処理しています

# Consents

patient-register = このカードを医療機関の受付で使えるように登録しますか
patient-register-more = まだ登録されていません。いま、ここで登録できます。
patient-register-yes = 登録する
patient-register-no = 登録しない
patient-consents = 過去の医療の情報を見せることに同意しますか
patient-consents-more = 診療や調剤のために、ここの医師や薬剤師などが見ます。
patient-consents-each = 見せることに同意しますか
patient-consents-at = { $total }つのうち{ $at }つ目
patient-consents-review = この答えでよろしいですか
patient-consents-review-more = 押すと、答えを変えられます。
patient-consents-kinds = 見せる情報
patient-consents-meaning = どんな情報か
patient-consent-yes = 同意する
patient-consent-no = 同意しない
patient-consent-itemise = ひとつずつ選ぶ
patient-consent-done = これで決定
patient-checkups = 健診の情報
patient-checkups-what = 健康診査の結果です。
patient-medicines = お薬の情報
patient-medicines-what = 出された薬の記録です。
patient-treatment = 診療の情報
patient-treatment-what = 受けた診療の記録です。
patient-operations = 手術の情報
patient-operations-what = 受けた手術の記録です。

# Farewell and trouble

patient-farewell-take = カードをお取りください
patient-farewell = 受付ができました
patient-farewell-done = 受付ができました。
patient-farewell-more = お呼びするまで、お待ちください。
patient-farewell-queued = 受付しました。確認はあとで行います
patient-farewell-queued-more = お席でお待ちください。確認ができたら、職員がお呼びします。
patient-stopped = 受付はまだできていません
patient-stopped-not = 受付はまだできていません。
patient-stopped-more = もう一度カードを置くか、受付の職員にお声がけください。
patient-agreed = 見せることに同意したもの
patient-agreed-none = 見せることに同意したものは、ありません。
patient-card-left = カードが残っています
patient-card-left-more = お忘れにならないよう、お取りください。
patient-trouble = うまく確認できませんでした
patient-trouble-more = 受付の職員にお声がけください。
patient-trouble-take = カードをお取りになり、受付の職員にお声がけください。
patient-code = 職員用の番号 { $code }

# Idle

patient-idle = あと { $seconds } 秒で、最初の画面に戻ります
patient-stay = まだ使います

# Language, display and sound, the telephone's way

patient-language = 言語 Language
patient-language-title = 言語を選んでください
patient-comfort = 表示・音声
patient-comfort-title = 見やすさと音声
patient-size = 文字の大きさ
patient-size-standard = 標準
patient-size-large = 大きい
patient-theme = 画面の色
patient-theme-standard = 標準
patient-theme-dark = 黒い画面
patient-layout = ボタンの位置
patient-layout-standard = 標準
patient-layout-low = 低くする
patient-motion = 絵の動き
patient-motion-on = 動かす
patient-motion-off = 止める
patient-speech = 音声案内
patient-speech-voice = 音声案内（日本語）
patient-speech-on = 出す
patient-speech-off = 切る
patient-louder = 音を大きく
patient-softer = 音を小さく
patient-close = 閉じる
patient-phone = スマートフォンで受付
patient-phone-title = スマートフォンで読み取ってください
patient-phone-more = スマートフォンとマイナンバーカードで受付ができます。
patient-phone-picture = 受付のページを開く二次元コード

# Drawings, in words

patient-picture-lay = カードをカードリーダーに置く絵
patient-picture-take = カードをカードリーダーから取る絵
patient-picture-read = カードがカードリーダーに置かれている絵
patient-picture-staff = 職員の絵
patient-picture-done = 終わったことを示す絵
patient-picture-turning = 準備中を示す絵

# What the person should know

patient-notice-pin-wrong = 暗証番号が違いました。
patient-notice-pin-nearly = あと1回の間違いで使えなくなるため、暗証番号はここでは入力できません。
patient-notice-pin-blocked = 暗証番号が使えなくなっています。市区町村の窓口で再設定できます。
patient-notice-pin-unclear = 暗証番号を確かめられませんでした。もう一度お願いします。
patient-notice-number-wrong = 数字が違いました。
patient-notice-number-unclear = 数字を確かめられませんでした。もう一度お願いします。
patient-notice-number-blocked = カードの数字を使える回数が残り少ないため、顔での確認はできません。
patient-notice-face = お顔をはっきり確認できませんでした。ほかの方法をお選びください。
patient-notice-several = ほかの方も映っていました。おひとりで、またはほかの方法でお願いします。
patient-notice-camera = カメラが使えません。
patient-notice-not-genuine = カードの写真を確かめられませんでした。
patient-notice-service = いま回線がつながりません。確認は、あとで行います。
patient-notice-service-away = いま回線がつながりません。受付はまだできていません。
patient-notice-no-pin = このカードに暗証番号はいりません。下からお選びください。
patient-notice-expires-soon = カードの電子証明書の期限が近いです。市区町村の窓口で更新できます。
patient-notice-expired = カードの電子証明書の期限が切れています。市区町村の窓口で更新してください。
patient-notice-ended = カードの電子証明書の期限が切れています。受付はできました。市区町村の窓口で更新してください。
patient-notice-card-gone = カードが取り出されたので、答えていないものは「同意しない」にしました。
patient-notice-not-registered = このカードは、まだ登録されていません。マイナポータルや市区町村の窓口で登録できます。
patient-notice-not-registered-now = いまは登録できませんでした。マイナポータルや市区町村の窓口でも登録できます。
patient-notice-registered = このカードを登録しました。
patient-notice-unknown-person = このカードでは確認できませんでした。受付の職員にお声がけください。
patient-notice-card-changed = カードが入れかわったので、はじめからやり直します。
patient-notice-number-implausible = カードの数字と合いません。残りの回数は減っていません。
patient-notice-number-not-read = 読み取れませんでした。数字を入力してください。
patient-notice-number-another = 有効期限が合いません。置いたカードの数字を入力してください。
patient-notice-consent-time = 時間になったので、答えていないものは「同意しない」にしました。
patient-notice-card-early = カードが早く取り出されました。もう一度置いてください。
patient-notice-idle = 操作がなかったので、受付を取りやめました。
patient-notice-staff-timeout = 職員がすぐに来られないようです。ほかの方法もお選びいただけます。
patient-notice-cancelled = 受付を取りやめました。
patient-notice-reader-gone = カードリーダーが使えなくなりました。
patient-notice-certificate-unusable = カードの電子証明書が使えません。市区町村の窓口でお手続きください。
patient-notice-card-unreadable = カードを読み取れませんでした。カードケースから出して、置き直してください。
patient-notice-not-stored = 結果を保存できませんでした。あとで自動でやり直します。
patient-notice-not-kept = 記録できませんでした。受付はまだできていません。
patient-notice-service-refused = 確認先で受け付けられませんでした。職員が対応します。
