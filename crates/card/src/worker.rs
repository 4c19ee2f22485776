//! The device thread: takes commands, holds the one open session, answers. It never waits without a limit.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use crate::allowlist::Credential;
use crate::api::{CardAnswer, CardCommand, CardEvent, CardKind, Clock, VerifyOutcome};
use crate::certificate::Roots;
use crate::error::CardError;
use crate::hang::Hang;
use crate::holder::holders;
use crate::issuers::IssuerKeys;
use crate::leaves::{Leaves, Left};
use crate::monitor::{ReaderRules, deliver};
use crate::pinless::PinlessAuthenticator;
use crate::pulse::Pulse;
use crate::secret::Secret;
use crate::session::{Found, Presented, Session};
use crate::stop::Stop;
use crate::timed::{Limits, LinkThreads};
use crate::transport::{LinkError, Readers};

/// How often an idle session is checked for departures.
const TICK: Duration = Duration::from_millis(100);

/// Longest time that one command of the daemon's may keep the card busy, a recovery included; with the power-offs
/// this stays below the twenty seconds after which the daemon gives an answer up.
const STEP: Duration = Duration::from_secs(15);
/// The same as a multiple of the time limit of one card command, where that is short.
const STEP_EXCHANGES: u32 = 4;

/// What the worker needs and never changes.
pub(crate) struct Surroundings {
    pub(crate) readers: Arc<dyn Readers>,
    pub(crate) rules: ReaderRules,
    pub(crate) issuers: IssuerKeys,
    pub(crate) roots: Roots,
    pub(crate) apdu_timeout: Duration,
    pub(crate) extended_readers: Vec<String>,
    pub(crate) clock: Clock,
    pub(crate) leaves: Arc<Leaves>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) stop: Arc<Stop>,
}

/// The visit that has the reader.
struct Holder {
    visit: u64,
    reader: String,
    /// Departures after this mark end the session.
    mark: u64,
    /// `None` once the session is over; then `over` says why.
    session: Option<Session>,
    over: CardError,
}

pub(crate) struct Worker {
    around: Surroundings,
    pinless: Option<Box<dyn PinlessAuthenticator>>,
    events: SyncSender<CardEvent>,
    threads: LinkThreads,
    hang: Hang,
    sessions: u64,
    /// When the step under way must have ended.
    deadline: Instant,
    holder: Option<Holder>,
    outbox: VecDeque<CardEvent>,
}

impl Worker {
    pub(crate) fn new(
        around: Surroundings,
        pinless: Option<Box<dyn PinlessAuthenticator>>,
        hang: Hang,
        events: SyncSender<CardEvent>,
    ) -> Self {
        Self {
            around,
            pinless,
            events,
            threads: LinkThreads::default(),
            hang,
            sessions: 0,
            deadline: Instant::now(),
            holder: None,
            outbox: VecDeque::new(),
        }
    }

    /// Runs until stopped, until nobody listens, or until the handle is gone.
    pub(crate) fn run(mut self, commands: &Receiver<CardCommand>) {
        while !self.around.stop.is_stopped() {
            match commands.recv_timeout(TICK) {
                Ok(CardCommand::Shutdown) | Err(RecvTimeoutError::Disconnected) => {
                    self.around.stop.stop();
                    self.around.readers.cancel();
                    break;
                }
                Ok(command) => {
                    self.notice_departures();
                    self.handle(command);
                }
                Err(RecvTimeoutError::Timeout) => self.notice_departures(),
            }
            let own = usize::from(self.holder.as_ref().is_some_and(|h| h.session.is_some()));
            let looked = self.hang.look(&self.threads, own);
            self.outbox.extend(looked);
            if self.around.pulse.falls_silent() {
                let detail = "the smart card service does not answer".to_owned();
                self.outbox.push_back(CardEvent::ServiceDown { detail });
            }
            while let Some(event) = self.outbox.pop_front() {
                if !deliver(&self.events, &self.around.stop, event) {
                    self.close();
                    return;
                }
            }
        }
        self.close();
    }

