//! The receipt side alone, for measuring and proving it: the real ledger on its own thread, the real server on real sockets, one socket for
//! each client; and the real folder gateway over a ledger that a crash left. On a terminal a client is a user of the system, and all meet on one socket; here each socket is served under another
//! client's name, so that a measurement needs no fifty users and no root.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::{Beside, BulkItem, Ledger, LedgerError, LedgerKey, NewResult, OpenOptions};
use receipt::counter::ScriptedCounter;
use receipt::folders::{FolderGateway, FolderSettings};
use receipt::{ClientRule, ReceiptConfig, Right};
use tokio::net::UnixListener;
use tokio::sync::{Notify, watch};

use crate::clock::TrustedClock;
use crate::ledger_desk::LedgerDesk;
use crate::receipt_store::LedgerStore;

/// A ledger and its receipt sockets; everything ends when it is dropped.
pub struct ReceiptSide {
    desk: LedgerDesk,
    clock: Arc<TrustedClock>,
    sockets: Vec<PathBuf>,
    _stop: watch::Sender<bool>,
}

impl ReceiptSide {
    /// Makes a new simulated ledger below `folder`, durable as in production, and one socket for each client name.
    ///
    /// # Errors
    /// The ledger or a socket can't be made.
    pub fn open(folder: &Path, clients: &[String]) -> anyhow::Result<Self> {
        let clock = Arc::new(TrustedClock::default());
        let options = OpenOptions {
            path: folder.join("ledger.db"),
            head_path: folder.join("head"),
            key: LedgerKey([7; 32]).into(),
            simulated: true,
        };
        let desk = LedgerDesk::start(Ledger::open(options, clock.wall_ms())?)?;
        let store = Arc::new(LedgerStore {
            desk: desk.clone(),
            asks: Arc::new(Notify::new()),
        });
        let (stop, ended) = watch::channel(false);
        let mut sockets = Vec::new();
        for (n, name) in clients.iter().enumerate() {
            let path = folder.join(format!("{n}.sock"));
            let listener = UnixListener::bind(&path)?;
            let rule = ClientRule {
                name: name.clone(),
                uid: Some(nix::unistd::geteuid().as_raw()),
                user: None,
                rights: Right::ALL.to_vec(),
                readers: Vec::new(),
            };
            let ticking = Arc::clone(&clock);
            let config = ReceiptConfig::new(vec![rule], true, Arc::new(move || ticking.wall_ms()));
            let (store, mut ended) = (Arc::clone(&store), ended.clone());
            tokio::spawn(async move {
                let counter = Arc::new(ScriptedCounter::default());
                let until = async move {
                    let _ = ended.wait_for(|stop| *stop).await;
                };
                if let Err(error) = receipt::serve(listener, store, counter, config, until).await {
                    tracing::error!(code = error.code(), %error, "a measured socket ended");
                }
            });
            sockets.push(path);
        }
        Ok(Self {
            desk,
            clock,
            sockets,
            _stop: stop,
        })
    }

    /// The sockets, in the order of their clients.
    #[must_use]
    pub fn sockets(&self) -> &[PathBuf] {
        &self.sockets
    }

    /// Stores a qualification for a visit, durably, as a visit's end does; gives its id.
    ///
    /// # Errors
    /// The ledger refuses.
    pub async fn store(&self, visit: u64, body_json: &str) -> anyhow::Result<String> {
        let new = NewResult {
            visit,
            reader: "desk-1/Reader 0".to_owned(),
            kind: "qualification".to_owned(),
            body_json: body_json.to_owned(),
            simulated: true,
        };
        let now = self.clock.wall_ms();
        let stored = self
            .desk
            .run(move |ledger| ledger.store_result(now, &new))
            .await??;
        Ok(stored.id)
    }
}

/// What stands in the hidden names of these gateways: each run makes the same system calls.
pub const SUFFIX: &str = "0123456789abcdef";

fn gateway(store: Arc<LedgerStore>, folders: FolderSettings, now: i64) -> FolderGateway {
    FolderGateway::open(store, folders, Arc::new(move || now)).with_suffixes(|| Ok(SUFFIX.into()))
}

/// A ledger and its folders, as after a start of the terminal; the service's answers are given, not asked for.
pub struct FolderSide {
    desk: LedgerDesk,
    gateway: FolderGateway,
    now: i64,
}

impl FolderSide {
    /// Opens what is there, with `now` (ms since the Unix epoch) as the time of everything that follows.
    ///
    /// # Errors
    /// The ledger or a folder can't be opened.
    pub fn open(options: OpenOptions, folders: FolderSettings, now: i64) -> anyhow::Result<Self> {
        let desk = LedgerDesk::start(Ledger::open(options, now)?)?;
        let store = Arc::new(LedgerStore {
            desk: desk.clone(),
            asks: Arc::new(Notify::new()),
        });
        let gateway = gateway(store, folders, now);
        Ok(Self { desk, gateway, now })
    }

    /// Starts the gateway anew over the same ledger, with other settings and at another time.
    pub fn start_again(&mut self, folders: FolderSettings, now: i64) {
        let store = Arc::new(LedgerStore {
            desk: self.desk.clone(),
            asks: Arc::new(Notify::new()),
        });
        self.gateway = gateway(store, folders, now);
        self.now = now;
    }

    /// Looks at the folders, and answers the lookups by number that came of them with what `answer` gives for a request (as JSON); `rounds`
    /// times. Blocks; not to be called on a thread of an asynchronous runtime.
    ///
    /// # Errors
    /// A folder or the ledger can't be used.
    pub fn settle(
        &mut self,
        rounds: usize,
        answer: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<()> {
        let now = self.now;
        for _ in 0..rounds {
            self.gateway.pass()?;
            for ask in self.ledger(move |ledger| ledger.due_asks(now, 100))?? {
                let Some(body_json) = answer(&ask.request_json) else {
                    continue;
                };
                self.ledger(move |ledger| answered(ledger, &ask, body_json, now))??;
            }
        }
        Ok(())
    }

    /// Runs a job at the ledger. Blocks.
    ///
    /// # Errors
    /// The ledger's thread is gone.
    pub fn ledger<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Ledger) -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        Ok(self.desk.run_blocking(job)?)
    }
}

/// As the terminal keeps an answer.
fn answered(
    ledger: &mut Ledger,
    ask: &ledger::Ask,
    body_json: String,
    now: i64,
) -> Result<(), LedgerError> {
    if ask.job.is_some() {
        let n = ask.key.rsplit(' ').next().and_then(|n| n.parse().ok());
        let item = BulkItem {
            n: n.unwrap_or(0),
            who: ask.key.clone(),
            body_json,
        };
        return ledger.answer_bulk_ask(now, ask.id, &item);
    }
    let new = NewResult {
        visit: ask.visit,
        reader: format!("desk-1/number:{}", ask.client),
        kind: "qualification".to_owned(),
        body_json,
        simulated: true,
    };
    ledger
        .answer_ask(now, ask.id, &new, &Beside::default())
        .map(drop)
}
