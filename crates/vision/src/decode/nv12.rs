//! NV12 4:2:0: all brightness values first, then one pair of colour values for every two by two pixels.

use zeroize::Zeroizing;

use super::yuv::{Range, colour};
use crate::frame::Picture;

/// Converts; `stride` is the length of a row of either plane in bytes. `None` when sizes and length do not fit together.
pub fn decode(
    bytes: &[u8],
    width: usize,
    height: usize,
    stride: usize,
    range: Range,
) -> Option<Picture> {
    let even = width.is_multiple_of(2) && height.is_multiple_of(2) && width > 0 && height > 0;
    if !even || stride < width || width.checked_mul(height)? > crate::frame::MAX_PIXELS {
        return None;
    }
    let plane = stride.checked_mul(height)?;
    // The last colour row need not be padded.
    let needed = plane
        .checked_add(stride.checked_mul(height / 2 - 1)?)?
        .checked_add(width)?;
    if bytes.len() < needed {
        return None;
    }
    let (luma, chroma) = bytes.split_at(plane);
    let mut rgb = Zeroizing::new(Vec::with_capacity(width * height * 3));
    for (number, row) in luma.chunks(stride).enumerate() {
        let start = number / 2 * stride;
        let colours = chroma.get(start..start + width)?;
        for (pair, uv) in row
            .get(..width)?
            .chunks_exact(2)
            .zip(colours.chunks_exact(2))
        {
            let (&[first, second], &[u, v]) = (pair, uv) else {
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
    fn two_rows_share_their_colours() {
        // Left pair red, right pair blue (colour bars of BT.601), rows padded from four to six bytes.
        let bytes = [
            [81, 81, 41, 41, 9, 9],
            [81, 81, 41, 41, 9, 9],
            [90, 240, 240, 110, 9, 9],
        ]
        .concat();
        for length in [bytes.len(), bytes.len() - 2] {
            let picture = decode(&bytes[..length], 4, 2, 6, Range::Limited).unwrap();
            for row in picture.rgb().chunks_exact(12) {
                for (got, expected) in row.iter().zip([254, 0, 0, 254, 0, 0, 0, 0, 255, 0, 0, 255])
                {
                    assert!(got.abs_diff(expected) <= 2, "{row:?}");
                }
            }
        }
        let grey = decode(&[0, 255, 255, 0, 128, 128], 2, 2, 2, Range::Full).unwrap();
        assert_eq!(grey.rgb(), [0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 0]);
    }

    #[test]
    fn sizes_that_do_not_fit() {
        let bytes = [0; 6];
        for (width, height, stride) in [
            (2, 2, 1),
            (2, 4, 2),
            (3, 2, 3),
            (2, 3, 2),
            (0, 2, 2),
            (2, 0, 2),
            (2, 2, usize::MAX),
            (usize::MAX - 1, 2, usize::MAX),
        ] {
            assert!(
                decode(&bytes, width, height, stride, Range::Full).is_none(),
                "{width}x{height}/{stride}"
            );
        }
        assert!(decode(&bytes[..5], 2, 2, 2, Range::Full).is_none());
    }
}
