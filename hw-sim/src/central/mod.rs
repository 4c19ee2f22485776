//! The central service in software: real mutual TLS, login, the card's confirmation, qualification
//! and medicines, out of a register of invented persons. It verifies like a service (chain, validity,
//! signature, nonce, consent) and can be made to fail in the ways services fail.

mod answer;
pub(crate) mod assumed;
mod bulk;
mod clock;
mod desk;
mod hands;
mod institutions;
pub mod invented;
pub mod jst;
mod listener;
mod log;
mod login;
mod office;
mod people;
mod qualification;
mod store;
mod switches;
mod tls;
mod web;

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

pub use assumed::surface_proved;
pub use bulk::BulkForm;
pub use clock::SimClock;
pub use institutions::{Institution, Settings};
pub use log::{KEPT as REQUESTS_KEPT, RequestLog};
pub use office::{Care, ConfirmationRecord, HomeConsent, Opening};
pub use people::PeopleError;
pub use store::{CONFIRMATION_LIFE_MS, CONSENT_LIFE_MS, NONCE_LIFE_MS};
pub use switches::{Fault, ServerCertificate};
pub use tls::{TlsError, TlsVersions};
pub use web::{PATH_CONFIRM, PATH_LOGIN, PATH_MEDICINES, PATH_NONCE, PATH_SEARCH};

use crate::persons::{CertificateState, Register};
use bulk::Jobs;
use listener::Door;
use log::Log;
use office::Office;
use people::People;
use store::Store;
use switches::Switches;
use tls::TlsConfigs;

/// The clinic of the simulation: ten digits, 13 for Tokyo, 1 for a medical institution.
pub const INSTITUTION_CODE: &str = "1310000001";
/// The clinic whose terminal is simulated, where nothing else is said.
pub const CLINIC_INSTITUTION: &str = "1310000001";
/// Another institution of the same prefecture.
pub const OTHER_INSTITUTION: &str = "1319999999";
/// An institution far away.
pub const FAR_INSTITUTION: &str = "4010000002";
/// Login of the simulation. Not a secret: it opens nothing but this simulator.
pub const USER_ID: &str = "sim-clinic";
/// Password of the simulation. Not a secret.
pub const PASSWORD: &str = "sim-password";

/// What the service starts with.
#[derive(Clone, Debug)]
pub struct CentralSimConfig {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The prepared folder (`hw-sim prepare`).
    pub dir: PathBuf,
    /// Who the service knows.
    pub register: Register,
    /// The medical institution that the terminal's certificate stands for.
    pub institution_code: String,
    /// Login name.
    pub user_id: String,
    /// Login password.
    pub password: String,
    /// Ten thousand persons and more beside the register, for load; none at first.
    pub invented: invented::Invented,
    /// How long a token is accepted.
    pub token_life: Duration,
    /// TLS versions.
    pub tls: TlsVersions,
    /// The clock behind every decision.
    pub clock: SimClock,
}

impl CentralSimConfig {
    /// A service on a free loopback port with the customary values.
    pub fn new(dir: impl Into<PathBuf>, register: Register) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            dir: dir.into(),
            register,
            institution_code: INSTITUTION_CODE.to_owned(),
            user_id: USER_ID.to_owned(),
            password: PASSWORD.to_owned(),
            invented: invented::Invented::default(),
            token_life: Duration::from_secs(30 * 60),
            tls: TlsVersions::default(),
            clock: SimClock::system(),
        }
    }
}

/// Why the service did not start, or a switch did not work.
#[derive(Debug, thiserror::Error)]
pub enum CentralSimError {
    /// The address can't be listened on.
    #[error("the service can't listen on {address}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// TLS files.
    #[error("TLS can't be set up")]
    Tls(#[from] TlsError),
    /// Register and certificates.
    #[error("the register can't be used")]
    People(#[from] PeopleError),
    /// The service has been shut down.
    #[error("the service no longer runs")]
    Gone,
}

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) config: CentralSimConfig,
    pub(crate) clock: SimClock,
    pub(crate) people: People,
    pub(crate) tls: TlsConfigs,
    pub(crate) switches: Switches,
    log: Log,
    state: Mutex<Store>,
    office: Mutex<Office>,
    institutions: Mutex<Vec<Institution>>,
    jobs: Mutex<Jobs>,
    revoked: Mutex<HashSet<String>>,
    /// Certificates that the service holds for ended, with their end.
    expired: Mutex<HashMap<String, i64>>,
    token_life_ms: AtomicI64,
}

impl Shared {
    pub(crate) fn state(&self) -> MutexGuard<'_, Store> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never held together with [`Self::state`].
    pub(crate) fn office(&self) -> MutexGuard<'_, Office> {
        self.office.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn institutions(&self) -> MutexGuard<'_, Vec<Institution>> {
        self.institutions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A setting of an institution.
    pub(crate) fn setting(&self, institution: &str, key: &str) -> bool {
        let institutions = self.institutions();
        let found = institutions.iter().find(|i| i.code == institution);
        found.is_some_and(|i| i.settings.is_on(key))
    }

