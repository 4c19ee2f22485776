//! The gateway: looks at `req/`, brings answers to `res/` and results of visits to `face/`, each exactly once. What goes wrong with one
//! entry or one delivery holds up no other.

use super::answers;
use super::counter::{FolderCounter, UnderWay};
use super::dir::{Folder, Seen};
use super::hidden::random_suffix;
use super::problem::{First, FolderProblem};
use super::{DeliveryRecord, DeliveryStep, FolderSettings, FolderStore, faces};
use crate::config::Clock;
use oqs::Charset;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A problem that stays is said again after so long.
const SAY_AGAIN: Duration = Duration::from_secs(600);
/// Problems remembered as said.
const SAID: usize = 1000;

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
    /// Content of the request that is looked at.
    pub(crate) content: Vec<u8>,
    /// Requests that this gateway has begun, by identity.
    pub(crate) begun: BTreeMap<OsString, String>,
    /// Requests that were answered and can't be moved away, by identity, and when that was tried last.
    pub(crate) stuck: BTreeMap<OsString, (String, Instant)>,
    /// Requests that the counter works on.
    pub(crate) under_way: BTreeMap<OsString, UnderWay>,
    /// The counter; without one what it answers is refused.
    pub(crate) counter: Option<FolderCounter>,
    /// When `req/rejected/` was last looked through.
    pub(crate) purged: Option<Instant>,
    /// Whether a hidden file may have been left in `res` or `face`.
    pub(crate) untidy: bool,
    /// Makes what nobody can guess in hidden names.
    pub(crate) suffixes: fn() -> io::Result<String>,
    /// Number of the newest event when the owners of written files were last looked at.
    owners_at: Option<u64>,
    said: BTreeMap<String, Instant>,
}

impl FolderGateway {
    /// A gateway; the folders are opened by the first pass, and again whenever they are not those of before.
    pub fn open(store: Arc<dyn FolderStore>, settings: FolderSettings, clock: Clock) -> Self {
        Self {
            req: Folder::at("req", &settings.req),
            rejected: Folder::at("rejected", &settings.req.join("rejected")),
            res: Folder::at("res", &settings.res),
            face: settings.face.as_ref().map(|path| Folder::at("face", path)),
            store,
            settings,
            clock,
            seen: BTreeMap::new(),
            content: Vec::new(),
            begun: BTreeMap::new(),
            stuck: BTreeMap::new(),
            under_way: BTreeMap::new(),
            counter: None,
            purged: None,
            untidy: true,
            suffixes: random_suffix,
            owners_at: None,
            said: BTreeMap::new(),
        }
    }

    /// The same with a counter, which answers what is not a lookup by number.
    #[must_use]
    pub fn with_counter(mut self, counter: Option<FolderCounter>) -> Self {
        self.counter = counter;
        self
    }

    /// The same with hidden names that can be told beforehand: for a proof that has to make the same system calls each time, never for a
    /// terminal.
    #[must_use]
    pub fn with_suffixes(mut self, make: fn() -> io::Result<String>) -> Self {
        self.suffixes = make;
        self
    }

    /// One pass: new requests, results of visits, deliveries under way.
    ///
    /// # Errors
    /// The first problem; everything that it does not concern was done, and the next pass tries again.
    pub fn pass(&mut self) -> Result<(), FolderProblem> {
        let mut first = First::default();
        self.know_the_folders(&mut first);
        if self.req.known {
            self.look_at_requests(&mut first);
        }
        if let Err(problem) = faces::plan(self) {
            self.failed("results of visits", problem, &mut first);
        }
        if let Err(problem) = self.deliver_all(&mut first) {
            self.failed("deliveries", problem, &mut first);
        }
        if let Err(problem) = self.tidy() {
            self.failed("hidden files", problem, &mut first);
        }
        if let Err(problem) = self.purge_rejected() {
            self.failed("req/rejected", problem, &mut first);
        }
        first.outcome()
    }

    fn deliver_all(&mut self, first: &mut First) -> Result<(), FolderProblem> {
        // An owner changes only with an event.
        let newest = self.store.latest_event_seq()?;
        let owners = self.owners_at != Some(newest);
        let mut all: Vec<DeliveryRecord> = Vec::new();
        loop {
            let after = all.last().map_or("", |last| last.subject.as_str());
            let page = self.store.open_deliveries(after)?;
            if page.is_empty() {
                break;
            }
            all.extend(page);
        }
        all.sort_by_key(|delivery| delivery.moved_at);
        let mut through = true;
        for delivery in all {
            if let Err(problem) = self.deliver(&delivery, owners) {
                through = false;
                self.failed(&delivery.name, problem, first);
            }
        }
        if through {
            self.owners_at = Some(newest);
        }
        Ok(())
    }

    /// A problem with one thing: said, but not over and over, and kept when it is the first of this pass.
    pub(crate) fn failed(&mut self, with: &str, problem: FolderProblem, first: &mut First) {
        if self.is_new(&format!("{with} {problem}")) {
            let cause = std::error::Error::source(&problem).map(ToString::to_string);
            let code = problem.code();
            if matches!(problem, FolderProblem::Unknown { .. }) {
                tracing::error!(code, with = ?with, %problem, cause, "the folders: tried again");
            } else {
                tracing::warn!(code, with = ?with, %problem, cause, "the folders: tried again");
            }
        }
        first.keep(problem);
    }

    /// Whether something was not said lately.
    pub(crate) fn is_new(&mut self, what: &str) -> bool {
        let now = Instant::now();
        if self.said.len() >= SAID {
            self.said.clear();
        }
        match self.said.get(what) {
            Some(said) if now.duration_since(*said) < SAY_AGAIN => false,
            _ => {
                self.said.insert(what.to_owned(), now);
                true
            }
        }
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
}
