# The desk of the staff's page: forms, lists, sheets.

desk-pages = 職員の仕事
desk-overview = いまの受付へ
desk-page-home = 一覧
desk-page-follow-ups = 電話・確認
desk-page-bulk = 一括取得
desk-page-lookup = 番号で照会
desk-page-reinquiry = 訪問・オンライン
desk-page-special = 災害・障害
desk-page-settings = 設定
desk-signed-in = { $name } さん
desk-sign-in = サインイン
desk-sign-in-explain = 職員ごとの名前とパスワードで入ります。だれが何をしたかは監査記録に残ります。
desk-sign-in-name = 職員の名前
desk-sign-in-password = パスワード
desk-sign-out = サインアウト
desk-second = 2つ目の確認
desk-second-explain = 医療情報を見るには、認証アプリに表示された6桁の番号が要ります。
desk-second-code = 認証アプリの番号
desk-too-many = 試行が多すぎます。少し待ってから、もう一度お試しください。
desk-form-old = 画面が古くなっていました。もう一度入力してください。
desk-incomplete = 入力が足りないか、形が正しくありません。
desk-no-such-page = 該当するものがありません。
desk-service-said = オンライン資格確認等システムの回答（問い合わせのときに伝えてください）
desk-done = できました。

# Overview

desk-open-follow-ups = 電話が必要 { $count } 件
desk-validity = 資格
desk-name = 氏名
desk-reason = 理由
desk-next = 次の問い合わせ
desk-checks-more = くわしい点検は、端末で uketsukectl doctor を実行してください。

# Follow-ups

desk-follow-ups-explain = 未委託の方です。受診の可否を福祉事務所に電話で確認し、回答を書いてください。あとで医療券・調剤券が登録されると、一括取得のときに自動で済みになります。
desk-follow-ups-none = 確認が必要なものはありません。
desk-proposed = 氏名と生年月日が同じ方の医療券・調剤券が届いています。ご本人かどうかを確かめてください。
desk-settled = 済み
desk-answered = 事務所の回答
desk-open = 未確認
desk-answer = 福祉事務所の回答
desk-settle = 電話で確認した
desk-note-only = メモだけ残す
desk-since = いつから
desk-phone = 電話する先
desk-outcome = 結果
desk-outcome-ticket = 医療券/調剤券が登録されました（一括取得{ $job }の{ $place }件目）。

# Bulk fetches

desk-jobs = 取得の状況
desk-jobs-none = まだ取得していません。
desk-kind = 種類
desk-asked = 対象
desk-state = 状態
desk-persons = 人数
desk-difference = 前回との違い
desk-job-working = 取得中
desk-job-done = 完了
desk-job-failed = 失敗
desk-job-persons = { $count } 人
desk-job-new = 新規 { $count }
desk-job-changed = 変更 { $count }
desk-job-gone = なくなった { $count }
desk-tickets = 医療券・調剤券
desk-tickets-explain = この医療機関あての医療券・調剤券と、ひも付く資格情報を、診療年月ごとに取得します。福祉事務所の登録は毎月20日ごろまで続きます。
desk-month = 診療年月

# Forms

desk-ask = 照会する
desk-fetch = 取得する
desk-show = 表示する
desk-register = 登録する
desk-note = 控える
desk-report = 報告する
desk-change = 変更する
desk-begin = 始める
desk-keep = 保存する
desk-lookup-assistance = 医療扶助を番号で照会
desk-lookup-assistance-explain = 医療券・調剤券などの番号で照会します。バーコードリーダーも使えます。医療情報は取得しません。
desk-payer-number = 公費負担者番号
desk-recipient-number = 受給者番号
desk-identity = ほかの書類（券面の氏名・生年月日など）でご本人と確かめました
desk-lookup-insurance = 健康保険を番号で照会
desk-lookup-insurance-explain = 資格確認書などの番号と生年月日で照会します。医療情報は取得しません。
desk-insurer-number = 保険者番号・公費負担者番号
desk-symbol = 記号
desk-number = 番号・受給者番号
desk-branch = 枝番
desk-birth-date = 生年月日（西暦8桁）
desk-limit-certificate = 限度額情報も照会する（口頭で同意を得ました）
desk-reference = 照会番号を登録
desk-reference-explain = 患者番号を登録すると、マイナンバーカードが診察券になります。
desk-reference-number = 照会番号（患者番号）
desk-reinquire = 再照会
desk-reinquire-explain = 訪問診療・オンライン診療で、いただいた同意にもとづいて最新の資格を照会します。
desk-care = 区分
desk-care-visiting = 訪問診療等
desk-care-online = オンライン診療等・通常とは異なる動線
desk-nobody-asked = 該当する方は見つかりませんでした。照会した内容にまちがいがないか、確かめてください。
desk-medical-nothing = { $kind }：同意はありますが、登録されている情報はありませんでした。
desk-medical-failed = { $kind }：同意はありますが、取得できませんでした。
desk-care-house-call = 往診（毎回の同意が必要です）
desk-care-day = 診療日（空欄は今日）
desk-care-online-only = オンライン診療等
desk-care-alternative-route = 通常とは異なる動線（発熱外来・救急・リーダー故障など）
desk-care-visiting-only = 訪問診療
desk-consented = 同意した方を取得
desk-consented-explain = マイナ在宅受付Webなどで同意した方を、日付でまとめて取得します。
desk-from = いつから
desk-to = いつまで
desk-by-care-day = 同意した日ではなく、受診（予定）日で探す（オンライン診療等のみ）
desk-access = 患者さんの携帯で受け付ける
desk-access-explain = カードリーダーを使えない方に、アドレスと二次元コードを示します。
desk-access-change = 新しいアドレスに取りかえる（今のアドレスは使えなくなります）
desk-withdraw = 同意の取り消し
desk-withdraw-explain = 訪問診療等・オンライン診療等の閲覧への同意を取り消します。
desk-withdraw-by = だれの申し出か
desk-by-patient = 患者さん
desk-by-institution = 医療機関
desk-withdraw-button = 取り消す
desk-disaster = 災害時の照会
desk-disaster-explain = オンライン資格確認等システムが開放したときだけ使えます。照会した人と理由が記録されます。
desk-sex = 性別
desk-sex-male = 男
desk-sex-female = 女
desk-sex-unknown = 不明
desk-address = 住所
desk-oral-consent = 同意
desk-oral-yes = 口頭で同意を得ました
desk-oral-danger = 生命の危険があり、同意を得られません
desk-with-information = 薬剤情報なども見る（有資格者のみ）
desk-outage = システム障害時
desk-outage-note = 障害時に控える
desk-outage-note-explain = つながらないあいだ、カードの券面の4項目を控えます。控えは封印して保存されます。
desk-outage-ask = 控えた方を照会
desk-outage-ask-explain = 復旧したあと、控えた方をまとめて照会します。
desk-usage = 利用の報告
desk-usage-explain = 前回の報告から後の利用を報告します。
desk-mode = 何の利用か
desk-emergency = 救急時の医療情報閲覧
desk-emergency-explain = 権限のある医療機関の有資格者だけが使えます。閲覧した人と理由が記録されます。
desk-qualified-only = 有資格者として、2つ目の確認まで済ませた方だけが使えます。
desk-noted = 控え { $count } 人
desk-failed = 照会できなかった方 { $count } 人
desk-reported = 報告した利用 { $count } 件
desk-is-open = 使えます
desk-is-closed = 開放されていません

