//! The receipt computer's view of the ledger: the trait of `receipt` over the ledger's desk.

use ledger::LedgerError;
use receipt::{
    Claim, EventRecord, ReceiptStore, ResultFilter, ResultRecord, ResultState, StoreError,
};
use serde_json::json;
use tokio::sync::watch;

use crate::ledger_desk::LedgerDesk;

/// The ledger behind the receipt socket.
pub(crate) struct LedgerStore(pub(crate) LedgerDesk);

impl LedgerStore {
    fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut ledger::Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0
            .run_blocking(job)
            .map_err(|closed| StoreError::Unavailable(closed.to_string()))?
            .map_err(problem)
    }
}

impl ReceiptStore for LedgerStore {
    fn results(&self, filter: ResultFilter) -> Result<Vec<ResultRecord>, StoreError> {
        let state = filter.state.map(|state| match state {
            ResultState::Waiting => ledger::ResultState::Waiting,
            ResultState::Claimed => ledger::ResultState::Claimed,
            ResultState::Acknowledged => ledger::ResultState::Acknowledged,
        });
        let filter = ledger::ResultFilter {
            after_seq: filter.after_seq,
            unacknowledged_only: filter.unacknowledged_only,
            state,
            limit: filter.limit,
        };
        self.ask(move |ledger| ledger.results(filter))
            .map(|rows| rows.into_iter().map(record).collect())
    }

    fn result(&self, id: &str) -> Result<Option<ResultRecord>, StoreError> {
        let id = id.to_owned();
        self.ask(move |ledger| ledger.result(&id))
            .map(|row| row.map(record))
    }

    fn claim(&self, id: &str, client: &str, now: i64, lease_ms: i64) -> Result<Claim, StoreError> {
        let (id, client) = (id.to_owned(), client.to_owned());
        self.ask(move |ledger| ledger.claim(&id, &client, now, lease_ms))
            .map(|outcome| match outcome {
                ledger::ClaimOutcome::Owned => Claim::Owned,
                ledger::ClaimOutcome::OwnedByOther(owner) => Claim::OwnedByOther(owner),
            })
    }

    fn acknowledge(&self, id: &str, client: &str, now: i64) -> Result<(), StoreError> {
        let (id, client) = (id.to_owned(), client.to_owned());
        self.ask(move |ledger| ledger.acknowledge(&id, &client, now))
    }

    fn release(&self, id: &str, client: &str, now: i64) -> Result<(), StoreError> {
        let (id, client) = (id.to_owned(), client.to_owned());
        self.ask(move |ledger| ledger.release(&id, &client, now))
    }

    fn events_after(&self, seq: u64, limit: usize) -> Result<Vec<EventRecord>, StoreError> {
        self.ask(move |ledger| ledger.events_after(seq, limit))
            .map(|rows| {
                rows.into_iter()
                    .map(|row| EventRecord {
                        seq: row.seq,
                        at: row.at,
                        kind: row.kind,
                        result_id: row.result_id,
                    })
                    .collect()
            })
    }

    fn latest_event_seq(&self) -> Result<u64, StoreError> {
        self.ask(|ledger| ledger.latest_event_seq())
    }

    fn event_watch(&self) -> watch::Receiver<u64> {
        self.0.newest()
    }

    fn record_reading(
        &self,
        id: &str,
        client: &str,
        copy: bool,
        now: i64,
    ) -> Result<(), StoreError> {
        let (detail, client) = (json!({ "result": id, "copy": copy }), client.to_owned());
        self.ask(move |ledger| {
            ledger
                .append_audit(now, &client, "result-read", &detail)
                .map(|_| ())
        })
    }
}

fn record(row: ledger::StoredResult) -> ResultRecord {
    ResultRecord {
        id: row.id,
        seq: row.seq,
        visit: row.visit,
        reader: row.reader,
        kind: row.kind,
        stored_at: row.stored_at,
        body_json: row.body_json,
        state: match row.state {
            ledger::ResultState::Waiting => ResultState::Waiting,
            ledger::ResultState::Claimed => ResultState::Claimed,
            ledger::ResultState::Acknowledged => ResultState::Acknowledged,
        },
        owner: row.owner,
        lease_until: row.lease_until,
        simulated: row.simulated,
    }
}

fn problem(error: LedgerError) -> StoreError {
    match error {
        LedgerError::NotFound => StoreError::NotFound,
        LedgerError::NotOwner { owner } => StoreError::NotOwner(owner),
        LedgerError::NotClaimed => StoreError::NotClaimed,
        LedgerError::AlreadyAcknowledged => StoreError::AlreadyAcknowledged,
        LedgerError::DiskFull => StoreError::DiskFull,
        other => {
            tracing::error!(code = other.code(), error = %crate::chain(&other), "the ledger failed a receipt computer");
            StoreError::Unavailable(other.code().to_owned())
        }
    }
}