    fn handle(&mut self, command: CardCommand) {
        let step = self
            .around
            .apdu_timeout
            .saturating_mul(STEP_EXCHANGES)
            .min(STEP);
        self.deadline = Instant::now() + step;
        match command {
            CardCommand::Begin { visit, reader } => self.begin(visit, reader),
            CardCommand::VerifyPin { visit, pin } => {
                self.verify(visit, Credential::Pin, &pin, CardAnswer::Pin);
            }
            CardCommand::VerifyMatchingNumber { visit, number } => self.verify(
                visit,
                Credential::MatchingNumber,
                &number,
                CardAnswer::MatchingNumber,
            ),
            CardCommand::ReadPhoto { visit } => self.step(visit, |session, worker| {
                session
                    .read_photo(&worker.around.issuers)
                    .map(CardAnswer::Photo)
            }),
            CardCommand::Prove { visit, nonce, how } => self.step(visit, |session, worker| {
                session
                    .prove(&nonce, how, worker.pinless.as_deref_mut())
                    .map(CardAnswer::Proof)
            }),
            CardCommand::End { visit } => {
                if self
                    .holder
                    .as_ref()
                    .is_some_and(|holder| holder.visit == visit)
                {
                    self.close();
                }
                self.answer(visit, CardAnswer::Ended);
            }
            CardCommand::Shutdown => {}
        }
    }

    fn begin(&mut self, visit: u64, reader: String) {
        self.close();
        if let Err(reason) = self.around.rules.check(&reader) {
            self.answer(visit, CardAnswer::Failed(CardError::ReaderRefused(reason)));
            return;
        }
        let mark = self.around.leaves.mark();
        let (session, found) = match self.open(&reader) {
            Ok(opened) => opened,
            Err(CardError::Link(LinkError::Mute)) => {
                self.answer(visit, CardAnswer::NotUsable(CardKind::NoChip));
                return;
            }
            Err(error) => {
                self.answer(visit, CardAnswer::Failed(error));
                return;
            }
        };
        match found {
            Found::Usable(identity) => {
                let over = CardError::NoSession;
                self.holder = Some(Holder {
                    visit,
                    reader,
                    mark,
                    session: Some(session),
                    over,
                });
                self.answer(visit, CardAnswer::Identified(identity));
            }
            Found::Other(kind) => {
                session.close();
                self.answer(visit, CardAnswer::NotUsable(kind));
            }
        }
    }

    /// A new power-on session, identified.
    fn open(&mut self, reader: &str) -> Result<(Session, Found), CardError> {
        let opened = self.open_and_identify(reader);
        if let Err(error) = &opened {
            self.hang.note(reader, error);
        }
        opened.map_err(|error| match error {
            CardError::Link(LinkError::Busy) => CardError::Held {
                by: holders(Path::new("/proc")).first().map(ToString::to_string),
            },
            other => other,
        })
    }

    fn open_and_identify(&mut self, reader: &str) -> Result<(Session, Found), CardError> {
        self.sessions += 1;
        let around = &self.around;
        let limits = Limits {
            each: around.apdu_timeout,
            until: self.deadline,
            stop: Arc::clone(&around.stop),
        };
        let mut session = Session::open(
            &around.readers,
            reader,
            self.sessions,
            limits,
            &self.threads,
        )?;
        let extended = &around.extended_readers;
        session.allow_extended(extended.iter().any(|part| reader.contains(part.as_str())));
        match session.identify(&around.roots) {
            Ok(found) => Ok((session, found)),
            Err(error) => {
                session.close();
                Err(error)
            }
        }
    }

    /// Runs one step of the open session and answers; ends the session when its link has failed.
    fn step(
        &mut self,
        visit: u64,
        step: impl FnOnce(&mut Session, &mut Self) -> Result<CardAnswer, CardError>,
    ) {
        let mut session = match self.take_session(visit) {
            Ok(session) => session,
            Err(error) => {
                self.answer(visit, CardAnswer::Failed(error));
                return;
            }
        };
        let result = step(&mut session, self);
        // A departure seen meanwhile voids even what was read completely (invariant 16).
        let result = match session.fault().or_else(|| self.departure()) {
            Some(fault) => Err(fault),
            None => result,
        };
        match result {
            Err(error) if error.ends_session() => self.end_session(session, error),
            other => {
                self.put_back(session);
                self.answer(visit, other.unwrap_or_else(CardAnswer::Failed));
            }
        }
    }

