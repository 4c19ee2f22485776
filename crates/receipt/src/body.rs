//! Request bodies: bounded in size and time, JSON only, unknown fields refused.

use crate::problem::{Kind, Problem};
use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Reads a body that may be absent; an absent one is the default.
pub(crate) async fn optional<T: DeserializeOwned + Default>(
    headers: &HeaderMap,
    body: Body,
    max: usize,
    limit: Duration,
) -> Result<T, Problem> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > max as u64) {
        return Err(Kind::TooLarge.into());
    }
    let read = tokio::time::timeout(limit, Limited::new(body, max).collect());
    let bytes = match read.await {
        Err(_) => return Err(Kind::TooSlow.into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Kind::TooLarge.into()),
        Ok(Err(_)) => return Err(Problem::new(Kind::Malformed).detail("the body broke off")),
        Ok(Ok(collected)) => collected.to_bytes(),
    };
    if bytes.is_empty() {
        return Ok(T::default());
    }
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        return Err(Kind::MediaType.into());
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Problem::new(Kind::Malformed).detail(error.to_string()))
}
