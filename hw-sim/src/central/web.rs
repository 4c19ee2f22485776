//! One request: method, size, credential, JSON; then the handler of its path; then the log. Errors
//! are JSON with a status, never text.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::listener::AnswerLost;
use super::switches::Fault;
use super::{Shared, assumed, login, qualification};

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

const MAX_BODY: usize = 256 * 1024;
const BODY_LIMIT: Duration = Duration::from_secs(10);

/// What a handler answers.
pub(crate) struct Outcome {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    /// For the log, without secrets.
    pub(crate) summary: String,
}

impl Outcome {
    pub(crate) fn ok(body: Value, summary: impl Into<String>) -> Self {
        Self {
            status: StatusCode::OK,
            body,
            summary: summary.into(),
        }
    }

    /// `{"status":"error","code":…,"msg":…}`, the same for every path.
    pub(crate) fn error(status: StatusCode, code: &str, msg: &str) -> Self {
        Self {
            status,
            body: json!({"status": "error", "code": code, "msg": msg}),
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
) -> Result<Response<Full<Bytes>>, AnswerLost> {
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
        _ => carry_out(&shared, &path, request).await,
    };
    if fault == Fault::LoseAnswer {
        shared.note(&path, 0, format!("{} (answer lost)", outcome.summary));
        return Err(AnswerLost);
    }
    shared.note(&path, outcome.status.as_u16(), outcome.summary);
    let body = match fault {
        Fault::NotJson => Bytes::from_static(b"<html>maintenance</html>"),
        Fault::Oversized(size) => oversized(size),
        _ => Bytes::from(outcome.body.to_string()),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = outcome.status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    Ok(response)
}

async fn carry_out(shared: &Shared, path: &str, request: Request<Incoming>) -> Outcome {
    let known = [
        PATH_LOGIN,
        PATH_SEARCH,
        PATH_NONCE,
        PATH_CONFIRM,
        PATH_MEDICINES,
    ];
    if !known.contains(&path) {
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
    if path != PATH_LOGIN && !authorised(shared, request.headers(), now) {
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
    match path {
        PATH_LOGIN => login::log_in(shared, &body, now),
        PATH_SEARCH => qualification::search(shared, &body, now),
        PATH_NONCE => assumed::card::nonce(shared, now),
        PATH_CONFIRM => assumed::card::confirm(shared, &body, now),
        _ => assumed::medicines::medicines(shared, &body, now),
    }
}

fn authorised(shared: &Shared, headers: &HeaderMap, now: i64) -> bool {
    headers
        .get(AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|token| shared.state().token_holds(token, now))
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
