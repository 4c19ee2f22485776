//! The second implementation of [`ReceiptStore`], in memory: for trying out a client, and for tests. Not durable.

use crate::memory_more::More;
use crate::records::{
    AuditExtract, BulkAnswer, BulkChanges, BulkRecord, FollowUpRecord, InquiryRecord, NewBulk,
    NewInquiry, Remembered,
};
use crate::store::{
    Claim, EventRecord, ReceiptStore, ResultFilter, ResultRecord, ResultState, StoreError,
};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Results and events in memory.
#[derive(Debug)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
    newest: watch::Sender<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Inner {
    results: BTreeMap<u64, ResultRecord>,
    events: Vec<EventRecord>,
    readings: Vec<(String, String, bool)>,
    accesses: Vec<(String, &'static str, serde_json::Value)>,
    pub(crate) unreadable: Vec<String>,
    full: bool,
    slow: std::time::Duration,
    pub(crate) more: More,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            inner: Mutex::default(),
            newest: watch::Sender::new(0),
        }
    }
}

impl Inner {
    pub(crate) fn readable(&self, id: &str) -> Result<(), StoreError> {
        if self.unreadable.iter().any(|known| known == id) {
            return Err(StoreError::Unreadable);
        }
        Ok(())
    }

    pub(crate) fn known(&self, id: &str) -> Option<ResultRecord> {
        let mut all = self.results.values();
        all.find(|result| result.id == id).cloned()
    }
}

impl MemoryStore {
    /// Stores a result (once per visit and kind) and gives its id.
    pub fn store(
        &self,
        now: i64,
        visit: u64,
        reader: &str,
        kind: &str,
        body_json: &str,
        simulated: bool,
    ) -> String {
        let prefix = if simulated { "sim-" } else { "" };
        let id = format!("{prefix}{visit:016x}-{kind}");
        let mut inner = self.lock();
        if inner.results.values().any(|result| result.id == id) {
            return id;
        }
        let seq = inner.results.len() as u64 + 1;
        let record = ResultRecord {
            id: id.clone(),
            seq,
            visit,
            reader: reader.into(),
            kind: kind.into(),
            stored_at: now,
            body_json: body_json.into(),
            state: ResultState::Waiting,
            owner: None,
            lease_until: None,
            lapsed: false,
            simulated,
        };
        inner.results.insert(seq, record);
        self.tell(&mut inner, now, "result-stored", &id);
        id
    }

    /// What clients did and were refused that has no record of its own: who, what, and what the record says.
    pub fn accesses(&self) -> Vec<(String, &'static str, serde_json::Value)> {
        self.lock().accesses.clone()
    }

    /// Who was shown which body: result id, client, whether as a copy.
    pub fn readings(&self) -> Vec<(String, String, bool)> {
        self.lock().readings.clone()
    }

    /// From now on this result, the lookup under this key, or what is noted of the hidden name of the file with this name, can't be read any
    /// more, as when its seal does not open.
    pub fn set_unreadable(&self, id: &str) {
        self.lock().unreadable.push(id.to_owned());
    }

    /// From now on (or no longer) every change fails for want of space.
    pub fn set_full(&self, full: bool) {
        self.lock().full = full;
    }

