//! Rows of the staff's page, from the ledger's and the engine's.

use kiosk::staff::{Offices, ResultState, StaffQueued, StaffResult, queued, summary};
use ledger::{Inquiry as QueuedInquiry, StoredResult};
use oqs::delivery::Deliverable;

/// A stored result as staff sees it, with the telephones of the offices to be phoned.
pub(crate) fn staff_result(
    result: &StoredResult,
    remark: Option<&str>,
    offices: &Offices,
) -> StaffResult {
    let summaries: Vec<_> = match Deliverable::from_stored_json(&result.body_json) {
        Ok(body) => oqs::summary::summarise(&body)
            .into_iter()
            .map(|one| summary(one, offices))
            .collect(),
        Err(error) => {
            tracing::error!(id = result.id, error = %crate::chain(&error), "a stored result can't be read");
            Vec::new()
        }
    };
    let name = summaries
        .iter()
        .flat_map(|summary| &summary.fields)
        .find(|field| field.item == oqs::summary::Item::Name.word())
        .map(|field| field.value.ja.clone());
    StaffResult {
        id: result.id.clone(),
        at: clock_time(result.stored_at),
        stored_at: result.stored_at,
        visit: result.visit,
        reader: result.reader.clone(),
        name: name.unwrap_or_default(),
        state: match (&result.owner, result.state) {
            (_, ledger::ResultState::Acknowledged) => ResultState::Taken,
            (Some(by), _) => ResultState::Claimed { by: by.clone() },
            (None, _) => ResultState::Waiting,
        },
        medical: false,
        remark: remark.map(str::to_owned),
        summaries,
    }
}

/// An inquiry that waits.
pub(crate) fn staff_queued(inquiry: &QueuedInquiry) -> StaffQueued {
    StaffQueued {
        id: inquiry.id.to_string(),
        at: clock_time(inquiry.queued_at),
        visit: inquiry.visit,
        reason: queued(&inquiry.reason),
        next_at: clock_time(inquiry.next_at),
    }
}

/// Hours and minutes in Japan.
pub(crate) fn clock_time(at_ms: i64) -> String {
    let jst = oqs::time::to_jst(at_ms);
    match (jst.get(8..10), jst.get(10..12)) {
        (Some(hours), Some(minutes)) => format!("{hours}:{minutes}"),
        _ => jst,
    }
}
