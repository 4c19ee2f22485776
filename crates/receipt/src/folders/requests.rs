//! Request files: left alone until they are whole, understood, queued durably, removed; a bad one is answered with an error file and kept
//! in `req/rejected/`. Nothing a name or a file says leads outside the folders.

use super::answers::Refusal;
use super::gateway::{FolderGateway, FolderProblem, subject_of};
use super::names::{self, RequestName, Wanted};
use super::{DeliveryRecord, DeliveryStep, FOLDERS, zip};
use crate::numbers;
use crate::records::{NewBulk, NewInquiry};
use oqs::limits::MAX_BYTES;
use oqs::{MessageTree, Charset, OqsError};
use serde_json::json;
use std::ffi::{OsStr, OsString};
use std::time::Instant;

/// Answers fetched from the store at once.
const PAGE: usize = 500;

/// What is to become of a request file once its answer is durable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Remove,
    Reject,
}

impl FolderGateway {
    pub(crate) fn look_at_requests(&mut self) -> Result<(), FolderProblem> {
        let names = self.req.names().map_err(FolderProblem::io("req"))?;
        self.seen.retain(|name, _| names.contains(name));
        for name in names {
            if name == "rejected" || name.to_str().is_some_and(names::is_temporary) {
                continue;
            }
            self.look_at(&name)?;
        }
        Ok(())
    }

