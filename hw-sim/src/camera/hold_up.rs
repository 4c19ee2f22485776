//! A card that is held up before the running camera: drawn once in a few frames, which then come one after the other and again.
//! Drawing a front takes longer than a camera has for a frame.

use std::path::Path;

use super::card_front::{Print, Printer};
use super::held_card::{Held, HeldScene};
use super::plane::Pose;
use super::{CameraError, Face, HEIGHT, WIDTH};

/// Frames that differ in sway, light and grain; more than the terminal needs to agree.
const FRAMES: u64 = 12;
/// Width of the card in the picture, pixels: as near as a person holds it who was asked to hold it large.
const CARD_WIDTH: f32 = 450.0;

/// A card in a hand before the camera.
#[derive(Debug)]
pub(super) struct HeldUp {
    /// Whose card it is: the id in the register.
    pub(super) owner: String,
    /// What stands on it.
    pub(super) print: Print,
    frames: Vec<Vec<u8>>,
}

impl HeldUp {
    /// Draws it before the person who stands there; of two persons, before the first.
    pub(super) fn draw(
        portraits: &Path,
        face: &Face,
        owner: &str,
        print: &Print,
    ) -> Result<Self, CameraError> {
        let printer = Printer::new().map_err(CameraError::Font)?;
        let scene = HeldScene::new(portraits, face.names().first().copied())?;
        let frames = (0..FRAMES)
            .map(|seed| {
                let held = Held {
                    frame: (WIDTH, HEIGHT),
                    width: CARD_WIDTH,
                    pose: Pose::default(),
                    clutter: false,
                    blur: 0.6,
                    seed,
                };
                scene
                    .jpeg(&printer, print, &held)
                    .map_err(CameraError::Encode)
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            owner: owner.to_owned(),
            print: print.clone(),
            frames,
        })
    }

    /// Frame number `number` as JPEG.
    pub(super) fn jpeg(&self, number: u64) -> Vec<u8> {
        let at = usize::try_from(shuffled(number)).unwrap_or(0);
        self.frames.get(at).cloned().unwrap_or_default()
    }
}

/// Which of the frames comes as the `number`th: in no regular order, so that a reader that looks at every sixth, say, sees more than two of them.
fn shuffled(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ (mixed >> 31)) % FRAMES
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// However slowly and evenly a reader looks, it meets most of the frames within a few seconds.
    #[test]
    fn a_reader_in_step_with_the_camera_sees_most_frames() {
        for step in 1..=24 {
            let seen: BTreeSet<u64> = (0..24).map(|look| shuffled(look * step)).collect();
            assert!(seen.len() >= 7, "every {step}: {seen:?}");
        }
    }
}
