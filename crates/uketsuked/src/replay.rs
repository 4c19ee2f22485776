//! Inquiries that could not be answered in their visit are asked again until they are: after an outage,
//! after a crash, after a full disk. Only the qualification is asked again, never medicines: those need a
//! visit with the card (invariant 1).

use std::sync::Arc;
use std::time::Duration;

use central::CentralService;
use tokio::sync::watch;

use crate::inquiry::LedgerQueue;

/// How often the queue is looked at; when an inquiry is due is decided in `central`.
const LOOK: Duration = Duration::from_secs(1);

/// Works until `stop` says so.
pub(crate) async fn run(
    central: Arc<dyn CentralService>,
    queue: LedgerQueue,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let now = queue.clock.wall_ms();
        let pass = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            pass = central::replay(central.as_ref(), &queue, &queue.institution_code, now) => pass,
        };
        if let Err(error) = pass {
            tracing::warn!(%error, "the queue could not be worked through");
        }
    }
}
