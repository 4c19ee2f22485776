//! Brightness only: infrared cameras, and colour cameras that were told to.

use zeroize::Zeroizing;

use crate::frame::Picture;

/// Takes `width` bytes of each row of `stride`. `None` when sizes and length do not fit together.
pub fn decode(bytes: &[u8], width: usize, height: usize, stride: usize) -> Option<Picture> {
    let needed = stride
        .checked_mul(height.checked_sub(1)?)?
        .checked_add(width)?;
    let fits = width > 0 && stride >= width && bytes.len() >= needed;
    if !fits || width.checked_mul(height)? > crate::frame::MAX_PIXELS {
        return None;
    }
    let mut rgb = Zeroizing::new(Vec::with_capacity(width * height * 3));
    for row in bytes.chunks(stride).take(height) {
        rgb.extend(row.get(..width)?.iter().flat_map(|value| [*value; 3]));
    }
    Picture::new(width, height, rgb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_their_padding() {
        let picture = decode(&[1, 2, 99, 3, 4], 2, 2, 3).unwrap();
        assert_eq!(picture.rgb(), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
        for (width, height, stride) in [
            (2, 3, 3),
            (4, 2, 3),
            (0, 2, 3),
            (2, 0, 3),
            (2, 2, usize::MAX),
        ] {
            assert!(
                decode(&[0; 5], width, height, stride).is_none(),
                "{width}x{height}/{stride}"
            );
        }
    }
}
