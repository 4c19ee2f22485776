//! The results: list, get, claim, acknowledge, release (invariant 9).

use crate::config::Right;
use crate::negotiate;
use crate::problem::{Kind, Problem};
use crate::render::{self, about, is_copy};
use crate::resource::{self, json_answer, listed};
use crate::router::{App, Caller};
use crate::store::{Claim, ReceiptStore, ResultFilter, ResultRecord, ResultState, StoreError};
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// The longest claim, in seconds.
const MAX_LEASE: u32 = 86_400;
/// The kind that holds no medical information.
pub(crate) const QUALIFICATION: &str = "qualification";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    state: Option<StateWord>,
    after: Option<u64>,
    limit: Option<usize>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StateWord {
    Waiting,
    Claimed,
    Acknowledged,
    /// Waiting or claimed.
    Unacknowledged,
}

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    asked: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.reads(Right::Read, &headers)?;
    let query = resource::query(asked)?;
    let limit = resource::limit(query.limit)?;
    let filter = ResultFilter {
        after_seq: query.after.unwrap_or(0),
        unacknowledged_only: matches!(query.state, Some(StateWord::Unacknowledged)),
        state: match query.state {
            Some(StateWord::Waiting) => Some(ResultState::Waiting),
            Some(StateWord::Claimed) => Some(ResultState::Claimed),
            Some(StateWord::Acknowledged) => Some(ResultState::Acknowledged),
            Some(StateWord::Unacknowledged) | None => None,
        },
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
            caller
                .concerns(record)
                .then(|| about(record, &caller.client))
        },
    )
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Right::Read)?;
    let record = app.find(path).await?;
    caller.may_see(&record)?;
    let form = negotiate::choose(&headers)?;
    let (mut answer, bytes) = render::body(&record, &caller.client, form)?;
    if answer
        .get(header::ETAG)
        .is_some_and(|tag| render::none_match(&headers, tag))
    {
        answer.remove(header::CONTENT_TYPE);
        answer.remove(header::CONTENT_DISPOSITION);
        return Ok((StatusCode::NOT_MODIFIED, answer).into_response());
    }
    // Who saw what is recorded before it is shown; without a record nothing is shown.
    let now = (app.clock)();
    let (id, name, copy) = (
        record.id.clone(),
        caller.client.name.clone(),
        is_copy(&record, &caller.client),
    );
    app.ask(move |store| store.record_reading(&id, &name, copy, now))
        .await?;
    Ok((StatusCode::OK, answer, bytes).into_response())
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimBody {
    lease_seconds: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoBody {}

pub(crate) async fn claim(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
    body: Body,
) -> Result<Response, Problem> {
    caller.needs(Right::Claim)?;
    let wish: ClaimBody = app.body(&headers, body).await?;
    let lease_ms = match wish.lease_seconds {
        None => i64::try_from(app.default_lease.as_millis()).unwrap_or(i64::MAX),
        Some(seconds @ 1..=MAX_LEASE) => i64::from(seconds) * 1000,
        Some(_) => {
            return Err(Problem::new(Kind::Malformed).because(
                format!("lease_seconds は 1～{MAX_LEASE} です"),
                format!("lease_seconds is 1 to {MAX_LEASE}"),
            ));
        }
    };
    let change = move |store: &dyn ReceiptStore, id: &str, name: &str, now| match store
        .claim(id, name, now, lease_ms)?
    {
        Claim::Owned => Ok(()),
        Claim::OwnedByOther(owner) => Err(StoreError::NotOwner(owner)),
    };
    app.change(&headers, path, caller, change).await
}

pub(crate) async fn acknowledge(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
    body: Body,
) -> Result<Response, Problem> {
    caller.needs(Right::Claim)?;
    let NoBody {} = app.body(&headers, body).await?;
    app.change(&headers, path, caller, |store, id, name, now| {
        store.acknowledge(id, name, now)
    })
    .await
}

pub(crate) async fn release(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
    body: Body,
) -> Result<Response, Problem> {
    caller.needs(Right::Claim)?;
    let NoBody {} = app.body(&headers, body).await?;
    app.change(&headers, path, caller, |store, id, name, now| {
        store.release(id, name, now)
    })
    .await
}

impl Caller {
    /// Whether a result comes from a reader that the client is bound to, or is its own.
    pub(crate) fn concerns(&self, record: &ResultRecord) -> bool {
        self.client.sees(&record.reader)
            || record.owner.as_deref() == Some(self.client.name.as_str())
    }

    fn may_see(&self, record: &ResultRecord) -> Result<(), Problem> {
        if !self.concerns(record) {
            return Err(Kind::OtherReader.into());
        }
        if record.kind == QUALIFICATION {
            Ok(())
        } else {
            self.needs(Right::Medical)
        }
    }
}

impl App {
    /// Results as the store gives them, unless there is one of the other world among them (invariant 13).
    pub(crate) async fn page_of_results(
        &self,
        filter: ResultFilter,
    ) -> Result<Vec<ResultRecord>, Problem> {
        let records = self.ask(move |store| store.results(filter)).await?;
        if records
            .iter()
            .any(|record| record.simulated != self.simulated)
        {
            return Err(Kind::OtherWorld.into());
        }
        Ok(records)
    }

    async fn find(
        &self,
        path: Result<Path<String>, PathRejection>,
    ) -> Result<ResultRecord, Problem> {
        let id = match path {
            Ok(Path(id)) if id.len() <= 100 => id,
            _ => return Err(Kind::NoResult.into()),
        };
        let record = self.ask(move |store| store.result(&id)).await?;
        let record = record.ok_or(Kind::NoResult)?;
        if record.simulated != self.simulated {
            tracing::error!(
                code = "UK-RCPT-018",
                result = record.id,
                "a result of the other world was refused"
            );
            return Err(Kind::OtherWorld.into());
        }
        Ok(record)
    }

    /// Finds the result, changes its ownership and tells how it stands afterwards.
    async fn change(
        &self,
        headers: &HeaderMap,
        path: Result<Path<String>, PathRejection>,
        caller: Caller,
        change: impl FnOnce(&dyn ReceiptStore, &str, &str, i64) -> Result<(), StoreError>
        + Send
        + 'static,
    ) -> Result<Response, Problem> {
        negotiate::require(headers, "application/json")?;
        let record = self.find(path).await?;
        // Otherwise a client could own what it may never read, and nobody else would get it.
        caller.may_see(&record)?;
        let now = (self.clock)();
        let name = caller.client.name.clone();
        let after = self
            .ask(move |store| {
                change(store, &record.id, &name, now)?;
                // On a disk that is nearly full what was acknowledged may be erased at once: done all the same.
                Ok(store.result(&record.id)?.unwrap_or(ResultRecord {
                    state: ResultState::Acknowledged,
                    ..record
                }))
            })
            .await?;
        Ok(json_answer(StatusCode::OK, &about(&after, &caller.client)))
    }
}
