//! Pictures in memory: RGB, limited in size, wiped when dropped (invariant 5, docs/invariants.md).

pub mod sample;
pub mod shrink;

use zeroize::Zeroizing;

/// Most pixels of any picture that is accepted (two megapixels and a bit: 1920x1088).
pub const MAX_PIXELS: usize = 1920 * 1088;

/// Bits behind the point of a place between pixels that is counted in whole numbers.
const FINE_BITS: u32 = 32;
/// Parts of a pixel.
const FINE: f64 = (1u64 << FINE_BITS) as f64;

/// An RGB picture, 8 bit, rows from the top. Neither printed nor compared: it may show a person.
pub struct Picture {
    width: usize,
    height: usize,
    rgb: Zeroizing<Vec<u8>>,
}

/// A picture from a camera, with its JPEG form when the camera made one.
pub struct Frame {
    /// Decoded pixels.
    pub picture: Picture,
    /// The camera's own compressed form, to pass on as preview.
    pub jpeg: Option<Zeroizing<Vec<u8>>>,
}

impl Picture {
    /// Takes pixels over; `None` when sizes and length do not fit together or exceed [`MAX_PIXELS`].
    pub fn new(width: usize, height: usize, rgb: Zeroizing<Vec<u8>>) -> Option<Self> {
        let pixels = width.checked_mul(height)?;
        let fits = pixels > 0 && pixels <= MAX_PIXELS && rgb.len() == pixels * 3;
        fits.then_some(Self { width, height, rgb })
    }

    /// Repeats a grey picture in all three channels.
    pub fn from_grey(width: usize, height: usize, grey: &[u8]) -> Option<Self> {
        let rgb = Zeroizing::new(grey.iter().flat_map(|value| [*value; 3]).collect());
        Self::new(width, height, rgb)
    }

    /// Pixels from left to right.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Red, green, blue of each pixel, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Colour between four pixels; the centre of the first pixel is (0.5, 0.5), outside is black.
    #[inline(always)]
    pub fn at(&self, x: f32, y: f32) -> [f32; 3] {
        let (x, y) = (x - 0.5, y - 0.5);
        let near = |place: f32, side: usize| place > -2.0 && place < side as f32 + 1.0;
        if !near(x, self.width) || !near(y, self.height) {
            return [0.0; 3];
        }
        let (left, top) = (floor(x), floor(y));
        let (right_share, bottom_share) = (x - left as f32, y - top as f32);
        if left >= 0 && top >= 0 && left + 1 < self.width as i64 && top + 1 < self.height as i64 {
            // Nearly every place is inside: two rows of two pixels, without asking for each of them.
            let start = (top as usize * self.width + left as usize) * 3;
            let below = start + self.width * 3;
            // Of each pixel four bytes are taken, so that they are computed with together; the fourth is the next pixel's.
            if let (Some([a, b, c, d, e, f, x]), Some([g, h, i, j, k, l, y])) = (
                self.rgb.get(start..start + 7),
                self.rgb.get(below..below + 7),
            ) {
                let upper = between([*a, *b, *c, *d], [*d, *e, *f, *x], right_share);
                let lower = between([*g, *h, *i, *j], [*j, *k, *l, *y], right_share);
                let [red, green, blue, _] = blend(upper, lower, bottom_share);
                return [red, green, blue];
            }
        }
        self.at_edge([left, top], [right_share, bottom_share])
    }

    /// As [`Self::at`] for many places that are known to lie inside, at least a pixel from the edge: counted from the middle of the first pixel,
    /// in [`FINE`] parts of a pixel. The fourth number is nothing; `None` outside.
    #[inline(always)]
    fn within(&self, x: i64, y: i64) -> Option<[f32; 4]> {
        let whole = |place: i64| usize::try_from(place >> FINE_BITS).ok();
        // The upper 24 bits of the part: as many as a number has.
        let share = |place: i64| (place as u32 >> 8) as f32 * (1.0 / (1 << 24) as f32);
        let (right_share, bottom_share) = (share(x), share(y));
        let start = (whole(y)? * self.width + whole(x)?) * 3;
        let below = start + self.width * 3;
        let upper = self.rgb.get(start..start + 7)?;
        let lower = self.rgb.get(below..below + 7)?;
        let pixel =
            |row: &[u8], at: usize| [row[at], row[at + 1], row[at + 2], row[at + 3]].map(f32::from);
        let (a, b) = (pixel(upper, 0), pixel(upper, 3));
        let (c, d) = (pixel(lower, 0), pixel(lower, 3));
        let mut colour = [0.0; 4];
        for at in 0..4 {
            let above = a[at] + (b[at] - a[at]) * right_share;
            let under = c[at] + (d[at] - c[at]) * right_share;
            colour[at] = above + (under - above) * bottom_share;
        }
        Some(colour)
    }

