//! A technician's walk over a card, step by step, each with what it showed or what is wrong.
//!
//! The very code of a visit runs here: exclusive, through the allowlist, ended by power-off. No credential is
//! asked for and no counter can change: nothing here grants a VERIFY.

mod steps;
mod words;

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::certificate::Roots;
use crate::error::CardError;
use crate::issuers::IssuerKeys;
use crate::monitor::ReaderRules;
use crate::transport::{LinkError, ReaderStatus, Readers};

pub use words::Problem;

/// Longest wait for the smart card service to say anything.
const SERVICE: Duration = Duration::from_secs(5);

/// What the walk is told.
pub struct WalkSettings {
    /// Which readers may be used at all, as for the daemon.
    pub rules: ReaderRules,
    /// Only a reader whose name contains this; empty = any with a card.
    pub reader: String,
    /// Issuer keys of the settings.
    pub issuers: IssuerKeys,
    /// Authorities of the settings.
    pub roots: Roots,
    /// Longest wait for one answer.
    pub limit: Duration,
    /// How long a card is waited for when none lies there.
    pub wait: Duration,
    /// Also find out whether reader and card pass extended length.
    pub probe_extended: bool,
    /// Milliseconds since the Unix epoch.
    pub now: i64,
}

/// One step of the walk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WalkStep {
    /// Which step.
    pub step: Step,
    /// How it went.
    pub state: State,
    /// What was seen, in English; never a secret, a name or a number of a person.
    pub detail: String,
    /// The same in Japanese, where it has words.
    pub detail_ja: String,
    /// What is wrong and what to do, when something is.
    #[serde(flatten)]
    pub problem: Option<Problem>,
}

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The smart card service answers.
    Service,
    /// A reader that may be used.
    Reader,
    /// A card lies there.
    Card,
    /// It could be taken exclusively and powered.
    Hold,
    /// Its answer to reset.
    Atr,
    /// The free record with the card's expiry.
    ExpiryRecord,
    /// 公的個人認証AP.
    JpkiAp,
    /// The token file: what kind of card it is.
    Token,
    /// Tries left of the PIN.
    PinTries,
    /// The authentication certificate: issuer, profile, dates.
    Certificate,
    /// 券面事項確認AP.
    SurfaceAp,
    /// Tries left of matching number B.
    NumberTries,
    /// The record with the photo is there, closed.
    Photo,
    /// The CV certificate verifies under a configured issuer key.
    Issuer,
    /// The card's own key answers a challenge.
    Authenticity,
    /// Extended length, when asked for.
    ExtendedLength,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Ok,
    /// Usable, but somebody should know.
    Warning,
    /// Not usable.
    Failed,
    /// Not looked at.
    Skipped,
}

/// What was seen, in both languages: values are the same in each.
pub(crate) struct Seen {
    ja: String,
    en: String,
}

impl Seen {
    fn words(ja: impl Into<String>, en: impl Into<String>) -> Self {
        let (ja, en) = (ja.into(), en.into());
        Self { ja, en }
    }
}

impl<T: Into<String>> From<T> for Seen {
    fn from(value: T) -> Self {
        let en = value.into();
        let ja = en.clone();
        Self { ja, en }
    }
}

/// The collected steps, each told as it comes.
pub(crate) struct Log<'a> {
    steps: Vec<WalkStep>,
    told: &'a mut dyn FnMut(&WalkStep),
}

impl Log<'_> {
    fn has(&self, code: &str) -> bool {
        let of = |step: &WalkStep| step.problem.is_some_and(|problem| problem.code == code);
        self.steps.iter().any(of)
    }

    fn ok(&mut self, step: Step, detail: impl Into<Seen>) {
        self.say(step, State::Ok, detail, None);
    }

    fn warn(&mut self, step: Step, detail: impl Into<Seen>, problem: Problem) {
        self.say(step, State::Warning, detail, Some(problem));
    }

    fn fail(&mut self, step: Step, detail: impl Into<Seen>, problem: Problem) {
        self.say(step, State::Failed, detail, Some(problem));
    }

    fn skip(&mut self, step: Step, detail: impl Into<Seen>) {
        self.say(step, State::Skipped, detail, None);
    }

    fn say(&mut self, step: Step, state: State, detail: impl Into<Seen>, problem: Option<Problem>) {
        let Seen { ja, en } = detail.into();
        let step = WalkStep {
            step,
            state,
            detail: en,
            detail_ja: ja,
            problem,
        };
        (self.told)(&step);
        self.steps.push(step);
    }
}

