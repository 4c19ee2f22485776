//! Own certificate, name resolution, TLS, login, clock.

use super::Entry;

pub(crate) static CERT_MISSING: Entry = Entry {
    code: "UK-DIAG-155",
    ja: "端末の証明書を読めません。",
    en: "The terminal's certificate can't be read.",
    advice_ja: "設定の central.client_certificate の場所と権限を確認してください。",
    advice_en: "Check place and permissions of central.client_certificate.",
};
pub(crate) static CERT_BROKEN: Entry = Entry {
    code: "UK-DIAG-156",
    ja: "端末の証明書または鍵の形式が正しくありません。",
    en: "The terminal's certificate or key is malformed.",
    advice_ja: "発行元から受け取ったファイルを入れ直してください(PEM)。",
    advice_en: "Install the files from the issuer again (PEM).",
};
pub(crate) static CERT_EXPIRED: Entry = Entry {
    code: "UK-DIAG-157",
    ja: "端末の証明書の有効期限が切れています。",
    en: "The terminal's certificate has expired.",
    advice_ja: "新しい証明書を申請して入れ替えてください。それまで資格確認はできません。",
    advice_en: "Apply for a new certificate and install it. Until then nothing can be asked.",
};
pub(crate) static CERT_FUTURE: Entry = Entry {
    code: "UK-DIAG-158",
    ja: "端末の証明書はまだ有効ではありません。",
    en: "The terminal's certificate is not valid yet.",
    advice_ja: "端末の時計を確認してください。",
    advice_en: "Check the terminal's clock.",
};
pub(crate) static CERT_SOON: Entry = Entry {
    code: "UK-DIAG-159",
    ja: "端末の証明書の有効期限が近づいています。",
    en: "The terminal's certificate will expire soon.",
    advice_ja: "更新を申請してください。",
    advice_en: "Apply for its renewal.",
};
pub(crate) static CERT_KEY: Entry = Entry {
    code: "UK-DIAG-160",
    ja: "証明書と鍵が組になっていません。",
    en: "Certificate and key do not belong together.",
    advice_ja: "同じ申請で受け取った証明書と鍵を入れてください。",
    advice_en: "Install certificate and key of one and the same application.",
};
pub(crate) static CERT_KEY_MISSING: Entry = Entry {
    code: "UK-DIAG-162",
    ja: "端末の鍵を読めません。",
    en: "The terminal's key can't be read.",
    advice_ja: "設定の central.client_key と、資格情報 uketsuke.client-key を確認してください。",
    advice_en: "Check central.client_key and the credential uketsuke.client-key.",
};
pub(crate) static CRL_UNREADABLE: Entry = Entry {
    code: "UK-DIAG-164",
    ja: "失効リストを読めません。",
    en: "A revocation list can't be read.",
    advice_ja: "設定の central.crls の場所と権限、中身(PEM または DER の失効リスト)を確認してください。",
    advice_en: "Check place, permissions and content (a list, PEM or DER) of central.crls.",
};
pub(crate) static CRL_OVER: Entry = Entry {
    code: "UK-DIAG-165",
    ja: "失効リストの期限(次回更新日)が過ぎています。",
    en: "A revocation list is out of date (its next update has passed).",
    advice_ja: "認証局の新しい失効リストを取得し、central.crls のファイルと置き換えてください。それまで接続できません。",
    advice_en: "Fetch the authority's new list and put it in place of the file in central.crls. Until then nothing connects.",
};
pub(crate) static CRL_SOON: Entry = Entry {
    code: "UK-DIAG-166",
    ja: "失効リストの期限(次回更新日)が近づいています。",
    en: "A revocation list will be out of date soon.",
    advice_ja: "認証局の新しい失効リストを取得し、central.crls のファイルと置き換えてください。再起動は要りません。",
    advice_en: "Fetch the authority's new list and put it in place of the file in central.crls. No restart is needed.",
};
pub(crate) static NAME_UNKNOWN: Entry = Entry {
    code: "UK-DIAG-161",
    ja: "サービスの名前を解決できません。",
    en: "The service's name can't be resolved.",
    advice_ja: "回線、ルーター、DNS の設定(オンライン資格確認用の DNS)を確認してください。",
    advice_en: "Check line, router and DNS settings (the DNS of the eligibility network).",
};
pub(crate) static NAME_SLOW: Entry = Entry {
    code: "UK-DIAG-163",
    ja: "名前解決に時間がかかり過ぎています。",
    en: "Name resolution takes too long.",
    advice_ja: "DNS サーバーの設定と回線を確認してください。",
    advice_en: "Check the DNS server settings and the line.",
};
pub(crate) static TLS_NO_CONNECTION: Entry = Entry {
    code: "UK-DIAG-171",
    ja: "サービスに接続できません。",
    en: "The service can't be connected to.",
    advice_ja: "回線、ルーター、接続先とポートの設定を確認してください。障害情報も確認してください。",
    advice_en: "Check line, router, host and port; see whether the service reports an outage.",
};
pub(crate) static TLS_EXPIRED: Entry = Entry {
    code: "UK-DIAG-172",
    ja: "サービスの証明書の有効期限が切れています。",
    en: "The service's certificate has expired.",
    advice_ja: "端末の時計が正しければ、サービスの運営者に連絡してください。",
    advice_en: "If the terminal's clock is right, tell the operator of the service.",
};
pub(crate) static TLS_NAME: Entry = Entry {
    code: "UK-DIAG-173",
    ja: "サービスの証明書の名前が設定と違います。",
    en: "The service's certificate is for another name.",
    advice_ja: "設定の central.host と central.connect を確認してください。別のサーバーにつながっています。",
    advice_en: "Check central.host and central.connect: this is another server.",
};
pub(crate) static TLS_UNTRUSTED: Entry = Entry {
    code: "UK-DIAG-174",
    ja: "サービスの証明書の発行元を信頼できません。",
    en: "The service's certificate comes from an issuer that is not trusted.",
    advice_ja: "設定の central.ca を確認してください。通信が途中で差し替えられている可能性もあります。",
    advice_en: "Check central.ca. Somebody may also be standing in the line.",
};
pub(crate) static TLS_SERVER_OTHER: Entry = Entry {
    code: "UK-DIAG-175",
    ja: "サービスの証明書を確認できません。",
    en: "The service's certificate can't be verified.",
    advice_ja: "表示された理由をサービスの運営者に伝えてください。",
    advice_en: "Tell the operator of the service the reason shown.",
};
pub(crate) static TLS_CLIENT_REFUSED: Entry = Entry {
    code: "UK-DIAG-176",
    ja: "サービスが端末の証明書を受け付けません。",
    en: "The service refuses the terminal's certificate.",
    advice_ja: "証明書の期限と、この端末用の証明書かどうかを確認してください。",
    advice_en: "Check that the certificate is in date and was issued for this terminal.",
};
pub(crate) static TLS_PROTOCOL: Entry = Entry {
    code: "UK-DIAG-177",
    ja: "相手と TLS で通信できません。",
    en: "The other side speaks no TLS that we accept.",
    advice_ja: "接続先とポート、途中の機器(プロキシ等)を確認してください。",
    advice_en: "Check host and port, and devices in between (proxies).",
};
pub(crate) static TLS_CA: Entry = Entry {
    code: "UK-DIAG-178",
    ja: "信頼する認証局のファイルを使えません。",
    en: "The file of trusted authorities can't be used.",
    advice_ja: "設定の central.ca の場所と形式(PEM)を確認してください。",
    advice_en: "Check place and form (PEM) of central.ca.",
};
pub(crate) static TLS_SERVER_SOON: Entry = Entry {
    code: "UK-DIAG-179",
    ja: "サービスの証明書の有効期限が近づいています。",
    en: "The service's certificate will expire soon.",
    advice_ja: "サービスの運営者のお知らせを確認してください。",
    advice_en: "See the announcements of the operator of the service.",
};
pub(crate) static TLS_NOT_OWN: Entry = Entry {
    code: "UK-DIAG-170",
    ja: "サービス側は正常です。端末の証明書は試していません。",
    en: "The service's side is good. The terminal's certificate was not tried.",
    advice_ja: "root で uketsukectl doctor を実行してください。",
    advice_en: "Run uketsukectl doctor as root.",
};
pub(crate) static LOGIN_REFUSED: Entry = Entry {
    code: "UK-DIAG-181",
    ja: "サービスがログインを拒否しました。",
    en: "The service refused the login.",
    advice_ja: "設定の central.user_id とパスワードを確認してください。何度も試すとロックされることがあります。",
    advice_en: "Check central.user_id and the password. Many tries may lock the account.",
};
pub(crate) static LOGIN_NO_PASSWORD: Entry = Entry {
    code: "UK-DIAG-182",
    ja: "パスワードを読めません。",
    en: "The password can't be read.",
    advice_ja: "設定の central.password_file と、資格情報 uketsuke.central-password を確認してください。",
    advice_en: "Check central.password_file and the credential uketsuke.central-password.",
};
pub(crate) static LOGIN_UNREACHABLE: Entry = Entry {
    code: "UK-DIAG-183",
    ja: "ログイン中にサービスが応答しなくなりました。",
    en: "The service stopped answering during login.",
    advice_ja: "しばらく待ってもう一度実行してください。障害情報も確認してください。",
    advice_en: "Wait a while and run again; see whether the service reports an outage.",
};
pub(crate) static LOGIN_OTHER: Entry = Entry {
    code: "UK-DIAG-184",
    ja: "ログインできませんでした。",
    en: "The login did not work.",
    advice_ja: "表示された理由をサービスの運営者に伝えてください。",
    advice_en: "Tell the operator of the service the reason shown.",
};
pub(crate) static CLOCK_WRONG: Entry = Entry {
    code: "UK-DIAG-191",
    ja: "端末の時計が大きくずれています。",
    en: "The terminal's clock is far off.",
    advice_ja: "時刻を合わせ、時刻同期(NTP)を有効にしてください:「timedatectl set-ntp true」。",
    advice_en: "Set the time and switch time synchronisation on: `timedatectl set-ntp true`.",
};
pub(crate) static CLOCK_OFF: Entry = Entry {
    code: "UK-DIAG-192",
    ja: "端末の時計がずれています。",
    en: "The terminal's clock is off.",
    advice_ja: "時刻同期(NTP)を確認してください:「timedatectl」。",
    advice_en: "Check time synchronisation: `timedatectl`.",
};
pub(crate) static CLOCK_UNCOMPARED: Entry = Entry {
    code: "UK-DIAG-193",
    ja: "サービスに接続できないため、時計を比べていません。",
    en: "The clock was not compared, because the service can't be reached.",
    advice_ja: "先に通信を直してください。",
    advice_en: "Repair the connection first.",
};

