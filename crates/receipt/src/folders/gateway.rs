//! The gateway's thread: looks at `req/`, brings answers to `res/` and results of visits to `face/`, each exactly once.
//!
//! A delivery goes through durable steps ([`super::DeliveryStep`]): name chosen, content durable under a hidden name, renamed. After a crash each
//! step is known, so nothing is written twice under two names and nothing is forgotten. What disappears from the folder was taken, and
//! only then is the result acknowledged.

use super::dir::{Folder, Seen};
use super::{DeliveryRecord, DeliveryStep, FOLDERS, FolderSettings, FolderStore, answers, faces};
use crate::config::Clock;
use crate::store::StoreError;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use oqs::Charset;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Between two looks at the store's events and the order to stop.
const NAP: Duration = Duration::from_millis(100);
/// A pause after a pass that failed, so that a full disk is not asked over and over.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Why a pass over the folders did not get through.
#[derive(Debug, thiserror::Error)]
pub enum FolderProblem {
    /// A folder can't be read or written.
    #[error("the folder {what} can't be used")]
    Io {
        /// Which one, or what was done there.
        what: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The store refused.
    #[error("the store refused")]
    Store(#[from] StoreError),
}

impl FolderProblem {
    /// The stable code, documented in docs/errors.md.
    pub fn code(&self) -> &'static str {
        "UK-RCPT-031"
    }

    pub(crate) fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}

/// The open folders and what is known of them.
pub struct FolderGateway {
    pub(crate) store: Arc<dyn FolderStore>,
    pub(crate) settings: FolderSettings,
    pub(crate) clock: Clock,
    pub(crate) req: Folder,
    pub(crate) rejected: Folder,
    pub(crate) res: Folder,
    pub(crate) face: Option<Folder>,
    /// Files that were seen and how they looked, since when.
    pub(crate) seen: BTreeMap<OsString, (Seen, Instant)>,
    /// Files that were there when the gateway began: what is known of them may be from before a crash.
    pub(crate) first: BTreeSet<OsString>,
}

impl FolderGateway {
    /// Opens the folders.
    ///
    /// # Errors
    /// One of them can't be made or opened.
    pub fn open(
        store: Arc<dyn FolderStore>,
        settings: FolderSettings,
        clock: Clock,
    ) -> Result<Self, FolderProblem> {
        let req = Folder::open(&settings.req).map_err(FolderProblem::io("req"))?;
        let rejected = req
            .inside("rejected")
            .map_err(FolderProblem::io("req/rejected"))?;
        let res = Folder::open(&settings.res).map_err(FolderProblem::io("res"))?;
        let face = match &settings.face {
            Some(path) => Some(Folder::open(path).map_err(FolderProblem::io("face"))?),
            None => None,
        };
        let first = req
            .names()
            .map_err(FolderProblem::io("req"))?
            .into_iter()
            .collect();
        Ok(Self {
            store,
            settings,
            clock,
            req,
            rejected,
            res,
            face,
            seen: BTreeMap::new(),
            first,
        })
    }

    /// One pass: new requests, results of visits, deliveries under way.
    ///
    /// # Errors
    /// What stopped it; the next pass goes on from there.
    pub fn pass(&mut self) -> Result<(), FolderProblem> {
        self.look_at_requests()?;
        faces::plan(self)?;
        for delivery in self.store.open_deliveries()? {
            self.deliver(&delivery)?;
        }
        Ok(())
    }

    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }

