//! The rest of the store in memory: inquiries, bulk jobs, follow-ups, keys, cursors, the record of who looked.

use crate::memory::MemoryStore;
use crate::memory_folders::Folders;
use crate::records::{
    AuditExtract, BulkAnswer, BulkChanges, BulkRecord, FollowUpNote, FollowUpRecord, InquiryRecord,
    InquiryState, NewBulk, NewInquiry, Remembered,
};
use crate::store::StoreError;
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Key = (String, String);
/// HTTP status and body.
type Kept = (u16, String);

#[derive(Debug, Default)]
pub(crate) struct More {
    cursors: BTreeMap<String, u64>,
    answers: BTreeMap<Key, (i64, Vec<u8>, Option<Kept>)>,
    pub(crate) inquiries: Vec<(String, InquiryRecord)>,
    bulks: Vec<(String, BulkRecord, Vec<Option<String>>)>,
    follow_ups: Vec<FollowUpRecord>,
    pub(crate) looked: Vec<Value>,
    pub(crate) folders: Folders,
}

fn numbered<T: Clone>(
    all: impl Iterator<Item = T>,
    number: impl Fn(&T) -> u64,
    after: u64,
    limit: usize,
) -> Vec<T> {
    all.filter(|one| number(one) > after).take(limit).collect()
}

impl More {
    pub(crate) fn cursor(&self, client: &str) -> u64 {
        self.cursors.get(client).copied().unwrap_or(0)
    }

    pub(crate) fn advance(&mut self, client: &str, seq: u64) -> u64 {
        let place = self.cursors.entry(client.to_owned()).or_default();
        *place = (*place).max(seq);
        *place
    }

    pub(crate) fn remember(
        &mut self,
        client: &str,
        key: &str,
        request: &[u8],
        now: i64,
    ) -> Remembered {
        match self.answers.get(&(client.into(), key.into())) {
            None => {
                self.answers
                    .insert((client.into(), key.into()), (now, request.to_vec(), None));
                Remembered::New(now)
            }
            Some((_, first, _)) if first != request => Remembered::Other,
            Some((_, _, Some((status, answer)))) => Remembered::Answer(*status, answer.clone()),
            Some((at, _, None)) => Remembered::New(*at),
        }
    }

    pub(crate) fn keep_answer(&mut self, client: &str, key: &str, status: u16, answer: &str) {
        if let Some((_, _, kept)) = self.answers.get_mut(&(client.into(), key.into())) {
            *kept = Some((status, answer.to_owned()));
        }
    }

    pub(crate) fn queue_inquiry(&mut self, new: &NewInquiry, now: i64) -> u64 {
        let known = self
            .inquiries
            .iter()
            .find(|(key, known)| *key == new.key && known.client == new.client);
        if let Some((_, known)) = known {
            return known.id;
        }
        let id = self.inquiries.len() as u64 + 1;
        let record = InquiryRecord {
            id,
            client: new.client.clone(),
            made_at: now,
            state: InquiryState::Queued,
            attempts: 0,
            code: String::new(),
            words: None,
            result_id: None,
            service: None,
        };
        self.inquiries.push((new.key.clone(), record));
        id
    }

    pub(crate) fn inquiry(&self, id: u64) -> Option<InquiryRecord> {
        let mut all = self.inquiries.iter().map(|(_, record)| record);
        all.find(|record| record.id == id).cloned()
    }

    pub(crate) fn inquiries(&self, client: &str, after: u64, limit: usize) -> Vec<InquiryRecord> {
        let all = self.inquiries.iter().map(|(_, record)| record.clone());
        numbered(
            all.filter(|record| record.client == client),
            |record| record.id,
            after,
            limit,
        )
    }

    pub(crate) fn begin_bulk(&mut self, new: &NewBulk, now: i64) -> u64 {
        let known = self
            .bulks
            .iter()
            .find(|(key, known, _)| *key == new.key && known.client == new.client);
        if let Some((_, known, _)) = known {
            return known.id;
        }
        let id = self.bulks.len() as u64 + 1;
        let record = BulkRecord {
            id,
            client: new.client.clone(),
            kind: "qualification".into(),
            shared: false,
            reception: format!("{id:016}"),
            made_at: now,
            done: false,
            code: String::new(),
            service: None,
            total: new.requests.len() as u64,
            answered: 0,
            header_json: new.header_json.clone(),
        };
        self.bulks
            .push((new.key.clone(), record, vec![None; new.requests.len()]));
        id
    }

