//! The folders' view of the ledger: the trait of `receipt::folders` over the ledger's desk.

use ledger::{Delivery, DeliveryState};
use receipt::folders::{DeliveryRecord, DeliveryStep, FOLDERS, FolderMark, FolderStore};
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
        let state = state_of(step);
        self.ask(move |ledger| ledger.note_delivery(now, FOLDERS, &subject, &name, state))
    }

    fn delivery(&self, subject: &str) -> Result<Option<DeliveryRecord>, StoreError> {
        let subject = subject.to_owned();
        self.ask(move |ledger| ledger.delivery(FOLDERS, &subject))
            .map(|row| row.map(delivery))
    }

    fn delivery_named(&self, name: &str) -> Result<Option<DeliveryRecord>, StoreError> {
        let name = name.to_owned();
        self.ask(move |ledger| ledger.delivery_named(FOLDERS, &name))
            .map(|row| row.map(delivery))
    }

    fn open_deliveries(&self, after: &str) -> Result<Vec<DeliveryRecord>, StoreError> {
        let after = after.to_owned();
        let rows = self.ask(move |ledger| ledger.open_deliveries(FOLDERS, &after))?;
        Ok(rows.into_iter().map(delivery).collect())
    }

    fn end_delivery(
        &self,
        ended: &DeliveryRecord,
        result: Option<&str>,
        give_back: bool,
        now: i64,
    ) -> Result<(), StoreError> {
        let ended = Delivery {
            subject: ended.subject.clone(),
            name: ended.name.clone(),
            state: state_of(ended.step),
            moved_at: now,
        };
        let result = result.map(ToOwned::to_owned);
        self.ask(move |ledger| {
            ledger.end_delivery(now, FOLDERS, &ended, result.as_deref(), give_back)
        })
    }

    fn hidden_suffix(&self, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_owned();
        self.ask(move |ledger| ledger.hidden_suffix(&name))
    }

    fn keep_hidden_suffix(&self, name: &str, suffix: &str) -> Result<(), StoreError> {
        let (name, suffix) = (name.to_owned(), suffix.to_owned());
        self.ask(move |ledger| ledger.keep_hidden_suffix(&name, &suffix))
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

    fn folder_mark(&self, folder: &str) -> Result<Option<FolderMark>, StoreError> {
        let key = mark_key(folder);
        let kept = self.ask(move |ledger| ledger.get_state(&key))?;
        Ok(kept.and_then(|text| {
            let (since, id) = text.split_once(' ')?;
            Some(FolderMark {
                id: id.to_owned(),
                since: since.parse().ok()?,
            })
        }))
    }

    fn keep_folder_mark(&self, folder: &str, mark: &FolderMark) -> Result<(), StoreError> {
        let (key, value) = (mark_key(folder), format!("{} {}", mark.since, mark.id));
        self.ask(move |ledger| ledger.put_state(&key, &value))
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

/// When staff called a folder new by a time that is set back, it was so much earlier: gives what changes in the ledger's state (key, value).
pub(crate) fn marks_set_back(
    ledger: &ledger::Ledger,
    from: i64,
    to: i64,
) -> Result<Vec<(String, String)>, ledger::LedgerError> {
    let mut changed = Vec::new();
    for folder in receipt::folders::MARKED {
        let key = mark_key(folder);
        let kept = ledger.get_state(&key)?;
        let parts = kept.as_deref().and_then(|text| text.split_once(' '));
        if let Some((since, id)) = parts
            && let Ok(since) = since.parse::<i64>()
            && since > to
        {
            let since = since.saturating_sub(from.saturating_sub(to));
            changed.push((key, format!("{since} {id}")));
        }
    }
    Ok(changed)
}

fn mark_key(folder: &str) -> String {
    format!("folder-mark:{folder}")
}

fn state_of(step: DeliveryStep) -> DeliveryState {
    match step {
        DeliveryStep::Planned => DeliveryState::Planned,
        DeliveryStep::Ready => DeliveryState::Ready,
        DeliveryStep::Written => DeliveryState::Written,
        DeliveryStep::Withdrawing => DeliveryState::Withdrawing,
        DeliveryStep::Taken => DeliveryState::Taken,
        DeliveryStep::Uncollected => DeliveryState::Uncollected,
        DeliveryStep::Abandoned => DeliveryState::Abandoned,
    }
}

fn delivery(row: Delivery) -> DeliveryRecord {
    DeliveryRecord {
        subject: row.subject,
        name: row.name,
        step: match row.state {
            DeliveryState::Planned => DeliveryStep::Planned,
            DeliveryState::Ready => DeliveryStep::Ready,
            DeliveryState::Written => DeliveryStep::Written,
            DeliveryState::Withdrawing => DeliveryStep::Withdrawing,
            DeliveryState::Taken => DeliveryStep::Taken,
            DeliveryState::Uncollected => DeliveryStep::Uncollected,
            DeliveryState::Abandoned => DeliveryStep::Abandoned,
        },
        moved_at: row.moved_at,
    }
}
