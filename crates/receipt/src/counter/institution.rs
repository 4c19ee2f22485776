//! Settings of the institution at the service, reference numbers, and the address of the mobile page.

use super::Wish;
use super::bodies::{Care, Registration};
use crate::config::Right;
use crate::problem::{Kind, Problem};
use crate::resource::{json_answer, query, tagged};
use crate::router::{App, Caller};
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

fn shown(app: &App, mut answer: Value) -> Value {
    if let Some(map) = answer.as_object_mut() {
        map.insert("simulated".into(), app.simulated.into());
    }
    answer
}

pub(crate) async fn settings(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.reads(Right::Settings, &headers)?;
    let answer = app.wish(&caller, Wish::Settings).await?;
    tagged(&headers, &shown(&app, answer))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsBody {
    medical_assistance: Option<bool>,
    visiting_care: Option<bool>,
    online_care: Option<bool>,
}

pub(crate) async fn change_settings(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.reads(Right::Settings, &headers)?;
    let wanted: SettingsBody = app.body(&headers, body).await?;
    let wish = Wish::ChangeSettings {
        medical_assistance: wanted.medical_assistance,
        visiting_care: wanted.visiting_care,
        online_care: wanted.online_care,
    };
    if matches!(
        wish,
        Wish::ChangeSettings {
            medical_assistance: None,
            visiting_care: None,
            online_care: None
        }
    ) {
        return Err(Problem::new(Kind::Malformed).because(
            "設定を一つ以上指定してください",
            "name at least one setting",
        ));
    }
    let answer = app.wish(&caller, wish).await?;
    Ok(json_answer(StatusCode::OK, &shown(&app, answer)))
}

pub(crate) async fn register(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Inquire, &headers)?;
    let registration: Registration = app.body(&headers, body).await?;
    registration.check()?;
    let number = registration.reference_number.trim().to_owned();
    app.wish(&caller, Wish::RegisterReference(registration))
        .await?;
    Ok(json_answer(
        StatusCode::OK,
        &json!({"registered": true, "reference_number": number, "simulated": app.simulated}),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CareQuery {
    care: Care,
}

pub(crate) async fn access_url(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    asked: Result<Query<CareQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.reads(Right::Inquire, &headers)?;
    let wish = Wish::AccessUrl {
        care: query(asked)?.care.the_services()?,
        change: false,
    };
    let answer = app.wish(&caller, wish).await?;
    tagged(&headers, &shown(&app, answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CareBody {
    care: Care,
}

pub(crate) async fn change_access_url(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Settings, &headers)?;
    let CareBody { care } = app.needed(&headers, body).await?;
    let care = care.the_services()?;
    let answer = app
        .wish(&caller, Wish::AccessUrl { care, change: true })
        .await?;
    Ok(json_answer(StatusCode::OK, &shown(&app, answer)))
}

/// Nothing is named, and nothing else is taken.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoBody {}

/// The passcode for visual confirmation, taken over by the terminal; it is told to no client (answers are kept to be given again).
pub(crate) async fn passcode(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Settings, &headers)?;
    let NoBody {} = app.body(&headers, body).await?;
    let answer = app.wish(&caller, Wish::Passcode).await?;
    Ok(json_answer(StatusCode::OK, &shown(&app, answer)))
}

/// The operation test (運用テスト), with its sheet.
pub(crate) async fn operation_test(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Settings, &headers)?;
    let NoBody {} = app.body(&headers, body).await?;
    let answer = app.wish(&caller, Wish::OperationTest).await?;
    Ok(json_answer(StatusCode::OK, &shown(&app, answer)))
}
