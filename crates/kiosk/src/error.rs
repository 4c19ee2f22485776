//! What can go wrong when the pages are set up.

/// Why a page could not be set up or served.
#[derive(Debug, thiserror::Error)]
pub enum KioskError {
    /// The operating system gave no random bytes for a token.
    #[error("no random bytes for the page credential")]
    Random,
    /// Pixels per millimetre is not a usable number.
    #[error("pixels per millimetre must lie between {min} and {max}, not {given}")]
    PixelsPerMillimetre {
        /// Smallest accepted value.
        min: f32,
        /// Largest accepted value.
        max: f32,
        /// What was configured.
        given: f32,
    },
    /// The reach of the low layout is not a usable number.
    #[error("the reach of the low layout must lie between {min} and {max} mm, not {given}")]
    LowReach {
        /// Smallest accepted value.
        min: f32,
        /// Largest accepted value.
        max: f32,
        /// What was configured.
        given: f32,
    },
    /// The address of the mobile route cannot be drawn as a code.
    #[error("the mobile route's address must be https, printable ASCII and at most 300 characters")]
    MobileAddress,
    /// The listener broke.
    #[error("listener of the page failed")]
    Listener(#[source] std::io::Error),
}

impl KioskError {
    /// The stable code shown to a technician.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Random => "UK-DIAG-701",
            Self::PixelsPerMillimetre { .. } => "UK-CONF-701",
            Self::MobileAddress => "UK-CONF-702",
            Self::LowReach { .. } => "UK-CONF-703",
            Self::Listener(_) => "UK-DIAG-702",
        }
    }
}
