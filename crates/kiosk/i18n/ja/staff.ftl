# The staff's page.

staff-page-title = 受付（職員）
staff-languages = 言語を選ぶ
staff-results = 今日の結果
staff-ended = 今日、結果なしで終わった受付
staff-ended-none = ありません。
staff-ended-anew = 同じカードで受付をやり直しました。次の受付がそのまま始まっていれば、何もすることはありません。
staff-ended-again = 受付がまだの方には、もう一度カードを置くようご案内ください。
staff-results-none = まだ結果はありません。
staff-results-more = ほかに { $count } 件あります（古いものは表示していません）。
staff-at = 受付時刻
staff-reader = 受付の方法
staff-visit-number = 受付番号
staff-through = { $desk } { $how }（{ $who }）
staff-through-number = 番号で照会
staff-through-visiting = 訪問診療等の再照会
staff-through-house-call = 往診の再照会
staff-through-online = オンライン診療等の再照会
staff-through-alternative-route = 通常とは異なる動線の再照会
staff-through-disaster = 災害時の照会
staff-through-outage = 障害時の照会
staff-reader-at = { $desk }（{ $name }）
staff-reader-nth = { $name }（{ $nth }台目）
staff-state-waiting = レセコンの取り込み待ち
staff-state-claimed = { $by } が取り込み中
staff-state-taken = 取り込み済み
staff-withheld = -
staff-name-unknown = 氏名なし

# Validity, in words beside colour and shape

staff-validity-valid = 有効
staff-validity-invalid = 無効
staff-validity-replaced = 無効（新しい資格があります）
staff-validity-none = 該当する資格がありません
staff-validity-several = 複数の資格が該当します
staff-validity-unentrusted = 未委託
staff-validity-unknown = 不明（コード { $code }）
staff-office = { $office } に電話
staff-office-unknown = 福祉事務所に電話
staff-phone = { $office }の電話：{ $telephone }（{ $hours }）
staff-phone-at-any-hour = { $office }の電話：{ $telephone }
staff-phone-unknown = この福祉事務所の電話番号は、この端末に登録されていません。設定ファイルの [[welfare_office]] に書くと、ここに出ます。
staff-phone-list = 福祉事務所の電話番号
staff-phone-list-none = 登録された福祉事務所はありません。設定ファイルの [[welfare_office]] に書くと、電話番号と受付時間がここと結果の画面に出ます。
staff-unentrusted-title = 未委託
staff-unentrusted = この医療機関への委託（医療券・調剤券）が登録されていません。
staff-unentrusted-call = 受診の可否を、福祉事務所に電話で確認してください。
staff-unentrusted-withheld = 未委託のまま請求されないように、公費負担者番号と受給者番号は表示も連携もしません。
staff-advice = 対応
staff-service-said = オンライン資格確認の応答（お問い合わせ用、原文のまま）

# What the server below the pages refuses

staff-unserved-title = この操作はできませんでした
staff-unserved = ページがないか、送られた内容が大きすぎるか、読み取れませんでした。何も行われていません。一覧からやり直してください。

# Terminal

staff-terminal-ok = 端末は動いています
staff-terminal-trouble = 端末に問題があります
staff-terminal-lines = 端末の状態
staff-part-ok =
    { $part ->
        [camera] カメラ
        [central] オンライン資格確認
        [ledger] 台帳（記録）
        [pcscd] スマートカードサービス
        [reader] カードリーダー
       *[other] { $part }
    }: 正常
staff-part-trouble =
    { $part ->
        [camera] カメラ
        [central] オンライン資格確認
        [ledger] 台帳（記録）
        [pcscd] スマートカードサービス
        [reader] カードリーダー
       *[other] { $part }
    }: 使えません
staff-line-ok = 正常
staff-line-trouble = 異常
staff-away = 端末につながっていません。つなぎ直しています。
staff-away-full = 職員用の画面が多く開かれすぎています。使っていない画面を閉じると、この画面は自動で続きます。

# Visit and visual confirmation

staff-visit = いまの受付
staff-visit-none = 受付中の方はいません。
staff-visit-page = 患者さんの画面
staff-visit-cancel = この受付を取りやめる
staff-visit-cancel-sure = はい、取りやめます
staff-visit-restart = このカードで最初からやり直す
staff-visual = 目視確認
staff-visual-waiting = 患者さんが目視確認を待っています
staff-visual-explain = カードの顔写真とご本人を見くらべてください。この1回の受付だけに使われ、確認した職員の名前が記録されます。
staff-visual-name = 職員の名前
staff-visual-passcode = 目視確認のパスコード
staff-passcode-fetched = パスコードが違います。いまはオンライン資格確認から受け取ったパスコードだけが使えます（医院のパスコードは、端末を再起動するまで使えません）。あと{ $left }回で15分間使えなくなります。
staff-passcode-fetched-until = パスコードが違います。{ $until }までは、オンライン資格確認から受け取ったパスコードだけが使えます（医院のパスコードは使えません）。あと{ $left }回で15分間使えなくなります。
staff-visual-confirm = 本人と確認しました
staff-reply-ok = 受け付けました。
staff-reply-busy = 前の操作の途中です。少し待ってください。
staff-reply-no-answer = 端末が答えませんでした。もう一度お試しください。
staff-reply-gone = この受付はもう終わっています。
staff-reply-incomplete = 職員の名前とパスコードを入れてください。
staff-reply-nameless = 担当者の名前を入れてください（記録されます）。

staff-screen-starting = 準備中
staff-screen-out-of-service = 利用停止中
staff-screen-waiting = 待機中
staff-screen-reading = カードを読み取り中
staff-screen-not-my-number-card = マイナンバーカード以外が置かれています
staff-screen-method = 確認方法を選択中
staff-screen-keypad = 番号を入力中
staff-screen-face-check = 顔を確認中
staff-screen-staff-coming = 職員を待っています
staff-screen-working = 問い合わせ中
staff-screen-register = 利用登録をたずねています
staff-screen-consents = 同意を選択中
staff-screen-farewell = 終わりの画面
staff-screen-trouble = 確認できずに終わりました

# Alerts, queue, help

staff-alerts = お知らせ
staff-alert-close = 閉じる
staff-alerts-none = お知らせはありません。
staff-queued = あとで問い合わせるもの
staff-queued-none = ありません。
staff-queued-next = 次の問い合わせ { $at }
staff-queued-reason = つながり次第、自動で照会します。{ $reason }
staff-help = 医療扶助・薬剤情報などの問い合わせ：コールセンター 0800-080-4583（通話無料。平日 8:00–18:00、土曜 8:00–16:00、祝日を除く）
staff-results-taken-away = しばらく操作がなかったので、{ $count } 件を画面から下げました。「職員の仕事」からサインインすると見られます。
staff-results-unrecorded = 見たことを記録できないため、{ $count } 件を表示していません（{ $code }）。記録できしだい表示します。続くときは担当業者へご連絡ください。
