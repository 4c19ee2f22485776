//! The live picture on its way from the worker to the patient's page. Only pictures of the comparison that
//! runs now get through: one that arrives late would stay behind for the next patient (invariants 5, 10).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

/// The place of the one live picture; clones share it.
#[derive(Clone)]
pub(crate) struct Preview {
    frames: Arc<watch::Sender<Option<Arc<[u8]>>>>,
    /// The visit whose pictures may be shown; 0 = none.
    visit: Arc<AtomicU64>,
}

impl Default for Preview {
    fn default() -> Self {
        Self {
            frames: Arc::new(watch::Sender::new(None)),
            visit: Arc::default(),
        }
    }
}

impl Preview {
    /// Follows the picture.
    #[must_use]
    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<Arc<[u8]>>> {
        self.frames.subscribe()
    }

    /// Pictures of this visit may be shown from now on.
    pub(crate) fn open(&self, visit: u64) {
        self.visit.store(visit, Ordering::SeqCst);
    }

    /// No picture may be shown, and the last one is let go.
    pub(crate) fn close(&self) {
        self.visit.store(0, Ordering::SeqCst);
        let _ = self.frames.send_replace(None);
    }

    /// Shows a picture if it is of the comparison that runs.
    pub(crate) fn put(&self, visit: u64, jpeg: Vec<u8>) {
        // Looked at under the channel's lock: a close either comes first or wipes what is put here.
        self.frames.send_if_modified(|shown| {
            let fits = visit != 0 && self.visit.load(Ordering::SeqCst) == visit;
            if fits {
                *shown = Some(jpeg.into());
            }
            fits
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invariant_5_no_picture_outlives_its_comparison() {
        let preview = Preview::default();
        let shown = preview.subscribe();
        preview.put(7, b"before".to_vec());
        assert!(shown.borrow().is_none(), "nothing was started");
        preview.open(7);
        preview.put(6, b"of another visit".to_vec());
        assert!(shown.borrow().is_none());
        preview.put(7, b"now".to_vec());
        assert_eq!(shown.borrow().as_deref(), Some(&b"now"[..]));
        preview.close();
        assert!(shown.borrow().is_none());
        preview.put(7, b"late".to_vec());
        assert!(shown.borrow().is_none(), "a picture in flight is let go");
    }
}
