//! The live picture on its way from the worker to the patient's page. Only pictures of the comparison that
//! runs now get through: one that arrives late would stay behind for the next patient (invariants 5, 10).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kiosk::patient::LivePicture;
use tokio::sync::watch;
use zeroize::Zeroizing;

/// The place of the one live picture; clones share it.
#[derive(Clone)]
pub(crate) struct Preview {
    frames: Arc<watch::Sender<Option<LivePicture>>>,
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
    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<LivePicture>> {
        self.frames.subscribe()
    }

    /// Pictures of this visit may be shown from now on.
    pub(crate) fn open(&self, visit: u64) {
        self.visit.store(visit, Ordering::SeqCst);
    }

    /// No picture may be shown, and the last one is let go; it is wiped when no page writes it any more.
    pub(crate) fn close(&self) {
        self.visit.store(0, Ordering::SeqCst);
        let _ = self.frames.send_replace(None);
    }

    /// Shows a picture if it is of the comparison that runs.
    pub(crate) fn put(&self, visit: u64, jpeg: Zeroizing<Vec<u8>>) {
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

    fn picture(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(bytes.to_vec())
    }

    #[test]
    fn invariant_5_no_picture_outlives_its_comparison() {
        let preview = Preview::default();
        let shown = preview.subscribe();
        preview.put(7, picture(b"before"));
        assert!(shown.borrow().is_none(), "nothing was started");
        preview.open(7);
        preview.put(6, picture(b"of another visit"));
        assert!(shown.borrow().is_none());
        preview.put(7, picture(b"now"));
        assert_eq!(
            shown.borrow().as_ref().map(AsRef::as_ref),
            Some(&b"now"[..])
        );
        preview.close();
        assert!(shown.borrow().is_none());
        preview.put(7, picture(b"late"));
        assert!(shown.borrow().is_none(), "a picture in flight is let go");
    }
}
