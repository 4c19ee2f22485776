//! Request bodies: bounded in size and time; JSON with unknown fields refused, or a message of the interface in its own forms.

use crate::problem::{Kind, Problem};
use crate::reason::Reason;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use oqs::{MessageTree, OqsError};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Reads a body that may be absent; an absent one is the default.
pub(crate) async fn optional<T: DeserializeOwned + Default>(
    headers: &HeaderMap,
    body: Body,
    max: usize,
    limit: Duration,
) -> Result<T, Problem> {
    let bytes = bytes(headers, body, max, limit).await?;
    if bytes.is_empty() {
        return Ok(T::default());
    }
    object(headers, &bytes)
}

/// Reads a body that must be there.
pub(crate) async fn needed<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    max: usize,
    limit: Duration,
) -> Result<T, Problem> {
    let bytes = bytes(headers, body, max, limit).await?;
    object(headers, &bytes)
}

/// A JSON object. A list of its values in their order, which the deserializer would take for one, is refused.
fn object<T: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<T, Problem> {
    if media_type(headers).as_deref() != Some("application/json") {
        return Err(Problem::new(Kind::MediaType).detail("application/json"));
    }
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::new(Kind::Malformed).because(
            "本文が JSON のオブジェクトではありません",
            "the body is not a JSON object",
        ));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        Problem::new(Kind::Malformed).because("本文の項目が正しくありません", error.to_string())
    })
}

/// The media type of the body, without its parameters, in small letters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

/// Reads a message of the interface: JSON or XML as its content type says, XML in the encoding that it declares itself.
pub(crate) fn message(headers: &HeaderMap, bytes: &[u8]) -> Result<MessageTree, Problem> {
    let read = match media_type(headers).as_deref() {
        Some("application/json") => MessageTree::request_from_json(bytes),
        Some("application/xml" | "text/xml") => MessageTree::from_xml(bytes),
        _ => {
            let taken = "application/json, application/xml, text/xml";
            return Err(Problem::new(Kind::MediaType).detail(taken));
        }
    };
    read.map_err(|error| match error {
        OqsError::TooLarge { limit, .. } => too_large(limit),
        // As every other element that has no place in a lookup.
        OqsError::Beside(name) => {
            Problem::new(Kind::NotByNumber).detail(Reason::unknown(&name).to_string())
        }
        error => Problem::new(Kind::Malformed).detail(Reason::unreadable(&error).to_string()),
    })
}

/// Reads a body, bounded in size and time.
pub(crate) async fn bytes(
    headers: &HeaderMap,
    body: Body,
    max: usize,
    limit: Duration,
) -> Result<Bytes, Problem> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > max as u64) {
        return Err(too_large(max));
    }
    let read = tokio::time::timeout(limit, Limited::new(body, max).collect());
    match read.await {
        Err(_) => Err(Kind::TooSlow.into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(max)),
        Ok(Err(_)) => {
            Err(Problem::new(Kind::Malformed)
                .because("本文が途中で切れました", "the body broke off"))
        }
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
    }
}

/// Refused for its size; the limit is in bytes.
fn too_large(limit: usize) -> Problem {
    Problem::new(Kind::TooLarge).because(
        format!("本文は{limit}バイトまでです"),
        format!("at most {limit} bytes of body"),
    )
}
