//! Disaster, outage and emergency: only while the central service has opened them, always with operator and reason on record, medical
//! information only with the right `medical`.

use super::Wish;
use super::bodies::{Person, SpecialMode, digits, operator, reason};
use super::reinquiry::{copy, stored};
use crate::config::Right;
use crate::problem::{Kind, Problem};
use crate::resource::{json_answer, tagged};
use crate::router::{App, Caller};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

pub(crate) async fn openings(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.reads(Right::Inquire, &headers)?;
    let open = app.wish(&caller, Wish::Openings).await?;
    tagged(
        &headers,
        &json!({
            "disaster": open.get("disaster"),
            "outage": open.get("outage"),
            "emergency_authority": open.get("emergency_authority"),
            "simulated": app.simulated,
        }),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisasterBody {
    person: Person,
    operator: String,
    reason: String,
    oral_consent: bool,
    #[serde(default)]
    information: bool,
}

pub(crate) async fn disaster(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Inquire, &headers)?;
    let asked: DisasterBody = app.needed(&headers, body).await?;
    if asked.information {
        caller.needs(Right::Medical)?;
    }
    asked.person.check()?;
    operator(&asked.operator)?;
    reason(&asked.reason)?;
    let wish = Wish::Disaster {
        person: asked.person,
        operator: asked.operator,
        reason: asked.reason,
        oral_consent: asked.oral_consent,
        information: asked.information,
    };
    let answer = app.wish(&caller, wish).await?;
    stored(&app, &answer, answer.get("information"), false)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    person: Person,
    operator: String,
    #[serde(default)]
    oral_consent: bool,
}

pub(crate) async fn note(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Inquire, &headers)?;
    let noted: NoteBody = app.needed(&headers, body).await?;
    noted.person.check()?;
    operator(&noted.operator)?;
    let wish = Wish::NoteOutage {
        person: noted.person,
        operator: noted.operator,
        oral_consent: noted.oral_consent,
    };
    let answer = app.wish(&caller, wish).await?;
    Ok(json_answer(
        StatusCode::OK,
        &json!({"noted": answer.get("noted"), "simulated": app.simulated}),
    ))
}

/// Who is noted: names and addresses, so that reading it stands in the audit chain.
pub(crate) async fn notes(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.reads(Right::Inquire, &headers)?;
    let answer = app.wish(&caller, Wish::OutageNotes).await?;
    tagged(
        &headers,
        &json!({
            "notes": answer.get("notes"),
            "unreadable": answer.get("unreadable"),
            "simulated": app.simulated,
        }),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemovalBody {
    id: String,
    operator: String,
    reason: String,
}

pub(crate) async fn remove_note(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Inquire, &headers)?;
    let removal: RemovalBody = app.needed(&headers, body).await?;
    operator(&removal.operator)?;
    reason(&removal.reason)?;
    if removal.id.len() != 16 || !removal.id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Problem::new(Kind::Malformed).because(
            "id は一覧にある16桁の16進数です",
            "id: 16 hex digits, as the list says",
        ));
    }
    let wish = Wish::RemoveNote {
        id: removal.id,
        operator: removal.operator,
        reason: removal.reason,
    };
    let answer = app.wish(&caller, wish).await?;
    Ok(json_answer(
        StatusCode::OK,
        &json!({"noted": answer.get("noted"), "simulated": app.simulated}),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperatorBody {
    operator: String,
}

pub(crate) async fn ask_noted(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Inquire, &headers)?;
    let asked: OperatorBody = app.needed(&headers, body).await?;
    operator(&asked.operator)?;
    let wish = Wish::AskNoted {
        operator: asked.operator,
    };
    let answer = app.wish(&caller, wish).await?;
    let mut value = json!({"simulated": app.simulated});
    // What went wrong with whom, in the service's words, and whom nobody was found for: these stay noted until they are taken off.
    copy(
        &mut value,
        &answer,
        &["results", "failed", "failures", "not_found"],
    );
    Ok(json_answer(StatusCode::OK, &value))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportBody {
    mode: SpecialMode,
    operator: String,
}

pub(crate) async fn report(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Inquire, &headers)?;
    let asked: ReportBody = app.needed(&headers, body).await?;
    operator(&asked.operator)?;
    let wish = Wish::ReportUsage {
        mode: asked.mode,
        operator: asked.operator,
    };
    let answer = app.wish(&caller, wish).await?;
    Ok(json_answer(
        StatusCode::OK,
        &json!({"reported": answer.get("reported"), "simulated": app.simulated}),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmergencyBody {
    person: Person,
    operator: String,
    reason: String,
    factor: String,
    method: String,
}

pub(crate) async fn emergency(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Inquire, &headers)?;
    caller.needs(Right::Medical)?;
    let asked: EmergencyBody = app.needed(&headers, body).await?;
    asked.person.check()?;
    operator(&asked.operator)?;
    reason(&asked.reason)?;
    digits("factor", &asked.factor, &[1])?;
    digits("method", &asked.method, &[2])?;
    let wish = Wish::Emergency {
        person: asked.person,
        operator: asked.operator,
        reason: asked.reason,
        factor: asked.factor,
        method: asked.method,
    };
    let answer = app.wish(&caller, wish).await?;
    let mut value = json!({"simulated": app.simulated});
    // Parts of the answer that are not passed on are named: nobody may take the lists for all that there is.
    copy(&mut value, &answer, &["information", "not_shown"]);
    Ok(json_answer(StatusCode::OK, &value))
}
