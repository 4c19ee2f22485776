//! Bulk lookups: begun with one message for many persons, answered in two phases under a reception number; progress, the whole, and the
//! difference to the client's job before.

use crate::body;
use crate::config::Right;
use crate::idempotency;
use crate::negotiate;
use crate::numbers;
use crate::problem::{Kind, Problem};
use crate::records::{BulkRecord, NewBulk};
use crate::router::{App, Caller, PageQuery, number, tagged};
use crate::times::japan;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

fn about(app: &App, record: &BulkRecord) -> Value {
    let state = match (record.done, record.code.is_empty()) {
        (_, false) => "failed",
        (true, true) => "done",
        (false, true) => "working",
    };
    let mut value = json!({
        "id": record.id,
        "state": state,
        "reception_number": record.reception,
        "made_at": japan(record.made_at),
        "total": record.total,
        "answered": record.answered,
        "href": format!("/v1/bulk/{}", record.id),
        "simulated": app.simulated,
    });
    if let Some(map) = value.as_object_mut()
        && !record.code.is_empty()
    {
        map.insert("code".into(), record.code.as_str().into());
    }
    value
}

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Right::Inquire)?;
    negotiate::require(&headers, "application/json")?;
    let query = PageQuery::of(query)?;
    let (after, limit, name) = (
        query.after.unwrap_or(0),
        query.limit()?,
        caller.client.name.clone(),
    );
    let records = app
        .ask(move |store| store.bulks(&name, after, limit))
        .await?;
    let next = (records.len() == limit)
        .then(|| records.last().map(|record| record.id))
        .flatten();
    let list: Vec<Value> = records.iter().map(|record| about(&app, record)).collect();
    tagged(
        &headers,
        &json!({"bulk": list, "next": next, "simulated": app.simulated}),
    )
}

pub(crate) async fn begin(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.needs(Right::Inquire)?;
    negotiate::require(&headers, "application/json")?;
    let key = idempotency::key(&headers)?.ok_or(Kind::KeyNeeded)?;
    let bytes = body::bytes(&headers, body, oqs::limits::MAX_BYTES, app.request_timeout).await?;
    let message = body::message(&headers, &bytes)?;
    let requests = numbers::many(&message, &app.institution_code)
        .map_err(|error| Problem::new(Kind::NotByNumber).detail(error.to_string()))?;
    let new = NewBulk {
        client: caller.client.name.clone(),
        key,
        requests,
        header_json: numbers::header_json(&message),
    };
    let now = (app.clock)();
    let record = app
        .ask(move |store| {
            let id = store.begin_bulk(new, now)?;
            store.bulk(id)
        })
        .await?
        .ok_or(Kind::NotFound)?;
    let location = HeaderValue::from_str(&format!("/v1/bulk/{}", record.id))
        .map_err(|_| Problem::new(Kind::NotRenderable))?;
    let kind = HeaderValue::from_static("application/json");
    let headers = [(header::CONTENT_TYPE, kind), (header::LOCATION, location)];
    Ok((
        StatusCode::ACCEPTED,
        headers,
        about(&app, &record).to_string(),
    )
        .into_response())
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    negotiate::require(&headers, "application/json")?;
    let record = mine(&app, &caller, path).await?;
    tagged(&headers, &about(&app, &record))
}

pub(crate) async fn answers(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    query: Result<Query<PageQuery>, QueryRejection>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    negotiate::require(&headers, "application/json")?;
    let query = PageQuery::of(query)?;
    // `after` is a place from 0; without it the list begins with the first.
    let from = match query.after {
        None => 0,
        Some(after) => u32::try_from(after.saturating_add(1)).unwrap_or(u32::MAX),
    };
    let limit = query.limit()?;
    let record = mine(&app, &caller, path).await?;
    let (id, name, now) = (record.id, caller.client.name.clone(), (app.clock)());
    let answers = app
        .ask(move |store| {
            let answers = store.bulk_answers(id, from, limit)?;
            // Who saw what is recorded before it is shown.
            store.record_bulk_reading(id, &name, answers.len(), now)?;
            Ok(answers)
        })
        .await?;
    let next = (answers.len() == limit)
        .then(|| answers.last().map(|answer| answer.n))
        .flatten();
    let mut list = Vec::new();
    for answer in answers {
        let message =
            numbers::stored_answer(&answer.body_json, app.simulated).ok_or(Kind::NotRenderable)?;
        list.push(json!({"n": answer.n, "answer": message}));
    }
    tagged(
        &headers,
        &json!({"answers": list, "next": next, "simulated": app.simulated}),
    )
}

pub(crate) async fn changes(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    negotiate::require(&headers, "application/json")?;
    let id = mine(&app, &caller, path).await?.id;
    let changes = app.ask(move |store| store.bulk_changes(id)).await?;
    tagged(
        &headers,
        &json!({
            "before": changes.before,
            "new": changes.new,
            "changed": changes.changed,
            "gone": changes.gone,
            "simulated": app.simulated,
        }),
    )
}

/// A client's own job; others' do not exist for it.
async fn mine(
    app: &App,
    caller: &Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<BulkRecord, Problem> {
    caller.needs(Right::Inquire)?;
    let id = number(path)?;
    let record = app.ask(move |store| store.bulk(id)).await?;
    record
        .filter(|record| record.client == caller.client.name)
        .ok_or_else(|| Kind::NotFound.into())
}
