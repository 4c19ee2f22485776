//! Brightness and colour difference to red, green and blue, after ITU-R BT.601.

/// Range of the luma values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// 16..235, colour 16..240: what USB cameras send unless the driver says otherwise.
    Limited,
    /// 0..255.
    Full,
}

/// One pixel. Integers in 1/65536: the same on every machine, and quick enough for thirty pictures a second on a small one.
#[inline]
pub(super) fn colour(y: u8, u: u8, v: u8, range: Range) -> [u8; 3] {
    let (y, u, v) = (i32::from(y), i32::from(u) - 128, i32::from(v) - 128);
    // The factors 1.402, 0.344136, 0.714136 and 1.772; for the limited range times 255/224, luma times 255/219.
    let (luma, red, green_u, green_v, blue) = match range {
        Range::Limited => ((y - 16) * 76_309, 104_597, 25_675, 53_279, 132_201),
        Range::Full => (y << 16, 91_881, 22_553, 46_802, 116_130),
    };
    let half = 1 << 15;
    [
        luma + red * v + half,
        luma - green_u * u - green_v * v + half,
        luma + blue * u + half,
    ]
    .map(|value| (value >> 16).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The defining formula of BT.601, in floating point.
    fn exact(y: u8, u: u8, v: u8, range: Range) -> [f64; 3] {
        let (luma, chroma) = match range {
            Range::Limited => ((f64::from(y) - 16.0) * 255.0 / 219.0, 255.0 / 224.0),
            Range::Full => (f64::from(y), 1.0),
        };
        let (u, v) = (
            (f64::from(u) - 128.0) * chroma,
            (f64::from(v) - 128.0) * chroma,
        );
        [
            luma + 1.402 * v,
            luma - 0.344_136 * u - 0.714_136 * v,
            luma + 1.772 * u,
        ]
        .map(|value| value.clamp(0.0, 255.0))
    }

    #[test]
    fn integers_say_what_the_formula_says() {
        for range in [Range::Limited, Range::Full] {
            for y in (0..=255).step_by(5) {
                for u in (0..=255).step_by(15) {
                    for v in (0..=255).step_by(15) {
                        let got = colour(y, u, v, range);
                        for (got, expected) in got.iter().zip(exact(y, u, v, range)) {
                            assert!(
                                (f64::from(*got) - expected).abs() <= 0.6,
                                "{y} {u} {v} {range:?}: {got} {expected}"
                            );
                        }
                    }
                }
            }
        }
    }
}
