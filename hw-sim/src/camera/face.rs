//! Who stands before the camera, and what the camera does.

use std::fmt;
use std::str::FromStr;

/// Whose face stands before the camera. On command lines `none`, `obama` or `obama+biden`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// Nobody: the wall.
    #[default]
    None,
    /// The person of this portrait (file stem).
    Portrait(String),
    /// Two persons beside each other.
    Two(String, String),
}

impl Face {
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::None => Vec::new(),
            Self::Portrait(a) => vec![a],
            Self::Two(a, b) => vec![a, b],
        }
    }
}

impl fmt::Display for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Portrait(a) => f.write_str(a),
            Self::Two(a, b) => write!(f, "{a}+{b}"),
        }
    }
}

impl FromStr for Face {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.split_once('+') {
            _ if text == "none" => Self::None,
            Some((a, b)) => Self::Two(a.to_owned(), b.to_owned()),
            None => Self::Portrait(text.to_owned()),
        })
    }
}

/// What the camera does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CameraMode {
    /// Sends frames.
    #[default]
    Live,
    /// Stays connected and sends nothing, as a hung driver.
    Frozen,
    /// Closes the streams and takes no new ones, as an unplugged cable.
    Gone,
}
