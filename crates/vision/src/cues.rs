//! Grounds for doubt in a single frame: the fine regular pattern of a screen or of print, and straight edges around the face.
//!
//! Neither proves anything when it is absent: a good print without a border shows none of them. They are never a reason to accept.

use crate::frame::Picture;

/// What a frame shows besides a face.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cues {
    /// A regular fine pattern on the face.
    pub pattern: bool,
    /// The face lies within straight edges.
    pub framed: bool,
}

/// Measures behind [`Cues`], for the table of attacks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    /// How far the correlation of the fine structure with itself comes back when it is shifted by up to 12 pixels: 1 is a perfect grid.
    pub pattern: f32,
    /// Sides (0 to 4) on which a long straight edge stands near the face.
    pub sides: u32,
}

/// Above this the fine structure is regular. Drawn card holders give at most 0.19, the portraits of the tree at most 0.24 however they are
/// compressed, drawn screens 0.59 or more (docs/face.md, with the commands that print it); drawn prints lie on both sides.
pub const REGULAR: f32 = 0.38;
/// Straight edges on this many sides frame a face: curtains, shelves and a collar gave three to somebody who stood there, a door frame would.
const FRAMING: u32 = 4;
/// Shifts that are looked at, pixels.
const SHIFTS: std::ops::RangeInclusive<usize> = 1..=12;
/// An edge counts when the grey step across it exceeds this on most of its length.
const STEP: f32 = 14.0;
const MOST: f32 = 0.80;

/// Measures one frame; `bounds` is left, top, right, bottom of the face's points, pixels.
pub fn measure(picture: &Picture, bounds: [f32; 4]) -> Measures {
    let grey = Grey(picture);
    Measures {
        pattern: regularity(&grey, bounds),
        sides: framing(&grey, bounds),
    }
}

impl Measures {
    /// The verdict on this frame.
    pub fn cues(&self) -> Cues {
        Cues {
            pattern: self.pattern >= REGULAR,
            framed: self.sides >= FRAMING,
        }
    }
}

struct Grey<'a>(&'a Picture);

impl Grey<'_> {
    fn at(&self, x: i64, y: i64) -> f32 {
        let x = x.clamp(0, self.0.width() as i64 - 1) as usize;
        let y = y.clamp(0, self.0.height() as i64 - 1) as usize;
        let start = (y * self.0.width() + x) * 3;
        match self.0.rgb().get(start..start + 3) {
            Some([r, g, b]) => {
                0.299 * f32::from(*r) + 0.587 * f32::from(*g) + 0.114 * f32::from(*b)
            }
            _ => 0.0,
        }
    }
}

/// Correlation of what is left after taking away each place's surroundings, along rows and along columns.
fn regularity(grey: &Grey<'_>, [left, top, right, bottom]: [f32; 4]) -> f32 {
    // The inner face: no background, no hair line.
    let (width, height) = (right - left, bottom - top);
    let (x0, x1) = ((left + 0.15 * width) as i64, (right - 0.15 * width) as i64);
    let (y0, y1) = (
        (top + 0.15 * height) as i64,
        (bottom - 0.15 * height) as i64,
    );
    let (columns, rows) = (
        (x1 - x0).clamp(0, 400) as usize,
        (y1 - y0).clamp(0, 400) as usize,
    );
    if columns < 40 || rows < 40 {
        return 0.0;
    }
    let mut fine = zeroize::Zeroizing::new(vec![0.0f32; columns * rows]);
    for (at, value) in fine.iter_mut().enumerate() {
        let (x, y) = (x0 + (at % columns) as i64, y0 + (at / columns) as i64);
        let mut around = 0.0;
        for dy in -2..=2 {
            for dx in -2..=2 {
                around += grey.at(x + dx, y + dy);
            }
        }
        // Eyes and mouth are not fine structure: their large values would drown the rest.
        *value = (grey.at(x, y) - around / 25.0).clamp(-12.0, 12.0);
    }
    let energy: f32 = fine.iter().map(|value| value * value).sum::<f32>() / fine.len() as f32;
    if energy < 0.05 {
        return 0.0;
    }
    let along = |step: usize, length: usize| {
        // Structure of the picture falls off with the shift, the more slowly the more it is blurred; a grid comes back: what counts is
        // the rise above the lowest correlation before it.
        let (mut lowest, mut best) = (1.0f32, 0.0f32);
        for shift in SHIFTS {
            let (mut sum, mut count) = (0.0f32, 0u32);
            for at in (0..fine.len().saturating_sub(shift * step))
                .filter(|at| step > 1 || at % length + shift < length)
            {
                if let (Some(a), Some(b)) = (fine.get(at), fine.get(at + shift * step)) {
                    sum += a * b;
                    count += 1;
                }
            }
            let correlation = sum / count.max(1) as f32 / energy;
            best = best.max((correlation - lowest).min(correlation * 2.0));
            lowest = lowest.min(correlation);
        }
        best
    };
    along(1, columns).max(along(columns, columns))
}

