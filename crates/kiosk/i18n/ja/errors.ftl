# The terminal's own errors, as staff reads them beside their code (docs/errors.md).

errors-uk-staff-001 = 職員の名前かパスワードが違います。
errors-uk-staff-002 = 誤りが続いたため、15分間サインインできません。
errors-uk-staff-003 = 職員の登録ファイルを読めないため、サインインできません。担当業者へご連絡ください。
errors-uk-staff-004 = 認証アプリの番号が違うか、もう使われています。次の番号を入れてください。
errors-uk-staff-005 = 医療情報は、有資格者として登録され、2つ目の確認まで済ませた職員だけが見られます。
errors-uk-staff-006 = 同意がないか、閲覧できる期限が過ぎています。
errors-uk-staff-007 = この職員の登録は消されています。
errors-uk-staff-013 = この種類の保存された情報を読めません。ほかの種類は表示しています。オンライン資格確認等システムの画面で確かめてください。
errors-uk-visit-010 = この受付はもう終わっています。
errors-uk-visit-011 = 確認した職員の名前を入れてください。
errors-uk-visit-012 = 目視確認は設定されていません。
errors-uk-visit-013 = パスコードの誤りが続いたため、15分間使えません。
errors-uk-visit-014 = パスコードが違います。あと{ $left }回で15分間使えなくなります。
errors-uk-visit-015 = このお知らせはもうないか、自分で終わるものです。
errors-uk-visit-301 = 台帳に書き込めません。端末を再起動してください。
errors-uk-visit-501 = 入力が足りないか、形が正しくありません。
errors-uk-visit-502 = この端末は資格確認限定です。医療情報は扱いません。
errors-uk-visit-503 = この機能は開放されていません。災害時・障害時に、オンライン資格確認等システムが開放した場合だけ使えます。
errors-uk-visit-504 = オンライン資格確認等システムが受け付けませんでした。コードを控えて問い合わせてください。
errors-uk-visit-505 = 該当するものがありません。
errors-uk-visit-506 = 環境設定の「医療扶助」が「利用する」になっていません。
errors-uk-visit-507 = 該当者がいないはずの番号で結果が返りました。接続先を確認してください。
errors-uk-visit-523 = この連絡はすでに済みになっています。今の入力は保存していません。一覧で確かめてください。
errors-uk-visit-526 = 報告する利用がありません。前回の報告のあと、このモードは使われていません。