    pub(crate) fn frame(&self, charset: Charset) -> answers::Frame<'_> {
        answers::Frame {
            institution: &self.settings.institution_code,
            now: self.now(),
            simulated: self.settings.simulated,
            charset,
        }
    }

    pub(crate) fn note(
        &self,
        subject: &str,
        name: &str,
        step: DeliveryStep,
    ) -> Result<(), FolderProblem> {
        Ok(self.store.note_delivery(subject, name, step, self.now())?)
    }

    fn target(&self, subject: &str) -> Option<&Folder> {
        if answered_name(subject).is_some() {
            Some(&self.res)
        } else {
            self.face.as_ref()
        }
    }

    /// Brings a delivery one or more steps further.
    fn deliver(&self, delivery: &DeliveryRecord) -> Result<(), FolderProblem> {
        let Some(folder) = self.target(&delivery.subject) else {
            return Ok(());
        };
        match delivery.step {
            DeliveryStep::Planned => match self.content(delivery)? {
                Some(bytes) => self.publish(folder, delivery, &bytes),
                None => Ok(()),
            },
            DeliveryStep::Ready => self.uncover(folder, delivery),
            DeliveryStep::Written => self.watch_over(folder, delivery),
            DeliveryStep::Taken | DeliveryStep::Uncollected => Ok(()),
        }
    }

    /// The bytes of a planned delivery; `None` while there is no answer yet.
    fn content(&self, delivery: &DeliveryRecord) -> Result<Option<Vec<u8>>, FolderProblem> {
        let Some((name, charset)) = answered_name(&delivery.subject) else {
            let record = self.store.result(&delivery.subject)?;
            return Ok(record.and_then(|record| self.rendered(&record, self.settings.charset)));
        };
        let Some(inquiry) = self.store.inquiry_by_key(name)? else {
            // An answer that is made at once; its request is still there and is looked at again.
            return Ok(None);
        };
        match (inquiry.state, &inquiry.result_id) {
            (crate::InquiryState::Answered, Some(result)) => {
                let record = self.store.result(result)?;
                Ok(record.and_then(|record| self.rendered(&record, charset)))
            }
            (crate::InquiryState::Failed, _) => {
                let sentence = "オンライン資格確認から回答を得られませんでした。";
                Ok(self.frame(charset).error(&inquiry.code, sentence, None))
            }
            _ => Ok(None),
        }
    }

    fn rendered(&self, record: &crate::ResultRecord, charset: Charset) -> Option<Vec<u8>> {
        if record.simulated != self.settings.simulated {
            tracing::error!(
                code = "UK-RCPT-018",
                result = record.id,
                "a result of the other world was refused"
            );
            return None;
        }
        let Some((bytes, lost)) = answers::single(record, charset) else {
            tracing::error!(
                code = "UK-RCPT-019",
                result = record.id,
                "a stored result cannot be rendered"
            );
            return None;
        };
        if lost > 0 {
            tracing::warn!(
                result = record.id,
                lost,
                "characters that Shift_JIS lacks stand as a geta mark in the file"
            );
        }
        Some(bytes)
    }

    /// From planned to written: hidden file, flushed; noted; renamed; noted.
    fn publish(
        &self,
        folder: &Folder,
        delivery: &DeliveryRecord,
        bytes: &[u8],
    ) -> Result<(), FolderProblem> {
        let failed = || FolderProblem::io("write an answer");
        folder
            .write(&hidden(&delivery.name), bytes)
            .map_err(failed())?;
        self.note(&delivery.subject, &delivery.name, DeliveryStep::Ready)?;
        self.uncover(folder, delivery)
    }

    /// Gives a whole hidden file its name. If it is hidden no longer, it was renamed before a crash, and taken if it is gone.
    pub(crate) fn uncover(
        &self,
        folder: &Folder,
        delivery: &DeliveryRecord,
    ) -> Result<(), FolderProblem> {
        let failed = || FolderProblem::io("rename an answer");
        let name = hidden(&delivery.name);
        if folder.has(&name).map_err(failed())? {
            match folder.move_to(name.as_ref(), folder, &delivery.name) {
                Ok(()) => {}
                // Something that is not ours stands there: it is not replaced, and the answer waits.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(()),
                Err(error) => return Err(failed()(error)),
            }
        }
        self.note(&delivery.subject, &delivery.name, DeliveryStep::Written)
    }

    /// A written file that has gone was taken; one that stays too long is removed, and staff is told.
    fn watch_over(&self, folder: &Folder, delivery: &DeliveryRecord) -> Result<(), FolderProblem> {
        let failed = || FolderProblem::io("look after an answer");
        let now = self.now();
        let stay = i64::try_from(self.settings.stay.as_millis()).unwrap_or(i64::MAX);
        let step = if !folder.has(&delivery.name).map_err(failed())? {
            // Whoever took it may not have made that durable: after a power cut the file must not be there again, noted as taken.
            folder.sync().map_err(failed())?;
            DeliveryStep::Taken
        } else if now.saturating_sub(delivery.moved_at) > stay {
            folder.remove(&delivery.name).map_err(failed())?;
            DeliveryStep::Uncollected
        } else {
            return Ok(());
        };
        let result = match answered_name(&delivery.subject) {
            None => Some(delivery.subject.clone()),
            Some((name, _)) => self
                .store
                .inquiry_by_key(name)?
                .and_then(|inquiry| inquiry.result_id),
        };
        if let Some(result) = result {
            match step {
                DeliveryStep::Taken => settled(self.store.acknowledge(&result, FOLDERS, now))?,
                _ => settled(self.store.uncollected(&result, now))?,
            }
        }
        self.note(&delivery.subject, &delivery.name, step)
    }
}

