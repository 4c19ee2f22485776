//! The end: waits for what brings it, then stops the parts in order, each within its limit.

use std::fmt::Debug;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::engine::{Ended, Message};
use crate::ledger_desk::LedgerDesk;

/// Longest wait for the engine at the stop: card threads and ledger have their own, shorter limits.
const STOP_WAIT: Duration = Duration::from_secs(8);
/// Longest wait for the receipt computer's socket: six seconds for its clients, and five for what was counted of them to be recorded.
const RECEIPT_WAIT: Duration = Duration::from_secs(12);
/// Longest wait for the ledger's log to be copied back at the stop.
const SETTLE_WAIT: Duration = Duration::from_secs(3);
/// What runs and has to be stopped.
pub(super) struct Running<E> {
    /// The engine's task.
    pub(super) engine: JoinHandle<Ended>,
    /// The engine's mailbox.
    pub(super) stopper: mpsc::Sender<Message>,
    /// The task of the receipt computer's socket.
    pub(super) receipt: JoinHandle<Result<(), E>>,
    /// The ledger.
    pub(super) desk: LedgerDesk,
    /// Tells everything else that it is over.
    pub(super) end: watch::Sender<bool>,
}

impl<E: Debug> Running<E> {
    /// Waits for `stop`, then ends everything.
    ///
    /// # Errors
    /// What the terminal can't do without ended by itself: that must not happen quietly, and systemd starts the daemon anew.
    pub(super) async fn until(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Self {
            mut engine,
            stopper,
            mut receipt,
            desk,
            end,
        } = self;
        let failed = tokio::select! {
            () = stop => None,
            ended = &mut engine => Some(format!("the engine ended by itself ({ended:?})")),
            ended = &mut receipt => Some(format!("the receipt computer's socket ended by itself ({ended:?})")),
        };
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
        let _ = end.send(true);
        let engine_ends = async {
            if !engine.is_finished() {
                let stopping = async {
                    let _ = stopper.send(Message::Stop).await;
                    engine.await
                };
                let _ = tokio::time::timeout(STOP_WAIT, stopping).await;
            }
        };
        let receipt_ends = async {
            if !receipt.is_finished() {
                let ended = tokio::time::timeout(RECEIPT_WAIT, receipt).await;
                if !matches!(ended, Ok(Ok(Ok(())))) {
                    tracing::error!(?ended, "the receipt computer's socket did not end in order");
                }
            }
        };
        tokio::join!(engine_ends, receipt_ends);
        // Whoever copies or replaces the ledger now finds one file.
        let settling = desk.run(ledger::Ledger::settle);
        match tokio::time::timeout(SETTLE_WAIT, settling).await {
            Ok(Ok(Ok(()))) => {}
            other => tracing::warn!(
                ?other,
                "the ledger's log was not copied back; the next start does it"
            ),
        }
        tracing::info!("stopped");
        failed.map_or(Ok(()), |why| Err(anyhow::anyhow!(why)))
    }
}
