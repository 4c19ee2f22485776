//! Sizes in millimetres of the configured screen. The style sheets count in `--mm`; this is where its value comes from.

use crate::KioskError;

/// How many CSS pixels one millimetre of the screen has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScreenSize {
    px_per_mm: f32,
}

impl ScreenSize {
    /// Smallest accepted value: a 55-inch television at 1280 pixels is about one pixel for a millimetre.
    pub const MIN: f32 = 1.0;
    /// Largest accepted value: a dense telephone.
    pub const MAX: f32 = 24.0;

    /// Accepts a measured number of pixels per millimetre.
    ///
    /// # Errors
    /// [`KioskError::PixelsPerMillimetre`] outside [`Self::MIN`]..=[`Self::MAX`] or not a number.
    pub fn new(px_per_mm: f32) -> Result<Self, KioskError> {
        if (Self::MIN..=Self::MAX).contains(&px_per_mm) {
            Ok(Self { px_per_mm })
        } else {
            Err(KioskError::PixelsPerMillimetre {
                min: Self::MIN,
                max: Self::MAX,
                given: px_per_mm,
            })
        }
    }

    /// The style sheet that carries the value. A sheet of its own, because the content policy allows no inline style.
    pub(crate) fn style_sheet(self) -> String {
        format!(":root{{--mm:{:.3}px}}\n", self.px_per_mm)
    }
}

/// A 10.1-inch screen of 1280×800 (217 mm wide).
impl Default for ScreenSize {
    fn default() -> Self {
        Self { px_per_mm: 5.9 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn useless_numbers_are_refused() {
        for bad in [0.0, -1.0, 0.99, 24.1, f32::NAN, f32::INFINITY] {
            assert!(ScreenSize::new(bad).is_err(), "{bad}");
        }
        assert_eq!(
            ScreenSize::new(4.0).unwrap().style_sheet(),
            ":root{--mm:4.000px}\n"
        );
    }
}
