//! The one policy for repeating a call at once. (Repeating an inquiry over hours is `queue`.)
//!
//! Each call says whether it may be repeated ([`Repeat`](crate::desk_client::Repeat)). Login, nonce and searches change nothing, and a
//! repeated confirmation gets the first answer. What changes something (a withdrawal, a new address, a report of use) and what the service
//! writes down as a use each time (emergency, disaster and outage, facts of the public operation pages) goes out once: after that only a
//! failure before anything was sent is repeated, and a person decides about the rest. Only failures that a moment can heal are repeated.

use std::time::Duration;

use crate::error::{CentralError, UnreachableCause};

/// Waits before the first and second repetition.
const WAITS: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(600)];

/// What one attempt came to.
pub(crate) enum Failure {
    /// HTTP 502, 503 or 504.
    Gateway(CentralError),
    /// Anything else.
    Other(CentralError),
}

impl From<CentralError> for Failure {
    fn from(error: CentralError) -> Self {
        Self::Other(error)
    }
}

impl Failure {
    /// True when nothing can have reached the service: repeating can't do anything twice.
    pub(crate) fn was_before_sending(&self) -> bool {
        let Self::Other(CentralError::Unreachable { cause, .. }) = self else {
            return false;
        };
        matches!(
            cause,
            UnreachableCause::Connect | UnreachableCause::NameResolution | UnreachableCause::Paused
        )
    }

    /// The error to report.
    pub(crate) fn into_error(self) -> CentralError {
        match self {
            Self::Gateway(error) | Self::Other(error) => error,
        }
    }
}

/// How long to wait before repeating, or `None` for giving up. `repeated` counts the repetitions so far,
/// `left` is what remains until the deadline.
pub(crate) fn wait_before_repeating(
    failure: &Failure,
    repeated: usize,
    left: Duration,
) -> Option<Duration> {
    let wait = *WAITS.get(repeated)?;
    let wait = match failure {
        Failure::Gateway(_) => wait,
        Failure::Other(CentralError::Unreachable { cause, .. }) => match cause {
            // Most often the service closed a connection that was idle: nothing to wait for.
            UnreachableCause::Broken if repeated == 0 => Duration::ZERO,
            UnreachableCause::Broken | UnreachableCause::Connect => wait,
            // A second wait of the same length helps nobody.
            UnreachableCause::NameResolution
            | UnreachableCause::Paused
            | UnreachableCause::Timeout
            | UnreachableCause::OutOfOrder => return None,
        },
        Failure::Other(_) => return None,
    };
    (wait < left).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(cause: UnreachableCause) -> Failure {
        Failure::Other(CentralError::unreachable(cause, ""))
    }

    #[test]
    fn passing_failures_are_repeated_twice_within_the_deadline() {
        let left = Duration::from_secs(5);
        let gateway = Failure::Gateway(CentralError::unreachable(UnreachableCause::OutOfOrder, ""));
        for failure in [
            failed(UnreachableCause::Connect),
            failed(UnreachableCause::Broken),
            gateway,
        ] {
            assert!(wait_before_repeating(&failure, 0, left).is_some());
            assert!(wait_before_repeating(&failure, 1, left).is_some());
            assert_eq!(wait_before_repeating(&failure, 2, left), None);
            assert_eq!(
                wait_before_repeating(&failure, 1, Duration::from_millis(600)),
                None
            );
        }
        let broken = failed(UnreachableCause::Broken);
        assert_eq!(
            wait_before_repeating(&broken, 0, left),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn lasting_failures_are_not_repeated() {
        let left = Duration::from_secs(5);
        let refused = CentralError::LoginRefused {
            code: String::new(),
            message: String::new(),
        };
        for failure in [
            failed(UnreachableCause::Timeout),
            failed(UnreachableCause::OutOfOrder),
            refused.into(),
            CentralError::bad_answer("").into(),
        ] {
            assert_eq!(wait_before_repeating(&failure, 0, left), None);
        }
    }
}
