//! Idempotency keys: a change repeated under the same key gets the answer it was given, and nothing is done twice. Also without a
//! key every change may be repeated; the key lets a client tell "done before" from "done by somebody else".

use crate::body;
use crate::config::Right;
use crate::problem::{Kind, Problem};
use crate::records::Remembered;
use crate::router::{App, Caller};
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Messages of the interface may be so large (`oqs::limits::MAX_BYTES`).
const MAX_MESSAGE: usize = oqs::limits::MAX_BYTES;
/// Where messages of the interface or many registrations arrive.
const LARGE: [&str; 3] = ["/v1/inquiries", "/v1/bulk", "/v1/bulk/reference-numbers"];
/// The longest key.
const MAX_KEY: usize = 128;

/// Clients and keys whose first request has not been answered yet.
#[derive(Clone, Default)]
pub(crate) struct Busy(Arc<Mutex<HashSet<(String, String)>>>);

impl Busy {
    /// Takes a key until the guard is dropped; `None` while somebody else has it.
    fn take(&self, client: &str, key: &str) -> Option<Taken> {
        let of = (client.to_owned(), key.to_owned());
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.insert(of.clone()).then(|| Taken {
            busy: self.clone(),
            of,
        })
    }
}

struct Taken {
    busy: Busy,
    of: (String, String),
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut taken = self.busy.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&self.of);
    }
}

/// The request's key, if it has one.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().map_err(|_| Kind::KeyNeeded)?.trim();
    if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Kind::KeyNeeded.into());
    }
    Ok(Some(key.to_owned()))
}

/// The path under which the OpenAPI document, which has exactly the server's routes, names this method at such a path.
pub(crate) fn template(method: &Method, path: &str) -> Option<&'static str> {
    static OPERATIONS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
        let document: Value = serde_json::from_str(crate::OPENAPI).unwrap_or_default();
        let paths = document["paths"].as_object();
        let methods = paths.into_iter().flatten().filter_map(|(path, methods)| {
            let methods = methods.as_object()?;
            Some(
                methods
                    .keys()
                    .map(|name| (name.to_uppercase(), path.clone())),
            )
        });
        methods.flatten().collect()
    });
    let mut found = OPERATIONS
        .iter()
        .filter(|(name, template)| name == method.as_str() && fits(template, path))
        .map(|(_, template)| template.as_str());
    // A path that is written out goes before one with a part in braces.
    let first = found.next()?;
    Some(found.fold(
        first,
        |best, other| {
            if other == path { other } else { best }
        },
    ))
}

/// Whether a path is one of a template's: a part in braces stands for any.
fn fits(template: &str, path: &str) -> bool {
    template.split('/').count() == path.split('/').count()
        && template
            .split('/')
            .zip(path.split('/'))
            .all(|(part, is)| part == is || part.starts_with('{'))
}

/// Which change a request with a key is: the key and when it was first used. A repetition of one that broke off has the same name;
/// the key used for something else, after it was forgotten, another.
#[derive(Clone)]
pub(crate) struct Change(pub(crate) String);

