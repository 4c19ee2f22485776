//! `[kiosk]`: the pages, the patient's screen, and how it looks before a person chooses.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// `[kiosk]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Kiosk {
    /// Loopback address of the patient's page.
    pub patient_listen: SocketAddr,
    /// Loopback address of the staff's page.
    pub staff_listen: SocketAddr,
    /// File that receives the patient page's one-time address (for the kiosk browser).
    pub patient_url_file: PathBuf,
    /// File that receives the staff page's one-time address.
    pub staff_url_file: PathBuf,
    /// File with the passcode for visual confirmation; without it visual confirmation is off.
    pub staff_passcode_file: Option<PathBuf>,
    /// Screen pixels per millimetre of the patient's screen, when it was measured.
    pub pixels_per_mm: f32,
    /// Size and resolution of the patient's screen; takes the place of `pixels_per_mm`.
    pub screen: Option<ScreenSetting>,
    /// Screen pixels per millimetre of the staff's screen.
    pub staff_pixels_per_mm: f32,
    /// How the patient's page looks and sounds before a person chooses.
    pub defaults: PageDefaults,
    /// Address of the institution's page at マイナ在宅受付Web, shown as a QR code; none = no such way.
    pub mobile_url: Option<String>,
    /// Where the card reader is, for the spoken guidance.
    pub reader_at: Place,
    /// Where the camera is, for the spoken guidance.
    pub camera_at: Place,
    /// Part of the name of the audio output for headphones, as the browser names it; none = everything by the loudspeaker.
    pub headphones: Option<String>,
}

/// `[kiosk.screen]`
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreenSetting {
    /// Diagonal of the visible area, inches.
    pub diagonal_inches: f32,
    /// Width, pixels.
    pub width_px: u32,
    /// Height, pixels.
    pub height_px: u32,
    /// How far above the screen's lower edge the low layout may reach, mm; none = what the screen gives.
    #[serde(default)]
    pub low_reach_mm: Option<f32>,
}

/// `[kiosk.defaults]`
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageDefaults {
    /// Language of the patient's page.
    pub language: kiosk::Lang,
    /// Dark colours.
    pub dark: bool,
    /// Letters up to 9 mm.
    pub large: bool,
    /// Everything that is touched low.
    pub low: bool,
    /// Drawings stand still.
    pub still: bool,
    /// Spoken guidance.
    pub speech: bool,
    /// Volume, 0 to 4.
    pub volume: u8,
}

impl Default for PageDefaults {
    fn default() -> Self {
        Self {
            language: kiosk::Lang::Ja,
            dark: false,
            large: false,
            low: false,
            still: false,
            speech: false,
            volume: 2,
        }
    }
}

/// Where a device is, as a person stands before the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Above the screen.
    Above,
    /// Below it.
    Below,
    /// Left of it.
    Left,
    /// Right of it.
    Right,
    /// On the desk before it.
    Front,
}

impl Default for Kiosk {
    fn default() -> Self {
        Self {
            patient_listen: SocketAddr::from(([127, 0, 0, 1], 8701)),
            staff_listen: SocketAddr::from(([127, 0, 0, 1], 8702)),
            patient_url_file: "/run/uketsuke/kiosk.url".into(),
            staff_url_file: "/run/uketsuke/staff.url".into(),
            staff_passcode_file: None,
            pixels_per_mm: 5.9,
            screen: None,
            staff_pixels_per_mm: 3.8,
            defaults: PageDefaults::default(),
            mobile_url: None,
            reader_at: Place::Front,
            camera_at: Place::Above,
            headphones: None,
        }
    }
}
