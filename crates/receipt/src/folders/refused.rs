//! Answers that are known at once, among them those to bad requests, which are kept in `req/rejected/` for a time.

use super::answers::Refusal;
use super::gateway::FolderGateway;
use super::names;
use super::problem::FolderProblem;
use super::{DeliveryRecord, DeliveryStep, FOLDERS};
use crate::reason::Reason;
use crate::records::Remembered;
use oqs::{Charset, MessageTree};
use serde_json::json;
use std::ffi::OsStr;
use std::time::{Duration, Instant};

/// Between two looks through `req/rejected/`.
const PURGE_EVERY: Duration = Duration::from_secs(600);
/// The most files kept there, and their bytes; beyond, the oldest go.
const MOST_KEPT: usize = 1_000;
const MOST_BYTES: i64 = 256 * 1024 * 1024;

/// What is to become of a request file once its answer is durable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Remove,
    Reject,
}

impl FolderGateway {
    /// Answers a bad request with an error file and keeps it in `req/rejected/`.
    pub(crate) fn refuse(
        &mut self,
        name: &OsStr,
        refusal: Refusal,
        message: Option<&MessageTree>,
        charset: Charset,
    ) -> Result<(), FolderProblem> {
        self.refuse_saying(name, refusal, None, message, charset)
    }

    /// The same with what exactly is wrong: names of elements, never a value.
    pub(crate) fn refuse_saying(
        &mut self,
        name: &OsStr,
        refusal: Refusal,
        why: Option<&Reason>,
        message: Option<&MessageTree>,
        charset: Charset,
    ) -> Result<(), FolderProblem> {
        let (code, ja, en) = refusal.about();
        let shown = name.to_string_lossy().into_owned();
        let subject = self.refusal(name)?;
        let known = self.store.delivery(&subject)?;
        let number = self.store.next_number("rejected-files")?;
        let unanswered = |step| matches!(step, DeliveryStep::Planned | DeliveryStep::Abandoned);
        if known.as_ref().is_some_and(|known| !unanswered(known.step)) {
            return self.put_away(name, Then::Reject, number);
        }
        // Said and recorded once, however often its answer has to be tried.
        if known.is_none() {
            let why = why.map_or("", |why| &why.en);
            tracing::warn!(code, file = ?shown, why, "a request file was refused: {en}");
            let why: String = why.chars().take(100).collect();
            let detail = json!({"file": harmless(name, 60), "code": code, "why": why});
            self.store
                .record("request-file-refused", &detail, self.now())?;
        }
        // The name of the true answer belongs to the request that had it first.
        let answer = match (known, names::request(&shown)) {
            (Some(known), _) => known.name,
            (None, Some(request)) if refusal != Refusal::NameUsed => {
                format!("{}.xml", request.answer)
            }
            _ => format!("{}.xml", names::error_answer(&shown, number)),
        };
        let identifier =
            message.and_then(|message| message.text("MessageHeader", "ArbitraryFileIdentifier"));
        // Receipt computers show sixty characters, in Japanese: which element it is goes before the sentence of the code.
        let words = why.map_or_else(|| ja.to_owned(), |why| format!("受付不可: {}。", why.ja));
        let bytes = if refusal == Refusal::Medical {
            self.frame(charset).medical_error(code, ja, identifier)
        } else {
            self.frame(charset).error(code, &words, identifier)
        };
        self.answer_now_as(name, &subject, &answer, bytes, Then::Reject, number)
    }

    /// Subject of the refusal of a file: the same file after a crash is the same refusal, and is answered once.
    pub(crate) fn refusal(&self, name: &OsStr) -> Result<String, FolderProblem> {
        Ok(format!(
            "req:rejected {} {}",
            self.identity(name)?,
            harmless(name, 30)
        ))
    }

