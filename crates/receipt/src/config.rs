//! Who may do what, and the limits that keep a slow, silent or greedy client from harming anybody (invariant 15).

use std::sync::Arc;
use std::time::Duration;

/// Wall time in milliseconds since the Unix epoch, as the daemon trusts it.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What a client may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// See the list, the events and qualification results.
    Read,
    /// Become owner of results: claim, acknowledge, release.
    Claim,
    /// Do so also with results that hold medical information (every kind but `qualification`).
    Medical,
    /// Ask by number, singly and in bulk.
    Inquire,
    /// Change settings of the institution.
    Settings,
    /// Read the audit chain.
    Audit,
}

impl Right {
    /// All rights.
    pub const ALL: [Self; 6] = [
        Self::Read,
        Self::Claim,
        Self::Medical,
        Self::Inquire,
        Self::Settings,
        Self::Audit,
    ];

    /// The word used in the settings file and in `/v1/status`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Claim => "claim",
            Self::Medical => "medical",
            Self::Inquire => "inquire",
            Self::Settings => "settings",
            Self::Audit => "audit",
        }
    }

    /// The right of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == name)
    }
}

/// One client: a local user, by number or by name, that is called `name` in claims and in the audit chain.
#[derive(Clone, Debug)]
pub struct ClientRule {
    /// The client's name, unique.
    pub name: String,
    /// The user's number; takes precedence over `user`.
    pub uid: Option<u32>,
    /// The user's name, looked up once at start.
    pub user: Option<String>,
    /// What it may do.
    pub rights: Vec<Right>,
    /// The card readers whose results it sees, by their whole name or by the desk's (`desk-1`); empty = all.
    pub readers: Vec<String>,
}

/// Settings of the socket's server.
#[derive(Clone)]
pub struct ReceiptConfig {
    /// Everybody who may connect; all other users are refused.
    pub clients: Vec<ClientRule>,
    /// Whether this terminal is a simulation; results of the other world are never served (invariant 13).
    pub simulated: bool,
    /// The time.
    pub clock: Clock,
    /// 医療機関コード; a request that names another one is refused.
    pub institution_code: String,
    /// Greatest request body in bytes; messages of the interface may have 4 MiB.
    pub max_body: usize,
    /// Connections that one user may have open at once, event streams included.
    pub connections_per_user: usize,
    /// Time for the whole header, and again for the whole body, of one request.
    pub request_timeout: Duration,
    /// A connection on which nothing moves for so long is closed.
    pub idle_timeout: Duration,
    /// A connection is closed after so long, event streams included; the client connects again and resumes.
    pub total_timeout: Duration,
    /// Interval of the comment lines that keep an event stream alive; at most half of `idle_timeout` is used.
    pub heartbeat: Duration,
    /// Of the same client, what it is refused and which lists it looks at stand in the audit chain at most once in so long, with how
    /// often it was.
    pub tell_every: Duration,
    /// How long a claim runs when the client names no time.
    pub default_lease: Duration,
}

impl ReceiptConfig {
    /// Settings with the default limits: bodies of 64 KiB, 16 connections per user, 10 s per request, 60 s idle, 1 hour in
    /// all, heartbeat 15 s, one record a minute, claims of 5 minutes.
    pub fn new(clients: Vec<ClientRule>, simulated: bool, clock: Clock) -> Self {
        Self {
            clients,
            simulated,
            clock,
            institution_code: String::new(),
            max_body: 64 * 1024,
            connections_per_user: 16,
            request_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(3600),
            heartbeat: Duration::from_secs(15),
            tell_every: Duration::from_secs(60),
            default_lease: Duration::from_secs(300),
        }
    }
}

impl std::fmt::Debug for ReceiptConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceiptConfig")
            .field("clients", &self.clients)
            .field("simulated", &self.simulated)
            .finish_non_exhaustive()
    }
}
