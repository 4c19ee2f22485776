//! The receipt side alone, for measuring it: the real ledger on its own thread, the real server on real sockets, one socket for each
//! client. On a terminal a client is a user of the system, and all meet on one socket; here each socket is served under another
//! client's name, so that a measurement needs no fifty users and no root.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::{Ledger, LedgerKey, NewResult, OpenOptions};
use receipt::counter::ScriptedCounter;
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