    /// A person as the service knows it now, with what came in since the register was written.
    pub(crate) fn person(&self, id: &str, now: i64) -> Option<crate::persons::Person> {
        let mut person = self.people.by_id(id, now)?;
        self.office().overlay(&mut person);
        Some(person)
    }

    /// Is a person of the register registered for insurance use by now?
    pub(crate) fn registered(&self, person: &crate::persons::Person) -> bool {
        let mut person = person.clone();
        self.office().overlay(&mut person);
        person.registered
    }

    /// Everybody of the register, as the service knows them now.
    pub(crate) fn persons(&self, now: i64) -> Vec<crate::persons::Person> {
        let mut persons = self.people.known(now);
        let office = self.office();
        for person in &mut persons {
            office.overlay(person);
        }
        persons
    }

    pub(crate) fn note(&self, path: &str, status: u16, summary: String) {
        tracing::info!(path, status, summary, "central service (simulated)");
        self.log.push(self.clock.now(), path, status, summary);
    }

    /// The end of a person's certificate as the service was told by hand, if it was.
    pub(crate) fn expired_at(&self, person: &str) -> Option<i64> {
        self.expired
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(person)
            .copied()
    }

    pub(crate) fn is_revoked(&self, person: &str) -> bool {
        self.revoked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(person)
    }

    pub(crate) fn token_life_ms(&self) -> i64 {
        self.token_life_ms.load(Ordering::Relaxed)
    }

    /// The time as the service tells it, which may be wrong on purpose.
    pub(crate) fn shown_time(&self, now: i64) -> i64 {
        now.saturating_add(self.switches.skew_ms())
    }
}

/// The running service. Dropping it stops it.
pub struct CentralSim {
    shared: Arc<Shared>,
    address: SocketAddr,
    down: AtomicBool,
    door: mpsc::Sender<Door>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl CentralSim {
    /// Reads the prepared folder and starts listening. Needs a Tokio runtime.
    pub async fn start(config: CentralSimConfig) -> Result<Self, CentralSimError> {
        let tls = TlsConfigs::load(&config.dir, config.tls, &config.clock)?;
        let people = People::load(&config.dir, config.register.clone())?;
        let failed = |source| CentralSimError::Listen {
            address: config.listen,
            source,
        };
        let listener = listener::listen(config.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared {
            clock: config.clock.clone(),
            people,
            tls,
            switches: Switches::new(),
            log: Log::default(),
            state: Mutex::new(Store::new()),
            office: Mutex::default(),
            institutions: Mutex::new(institutions::institutions(
                &config.institution_code,
                &config.user_id,
                &config.password,
            )),
            jobs: Mutex::default(),
            expired: Mutex::default(),
            revoked: Mutex::new(
                config
                    .register
                    .persons
                    .iter()
                    .filter(|person| person.card.certificate == CertificateState::Revoked)
                    .map(|person| person.id.clone())
                    .collect(),
            ),
            token_life_ms: AtomicI64::new(
                i64::try_from(config.token_life.as_millis()).unwrap_or(i64::MAX),
            ),
            config,
        });
        let (door, commands) = mpsc::channel(4);
        let task = tokio::spawn(listener::run(
            listener,
            address,
            Arc::clone(&shared),
            commands,
        ));
        Ok(Self {
            shared,
            address,
            down: AtomicBool::new(false),
            door,
            task: Mutex::new(Some(task)),
        })
    }

    /// The port it listens on; stays the same while down.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The medical institution it answers to.
    pub fn institution_code(&self) -> &str {
        &self.shared.config.institution_code
    }

    /// The clock, to be shifted by tests.
    pub fn clock(&self) -> &SimClock {
        &self.shared.clock
    }

    /// Down: the port refuses connections and open ones are dropped. Up: the same port again.
    /// When this returns, it is so.
    pub async fn set_down(&self, down: bool) -> Result<(), CentralSimError> {
        let (done, answer) = oneshot::channel();
        let command = if down {
            Door::Close(done)
        } else {
            Door::Open(done)
        };
        let gone = |_| CentralSimError::Gone;
        self.door
            .send(command)
            .await
            .map_err(|_| CentralSimError::Gone)?;
        answer
            .await
            .map_err(gone)?
            .map_err(|source| CentralSimError::Listen {
                address: self.address,
                source,
            })?;
        self.down.store(down, Ordering::Relaxed);
        Ok(())
    }

    /// Is it down?
    pub fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    /// The requests so far, oldest first; at most [`REQUESTS_KEPT`].
    pub fn requests(&self) -> Vec<RequestLog> {
        self.requests_after(0)
    }

    /// The requests with a number above `seq`.
    pub fn requests_after(&self, seq: u64) -> Vec<RequestLog> {
        self.shared.log.after(seq)
    }

    fn task(&self) -> Option<JoinHandle<()>> {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        task.take()
    }

    /// Stops for good. When this returns, the port is closed and every connection is gone.
    pub async fn stop(&self) {
        if let Some(task) = self.task() {
            task.abort();
            let _ = task.await;
        }
    }

    /// Stops for good.
    pub async fn shutdown(self) {
        self.stop().await;
    }
}

impl Drop for CentralSim {
    fn drop(&mut self) {
        if let Some(task) = self.task() {
            task.abort();
        }
    }
}