    #[cold]
    fn at_edge(&self, [left, top]: [i64; 2], [right_share, bottom_share]: [f32; 2]) -> [f32; 3] {
        let mut sum = [0.0; 3];
        for (row, row_share) in [(top, 1.0 - bottom_share), (top + 1, bottom_share)] {
            for (column, column_share) in [(left, 1.0 - right_share), (left + 1, right_share)] {
                let inside = (0..self.width as i64).contains(&column)
                    && (0..self.height as i64).contains(&row);
                if !inside {
                    continue;
                }
                let start = (row as usize * self.width + column as usize) * 3;
                let share = row_share * column_share;
                if let Some(pixel) = self.rgb.get(start..start + 3) {
                    for (sum, value) in sum.iter_mut().zip(pixel) {
                        *sum += share * f32::from(*value);
                    }
                }
            }
        }
        sum
    }

    /// The pixel that covers the place, black outside. For averages over many places, where blending would add nothing.
    #[inline]
    pub fn nearest(&self, x: f32, y: f32) -> [f32; 3] {
        if x < 0.0 || y < 0.0 || x >= self.width as f32 || y >= self.height as f32 {
            return [0.0; 3];
        }
        let start = (y as usize * self.width + x as usize) * 3;
        match self.rgb.get(start..start + 3) {
            Some([r, g, b]) => [f32::from(*r), f32::from(*g), f32::from(*b)],
            _ => [0.0; 3],
        }
    }
}

/// Two pixels, blended.
#[inline]
fn between(one: [u8; 4], other: [u8; 4], share: f32) -> [f32; 4] {
    blend(one.map(f32::from), other.map(f32::from), share)
}

#[inline]
fn blend(one: [f32; 4], other: [f32; 4], share: f32) -> [f32; 4] {
    let [a, b, c, d] = one;
    let [e, f, g, h] = other;
    let rest = 1.0 - share;
    [
        a * rest + e * share,
        b * rest + f * share,
        c * rest + g * share,
        d * rest + h * share,
    ]
}

/// The whole number below; `f32::floor` is a call of a library on processors that the build does not presume.
#[inline]
fn floor(value: f32) -> i64 {
    let whole = value as i32;
    i64::from(whole) - i64::from(whole as f32 > value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_must_fit() {
        assert!(Picture::new(2, 2, Zeroizing::new(vec![0; 12])).is_some());
        for (width, height, length) in [
            (2, 2, 11),
            (0, 2, 0),
            (usize::MAX, 2, 12),
            (4000, 4000, 48_000_000),
        ] {
            assert!(
                Picture::new(width, height, Zeroizing::new(vec![0; length])).is_none(),
                "{width}x{height}"
            );
        }
    }

    #[test]
    fn colours_are_blended_and_black_outside() {
        let picture = Picture::from_grey(2, 1, &[0, 200]).unwrap();
        assert_eq!(picture.at(0.5, 0.5), [0.0; 3]);
        assert_eq!(picture.at(1.0, 0.5), [100.0; 3]);
        assert_eq!(picture.at(1.5, 0.5), [200.0; 3]);
        assert_eq!(picture.at(2.0, 0.5), [100.0; 3]);
        for outside in [f32::NAN, f32::INFINITY, -1e30] {
            assert!(
                picture
                    .at(outside, 0.5)
                    .iter()
                    .all(|v| v.is_nan() || *v == 0.0)
            );
            assert_eq!(picture.nearest(-1.0, outside), [0.0; 3]);
        }
    }
}
