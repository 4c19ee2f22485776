//! A technician's walk through PC/SC: socket, context, list of readers, state of each. It stops at
//! the first step that fails and keeps raw codes, so that a walk recorded anywhere can be judged
//! anywhere. Nothing is sent to a card; a reader's state is known to pcscd.

use std::ffi::{CStr, CString};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::bounded::within;

/// How a socket's path looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SocketState {
    /// Somebody listens.
    Listening,
    /// Nothing at the path.
    Missing,
    /// A socket without a listener.
    NobodyListens,
    /// Not for this user.
    Denied,
    /// Something that is not a socket.
    NotASocket,
}

impl SocketState {
    /// In Japanese.
    pub(crate) fn ja(self) -> &'static str {
        match self {
            Self::Listening => "応答あり",
            Self::Missing => "ありません",
            Self::NobodyListens => "応答する相手がいません",
            Self::Denied => "権限がありません",
            Self::NotASocket => "ソケットではありません",
        }
    }
}

/// What a walk saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// pcscd's socket.
    pub socket: SocketState,
    /// First step that failed and its PC/SC code; absent when all went well.
    #[serde(default)]
    pub failed: Option<FailedStep>,
    /// Readers, when the walk came that far.
    #[serde(default)]
    pub readers: Vec<ReaderSeen>,
    /// Smart-card readers on USB (class 0b), whether pcscd knows them or not.
    #[serde(default)]
    pub usb: Vec<UsbReader>,
}

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedStep {
    /// `SCardEstablishContext`, `SCardListReaders`, `SCardGetStatusChange`.
    pub step: String,
    /// PC/SC code as pcscd's documentation writes it, `0x8010001D`; `timeout` when no answer came.
    pub code: String,
    /// Its words.
    pub words: String,
}

/// A reader's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderSeen {
    /// PC/SC name.
    pub name: String,
    /// Names of the state flags, lower case (`present`, `mute`, `inuse`, `exclusive` ...).
    pub state: Vec<String>,
    /// ATR of the card, hexadecimal; empty without one.
    #[serde(default)]
    pub atr: String,
}

impl ReaderSeen {
    /// Whether a state flag is set.
    #[must_use]
    pub fn has(&self, flag: &str) -> bool {
        self.state.iter().any(|name| name == flag)
    }
}

/// A reader as the USB bus sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsbReader {
    /// Vendor and product, `072f:2200`.
    pub id: String,
    /// Product name as the device tells it.
    pub product: String,
    /// Kernel driver that holds it, if any (libccid holds it as `usbfs`).
    #[serde(default)]
    pub driver: Option<String>,
}

/// Walks. Every wait ends at `limit`.
pub(crate) fn walk(socket: &Path, usb_devices: &Path, limit: Duration) -> Walk {
    // A hung service with a full queue keeps even those who only connect.
    let path = socket.to_owned();
    let state = within(limit, move || socket_state(&path)).unwrap_or(SocketState::Listening);
    let mut seen = Walk {
        socket: state,
        failed: None,
        readers: Vec::new(),
        usb: usb_readers(usb_devices),
    };
    if state != SocketState::Listening {
        return seen;
    }
    match within(limit, readers) {
        None => {
            seen.failed = Some(FailedStep {
                step: "PC/SC".into(),
                code: "timeout".into(),
                words: format!("no answer within {} ms", limit.as_millis()),
            })
        }
        Some(Err(step)) => seen.failed = Some(step),
        Some(Ok(readers)) => seen.readers = readers,
    }
    seen
}

/// Looks at a socket's path and tries to connect.
pub(crate) fn socket_state(path: &Path) -> SocketState {
    use std::io::ErrorKind;
    use std::os::unix::fs::FileTypeExt;
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => SocketState::Denied,
        Err(_) => SocketState::Missing,
        Ok(meta) if !meta.file_type().is_socket() => SocketState::NotASocket,
        Ok(_) => match std::os::unix::net::UnixStream::connect(path) {
            Ok(_) => SocketState::Listening,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => SocketState::Denied,
            Err(_) => SocketState::NobodyListens,
        },
    }
}

