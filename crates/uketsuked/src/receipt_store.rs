//! The receipt computer's view of the ledger: the trait of `receipt` over the ledger's desk.

use ledger::LedgerError;
use receipt::{
    AuditExtract, BulkAnswer, BulkChanges, BulkRecord, Claim, EventRecord, FollowUpNote,
    FollowUpRecord, InquiryRecord, InquiryState, NewBulk, NewInquiry, ReceiptStore, Remembered,
    ResultFilter, ResultRecord, ResultState, StoreError,
};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::{Notify, watch};

use crate::alerts;
use crate::counter::{OWNER, follow_up_notes, note_follow_up, service_of};
use crate::ledger_desk::LedgerDesk;

/// The ledger behind the receipt socket.
#[derive(Clone)]
pub(crate) struct LedgerStore {
    /// The ledger.
    pub(crate) desk: LedgerDesk,
    /// Woken when there is something to ask.
    pub(crate) asks: Arc<Notify>,
}

impl LedgerStore {
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut ledger::Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.desk
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
                        reader: row.reader,
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
        self.desk.newest()
    }

    fn record_reading(
        &self,
        id: &str,
        client: &str,
        copy: bool,
        now: i64,
    ) -> Result<(), StoreError> {
        let (id, client) = (id.to_owned(), client.to_owned());
        self.ask(move |ledger| ledger.record_reading(&id, &client, copy, now))
    }

    fn cursor(&self, client: &str) -> Result<u64, StoreError> {
        let client = client.to_owned();
        self.ask(move |ledger| ledger.cursor(&client))
    }

    fn advance(&self, client: &str, seq: u64, now: i64) -> Result<u64, StoreError> {
        let client = client.to_owned();
        self.ask(move |ledger| ledger.advance(now, &client, seq))
    }

    fn remember(
        &self,
        client: &str,
        key: &str,
        request: &[u8],
        now: i64,
    ) -> Result<Remembered, StoreError> {
        let (client, key, request) = (client.to_owned(), key.to_owned(), request.to_vec());
        self.ask(move |ledger| ledger.remember(now, &client, &key, &request))
            .map(|known| match known {
                ledger::Remembered::New(at) => Remembered::New(at),
                ledger::Remembered::Answer(status, text) => Remembered::Answer(status, text),
                ledger::Remembered::Other => Remembered::Other,
            })
    }

    fn keep_answer(
        &self,
        client: &str,
        key: &str,
        status: u16,
        answer: &str,
    ) -> Result<(), StoreError> {
        let (client, key, answer) = (client.to_owned(), key.to_owned(), answer.to_owned());
        self.ask(move |ledger| ledger.keep_answer(&client, &key, status, &answer))
    }

    fn queue_inquiry(&self, new: NewInquiry, now: i64) -> Result<u64, StoreError> {
        let visit = crate::fresh_number();
        let asks = Arc::clone(&self.asks);
        let id = self.ask(move |ledger| {
            ledger.queue_ask(
                now,
                &ledger::NewAsk {
                    client: new.client,
                    key: new.key,
                    visit,
                    job: None,
                    request_json: new.request_json,
                },
            )
        })?;
        asks.notify_one();
        Ok(id)
    }

    fn inquiry(&self, id: u64) -> Result<Option<InquiryRecord>, StoreError> {
        self.ask(move |ledger| ledger.ask(id))
            .map(|row| row.filter(|row| row.job.is_none()).map(inquiry))
    }

    fn inquiries(
        &self,
        client: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<InquiryRecord>, StoreError> {
        let client = client.to_owned();
        let rows = self.ask(move |ledger| ledger.asks_of(&client, after, limit))?;
        Ok(rows.into_iter().map(inquiry).collect())
    }

    fn begin_bulk(&self, new: NewBulk, now: i64) -> Result<u64, StoreError> {
        let asks = Arc::clone(&self.asks);
        let visits: Vec<u64> = new.requests.iter().map(|_| crate::fresh_number()).collect();
        let id = self.ask(move |ledger| {
            // Kept until the job is erased, and never given twice.
            let number = ledger.next_number("bulk-reception")?;
            let job = ledger::NewBulkJob {
                client: new.client,
                key: new.key,
                kind: "qualification".into(),
                params_json: new.header_json,
                reception: format!("{number:016}"),
                total: new.requests.len() as u64,
            };
            let requests: Vec<_> = visits.into_iter().zip(new.requests).collect();
            ledger.begin_bulk_asks(now, &job, &requests)
        })?;
        asks.notify_one();
        Ok(id)
    }

    fn bulk(&self, id: u64) -> Result<Option<BulkRecord>, StoreError> {
        self.ask(move |ledger| ledger.bulk_job(id))
            .map(|row| row.map(bulk))
    }

    fn bulk_by_reception(&self, reception: &str) -> Result<Option<BulkRecord>, StoreError> {
        let reception = reception.to_owned();
        self.ask(move |ledger| ledger.bulk_job_by_reception(&reception))
            .map(|row| row.map(bulk))
    }

    fn bulks(&self, client: &str, after: u64, limit: usize) -> Result<Vec<BulkRecord>, StoreError> {
        let client = client.to_owned();
        let rows =
            self.ask(move |ledger| ledger.bulk_jobs_of_either([&client, OWNER], after, limit))?;
        Ok(rows.into_iter().map(bulk).collect())
    }

    fn bulk_answers(
        &self,
        id: u64,
        from: u32,
        limit: usize,
    ) -> Result<Vec<BulkAnswer>, StoreError> {
        let rows = self.ask(move |ledger| ledger.bulk_items(id, from, limit))?;
        let answer = |item: ledger::BulkItem| BulkAnswer {
            n: item.n,
            body_json: item.body_json,
        };
        Ok(rows.into_iter().map(answer).collect())
    }

    fn record_bulk_reading(
        &self,
        id: u64,
        client: &str,
        count: usize,
        now: i64,
    ) -> Result<(), StoreError> {
        let (detail, client) = (json!({"job": id, "count": count}), client.to_owned());
        self.ask(move |ledger| {
            ledger
                .append_audit(now, &client, "bulk-read", &detail)
                .map(|_| ())
        })
    }

    fn bulk_changes(&self, id: u64) -> Result<BulkChanges, StoreError> {
        self.ask(move |ledger| {
            let job = ledger.bulk_job(id)?.ok_or(LedgerError::NotFound)?;
            let before = ledger.bulk_job_before(&job)?;
            // Without a job before, everything is new; no job has the number 0.
            let difference = ledger.bulk_difference(before.unwrap_or(0), id)?;
            Ok(BulkChanges {
                before,
                new: difference.new,
                changed: difference.changed,
                gone: difference.gone,
            })
        })
    }

    fn follow_ups(
        &self,
        after: u64,
        open_only: bool,
        limit: usize,
    ) -> Result<Vec<FollowUpRecord>, StoreError> {
        self.ask(move |ledger| {
            let rows = ledger.follow_ups(after, open_only, limit)?;
            rows.into_iter().map(|row| follow_up(ledger, row)).collect()
        })
    }

    fn follow_up(&self, id: u64) -> Result<Option<FollowUpRecord>, StoreError> {
        self.ask(move |ledger| {
            let row = ledger.follow_up(id)?;
            row.map(|row| follow_up(ledger, row)).transpose()
        })
    }

    fn note_follow_up(&self, id: u64, who: &str, text: &str, now: i64) -> Result<(), StoreError> {
        let (who, text) = (who.to_owned(), text.to_owned());
        self.ask(move |ledger| {
            let known = ledger.follow_up(id)?;
            if known.is_none_or(|known| known.closed_at.is_some()) {
                return Err(LedgerError::NotFound);
            }
            note_follow_up(ledger, now, id, &who, &text)
        })
    }

    fn close_follow_up(
        &self,
        id: u64,
        who: &str,
        outcome: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let (who, outcome) = (who.to_owned(), outcome.to_owned());
        self.ask(move |ledger| ledger.close_follow_up(now, id, &who, &outcome))
    }

    fn record_access(
        &self,
        client: &str,
        action: &'static str,
        detail: &serde_json::Value,
        now: i64,
    ) -> Result<(), StoreError> {
        let (client, detail) = (client.to_owned(), detail.clone());
        self.ask(move |ledger| ledger.append_audit(now, &client, action, &detail).map(drop))
    }

    fn audit(
        &self,
        client: &str,
        after: u64,
        limit: usize,
        now: i64,
    ) -> Result<AuditExtract, StoreError> {
        let client = client.to_owned();
        self.ask(move |ledger| {
            ledger.append_audit(
                now,
                &client,
                "audit-read",
                &json!({"after": after, "limit": limit}),
            )?;
            let records = ledger.audit_records(after, limit)?;
            let head = ledger.signed_head()?;
            let unreadable = |error: serde_json::Error| LedgerError::Corrupt(error.to_string());
            Ok(AuditExtract {
                records: records
                    .iter()
                    .map(serde_json::to_value)
                    .collect::<Result<_, _>>()
                    .map_err(unreadable)?,
                head: serde_json::to_value(head).map_err(unreadable)?,
            })
        })
    }
}

