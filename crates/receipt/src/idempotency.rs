//! Idempotency keys: a change repeated under the same key gets the answer it was given, and nothing is done twice. Also without a
//! key every change may be repeated; the key lets a client tell "done before" from "done by somebody else".

use crate::body;
use crate::problem::{Kind, Problem};
use crate::records::Remembered;
use crate::router::{App, Caller};
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;

/// Messages of the interface may be so large (`oqs::limits::MAX_BYTES`).
const MAX_MESSAGE: usize = oqs::limits::MAX_BYTES;
/// The longest key.
const MAX_KEY: usize = 128;

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

/// Passes a request on, or answers as before.
pub(crate) async fn once(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let changes = matches!(*request.method(), Method::POST | Method::PUT);
    let key = key(request.headers())?;
    let Some(key) = key.filter(|_| changes) else {
        return Ok(next.run(request).await);
    };
    let (mut parts, body) = request.into_parts();
    let caller = Caller::from_request_parts(&mut parts, &app).await?;
    let path = parts.uri.path();
    let takes_messages = matches!(path, "/v1/inquiries" | "/v1/bulk");
    let max = if takes_messages {
        MAX_MESSAGE
    } else {
        app.max_body
    };
    let bytes = body::bytes(&parts.headers, body, max, app.request_timeout).await?;
    let mut whole = format!(
        "{} {}\n{:?}\n",
        parts.method,
        path,
        body::media_type(&parts.headers)
    )
    .into_bytes();
    whole.extend_from_slice(&bytes);

    let (name, now) = (caller.client.name.clone(), (app.clock)());
    let (of, kept) = (name.clone(), key.clone());
    match app
        .ask(move |store| store.remember(&of, &kept, &whole, now))
        .await?
    {
        Remembered::Other => return Err(Kind::KeyReused.into()),
        Remembered::Answer(status, text) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            let mut response = (status, text).into_response();
            let headers = response.headers_mut();
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
            headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
            return Ok(response);
        }
        Remembered::New => {}
    }
    let response = next
        .run(Request::from_parts(parts, Body::from(bytes)))
        .await;
    // A refusal is not kept: what was refused may be possible later.
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = body
        .collect()
        .await
        .map_err(|_| Problem::new(Kind::Unavailable))?
        .to_bytes();
    if let Ok(text) = String::from_utf8(bytes.to_vec()) {
        let status = parts.status.as_u16();
        // The change is made; without a kept answer a repetition is made again, which does no harm.
        let kept = app
            .ask(move |store| store.keep_answer(&name, &key, status, &text))
            .await;
        if kept.is_err() {
            tracing::warn!("the answer of an idempotency key was not kept");
        }
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}