pub(crate) static CLOCK_AHEAD: Entry = Entry {
    code: "UK-DIAG-194",
    ja: "オンライン資格確認の時計が進んでいたため、端末は進んだ時刻で動いています。",
    en: "The central service's clock was ahead, so the terminal works with a time that is ahead.",
    advice_ja: "端末の時計が正しいか「timedatectl」で確かめ、 サービスの運営者にも知らせてください。 端末の時計が追いつくまで、記録や印刷の時刻は進んだままです。 同意が生き返らないよう、時刻はひとりでには戻りません。 端末の時計とサービスの時計が合っていれば、「uketsukectl clock accept」で戻せます。",
    advice_en: "Check the machine's clock with `timedatectl`. If it is right, times on records and sheets are ahead until it has caught up: the time does not go back by itself, so that no consent that ended revives. Tell the operator of the service. Once the two clocks agree, `uketsukectl clock accept` sets it back.",
};

/// All of this file.
pub(super) static NETWORK: &[&Entry] = &[
    &CERT_MISSING,
    &CERT_BROKEN,
    &CERT_EXPIRED,
    &CERT_FUTURE,
    &CERT_SOON,
    &CERT_KEY,
    &CERT_KEY_MISSING,
    &CRL_UNREADABLE,
    &CRL_OVER,
    &CRL_SOON,
    &NAME_UNKNOWN,
    &NAME_SLOW,
    &TLS_NO_CONNECTION,
    &TLS_EXPIRED,
    &TLS_NAME,
    &TLS_UNTRUSTED,
    &TLS_SERVER_OTHER,
    &TLS_CLIENT_REFUSED,
    &TLS_PROTOCOL,
    &TLS_CA,
    &TLS_SERVER_SOON,
    &TLS_NOT_OWN,
    &LOGIN_REFUSED,
    &LOGIN_NO_PASSWORD,
    &LOGIN_UNREACHABLE,
    &LOGIN_OTHER,
    &CLOCK_WRONG,
    &CLOCK_OFF,
    &CLOCK_UNCOMPARED,
    &CLOCK_AHEAD,
];
