//! What all resources do alike: who may and in which form, pages of lists, and answers that say where something new stands.

use crate::config::Right;
use crate::idempotency;
use crate::negotiate;
use crate::problem::{Kind, Problem};
use crate::render;
use crate::router::{App, Caller};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Records in one page of a list, unless asked otherwise, and at most.
const PAGE: usize = 100;
const MAX_PAGE: usize = 500;

impl Caller {
    /// The client has the right and takes JSON.
    pub(crate) fn reads(&self, right: Right, headers: &HeaderMap) -> Result<(), Problem> {
        self.needs(right)?;
        negotiate::require(headers, "application/json")
    }

    /// The same for something that is made anew: it needs a key, so that a repetition makes no second one. Gives the name of the
    /// change.
    pub(crate) fn makes(&self, right: Right, headers: &HeaderMap) -> Result<String, Problem> {
        self.reads(right, headers)?;
        idempotency::key(headers)?.ok_or(Kind::KeyNeeded)?;
        self.change.clone().ok_or_else(|| Kind::KeyNeeded.into())
    }
}

/// What every list can be asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageQuery {
    /// Only what has a greater number.
    pub(crate) after: Option<u64>,
    limit: Option<usize>,
    /// Only what is open; for follow-ups.
    pub(crate) open: Option<bool>,
}

impl PageQuery {
    /// Whether a part of the list is asked for.
    pub(crate) fn is_asked_for(&self) -> bool {
        self.after.is_some() || self.limit.is_some()
    }

    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        limit(self.limit)
    }
}

/// The size of a page that was asked for.
pub(crate) fn limit(wanted: Option<usize>) -> Result<usize, Problem> {
    match wanted.unwrap_or(PAGE) {
        limit @ 1..=MAX_PAGE => Ok(limit),
        _ => Err(Problem::new(Kind::Malformed).because(
            format!("limit は 1～{MAX_PAGE} です"),
            format!("limit is 1 to {MAX_PAGE}"),
        )),
    }
}

/// The query of a request; unknown parameters are refused by its type.
pub(crate) fn query<T: DeserializeOwned>(
    query: Result<Query<T>, QueryRejection>,
) -> Result<T, Problem> {
    query.map(|Query(query)| query).map_err(|error| {
        Problem::new(Kind::Malformed).because("URL のクエリが正しくありません", error.body_text())
    })
}

/// The number in a path; anything else is nothing that exists.
pub(crate) fn number(path: Result<Path<String>, PathRejection>) -> Result<u64, Problem> {
    match path {
        Ok(Path(text)) if !text.starts_with('+') => text.parse().map_err(|_| Kind::NotFound.into()),
        _ => Err(Kind::NotFound.into()),
    }
}

/// A page of a list: `records` as the store gave them, `limit` how many were asked for, `shown` what the client sees of each. A full
/// page may have a successor: `next` is the number to go on after.
pub(crate) fn listed<T>(
    app: &App,
    headers: &HeaderMap,
    name: &str,
    records: &[T],
    limit: usize,
    number: impl Fn(&T) -> u64,
    shown: impl Fn(&T) -> Option<Value>,
) -> Result<Response, Problem> {
    let next = (records.len() == limit)
        .then(|| records.last().map(number))
        .flatten();
    let list: Vec<Value> = records.iter().filter_map(shown).collect();
    tagged(
        headers,
        &json!({name: list, "next": next, "simulated": app.simulated}),
    )
}

pub(crate) fn json_answer(status: StatusCode, value: &Value) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        value.to_string(),
    )
        .into_response()
}

/// An answer about something new, with its address.
pub(crate) fn made(status: StatusCode, address: &str, value: &Value) -> Result<Response, Problem> {
    let location = HeaderValue::from_str(address).map_err(|_| Problem::new(Kind::NotRenderable))?;
    let mut response = json_answer(status, value);
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// A JSON answer with an ETag; 304 when the client has it already.
pub(crate) fn tagged(headers: &HeaderMap, value: &Value) -> Result<Response, Problem> {
    tagged_bytes(headers, "application/json", value.to_string().into_bytes())
}

/// The same for an answer in any form.
pub(crate) fn tagged_bytes(
    headers: &HeaderMap,
    kind: &'static str,
    bytes: Vec<u8>,
) -> Result<Response, Problem> {
    let tag = format!("\"{:016x}\"", render::fingerprint(&bytes));
    let tag = HeaderValue::from_str(&tag).map_err(|_| Problem::new(Kind::NotRenderable))?;
    if render::none_match(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let kind = HeaderValue::from_static(kind);
    let headers = [(header::CONTENT_TYPE, kind), (header::ETAG, tag)];
    Ok((StatusCode::OK, headers, bytes).into_response())
}