fn failed(step: &str, error: pcsc::Error) -> FailedStep {
    FailedStep {
        step: step.into(),
        code: format!("0x{:08X}", error as u32),
        words: error.to_string(),
    }
}

fn readers() -> Result<Vec<ReaderSeen>, FailedStep> {
    let context = pcsc::Context::establish(pcsc::Scope::User)
        .map_err(|error| failed("SCardEstablishContext", error))?;
    let names: Vec<CString> = context
        .list_readers_owned()
        .map_err(|error| failed("SCardListReaders", error))?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut states: Vec<pcsc::ReaderState> = names
        .into_iter()
        .map(|name| pcsc::ReaderState::new(name, pcsc::State::UNAWARE))
        .collect();
    match context.get_status_change(Duration::ZERO, &mut states) {
        Ok(()) | Err(pcsc::Error::Timeout) => {}
        Err(error) => return Err(failed("SCardGetStatusChange", error)),
    }
    Ok(states
        .iter()
        .map(|state| ReaderSeen {
            name: text(state.name()),
            state: flags(state.event_state()),
            atr: hex(state.atr()),
        })
        .collect())
}

fn text(name: &CStr) -> String {
    name.to_string_lossy().into_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn flags(state: pcsc::State) -> Vec<String> {
    state
        .iter_names()
        .map(|(name, _)| name.to_ascii_lowercase())
        .filter(|name| name != "changed")
        .collect()
}

/// Interfaces of class 0b (smart card) in sysfs with their device's name and driver.
fn usb_readers(devices: &Path) -> Vec<UsbReader> {
    let Ok(entries) = std::fs::read_dir(devices) else {
        return Vec::new();
    };
    let read = |path: &Path, name: &str| {
        std::fs::read_to_string(path.join(name))
            .map(|text| text.trim().to_owned())
            .unwrap_or_default()
    };
    let mut found: Vec<UsbReader> = entries
        .flatten()
        .take(512)
        .filter_map(|entry| {
            let interface = entry.path();
            if read(&interface, "bInterfaceClass") != "0b" {
                return None;
            }
            // `1-2:1.0` is an interface of the device `1-2`.
            let device = devices.join(entry.file_name().to_string_lossy().split(':').next()?);
            let driver = std::fs::read_link(interface.join("driver")).ok();
            Some(UsbReader {
                id: format!(
                    "{}:{}",
                    read(&device, "idVendor"),
                    read(&device, "idProduct")
                ),
                product: read(&device, "product"),
                driver: driver.and_then(|path| {
                    path.file_name()
                        .map(|name| name.to_string_lossy().into_owned())
                }),
            })
        })
        .collect();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_on_usb_is_found_with_its_driver() {
        let dir = tempfile::tempdir().unwrap();
        let device = dir.path().join("1-2");
        let interface = dir.path().join("1-2:1.0");
        for path in [&device, &interface, &dir.path().join("usb1")] {
            std::fs::create_dir(path).unwrap();
        }
        for (name, value) in [
            ("idVendor", "054c"),
            ("idProduct", "0dc8"),
            ("product", "RC-S300/S"),
        ] {
            std::fs::write(device.join(name), format!("{value}\n")).unwrap();
        }
        std::fs::write(interface.join("bInterfaceClass"), "0b\n").unwrap();
        std::os::unix::fs::symlink("../../../bus/usb/drivers/usbfs", interface.join("driver"))
            .unwrap();
        assert_eq!(
            usb_readers(dir.path()),
            [UsbReader {
                id: "054c:0dc8".into(),
                product: "RC-S300/S".into(),
                driver: Some("usbfs".into())
            }]
        );
    }

    #[test]
    fn sockets_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        assert_eq!(socket_state(&at("none")), SocketState::Missing);
        std::fs::write(at("file"), "").unwrap();
        assert_eq!(socket_state(&at("file")), SocketState::NotASocket);
        let listener = std::os::unix::net::UnixListener::bind(at("live")).unwrap();
        assert_eq!(socket_state(&at("live")), SocketState::Listening);
        drop(listener);
        assert_eq!(socket_state(&at("live")), SocketState::NobodyListens);
    }
}
