//! The only way to the card: every command passes the allowlist, the first failure ends the session.

use std::fmt;

use crate::allowlist::Allowlist;
use crate::transport::{Answer, LinkError, RawLink};

/// No visit needs this many exchanges, not even with a photo read byte by byte; a card that makes us ask for ever is
/// cut off here, if the deadline of the step has not come first.
const MOST_EXCHANGES: u32 = 0x1_0000;

/// A link with rules. After the first fault every further command fails with the same fault
/// (invariant 16: nothing continues after a reset, a removal or a short answer).
pub(crate) struct Guard<L> {
    link: L,
    rules: Allowlist,
    fault: Option<LinkError>,
    refused: Option<&'static str>,
    exchanges: u32,
}

impl<L: RawLink> Guard<L> {
    pub(crate) fn new(link: L) -> Self {
        Self {
            link,
            rules: Allowlist::default(),
            fault: None,
            refused: None,
            exchanges: 0,
        }
    }

    /// What ended the session, if anything did.
    pub(crate) const fn fault(&self) -> Option<&LinkError> {
        self.fault.as_ref()
    }

    /// The last refusal, once.
    pub(crate) const fn take_refusal(&mut self) -> Option<&'static str> {
        self.refused.take()
    }

    pub(crate) const fn rules(&self) -> &Allowlist {
        &self.rules
    }

    pub(crate) const fn rules_mut(&mut self) -> &mut Allowlist {
        &mut self.rules
    }

    pub(crate) const fn link(&self) -> &L {
        &self.link
    }

    pub(crate) const fn link_mut(&mut self) -> &mut L {
        &mut self.link
    }

    pub(crate) fn into_link(self) -> L {
        self.link
    }

    fn exchange(&mut self, command: &[u8], longest_data: usize) -> Result<Answer, LinkError> {
        if self.exchanges == MOST_EXCHANGES {
            return Err(LinkError::Protocol(
                "too many exchanges in one session".into(),
            ));
        }
        self.exchanges += 1;
        let answer = self.link.transmit(command)?;
        if answer.len() < 2 || answer.len() - 2 > longest_data {
            return Err(LinkError::BadLength(answer.len()));
        }
        Ok(answer)
    }
}

impl<L: RawLink> RawLink for Guard<L> {
    fn transmit(&mut self, command: &[u8]) -> Result<Answer, LinkError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let permit = match self.rules.check(command) {
            Ok(permit) => permit,
            Err(reason) => {
                tracing::error!(reason, "a card command was refused by the allowlist");
                self.refused = Some(reason);
                return Err(LinkError::Forbidden(reason));
            }
        };
        match self.exchange(command, permit.longest_data()) {
            Ok(answer) => {
                if let Some((_, sw)) = answer.split_last_chunk::<2>() {
                    self.rules.note(&permit, u16::from_be_bytes(*sw));
                }
                Ok(answer)
            }
            Err(fault) => {
                self.fault = Some(fault.clone());
                Err(fault)
            }
        }
    }
}

impl<L: RawLink> myna_card::Transmit for Guard<L> {
    /// The library's error type has no place for ours; the session looks at [`Guard::fault`] and
    /// [`Guard::take_refusal`] instead of this text.
    fn transmit(&mut self, command: &[u8]) -> myna_card::Result<Vec<u8>> {
        RawLink::transmit(self, command)
            .map(|answer| answer.to_vec())
            .map_err(|error| myna_card::Error::Malformed(error.to_string()))
    }
}

impl<L> fmt::Debug for Guard<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
