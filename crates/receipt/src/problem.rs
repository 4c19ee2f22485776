//! Every refusal, as `application/problem+json` (RFC 9457) with a stable code and a sentence in two languages.

use crate::reason::Reason;
use crate::store::StoreError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// What went wrong, as a client must tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    UnknownClient,
    NoRight,
    NoRoute,
    NoResult,
    WrongMethod,
    NotAcceptable,
    OwnedByOther,
    NotClaimed,
    AlreadyAcknowledged,
    Malformed,
    BadEventId,
    TooLarge,
    MediaType,
    TooSlow,
    TooManyConnections,
    Full,
    Unavailable,
    OtherWorld,
    NotRenderable,
    OtherReader,
    KeyReused,
    KeyNeeded,
    NotFound,
    NotByNumber,
    ServiceRefused,
    ServiceUnreachable,
    NotOpen,
    QualificationOnly,
    Implausible,
    KeyBusy,
    NotWhole,
    TooManyWaiting,
    NothingToReport,
    AnswerDiscarded,
    FollowUpClosed,
}

impl Kind {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 35] = [
        Self::UnknownClient,
        Self::NoRight,
        Self::NoRoute,
        Self::NoResult,
        Self::WrongMethod,
        Self::NotAcceptable,
        Self::OwnedByOther,
        Self::NotClaimed,
        Self::AlreadyAcknowledged,
        Self::Malformed,
        Self::BadEventId,
        Self::TooLarge,
        Self::MediaType,
        Self::TooSlow,
        Self::TooManyConnections,
        Self::Full,
        Self::Unavailable,
        Self::OtherWorld,
        Self::NotRenderable,
        Self::OtherReader,
        Self::KeyReused,
        Self::KeyNeeded,
        Self::NotFound,
        Self::NotByNumber,
        Self::ServiceRefused,
        Self::ServiceUnreachable,
        Self::NotOpen,
        Self::QualificationOnly,
        Self::Implausible,
        Self::KeyBusy,
        Self::NotWhole,
        Self::TooManyWaiting,
        Self::NothingToReport,
        Self::AnswerDiscarded,
        Self::FollowUpClosed,
    ];

    /// HTTP status, stable code, Japanese, English.
    pub(crate) fn about(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::UnknownClient => (
                StatusCode::FORBIDDEN,
                "UK-RCPT-001",
                "このユーザーは受付端末に登録されていません。設定の clients に追加してください。",
                "This user is not a registered client. Add it to the clients in the terminal's settings.",
            ),
            Self::NoRight => (
                StatusCode::FORBIDDEN,
                "UK-RCPT-002",
                "この操作の権限がありません。設定で権限を確認してください。",
                "This client has no right to do that. Check its rights in the terminal's settings.",
            ),
            Self::NoRoute => (
                StatusCode::NOT_FOUND,
                "UK-RCPT-003",
                "この URL はありません。/v1/openapi.json を確認してください。",
                "There is nothing at this address. See /v1/openapi.json.",
            ),
            Self::NoResult => (
                StatusCode::NOT_FOUND,
                "UK-RCPT-004",
                "この番号の結果はありません。",
                "There is no result with this id.",
            ),
            Self::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "UK-RCPT-005",
                "この URL ではそのメソッドは使えません。Allow ヘッダーを確認してください。",
                "This method is not possible here. See the Allow header.",
            ),
            Self::NotAcceptable => (
                StatusCode::NOT_ACCEPTABLE,
                "UK-RCPT-006",
                "Accept の形式では返せません。application/json か application/xml（UTF-8 / Shift_JIS）を指定してください。",
                "None of the accepted forms is available. Ask for application/json or application/xml (UTF-8 or Shift_JIS).",
            ),
            Self::OwnedByOther => (
                StatusCode::CONFLICT,
                "UK-RCPT-007",
                "この結果は別のシステムが引き取り済みです。取り込まないでください。",
                "Another client owns this result. Do not import it.",
            ),
            Self::NotClaimed => (
                StatusCode::CONFLICT,
                "UK-RCPT-008",
                "先に claim で結果を引き取ってください。",
                "Claim the result first.",
            ),
            Self::AlreadyAcknowledged => (
                StatusCode::CONFLICT,
                "UK-RCPT-009",
                "取り込み済みの結果は手放せません。",
                "An acknowledged result cannot be released.",
            ),
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "UK-RCPT-010",
                "リクエストの内容に誤りがあります。detail を確認してください。",
                "The request is malformed. See detail.",
            ),
            Self::BadEventId => (
                StatusCode::BAD_REQUEST,
                "UK-RCPT-011",
                "Last-Event-ID がこの端末のものではありません。保存した番号を消し、最初から受け取り直してください。",
                "The Last-Event-ID is not from this terminal. Forget it and follow the events from the beginning.",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "UK-RCPT-012",
                "リクエストが大きすぎます。",
                "The request body is too large.",
            ),
            Self::MediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UK-RCPT-013",
                "リクエストの Content-Type が受け付けられない種類です。detail の種類で送ってください。",
                "The request body has a Content-Type that is not taken here. Send one of those named in detail.",
            ),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "UK-RCPT-014",
                "リクエストが時間内に届きませんでした。",
                "The request did not arrive in time.",
            ),
            Self::TooManyConnections => (
                StatusCode::TOO_MANY_REQUESTS,
                "UK-RCPT-015",
                "接続数が多すぎます。使っていない接続を閉じてください。",
                "This user has too many connections open. Close some.",
            ),
            Self::Full => (
                StatusCode::INSUFFICIENT_STORAGE,
                "UK-RCPT-016",
                "端末の保存領域がいっぱいです。結果は失われていません。管理者に連絡してください。",
                "The terminal's disk is full. No result is lost. Call the administrator.",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "UK-RCPT-017",
                "端末が一時的に応答できません。少し待ってやり直してください。",
                "The terminal cannot answer for the moment. Try again shortly.",
            ),
            Self::OtherWorld => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "UK-RCPT-018",
                "シミュレーションと本番の結果が混在しています。管理者に連絡してください。",
                "Simulated and productive results are mixed up. Call the administrator.",
            ),
            Self::NotRenderable => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "UK-RCPT-019",
                "保存された結果を読み出せません。管理者に連絡してください。",
                "The stored result cannot be rendered. Call the administrator.",
            ),
            Self::OtherReader => (
                StatusCode::FORBIDDEN,
                "UK-RCPT-020",
                "この結果は、このシステムに割り当てられたカードリーダーのものではありません。",
                "This result comes from a card reader that this client is not bound to.",
            ),
            Self::KeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "UK-RCPT-021",
                "同じ Idempotency-Key が別のリクエストに使われています。新しいキーを使ってください。",
                "This Idempotency-Key was used for another request. Use a new one.",
            ),
            Self::KeyNeeded => (
                StatusCode::BAD_REQUEST,
                "UK-RCPT-022",
                "Idempotency-Key ヘッダー（128 文字以内の英数字・記号）が必要です。",
                "An Idempotency-Key header is needed: at most 128 visible ASCII characters.",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "UK-RCPT-023",
                "この番号の記録はありません。",
                "There is nothing with this number.",
            ),
            Self::NotByNumber => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "UK-RCPT-024",
                "番号による照会として受け付けられません。detail を確認してください。",
                "This is not acceptable as a lookup by number. See detail.",
            ),
            Self::ServiceRefused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "UK-RCPT-025",
                "オンライン資格確認等システムが受け付けませんでした。service_code を控えて問い合わせてください。",
                "The central service did not accept it. Note service_code for the help desk.",
            ),
            Self::ServiceUnreachable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "UK-RCPT-026",
                "オンライン資格確認等システムに接続できません。少し待ってやり直してください。",
                "The central service is not reached. Try again shortly.",
            ),
            Self::NotOpen => (
                StatusCode::CONFLICT,
                "UK-RCPT-027",
                "この機能は、オンライン資格確認等システムが開放した場合だけ使えます。",
                "This can be used only while the central service has opened it.",
            ),
            Self::QualificationOnly => (
                StatusCode::CONFLICT,
                "UK-RCPT-028",
                "この端末は資格確認限定です。医療情報は扱いません。",
                "This terminal confirms qualification only; it handles no medical information.",
            ),
            Self::Implausible => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "UK-RCPT-029",
                "値が正しくないため照会できません。日付・番号を確認してください。",
                "These values cannot be asked. Check the dates and numbers.",
            ),
            Self::TooManyWaiting => (
                StatusCode::SERVICE_UNAVAILABLE,
                "UK-RCPT-035",
                "待っている照会が多すぎます。終わってからもう一度要求してください。",
                "Too many of your lookups are waiting. Ask again when some are done.",
            ),
            Self::KeyBusy => (
                StatusCode::CONFLICT,
                "UK-RCPT-032",
                "同じ Idempotency-Key のリクエストを処理中です。少し待ってやり直してください。",
                "The request with this Idempotency-Key is still being worked on. Try again shortly.",
            ),
            Self::NothingToReport => (
                StatusCode::NOT_FOUND,
                "UK-RCPT-036",
                "報告する利用がありません。前回の報告のあと、このモードは使われていません。",
                "There is no use to report: this mode was not used since the last report.",
            ),
            Self::AnswerDiscarded => (
                StatusCode::BAD_GATEWAY,
                "UK-RCPT-037",
                "オンライン資格確認等システムの応答を取り込めないため、破棄しました。cause とその文を確認してください。",
                "The central service's answer could not be taken in and was discarded. See cause and its words.",
            ),
            Self::FollowUpClosed => (
                StatusCode::CONFLICT,
                "UK-RCPT-038",
                "この件は済んでいます。メモは残せません。",
                "This follow-up is closed; no note can be added.",
            ),
            Self::NotWhole => (
                StatusCode::CONFLICT,
                "UK-RCPT-034",
                "この一括取得はまだ終わっていないか、失敗しました。state を確認してください。",
                "This bulk job has not ended yet, or it failed. See its state.",
            ),
        }
    }
}

