//! The folders' view of the ledger: the trait of `receipt::folders` over the ledger's desk.

use ledger::{DeliveryState, NewFollowUp};
use receipt::folders::{DeliveryRecord, DeliveryStep, FOLDERS, FolderStore};
use receipt::{InquiryRecord, StoreError};
use serde_json::Value;

use crate::receipt_store::{LedgerStore, inquiry};

impl FolderStore for LedgerStore {
    fn note_delivery(
        &self,
        subject: &str,
        name: &str,
        step: DeliveryStep,
        now: i64,
    ) -> Result<(), StoreError> {
        let (subject, name) = (subject.to_owned(), name.to_owned());
        let state = match step {
            DeliveryStep::Planned => DeliveryState::Planned,
            DeliveryStep::Ready => DeliveryState::Ready,
            DeliveryStep::Written => DeliveryState::Written,
            DeliveryStep::Taken => DeliveryState::Taken,
            DeliveryStep::Uncollected => DeliveryState::Uncollected,
        };
        self.ask(move |ledger| ledger.note_delivery(now, FOLDERS, &subject, &name, state))
    }

    fn delivery(&self, subject: &str) -> Result<Option<DeliveryRecord>, StoreError> {
        let subject = subject.to_owned();
        self.ask(move |ledger| ledger.delivery(FOLDERS, &subject))
            .map(|row| row.map(delivery))
    }

    fn open_deliveries(&self) -> Result<Vec<DeliveryRecord>, StoreError> {
        let rows = self.ask(|ledger| ledger.open_deliveries(FOLDERS))?;
        Ok(rows.into_iter().map(delivery).collect())
    }

    fn next_number(&self, counter: &str) -> Result<u64, StoreError> {
        let counter = counter.to_owned();
        self.ask(move |ledger| ledger.next_number(&counter))
    }

    fn inquiry_by_key(&self, key: &str) -> Result<Option<InquiryRecord>, StoreError> {
        let key = key.to_owned();
        self.ask(move |ledger| ledger.ask_by_key(FOLDERS, &key))
            .map(|row| row.map(inquiry))
    }

    fn uncollected(&self, result_id: &str, now: i64) -> Result<(), StoreError> {
        let id = result_id.to_owned();
        self.ask(move |ledger| {
            let Some(stored) = ledger.result(&id)? else {
                return Ok(());
            };
            ledger.open_follow_up(
                now,
                &NewFollowUp {
                    visit: stored.visit,
                    reader: stored.reader,
                    result_id: id.clone(),
                    reason: "uncollected".to_owned(),
                    note: String::new(),
                },
            )?;
            ledger.release(&id, FOLDERS, now)
        })
    }

    fn record(&self, action: &str, detail: &Value, now: i64) -> Result<(), StoreError> {
        let (action, detail) = (action.to_owned(), detail.clone());
        self.ask(move |ledger| {
            ledger
                .append_audit(now, FOLDERS, &action, &detail)
                .map(|_| ())
        })
    }
}

fn delivery(row: ledger::Delivery) -> DeliveryRecord {
    DeliveryRecord {
        subject: row.subject,
        name: row.name,
        step: match row.state {
            DeliveryState::Planned => DeliveryStep::Planned,
            DeliveryState::Ready => DeliveryStep::Ready,
            DeliveryState::Written => DeliveryStep::Written,
            DeliveryState::Taken => DeliveryStep::Taken,
            DeliveryState::Uncollected => DeliveryStep::Uncollected,
        },
        moved_at: row.moved_at,
    }
}
