//! Medical information that visits brought: the results of every kind but `qualification`, for clients with the right `medical`. What
//! one of them says is read at its own address, where each reading is recorded.

use crate::config::Right;
use crate::problem::{Kind, Problem};
use crate::render::about;
use crate::resource::{limit, listed, query};
use crate::results::QUALIFICATION;
use crate::router::{App, Caller};
use crate::store::ResultFilter;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MedicalQuery {
    /// Only of this visit, 16 hexadecimal digits.
    visit: Option<String>,
    after: Option<u64>,
    limit: Option<usize>,
}

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    asked: Result<Query<MedicalQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.reads(Right::Medical, &headers)?;
    let query = query(asked)?;
    let limit = limit(query.limit)?;
    let visit = query.visit.as_deref().map(number_of).transpose()?;
    let filter = ResultFilter {
        after_seq: query.after.unwrap_or(0),
        unacknowledged_only: false,
        state: None,
        limit,
    };
    let records = app.page_of_results(filter).await?;
    listed(
        &app,
        &headers,
        "results",
        &records,
        limit,
        |record| record.seq,
        |record| {
            let wanted = record.kind != QUALIFICATION
                && visit.is_none_or(|visit| record.visit == visit)
                && caller.concerns(record);
            wanted.then(|| about(record, &caller.client))
        },
    )
}

fn number_of(visit: &str) -> Result<u64, Problem> {
    let fits = visit.len() == 16
        && visit
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    fits.then(|| u64::from_str_radix(visit, 16).ok())
        .flatten()
        .ok_or_else(|| {
            Problem::new(Kind::Malformed).because(
                "visit は16桁の16進数（小文字）です",
                "visit has 16 small hexadecimal digits",
            )
        })
}