/// A refusal with what is particular to it.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Kind,
    detail: Option<String>,
    owner: Option<String>,
    cause: Option<Box<Cause>>,
    service: Option<Box<(String, String)>>,
}

/// The terminal's own code of what went wrong, and what it says in both languages.
#[derive(Debug)]
struct Cause {
    code: String,
    ja: String,
    en: String,
}

impl Problem {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            detail: None,
            owner: None,
            cause: None,
            service: None,
        }
    }

    /// What exactly is wrong, for the developer at the other end, in both languages; never holds what a result says.
    pub(crate) fn because(self, ja: impl Into<String>, en: impl Into<String>) -> Self {
        self.detail(Reason::new(ja, en).to_string())
    }

    /// A technical word that needs no language: a field, a media type.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn owned_by(owner: String) -> Self {
        Self {
            owner: Some(owner),
            ..Self::new(Kind::OwnedByOther)
        }
    }

    /// The terminal's code of the cause with its words, Japanese and English, and the service's own code and words.
    pub(crate) fn caused(
        self,
        code: String,
        (ja, en): (String, String),
        service: Option<(String, String)>,
    ) -> Self {
        Self {
            cause: Some(Box::new(Cause { code, ja, en })),
            service: service.map(Box::new),
            ..self
        }
    }

    fn to_json(&self) -> Value {
        let (status, code, ja, en) = self.kind.about();
        let mut value = json!({
            "type": format!("urn:uketsuke:problem:{code}"),
            "title": en,
            "status": status.as_u16(),
            "code": code,
            "ja": ja,
            "en": en,
        });
        if let Some(map) = value.as_object_mut() {
            if let Some(detail) = &self.detail {
                map.insert("detail".into(), detail.as_str().into());
            }
            if let Some(owner) = &self.owner {
                map.insert("owner".into(), owner.as_str().into());
            }
            if let Some(cause) = &self.cause {
                map.insert("cause".into(), cause.code.as_str().into());
                map.insert("cause_ja".into(), cause.ja.as_str().into());
                map.insert("cause_en".into(), cause.en.as_str().into());
            }
            if let Some((code, words)) = self.service.as_deref() {
                map.insert("service_code".into(), code.as_str().into());
                map.insert("service_message".into(), words.as_str().into());
            }
        }
        value
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Self::new(kind)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Kind::NoResult.into(),
            StoreError::NotOwner(owner) => Self::owned_by(owner),
            StoreError::NotClaimed => Kind::NotClaimed.into(),
            StoreError::AlreadyAcknowledged => Kind::AlreadyAcknowledged.into(),
            StoreError::DiskFull => Kind::Full.into(),
            StoreError::TooMany => Kind::TooManyWaiting.into(),
            StoreError::Unreadable => Kind::NotRenderable.into(),
            StoreError::Unacceptable(what) => {
                Self::new(Kind::Malformed).because("この値は受け付けられません", what)
            }
            StoreError::Unavailable(why) => {
                tracing::error!(code = "UK-RCPT-017", why, "the store did not answer");
                Kind::Unavailable.into()
            }
        }
    }
}