    pub(crate) fn bulk(&self, is: impl Fn(&BulkRecord) -> bool) -> Option<BulkRecord> {
        let mut all = self.bulks.iter().map(|(_, record, _)| record);
        all.find(|record| is(record)).cloned()
    }

    pub(crate) fn bulks(&self, client: &str, after: u64, limit: usize) -> Vec<BulkRecord> {
        let all = self.bulks.iter().map(|(_, record, _)| record.clone());
        numbered(
            all.filter(|record| record.shared || record.client == client),
            |record| record.id,
            after,
            limit,
        )
    }

    pub(crate) fn bulk_answers(&self, id: u64, from: u32, limit: usize) -> Vec<BulkAnswer> {
        let answers = self.bulks.iter().find(|(_, record, _)| record.id == id);
        let answers = answers
            .map(|(_, _, answers)| answers.as_slice())
            .unwrap_or_default();
        (0..)
            .zip(answers)
            .filter(|(n, _)| *n >= from)
            .filter_map(|(n, body)| {
                Some(BulkAnswer {
                    n,
                    body_json: body.clone()?,
                })
            })
            .take(limit)
            .collect()
    }

    pub(crate) fn bulk_changes(&self, id: u64) -> BulkChanges {
        let count = self.bulk(|bulk| bulk.id == id).map_or(0, |bulk| bulk.total);
        BulkChanges {
            before: None,
            new: (0..u32::try_from(count).unwrap_or(u32::MAX)).collect(),
            changed: vec![],
            gone: vec![],
        }
    }

    pub(crate) fn follow_ups(
        &self,
        after: u64,
        open_only: bool,
        limit: usize,
    ) -> Vec<FollowUpRecord> {
        let all = self.follow_ups.iter().cloned();
        numbered(
            all.filter(|record| !open_only || record.closed_at.is_none()),
            |record| record.id,
            after,
            limit,
        )
    }

    pub(crate) fn follow_up(&self, id: u64) -> Option<FollowUpRecord> {
        self.follow_ups
            .iter()
            .find(|record| record.id == id)
            .cloned()
    }

    pub(crate) fn note_follow_up(
        &mut self,
        id: u64,
        who: &str,
        text: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut all = self.follow_ups.iter_mut();
        let record = all
            .find(|record| record.id == id && record.closed_at.is_none())
            .ok_or(StoreError::NotFound)?;
        record.notes.push(FollowUpNote {
            at: now,
            by: who.into(),
            text: text.into(),
        });
        Ok(())
    }

    /// Closes it; says whether it was open.
    pub(crate) fn close_follow_up(
        &mut self,
        id: u64,
        who: &str,
        outcome: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let record = self
            .follow_ups
            .iter_mut()
            .find(|record| record.id == id)
            .ok_or(StoreError::NotFound)?;
        if record.closed_at.is_some() {
            return Ok(false);
        }
        record.closed_at = Some(now);
        record.closed_by = Some(who.into());
        record.outcome = Some(outcome.into());
        Ok(true)
    }

    pub(crate) fn audit(
        &mut self,
        client: &str,
        after: u64,
        limit: usize,
        now: i64,
    ) -> AuditExtract {
        let seq = self.looked.len() as u64 + 1;
        self.looked.push(json!({
            "seq": seq, "at": now, "actor": client, "action": "audit-read", "detail": {"after": after},
            "prev": "0".repeat(64), "hash": "0".repeat(64),
        }));
        let records = self
            .looked
            .iter()
            .filter(|record| record.get("seq").and_then(Value::as_u64) > Some(after))
            .take(limit)
            .cloned()
            .collect();
        let head = json!({
            "seq": seq, "hash": "0".repeat(64), "simulated": true, "public_key": "0".repeat(64), "signature": "0".repeat(128),
        });
        AuditExtract { records, head }
    }
}

