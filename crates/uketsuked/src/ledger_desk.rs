//! The ledger lives on its own thread; everybody else hands jobs over a bounded channel and, where they
//! need it, waits for the answer. Jobs run in the order in which they were handed over.

use std::sync::Arc;

use ledger::Ledger;
use tokio::sync::{mpsc, oneshot, watch};

/// Jobs that may wait; more means the disk does not keep up.
const QUEUE: usize = 256;

type Job = Box<dyn FnOnce(&mut Ledger) + Send>;

/// The ledger's thread is gone or does not keep up.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the ledger takes no more work")]
pub(crate) struct DeskClosed;

/// A handle to the ledger's thread; cheap to clone.
#[derive(Clone)]
pub(crate) struct LedgerDesk {
    jobs: mpsc::Sender<Job>,
    newest: Arc<watch::Sender<u64>>,
}

impl LedgerDesk {
    /// Starts the thread.
    ///
    /// # Errors
    /// The thread can't be started, or the newest event number can't be read.
    pub(crate) fn start(mut ledger: Ledger) -> anyhow::Result<Self> {
        let (jobs, mut queue) = mpsc::channel::<Job>(QUEUE);
        let newest = Arc::new(watch::Sender::new(
            ledger
                .latest_event_seq()
                .map_err(crate::ledger_start::said)?,
        ));
        let told = Arc::clone(&newest);
        std::thread::Builder::new()
            .name("ledger".into())
            .spawn(move || {
                while let Some(job) = queue.blocking_recv() {
                    job(&mut ledger);
                    if let Ok(seq) = ledger.latest_event_seq() {
                        told.send_if_modified(|known| std::mem::replace(known, seq) != seq);
                    }
                }
            })?;
        Ok(Self { jobs, newest })
    }

    /// A desk whose thread has ended.
    #[cfg(test)]
    pub(crate) fn closed() -> Self {
        Self {
            jobs: mpsc::channel(1).0,
            newest: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Whether the ledger's thread has ended.
    #[must_use]
    pub(crate) fn is_gone(&self) -> bool {
        self.jobs.is_closed()
    }

    /// Follows the newest event number.
    #[must_use]
    pub(crate) fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Hands a job over without waiting; the order of calls is the order of work.
    ///
    /// # Errors
    /// [`DeskClosed`] when the queue is full or the thread gone.
    pub(crate) fn submit(
        &self,
        job: impl FnOnce(&mut Ledger) + Send + 'static,
    ) -> Result<(), DeskClosed> {
        self.jobs.try_send(Box::new(job)).map_err(|_| DeskClosed)
    }

    /// Runs a job and waits for its answer.
    ///
    /// # Errors
    /// [`DeskClosed`] as for [`LedgerDesk::submit`].
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Ledger) -> T + Send + 'static,
    ) -> Result<T, DeskClosed> {
        let (tell, answer) = oneshot::channel();
        let job = Box::new(move |ledger: &mut Ledger| {
            let _ = tell.send(job(ledger));
        });
        self.jobs.send(job).await.map_err(|_| DeskClosed)?;
        answer.await.map_err(|_| DeskClosed)
    }

    /// The same from a thread that may block.
    ///
    /// # Errors
    /// [`DeskClosed`] as for [`LedgerDesk::submit`].
    pub(crate) fn run_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Ledger) -> T + Send + 'static,
    ) -> Result<T, DeskClosed> {
        let (tell, answer) = oneshot::channel();
        let job = Box::new(move |ledger: &mut Ledger| {
            let _ = tell.send(job(ledger));
        });
        self.jobs.blocking_send(job).map_err(|_| DeskClosed)?;
        answer.blocking_recv().map_err(|_| DeskClosed)
    }
}
