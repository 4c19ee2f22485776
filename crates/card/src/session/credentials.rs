//! Counters and VERIFY. One confirmed entry, at most one VERIFY (invariants 2 and 3).
//!
//! The VERIFY itself goes past the library: that repeats a command answered 6Cxx, and keeps an unwiped
//! copy of its data. The allowlist holds the rules a second time, from the card's own answers.

use myna_card::{Retries, ShortEfId};
use zeroize::Zeroizing;

use super::{Session, from_link};
use crate::allowlist::Credential;
use crate::api::VerifyOutcome;
use crate::error::CardError;
use crate::matching::{complete, doubts_expiry};
use crate::secret::Secret;
use crate::transport::{LinkError, RawLink as _};

/// What a counter query says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tries {
    /// So many are left; 0 is blocked.
    Left(u8),
    /// The card has no such key.
    Absent,
    /// The card answers, but with no number.
    Unsaid,
}

impl Tries {
    pub(crate) const fn left(self) -> Option<u8> {
        match self {
            Self::Left(tries) => Some(tries),
            Self::Absent | Self::Unsaid => None,
        }
    }
}

/// What came of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Presented {
    /// The card, or our own rule, decided.
    Outcome(VerifyOutcome),
    /// The VERIFY left, its answer did not come: the session is over and the counter must be read in a
    /// new one.
    Lost(CardError),
}

/// "No such file, record or key" (ISO/IEC 7816-4): the card does not have it. Any other refusal may be a passing fault
/// and must not be told to a person as what their card lacks.
pub(crate) const fn is_absent(sw: u16) -> bool {
    matches!(sw, 0x6A82 | 0x6A83 | 0x6A88)
}

impl Session {
    /// Reads a counter without consuming a try. The application must be selected.
    pub(crate) fn tries(&mut self, credential: Credential) -> Result<Tries, CardError> {
        let queried = ShortEfId::from_ef_id(u16::from(credential.key_reference()))
            .and_then(|key| self.card.pin_retries_sfi(key));
        match self.step("retry counter", queried) {
            Ok(Retries::Remaining(tries)) => Ok(Tries::Left(tries)),
            Ok(Retries::Blocked) => Ok(Tries::Left(0)),
            Ok(Retries::Unlimited | Retries::NotReported) => Ok(Tries::Unsaid),
            // OpenSC and jsapdu know 6983 for "blocked", this card uses 6984.
            Err(CardError::Status { sw: 0x6983, .. }) => Ok(Tries::Left(0)),
            Err(CardError::Status { sw, .. }) if is_absent(sw) => Ok(Tries::Absent),
            Err(error) => Err(error),
        }
    }

    /// Reads a counter; that there is none is believed only when the application says so after having been selected again.
    ///
    /// # Errors
    /// [`LinkError::Reset`] when the card had forgotten that it was selected.
    pub(crate) fn tries_surely(&mut self, credential: Credential) -> Result<Tries, CardError> {
        let first = self.tries(credential)?;
        if first != Tries::Absent {
            return Ok(first);
        }
        self.select_again(credential.application())?;
        match self.tries(credential)? {
            Tries::Absent => Ok(Tries::Absent),
            Tries::Left(_) | Tries::Unsaid => Err(LinkError::Reset.into()),
        }
    }

    /// Selects the credential's application and reads its counter.
    pub(crate) fn tries_left(&mut self, credential: Credential) -> Result<Option<u8>, CardError> {
        self.need(credential.application())?;
        Ok(self.tries(credential)?.left())
    }

    /// Presents one entry once. `now` (milliseconds since the Unix epoch) is for the plausibility of a
    /// matching number.
    pub(crate) fn present(
        &mut self,
        credential: Credential,
        entry: &Secret,
        now: i64,
    ) -> Result<Presented, CardError> {
        let completed;
        let digits: &[u8] = match credential {
            Credential::Pin if entry.is_digits(credential.digits()) => entry.expose(),
            Credential::Pin => return Ok(Presented::Outcome(VerifyOutcome::Implausible)),
            Credential::MatchingNumber => match complete(entry.expose(), self.card_expiry(), now) {
                // Held back once and asked for again; typed a second time it stands as typed.
                Some(_)
                    if !self.expiry_doubted
                        && doubts_expiry(entry.expose(), self.card_expiry()) =>
                {
                    self.expiry_doubted = true;
                    return Ok(Presented::Outcome(VerifyOutcome::Implausible));
                }
                Some(number) => {
                    completed = number;
                    &completed
                }
                None => return Ok(Presented::Outcome(VerifyOutcome::Implausible)),
            },
        };
        self.need(credential.application())?;
        // Nobody else can have changed the counter since this session read it, so a reading is not repeated until
        // a VERIFY has spent it.
        let tries = match self.guard().rules().unspent_reading(credential) {
            Some(tries) => Tries::Left(tries),
            None => self.tries(credential)?,
        };
        match tries {
            Tries::Left(0) => return Ok(Presented::Outcome(VerifyOutcome::Blocked)),
            Tries::Left(tries) if tries < credential.lowest_counter() => {
                return Ok(Presented::Outcome(VerifyOutcome::Refused {
                    tries_left: Some(tries),
                }));
            }
            Tries::Left(_) => {}
            Tries::Absent | Tries::Unsaid => {
                return Ok(Presented::Outcome(VerifyOutcome::Refused {
                    tries_left: None,
                }));
            }
        }
        let mut command = Zeroizing::new(Vec::with_capacity(5 + digits.len()));
        let count = u8::try_from(digits.len()).unwrap_or(0);
        command.extend_from_slice(&[0x00, 0x20, 0x00, 0x80 | credential.key_reference(), count]);
        command.extend_from_slice(digits);
        self.guard_mut().rules_mut().grant(credential);
        let answer = match self.guard_mut().transmit(&command) {
            Ok(answer) => answer,
            Err(error @ LinkError::Forbidden(_)) => return Err(error.into()),
            Err(error) => return Ok(Presented::Lost(from_link(error))),
        };
        let outcome = match answer[..] {
            [0x90, 0x00] => VerifyOutcome::Accepted,
            [0x63, 0xC0] | [0x69, 0x83 | 0x84] => VerifyOutcome::Blocked,
            [0x63, sw2 @ 0xC1..=0xCF] => VerifyOutcome::Wrong {
                tries_left: sw2 & 0x0F,
            },
            // The card said something that is no verdict: ask the counter, repeat nothing.
            _ => match self.tries(credential) {
                Ok(tries) => VerifyOutcome::Unknown {
                    tries_left: tries.left(),
                    session: Some(self.number),
                },
                Err(error) => return Ok(Presented::Lost(error)),
            },
        };
        Ok(Presented::Outcome(outcome))
    }
}