    /// From now on each record of an access takes so long, as on a slow disk.
    pub fn set_slow(&self, slow: std::time::Duration) {
        self.lock().slow = slow;
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tell(&self, inner: &mut Inner, at: i64, kind: &str, result_id: &str) {
        let seq = inner.events.len() as u64 + 1;
        let reader = inner
            .results
            .values()
            .find(|result| result.id == result_id)
            .map(|result| result.reader.clone())
            .unwrap_or_default();
        inner.events.push(EventRecord {
            reader,
            seq,
            at,
            kind: kind.into(),
            result_id: result_id.into(),
        });
        self.newest.send_replace(seq);
    }

    fn change(
        &self,
        id: &str,
        now: i64,
        work: impl FnOnce(&mut ResultRecord) -> Result<Option<&'static str>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut inner = self.lock();
        if inner.full {
            return Err(StoreError::DiskFull);
        }
        let record = inner
            .results
            .values_mut()
            .find(|result| result.id == id)
            .ok_or(StoreError::NotFound)?;
        if let Some(kind) = work(record)? {
            self.tell(&mut inner, now, kind, id);
        }
        Ok(())
    }
}

fn owned_by(record: &ResultRecord, client: &str) -> Result<(), StoreError> {
    match &record.owner {
        None => Err(StoreError::NotClaimed),
        Some(owner) if owner != client => Err(StoreError::NotOwner(owner.clone())),
        Some(_) => Ok(()),
    }
}

impl ReceiptStore for MemoryStore {
    fn results(&self, filter: ResultFilter) -> Result<Vec<ResultRecord>, StoreError> {
        Ok(self
            .lock()
            .results
            .values()
            .filter(|result| result.seq > filter.after_seq)
            .filter(|result| {
                !filter.unacknowledged_only || result.state != ResultState::Acknowledged
            })
            .filter(|result| filter.state.is_none_or(|state| result.state == state))
            .take(filter.limit)
            .cloned()
            .collect())
    }

    fn result(&self, id: &str) -> Result<Option<ResultRecord>, StoreError> {
        let inner = self.lock();
        inner.readable(id)?;
        Ok(inner.known(id))
    }

    fn claim(&self, id: &str, client: &str, now: i64, lease_ms: i64) -> Result<Claim, StoreError> {
        let mut outcome = Claim::Owned;
        self.change(id, now, |record| {
            let new = record.owner.is_none();
            match &record.owner {
                Some(owner) if owner != client => {
                    outcome = Claim::OwnedByOther(owner.clone());
                    return Ok(None);
                }
                Some(_) if record.state == ResultState::Acknowledged => return Ok(None),
                _ => {}
            }
            record.owner = Some(client.into());
            record.state = ResultState::Claimed;
            record.lease_until = Some(now.saturating_add(lease_ms));
            Ok(new.then_some("result-claimed"))
        })?;
        Ok(outcome)
    }

    fn acknowledge(&self, id: &str, client: &str, now: i64) -> Result<(), StoreError> {
        self.change(id, now, |record| {
            owned_by(record, client)?;
            if record.state == ResultState::Acknowledged {
                return Ok(None);
            }
            record.state = ResultState::Acknowledged;
            record.lease_until = None;
            Ok(Some("result-acknowledged"))
        })
    }

    fn release(&self, id: &str, client: &str, now: i64) -> Result<(), StoreError> {
        self.change(id, now, |record| {
            owned_by(record, client)?;
            if record.state == ResultState::Acknowledged {
                return Err(StoreError::AlreadyAcknowledged);
            }
            record.state = ResultState::Waiting;
            record.owner = None;
            record.lease_until = None;
            Ok(Some("result-released"))
        })
    }

    fn events_after(&self, seq: u64, limit: usize) -> Result<Vec<EventRecord>, StoreError> {
        let from = usize::try_from(seq).unwrap_or(usize::MAX);
        Ok(self
            .lock()
            .events
            .iter()
            .skip(from)
            .take(limit)
            .cloned()
            .collect())
    }

    fn latest_event_seq(&self) -> Result<u64, StoreError> {
        Ok(self.lock().events.len() as u64)
    }