/// An owner that changed meanwhile (released by staff, say) leaves nothing to be done here.
fn settled(done: Result<(), StoreError>) -> Result<(), StoreError> {
    match done {
        Err(
            StoreError::NotOwner(_)
            | StoreError::NotClaimed
            | StoreError::NotFound
            | StoreError::AlreadyAcknowledged,
        ) => Ok(()),
        other => other,
    }
}

/// The name under which a file is written before it gets its own.
fn hidden(name: &str) -> String {
    format!(".uketsuke-{name}.tmp")
}

/// Subject of the answer to a request file.
pub(crate) fn subject_of(name: &str, charset: Charset) -> String {
    match charset {
        Charset::Utf8 => format!("req:{name}"),
        Charset::ShiftJis => format!("req-sjis:{name}"),
    }
}

/// The request file's name behind such a subject, and the encoding of its answer.
fn answered_name(subject: &str) -> Option<(&str, Charset)> {
    if let Some(name) = subject.strip_prefix("req:") {
        return Some((name, Charset::Utf8));
    }
    let name = subject.strip_prefix("req-sjis:")?;
    Some((name, Charset::ShiftJis))
}

/// Serves the folders until `stop` says so. Blocks; to be called on a thread of its own. What fails is logged and tried again.
///
/// # Errors
/// The folders can't be opened at the start.
pub fn serve_folders(
    store: Arc<dyn FolderStore>,
    settings: FolderSettings,
    clock: Clock,
    stop: &watch::Receiver<bool>,
) -> Result<(), FolderProblem> {
    let wait = settings.poll;
    let mut news = store.event_watch();
    let changes = watch_requests(&settings);
    let mut gateway = FolderGateway::open(store, settings, clock)?;
    let mut failing = false;
    while !*stop.borrow() {
        news.mark_unchanged();
        match gateway.pass() {
            Ok(()) => failing = false,
            Err(problem) => {
                let cause = std::error::Error::source(&problem).map(ToString::to_string);
                if !failing {
                    tracing::warn!(code = problem.code(), %problem, cause, "the folders: tried again");
                }
                failing = true;
            }
        }
        let until = Instant::now() + if failing { AFTER_FAILURE } else { wait };
        while Instant::now() < until && !*stop.borrow() {
            if nap(changes.as_ref()) || (!failing && news.has_changed().unwrap_or(false)) {
                break;
            }
        }
    }
    Ok(())
}

/// Watches `req/`; without (a network file system, too many watches) the folder is looked at by the clock alone.
fn watch_requests(settings: &FolderSettings) -> Option<Inotify> {
    let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK).ok()?;
    let what = AddWatchFlags::IN_CLOSE_WRITE | AddWatchFlags::IN_MOVED_TO;
    std::fs::create_dir_all(&settings.req).ok()?;
    inotify.add_watch(&settings.req, what).ok()?;
    Some(inotify)
}

/// Waits a moment; says whether something was written meanwhile.
fn nap(changes: Option<&Inotify>) -> bool {
    let Some(changes) = changes else {
        std::thread::park_timeout(NAP);
        return false;
    };
    let timeout = PollTimeout::try_from(NAP).unwrap_or(PollTimeout::ZERO);
    let mut fds = [PollFd::new(changes.as_fd(), PollFlags::POLLIN)];
    match poll(&mut fds, timeout) {
        Ok(count) if count > 0 => changes.read_events().is_ok_and(|events| !events.is_empty()),
        _ => false,
    }
}
