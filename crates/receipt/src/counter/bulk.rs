//! Bulk jobs of the institution: tickets of a month, persons who consented, reference numbers. Once begun they are bulk jobs like a
//! client's own (progress, whole, difference), but belong to the terminal: every client with the right `inquire` sees them.

use super::Wish;
use super::bodies::{Care, Registration, digits};
use crate::body;
use crate::bulk::about;
use crate::config::Right;
use crate::numbers::MOST_PERSONS;
use crate::problem::{Kind, Problem};
use crate::resource::made;
use crate::router::{App, Caller};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TicketsBody {
    month: String,
}

pub(crate) async fn tickets(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Inquire, &headers)?;
    let TicketsBody { month } = app.needed(&headers, body).await?;
    digits("month", &month, &[6])?;
    begun(&app, &caller, Wish::FetchTickets { month }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsentedBody {
    care: Care,
    from: String,
    to: String,
    #[serde(default)]
    by_care_day: bool,
}

pub(crate) async fn consented(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Inquire, &headers)?;
    let asked: ConsentedBody = app.needed(&headers, body).await?;
    digits("from", &asked.from, &[8])?;
    digits("to", &asked.to, &[8])?;
    let wish = Wish::FetchConsented {
        care: asked.care.the_services()?,
        from: asked.from,
        to: asked.to,
        by_care_day: asked.by_care_day,
    };
    begun(&app, &caller, wish).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferencesBody {
    registrations: Vec<Registration>,
}

pub(crate) async fn references(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Inquire, &headers)?;
    // A thousand registrations are larger than other bodies.
    let ReferencesBody { registrations } =
        body::needed(&headers, body, oqs::limits::MAX_BYTES, app.request_timeout).await?;
    if registrations.is_empty() || registrations.len() > MOST_PERSONS {
        return Err(Problem::new(Kind::Malformed).because(
            format!("registrations は 1～{MOST_PERSONS} 件です"),
            format!("registrations are 1 to {MOST_PERSONS}"),
        ));
    }
    for registration in &registrations {
        registration.check()?;
    }
    begun(&app, &caller, Wish::RegisterReferences(registrations)).await
}

async fn begun(app: &App, caller: &Caller, wish: Wish) -> Result<Response, Problem> {
    let answer = app.wish(caller, wish).await?;
    let job = answer
        .get("job")
        .and_then(Value::as_u64)
        .ok_or(Kind::NotRenderable)?;
    let record = app
        .ask(move |store| store.bulk(job))
        .await?
        .ok_or(Kind::NotFound)?;
    let address = format!("/v1/bulk/{job}");
    made(StatusCode::ACCEPTED, &address, &about(app, &record))
}
