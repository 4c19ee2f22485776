//! YUYV 4:2:2, what simple cameras send uncompressed: two pixels in four bytes.

use zeroize::Zeroizing;

pub use super::yuv::Range;
use super::yuv::colour;
use crate::frame::Picture;

/// Converts; `stride` is the length of a row in bytes. `None` when sizes and length do not fit together.
pub fn decode(
    bytes: &[u8],
    width: usize,
    height: usize,
    stride: usize,
    range: Range,
) -> Option<Picture> {
    let row_bytes = width.checked_mul(2)?;
    let last_row = stride.checked_mul(height.checked_sub(1)?)?;
    let fits = width.is_multiple_of(2)
        && stride >= row_bytes
        && bytes.len() >= last_row.checked_add(row_bytes)?;
    if !fits || width.checked_mul(height)? > crate::frame::MAX_PIXELS {
        return None;
    }
    let mut rgb = Zeroizing::new(Vec::with_capacity(width * height * 3));
    for row in bytes.chunks(stride).take(height) {
        for pair in row.get(..row_bytes)?.chunks_exact(4) {
            let &[first, u, second, v] = pair else {
                return None;
            };
            rgb.extend(colour(first, u, v, range));
            rgb.extend(colour(second, u, v, range));
        }
    }
    Picture::new(width, height, rgb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours() {
        // Colour bars of BT.601, limited range: white, black, red, blue.
        for (yuv, rgb) in [
            ([235, 128, 128], [255, 255, 255]),
            ([16, 128, 128], [0, 0, 0]),
            ([81, 90, 240], [254, 0, 0]),
            ([41, 240, 110], [0, 0, 255]),
        ] {
            let [y, u, v] = yuv;
            let picture = decode(&[y, u, y, v], 2, 1, 4, Range::Limited).unwrap();
            for (got, expected) in picture.rgb()[..3].iter().zip(rgb) {
                assert!(
                    got.abs_diff(expected) <= 2,
                    "{yuv:?}: {:?}",
                    &picture.rgb()[..3]
                );
            }
        }
        assert_eq!(
            decode(&[255, 128, 0, 128], 2, 1, 4, Range::Full)
                .unwrap()
                .rgb(),
            [255, 255, 255, 0, 0, 0]
        );
    }

    #[test]
    fn padded_rows_and_wrong_lengths() {
        let mut bytes = vec![235, 128, 235, 128, 9, 9, 9, 9];
        bytes.extend([16, 128, 16, 128]);
        let picture = decode(&bytes, 2, 2, 8, Range::Limited).unwrap();
        assert_eq!(
            picture.rgb(),
            [255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0]
        );
        for (width, height, stride) in [
            (2, 3, 8),
            (4, 2, 4),
            (3, 1, 8),
            (2, 0, 4),
            (usize::MAX, 2, 4),
            (2, 2, usize::MAX),
        ] {
            assert!(
                decode(&bytes, width, height, stride, Range::Limited).is_none(),
                "{width}x{height}/{stride}"
            );
        }
    }
}