/// Walks; `told` hears of each step as it is done. The steps end where nothing further can be looked at.
pub fn walk(
    readers: &Arc<dyn Readers>,
    settings: &WalkSettings,
    told: &mut dyn FnMut(&WalkStep),
) -> Vec<WalkStep> {
    let steps = Vec::new();
    let mut log = Log { steps, told };
    if let Some(found) = find(readers, settings, &mut log) {
        steps::hold(readers, &found, settings, &mut log);
    }
    log.steps
}

/// Whether the service answers at all. One that hangs holds the caller for ever, so it is asked by a thread of its own.
fn service(readers: &Arc<dyn Readers>) -> Result<(), (Seen, Problem)> {
    let (done, answer) = sync_channel(1);
    let asked = Arc::clone(readers);
    let asking = std::thread::Builder::new()
        .name("card-service".into())
        .spawn(move || {
            // Nobody listens any more when it took too long.
            let _ = done.send(
                asked
                    .watch()
                    .and_then(|mut watch| watch.wait(Duration::ZERO)),
            );
        });
    if asking.is_err() {
        let error = CardError::Threads;
        return Err((failure(&error), Problem::of(&error)));
    }
    match answer.recv_timeout(SERVICE) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err((failure(&error.into()), Problem::NO_SERVICE)),
        Err(_) => {
            let seconds = SERVICE.as_secs();
            let seen = Seen::words(
                format!("{seconds}秒待っても応答なし"),
                format!("no answer within {seconds} s"),
            );
            Err((seen, Problem::SERVICE_HANGS))
        }
    }
}

/// Service, readers, card: the names of the readers on which a card lies.
fn find(readers: &Arc<dyn Readers>, settings: &WalkSettings, log: &mut Log) -> Option<Vec<String>> {
    if let Err((seen, problem)) = service(readers) {
        log.fail(Step::Service, seen, problem);
        return None;
    }
    log.ok(Step::Service, "pcscd");
    let until = Instant::now() + settings.wait;
    let mut limit = Duration::ZERO;
    let mut watch = None;
    loop {
        let seen = match &mut watch {
            None => readers.watch().and_then(|mut new| {
                let seen = new.wait(limit);
                watch = Some(new);
                seen
            }),
            Some(watch) => watch.wait(limit),
        };
        let seen = match seen {
            Ok(seen) => seen,
            Err(error) => {
                log.fail(Step::Service, failure(&error.into()), Problem::NO_SERVICE);
                return None;
            }
        };
        let usable = usable(&seen, settings);
        let with_card: Vec<String> = usable
            .iter()
            .filter(|reader| reader.card)
            .map(|reader| reader.name.clone())
            .collect();
        let left = until.saturating_duration_since(Instant::now());
        if with_card.is_empty() && !left.is_zero() {
            limit = left.min(Duration::from_secs(1));
            continue;
        }
        if usable.is_empty() {
            let all: Vec<&str> = seen.iter().map(|reader| reader.name.as_str()).collect();
            let seen = if all.is_empty() {
                Seen::words("なし", "none")
            } else {
                let all = all.join("; ");
                Seen::words(format!("見つかったもの: {all}"), format!("found: {all}"))
            };
            log.fail(Step::Reader, seen, Problem::NO_READER);
            return None;
        }
        let names: Vec<&str> = usable.iter().map(|reader| reader.name.as_str()).collect();
        log.ok(Step::Reader, names.join("; "));
        if with_card.is_empty() {
            log.fail(Step::Card, "", Problem::NO_CARD);
            return None;
        }
        log.ok(Step::Card, with_card.join("; "));
        return Some(with_card);
    }
}

fn usable<'a>(seen: &'a [ReaderStatus], settings: &WalkSettings) -> Vec<&'a ReaderStatus> {
    seen.iter()
        .filter(|reader| settings.rules.check(&reader.name).is_ok())
        .filter(|reader| reader.name.contains(&settings.reader))
        .collect()
}

/// An error with its cause, in one line; in Japanese only what the problem's own words do not say already.
fn failure(error: &CardError) -> Seen {
    let ja = match error {
        CardError::Status { sw, .. } => format!("応答 {sw:04X}"),
        CardError::NotGenuine { reason } => reason.ja().to_owned(),
        _ => String::new(),
    };
    let en = match error {
        CardError::Link(link @ (LinkError::ServiceGone(_) | LinkError::Protocol(_))) => {
            link.to_string()
        }
        other => other.to_string(),
    };
    Seen::words(ja, en)
}