/// Passes a request on, or answers as before.
pub(crate) async fn once(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let changes = matches!(
        *request.method(),
        Method::POST | Method::PUT | Method::PATCH
    );
    let key = key(request.headers())?;
    // What is not offered is refused for that, whatever its key.
    let offered = changes && template(request.method(), request.uri().path()).is_some();
    let Some(key) = key.filter(|_| offered) else {
        return Ok(next.run(request).await);
    };
    let (mut parts, body) = request.into_parts();
    let caller = Caller::from_request_parts(&mut parts, &app).await?;
    let path = parts.uri.path();
    // Who owns a result changes without its owner: a repeated claim is made again instead of being told what was true once.
    let is_claim = path.ends_with("/claim");
    let max = if LARGE.contains(&path) {
        MAX_MESSAGE
    } else {
        app.max_body
    };
    let bytes = body::bytes(&parts.headers, body, max, app.request_timeout).await?;
    // Another query is another request: an answer kept for a good one must not be given to a bad one.
    let mut whole = format!(
        "{} {}?{}\n{:?}\n",
        parts.method,
        path,
        parts.uri.query().unwrap_or_default(),
        body::media_type(&parts.headers)
    )
    .into_bytes();
    whole.extend_from_slice(&bytes);

    let name = caller.client.name.clone();
    let Some(taken) = app.busy.take(&name, &key) else {
        return Err(Kind::KeyBusy.into());
    };
    let now = (app.clock)();
    let (of, kept) = (name.clone(), key.clone());
    let since = match app
        .ask(move |store| store.remember(&of, &kept, &whole, now))
        .await?
    {
        Remembered::Other => return Err(Kind::KeyReused.into()),
        Remembered::Answer(status, text) => {
            let request = format!("{} {path}", parts.method);
            return replay(&app, &caller, request, key, status, text).await;
        }
        Remembered::New(since) => since,
    };
    parts.extensions.insert(Change(format!("{key}@{since}")));
    let request = Request::from_parts(parts, Body::from(bytes));
    // What was begun is finished and its answer kept, also when the client hangs up meanwhile.
    let finished = tokio::spawn(async move {
        let response = next.run(request).await;
        if is_claim {
            return Ok(response);
        }
        let outcome = keep(&app, name, key, response).await;
        drop(taken);
        outcome
    });
    match finished.await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(code = "UK-RCPT-017", %error, "a change broke off");
            Err(Kind::Unavailable.into())
        }
    }
}

/// Gives the answer of before. That it was given again stands in the audit chain first.
async fn replay(
    app: &App,
    caller: &Caller,
    request: String,
    key: String,
    status: u16,
    text: String,
) -> Result<Response, Problem> {
    let made: Value = serde_json::from_str(&text).unwrap_or_default();
    // Which kinds of medical information came is told only to whom it may be, also when the right was taken away since.
    if !made["medical"].is_null() || holds_information(&made) {
        caller.needs(Right::Medical)?;
    }
    let (name, now) = (caller.client.name.clone(), (app.clock)());
    let detail = json!({"request": request, "key": key});
    app.ask(move |store| store.record_access(&name, "answer-repeated", &detail, now))
        .await?;
    Ok(replayed(status, text, &made))
}

/// Whether an answer itself holds medical information. It is not kept: a repetition is asked anew under its name, with everything that
/// must stand then: the right, the opening, the record (invariant 1).
fn holds_information(answer: &Value) -> bool {
    !answer["information"].is_null()
}

/// The answer of before.
fn replayed(status: u16, text: String, made: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let place = made["href"].as_str().or(made["result_href"].as_str());
    let place = place.and_then(|place| HeaderValue::from_str(place).ok());
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    // What was made says where it stands, as in the first answer.
    if matches!(status, StatusCode::CREATED | StatusCode::ACCEPTED)
        && let Some(place) = place
    {
        headers.insert(header::LOCATION, place);
    }
    response
}

/// Keeps the answer of a change that was made. A refusal is not kept: what was refused may be possible later.
async fn keep(
    app: &App,
    name: String,
    key: String,
    response: Response,
) -> Result<Response, Problem> {
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = body
        .collect()
        .await
        .map_err(|_| Problem::new(Kind::Unavailable))?
        .to_bytes();
    let medical =
        serde_json::from_slice(&bytes).is_ok_and(|answer: Value| holds_information(&answer));
    if let Ok(text) = String::from_utf8(bytes.to_vec())
        && !medical
    {
        let status = parts.status.as_u16();
        // The change is made; without a kept answer a repetition is made again under the same name.
        let kept = app
            .ask(move |store| store.keep_answer(&name, &key, status, &text))
            .await;
        if kept.is_err() {
            tracing::warn!("the answer of an idempotency key was not kept");
        }
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}
