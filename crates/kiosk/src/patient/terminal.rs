//! What the patient's page must know of the terminal itself. It is the same for every person (invariant 17).

use crate::KioskError;
use qrcodegen::{QrCode, QrCodeEcc};
use std::sync::Arc;

/// Longest address a code is made of, in bytes: what still reads easily from a 7-inch screen.
const LONGEST_ADDRESS: usize = 300;
/// Light modules around the code (ISO/IEC 18004 asks for four).
const QUIET: i32 = 4;

/// On which side of the screen a device is, as a person stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Above the screen.
    Above,
    /// Below the screen.
    Below,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// On the desk in front of the screen.
    Front,
}

/// What the page knows of its terminal.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// Whether it simulates: the banner is on every screen (invariant 13).
    pub simulated: bool,
    /// Whether it asks for the qualification only, so that no consent is asked.
    pub qualification_only: bool,
    /// The way by one's own telephone, if the institution has one.
    pub mobile: Option<MobileRoute>,
    /// Where the card reader is, for those who listen.
    pub reader_at: Side,
    /// Where the camera is, for those who listen.
    pub camera_at: Side,
    /// Part of the name of the audio output for a person's own headphones, as the browser names it; `None` where there is none.
    pub headphones: Option<String>,
}

impl Default for Terminal {
    fn default() -> Self {
        Self {
            simulated: false,
            qualification_only: false,
            mobile: None,
            reader_at: Side::Front,
            camera_at: Side::Above,
            headphones: None,
        }
    }
}

/// The institution's own address at マイナ在宅受付Web, drawn as a QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MobileRoute {
    size: i32,
    path: Arc<str>,
}

impl MobileRoute {
    /// Draws the code of an `https` address.
    ///
    /// # Errors
    /// [`KioskError::MobileAddress`] when it is no `https` address, too long, or holds anything but printable ASCII.
    pub fn new(address: &str) -> Result<Self, KioskError> {
        let plain = address.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || !address.starts_with("https://") || address.len() > LONGEST_ADDRESS {
            return Err(KioskError::MobileAddress);
        }
        let code = QrCode::encode_text(address, QrCodeEcc::Medium)
            .map_err(|_| KioskError::MobileAddress)?;
        let mut path = String::new();
        for y in 0..code.size() {
            let mut x = 0;
            while x < code.size() {
                let from = x;
                while x < code.size() && code.get_module(x, y) {
                    x += 1;
                }
                if x > from {
                    let (left, top, run) = (from + QUIET, y + QUIET, x - from);
                    path.push_str(&format!("M{left} {top}h{run}v1h-{run}z"));
                }
                x += 1;
            }
        }
        Ok(Self {
            size: code.size() + 2 * QUIET,
            path: path.into(),
        })
    }

    pub(crate) fn size(&self) -> i32 {
        self.size
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules a path paints, as the browser would.
    fn painted(route: &MobileRoute) -> Vec<(i32, i32)> {
        let mut dark = Vec::new();
        for run in route.path().split('z').filter(|run| !run.is_empty()) {
            let numbers: Vec<i32> = run
                .trim_start_matches('M')
                .split(['h', 'v', ' '])
                .filter_map(|number| number.parse().ok())
                .collect();
            let [x, y, width, 1, back] = numbers.as_slice() else {
                panic!("{run}")
            };
            assert_eq!(*back, -width);
            dark.extend((0..*width).map(|step| (x + step, *y)));
        }
        dark
    }

    #[test]
    fn the_drawing_has_every_module_of_the_code() {
        let address = "https://zaitaku.example/clinic?id=1310000001";
        let route = MobileRoute::new(address).unwrap();
        let code = QrCode::encode_text(address, QrCodeEcc::Medium).unwrap();
        let dark = painted(&route);
        for y in 0..route.size() {
            for x in 0..route.size() {
                let wanted = code.get_module(x - QUIET, y - QUIET);
                assert_eq!(dark.contains(&(x, y)), wanted, "{x},{y}");
            }
        }
    }

    #[test]
    fn only_secure_addresses_are_drawn() {
        let long = format!("https://{}.example/", "a".repeat(300));
        for bad in [
            "",
            "http://zaitaku.example/",
            "javascript:alert(1)",
            "https://a b",
            &long,
        ] {
            assert!(MobileRoute::new(bad).is_err(), "{bad}");
        }
    }
}