impl MemoryStore {
    /// Opens a follow-up and gives its number.
    pub fn open_follow_up(
        &self,
        now: i64,
        visit: u64,
        reader: &str,
        result_id: &str,
        reason: &str,
        note: &str,
    ) -> u64 {
        let mut inner = self.lock();
        let id = inner.more.follow_ups.len() as u64 + 1;
        inner.more.follow_ups.push(FollowUpRecord {
            id,
            made_at: now,
            visit,
            reader: reader.into(),
            result_id: result_id.into(),
            reason: reason.into(),
            note: note.into(),
            closed_at: None,
            closed_by: None,
            outcome: None,
            notes: vec![],
            unreadable: false,
        });
        self.tell(&mut inner, now, "follow-up-opened", &id.to_string());
        id
    }

    /// What the code of an inquiry tells, in Japanese and English.
    pub fn told_as(&self, id: u64, ja: &str, en: &str) {
        let mut inner = self.lock();
        let mut all = inner.more.inquiries.iter_mut();
        if let Some((_, record)) = all.find(|(_, record)| record.id == id) {
            record.words = Some((ja.into(), en.into()));
        }
    }

    /// What the service itself said about an inquiry that failed.
    pub fn service_said(&self, id: u64, code: &str, words: &str) {
        let mut inner = self.lock();
        let mut all = inner.more.inquiries.iter_mut();
        if let Some((_, record)) = all.find(|(_, record)| record.id == id) {
            record.service = Some((code.into(), words.into()));
        }
    }

    /// Answers an inquiry with a result, or with the code of a failure.
    pub fn answer_inquiry(&self, now: i64, id: u64, outcome: Result<&str, &str>) {
        let mut inner = self.lock();
        for (_, record) in &mut inner.more.inquiries {
            if record.id == id {
                match outcome {
                    Ok(result) => {
                        record.state = InquiryState::Answered;
                        record.result_id = Some(result.into());
                    }
                    Err(code) => {
                        record.state = InquiryState::Failed;
                        record.code = code.into();
                    }
                }
            }
        }
        if outcome.is_err() {
            self.tell(&mut inner, now, "inquiry-failed", &id.to_string());
        }
    }

    /// Ends a bulk job badly: the terminal's code, and what the service said.
    pub fn fail_bulk(&self, id: u64, code: &str, service: Option<(&str, &str)>) {
        let mut inner = self.lock();
        let mut all = inner.more.bulks.iter_mut();
        if let Some((_, record, _)) = all.find(|(_, record, _)| record.id == id) {
            record.code = code.into();
            record.service = service.map(|(code, words)| (code.into(), words.into()));
        }
    }

    /// Begins a bulk job of the terminal itself and gives its number.
    pub fn begin_shared_bulk(&self, now: i64, kind: &str, persons: usize) -> u64 {
        let mut inner = self.lock();
        let id = inner.more.bulks.len() as u64 + 1;
        let record = BulkRecord {
            id,
            client: "terminal".into(),
            kind: kind.into(),
            shared: true,
            reception: format!("{id:016}#1"),
            made_at: now,
            done: false,
            code: String::new(),
            service: None,
            total: persons as u64,
            answered: 0,
            header_json: "{}".into(),
        };
        let bulks = &mut inner.more.bulks;
        bulks.push((id.to_string(), record, vec![None; persons]));
        id
    }

    /// Answers the next person of a bulk job; the job ends with the last.
    pub fn answer_bulk(&self, now: i64, id: u64, body_json: &str) {
        let mut inner = self.lock();
        let mut ended = false;
        for (_, record, answers) in &mut inner.more.bulks {
            if record.id == id
                && let Some(open) = answers.iter_mut().find(|answer| answer.is_none())
            {
                *open = Some(body_json.into());
                record.answered += 1;
                record.done = record.answered == record.total;
                ended = record.done;
            }
        }
        if ended {
            self.tell(&mut inner, now, "bulk-ended", &id.to_string());
        }
    }
}
