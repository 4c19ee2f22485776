//! One request: method, size, credential, JSON; then the handler of its path; then the log. Errors
//! are JSON with a status, never text.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::listener::AnswerLost;
use super::switches::Fault;
use super::{Shared, assumed, desk, login, qualification};

/// Login, as hangilc/myclinic-ts calls it.
pub const PATH_LOGIN: &str = "/oqs-api-pro/MSA12020/ILI12020SV01/auth";
/// Qualification (IF-001/002), as hangilc/myclinic-ts calls it.
pub const PATH_SEARCH: &str = "/oqs-api-pro/MSA01030/ILI01030SV01/search";
/// Nonce for the card's proof. Assumed: see [`assumed`].
pub const PATH_NONCE: &str = "/assumed/card/nonce";
/// Confirmation of a card. Assumed: see [`assumed`].
pub const PATH_CONFIRM: &str = "/assumed/card/confirm";
/// Medicines. The path is assumed: see [`assumed`].
pub const PATH_MEDICINES: &str = "/assumed/medicines";

const MAX_BODY: usize = 4 * 1024 * 1024;
const BODY_LIMIT: Duration = Duration::from_secs(10);

/// What a handler answers.
pub(crate) struct Outcome {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    /// In place of the body: content type and bytes that are not JSON.
    pub(crate) raw: Option<(&'static str, Vec<u8>)>,
    /// For the log, without secrets.
    pub(crate) summary: String,
}

impl Outcome {
    pub(crate) fn ok(body: Value, summary: impl Into<String>) -> Self {
        Self {
            status: StatusCode::OK,
            body,
            raw: None,
            summary: summary.into(),
        }
    }

    /// `{"status":"error","code":…,"msg":…}`, the same for every path.
    pub(crate) fn error(status: StatusCode, code: &str, msg: &str) -> Self {
        Self {
            status,
            body: json!({"status": "error", "code": code, "msg": msg}),
            raw: None,
            summary: format!("refused: {code}"),
        }
    }

    pub(crate) fn bad_request(msg: &str) -> Self {
        Self::error(StatusCode::BAD_REQUEST, "SIM-BAD-REQUEST", msg)
    }
}

/// Answers one request. Fails only where the switch says that answers get lost.
pub(crate) async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
    peer: Option<Arc<str>>,
) -> Result<Response<BoxBody<Bytes, AnswerLost>>, AnswerLost> {
    let path = request.uri().path().to_owned();
    let fault = shared.switches.fault();
    let outcome = match fault {
        Fault::Hang => {
            shared.note(&path, 0, "never answered, as switched".to_owned());
            return std::future::pending().await;
        }
        Fault::Status(status) => Outcome::error(
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            "SIM-SWITCHED",
            "この応答はシミュレータの設定によるものです",
        ),
        _ => carry_out(&shared, &path, request, peer.as_deref()).await,
    };
    if fault == Fault::LoseAnswer {
        shared.note(&path, 0, format!("{} (answer lost)", outcome.summary));
        return Err(AnswerLost);
    }
    shared.note(&path, outcome.status.as_u16(), outcome.summary);
    let late = match fault {
        Fault::Slow(ms) => ms,
        Fault::SlowLists { lists, .. } if is_list(&path) => lists,
        Fault::SlowLists { others, .. } => others,
        _ => 0,
    };
    if late > 0 {
        tokio::time::sleep(Duration::from_millis(late)).await;
    }
    let (kind, body) = match (fault, outcome.raw) {
        (Fault::NotJson, _) => (JSON, Bytes::from_static(b"<html>maintenance</html>")),
        (Fault::Oversized(size), _) => (JSON, oversized(size)),
        (_, Some((kind, bytes))) => (kind, Bytes::from(bytes)),
        (Fault::SwapLists, None) if is_list(&path) => {
            (JSON, Bytes::from(swapped(&outcome.body.to_string())))
        }
        (_, None) => (JSON, Bytes::from(outcome.body.to_string())),
    };
    let body = shared.switches.answer_before(fault, &path, body);
    let mut response = Response::new(whole_or_cut(body, fault == Fault::Cut));
    *response.status_mut() = outcome.status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

/// Whether a path gives a medical list.
pub(crate) fn is_list(path: &str) -> bool {
    ["medicines", "checkups", "treatment", "operations"]
        .iter()
        .any(|list| path.ends_with(list))
}

/// A list under another kind's name.
fn swapped(text: &str) -> String {
    if text.contains("\"MedicineList\"") {
        return text.replace("\"MedicineList\"", "\"CheckupList\"");
    }
    ["CheckupList", "TreatmentList", "OperationList"]
        .iter()
        .fold(text.to_owned(), |text, list| {
            text.replace(&format!("\"{list}\""), "\"MedicineList\"")
        })
}

const JSON: &str = "application/json; charset=utf-8";

/// The body, or its first half with the end of the connection behind it.
fn whole_or_cut(body: Bytes, cut: bool) -> BoxBody<Bytes, AnswerLost> {
    if !cut {
        return Full::new(body).map_err(|never| match never {}).boxed();
    }
    let half = body.slice(..body.len() / 2);
    Halved(Some(half)).boxed()
}

/// Half a body, then an error, on which the connection ends.
struct Halved(Option<Bytes>);

impl hyper::body::Body for Halved {
    type Data = Bytes;
    type Error = AnswerLost;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnswerLost>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(half) => Ok(Frame::data(half)),
            None => Err(AnswerLost),
        }))
    }
}

