//! Results of visits for `face/`: claimed by the gateway like by any client, in the order of the events.

use super::gateway::FolderGateway;
use super::problem::FolderProblem;
use super::{DeliveryStep, FOLDERS, names};
use crate::store::{Claim, StoreError};
use serde_json::json;

/// Events looked at in one pass.
const PAGE: usize = 100;
/// The gateway's claims do not lapse: the ten years of an archive.
const LEASE: i64 = 10 * 365 * 24 * 3_600_000;
/// The ledger's code of a result whose seal does not open.
const UNREADABLE: &str = "UK-LEDG-028";

/// Claims what concerns the folders and chooses its file name.
pub(crate) fn plan(gateway: &FolderGateway) -> Result<(), FolderProblem> {
    // While the folder is not there, others may have the results.
    if !gateway.face.as_ref().is_some_and(|face| face.known) {
        return Ok(());
    }
    let store = &gateway.store;
    let from = store.cursor(FOLDERS)?;
    for event in store.events_after(from, PAGE)? {
        if matches!(event.kind.as_str(), "result-stored" | "result-released") {
            match take(gateway, &event.result_id) {
                // It can never be shown, and those behind it can.
                Err(FolderProblem::Store(StoreError::Unreadable)) => {
                    pass_over(gateway, &event.result_id)?;
                }
                other => other?,
            }
        }
        store.advance(FOLDERS, event.seq, gateway.now())?;
    }
    Ok(())
}

/// A result that can't be read any more becomes no file. It stands in the audit chain that it was passed over; staff is alarmed by the
/// look through the ledger, which finds the same.
fn pass_over(gateway: &FolderGateway, id: &str) -> Result<(), FolderProblem> {
    tracing::error!(
        code = UNREADABLE,
        result = id,
        "a stored result can't be read and becomes no file"
    );
    let detail = json!({"result": id, "code": UNREADABLE});
    Ok(gateway
        .store
        .record("result-passed-over", &detail, gateway.now())?)
}

fn take(gateway: &FolderGateway, id: &str) -> Result<(), FolderProblem> {
    let store = &gateway.store;
    let Some(record) = store.result(id)? else {
        return Ok(());
    };
    let readers = &gateway.settings.readers;
    let ours = readers.is_empty()
        || readers.iter().any(|name| {
            record.reader == *name
                || record
                    .reader
                    .strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
        });
    // Answers to request files go to `res/`; medical information has no customary file here.
    let asked = record.reader.contains("/number:");
    if !ours
        || asked
        || record.kind != "qualification"
        || record.simulated != gateway.settings.simulated
    {
        return Ok(());
    }
    // Delivered before, and given back because nobody took it: not again by itself.
    if store.delivery(id)?.is_some() {
        return Ok(());
    }
    let now = gateway.now();
    match store.claim(id, FOLDERS, now, LEASE)? {
        Claim::Owned => {
            let number = store.next_number("face-files")?;
            let name = names::face(
                &gateway.settings.institution_code,
                number,
                now,
                gateway.settings.simulated,
            );
            gateway.note(id, &name, DeliveryStep::Planned)
        }
        // Another client's: a file would be imported a second time, so there is none.
        Claim::OwnedByOther(_) => Ok(()),
    }
}
