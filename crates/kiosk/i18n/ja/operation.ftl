# The operation test (運用テスト): its steps, and what they bring.

operation-connection = 接続とログイン
operation-card-confirmation = カード確認の準備（想定の方式）
operation-qualification = 資格確認（該当なしの番号）
operation-assistance = 医療扶助の照会（該当なしの番号）
operation-settings = 環境設定
operation-tickets-begun = 委託先資格情報の一括取得（受付）
operation-tickets-fetched = 委託先資格情報の一括取得（結果の受け取り。保存はしません）
operation-medicines = 薬剤情報（同意のない照会が断られること）
operation-checkups = 健診情報（同意のない照会が断られること）
operation-insurance-use = 健康保険証利用登録（該当なし）
operation-mobile-page = 医療機関アクセスURL（オンライン診療等）
operation-reinquiry-visiting = 再照会（該当なしの番号、訪問診療等）
operation-reference-number = 照会番号登録（該当なしの番号）
operation-passcode = 目視確認用パスコード
operation-openings = 災害時・障害時の開放状況
operation-consents-visiting = 同意済資格情報の一括取得（訪問診療等。保存はしません）
operation-consents-online = 同意済資格情報の一括取得（オンライン診療等。保存はしません）
operation-reinquiry-online = 再照会（該当なしの番号、オンライン診療等）
operation-withdrawal = 閲覧同意取り消し（該当なしの番号が断られること）
operation-reference-numbers = 照会番号一括登録（該当なしの番号、結果まで）
operation-settings-update = 環境設定の更新（いまの値のまま）
operation-treatment = 診療情報（同意のない照会が断られること、想定の方式）
operation-operations = 手術情報（同意のない照会が断られること、想定の方式）
operation-visiting-care = 訪問診療等の医療情報（同意のない照会が断られること）
operation-emergency = 救急時医療情報閲覧（権限がなければ断られ、あれば該当なしとなること）
operation-disaster = 災害時の照会（開放中でなければ断られ、開放中なら該当なしとなること）
operation-outage = 障害時の照会（開放中でなければ断られ、開放中なら該当なしとなること）
operation-mobile-page-visiting = 医療機関アクセスURL（訪問診療等）
operation-persons-bulk = 資格確認の一括照会（該当なしの番号、結果まで）
operation-visiting-medicines = 訪問診療等の薬剤情報（同意のない照会が断られること）
operation-disaster-information = 災害時の医療情報（開放中でなければ断られ、開放中なら該当なしとなること）
operation-usage-report = 障害時モードの利用報告（0名。検証環境だけで送ります）
operation-assistance-on = 医療扶助: 利用する
operation-authority-yes = 権限あり
operation-authority-no = 権限なし
operation-open-disaster =
    { $open ->
        [yes] 災害時: 開放中
       *[no] 災害時: 開放されていない
    }
operation-open-outage =
    { $open ->
        [yes] 障害時: 開放中
       *[no] 障害時: 開放されていない
    }
operation-open-emergency =
    { $open ->
        [yes] 救急時閲覧: 権限あり
       *[no] 救急時閲覧: 権限なし
    }
operation-between = {"、"}
operation-not-used = 実行しませんでした。環境設定で利用しないになっています
operation-not-read = 実行しませんでした。環境設定を読み取れませんでした
operation-not-open = 実行しませんでした。開放（権限）がないため、本番のサービスに送ると、実際の試みとして記録されます
operation-would-be-real = 実行しませんでした。本番のサービスに送ると、実際の報告になります
operation-said = サービスの応答: { $value }
operation-validity = 資格有効性の区分: { $value }
operation-reception = 受付番号: { $value }
operation-service-time = サービスの時刻: { $value }
operation-until = 期限: { $value }
operation-persons = { $count }件

# What is typed in for nobody, and the reason given to the central service (in Japanese) when somebody noted in an outage is asked for.
operation-outage-reason = システム障害時の控え（{ $at }、{ $by }）
operation-nobody-name = 運用　テスト
operation-nobody-operator = 運用テスト
operation-nobody-reason = 運用テスト（該当者なし）