/// Sides of the face's surroundings with a long straight edge, upright or level: between 1.1 and 2.4 half sizes from its middle.
fn framing(grey: &Grey<'_>, [left, top, right, bottom]: [f32; 4]) -> u32 {
    let (cx, cy) = ((left + right) / 2.0, (top + bottom) / 2.0);
    let (half_width, half_height) = ((right - left) / 2.0, (bottom - top) / 2.0);
    if half_width < 20.0 || half_height < 20.0 {
        return 0;
    }
    let (width, height) = (grey.0.width() as f32, grey.0.height() as f32);
    let edge = |upright: bool, sign: f32| {
        let (half, across, limit) = if upright {
            (half_width, cx, width)
        } else {
            (half_height, cy, height)
        };
        let (along_half, along) = if upright {
            (half_height, cy)
        } else {
            (half_width, cx)
        };
        let mut at = 1.1 * half;
        while at < 2.6 * half {
            let place = across + sign * at;
            if place < 4.0 || place > limit - 5.0 {
                break;
            }
            // Slightly turned edges too: the line may lean by up to six pixels over its length.
            for lean in [-6.0, -3.0, 0.0, 3.0, 6.0] {
                let mut strong = [0u32; 2];
                let mut count = 0u32;
                for tick in -24i32..=24 {
                    let part = tick as f32 / 24.0;
                    let (own, other) = (place + lean * part, along + part * 1.1 * along_half);
                    let step = if upright {
                        grey.at((own - 2.0) as i64, other as i64)
                            - grey.at((own + 2.0) as i64, other as i64)
                    } else {
                        grey.at(other as i64, (own - 2.0) as i64)
                            - grey.at(other as i64, (own + 2.0) as i64)
                    };
                    count += 1;
                    strong[0] += u32::from(step > STEP);
                    strong[1] += u32::from(step < -STEP);
                }
                if strong
                    .iter()
                    .any(|strong| *strong as f32 >= MOST * count as f32)
                {
                    return 1;
                }
            }
            at += 2.0;
        }
        0
    };
    edge(true, -1.0) + edge(true, 1.0) + edge(false, -1.0) + edge(false, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(colour: impl Fn(usize, usize) -> u8) -> Picture {
        let grey: Vec<u8> = (0..640 * 480)
            .map(|at| colour(at % 640, at / 640))
            .collect();
        Picture::from_grey(640, 480, &grey).unwrap()
    }

    const FACE: [f32; 4] = [250.0, 150.0, 390.0, 330.0];

    fn noise(x: usize, y: usize) -> u8 {
        let mut mixed = ((y * 640 + x) as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed ^= mixed >> 29;
        mixed = mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^= mixed >> 32;
        (120 + mixed % 17) as u8
    }

    #[test]
    fn a_grid_is_regular_and_noise_is_not() {
        assert!(measure(&picture(noise), FACE).pattern < 0.15);
        let grid = picture(|x, y| noise(x, y).saturating_add(if x % 4 == 0 { 12 } else { 0 }));
        assert!(
            measure(&grid, FACE).cues().pattern,
            "{:?}",
            measure(&grid, FACE)
        );
        let rows = picture(|x, y| noise(x, y).saturating_add(if y % 5 < 2 { 12 } else { 0 }));
        assert!(
            measure(&rows, FACE).cues().pattern,
            "{:?}",
            measure(&rows, FACE)
        );
        assert_eq!(measure(&picture(|_, _| 90), FACE).pattern, 0.0);
    }

    /// Something out of focus has no fine structure, however slowly its correlation falls.
    #[test]
    fn blur_is_not_regular() {
        for size in [1, 2, 3, 4, 6] {
            let soft = picture(|x, y| {
                let mut sum = 0u32;
                for dy in 0..=2 * size {
                    for dx in 0..=2 * size {
                        sum += u32::from(noise(x + dx, y + dy));
                    }
                }
                // The mean of many is nearly flat: as much contrast as before.
                let mean = sum as f32 / ((2 * size + 1) * (2 * size + 1)) as f32;
                (128.0 + (mean - 128.0) * (2 * size + 1) as f32 * 2.0) as u8
            });
            let seen = measure(&soft, FACE);
            assert!(!seen.cues().pattern, "{size}: {seen:?}");
        }
    }

    #[test]
    fn a_sheet_frames_and_a_door_does_not() {
        let sheet = picture(|x, y| {
            if (200..440).contains(&x) && (100..400).contains(&y) {
                200
            } else {
                noise(x, y)
            }
        });
        assert_eq!(measure(&sheet, FACE).sides, 4);
        let door = picture(|x, y| {
            if (200..440).contains(&x) && y > 100 {
                220
            } else {
                110
            }
        });
        let seen = measure(&door, FACE);
        assert!(seen.sides == 3 && !seen.cues().framed, "{seen:?}");
        assert!(!measure(&picture(noise), FACE).cues().framed);
        // At the picture's edge and of no size.
        assert_eq!(measure(&sheet, [0.0, 0.0, 5.0, 5.0]), Measures::default());
        let _ = measure(&sheet, [-50.0, -50.0, 900.0, 900.0]);
    }
}