pub(crate) fn inquiry(row: ledger::Ask) -> InquiryRecord {
    let words = (!row.code.is_empty()).then(|| alerts::words(&row.code));
    InquiryRecord {
        words: words.map(|words| (words.ja, words.en)),
        id: row.id,
        client: row.client,
        made_at: row.made_at,
        state: match row.state {
            ledger::AskState::Queued => InquiryState::Queued,
            ledger::AskState::Answered => InquiryState::Answered,
            ledger::AskState::Failed => InquiryState::Failed,
        },
        attempts: row.attempts,
        code: row.code,
        result_id: row.result_id,
        service: row.service,
    }
}

fn bulk(row: ledger::BulkJob) -> BulkRecord {
    BulkRecord {
        service: service_of(&row),
        id: row.id,
        shared: row.client == OWNER,
        client: row.client,
        kind: row.kind,
        reception: row.reception,
        made_at: row.made_at,
        done: row.state == ledger::BulkState::Done,
        code: row.code,
        total: row.total,
        answered: row.done,
        header_json: row.params_json,
    }
}

fn follow_up(
    ledger: &ledger::Ledger,
    row: ledger::FollowUp,
) -> Result<FollowUpRecord, LedgerError> {
    let found = follow_up_notes(ledger, row.id)?;
    let notes = found
        .notes
        .into_iter()
        .map(|(at, by, text)| FollowUpNote { at, by, text })
        .collect();
    Ok(FollowUpRecord {
        notes,
        id: row.id,
        made_at: row.made_at,
        visit: row.visit,
        reader: row.reader,
        result_id: row.result_id,
        reason: row.reason,
        note: row.note,
        closed_at: row.closed_at,
        closed_by: row.closed_by,
        outcome: row.outcome,
        unreadable: row.unreadable || found.unreadable,
    })
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
        lapsed: row.lapsed,
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
        LedgerError::TooMany => StoreError::TooMany,
        LedgerError::Unreadable(_) => StoreError::Unreadable,
        LedgerError::Unacceptable(what) => StoreError::Unacceptable(what.to_owned()),
        other => {
            tracing::error!(code = other.code(), error = %crate::chain(&other), "the ledger failed a receipt computer");
            StoreError::Unavailable(other.code().to_owned())
        }
    }
}
