//! Inquiries by number: asked durably, answered by the service when it can, fetched as results that their asker owns.

use crate::body;
use crate::config::Right;
use crate::numbers;
use crate::problem::{Kind, Problem};
use crate::records::{InquiryRecord, InquiryState, NewInquiry};
use crate::resource::{PageQuery, listed, made, number, query, tagged};
use crate::router::{App, Caller};
use crate::times::japan;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// The longest wait for an answer, in seconds.
const MAX_WAIT: u64 = 30;

fn about(app: &App, record: &InquiryRecord) -> Value {
    let mut value = json!({
        "id": record.id,
        "state": record.state.as_str(),
        "made_at": japan(record.made_at),
        "attempts": record.attempts,
        "href": format!("/v1/inquiries/{}", record.id),
        "simulated": app.simulated,
    });
    if let Some(map) = value.as_object_mut() {
        if !record.code.is_empty() {
            map.insert("code".into(), record.code.as_str().into());
        }
        if let Some((ja, en)) = &record.words {
            map.insert("ja".into(), ja.as_str().into());
            map.insert("en".into(), en.as_str().into());
        }
        if let Some((code, words)) = &record.service {
            map.insert("service_code".into(), code.as_str().into());
            map.insert("service_message".into(), words.as_str().into());
        }
        if let Some(result) = &record.result_id {
            map.insert("result".into(), result.as_str().into());
            map.insert("result_href".into(), format!("/v1/results/{result}").into());
        }
    }
    value
}

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    asked: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.reads(Right::Inquire, &headers)?;
    let page = query(asked)?;
    let (after, limit) = (page.after.unwrap_or(0), page.limit()?);
    let name = caller.client.name.clone();
    let records = app
        .ask(move |store| store.inquiries(&name, after, limit))
        .await?;
    listed(
        &app,
        &headers,
        "inquiries",
        &records,
        limit,
        |record| record.id,
        |record| Some(about(&app, record)),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WaitQuery {
    /// Seconds to wait for the answer, at most 30.
    wait: Option<u64>,
}

fn wait(asked: Result<Query<WaitQuery>, QueryRejection>) -> Result<Duration, Problem> {
    match query(asked)?.wait.unwrap_or(0) {
        seconds @ 0..=MAX_WAIT => Ok(Duration::from_secs(seconds)),
        _ => Err(Problem::new(Kind::Malformed).because(
            format!("wait は 0～{MAX_WAIT} 秒です"),
            format!("wait is 0 to {MAX_WAIT} seconds"),
        )),
    }
}

pub(crate) async fn ask(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    asked: Result<Query<WaitQuery>, QueryRejection>,
    body: Body,
) -> Result<Response, Problem> {
    let key = caller.makes(Right::Inquire, &headers)?;
    let wait = wait(asked)?;
    let bytes = body::bytes(&headers, body, oqs::limits::MAX_BYTES, app.request_timeout).await?;
    let message = body::message(&headers, &bytes)?;
    let request_json = numbers::single(&message, &app.institution_code)
        .map_err(|error| Problem::new(Kind::NotByNumber).detail(error.to_string()))?;
    let new = NewInquiry {
        client: caller.client.name.clone(),
        key,
        request_json,
    };
    let now = (app.clock)();
    let id = app.ask(move |store| store.queue_inquiry(new, now)).await?;
    let record = settled(&app, &caller, id, wait).await?;
    let address = format!("/v1/inquiries/{id}");
    made(StatusCode::ACCEPTED, &address, &about(&app, &record))
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    asked: Result<Query<WaitQuery>, QueryRejection>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.reads(Right::Inquire, &headers)?;
    let record = settled(&app, &caller, number(path)?, wait(asked)?).await?;
    tagged(&headers, &about(&app, &record))
}

/// The inquiry as it stands: once it is settled, or when the waiting is over. Others' inquiries do not exist for a client.
async fn settled(
    app: &App,
    caller: &Caller,
    id: u64,
    wait: Duration,
) -> Result<InquiryRecord, Problem> {
    let until = tokio::time::Instant::now() + wait;
    let mut news = app.store.event_watch();
    let mut closing = app.closing.clone();
    loop {
        news.mark_unchanged();
        let record = app.ask(move |store| store.inquiry(id)).await?;
        let record = record
            .filter(|record| record.client == caller.client.name)
            .ok_or(Kind::NotFound)?;
        if record.state != InquiryState::Queued {
            return Ok(record);
        }
        tokio::select! {
            changed = news.changed() => if changed.is_err() { return Ok(record) },
            () = tokio::time::sleep_until(until) => return Ok(record),
            () = crate::connection::closed(&mut closing) => return Ok(record),
        }
    }
}
