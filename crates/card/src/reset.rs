//! Restarting a reader that hangs: its USB port is reset, as pulling and plugging it would do.
//!
//! pcscd then sees the reader leave and come back. Which USB device a PC/SC reader is, pcscd does not say; it is
//! found among the devices of the smart-card class by the words of its name.

use std::time::Duration;

/// Something that can restart a reader. [`UsbReset`] does it itself; a daemon without access to devices hands
/// the wish on.
pub trait ReaderReset: Send + Sync {
    /// Restarts the reader with this PC/SC name. May block as long as the bus does.
    ///
    /// # Errors
    /// [`ResetError`].
    fn reset(&self, reader: &str) -> Result<(), ResetError>;
}

/// Why a reader was not restarted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResetError {
    /// No smart-card reader is on USB.
    #[error("no smart-card reader is on USB")]
    NoneFound,
    /// The only reader on USB goes by another name: it was not touched.
    #[error("the only smart-card reader on USB has another name: {0}")]
    OtherName(String),
    /// Several readers fit equally well: none was touched.
    #[error("several USB readers fit the name: {0}")]
    Ambiguous(String),
    /// This user may not open the device.
    #[error("no access to the USB device {0}")]
    Denied(String),
    /// The bus refused.
    #[error("USB: {0}")]
    Usb(String),
}

/// A smart-card reader on USB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbReader {
    /// Bus number.
    pub bus: u8,
    /// Address on the bus.
    pub address: u8,
    /// Vendor and product, hexadecimal, `vvvv:pppp`.
    pub id: String,
    /// Manufacturer's and product's name; may be empty when the device may not be opened.
    pub name: String,
}

/// The USB bus, as far as this needs it.
pub trait UsbBus: Send + Sync {
    /// All devices with an interface of the smart-card class.
    ///
    /// # Errors
    /// [`ResetError::Usb`] when the bus cannot be looked at.
    fn readers(&self) -> Result<Vec<UsbReader>, ResetError>;

    /// Resets one device's port.
    ///
    /// # Errors
    /// [`ResetError::Denied`] or [`ResetError::Usb`].
    fn reset(&self, reader: &UsbReader) -> Result<(), ResetError>;
}

/// Resets over a USB bus.
#[derive(Debug, Default)]
pub struct UsbReset<B = LibUsb>(pub B);

impl<B: UsbBus> ReaderReset for UsbReset<B> {
    fn reset(&self, reader: &str) -> Result<(), ResetError> {
        let devices = self.0.readers()?;
        self.0.reset(choose(reader, &devices)?)
    }
}

/// The device that the PC/SC name fits best. A single one is taken without a name to compare, but not against its
/// name: a lone security key is no reader, and the hung reader may be one of a vendor's own class.
fn choose<'a>(reader: &str, devices: &'a [UsbReader]) -> Result<&'a UsbReader, ResetError> {
    let score = |device: &UsbReader| words(&device.name).filter(|word| has(reader, word)).count();
    match devices {
        [] => Err(ResetError::NoneFound),
        [only] if only.name.is_empty() || score(only) > 0 => Ok(only),
        [only] => Err(ResetError::OtherName(format!("{} {}", only.id, only.name))),
        several => {
            let best = several.iter().map(score).max().unwrap_or(0);
            let mut fitting = several.iter().filter(|device| score(device) == best);
            match (fitting.next(), fitting.next()) {
                (Some(device), None) if best > 0 => Ok(device),
                _ => Err(ResetError::Ambiguous(
                    several
                        .iter()
                        .map(|device| device.id.as_str())
                        .collect::<Vec<_>>()
                        .join(", "),
                )),
            }
        }
    }
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| word.len() > 1)
}

fn has(reader: &str, word: &str) -> bool {
    words(reader).any(|own| own.eq_ignore_ascii_case(word))
}

/// The real bus, through libusb.
#[derive(Debug, Default, Clone, Copy)]
pub struct LibUsb;

/// USB class of smart-card readers (USB-IF, CCID).
const SMART_CARD_CLASS: u8 = 0x0B;
const STRING_TIMEOUT: Duration = Duration::from_millis(500);

impl UsbBus for LibUsb {
    fn readers(&self) -> Result<Vec<UsbReader>, ResetError> {
        let devices = devices().map_err(|error| ResetError::Usb(error.to_string()))?;
        Ok(devices
            .iter()
            .filter(is_reader)
            .filter_map(|device| describe(&device))
            .collect())
    }

