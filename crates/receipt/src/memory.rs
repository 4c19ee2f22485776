//! The second implementation of [`ReceiptStore`], in memory: for trying out a client, and for tests. Not durable.

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
struct Inner {
    results: BTreeMap<u64, ResultRecord>,
    events: Vec<EventRecord>,
    readings: Vec<(String, String, bool)>,
    full: bool,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            inner: Mutex::default(),
            newest: watch::Sender::new(0),
        }
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
            simulated,
        };
        inner.results.insert(seq, record);
        self.tell(&mut inner, now, "result-stored", &id);
        id
    }

    /// Who was shown which body: result id, client, whether as a copy.
    pub fn readings(&self) -> Vec<(String, String, bool)> {
        self.lock().readings.clone()
    }

    /// From now on (or no longer) every change fails for want of space.
    pub fn set_full(&self, full: bool) {
        self.lock().full = full;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, inner: &mut Inner, at: i64, kind: &str, result_id: &str) {
        let seq = inner.events.len() as u64 + 1;
        inner.events.push(EventRecord {
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
        Ok(self
            .lock()
            .results
            .values()
            .find(|result| result.id == id)
            .cloned())
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
}