    fn verify(
        &mut self,
        visit: u64,
        credential: Credential,
        entry: &Secret,
        answer: fn(VerifyOutcome) -> CardAnswer,
    ) {
        let mut session = match self.take_session(visit) {
            Ok(session) => session,
            Err(error) => {
                self.answer(visit, CardAnswer::Failed(error));
                return;
            }
        };
        match session.present(credential, entry, (self.around.clock)()) {
            Ok(Presented::Outcome(outcome)) => {
                self.put_back(session);
                self.answer(visit, answer(outcome));
            }
            Ok(Presented::Lost(error)) => {
                let (tries_left, session) = self.recover(session, credential, error);
                self.answer(
                    visit,
                    answer(VerifyOutcome::Unknown {
                        tries_left,
                        session,
                    }),
                );
            }
            Err(error) if error.ends_session() => self.end_session(session, error),
            Err(error) => {
                self.put_back(session);
                self.answer(visit, CardAnswer::Failed(error));
            }
        }
    }

    /// After a VERIFY whose verdict was lost: reads the counter in a new power-on session. The visit goes
    /// on in that session if it is the same card and nothing of the old session is in use (a photo
    /// would be: invariant 16); otherwise the next command of the visit fails with `error`. Gives the tries
    /// left and the number of the session in which the visit goes on.
    fn recover(
        &mut self,
        old: Session,
        credential: Credential,
        error: CardError,
    ) -> (Option<u8>, Option<u64>) {
        let certificate = old.certificate_der().map(<[u8]>::to_vec);
        let reusable = !old.photo_given() && certificate.is_some();
        old.close();
        let Some(holder) = self.holder.as_mut() else {
            return (None, None);
        };
        self.hang.note(&holder.reader, &error);
        holder.over = error;
        let reader = holder.reader.clone();
        if self.departure().is_some() {
            return (None, None);
        }
        let Ok((mut session, found)) = self.open(&reader) else {
            return (None, None);
        };
        let same = matches!(found, Found::Usable(_))
            && session.certificate_der() == certificate.as_deref();
        let tries_left = if same {
            session.tries_left(credential).ok().flatten()
        } else {
            None
        };
        if same && reusable && tries_left.is_some() {
            let number = session.number();
            self.put_back(session);
            (tries_left, Some(number))
        } else {
            session.close();
            (tries_left, None)
        }
    }

    fn take_session(&mut self, visit: u64) -> Result<Session, CardError> {
        match &mut self.holder {
            Some(holder) if holder.visit == visit => {
                let taken = holder.session.take();
                let mut session = taken.ok_or_else(|| holder.over.clone())?;
                session.set_deadline(self.deadline);
                Ok(session)
            }
            _ => Err(CardError::NoSession),
        }
    }

    fn put_back(&mut self, session: Session) {
        match &mut self.holder {
            Some(holder) => holder.session = Some(session),
            None => session.close(),
        }
    }

    fn end_session(&mut self, session: Session, error: CardError) {
        session.close();
        if let Some(holder) = &mut self.holder {
            self.hang.note(&holder.reader, &error);
            holder.over = error.clone();
            let visit = holder.visit;
            self.answer(visit, CardAnswer::Failed(error));
        }
    }

    /// Whether the holder's card or reader left since its session began.
    fn departure(&self) -> Option<CardError> {
        let holder = self.holder.as_ref()?;
        self.around
            .leaves
            .since(holder.mark, &holder.reader)
            .map(|left| match left {
                Left::Card => CardError::CardRemoved,
                Left::Reader => CardError::ReaderGone,
            })
    }

    /// Ends an idle session whose card left. Only a vanished reader is told unasked: the departure of a
    /// card is an event of its own.
    fn notice_departures(&mut self) {
        let Some(error) = self.departure() else {
            return;
        };
        let Some(session) = self
            .holder
            .as_mut()
            .and_then(|holder| holder.session.take())
        else {
            return;
        };
        if error == CardError::ReaderGone {
            self.end_session(session, error);
        } else {
            session.close();
            if let Some(holder) = &mut self.holder {
                holder.over = error;
            }
        }
    }

    fn close(&mut self) {
        if let Some(session) = self.holder.take().and_then(|holder| holder.session) {
            session.close();
        }
    }

    fn answer(&mut self, visit: u64, answer: CardAnswer) {
        self.outbox.push_back(CardEvent::Answer { visit, answer });
    }
}