    fn reset(&self, reader: &UsbReader) -> Result<(), ResetError> {
        let usb = |error: rusb::Error| match error {
            rusb::Error::Access => ResetError::Denied(reader.id.clone()),
            other => ResetError::Usb(other.to_string()),
        };
        let devices = devices().map_err(usb)?;
        let device = devices
            .iter()
            .find(|device| (device.bus_number(), device.address()) == (reader.bus, reader.address))
            .ok_or(ResetError::NoneFound)?;
        match device.open().map_err(usb)?.reset() {
            // The device came back as a new one: that is what was wanted.
            Ok(()) | Err(rusb::Error::NotFound | rusb::Error::NoDevice) => Ok(()),
            Err(error) => Err(usb(error)),
        }
    }
}

/// All devices, over a context of our own: the library's global one panics where there is no USB at all.
fn devices() -> rusb::Result<rusb::DeviceList<rusb::Context>> {
    rusb::UsbContext::devices(&rusb::Context::new()?)
}

fn is_reader(device: &rusb::Device<rusb::Context>) -> bool {
    device.active_config_descriptor().is_ok_and(|config| {
        config
            .interfaces()
            .flat_map(|interface| interface.descriptors())
            .any(|interface| interface.class_code() == SMART_CARD_CLASS)
    })
}

fn describe(device: &rusb::Device<rusb::Context>) -> Option<UsbReader> {
    let descriptor = device.device_descriptor().ok()?;
    let name = device.open().ok().and_then(|handle| {
        let language = *handle.read_languages(STRING_TIMEOUT).ok()?.first()?;
        let text = |read: rusb::Result<String>| read.unwrap_or_default();
        Some(format!(
            "{} {}",
            text(handle.read_manufacturer_string(language, &descriptor, STRING_TIMEOUT)),
            text(handle.read_product_string(language, &descriptor, STRING_TIMEOUT)),
        ))
    });
    Some(UsbReader {
        bus: device.bus_number(),
        address: device.address(),
        id: format!(
            "{:04x}:{:04x}",
            descriptor.vendor_id(),
            descriptor.product_id()
        ),
        name: name.unwrap_or_default().trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Bus(Vec<UsbReader>, Mutex<Vec<u8>>);

    impl UsbBus for Bus {
        fn readers(&self) -> Result<Vec<UsbReader>, ResetError> {
            Ok(self.0.clone())
        }
        fn reset(&self, reader: &UsbReader) -> Result<(), ResetError> {
            self.1.lock().unwrap().push(reader.address);
            Ok(())
        }
    }

    fn device(address: u8, name: &str) -> UsbReader {
        UsbReader {
            bus: 1,
            address,
            id: format!("072f:{address:04x}"),
            name: name.into(),
        }
    }

    #[test]
    fn the_named_reader_is_reset_and_no_other() {
        let acr = "ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC] 00 00";
        let sony = "SONY FeliCa RC-S300/S (123) 01 00";
        for (devices, reader, expected) in [
            (vec![], acr, Err(ResetError::NoneFound)),
            (vec![device(3, "")], acr, Ok(3)),
            (vec![device(3, "ACS ACR1252 Dual Reader")], acr, Ok(3)),
            (
                vec![device(3, "Yubico YubiKey")],
                acr,
                Err(ResetError::OtherName("072f:0003 Yubico YubiKey".into())),
            ),
            (
                vec![
                    device(3, "SONY RC-S300/S"),
                    device(4, "ACS ACR1252 Dual Reader"),
                ],
                acr,
                Ok(4),
            ),
            (
                vec![
                    device(3, "SONY RC-S300/S"),
                    device(4, "ACS ACR1252 Dual Reader"),
                ],
                sony,
                Ok(3),
            ),
            (
                vec![
                    device(3, "ACS ACR1252 Dual Reader"),
                    device(4, "ACS ACR1252 Dual Reader"),
                ],
                acr,
                Err(ResetError::Ambiguous("072f:0003, 072f:0004".into())),
            ),
            (
                vec![device(3, "Yubico YubiKey"), device(4, "")],
                acr,
                Err(ResetError::Ambiguous("072f:0003, 072f:0004".into())),
            ),
        ] {
            let reset = UsbReset(Bus(devices, Mutex::default()));
            let done = reset.reset(reader);
            let touched = reset.0.1.lock().unwrap().clone();
            assert_eq!(done.map(|()| touched[0]), expected);
            assert!(touched.len() <= 1);
        }
    }

    #[test]
    fn the_real_bus_can_be_looked_at_or_says_why_not() {
        match LibUsb.readers() {
            Ok(readers) => assert!(readers.iter().all(|reader| reader.id.len() == 9)),
            Err(error) => assert!(matches!(error, ResetError::Usb(_)), "{error}"),
        }
    }
}
