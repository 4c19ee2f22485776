//! What the folders need of the store in memory, and a way to let it fail at any of its writes, as before a crash.

use crate::folders::{DeliveryRecord, DeliveryStep, FOLDERS, FolderMark, FolderStore};
use crate::memory::MemoryStore;
use crate::records::InquiryRecord;
use crate::store::{ReceiptStore, ResultState, StoreError};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Folders {
    deliveries: Vec<DeliveryRecord>,
    hidden: BTreeMap<String, String>,
    counters: BTreeMap<String, u64>,
    marks: BTreeMap<String, FolderMark>,
    /// Writes about deliveries until all fail.
    good_for: Option<u32>,
}

impl MemoryStore {
    /// After so many more writes about deliveries every one fails; `None` = none fails.
    pub fn fail_after(&self, writes: Option<u32>) {
        self.lock().more.folders.good_for = writes;
    }

    /// Loses what was noted of the hidden name of the file with this name, as when that page of the ledger was damaged and not rescued.
    pub fn lose_hidden_suffix(&self, name: &str) {
        self.lock().more.folders.hidden.remove(name);
    }

    fn write_counts(&self) -> Result<(), StoreError> {
        match &mut self.lock().more.folders.good_for {
            Some(0) => Err(StoreError::Unavailable("it fails as it was told".into())),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl FolderStore for MemoryStore {
    fn note_delivery(
        &self,
        subject: &str,
        name: &str,
        step: DeliveryStep,
        now: i64,
    ) -> Result<(), StoreError> {
        self.write_counts()?;
        let mut inner = self.lock();
        if matches!(step, DeliveryStep::Taken | DeliveryStep::Abandoned) {
            inner.more.folders.hidden.remove(name);
        }
        let deliveries = &mut inner.more.folders.deliveries;
        let refused = || Err(StoreError::Unacceptable("name".into()));
        if let Some(known) = deliveries.iter_mut().find(|known| known.subject == subject) {
            if known.name != name {
                return refused();
            }
            (known.step, known.moved_at) = (step, now);
            return Ok(());
        }
        if deliveries.iter().any(|known| known.name == name) {
            return refused();
        }
        deliveries.push(DeliveryRecord {
            subject: subject.into(),
            name: name.into(),
            step,
            moved_at: now,
        });
        Ok(())
    }

    fn delivery(&self, subject: &str) -> Result<Option<DeliveryRecord>, StoreError> {
        let inner = self.lock();
        let mut all = inner.more.folders.deliveries.iter();
        Ok(all.find(|known| known.subject == subject).cloned())
    }

    fn delivery_named(&self, name: &str) -> Result<Option<DeliveryRecord>, StoreError> {
        let inner = self.lock();
        let mut all = inner.more.folders.deliveries.iter();
        Ok(all.find(|known| known.name == name).cloned())
    }

    fn open_deliveries(&self, after: &str) -> Result<Vec<DeliveryRecord>, StoreError> {
        use DeliveryStep::{Planned, Ready, Withdrawing, Written};
        let open = |step| matches!(step, Planned | Ready | Written | Withdrawing);
        let inner = self.lock();
        let mut found: Vec<DeliveryRecord> = inner
            .more
            .folders
            .deliveries
            .iter()
            .filter(|known| open(known.step) && known.subject.as_str() > after)
            .cloned()
            .collect();
        found.sort_by(|a, b| a.subject.cmp(&b.subject));
        found.truncate(1000);
        Ok(found)
    }

    fn end_delivery(
        &self,
        ended: &DeliveryRecord,
        result: Option<&str>,
        give_back: bool,
        now: i64,
    ) -> Result<(), StoreError> {
        self.write_counts()?;
        {
            let mut inner = self.lock();
            inner.more.folders.hidden.remove(&ended.name);
            let mut all = inner.more.folders.deliveries.iter_mut();
            let known =
                all.find(|known| known.subject == ended.subject && known.name == ended.name);
            let known = known.ok_or(StoreError::Unacceptable("name".into()))?;
            (known.step, known.moved_at) = (ended.step, now);
        }
        // As in the ledger: whose it is stands beside what it says, and can be read also when that can't.
        let Some(record) = result.and_then(|id| self.lock().known(id)) else {
            return Ok(());
        };
        if record.owner.as_deref() != Some(FOLDERS) || record.state == ResultState::Acknowledged {
            return Ok(());
        }
        let reason = "uncollected";
        self.open_follow_up(now, record.visit, &record.reader, &record.id, reason, "");
        if give_back {
            self.release(&record.id, FOLDERS, now)?;
        }
        Ok(())
    }

    fn hidden_suffix(&self, name: &str) -> Result<Option<String>, StoreError> {
        let inner = self.lock();
        let noted = inner.more.folders.hidden.get(name).cloned();
        if noted.is_some() {
            inner.readable(name)?;
        }
        Ok(noted)
    }

    fn keep_hidden_suffix(&self, name: &str, suffix: &str) -> Result<(), StoreError> {
        self.write_counts()?;
        let mut inner = self.lock();
        inner.unreadable.retain(|known| known != name);
        let hidden = &mut inner.more.folders.hidden;
        hidden.insert(name.into(), suffix.into());
        Ok(())
    }

    fn next_number(&self, counter: &str) -> Result<u64, StoreError> {
        let mut inner = self.lock();
        let value = inner
            .more
            .folders
            .counters
            .entry(counter.into())
            .or_default();
        *value += 1;
        Ok(*value)
    }

    fn inquiry_by_key(&self, key: &str) -> Result<Option<InquiryRecord>, StoreError> {
        let inner = self.lock();
        inner.readable(key)?;
        let mut all = inner.more.inquiries.iter();
        Ok(all
            .find(|(known, record)| known == key && record.client == FOLDERS)
            .map(|(_, record)| record.clone()))
    }

    fn folder_mark(&self, folder: &str) -> Result<Option<FolderMark>, StoreError> {
        Ok(self.lock().more.folders.marks.get(folder).cloned())
    }

    fn keep_folder_mark(&self, folder: &str, mark: &FolderMark) -> Result<(), StoreError> {
        let mut inner = self.lock();
        inner.more.folders.marks.insert(folder.into(), mark.clone());
        Ok(())
    }

    fn record(&self, action: &str, detail: &Value, now: i64) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let seq = inner.more.looked.len() as u64 + 1;
        inner.more.looked.push(json!({
            "seq": seq, "at": now, "actor": FOLDERS, "action": action, "detail": detail,
            "prev": "0".repeat(64), "hash": "0".repeat(64),
        }));
        Ok(())
    }
}
