//! Request files: left alone until they are whole, understood, queued durably, removed; a bad one is answered with an error file and kept
//! in `req/rejected/`. Nothing a name or a file says leads outside the folders.

use super::answers::Refusal;
use super::deliver::subject_of;
use super::dir::{MAX_ENTRIES, Seen};
use super::gateway::FolderGateway;
use super::mark::is_about_the_mark;
use super::names::{self, RequestName, Wanted};
use super::problem::{First, FolderProblem};
use super::refused::Then;
use super::{DeliveryStep, FOLDERS, zip};
use crate::numbers;
use crate::reason::Reason;
use crate::records::{NewBulk, NewInquiry};
use oqs::limits::MAX_BYTES;
use oqs::{Charset, MessageTree, OqsError};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::time::{Duration, Instant};

/// A request that was answered and can't be moved away is tried again after so long.
const TRY_AGAIN: Duration = Duration::from_secs(60);

impl FolderGateway {
    pub(crate) fn look_at_requests(&mut self, first: &mut First) {
        // What is still being written is left alone, and hides no request, however much of it there is.
        let mut unfinished = Vec::new();
        let found = self.req.names(|name| {
            if name == "rejected" || is_about_the_mark(name) {
                return false;
            }
            let temporary = name.to_str().is_some_and(names::is_temporary);
            if temporary && unfinished.len() < MAX_ENTRIES {
                unfinished.push(name.to_owned());
            }
            !temporary
        });
        let found = match found {
            Ok(found) => found,
            Err(error) => return self.failed("req", FolderProblem::io("req")(error), first),
        };
        if found.more {
            self.failed("req", FolderProblem::Crowded { what: "req" }, first);
        }
        let known: BTreeSet<OsString> = found.names.iter().chain(&unfinished).cloned().collect();
        self.seen.retain(|name, _| known.contains(name));
        self.stuck.retain(|name, _| known.contains(name));
        self.begun.retain(|name, _| known.contains(name));
        self.under_way.retain(|name, _| known.contains(name));
        for name in found.names {
            if let Err(problem) = self.look_at(&name) {
                self.failed(&name.to_string_lossy(), problem, first);
            }
        }
        for name in unfinished {
            if let Err(problem) = self.look_at_unfinished(&name) {
                self.failed(&name.to_string_lossy(), problem, first);
            }
        }
    }

    /// How an entry looks, and for how long it has not changed; `None` when it is gone, or was answered and can't be moved.
    fn unchanged(&mut self, name: &OsString) -> Result<Option<(Seen, Duration)>, FolderProblem> {
        let failed = || FolderProblem::io("look at a request");
        let Some(seen) = self.req.look(name).map_err(failed())? else {
            return Ok(None);
        };
        let now = Instant::now();
        let since = match self.seen.get(name) {
            Some((last, since)) if *last == seen => *since,
            _ => {
                self.seen.insert(name.clone(), (seen, now));
                now
            }
        };
        if let Some((identity, tried)) = self.stuck.get(name)
            && *identity == seen.identity()
            && now.duration_since(*tried) < TRY_AGAIN
        {
            return Ok(None);
        }
        Ok(Some((seen, now.duration_since(since))))
    }

    /// A file under a temporary name: nobody will finish it after so long.
    fn look_at_unfinished(&mut self, name: &OsString) -> Result<(), FolderProblem> {
        match self.unchanged(name)? {
            Some((seen, unchanged)) if seen.plain && unchanged >= self.settings.unfinished => {
                self.refuse(name, Refusal::HalfWritten, None, self.settings.charset)
            }
            _ => Ok(()),
        }
    }