    fn look_at(&mut self, name: &OsString) -> Result<(), FolderProblem> {
        let failed = || FolderProblem::io("look at a request");
        let Some(seen) = self.req.look(name).map_err(failed())? else {
            return Ok(());
        };
        let now = Instant::now();
        let since = match self.seen.get(name) {
            Some((last, since)) if *last == seen => *since,
            _ => {
                self.seen.insert(name.clone(), (seen, now));
                now
            }
        };
        let unchanged = now.duration_since(since);
        if unchanged < self.settings.settle {
            return Ok(());
        }
        if !seen.plain {
            return self.refuse(name, Refusal::Kind, None);
        }
        let (bytes, at_reading) = match self.req.read(name, MAX_BYTES) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            // Not ours to read yet, or a link put in its place meanwhile.
            Err(error)
                if error.kind() == std::io::ErrorKind::PermissionDenied
                    && unchanged < self.settings.half_written =>
            {
                return Ok(());
            }
            Err(_) => return self.refuse(name, Refusal::Kind, None),
        };
        if at_reading != seen {
            return Ok(());
        }
        let Some((text, request)) = name
            .to_str()
            .and_then(|text| Some((text, names::request(text)?)))
        else {
            return self.refuse(name, Refusal::Name, None);
        };
        if bytes.len() > MAX_BYTES {
            return self.refuse(name, Refusal::TooLarge, None);
        }
        match MessageTree::from_xml(&bytes) {
            Ok(message) => self.take(text, &request, &message, charset_of(&bytes)),
            Err(OqsError::Dtd | OqsError::Entity | OqsError::Encoding) => {
                self.refuse(name, Refusal::Unreadable, None)
            }
            // It may still be growing.
            Err(_) if unchanged < self.settings.half_written => Ok(()),
            Err(_) if ends_early(&bytes) => self.refuse(name, Refusal::HalfWritten, None),
            Err(_) => self.refuse(name, Refusal::Unreadable, None),
        }
    }

    /// A whole request with a good name.
    fn take(
        &mut self,
        name: &str,
        request: &RequestName,
        message: &MessageTree,
        charset: Charset,
    ) -> Result<(), FolderProblem> {
        let subject = subject_of(name, charset);
        let known = [Charset::Utf8, Charset::ShiftJis]
            .map(|charset| self.store.delivery(&subject_of(name, charset)));
        for known in known {
            if let Some(known) = known? {
                // From before a crash: it was answered, or will be, and only its removal is left.
                let left_over = self.first.contains(OsStr::new(name));
                if left_over
                    && (known.step != DeliveryStep::Planned
                        || request.wanted == Wanted::Qualification)
                {
                    return self.finish(name, Then::Remove);
                }
                if !left_over {
                    return self.refuse(OsStr::new(name), Refusal::NameUsed, Some(message));
                }
            }
        }
        let institution = self.settings.institution_code.clone();
        match request.wanted {
            Wanted::Qualification => {
                let Ok(request_json) = numbers::single(message, &institution) else {
                    return self.refuse(OsStr::new(name), Refusal::NotByNumber, Some(message));
                };
                let new = NewInquiry {
                    client: FOLDERS.into(),
                    key: name.into(),
                    request_json,
                };
                self.store.queue_inquiry(new, self.now())?;
                self.note(
                    &subject,
                    &format!("{}.xml", request.answer),
                    DeliveryStep::Planned,
                )?;
                self.finish(name, Then::Remove)
            }
            Wanted::Bulk => {
                let Ok(requests) = numbers::many(message, &institution) else {
                    return self.refuse(OsStr::new(name), Refusal::NotByNumber, Some(message));
                };
                let new = NewBulk {
                    client: FOLDERS.into(),
                    key: name.into(),
                    requests,
                    header_json: numbers::header_json(message),
                };
                let id = self.store.begin_bulk(new, self.now())?;
                let answer = match self.store.bulk(id)? {
                    Some(job) => self.frame(charset).reception(&job),
                    None => None,
                };
                self.answer_now(
                    name,
                    &subject,
                    &format!("{}.xml", request.answer),
                    answer,
                    Then::Remove,
                )
            }
            Wanted::BulkFetch => self.fetch(name, request, message, charset),
        }
    }

    /// The second phase: "still working", or everything.
    fn fetch(
        &mut self,
        name: &str,
        request: &RequestName,
        message: &MessageTree,
        charset: Charset,
    ) -> Result<(), FolderProblem> {
        let reception = message
            .text("MessageBody", "ReceptionNumber")
            .unwrap_or_default()
            .trim()
            .to_owned();
        let job = self
            .store
            .bulk_by_reception(&reception)?
            .filter(|job| job.client == FOLDERS);
        let Some(job) = job else {
            return self.refuse(OsStr::new(name), Refusal::Reception, Some(message));
        };
        let subject = subject_of(name, charset);
        if !job.done {
            let answer = self.frame(charset).working(&job);
            return self.answer_now(
                name,
                &subject,
                &format!("{}.xml", request.answer),
                answer,
                Then::Remove,
            );
        }
        let mut answers = Vec::new();
        loop {
            let from = u32::try_from(answers.len()).unwrap_or(u32::MAX);
            let page = self.store.bulk_answers(job.id, from, PAGE)?;
            let last = page.len() < PAGE;
            answers.extend(page);
            if last {
                break;
            }
        }
        self.store
            .record_bulk_reading(job.id, FOLDERS, answers.len(), self.now())?;
        let xml = self.frame(charset).bulk(&job, &answers);
        let inner = format!("{}.xml", request.answer);
        let (file, bytes) = if self.settings.bulk_zip {
            (
                format!("{}.zip", request.answer),
                xml.and_then(|xml| zip::wrap(&inner, &xml)),
            )
        } else {
            (inner, xml)
        };
        self.answer_now(name, &subject, &file, bytes, Then::Remove)
    }

    /// Answers a bad request with an error file and keeps it in `req/rejected/`.
    fn refuse(
        &mut self,
        name: &OsStr,
        refusal: Refusal,
        message: Option<&MessageTree>,
    ) -> Result<(), FolderProblem> {
        let (code, ja, en) = refusal.about();
        let shown = name.to_string_lossy().into_owned();
        tracing::warn!(code, file = ?shown, "a request file was refused: {en}");
        // The same file after a crash is the same refusal, and is answered once.
        let subject = format!(
            "req:rejected {} {}",
            self.identity(name)?,
            harmless(name, 30)
        );
        let known = self.store.delivery(&subject)?;
        let number = self.store.next_number("rejected-files")?;
        if known
            .as_ref()
            .is_some_and(|known| known.step != DeliveryStep::Planned)
        {
            return self.put_away(name, Then::Reject, number);
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
        let bytes = self
            .frame(self.settings.charset)
            .error(code, ja, identifier);
        let now = self.now();
        let detail = json!({"file": harmless(name, 60), "code": code});
        self.store.record("request-file-refused", &detail, now)?;
        self.answer_now_as(name, &subject, &answer, bytes, Then::Reject, number)
    }

    /// What a file is known by after a crash.
    fn identity(&self, name: &OsStr) -> Result<String, FolderProblem> {
        let seen = self
            .req
            .look(name)
            .map_err(FolderProblem::io("look at a request"))?;
        Ok(seen.map_or_else(String::new, |seen| seen.identity()))
    }

    fn answer_now(
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
        // A name that was given to another answer before is not used again, whatever a request is called.
        let answer =
            match self
                .store
                .note_delivery(subject, answer, DeliveryStep::Planned, self.now())
            {
                Ok(()) => answer.to_owned(),
                Err(crate::StoreError::Unacceptable(_)) => {
                    let number = self.store.next_number("rejected-files")?;
                    let other = format!("{}.xml", names::error_answer(answer, number));
                    self.note(subject, &other, DeliveryStep::Planned)?;
                    other
                }
                Err(error) => return Err(error.into()),
            };
        let delivery = DeliveryRecord {
            subject: subject.to_owned(),
            name: answer,
            step: DeliveryStep::Planned,
            moved_at: self.now(),
        };
        self.stage(&delivery, &bytes)?;
        self.put_away(name, then, number)?;
        self.uncover(&self.res, &delivery)
    }

    fn stage(&self, delivery: &DeliveryRecord, bytes: &[u8]) -> Result<(), FolderProblem> {
        let name = format!(".uketsuke-{}.tmp", delivery.name);
        self.res
            .write(&name, bytes)
            .map_err(FolderProblem::io("write an answer"))?;
        self.note(&delivery.subject, &delivery.name, DeliveryStep::Ready)
    }

    fn finish(&mut self, name: &str, then: Then) -> Result<(), FolderProblem> {
        self.put_away(OsStr::new(name), then, 0)
    }

    /// Removes a request that was taken, or keeps one that was refused.
    fn put_away(&mut self, name: &OsStr, then: Then, number: u64) -> Result<(), FolderProblem> {
        let failed = || FolderProblem::io("put a request away");
        let gone = match then {
            Then::Remove => match name.to_str() {
                Some(name) => self.req.remove(name),
                None => Ok(()),
            },
            Then::Reject => {
                let kept = format!("{:06}_{}", number, harmless(name, 60));
                self.req.move_to(name, &self.rejected, &kept)
            }
        };
        match gone {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed()(error)),
            _ => {
                self.seen.remove(name);
                self.first.remove(name);
                Ok(())
            }
        }
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

/// The encoding that a request declares, for its answer.
fn charset_of(bytes: &[u8]) -> Charset {
    let head: String = bytes
        .iter()
        .take(200)
        .map(|byte| char::from(*byte).to_ascii_lowercase())
        .collect();
    let declaration = head.split("?>").next().unwrap_or_default();
    let japanese = [
        "shift_jis",
        "shift-jis",
        "sjis",
        "windows-31j",
        "cp932",
        "ms932",
    ];
    if japanese.iter().any(|name| declaration.contains(name)) {
        Charset::ShiftJis
    } else {
        Charset::Utf8
    }
}

/// Whether a file that can't be read just ends too early.
fn ends_early(bytes: &[u8]) -> bool {
    let end = bytes.trim_ascii_end();
    !end.ends_with(b"</XmlMsg>")
}
