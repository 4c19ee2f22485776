//! What can go wrong with the central service, sorted by what the visit and the technician must do.

/// Why the service could not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreachableCause {
    /// The host name could not be resolved.
    NameResolution,
    /// Nothing accepts connections there, or no route leads there.
    Connect,
    /// No answer within the deadline.
    Timeout,
    /// The connection broke before the answer was complete.
    Broken,
    /// Not asked at all: several calls in a row found nobody, and the next look decides.
    Paused,
    /// The service says that it is out of order (HTTP 5xx or 429).
    OutOfOrder,
}

/// What is wrong with the certificate of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerCertificateProblem {
    /// Its time is over.
    Expired,
    /// Its time has not come: most often this terminal's clock is wrong.
    NotYetValid,
    /// It is for another host.
    WrongHost,
    /// It comes from an authority that is not the configured one.
    UnknownIssuer,
    /// It was revoked.
    Revoked,
    /// The revocation list in the settings is older than its authority allows (nextUpdate has passed).
    RevocationListExpired,
    /// No revocation list of the settings is from the authority of this certificate.
    NotCoveredByRevocationList,
    /// No TLS that both sides accept.
    Protocol,
    /// Anything else about it.
    Other,
}

/// Why the service refused this terminal's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientCertificateProblem {
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
    /// The service does not know its issuer.
    UnknownIssuer,
    /// The service saw none.
    Missing,
    /// Refused for another reason.
    Refused,
}

/// A failed call. `detail` is for logs and technicians and holds no personal data and no secret.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum CentralError {
    /// Not reached: the inquiry can be queued and repeated.
    #[error("the central service could not be reached ({detail})")]
    Unreachable {
        /// Why.
        cause: UnreachableCause,
        /// More about it.
        detail: String,
    },
    /// The server is not the configured one, as far as can be proved. Nothing was sent to it.
    #[error("the server's certificate is not acceptable ({detail})")]
    TlsServer {
        /// What is wrong.
        problem: ServerCertificateProblem,
        /// More about it.
        detail: String,
    },
    /// The service does not accept this terminal's certificate.
    #[error("the service refused this terminal's certificate ({detail})")]
    TlsClient {
        /// What is wrong.
        problem: ClientCertificateProblem,
        /// More about it.
        detail: String,
    },
    /// User or password were refused.
    #[error("the service refused the login (code {code})")]
    LoginRefused {
        /// The service's code, verbatim.
        code: String,
        /// The service's words, verbatim.
        message: String,
    },
    /// The service refused the request.
    #[error("the service refused the request (code {code})")]
    Refused {
        /// The service's code, verbatim: the help desk asks for it.
        code: String,
        /// The service's words, verbatim. They may be about a patient and belong in no log.
        message: String,
    },
    /// The answer is not one: too large, malformed, or for somebody else.
    #[error("the service's answer can't be used ({detail})")]
    BadAnswer {
        /// What is wrong with it.
        detail: String,
    },
    /// The answer is about a person born on another day, or of another number, than the one asked about: it must be joined to nobody (invariant 10).
    #[error("the service's answer is about another person")]
    OtherPerson,
    /// Medical information of another kind than the one asked for: nobody may have agreed to it, and it must be shown to nobody (invariant 1).
    #[error("the service's answer is not about what was asked for")]
    OtherKind,
    /// This terminal's own settings can't be used.
    #[error("the settings for the central service can't be used ({detail})")]
    Configuration {
        /// Which and why.
        detail: String,
    },
}

/// Code and sentence only: the service's own words may be about a patient.
impl std::fmt::Debug for CentralError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {self}", self.code())
    }
}

/// Constructors for `map_err`.
#[expect(clippy::needless_pass_by_value, reason = "map_err passes by value")]
impl CentralError {
    pub(crate) fn unreachable(cause: UnreachableCause, detail: impl ToString) -> Self {
        let detail = detail.to_string();
        Self::Unreachable { cause, detail }
    }

    pub(crate) fn bad_answer(detail: impl ToString) -> Self {
        let detail = detail.to_string();
        Self::BadAnswer { detail }
    }

    pub(crate) fn configuration(detail: impl ToString) -> Self {
        let detail = detail.to_string();
        Self::Configuration { detail }
    }
}

impl CentralError {
    /// The service's own code and words, verbatim, where it gave any: the help desk asks for them. The words may be
    /// about a patient and belong in no log.
    pub fn service_words(&self) -> Option<(&str, &str)> {
        match self {
            Self::LoginRefused { code, message } | Self::Refused { code, message } => {
                Some((code, message))
            }
            _ => None,
        }
    }

    /// A bulk answer came, and whoever takes it could not: to be asked again like a broken connection.
    pub fn taker_failed() -> Self {
        Self::unreachable(UnreachableCause::Broken, "the answer could not be stored")
    }

