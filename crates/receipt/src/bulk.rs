//! Bulk lookups: begun with one message for many persons, answered in two phases under a reception number; progress, the whole, and the
//! difference to the job before. A client sees its own jobs and those of the terminal (tickets, consented persons, reference numbers).

use crate::body;
use crate::config::Right;
use crate::folders::answers::Frame;
use crate::negotiate::{self, Form};
use crate::numbers;
use crate::problem::{Kind, Problem};
use crate::records::{BulkAnswer, BulkRecord, NewBulk};
use crate::resource::{PageQuery, listed, made, number, query, tagged, tagged_bytes};
use crate::router::{App, Caller};
use crate::store::{ReceiptStore, StoreError};
use crate::times::japan;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use oqs::Charset;
use serde_json::{Value, json};

/// The kind whose answers are no qualifications, but what became of each registration.
const REFERENCES: &str = "references";
/// Answers fetched from the store at once.
const PAGE: usize = 500;

pub(crate) fn about(app: &App, record: &BulkRecord) -> Value {
    let state = match (record.done, record.code.is_empty()) {
        (_, false) => "failed",
        (true, true) => "done",
        (false, true) => "working",
    };
    let mut value = json!({
        "id": record.id,
        "kind": record.kind,
        "shared": record.shared,
        "state": state,
        // What follows `#` tells repeated fetches under one number apart.
        "reception_number": record.reception.split('#').next(),
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
        if let Some((code, words)) = &record.service {
            map.insert("service_code".into(), code.as_str().into());
            map.insert("service_message".into(), words.as_str().into());
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
        .ask(move |store| store.bulks(&name, after, limit))
        .await?;
    listed(
        &app,
        &headers,
        "bulk",
        &records,
        limit,
        |record| record.id,
        |record| Some(about(&app, record)),
    )
}

pub(crate) async fn begin(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let key = caller.makes(Right::Inquire, &headers)?;
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
    let address = format!("/v1/bulk/{}", record.id);
    made(StatusCode::ACCEPTED, &address, &about(&app, &record))
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.reads(Right::Inquire, &headers)?;
    let record = mine(&app, &caller, path).await?;
    tagged(&headers, &about(&app, &record))
}

pub(crate) async fn answers(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    asked: Result<Query<PageQuery>, QueryRejection>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Right::Inquire)?;
    let form = negotiate::choose(&headers)?;
    let page = query(asked)?;
    let record = mine(&app, &caller, path).await?;
    let charset = match form {
        Form::Json => None,
        Form::XmlUtf8 => Some(Charset::Utf8),
        Form::XmlShiftJis => Some(Charset::ShiftJis),
    };
    if let Some(charset) = charset {
        return message(&app, &caller, &headers, &page, record, form, charset).await;
    }
    // `after` is a place from 0; without it the list begins with the first.
    let from = match page.after {
        None => 0,
        Some(after) => u32::try_from(after.saturating_add(1)).unwrap_or(u32::MAX),
    };
    let limit = page.limit()?;
    // The terminal's jobs arrive as one answer, which counts as a whole or not at all; a client's own persons are asked one by one.
    whole(&record, record.shared)?;
    let (id, name, now) = (record.id, caller.client.name.clone(), (app.clock)());
    let answers = app
        .ask(move |store| {
            let answers = store.bulk_answers(id, from, limit)?;
            // Who saw what is recorded before it is shown.
            store.record_bulk_reading(id, &name, answers.len(), now)?;
            Ok(answers)
        })
        .await?;
    let mut shown = Vec::new();
    for answer in answers {
        let message = if record.kind == REFERENCES {
            serde_json::from_str(&answer.body_json).ok()
        } else {
            numbers::stored_answer(&answer.body_json, app.simulated)
        };
        shown.push((answer.n, message.ok_or(Kind::NotRenderable)?));
    }
    let mut response = listed(
        &app,
        &headers,
        "answers",
        &shown,
        limit,
        |(n, _)| u64::from(*n),
        |(n, message)| Some(json!({"n": n, "answer": message})),
    )?;
    vary(&mut response);
    Ok(response)
}

/// The whole as one message of the interface, as the folders give it: its header says how many answers there are, so that it has no pages
/// and comes only when all of them are there.
async fn message(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    page: &PageQuery,
    record: BulkRecord,
    form: Form,
    charset: Charset,
) -> Result<Response, Problem> {
    if page.is_asked_for() {
        return Err(Problem::new(Kind::Malformed).detail("XML has no pages: after, limit"));
    }
    whole(&record, true)?;
    let (name, now) = (caller.client.name.clone(), (app.clock)());
    let (record, answers) = app
        .ask(move |store| {
            let answers = all_answers(store, record.id)?;
            store.record_bulk_reading(record.id, &name, answers.len(), now)?;
            Ok((record, answers))
        })
        .await?;
    let frame = Frame {
        institution: &app.institution_code,
        // The same answers are the same message, whenever they are read.
        now: record.made_at,
        simulated: app.simulated,
        charset,
    };
    let bytes = frame.bulk(&record, &answers).ok_or(Kind::NotRenderable)?;
    let mut response = tagged_bytes(headers, form.content_type(), bytes)?;
    vary(&mut response);
    Ok(response)
}

/// Every answer of a job, fetched page by page.
pub(crate) fn all_answers<S: ReceiptStore + ?Sized>(
    store: &S,
    id: u64,
) -> Result<Vec<BulkAnswer>, StoreError> {
    let mut answers = Vec::new();
    loop {
        let from = u32::try_from(answers.len()).unwrap_or(u32::MAX);
        let page = store.bulk_answers(id, from, PAGE)?;
        let last = page.len() < PAGE;
        answers.extend(page);
        if last {
            return Ok(answers);
        }
    }
}

fn vary(response: &mut Response) {
    let accept = HeaderValue::from_static("Accept");
    response.headers_mut().insert(header::VARY, accept);
}

pub(crate) async fn changes(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.reads(Right::Inquire, &headers)?;
    let record = mine(&app, &caller, path).await?;
    // Persons not yet read are not gone.
    whole(&record, true)?;
    let id = record.id;
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

/// Refused while it must be whole and is not.
fn whole(record: &BulkRecord, must: bool) -> Result<(), Problem> {
    if must && !(record.done && record.code.is_empty()) {
        return Err(Kind::NotWhole.into());
    }
    Ok(())
}

/// A client's own job, or the terminal's; others' do not exist for it.
async fn mine(
    app: &App,
    caller: &Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<BulkRecord, Problem> {
    let id = number(path)?;
    let record = app.ask(move |store| store.bulk(id)).await?;
    record
        .filter(|record| record.shared || record.client == caller.client.name)
        .ok_or_else(|| Kind::NotFound.into())
}
