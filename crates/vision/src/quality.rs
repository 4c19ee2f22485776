//! Is this frame good enough to compare, and if not, what should the person do? Limits measured for this recipe.
//!
//! A frame that fails is never compared (invariant 7, docs/invariants.md).

use crate::align::SIDE;
use crate::mesh::Pose;
use crate::protocol::Guidance;

/// Smallest distance between the eyes that is compared, pixels.
pub const EYES_COMPARED: f32 = 40.0;
/// Faces with smaller eye distance are background.
pub const EYES_LARGE: f32 = 30.0;
/// Smallest eye distance on a card photo, pixels.
pub const EYES_ON_CARD: f32 = 20.0;
/// Larger: step back.
const EYES_TOO_NEAR: f32 = 140.0;
/// Free border of the picture, in its width and height.
const BORDER: f32 = 0.05;
const YAW: f32 = 15.0;
/// What FaceMesh says of people who look straight ahead.
const NEUTRAL_PITCH: f32 = 7.0;
const PITCH: f32 = 15.0;
const ROLL: f32 = 30.0;
const DARKEST: f32 = 45.0;
const BRIGHTEST: f32 = 210.0;
const SATURATED: f32 = 0.20;
const SIDE_LIGHT: f32 = 2.5;
/// A Laplacian of this variance is sharp whatever the face...
const SHARP: f32 = 60.0;
/// ...and so is this share of what there is to be sharp: dim light and soft contrast lower both alike, blur lowers the share (0.008 to 0.030
/// on the sharp portraits of the tree, 0.0006 to 0.0016 once blurred by two pixels: docs/face.md, with the command that prints it).
const SHARP_SHARE: f32 = 0.004;
/// Mean way of the points between frames, in eye distances.
const STILL: f32 = 0.03;

/// Light and sharpness of a chip's inner part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Light {
    /// Mean grey, 0..255.
    pub mean: f32,
    /// Share of pixels above 250.
    pub saturated: f32,
    /// Brighter half (left or right) divided by the darker one.
    pub side_ratio: f32,
    /// Variance of the 3x3 Laplacian: sharpness, though blind to motion along one line.
    pub laplacian: f32,
    /// The same between pixels twelve apart: what there is to be sharp, without the slow change of light across a face.
    pub coarse: f32,
}

/// What is known about the one face of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// Distance between the eyes, pixels.
    pub eyes: f32,
    /// Left, top, right, bottom of the face, pixels.
    pub bounds: [f32; 4],
    /// Width and height of the picture.
    pub picture: [f32; 2],
    /// How the head is held.
    pub pose: Pose,
    /// Turn as the picture alone shows it, without the net's depth: see [`crate::mesh::Mesh::parallax`].
    pub parallax: f32,
    /// Light and sharpness.
    pub light: Light,
    /// Mean way since the frame before in eye distances; `None` for the first frame.
    pub moved: Option<f32>,
}

impl Light {
    /// Measures the inner 100x100 pixels of a chip's three planes.
    pub fn of(chip: &[f32]) -> Self {
        const INNER: usize = 100;
        const COARSE: usize = 12;
        const EDGE: usize = (SIDE - INNER) / 2;
        let plane = SIDE * SIDE;
        let value = |at: usize| chip.get(at).copied().unwrap_or(0.0);
        let grey = |x: usize, y: usize| {
            let at = y * SIDE + x;
            0.299 * value(at) + 0.587 * value(at + plane) + 0.114 * value(at + 2 * plane)
        };
        let (mut left, mut right, mut bright) = (0.0f32, 0.0f32, 0u32);
        let (mut fine, mut coarse) = (Spread::default(), Spread::default());
        for y in EDGE..EDGE + INNER {
            for x in EDGE..EDGE + INNER {
                let here = grey(x, y);
                *if x < SIDE / 2 { &mut left } else { &mut right } += here;
                bright += u32::from(here > 250.0);
                let bend = |far: usize| {
                    grey(x - far, y) + grey(x + far, y) + grey(x, y - far) + grey(x, y + far)
                        - 4.0 * here
                };
                fine.add(bend(1));
                coarse.add(bend(COARSE));
            }
        }
        let count = (INNER * INNER) as f32;
        Self {
            mean: (left + right) / count,
            saturated: bright as f32 / count,
            side_ratio: left.max(right) / left.min(right).max(1.0),
            laplacian: fine.variance(),
            coarse: coarse.variance(),
        }
    }
}

