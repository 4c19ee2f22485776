//! The live camera picture on its way to the page: shared without copies, wiped when the last holder lets it go (invariant 5).

use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// One camera picture (JPEG) for the patient's page. Clones share its bytes.
#[derive(Clone)]
pub struct LivePicture(Arc<Zeroizing<Vec<u8>>>);

impl From<Zeroizing<Vec<u8>>> for LivePicture {
    fn from(jpeg: Zeroizing<Vec<u8>>) -> Self {
        Self(Arc::new(jpeg))
    }
}

impl AsRef<[u8]> for LivePicture {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The length only: a person's picture belongs in no log.
impl fmt::Debug for LivePicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LivePicture({} bytes)", self.0.len())
    }
}
