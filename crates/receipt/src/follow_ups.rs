//! Follow-ups: what staff must still do about a result, seen, noted on and closed from the receipt computer.

use crate::config::Right;
use crate::problem::{Kind, Problem};
use crate::records::FollowUpRecord;
use crate::resource::{PageQuery, json_answer, listed, number, query, tagged};
use crate::router::{App, Caller};
use crate::store::StoreError;
use crate::times::japan;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// The longest outcome and name, in characters.
const MAX_TEXT: usize = 500;

fn about(app: &App, record: &FollowUpRecord) -> Value {
    let notes: Vec<Value> = record
        .notes
        .iter()
        .map(|note| json!({"at": japan(note.at), "by": note.by, "text": note.text}))
        .collect();
    json!({
        "id": record.id,
        "made_at": japan(record.made_at),
        "visit": format!("{:016x}", record.visit),
        "reader": record.reader,
        "result": record.result_id,
        "reason": record.reason,
        "note": record.note,
        "open": record.closed_at.is_none(),
        "closed_at": record.closed_at.map(japan),
        "closed_by": record.closed_by,
        "outcome": record.outcome,
        "notes": notes,
        "unreadable": record.unreadable,
        "simulated": app.simulated,
    })
}

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    asked: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.reads(Right::Read, &headers)?;
    let page = query(asked)?;
    let (after, limit) = (page.after.unwrap_or(0), page.limit()?);
    let open = page.open.unwrap_or(false);
    let records = app
        .ask(move |store| store.follow_ups(after, open, limit))
        .await?;
    listed(
        &app,
        &headers,
        "follow_ups",
        &records,
        limit,
        |record| record.id,
        |record| {
            let sees = caller.client.sees(&record.reader);
            sees.then(|| about(&app, record))
        },
    )
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.reads(Right::Read, &headers)?;
    let record = find(&app, &caller, path).await?;
    tagged(&headers, &about(&app, &record))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseBody {
    /// Who did it.
    staff: String,
    /// What came of it.
    #[serde(default)]
    outcome: String,
}

/// Without control characters, and not longer than this.
fn plain(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.chars().any(char::is_control)
}

/// The longest name.
const MAX_NAME: usize = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    /// Who writes.
    staff: String,
    /// What is still to be known: nobody answered, calls back tomorrow.
    note: String,
}

pub(crate) async fn note(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Claim, &headers)?;
    let wish: NoteBody = app.needed(&headers, body).await?;
    let (staff, text) = (wish.staff.trim(), wish.note.trim().to_owned());
    if staff.is_empty()
        || text.is_empty()
        || !plain(&wish.staff, MAX_NAME)
        || !plain(&wish.note, MAX_TEXT)
    {
        return Err(Problem::new(Kind::Malformed).because(
            "staff（60文字以内）と note（500文字以内）は必須です（制御文字は不可）",
            "staff (at most 60 characters) and note (at most 500) are needed, without control characters",
        ));
    }
    let found = find(&app, &caller, path).await?;
    if found.closed_at.is_some() {
        return Err(Kind::FollowUpClosed.into());
    }
    let id = found.id;
    let who = format!("{}/{staff}", caller.client.name);
    let now = (app.clock)();
    let record = app
        .ask(move |store| {
            match store.note_follow_up(id, &who, &text, now) {
                // Closed between looking and noting.
                Err(StoreError::NotFound) => return Ok(None),
                noted => noted?,
            }
            store.follow_up(id)
        })
        .await?
        .ok_or(Kind::FollowUpClosed)?;
    Ok(json_answer(StatusCode::OK, &about(&app, &record)))
}

pub(crate) async fn close(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
    body: Body,
) -> Result<Response, Problem> {
    caller.reads(Right::Claim, &headers)?;
    let wish: CloseBody = app.body(&headers, body).await?;
    if wish.staff.trim().is_empty()
        || !plain(&wish.staff, MAX_NAME)
        || !plain(&wish.outcome, MAX_TEXT)
    {
        return Err(Problem::new(Kind::Malformed)
            .because(
                "staff は必須で60文字以内、outcome は500文字以内です（制御文字は不可）",
                "staff is needed (at most 60 characters), outcome at most 500, without control characters",
            ));
    }
    let id = find(&app, &caller, path).await?.id;
    // Both stand on record: the client through which it was said, and who did it.
    let who = format!("{}/{}", caller.client.name, wish.staff.trim());
    let now = (app.clock)();
    let record = app
        .ask(move |store| {
            store.close_follow_up(id, &who, &wish.outcome, now)?;
            store.follow_up(id)
        })
        .await?
        .ok_or(Kind::NotFound)?;
    Ok(json_answer(StatusCode::OK, &about(&app, &record)))
}

async fn find(
    app: &App,
    caller: &Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<FollowUpRecord, Problem> {
    let id = number(path)?;
    let record = app.ask(move |store| store.follow_up(id)).await?;
    record
        .filter(|record| caller.client.sees(&record.reader))
        .ok_or_else(|| Kind::NotFound.into())
}
