//! Restarting a hung reader from the daemon. Where the daemon may touch devices it resets the USB port itself; in
//! its sandbox, which has no devices, it leaves a request that `uketsuke-reader-reset.path` watches for.

use std::path::{Path, PathBuf};

use card::reset::{LibUsb, UsbReset};
use card::{ReaderReset, ResetError};

/// Name of the request beside the technician's socket; its content is the reader's name.
const REQUEST: &str = "reader-reset";

/// Resets by itself or asks for it.
pub(crate) struct Restart {
    request: PathBuf,
}

impl Restart {
    /// The request lies in the same folder as the technician's socket.
    pub(crate) fn beside(socket: &Path) -> Self {
        Self {
            request: socket.with_file_name(REQUEST),
        }
    }

    fn ask(&self, reader: &str) -> std::io::Result<()> {
        // Complete before it is seen: the path unit acts as soon as the file is there.
        let unfinished = self.request.with_extension("new");
        std::fs::write(&unfinished, reader)?;
        std::fs::rename(&unfinished, &self.request)
    }
}

impl ReaderReset for Restart {
    fn reset(&self, reader: &str) -> Result<(), ResetError> {
        match UsbReset(LibUsb).reset(reader) {
            Ok(()) => Ok(()),
            // The bus was seen and the choice is unclear: nobody else would know better.
            Err(error @ (ResetError::Ambiguous(_) | ResetError::OtherName(_))) => Err(error),
            Err(error) => {
                tracing::info!(%error, "asking the reset service to restart the reader");
                self.ask(reader)
                    .map_err(|asking| ResetError::Usb(format!("{error}; {asking}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_the_reader_and_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let restart = Restart::beside(&folder.path().join("admin.sock"));
        restart.ask("ACS ACR1252 00 00").unwrap();
        restart.ask("SONY RC-S300 00 00").unwrap();
        let request = folder.path().join("reader-reset");
        assert_eq!(
            std::fs::read_to_string(request).unwrap(),
            "SONY RC-S300 00 00"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = Restart::beside(Path::new("/nonexistent/admin.sock"));
        assert!(nowhere.ask("x").is_err());
    }
}
