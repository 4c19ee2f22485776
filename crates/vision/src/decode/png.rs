//! PNG: pictures that an evaluator supplies, and the card's own small pictures. Size and kind are checked before pixels are reserved.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::{ColorType, ImageDecoder, Limits};
use zeroize::Zeroizing;

use super::DecodeError;
use crate::frame::{MAX_PIXELS, Picture};

/// Longest accepted file, bytes.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Decodes grey or RGB of 8 bits, with or without transparency (which is left out).
pub fn decode(bytes: &[u8]) -> Result<Picture, DecodeError> {
    if bytes.len() > MAX_BYTES {
        return Err(DecodeError::TooLong(bytes.len()));
    }
    let damaged = |error: image::ImageError| DecodeError::Damaged(error.to_string());
    let mut limits = Limits::default();
    limits.max_alloc = Some(64 * 1024 * 1024);
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    let kind = decoder.color_type();
    let components = u32::from(kind.channel_count());
    let refused = DecodeError::NotAccepted {
        width,
        height,
        components,
        depth: 8,
    };
    let pixels = width as usize * height as usize;
    let known = matches!(
        kind,
        ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8
    );
    if pixels == 0
        || pixels > MAX_PIXELS
        || !known
        || decoder.total_bytes() != (pixels * components as usize) as u64
    {
        return Err(refused);
    }
    let mut data = Zeroizing::new(vec![0; pixels * components as usize]);
    decoder.read_image(&mut data).map_err(damaged)?;
    let rgb: Zeroizing<Vec<u8>> = match components {
        1 | 2 => Zeroizing::new(
            data.chunks_exact(components as usize)
                .flat_map(|pixel| [pixel[0]; 3])
                .collect(),
        ),
        3 => data,
        _ => Zeroizing::new(
            data.chunks_exact(4)
                .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
                .collect(),
        ),
    };
    Picture::new(width as usize, height as usize, rgb).ok_or(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::ImageEncoder as _;

    fn encoded(kind: image::ExtendedColorType, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        image::codecs::png::PngEncoder::new(&mut bytes)
            .write_image(pixels, 2, 1, kind)
            .unwrap();
        bytes
    }

    #[test]
    fn grey_colour_and_transparency() {
        let grey = decode(&encoded(image::ExtendedColorType::L8, &[7, 200])).unwrap();
        assert_eq!(grey.rgb(), [7, 7, 7, 200, 200, 200]);
        let colour = decode(&encoded(
            image::ExtendedColorType::Rgba8,
            &[1, 2, 3, 0, 4, 5, 6, 255],
        ))
        .unwrap();
        assert_eq!(colour.rgb(), [1, 2, 3, 4, 5, 6]);
    }

    /// Invariant 15: damaged files are errors; an announced giant is refused before its pixels are reserved.
    #[test]
    fn damaged_and_giant_files_are_refused() {
        let good = encoded(image::ExtendedColorType::L8, &[7, 200]);
        for length in 0..good.len() - 13 {
            assert!(decode(&good[..length]).is_err(), "{length}");
        }
        let mut giant = good.clone();
        giant[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        assert!(decode(&giant).is_err());
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 0x55;
            let _ = decode(&changed);
        }
    }
}
