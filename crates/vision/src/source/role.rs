//! What a camera of the terminal is for, and the link by which udev names it.

use std::path::{Path, PathBuf};

/// Folder in which the udev rules place the cameras that are meant for this terminal.
pub const TAGGED_CAMERAS: &str = "/dev/uketsuke/";

/// What a camera is for (property `UKETSUKE_CAMERA` in udev/70-uketsuke.rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks at the patient, in colour.
    Face,
    /// Looks at the patient in infrared light, in grey.
    Infrared,
    /// Looks down on the card.
    Document,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Face, Self::Infrared, Self::Document];

    /// The udev property's value.
    pub fn name(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Infrared => "infrared",
            Self::Document => "document",
        }
    }

    /// Where the udev rules link this camera.
    pub fn device(self) -> PathBuf {
        Path::new(TAGGED_CAMERAS).join(format!("{}-camera", self.name()))
    }

    /// The role that a link stands for; a device named otherwise (in simulation) counts as the face camera.
    pub fn of(path: &Path) -> Self {
        Self::ALL
            .into_iter()
            .find(|role| role.device() == path)
            .unwrap_or(Self::Face)
    }

    /// Width and height to ask the driver for: text on a card needs more pixels than a face.
    pub fn wish(self) -> (u32, u32) {
        match self {
            Self::Face | Self::Infrared => (640, 480),
            Self::Document => (1600, 1200),
        }
    }
}

/// Is this a camera that udev tagged for this terminal?
pub fn tagged(path: &Path) -> bool {
    path.starts_with(TAGGED_CAMERAS) && !path.components().any(|part| part.as_os_str() == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules and this program must agree on the links.
    #[test]
    fn the_udev_rules_make_these_links() {
        let rules = std::fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../udev/70-uketsuke.rules"),
        )
        .unwrap();
        for role in Role::ALL {
            let device = role.device();
            assert!(tagged(&device));
            assert_eq!(Role::of(&device), role);
            let link = device.strip_prefix("/dev").unwrap().display().to_string();
            let rule = format!(
                "ENV{{UKETSUKE_CAMERA}}==\"{}\", SYMLINK+=\"{link}\"",
                role.name()
            );
            assert!(rules.contains(&rule), "{rule}");
        }
        assert_eq!(Role::of(Path::new("/dev/video3")), Role::Face);
    }
}
