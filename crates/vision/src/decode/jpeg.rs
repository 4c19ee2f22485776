//! JPEG: pictures from cameras, and the preview's way back to JPEG.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::{ExtendedColorType, ImageDecoder};
use zeroize::Zeroizing;

use super::DecodeError;
use crate::frame::{MAX_PIXELS, Picture};

/// Longest accepted JPEG, bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Decodes grey or colour; the size is checked between header and pixels.
pub fn decode(bytes: &[u8]) -> Result<Picture, DecodeError> {
    if bytes.len() > MAX_BYTES {
        return Err(DecodeError::TooLong(bytes.len()));
    }
    if !ends(bytes) {
        // The decoder would paint the rest grey.
        return Err(DecodeError::Damaged("the end is missing".into()));
    }
    // The decoder has no known panic; should it have an unknown one, a camera must not be able to end the process with it (invariant 15).
    catch_unwind(AssertUnwindSafe(|| decode_checked(bytes)))
        .unwrap_or_else(|_| Err(DecodeError::Damaged("decoder failed".into())))
}

fn decode_checked(bytes: &[u8]) -> Result<Picture, DecodeError> {
    let damaged = |error: image::ImageError| DecodeError::Damaged(error.to_string());
    let decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    let components = u32::from(decoder.color_type().channel_count());
    let pixels = width as usize * height as usize;
    let refused = DecodeError::NotAccepted {
        width,
        height,
        components,
        depth: 8,
    };
    if pixels == 0
        || pixels > MAX_PIXELS
        || decoder.color_type().bytes_per_pixel() as u32 != components
    {
        return Err(refused);
    }
    let mut data = Zeroizing::new(vec![0; pixels * components as usize]);
    if decoder.total_bytes() != data.len() as u64 {
        return Err(refused);
    }
    decoder.read_image(&mut data).map_err(damaged)?;
    let (width, height) = (width as usize, height as usize);
    match components {
        1 => Picture::from_grey(width, height, &data),
        3 => Picture::new(width, height, data),
        _ => None,
    }
    .ok_or(refused)
}

/// Is the end of the image (EOI, ITU-T T.81 B.1.1.3) there? Behind it a camera may fill its buffer with anything; before it, and after the last
/// start of a scan, there are only bytes of the picture, in which the mark can't stand.
pub fn ends(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    match (last(0xda), last(0xd9)) {
        (Some(scan), Some(end)) => end > scan,
        _ => false,
    }
}

/// Does the file carry its own Huffman tables? Some cameras leave them out, and browsers then show nothing.
pub fn has_tables(bytes: &[u8]) -> bool {
    let scan = bytes
        .windows(2)
        .position(|pair| pair == [0xff, 0xda])
        .unwrap_or(bytes.len());
    bytes[..scan].windows(2).any(|pair| pair == [0xff, 0xc4])
}

/// Compresses a picture for the patient's screen.
pub fn encode(picture: &Picture, quality: u8) -> Result<Zeroizing<Vec<u8>>, DecodeError> {
    let mut out = Zeroizing::new(Vec::with_capacity(64 * 1024));
    let (width, height) = (picture.width() as u32, picture.height() as u32);
    JpegEncoder::new_with_quality(&mut *out, quality)
        .encode(picture.rgb(), width, height, ExtendedColorType::Rgb8)
        .map_err(|error| DecodeError::Damaged(error.to_string()))?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey_ramp() -> Picture {
        Picture::from_grey(
            64,
            48,
            &(0..64 * 48).map(|i| (i % 64) as u8 * 4).collect::<Vec<_>>(),
        )
        .unwrap()
    }

    #[test]
    fn a_picture_comes_back() {
        let picture = grey_ramp();
        let bytes = encode(&picture, 90).unwrap();
        assert!(has_tables(&bytes));
        let back = decode(&bytes).unwrap();
        assert_eq!((back.width(), back.height()), (64, 48));
        let worst = picture
            .rgb()
            .iter()
            .zip(back.rgb())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(worst < Some(12), "{worst:?}");
    }

    /// Invariant 15: damaged frames are errors; an announced giant is refused before its pixels are reserved.
    #[test]
    fn damaged_and_giant_files_are_refused() {
        let bytes = encode(&grey_ramp(), 90).unwrap();
        assert!(decode(&[]).is_err());
        assert!(decode(&bytes[..20]).is_err());
        assert!(matches!(
            decode(&vec![0; MAX_BYTES + 1]),
            Err(DecodeError::TooLong(_))
        ));
        // Cut off anywhere; filled up behind its end.
        for length in [bytes.len() / 3, bytes.len() * 2 / 3, bytes.len() - 1] {
            assert!(decode(&bytes[..length]).is_err(), "{length}");
        }
        assert!(decode(&[&bytes[..], &[0; 700]].concat()).is_ok());
        let mut giant = bytes.to_vec();
        let frame = giant
            .windows(2)
            .position(|pair| pair == [0xff, 0xc0])
            .unwrap();
        giant[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
        assert!(decode(&giant).is_err());
        let mut changed = bytes.to_vec();
        for at in 0..changed.len() {
            changed[at] ^= 0x55;
            let _ = decode(&changed);
            changed[at] ^= 0x55;
        }
    }
}
