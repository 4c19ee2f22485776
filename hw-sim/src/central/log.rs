//! What was asked of the service, for tests and for the control page. Bounded; holds no credential,
//! no number of a person and no proof, only who, what and how it ended.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How many requests are remembered.
pub const KEPT: usize = 1000;

/// One request that reached the service.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RequestLog {
    /// Counts from 1.
    pub seq: u64,
    /// When, in milliseconds since the Unix epoch (the service's clock).
    pub at: i64,
    /// Path of the request.
    pub path: String,
    /// HTTP status of the answer; 0 when none was given.
    pub status: u16,
    /// Who and what, in words, without secrets.
    pub summary: String,
}

/// The list, shared by the connections.
#[derive(Debug, Default)]
pub(crate) struct Log {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    last: u64,
    kept: VecDeque<RequestLog>,
}

impl Log {
    pub(crate) fn push(&self, at: i64, path: &str, status: u16, summary: String) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.last += 1;
        let seq = inner.last;
        if inner.kept.len() >= KEPT {
            inner.kept.pop_front();
        }
        inner.kept.push_back(RequestLog {
            seq,
            at,
            path: path.chars().take(120).collect(),
            status,
            summary,
        });
    }

    /// Requests with a number above `seq`, oldest first.
    pub(crate) fn after(&self, seq: u64) -> Vec<RequestLog> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.kept.iter().filter(|r| r.seq > seq).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_and_keeps_counting() {
        let log = Log::default();
        for n in 0..KEPT + 5 {
            log.push(0, &"p".repeat(500), 200, format!("{n}"));
        }
        let all = log.after(0);
        assert_eq!(all.len(), KEPT);
        assert_eq!(all.first().map(|r| r.seq), Some(6));
        assert!(all.iter().all(|r| r.path.len() == 120));
        assert_eq!(log.after(KEPT as u64 + 4).len(), 1);
    }
}
