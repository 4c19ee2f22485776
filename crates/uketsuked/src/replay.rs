//! Inquiries that could not be answered in their visit are asked again until they are: after an outage,
//! after a crash, after a full disk. What medical information the person agreed to is noted with the answer and asked for
//! under the same confirmation, as long as the consent lasts ([`crate::medical_later`]).

use std::sync::Arc;
use std::time::Duration;

use central::CentralService;
use tokio::sync::watch;

use crate::inquiry::LedgerQueue;

/// How often the queue is looked at; when an inquiry is due is decided in `central`.
const LOOK: Duration = Duration::from_secs(1);
/// Longest pause while the ledger fails: the service is not asked over and over for what can't be stored.
const LONGEST: Duration = Duration::from_secs(60);

/// Works until `stop` says so.
pub(crate) async fn run(
    central: Arc<dyn CentralService>,
    queue: LedgerQueue,
    mut stop: watch::Receiver<bool>,
) {
    let mut pause = LOOK;
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
        let now = queue.clock.wall_ms();
        let pass = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            pass = central::replay(central.as_ref(), &queue, &queue.institution_code, now) => pass,
        };
        if let Err(error) = &pass {
            tracing::warn!(%error, "the queue could not be worked through");
        }
        pause = next_pause(pause, pass.is_err());
    }
}

/// Doubles while passes fail, starts anew with one that does not.
fn next_pause(last: Duration, failed: bool) -> Duration {
    if failed {
        last.saturating_mul(2).min(LONGEST)
    } else {
        LOOK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_does_not_make_the_terminal_ask_every_second() {
        let mut pause = LOOK;
        let mut asked = 0;
        let mut passed = Duration::ZERO;
        while passed < Duration::from_secs(3600) {
            pause = next_pause(pause, true);
            passed += pause;
            asked += 1;
        }
        assert!(asked < 70, "{asked} times in an hour");
        assert_eq!(next_pause(pause, false), LOOK);
    }
}
