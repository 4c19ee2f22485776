//! Extracts of the audit chain, for a client with the right to read it; that it was read stands in the chain as well.

use crate::config::Right;
use crate::problem::Problem;
use crate::resource::{PageQuery, json_answer, query};
use crate::router::{App, Caller};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

pub(crate) async fn extract(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    asked: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.reads(Right::Audit, &headers)?;
    let page = query(asked)?;
    let (after, limit) = (page.after.unwrap_or(0), page.limit()?);
    let (name, now) = (caller.client.name.clone(), (app.clock)());
    let found = app
        .ask(move |store| store.audit(&name, after, limit, now))
        .await?;
    let full = found.records.len() == limit;
    let next = found
        .records
        .last()
        .filter(|_| full)
        .and_then(|record| record.get("seq").and_then(Value::as_u64));
    let body = json!({"records": found.records, "head": found.head, "next": next, "simulated": app.simulated});
    Ok(json_answer(StatusCode::OK, &body))
}
