//! IEEE 754 half precision: the two conversions that the model files need.

/// Nearest half-precision number, ties to even; too large becomes infinite.
pub(crate) fn from_f32(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = ((bits >> 16) & 0x8000) as u16;
    let exponent = ((bits >> 23) & 0xff) as i32 - 127 + 15;
    let fraction = bits & 0x007f_ffff;
    if exponent == 255 - 127 + 15 {
        return sign | 0x7c00 | if fraction == 0 { 0 } else { 0x0200 };
    }
    if exponent >= 31 {
        return sign | 0x7c00;
    }
    // Numbers below 2^-14 lose their hidden one and are shifted into place.
    let (mantissa, shift, base) = if exponent <= 0 {
        if exponent < -10 {
            return sign;
        }
        (fraction | 0x0080_0000, (14 - exponent) as u32, 0)
    } else {
        (fraction, 13, (exponent as u32) << 10)
    };
    let kept = mantissa >> shift;
    let rest = mantissa & ((1 << shift) - 1);
    let middle = 1 << (shift - 1);
    let up = rest > middle || (rest == middle && kept & 1 == 1);
    // A carry out of the fraction is the next exponent, which is what rounding up means.
    sign | (base + kept + u32::from(up)) as u16
}

/// Exact value of a half-precision number.
pub(crate) fn to_f32(half: u16) -> f32 {
    let sign = if half & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from((half >> 10) & 0x1f);
    let fraction = f32::from(half & 0x03ff);
    match exponent {
        0 => sign * fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_survives_the_round_trip() {
        for half in 0..=u16::MAX {
            let value = to_f32(half);
            if value.is_nan() {
                assert!(to_f32(from_f32(value)).is_nan());
            } else {
                assert_eq!(from_f32(value), half, "{half:#06x} {value}");
            }
        }
    }

    #[test]
    fn rounding_goes_to_the_nearest_even() {
        for (value, half) in [
            (1.0, 0x3c00),
            (1.0 + 1.0 / 2048.0, 0x3c00),
            (1.0 + 3.0 / 2048.0, 0x3c02),
            (65504.0, 0x7bff),
            (65520.0, 0x7c00),
            (2f32.powi(-25), 0),
            (-0.0, 0x8000),
        ] {
            assert_eq!(from_f32(value), half, "{value}");
        }
    }
}