# Settings

desk-institution = 環境設定を変える
desk-institution-explain = オンライン資格確認等システムの環境設定です。医療扶助を使うには「利用する」にします。
desk-medical-assistance = 医療扶助
desk-visiting-care = 訪問診療等
desk-online-care = オンライン診療等・通常とは異なる動線
desk-unchanged = 変えない
desk-on = 利用する
desk-off = 利用しない
desk-unknown = 不明
desk-passcode = 目視確認のパスコードを受け取る
desk-passcode-explain = オンライン資格確認等システムからパスコードを受け取り、目視確認に使います。画面には出ません。
desk-test = 運用テスト
desk-test-explain = 機能をひとつずつ、だれも該当しない番号で試します。

# A result

desk-result = 照会の結果
desk-print = 印刷
desk-spelling = 職員が確認した表記
desk-spelling-keep = 正しい表記（職員が確認したもの）
desk-letters = 文字の注意
desk-letters-lost = 表示できない文字（●など）があります。ほかの書類で確かめてください。
desk-letters-unmappable = Shift_JIS で表せない文字があります。レセコンでは別の文字になることがあります。
desk-changes = 前回との違い
desk-before-none = 同じ氏名・生年月日の前回の結果はありません。
desk-before-at = 同じ氏名・生年月日の前回 { $at }
desk-before-same = 違いはありません。
desk-field = 項目
desk-before = 前回
desk-now = 今回
desk-audit = この受付の監査記録
desk-who = だれが
desk-what = 何を
desk-milliseconds = ミリ秒
desk-test-failed = できなかった項目があります。
desk-institution-code = 医療機関コード
desk-tested-at = 実施日時
desk-tested-in = 接続先
desk-detail = 内容

# Medical information

desk-medical = 医療情報を見る（有資格者）
desk-medical-recorded = この閲覧は監査記録に残りました。診療のためだけに使ってください。
desk-until = 閲覧できる期限 { $at }
desk-twice = 色のついた行は、同じ薬が重なっています。重複投薬でないか確かめてください。
desk-medical-empty = 届いた情報に、この種類の記録はありません。
desk-not-shown = ここに出していない部分も届いています（{ $names }）。この一覧だけで判断せず、オンライン資格確認等システムの画面でも確かめてください。
desk-kind-medicines = 薬剤情報
desk-kind-treatment = 診療情報
desk-kind-operations = 手術情報
desk-kind-checkups = 特定健診情報
desk-column-what = 種類
desk-column-date = 年月日
desk-column-name = 内容
desk-column-name-medicines = 薬剤
desk-column-name-checkups = 項目
desk-column-amount = 量・日数
desk-column-amount-checkups = 値
desk-column-institution = 医療機関・薬局など
desk-proposed-period = 同じ方の医療券・調剤券が届いていますが、有効期間が受診日を含みません。
desk-proposed-kind = 同じ方の券が届いていますが、この医療機関・薬局で使えない種類（医療券・調剤券の別）です。
desk-look-at-ticket = 届いた券を見る
desk-job = 一括取得の内容
desk-job-empty = 該当する方はいません。
desk-job-next = 続きを見る
desk-item-new = 新規
desk-item-changed = 変更
desk-references = 照会番号の一括登録
desk-references-explain = 1行に1人、「照会番号,保険者番号,記号,番号,枝番」の順に、カンマまたはタブで区切って入力します（1,000人まで。枝番は省略できます）。
desk-registrations = 登録する番号
desk-registered = 登録済み
desk-registered-not = 登録されていません
desk-registered-unanswered = 登録されていません（回答にありません）
desk-information-missing = 資格情報は保存しました。薬剤情報などは取得できませんでした。
desk-notes = 控えた方
desk-notes-explain = まだ回答のない控えです。誤りがあるときは理由を書いて取り消し、控え直してください。30日を過ぎた控えは消えます。
desk-noted-by = 控えた職員
desk-note-remove = 取り消す
desk-oral-not-asked = 同意は聞いていません
