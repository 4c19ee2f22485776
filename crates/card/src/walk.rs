//! A technician's walk over a card, step by step, each with what it showed or what is wrong.
//!
//! The very code of a visit runs here: exclusive, through the allowlist, ended by power-off. No credential is
//! asked for and no counter can change: nothing here grants a VERIFY.

mod steps;
mod words;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::certificate::Roots;
use crate::error::CardError;
use crate::issuers::IssuerKeys;
use crate::monitor::ReaderRules;
use crate::transport::{LinkError, ReaderStatus, Readers};

pub use words::Problem;

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

/// The collected steps.
#[derive(Default)]
pub(crate) struct Log(Vec<WalkStep>);

impl Log {
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
        self.0.push(WalkStep {
            step,
            state,
            detail: en,
            detail_ja: ja,
            problem,
        });
    }
}

/// Walks. The steps end where nothing further can be looked at.
#[must_use]
pub fn walk(readers: &Arc<dyn Readers>, settings: &WalkSettings) -> Vec<WalkStep> {
    let mut log = Log::default();
    if let Some(found) = find(readers, settings, &mut log) {
        steps::hold(readers, &found, settings, &mut log);
    }
    log.0
}

/// Service, readers, card: the names of the readers on which a card lies.
fn find(readers: &Arc<dyn Readers>, settings: &WalkSettings, log: &mut Log) -> Option<Vec<String>> {
    let mut watch = match readers.watch() {
        Ok(watch) => watch,
        Err(error) => {
            let error = CardError::from(error);
            log.fail(Step::Service, source(&error), Problem::of(&error));
            return None;
        }
    };
    let until = Instant::now() + settings.wait;
    let mut service = false;
    let mut limit = Duration::ZERO;
    loop {
        let seen = match watch.wait(limit) {
            Ok(seen) => seen,
            Err(error) => {
                let error = CardError::from(error);
                log.fail(Step::Service, source(&error), Problem::of(&error));
                return None;
            }
        };
        if !service {
            log.ok(Step::Service, "pcscd");
            service = true;
        }
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

/// An error with its cause, in one line.
fn source(error: &CardError) -> String {
    match error {
        CardError::Link(link @ (LinkError::ServiceGone(_) | LinkError::Protocol(_))) => {
            link.to_string()
        }
        other => other.to_string(),
    }
}