/// In a response that refuses what somebody may not have: its code, for the audit chain.
#[derive(Clone, Copy)]
pub(crate) struct Refused(pub(crate) &'static str);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.kind.about().0;
        let mut response = (status, self.to_json().to_string()).into_response();
        if matches!(
            self.kind,
            Kind::NoRight | Kind::OwnedByOther | Kind::OtherReader
        ) {
            let code = Refused(self.kind.about().1);
            response.extensions_mut().insert(code);
        }
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        match self.kind {
            Kind::Unavailable
            | Kind::TooManyConnections
            | Kind::ServiceUnreachable
            | Kind::TooManyWaiting
            | Kind::KeyBusy => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            // What is left of the request is not read.
            Kind::TooLarge | Kind::TooSlow => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_documented_and_said_in_both_languages() {
        let page = include_str!("../../../docs/errors-receipt.md");
        let mut codes = BTreeSet::new();
        for kind in Kind::ALL {
            let (status, code, ja, en) = kind.about();
            assert!(codes.insert(code), "{code} twice");
            assert!(status.is_client_error() || status.is_server_error());
            assert!(!ja.is_ascii() && en.is_ascii(), "{code}");
            let row = page
                .lines()
                .find(|line| line.starts_with(&format!("| {code} |")));
            let row = row.unwrap_or_else(|| panic!("{code} not in docs"));
            assert!(
                row.contains(ja) && row.contains(en),
                "{code} says something else in the docs"
            );
            assert!(
                row.contains(status.as_str()),
                "{code} has another status in the docs"
            );
        }
    }
}