    fn event_watch(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    fn record_reading(
        &self,
        id: &str,
        client: &str,
        copy: bool,
        _now: i64,
    ) -> Result<(), StoreError> {
        let mut inner = self.lock();
        if inner.full {
            return Err(StoreError::DiskFull);
        }
        inner.readings.push((id.into(), client.into(), copy));
        Ok(())
    }

    fn cursor(&self, client: &str) -> Result<u64, StoreError> {
        Ok(self.lock().more.cursor(client))
    }

    fn advance(&self, client: &str, seq: u64, _now: i64) -> Result<u64, StoreError> {
        let mut inner = self.lock();
        let newest = inner.events.len() as u64;
        Ok(inner.more.advance(client, seq.min(newest)))
    }

    fn remember(
        &self,
        client: &str,
        key: &str,
        request: &[u8],
        now: i64,
    ) -> Result<Remembered, StoreError> {
        Ok(self.lock().more.remember(client, key, request, now))
    }

    fn keep_answer(
        &self,
        client: &str,
        key: &str,
        status: u16,
        answer: &str,
    ) -> Result<(), StoreError> {
        self.lock().more.keep_answer(client, key, status, answer);
        Ok(())
    }

    fn queue_inquiry(&self, new: NewInquiry, now: i64) -> Result<u64, StoreError> {
        Ok(self.lock().more.queue_inquiry(&new, now))
    }

    fn inquiry(&self, id: u64) -> Result<Option<InquiryRecord>, StoreError> {
        Ok(self.lock().more.inquiry(id))
    }

    fn inquiries(
        &self,
        client: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<InquiryRecord>, StoreError> {
        Ok(self.lock().more.inquiries(client, after, limit))
    }

    fn begin_bulk(&self, new: NewBulk, now: i64) -> Result<u64, StoreError> {
        Ok(self.lock().more.begin_bulk(&new, now))
    }

    fn bulk(&self, id: u64) -> Result<Option<BulkRecord>, StoreError> {
        Ok(self.lock().more.bulk(|bulk| bulk.id == id))
    }

    fn bulk_by_reception(&self, reception: &str) -> Result<Option<BulkRecord>, StoreError> {
        Ok(self.lock().more.bulk(|bulk| bulk.reception == reception))
    }

    fn bulks(&self, client: &str, after: u64, limit: usize) -> Result<Vec<BulkRecord>, StoreError> {
        Ok(self.lock().more.bulks(client, after, limit))
    }

    fn bulk_answers(
        &self,
        id: u64,
        from: u32,
        limit: usize,
    ) -> Result<Vec<BulkAnswer>, StoreError> {
        Ok(self.lock().more.bulk_answers(id, from, limit))
    }

    fn record_bulk_reading(
        &self,
        id: u64,
        client: &str,
        _count: usize,
        _now: i64,
    ) -> Result<(), StoreError> {
        self.lock()
            .readings
            .push((format!("bulk-{id}"), client.into(), false));
        Ok(())
    }

    fn record_access(
        &self,
        client: &str,
        action: &'static str,
        detail: &serde_json::Value,
        _: i64,
    ) -> Result<(), StoreError> {
        let slow = self.lock().slow;
        if !slow.is_zero() {
            std::thread::park_timeout(slow);
        }
        let mut inner = self.lock();
        if inner.full {
            return Err(StoreError::DiskFull);
        }
        inner.accesses.push((client.into(), action, detail.clone()));
        Ok(())
    }

    fn bulk_changes(&self, id: u64) -> Result<BulkChanges, StoreError> {
        Ok(self.lock().more.bulk_changes(id))
    }

    fn follow_ups(
        &self,
        after: u64,
        open_only: bool,
        limit: usize,
    ) -> Result<Vec<FollowUpRecord>, StoreError> {
        Ok(self.lock().more.follow_ups(after, open_only, limit))
    }

    fn follow_up(&self, id: u64) -> Result<Option<FollowUpRecord>, StoreError> {
        Ok(self.lock().more.follow_up(id))
    }

    fn note_follow_up(&self, id: u64, who: &str, text: &str, now: i64) -> Result<(), StoreError> {
        self.lock().more.note_follow_up(id, who, text, now)
    }

    fn close_follow_up(
        &self,
        id: u64,
        who: &str,
        outcome: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut inner = self.lock();
        if inner.more.close_follow_up(id, who, outcome, now)? {
            self.tell(&mut inner, now, "follow-up-closed", &id.to_string());
        }
        Ok(())
    }

    fn audit(
        &self,
        client: &str,
        after: u64,
        limit: usize,
        now: i64,
    ) -> Result<AuditExtract, StoreError> {
        Ok(self.lock().more.audit(client, after, limit, now))
    }
}