async fn carry_out(
    shared: &Shared,
    path: &str,
    request: Request<Incoming>,
    peer: Option<&str>,
) -> Outcome {
    let known = [
        PATH_LOGIN,
        PATH_SEARCH,
        PATH_NONCE,
        PATH_CONFIRM,
        PATH_MEDICINES,
    ];
    let desk = path.strip_prefix(desk::PREFIX);
    if !known.contains(&path) && desk.is_none() {
        return Outcome::error(
            StatusCode::NOT_FOUND,
            "SIM-NO-SUCH-PATH",
            "該当する機能がありません",
        );
    }
    if request.method() != Method::POST {
        return Outcome::error(
            StatusCode::METHOD_NOT_ALLOWED,
            "SIM-METHOD",
            "POSTで送信してください",
        );
    }
    let now = shared.clock.now();
    // Before the body, so that a caller without a credential can't make the service read it.
    let institution = authorised(shared, request.headers(), now);
    // A token taken along to another institution's certificate is worth nothing there.
    let institution = institution.filter(|code| !login::is_of_another(peer, code));
    if path != PATH_LOGIN && institution.is_none() {
        return Outcome::error(
            StatusCode::UNAUTHORIZED,
            "SIM-TOKEN",
            "認証トークンが無効か、有効期限が切れています",
        );
    }
    let body = match read(request).await {
        Ok(body) => body,
        Err(outcome) => return outcome,
    };
    let institution = institution.unwrap_or_default();
    match path {
        PATH_LOGIN => login::log_in(shared, &body, peer, now),
        PATH_SEARCH => qualification::search(shared, &body, &institution, now),
        PATH_NONCE => assumed::card::nonce(shared, now),
        PATH_CONFIRM => assumed::card::confirm(shared, &body, now),
        PATH_MEDICINES => assumed::medicines::medicines(shared, &body, &institution, now),
        _ => desk::answer(shared, desk.unwrap_or_default(), &institution, &body, now),
    }
}

/// The institution whose token the request carries.
fn authorised(shared: &Shared, headers: &HeaderMap, now: i64) -> Option<String> {
    let token = headers.get(AUTHORIZATION)?.to_str().ok()?;
    shared.state().token_holder(token, now)
}

async fn read(request: Request<Incoming>) -> Result<Value, Outcome> {
    let is_json = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.to_ascii_lowercase().starts_with("application/json"));
    if !is_json {
        return Err(Outcome::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "SIM-MEDIA-TYPE",
            "Content-Typeはapplication/jsonとしてください",
        ));
    }
    let limited = Limited::new(request.into_body(), MAX_BODY).collect();
    let bytes = match tokio::time::timeout(BODY_LIMIT, limited).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return Err(Outcome::error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "SIM-TOO-LARGE",
                "要求が大きすぎます",
            ));
        }
        Ok(Err(_)) => return Err(Outcome::bad_request("要求を読み取れません")),
        Err(_) => {
            return Err(Outcome::error(
                StatusCode::REQUEST_TIMEOUT,
                "SIM-SLOW",
                "要求が時間内に届きませんでした",
            ));
        }
    };
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(value) if value.is_object() => Ok(value),
        _ => Err(Outcome::bad_request("JSONのオブジェクトではありません")),
    }
}

/// A JSON text of `size` bytes, at most 64 MiB.
fn oversized(size: usize) -> Bytes {
    let inner = size.clamp(2, 64 * 1024 * 1024) - 2;
    Bytes::from(format!("\"{}\"", "x".repeat(inner)))
}