/// Sums for a variance.
#[derive(Default)]
struct Spread {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Spread {
    fn add(&mut self, value: f32) {
        let value = f64::from(value);
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    fn variance(&self) -> f32 {
        let count = self.count.max(1.0);
        (self.squares / count - (self.sum / count).powi(2)).max(0.0) as f32
    }
}

/// `Ok` when the frame may be compared; else the one thing to do about it, the most useful first.
pub fn judge(face: &Measure) -> Result<(), Guidance> {
    let [width, height] = face.picture;
    let [left, top, right, bottom] = face.bounds;
    // In this order: the picture's left, right, upper and lower edge is free.
    let free = [
        left >= BORDER * width,
        right <= (1.0 - BORDER) * width,
        top >= BORDER * height,
        bottom <= (1.0 - BORDER) * height,
    ];
    let light = &face.light;
    let sharp = light.laplacian >= SHARP || light.laplacian >= SHARP_SHARE * light.coarse;
    let frontal = face.pose.yaw.abs() <= YAW
        && (face.pose.pitch - NEUTRAL_PITCH).abs() <= PITCH
        && face.pose.roll.abs() <= ROLL;
    // Written so that a value that is not a number fails.
    let rules = [
        (face.eyes >= EYES_COMPARED, Guidance::ComeCloser),
        (face.eyes <= EYES_TOO_NEAR, Guidance::StepBack),
        (free == [true; 4], towards_middle(free)),
        (light.mean >= DARKEST, Guidance::MoreLight),
        (
            light.mean <= BRIGHTEST && light.saturated < SATURATED,
            Guidance::LessLight,
        ),
        (light.side_ratio < SIDE_LIGHT, Guidance::EvenLight),
        (frontal, Guidance::FaceFront),
        (sharp, Guidance::HoldStill),
        (
            face.moved.is_none_or(|moved| moved < STILL),
            Guidance::HoldStill,
        ),
        // A first frame says nothing about movement; the next one will.
        (face.moved.is_some(), Guidance::Matching),
    ];
    rules
        .iter()
        .find(|(passed, _)| !passed)
        .map_or(Ok(()), |(_, advice)| Err(*advice))
}

/// Which way leads away from the one edge that the face touches. The picture is not mirrored: what is at its left edge is too
/// far to the person's own right.
fn towards_middle(free: [bool; 4]) -> Guidance {
    match free {
        [false, true, true, true] => Guidance::MoveLeft,
        [true, false, true, true] => Guidance::MoveRight,
        [true, true, false, true] => Guidance::MoveDown,
        [true, true, true, false] => Guidance::MoveUp,
        _ => Guidance::MoveToMiddle,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A frame that passes every rule.
    pub(crate) fn good() -> Measure {
        Measure {
            eyes: 70.0,
            bounds: [220.0, 120.0, 420.0, 340.0],
            picture: [640.0, 480.0],
            pose: Pose {
                yaw: 2.0,
                pitch: 8.0,
                roll: -3.0,
            },
            parallax: 0.0,
            light: Light {
                mean: 120.0,
                saturated: 0.01,
                side_ratio: 1.2,
                laplacian: 200.0,
                coarse: 20_000.0,
            },
            moved: Some(0.01),
        }
    }

    /// Invariant 7: each rule alone keeps a frame from being compared, and says what to do.
    #[test]
    fn each_rule_alone_refuses() {
        assert_eq!(judge(&good()), Ok(()));
        let pose = good().pose;
        let light = good().light;
        let cases = [
            (
                Measure {
                    eyes: 39.9,
                    ..good()
                },
                Guidance::ComeCloser,
            ),
            (
                Measure {
                    eyes: f32::NAN,
                    ..good()
                },
                Guidance::ComeCloser,
            ),
            (
                Measure {
                    eyes: 141.0,
                    ..good()
                },
                Guidance::StepBack,
            ),
            (
                Measure {
                    bounds: [31.0, 120.0, 420.0, 340.0],
                    ..good()
                },
                Guidance::MoveLeft,
            ),
            (
                Measure {
                    bounds: [220.0, 120.0, 609.0, 340.0],
                    ..good()
                },
                Guidance::MoveRight,
            ),
            (
                Measure {
                    bounds: [220.0, 23.0, 420.0, 340.0],
                    ..good()
                },
                Guidance::MoveDown,
            ),
            (
                Measure {
                    bounds: [220.0, 120.0, 420.0, 457.0],
                    ..good()
                },
                Guidance::MoveUp,
            ),
            (
                Measure {
                    bounds: [31.0, 23.0, 420.0, 340.0],
                    ..good()
                },
                Guidance::MoveToMiddle,
            ),
            (
                Measure {
                    bounds: [f32::NAN; 4],
                    ..good()
                },
                Guidance::MoveToMiddle,
            ),
            (
                Measure {
                    pose: Pose { yaw: 15.1, ..pose },
                    ..good()
                },
                Guidance::FaceFront,
            ),
            (
                Measure {
                    pose: Pose { yaw: -15.1, ..pose },
                    ..good()
                },
                Guidance::FaceFront,
            ),
            (
                Measure {
                    pose: Pose {
                        pitch: -8.1,
                        ..pose
                    },
                    ..good()
                },
                Guidance::FaceFront,
            ),
            (
                Measure {
                    pose: Pose {
                        pitch: 22.1,
                        ..pose
                    },
                    ..good()
                },
                Guidance::FaceFront,
            ),
            (
                Measure {
                    pose: Pose { roll: 31.0, ..pose },
                    ..good()
                },
                Guidance::FaceFront,
            ),
            (
                Measure {
                    pose: Pose {
                        yaw: f32::NAN,
                        ..pose
                    },
                    ..good()
                },
                Guidance::FaceFront,
            ),
            (
                Measure {
                    light: Light {
                        mean: 44.0,
                        ..light
                    },
                    ..good()
                },
                Guidance::MoreLight,
            ),
            (
                Measure {
                    light: Light {
                        mean: 211.0,
                        ..light
                    },
                    ..good()
                },
                Guidance::LessLight,
            ),
            (
                Measure {
                    light: Light {
                        saturated: 0.2,
                        ..light
                    },
                    ..good()
                },
                Guidance::LessLight,
            ),
            (
                Measure {
                    light: Light {
                        side_ratio: 2.5,
                        ..light
                    },
                    ..good()
                },
                Guidance::EvenLight,
            ),
            (
                Measure {
                    light: Light {
                        laplacian: 59.0,
                        ..light
                    },
                    ..good()
                },
                Guidance::HoldStill,
            ),
            (
                Measure {
                    moved: Some(0.031),
                    ..good()
                },
                Guidance::HoldStill,
            ),
            (
                Measure {
                    moved: None,
                    ..good()
                },
                Guidance::Matching,
            ),
        ];
        for (measure, advice) in cases {
            assert_eq!(judge(&measure), Err(advice), "{measure:?}");
        }
        // Dim but sharp passes.
        assert_eq!(
            judge(&Measure {
                light: Light {
                    mean: 50.0,
                    laplacian: 25.0,
                    coarse: 4_000.0,
                    ..light
                },
                ..good()
            }),
            Ok(())
        );
    }

    #[test]
    fn light_is_measured_in_the_inner_part() {
        let plane = |f: fn(usize, usize) -> f32| -> Vec<f32> {
            let one: Vec<f32> = (0..SIDE * SIDE).map(|i| f(i % SIDE, i / SIDE)).collect();
            [one.clone(), one.clone(), one].concat()
        };
        let flat = Light::of(&plane(|_, _| 100.0));
        assert!(
            (flat.mean - 100.0).abs() < 0.1
                && flat.laplacian < 0.01
                && (flat.side_ratio - 1.0).abs() < 0.01,
            "{flat:?}"
        );
        let split = Light::of(&plane(|x, _| if x < SIDE / 2 { 50.0 } else { 200.0 }));
        assert!((split.side_ratio - 4.0).abs() < 0.01, "{split:?}");
        let checkers = Light::of(&plane(|x, y| if (x + y) % 2 == 0 { 90.0 } else { 110.0 }));
        assert!((checkers.laplacian - 6400.0).abs() < 10.0, "{checkers:?}");
        // Light that changes slowly across the face is nothing to be sharp, bars of the size of features are.
        let slope = Light::of(&plane(|x, _| x as f32));
        assert!(slope.coarse < 0.01, "{slope:?}");
        let bars = Light::of(&plane(|x, _| if x / 12 % 2 == 0 { 90.0 } else { 110.0 }));
        assert!(bars.coarse > 1_000.0, "{bars:?}");
        let border_only = Light::of(&plane(|x, y| if x < 25 || y < 25 { 255.0 } else { 80.0 }));
        assert!(
            border_only.saturated == 0.0 && (border_only.mean - 80.0).abs() < 0.1,
            "{border_only:?}"
        );
    }
}
