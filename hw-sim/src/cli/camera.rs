//! What can be done to the camera, and before it, word by word.

use clap::builder::PossibleValuesParser;
use clap::{Subcommand, ValueEnum};
use hw_sim::camera::Kind;

/// Something the camera does, or somebody before it.
#[derive(Clone, Subcommand)]
pub(crate) enum CameraCommand {
    /// The camera runs.
    Live,
    /// It stays connected and sends nothing, as a hung driver.
    Frozen,
    /// It is unplugged.
    Gone,
    /// Whoever stands there turns the head, as the patient's page asks; prints and screens are tilted instead.
    Turn {
        /// The person's own left or right.
        to: Way,
        /// How far, 0 to 40.
        #[arg(long, default_value_t = 24.0, allow_negative_numbers = true)]
        degrees: f32,
        /// For so long, then back to the front; 0: stays so.
        #[arg(long, default_value_t = 2.0, allow_negative_numbers = true)]
        seconds: f32,
    },
    /// Something is presented instead of the person who stands there: that person on a print, a screen or a mask, or somebody else. `bona-fide`
    /// is the person again.
    Present {
        /// What.
        #[arg(value_parser = PossibleValuesParser::new(Kind::ALL.map(Kind::name)))]
        kind: String,
        /// Somebody else's portrait, for `cut-out` (who wears the mask), `other`, `swap` and `late-swap`.
        #[arg(long, value_name = "NAME")]
        other: Option<String>,
    },
}

/// Where to.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Way {
    Left,
    Right,
    Front,
}

impl Way {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Front => "front",
        }
    }
}
