//! What can be made to go wrong with the service while it runs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hyper::body::Bytes;

use tokio::sync::watch;

/// What the service does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Connections are accepted and nothing is ever answered, on old connections either.
    Hang,
    /// Requests are carried out, and the connection closes before the answer: the caller can't
    /// know what happened.
    LoseAnswer,
    /// Every request is answered with this HTTP status, and not carried out.
    Status(u16),
    /// Every answer comes this many milliseconds late.
    Slow(u64),
    /// Answers with medical lists come later than all others.
    SlowLists {
        /// Milliseconds of a list.
        lists: u64,
        /// Milliseconds of everything else.
        others: u64,
    },
    /// Every answer is cut in the middle of its body.
    Cut,
    /// Requests are carried out, and answered with the answer to the request before of the same path.
    Duplicate,
    /// The same for medical lists alone: all else is answered as it is asked.
    DuplicateLists,
    /// Medical lists come under the name of another kind: checkups where medicines were asked for, and the other way round.
    SwapLists,
    /// Every answer is text that is not JSON.
    NotJson,
    /// Every answer is a JSON text of this many bytes.
    Oversized(usize),
}

/// Which certificate the service shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServerCertificate {
    /// For `localhost` and 127.0.0.1, valid, under the expected authority.
    #[default]
    Good,
    /// Ran out.
    Expired,
    /// For another host name.
    OtherHost,
    /// Under an authority that the terminal does not know.
    Untrusted,
    /// Revoked by its authority: seen only by a terminal with the authority's list (`central/revoked.crl`).
    Revoked,
}

impl ServerCertificate {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Good,
        Self::Expired,
        Self::OtherHost,
        Self::Untrusted,
        Self::Revoked,
    ];

    /// File stem below `central/` of the prepared folder.
    pub(crate) fn stem(self) -> &'static str {
        match self {
            Self::Good => "server",
            Self::Expired => "expired-server",
            Self::OtherHost => "other-host-server",
            Self::Untrusted => "untrusted-server",
            Self::Revoked => "revoked-server",
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Values {
    fault: Fault,
    certificate: ServerCertificate,
    skew_ms: i64,
}

/// The switches as they stand, and the signal that closes every open connection.
#[derive(Debug)]
pub(crate) struct Switches {
    values: Mutex<Values>,
    generation: watch::Sender<u64>,
    /// The last answer of each path, for [`Fault::Duplicate`].
    last: Mutex<HashMap<String, Bytes>>,
}

/// Paths whose last answer is kept.
const PATHS: usize = 64;

impl Switches {
    /// The answer to send: that of the request before where so switched. Remembers this one.
    pub(crate) fn answer_before(&self, fault: Fault, path: &str, body: Bytes) -> Bytes {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let before = if last.len() < PATHS || last.contains_key(path) {
            last.insert(path.to_owned(), body.clone())
        } else {
            None
        };
        match (fault, before) {
            (Fault::Duplicate, Some(before)) => before,
            (Fault::DuplicateLists, Some(before)) if super::web::is_list(path) => before,
            _ => body,
        }
    }

    pub(crate) fn new() -> Self {
        Self {
            values: Mutex::default(),
            generation: watch::Sender::new(0),
            last: Mutex::default(),
        }
    }

    fn get(&self) -> Values {
        *self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, by: impl FnOnce(&mut Values)) {
        by(&mut self.values.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn fault(&self) -> Fault {
        self.get().fault
    }

    /// Leaving `Hang` closes the connections that hang, as a restarted service would.
    pub(crate) fn set_fault(&self, fault: Fault) {
        let before = self.fault();
        self.change(|v| v.fault = fault);
        if before == Fault::Hang && fault != Fault::Hang {
            self.drop_connections();
        }
    }

    pub(crate) fn certificate(&self) -> ServerCertificate {
        self.get().certificate
    }

    /// Closes the open connections, so that the next one meets the new certificate.
    pub(crate) fn set_certificate(&self, certificate: ServerCertificate) {
        self.change(|v| v.certificate = certificate);
        self.drop_connections();
    }

    pub(crate) fn skew_ms(&self) -> i64 {
        self.get().skew_ms
    }

    pub(crate) fn set_skew_ms(&self, ms: i64) {
        self.change(|v| v.skew_ms = ms);
    }

    pub(crate) fn drop_connections(&self) {
        self.generation.send_modify(|g| *g = g.wrapping_add(1));
    }

    /// Fires when open connections are to be closed.
    pub(crate) fn generation(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }
}
