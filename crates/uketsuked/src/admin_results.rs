//! Results on the technician's socket: who owns which, and taking one away from an owner that is dead. That is a recorded act of
//! staff, with name and reason, and the only way besides the owner's own release in which a result changes hands (invariant 9).
//! Nothing about a person stands in these answers.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ledger::{Ledger, LedgerError, ResultFilter, ResultState, StoredResult};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::admin::Admin;
use crate::counter::CounterError;

/// Most results listed.
const MOST: usize = 500;
/// Longest name and reason, characters.
const NAME: usize = 40;
const REASON: usize = 200;

type Reply = (StatusCode, Json<Value>);

/// Results that nobody has acknowledged, oldest first.
pub(crate) async fn list(State(admin): State<Arc<Admin>>) -> Reply {
    let filter = ResultFilter {
        after_seq: 0,
        unacknowledged_only: true,
        state: None,
        limit: MOST,
    };
    let found = admin.desk.run(move |ledger| ledger.results(filter)).await;
    match found {
        Ok(Ok(rows)) => {
            let list: Vec<Value> = rows.iter().map(about).collect();
            (StatusCode::OK, Json(json!({ "results": list })))
        }
        Ok(Err(error)) => refused(&error.into()),
        Err(closed) => refused(&closed.into()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    staff: String,
    reason: String,
}

/// Takes a result away from its owner, so that another client may claim it.
pub(crate) async fn release(admin: State<Arc<Admin>>, id: Path<String>, body: Bytes) -> Reply {
    decided(admin, id, &body, |ledger, id, staff, reason, now| {
        ledger.release_by_staff(id, staff, reason, now)
    })
    .await
}

/// Lets the folders deliver a result once more that nobody took in time.
pub(crate) async fn deliver_again(
    admin: State<Arc<Admin>>,
    id: Path<String>,
    body: Bytes,
) -> Reply {
    decided(admin, id, &body, |ledger, id, staff, reason, now| {
        ledger.deliver_again(now, id, staff, reason)
    })
    .await
}

/// An act of staff about a result: id, who, why, when.
type Act = fn(&mut Ledger, &str, &str, &str, i64) -> Result<(), LedgerError>;

async fn decided(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    body: &Bytes,
    act: Act,
) -> Reply {
    let (staff, reason) = match who(body) {
        Ok(who) => who,
        Err(error) => return refused(&error),
    };
    let now = admin.clock.wall_ms();
    let outcome = admin
        .desk
        .run(move |ledger| {
            act(ledger, &id, &format!("staff:{staff}"), &reason, now)?;
            ledger.result(&id)
        })
        .await;
    match outcome {
        Ok(Ok(Some(row))) => (StatusCode::OK, Json(about(&row))),
        Ok(Ok(None)) => refused(&CounterError::unknown()),
        Ok(Err(error)) => refused(&error.into()),
        Err(closed) => refused(&closed.into()),
    }
}

/// Who does something and why, from a request that says nothing else.
///
/// # Errors
/// It is not that, or not fit to stand in a record.
pub(crate) fn who(body: &[u8]) -> Result<(String, String), CounterError> {
    let Ok(Release { staff, reason }) = serde_json::from_slice(body) else {
        return Err(CounterError::input());
    };
    let (staff, reason) = (staff.trim().to_owned(), reason.trim().to_owned());
    let fits = |text: &str, most: usize| {
        !text.is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
    };
    if fits(&staff, NAME) && fits(&reason, REASON) {
        Ok((staff, reason))
    } else {
        Err(CounterError::input())
    }
}

fn about(row: &StoredResult) -> Value {
    json!({
        "id": row.id,
        "kind": row.kind,
        "reader": row.reader,
        "stored_at": oqs::time::to_jst(row.stored_at),
        "state": match row.state {
            ResultState::Waiting => "waiting",
            ResultState::Claimed => "claimed",
            ResultState::Acknowledged => "acknowledged",
        },
        "owner": row.owner,
        "lapsed": row.lapsed,
        "simulated": row.simulated,
    })
}

/// Why something was not done.
pub(crate) fn refused(error: &CounterError) -> Reply {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(error.json()))
}
