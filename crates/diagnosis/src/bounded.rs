//! A time limit around anything that may hang in a driver or a service.

use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Runs `work` on its own thread and waits at most `limit` for it. `None` when it took longer (the
/// thread is left behind: it ends with its own call or with the process) or could not be started.
pub(crate) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::Builder::new()
        .name("diagnosis".into())
        .spawn(move || {
            // The receiver is gone when the limit has passed; the answer is then of no use.
            let _ = sender.send(work());
        })
        .ok()?;
    receiver.recv_timeout(limit).ok()
}

/// Milliseconds since `start`.
pub(crate) fn ms_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hanging_call_is_given_up_at_its_limit() {
        let (_keep, never) = mpsc::channel::<()>();
        let start = Instant::now();
        assert!(within(Duration::from_millis(50), move || never.recv()).is_none());
        assert!(start.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn an_answer_in_time_is_passed_on() {
        assert_eq!(within(Duration::from_secs(5), || 7), Some(7));
    }
}
