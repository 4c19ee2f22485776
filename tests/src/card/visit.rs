//! A visit as far as the card is concerned: what the daemon asks one after the other, until something fails.

use std::time::{Duration, Instant};

use card::{CardAnswer, CardCommand, CardPhoto, CardProof, ProveHow, Secret, VerifyOutcome};

use super::table::{Table, person};

/// What is signed.
pub const NONCE: &[u8] = b"a nonce of the central service..";

/// Which visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Matching number B, photo, proof without PIN.
    Face,
    /// The same with a reader on which the technician's probe allowed extended length.
    FaceExtended,
    /// PIN, proof.
    Pin,
    /// A wrong PIN, and the person gives up.
    WrongPin,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Face, Self::FaceExtended, Self::Pin, Self::WrongPin];

    /// Whether files may be read with extended length.
    #[must_use]
    pub const fn is_extended(self) -> bool {
        matches!(self, Self::FaceExtended)
    }

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::FaceExtended => "face-extended",
            Self::Pin => "pin",
            Self::WrongPin => "wrong-pin",
        }
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// It went through to its end.
    pub finished: bool,
    /// Where and how it ended, in words without secrets.
    pub ended: String,
    /// Entries that a person confirmed.
    pub entries: u8,
    /// Session numbers of everything that was handed out.
    pub sessions: Vec<u64>,
    /// The photo, once genuine.
    pub photo: Option<CardPhoto>,
    /// The proof.
    pub proof: Option<CardProof>,
    /// Time between questions and answers.
    pub waited: Duration,
    /// The same by step.
    pub steps: Vec<(&'static str, Duration)>,
}

/// Plays a visit; the person knows the digits of `id`.
///
/// # Errors
/// The card threads hang or have died, or `id` is unknown.
pub fn play(table: &mut Table, kind: Kind, id: &str) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let visit = table.new_visit();
    let played = steps(table, kind, id, visit, &mut outcome);
    // The daemon ends every session it began.
    let ended = table.ask(CardCommand::End { visit })?;
    if !matches!(ended, CardAnswer::Ended) {
        anyhow::bail!("the answer to End is {ended:?}");
    }
    played?;
    Ok(outcome)
}

fn steps(
    table: &Table,
    kind: Kind,
    id: &str,
    visit: u64,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let person = person(id)?;
    let begun = timed(
        table,
        outcome,
        "identify",
        CardCommand::Begin {
            visit,
            reader: table.reader(),
        },
    )?;
    let identity = match begun {
        CardAnswer::Identified(identity) => identity,
        other => return stopped(outcome, "identify", &other),
    };
    outcome.sessions.push(identity.session);
    // The daemon goes no further with such a card.
    if let Some(problem) = identity.certificate_problem {
        outcome.ended = format!("identify: {}", problem.code());
        return Ok(());
    }
    let how = match kind {
        Kind::Face | Kind::FaceExtended => {
            if identity.matching_number_tries.is_none_or(|tries| tries < 4) {
                outcome.ended = "identify: face is not offered".into();
                return Ok(());
            }
            let number = person.matching_number_b()?;
            outcome.entries += 1;
            let verified = timed(
                table,
                outcome,
                "matching number",
                CardCommand::VerifyMatchingNumber {
                    visit,
                    number: Secret::new(number.into_bytes()),
                },
            )?;
            if !matches!(
                verified,
                CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
            ) {
                return stopped(outcome, "matching number", &verified);
            }
            match timed(table, outcome, "photo", CardCommand::ReadPhoto { visit })? {
                CardAnswer::Photo(photo) => {
                    outcome.sessions.push(photo.binding.session);
                    outcome.photo = Some(photo);
                }
                other => return stopped(outcome, "photo", &other),
            }
            ProveHow::Pinless
        }
        Kind::Pin | Kind::WrongPin => {
            if identity.pin_tries.is_none_or(|tries| tries < 2) {
                outcome.ended = "identify: PIN is not offered".into();
                return Ok(());
            }
            let right = person.card.pin.clone();
            let pin = match kind {
                Kind::WrongPin => right
                    .bytes()
                    .map(|digit| b'0' + (digit - b'0' + 1) % 10)
                    .collect::<Vec<u8>>(),
                _ => right.into_bytes(),
            };
            let mut verified = enter_pin(table, outcome, visit, &pin)?;
            // The verdict was lost: the person is asked again, once, where the counter allows it.
            if let CardAnswer::Pin(VerifyOutcome::Unknown {
                tries_left: Some(2..),
                session: Some(session),
            }) = verified
            {
                outcome.sessions = vec![session];
                verified = enter_pin(table, outcome, visit, &pin)?;
            }
            match verified {
                CardAnswer::Pin(VerifyOutcome::Wrong { .. }) if kind == Kind::WrongPin => {
                    outcome.finished = true;
                    outcome.ended = "wrong, as it should be".into();
                    return Ok(());
                }
                CardAnswer::Pin(VerifyOutcome::Accepted) if kind == Kind::Pin => {}
                other => return stopped(outcome, "pin", &other),
            }
            ProveHow::AfterPin
        }
    };
    let nonce = NONCE.to_vec();
    match timed(
        table,
        outcome,
        "proof",
        CardCommand::Prove { visit, nonce, how },
    )? {
        CardAnswer::Proof(proof) => {
            outcome.sessions.push(proof.session);
            outcome.proof = Some(proof);
            outcome.finished = true;
            outcome.ended = "finished".into();
            Ok(())
        }
        other => stopped(outcome, "proof", &other),
    }
}

fn enter_pin(
    table: &Table,
    outcome: &mut Outcome,
    visit: u64,
    pin: &[u8],
) -> anyhow::Result<CardAnswer> {
    outcome.entries += 1;
    let pin = Secret::new(pin.to_vec());
    timed(table, outcome, "pin", CardCommand::VerifyPin { visit, pin })
}

fn timed(
    table: &Table,
    outcome: &mut Outcome,
    step: &'static str,
    command: CardCommand,
) -> anyhow::Result<CardAnswer> {
    let began = Instant::now();
    let answer = table.ask(command)?;
    let waited = began.elapsed();
    outcome.waited += waited;
    outcome.steps.push((step, waited));
    Ok(answer)
}

/// A typed end. Anything that is no answer to the step is a mistake of the card threads.
fn stopped(outcome: &mut Outcome, step: &str, answer: &CardAnswer) -> anyhow::Result<()> {
    outcome.ended = match answer {
        CardAnswer::Failed(error) => format!("{step}: {}", error.code()),
        CardAnswer::NotUsable(kind) => format!("{step}: not usable ({kind:?})"),
        CardAnswer::Pin(verdict) | CardAnswer::MatchingNumber(verdict) => {
            format!("{step}: {verdict:?}")
        }
        other => anyhow::bail!("{step} was answered with {other:?}"),
    };
    Ok(())
}
