//! Sizes in millimetres of the configured screen. The style sheets count in `--mm`; this is where its value comes from.

use crate::KioskError;

/// How many CSS pixels one millimetre of the screen has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScreenSize {
    px_per_mm: f32,
    /// How far above its lower edge the low layout may reach, mm.
    low_reach_mm: Option<f32>,
}

impl ScreenSize {
    /// Smallest accepted value: a 55-inch television at 1280 pixels is about one pixel for a millimetre.
    pub const MIN: f32 = 1.0;
    /// Largest accepted value: a dense telephone.
    pub const MAX: f32 = 24.0;
    /// Smallest reach of the low layout, mm: the keypad of matching number B with its words needs as much (the gallery shows it).
    pub const LEAST_REACH_MM: f32 = 150.0;
    /// Largest reach, mm: more than the tallest screen served.
    pub const MOST_REACH_MM: f32 = 400.0;

    /// Accepts a measured number of pixels per millimetre.
    ///
    /// # Errors
    /// [`KioskError::PixelsPerMillimetre`] outside [`Self::MIN`]..=[`Self::MAX`] or not a number.
    pub fn new(px_per_mm: f32) -> Result<Self, KioskError> {
        if (Self::MIN..=Self::MAX).contains(&px_per_mm) {
            Ok(Self {
                px_per_mm,
                low_reach_mm: None,
            })
        } else {
            Err(KioskError::PixelsPerMillimetre {
                min: Self::MIN,
                max: Self::MAX,
                given: px_per_mm,
            })
        }
    }

    /// From the diagonal of the visible area in inches and the resolution in pixels.
    ///
    /// # Errors
    /// [`KioskError::PixelsPerMillimetre`] when they give no usable number.
    pub fn from_diagonal(inches: f32, width_px: u32, height_px: u32) -> Result<Self, KioskError> {
        let pixels = f64::from(width_px).hypot(f64::from(height_px));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a screen's density needs no more"
        )]
        Self::new((pixels / (f64::from(inches) * 25.4)) as f32)
    }

    /// The same screen, whose low layout reaches no higher than so many millimetres above its lower edge.
    ///
    /// # Errors
    /// [`KioskError::LowReach`] outside [`Self::LEAST_REACH_MM`]..=[`Self::MOST_REACH_MM`] or not a number.
    pub fn with_low_reach(self, mm: f32) -> Result<Self, KioskError> {
        if (Self::LEAST_REACH_MM..=Self::MOST_REACH_MM).contains(&mm) {
            Ok(Self {
                low_reach_mm: Some(mm),
                ..self
            })
        } else {
            Err(KioskError::LowReach {
                min: Self::LEAST_REACH_MM,
                max: Self::MOST_REACH_MM,
                given: mm,
            })
        }
    }

    /// Pixels per millimetre.
    pub fn px_per_mm(self) -> f32 {
        self.px_per_mm
    }

    /// The style sheet that carries the value. A sheet of its own, because the content policy allows no inline style.
    pub(crate) fn style_sheet(self) -> String {
        let reach = self.low_reach_mm.map_or_else(String::new, |mm| {
            format!(";--low-reach:{:.1}px", mm * self.px_per_mm)
        });
        format!(":root{{--mm:{:.3}px{reach}}}\n", self.px_per_mm)
    }
}

/// A 10.1-inch screen of 1280×800 (217 mm wide).
impl Default for ScreenSize {
    fn default() -> Self {
        Self {
            px_per_mm: 5.9,
            low_reach_mm: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_is_known_by_diagonal_and_resolution() {
        let seven = ScreenSize::from_diagonal(7.0, 1024, 600).unwrap();
        assert!((seven.px_per_mm() - 6.675).abs() < 0.01);
        assert_eq!(
            ScreenSize::from_diagonal(7.0, 600, 1024).unwrap(),
            seven,
            "turned by a quarter"
        );
        assert!(ScreenSize::from_diagonal(0.0, 1024, 600).is_err());
        assert!(ScreenSize::from_diagonal(7.0, 0, 0).is_err());
    }

    #[test]
    fn useless_numbers_are_refused() {
        for bad in [0.0, -1.0, 0.99, 24.1, f32::NAN, f32::INFINITY] {
            assert!(ScreenSize::new(bad).is_err(), "{bad}");
        }
        assert_eq!(
            ScreenSize::new(4.0).unwrap().style_sheet(),
            ":root{--mm:4.000px}\n"
        );
        for bad in [0.0, 149.9, 400.1, f32::NAN, f32::INFINITY] {
            assert!(ScreenSize::default().with_low_reach(bad).is_err(), "{bad}");
        }
        let low = ScreenSize::new(4.0).unwrap().with_low_reach(180.0);
        assert_eq!(
            low.unwrap().style_sheet(),
            ":root{--mm:4.000px;--low-reach:720.0px}\n"
        );
    }
}
