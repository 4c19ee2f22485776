//! The gateway's thread: a pass whenever something changed, and by the clock.

use super::counter::FolderCounter;
use super::gateway::FolderGateway;
use super::problem::FolderHealth;
use super::{FolderSettings, FolderStore};
use crate::config::Clock;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Between two looks at the store's events and the order to stop.
const NAP: Duration = Duration::from_millis(100);
/// A pause after a pass that failed, so that a full disk is not asked over and over.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Serves the folders until `stop` says so. Blocks; to be called on a thread of its own. What fails is logged and tried again.
pub fn serve_folders(
    store: Arc<dyn FolderStore>,
    settings: FolderSettings,
    clock: Clock,
    counter: Option<FolderCounter>,
    health: &FolderHealth,
    stop: &watch::Receiver<bool>,
) {
    let wait = settings.poll;
    let req = settings.req.clone();
    let mut news = store.event_watch();
    let mut gateway = FolderGateway::open(store, settings, clock).with_counter(counter);
    let mut changes = None;
    while !*stop.borrow() {
        news.mark_unchanged();
        // What failed was said by the pass.
        let outcome = gateway.pass();
        health.set(outcome.as_ref().err());
        let failing = outcome.is_err();
        if changes.is_none() && gateway.req.known {
            changes = watch_requests(&req);
        }
        let until = Instant::now() + if failing { AFTER_FAILURE } else { wait };
        while Instant::now() < until && !*stop.borrow() {
            if nap(changes.as_ref())
                || gateway.waits_for_the_counter()
                || (!failing && news.has_changed().unwrap_or(false))
            {
                break;
            }
        }
    }
}

/// Watches `req/`; without (a network file system, too many watches) the folder is looked at by the clock alone.
fn watch_requests(req: &std::path::Path) -> Option<Inotify> {
    let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK).ok()?;
    let what = AddWatchFlags::IN_CLOSE_WRITE | AddWatchFlags::IN_MOVED_TO;
    inotify.add_watch(req, what).ok()?;
    Some(inotify)
}

/// Waits a moment; says whether something was written meanwhile.
fn nap(changes: Option<&Inotify>) -> bool {
    let Some(changes) = changes else {
        std::thread::park_timeout(NAP);
        return false;
    };
    let timeout = PollTimeout::try_from(NAP).unwrap_or(PollTimeout::ZERO);
    let mut fds = [PollFd::new(changes.as_fd(), PollFlags::POLLIN)];
    match poll(&mut fds, timeout) {
        Ok(count) if count > 0 => changes.read_events().is_ok_and(|events| !events.is_empty()),
        _ => false,
    }
}