    /// What a file is known by after a crash.
    pub(crate) fn identity(&self, name: &OsStr) -> Result<String, FolderProblem> {
        let seen = self
            .req
            .look(name)
            .map_err(FolderProblem::io("look at a request"))?;
        Ok(seen.map_or_else(String::new, |seen| seen.identity()))
    }

    pub(crate) fn answer_now(
        &mut self,
        name: &str,
        subject: &str,
        answer: &str,
        bytes: Option<Vec<u8>>,
        then: Then,
    ) -> Result<(), FolderProblem> {
        self.answer_now_as(OsStr::new(name), subject, answer, bytes, then, 0)
    }

    /// Writes an answer that is known at once: name noted, content durable, then the request is put away, and only then the answer is
    /// uncovered. After a crash in between either the request is still there and is answered under the same name, or the answer is.
    fn answer_now_as(
        &mut self,
        name: &OsStr,
        subject: &str,
        answer: &str,
        bytes: Option<Vec<u8>>,
        then: Then,
        number: u64,
    ) -> Result<(), FolderProblem> {
        let Some(bytes) = bytes else {
            tracing::error!(
                code = "UK-RCPT-019",
                "an answer could not be put into its form"
            );
            return self.put_away(name, Then::Reject, number);
        };
        // A refused one is known by its own subject, which holds its identity.
        if then == Then::Remove {
            self.begin_with(name)?;
        }
        let answer = self.plan(subject, answer)?;
        let delivery = DeliveryRecord {
            subject: subject.to_owned(),
            name: answer,
            step: DeliveryStep::Planned,
            moved_at: self.now(),
        };
        self.stage(&delivery, &bytes)?;
        self.put_away(name, then, number)?;
        self.uncover(&delivery)
    }

