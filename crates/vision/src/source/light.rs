//! How bright a whole frame is: too dark or overexposed frames are counted and not compared, and a camera's exposure is watched until it
//! stands still.

use crate::frame::Picture;

/// Every so many pixels in every so many rows are looked at: an average needs no more.
const STEP: usize = 4;
/// Mean grey below which a frame shows nothing.
const DARK: f32 = 28.0;
/// Mean grey above which it shows nothing either.
const OVEREXPOSED: f32 = 228.0;
/// Or this share of its pixels at [`WHITE`] or more.
const WHITE_SHARE: f32 = 0.5;
const WHITE: f32 = 250.0;

/// What the light of a frame is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Too dark for a face.
    Dark,
    /// Too bright for a face.
    Overexposed,
    /// Neither.
    Fine,
}

/// The light of a whole frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Light {
    /// Mean red, green and blue, 0..255.
    pub mean: [f32; 3],
    /// Share of pixels that are white.
    pub white: f32,
}

impl Light {
    /// Looks at every sixteenth pixel.
    pub fn of(picture: &Picture) -> Self {
        let (mut sum, mut white, mut count) = ([0.0f32; 3], 0.0f32, 0.0f32);
        for row in picture
            .rgb()
            .chunks_exact(picture.width() * 3)
            .step_by(STEP)
        {
            for pixel in row.chunks_exact(3).step_by(STEP) {
                let &[r, g, b] = pixel else { continue };
                let rgb = [r, g, b].map(f32::from);
                for (sum, value) in sum.iter_mut().zip(rgb) {
                    *sum += value;
                }
                white += f32::from(u8::from(grey(rgb) >= WHITE));
                count += 1.0;
            }
        }
        let count = count.max(1.0);
        Self {
            mean: sum.map(|sum| sum / count),
            white: white / count,
        }
    }

    /// Dark, overexposed or fine.
    pub fn verdict(&self) -> Verdict {
        let mean = grey(self.mean);
        if mean < DARK {
            Verdict::Dark
        } else if mean > OVEREXPOSED || self.white >= WHITE_SHARE {
            Verdict::Overexposed
        } else {
            Verdict::Fine
        }
    }
}

fn grey([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(grey: impl Fn(usize) -> u8) -> Light {
        let values: Vec<u8> = (0..64 * 48).map(grey).collect();
        Light::of(&Picture::from_grey(64, 48, &values).unwrap())
    }

    #[test]
    fn dark_bright_and_fine() {
        for (value, expected) in [
            (0, Verdict::Dark),
            (27, Verdict::Dark),
            (30, Verdict::Fine),
            (128, Verdict::Fine),
            (226, Verdict::Fine),
            (231, Verdict::Overexposed),
            (255, Verdict::Overexposed),
        ] {
            let light = of(|_| value);
            assert_eq!(light.verdict(), expected, "{value}");
            assert!((light.mean[1] - f32::from(value)).abs() < 0.1);
        }
        // Three of four pixel columns burnt out, the rest black: the mean alone would call it fine.
        let half = of(|at| if at / 16 % 4 == 0 { 0 } else { 255 });
        assert!(half.mean[0] < OVEREXPOSED && half.verdict() == Verdict::Overexposed);
    }
}
