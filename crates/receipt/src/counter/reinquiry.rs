//! Re-inquiry under a consent that the service holds (訪問診療, オンライン診療, 通常とは異なる動線), and the end of such a consent.

use super::Wish;
use super::bodies::{Care, Numbers, Withdrawer, digits};
use crate::config::Right;
use crate::problem::{Kind, Problem};
use crate::resource::{json_answer, made};
use crate::router::{App, Caller};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReinquiryBody {
    care: Care,
    /// Day of the care, yyyyMMdd; today where it is not said.
    #[serde(default)]
    care_day: Option<String>,
    numbers: Numbers,
}

pub(crate) async fn reinquire(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Inquire, &headers)?;
    let ReinquiryBody {
        care,
        care_day,
        numbers,
    } = app.needed(&headers, body).await?;
    numbers.check()?;
    if let Some(day) = &care_day {
        digits("care_day", day, &[8])?;
    }
    let medical = caller.client.may(Right::Medical);
    let wish = Wish::Reinquire {
        care,
        care_day,
        numbers,
        medical,
    };
    let answer = app.wish(&caller, wish).await?;
    stored(&app, &answer, None, medical)
}

/// What is said of a result that the counter stored: where it stands. It is the asker's already, and is read there like any other, so
/// that every reading is recorded in one way.
pub(super) fn stored(
    app: &App,
    answer: &Value,
    information: Option<&Value>,
    medical: bool,
) -> Result<Response, Problem> {
    let id = answer
        .get("result")
        .and_then(Value::as_str)
        .ok_or(Kind::NotRenderable)?;
    let address = format!("/v1/results/{id}");
    let mut value = json!({
        "result": id,
        "result_href": address,
        "visit": answer.get("visit"),
        "simulated": app.simulated,
    });
    if let (Some(map), Some(information)) = (value.as_object_mut(), information) {
        map.insert("information".into(), information.clone());
    }
    // Results of their own, under the same visit; who has no right to them is not told of them.
    if medical {
        let names = ["medical", "medical_nothing", "medical_failed"];
        copy(&mut value, answer, &names);
    }
    // Parts of the information that are not passed on are named. The result stands; that its information did not come is said beside it,
    // and so is what was asked with when nobody was found, or several match, so that a slip is seen.
    let names = ["not_shown", "information_error", "asked", "several_match"];
    copy(&mut value, answer, &names);
    made(StatusCode::CREATED, &address, &value)
}

/// Takes over these members of the counter's answer, those that are there.
pub(super) fn copy(value: &mut Value, answer: &Value, names: &[&str]) {
    for name in names {
        let told = answer.get(name).filter(|told| !told.is_null());
        if let (Some(map), Some(told)) = (value.as_object_mut(), told) {
            map.insert((*name).into(), told.clone());
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithdrawalBody {
    care: Care,
    by: Withdrawer,
    numbers: Numbers,
}

pub(crate) async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.makes(Right::Inquire, &headers)?;
    let WithdrawalBody { care, by, numbers } = app.needed(&headers, body).await?;
    numbers.check()?;
    app.wish(&caller, Wish::Withdraw { care, by, numbers })
        .await?;
    Ok(json_answer(
        StatusCode::OK,
        &json!({"withdrawn": true, "simulated": app.simulated}),
    ))
}