    /// Chooses an answer's name. One that was chosen stays; one that was given to another answer before is not used again, whatever a
    /// request is called.
    pub(crate) fn plan(&self, subject: &str, answer: &str) -> Result<String, FolderProblem> {
        let chosen = self.store.delivery(subject)?.map(|known| known.name);
        let answer = chosen.as_deref().unwrap_or(answer);
        match self
            .store
            .note_delivery(subject, answer, DeliveryStep::Planned, self.now())
        {
            Ok(()) => Ok(answer.to_owned()),
            Err(crate::StoreError::Unacceptable(_)) => {
                let number = self.store.next_number("rejected-files")?;
                let other = format!("{}.xml", names::error_answer(answer, number));
                self.note(subject, &other, DeliveryStep::Planned)?;
                Ok(other)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn stage(&mut self, delivery: &DeliveryRecord, bytes: &[u8]) -> Result<(), FolderProblem> {
        if !self.res.known {
            return Err(FolderProblem::Unknown { what: "res" });
        }
        self.write_hidden(delivery, bytes)
    }

    pub(crate) fn finish(&mut self, name: &str, then: Then) -> Result<(), FolderProblem> {
        self.put_away(OsStr::new(name), then, 0)
    }

    /// From now on this file is known as begun, also after a restart: whatever fails, it is the same request when it is looked at
    /// again. Kept like the answer to a change under a key, whose store holds a keyed hash of the content and no patient's number.
    pub(crate) fn begin_with(&mut self, name: &OsStr) -> Result<(), FolderProblem> {
        let identity = self.identity(name)?;
        if let Some(key) = name.to_str()
            && self.begun.get(name) != Some(&identity)
            && let Remembered::New(_) =
                self.store
                    .remember(FOLDERS, key, &self.content, self.now())?
        {
            self.store.keep_answer(FOLDERS, key, 200, &identity)?;
        }
        self.begun.insert(name.to_owned(), identity);
        Ok(())
    }

    /// Whether a file is one that was begun before, by this gateway or by one before a restart, and only its removal is left: the same
    /// file; or one of the same content while its request has not been answered, since a copy of the disk knows files by nothing else.
    pub(crate) fn was_begun(
        &self,
        name: &str,
        identity: &str,
        step: DeliveryStep,
    ) -> Result<bool, FolderProblem> {
        if self.begun.get(OsStr::new(name)).map(String::as_str) == Some(identity) {
            return Ok(true);
        }
        let kept = self
            .store
            .remember(FOLDERS, name, &self.content, self.now())?;
        let unanswered = matches!(
            step,
            DeliveryStep::Planned | DeliveryStep::Ready | DeliveryStep::Abandoned
        );
        Ok(matches!(kept, Remembered::Answer(_, first) if unanswered || first == identity))
    }

    /// Removes a request that was taken, or keeps one that was refused. One that can't be moved is remembered, so that it is not tried
    /// in every pass.
    fn put_away(&mut self, name: &OsStr, then: Then, number: u64) -> Result<(), FolderProblem> {
        let failed = || FolderProblem::io("put a request away");
        let gone = self.moved_away(name, then, number).or_else(|error| {
            if self.req.look(name)?.is_none() {
                return Ok(());
            }
            if then == Then::Remove {
                return Err(error);
            }
            // It may be `rejected/` that has gone.
            self.rejected = self.req.inside("rejected")?;
            self.moved_away(name, then, number)
        });
        match gone {
            Ok(()) => {
                self.seen.remove(name);
                self.begun.remove(name);
                self.stuck.remove(name);
                Ok(())
            }
            Err(error) => {
                let identity = self.identity(name)?;
                self.stuck
                    .insert(name.to_owned(), (identity, Instant::now()));
                Err(failed()(error))
            }
        }
    }

    fn moved_away(&self, name: &OsStr, then: Then, number: u64) -> std::io::Result<()> {
        match then {
            Then::Remove => name.to_str().map_or(Ok(()), |name| self.req.remove(name)),
            Then::Reject => {
                let kept = format!("{:06}_{}", number, harmless(name, 60));
                self.req.move_to(name, &self.rejected, &kept)
            }
        }
    }

    /// Removes refused requests whose time has passed, and the oldest when there are too many: patients' numbers stand in them.
    pub(crate) fn purge_rejected(&mut self) -> Result<(), FolderProblem> {
        let now = Instant::now();
        let lately = |at: Instant| now.duration_since(at) < PURGE_EVERY;
        if !self.req.known || !self.rejected.known || self.purged.is_some_and(lately) {
            return Ok(());
        }
        let failed = || FolderProblem::io("req/rejected");
        let mut kept = Vec::new();
        for name in self.rejected.names(|_| true).map_err(failed())?.names {
            if let Some(seen) = self.rejected.look(&name).map_err(failed())? {
                kept.push((seen.changed, name, seen.size));
            }
        }
        // Within one tick of the disk's clock the number at the name's beginning tells which came first.
        kept.sort();
        let stay = i64::try_from(self.settings.rejected.as_secs()).unwrap_or(i64::MAX);
        let before = (self.now() / 1000).saturating_sub(stay);
        let mut count = kept.len();
        let mut bytes: i64 = kept.iter().map(|(_, _, size)| *size).sum();
        let mut removed = 0_u32;
        for (changed, name, size) in kept {
            if changed.0 >= before && count <= MOST_KEPT && bytes <= MOST_BYTES {
                break;
            }
            self.rejected.remove_all(&name).map_err(failed())?;
            (count, bytes, removed) = (count - 1, bytes - size, removed + 1);
        }
        if removed > 0 {
            self.rejected.sync().map_err(failed())?;
            tracing::info!(removed, "refused requests were removed from req/rejected");
        }
        self.purged = Some(now);
        Ok(())
    }
}

/// A name for `req/rejected/` and the audit chain that no program trips over, at most so many characters.
fn harmless(name: &OsStr, most: usize) -> String {
    name.to_string_lossy()
        .chars()
        .map(|c| {
            if c.is_control() || matches!(c, '/' | '\u{fffd}') {
                '_'
            } else {
                c
            }
        })
        .take(most)
        .collect()
}