    /// True when the same inquiry may succeed later without anybody doing anything: queue it.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Code, Japanese sentence, English sentence.
    fn words(&self) -> (&'static str, &'static str, &'static str) {
        use ClientCertificateProblem as C;
        use ServerCertificateProblem as S;
        use UnreachableCause as U;
        match self {
            Self::Unreachable { cause, .. } => match cause {
                U::NameResolution => (
                    "UK-CENT-001",
                    "オンライン資格確認等システムの名前を解決できません。DNSの設定と回線を確認してください。",
                    "The name of the central service can't be resolved. Check the DNS settings and the line.",
                ),
                U::Connect => (
                    "UK-CENT-002",
                    "オンライン資格確認等システムに接続できません。回線とルーターを確認してください。",
                    "No connection to the central service. Check the line and the router.",
                ),
                U::Timeout => (
                    "UK-CENT-003",
                    "オンライン資格確認等システムから時間内に応答がありません。カードでの受付は、復旧後に自動で照会し直します。番号での照会などは、少し待ってからもう一度行ってください。",
                    "The central service did not answer in time. A visit with a card is inquired again by itself; a lookup by number, say, has to be made again a little later.",
                ),
                U::Broken => (
                    "UK-CENT-004",
                    "オンライン資格確認等システムとの通信が途中で切れました。",
                    "The connection to the central service broke off.",
                ),
                U::Paused => (
                    "UK-CENT-006",
                    "オンライン資格確認等システムに続けてつながらないため、今は接続を控えています（復旧は自動で確かめます）。カードでの受付は、復旧後に自動で照会し直します。番号での照会などは、少し待ってからもう一度行ってください。",
                    "The central service could not be reached several times in a row and is not asked just now; whether it is back is looked at by itself. A visit with a card is inquired again by itself; a lookup by number, say, has to be made again a little later.",
                ),
                U::OutOfOrder => (
                    "UK-CENT-005",
                    "オンライン資格確認等システムが停止しているか混み合っています。カードでの受付は、復旧後に自動で照会し直します。番号での照会などは、少し待ってからもう一度行ってください。",
                    "The central service is out of order or busy. A visit with a card is inquired again by itself; a lookup by number, say, has to be made again a little later.",
                ),
            },
            Self::TlsServer { problem, .. } => match problem {
                S::Expired => (
                    "UK-CENT-101",
                    "接続先の証明書の有効期限が切れています。この端末の時計が正しければ、接続先に連絡してください。",
                    "The server's certificate has expired. If this terminal's clock is right, tell the operator of the service.",
                ),
                S::NotYetValid => (
                    "UK-CENT-102",
                    "接続先の証明書はまだ有効ではありません。この端末の時計を確認してください。",
                    "The server's certificate is not valid yet. Check this terminal's clock.",
                ),
                S::WrongHost => (
                    "UK-CENT-103",
                    "接続先の証明書が別のホストのものです。接続先の設定とDNSを確認してください。",
                    "The server's certificate is for another host. Check the configured host and the DNS.",
                ),
                S::UnknownIssuer => (
                    "UK-CENT-104",
                    "接続先の証明書が、設定された認証局のものではありません。接続を中止しました。",
                    "The server's certificate is not from the configured authority. The connection was given up.",
                ),
                S::Revoked => (
                    "UK-CENT-105",
                    "接続先の証明書は失効しています。接続を中止しました。",
                    "The server's certificate was revoked. The connection was given up.",
                ),
                S::RevocationListExpired => (
                    "UK-CENT-107",
                    "設定した失効リストの期限が切れています（次回更新日を過ぎています）。新しい失効リストを取得してください。接続を中止しました。",
                    "The revocation list in the settings is out of date (its next update has passed). Fetch a new list. The connection was given up.",
                ),
                S::NotCoveredByRevocationList => (
                    "UK-CENT-108",
                    "接続先の証明書について、設定した失効リストには何も書かれていません。接続先の認証局の失効リストを設定してください。接続を中止しました。",
                    "No revocation list in the settings speaks about the server's certificate. Configure the list of its authority. The connection was given up.",
                ),
                S::Protocol => (
                    "UK-CENT-106",
                    "接続先と暗号化方式が合いません。接続先とポート、TLSの設定を確認してください。",
                    "No common TLS with the server. Check host, port and the TLS setting.",
                ),
                S::Other => (
                    "UK-CENT-109",
                    "接続先の証明書を確認できません。接続を中止しました。",
                    "The server's certificate can't be verified. The connection was given up.",
                ),
            },
            Self::TlsClient { problem, .. } => match problem {
                C::Expired => (
                    "UK-CENT-151",
                    "この端末の証明書の有効期限が切れています。証明書を更新してください。",
                    "This terminal's certificate has expired. Renew it.",
                ),
                C::Revoked => (
                    "UK-CENT-152",
                    "この端末の証明書は失効しています。新しい証明書を入れてください。",
                    "This terminal's certificate was revoked. Install a new one.",
                ),
                C::UnknownIssuer => (
                    "UK-CENT-153",
                    "この端末の証明書の発行元が受け入れられません。正しい証明書か確認してください。",
                    "The issuer of this terminal's certificate is not accepted. Check that it is the right certificate.",
                ),
                C::Missing => (
                    "UK-CENT-154",
                    "この端末の証明書が提示されませんでした。証明書の設定を確認してください。",
                    "No certificate of this terminal was presented. Check the certificate setting.",
                ),
                C::Refused => (
                    "UK-CENT-155",
                    "この端末の証明書が拒否されました。証明書を確認してください。",
                    "This terminal's certificate was refused. Check the certificate.",
                ),
            },
            Self::LoginRefused { .. } => (
                "UK-CENT-201",
                "ログインが拒否されました。利用者IDとパスワードを確認してください。",
                "The login was refused. Check user and password.",
            ),
            Self::Refused { .. } => (
                "UK-CENT-301",
                "照会が受け付けられませんでした。表示されたコードを控えてコールセンター（0800-080-4583、平日8–18時、土8–16時）へ問い合わせてください。",
                "The request was refused. Note the code shown and ask the help desk (0800-080-4583, weekdays 8–18, Sat 8–16).",
            ),
            Self::BadAnswer { .. } => (
                "UK-CENT-401",
                "オンライン資格確認等システムの応答を読み取れません。",
                "The answer of the central service can't be used.",
            ),
            Self::OtherPerson => (
                "UK-CENT-402",
                "応答の生年月日か番号が、照会した方と違います。別の方の結果を取り込まないよう、破棄しました。番号と生年月日を確かめてください。",
                "The answer's date of birth or number is not that of the person asked about. It was discarded, so that no other person's result is taken in. Check the numbers and the date of birth.",
            ),
            Self::OtherKind => (
                "UK-CENT-403",
                "応答が、照会した種類の医療情報（薬剤・健診・診療・手術）ではありません。取り込まずに破棄しました。繰り返すときは、コードを控えてコールセンター（0800-080-4583、平日8–18時、土8–16時）へ問い合わせてください。",
                "The answer is not the kind of medical information that was asked for (medicines, checkups, treatment, operations). It was discarded. If it happens again, note the code and ask the help desk (0800-080-4583, weekdays 8–18, Sat 8–16).",
            ),
            Self::Configuration { .. } => (
                "UK-CENT-901",
                "接続の設定に誤りがあります。証明書ファイルと設定を確認してください。",
                "The connection settings are wrong. Check the certificate files and settings.",
            ),
        }
    }