    fn look_at(&mut self, name: &OsString) -> Result<(), FolderProblem> {
        let Some((seen, unchanged)) = self.unchanged(name)? else {
            return Ok(());
        };
        if unchanged < self.settings.settle {
            return Ok(());
        }
        let usual = self.settings.charset;
        if !seen.plain {
            return self.refuse(name, Refusal::Kind, None, usual);
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
            // Nobody's fault but the disk's: a good request must not be refused for it.
            Err(error) if !is_not_for_us(&error) => {
                return Err(FolderProblem::io("read a request")(error));
            }
            Err(_) => return self.refuse(name, Refusal::Kind, None, usual),
        };
        if at_reading != seen {
            return Ok(());
        }
        let charset = charset_of(&bytes);
        let Some((text, request)) = name
            .to_str()
            .and_then(|text| Some((text, names::request(text)?)))
        else {
            return self.refuse(name, Refusal::Name, None, charset);
        };
        if bytes.len() > MAX_BYTES {
            return self.refuse(name, Refusal::TooLarge, None, charset);
        }
        match MessageTree::from_xml(&bytes) {
            Ok(message) => {
                self.content = bytes;
                let taken = self.take(text, &request, &message, charset);
                self.content = Vec::new();
                taken
            }
            // Whole, and nothing that could still become a message.
            Err(OqsError::Dtd | OqsError::Entity | OqsError::Encoding | OqsError::Root(_)) => {
                self.refuse(name, Refusal::Unreadable, None, charset)
            }
            Err(_) if begins_otherwise(&bytes) => {
                self.refuse(name, Refusal::Unreadable, None, charset)
            }
            // It may still be growing.
            Err(_) if unchanged < self.settings.half_written => Ok(()),
            Err(_) if ends_early(&bytes) => self.refuse(name, Refusal::HalfWritten, None, charset),
            Err(_) => self.refuse(name, Refusal::Unreadable, None, charset),
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
                // Begun before a crash or a write that failed: it was answered, or will be, and only its removal is left; or it is
                // answered now, under the name that was chosen.
                let identity = self.identity(OsStr::new(name))?;
                let refused = self.store.delivery(&self.refusal(OsStr::new(name))?)?;
                let left_over = refused.is_none() && self.was_begun(name, &identity, known.step)?;
                let unanswered =
                    matches!(known.step, DeliveryStep::Planned | DeliveryStep::Abandoned);
                if left_over && (!unanswered || request.wanted == Wanted::Qualification) {
                    return self.finish(name, Then::Remove);
                }
                if !left_over {
                    return self.refuse(
                        OsStr::new(name),
                        Refusal::NameUsed,
                        Some(message),
                        charset,
                    );
                }
            }
        }
        let institution = self.settings.institution_code.clone();
        match request.wanted {
            Wanted::Qualification => {
                let request_json = match numbers::single(message, &institution) {
                    Ok(request_json) => request_json,
                    Err(why) => return self.not_by_number(name, &why, message, charset),
                };
                let new = NewInquiry {
                    client: FOLDERS.into(),
                    key: name.into(),
                    request_json,
                };
                self.begin_with(OsStr::new(name))?;
                self.store.queue_inquiry(new, self.now())?;
                self.plan(&subject, &format!("{}.xml", request.answer))?;
                self.finish(name, Then::Remove)
            }
            Wanted::Bulk => {
                let requests = match numbers::many(message, &institution) {
                    Ok(requests) => requests,
                    Err(why) => return self.not_by_number(name, &why, message, charset),
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
            Wanted::BulkFetch(kind) => self.fetch(name, request, kind, message, charset),
            Wanted::Reference | Wanted::References | Wanted::Tickets | Wanted::Consented(_) => {
                self.at_the_counter(name, request, message, charset)
            }
            Wanted::Elsewhere => {
                self.refuse(OsStr::new(name), Refusal::Elsewhere, Some(message), charset)
            }
            Wanted::Medical => {
                self.refuse(OsStr::new(name), Refusal::Medical, Some(message), charset)
            }
        }
    }

    fn not_by_number(
        &mut self,
        name: &str,
        why: &Reason,
        message: &MessageTree,
        charset: Charset,
    ) -> Result<(), FolderProblem> {
        let name = OsStr::new(name);
        self.refuse_saying(
            name,
            Refusal::NotByNumber,
            Some(why),
            Some(message),
            charset,
        )
    }

    /// The second phase: "still working", or everything.
    fn fetch(
        &mut self,
        name: &str,
        request: &RequestName,
        kind: &str,
        message: &MessageTree,
        charset: Charset,
    ) -> Result<(), FolderProblem> {
        let reception = message
            .text("MessageBody", "ReceptionNumber")
            .unwrap_or_default()
            .trim()
            .to_owned();
        let job = self.store.bulk_by_reception(&reception)?;
        // What the folders asked themselves, and what the terminal fetched for the whole institution.
        let job = job.filter(|job| job.kind == kind && (job.client == FOLDERS || job.shared));
        let Some(job) = job else {
            return self.refuse(OsStr::new(name), Refusal::Reception, Some(message), charset);
        };
        let subject = subject_of(name, charset);
        if !job.code.is_empty() {
            let answer = self.frame(charset).error(&job.code, JOB_FAILED, None);
            return self.answer_now(
                name,
                &subject,
                &format!("{}.xml", request.answer),
                answer,
                Then::Remove,
            );
        }
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
        let answers = crate::bulk::all_answers(self.store.as_ref(), job.id)?;
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
}

const JOB_FAILED: &str = "一括処理が失敗しました。もう一度要求してください。";

/// Whether reading failed because of what the entry is, not because of the disk.
fn is_not_for_us(error: &std::io::Error) -> bool {
    use nix::libc::{ELOOP, ENODEV, ENXIO};
    let kind = matches!(
        error.kind(),
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::InvalidInput
    );
    kind || matches!(error.raw_os_error(), Some(ELOOP | ENODEV | ENXIO))
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

/// Whether a file begins with something that no XML begins with, so that nothing written behind it makes it one. Zeros may be room that is
/// still to be filled, and a mark of the encoding may be cut.
fn begins_otherwise(bytes: &[u8]) -> bool {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let text = bytes.strip_prefix(MARK).unwrap_or(bytes);
    match text.trim_ascii_start().first() {
        None | Some(b'<' | 0) => false,
        Some(_) => !MARK.starts_with(bytes),
    }
}

/// Whether a file that can't be read just ends too early.
fn ends_early(bytes: &[u8]) -> bool {
    let end = bytes.trim_ascii_end();
    !end.ends_with(b"</XmlMsg>")
}