    /// What happened and what to do, in Japanese and English, for a code that [`Self::code`] gave; `None` for another one.
    pub fn words_of(code: &str) -> Option<(&'static str, &'static str)> {
        use ClientCertificateProblem as C;
        use ServerCertificateProblem as S;
        use UnreachableCause as U;
        let nothing = String::new;
        let unreachable = [
            U::NameResolution,
            U::Connect,
            U::Timeout,
            U::Broken,
            U::Paused,
            U::OutOfOrder,
        ];
        let server = [
            S::Expired,
            S::NotYetValid,
            S::WrongHost,
            S::UnknownIssuer,
            S::Revoked,
            S::RevocationListExpired,
            S::NotCoveredByRevocationList,
            S::Protocol,
            S::Other,
        ];
        let client = [
            C::Expired,
            C::Revoked,
            C::UnknownIssuer,
            C::Missing,
            C::Refused,
        ];
        let (detail, message) = (nothing(), nothing());
        let others = [
            Self::LoginRefused {
                code: nothing(),
                message: nothing(),
            },
            Self::Refused {
                code: nothing(),
                message,
            },
            Self::BadAnswer { detail },
            Self::OtherPerson,
            Self::OtherKind,
            Self::configuration(""),
        ];
        let mut all = unreachable
            .into_iter()
            .map(|cause| Self::unreachable(cause, ""))
            .chain(server.into_iter().map(|problem| Self::TlsServer {
                problem,
                detail: nothing(),
            }))
            .chain(client.into_iter().map(|problem| Self::TlsClient {
                problem,
                detail: nothing(),
            }))
            .chain(others);
        all.find(|error| error.code() == code)
            .map(|error| (error.ja(), error.en()))
    }

    /// The stable code, `UK-CENT-NNN`.
    pub fn code(&self) -> &'static str {
        self.words().0
    }

    /// What happened and what to do, in Japanese.
    pub fn ja(&self) -> &'static str {
        self.words().1
    }

    /// What happened and what to do, in English.
    pub fn en(&self) -> &'static str {
        self.words().2
    }
}
