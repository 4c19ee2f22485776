//! JPEG 2000: the photo from the card. Strict, because the decoder's default takes a cut-off file for a whole one.

mod announced;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};
use zeroize::Zeroizing;

use super::DecodeError;
use crate::frame::Picture;

/// Longest accepted photo, bytes. Cards carry some eight kilobytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Most pixels of a photo.
pub const MAX_PIXELS: u64 = 2_000_000;
/// Most tiles of a photo. Cards use one; a header of some bytes can announce millions, and each costs the decoder time.
pub const MAX_TILES: u64 = 256;

/// Decodes a grey or RGB photo of 8 bits. What the headers announce is checked before the decoder sees it, width,
/// height, components and depth once more between header and pixels.
///
/// A changed byte usually decodes to a slightly wrong picture: that the photo is genuine must come from the card's signature
/// (invariant 16, docs/invariants.md), never from here.
pub fn decode(bytes: &[u8]) -> Result<Picture, DecodeError> {
    if bytes.len() > MAX_BYTES {
        return Err(DecodeError::TooLong(bytes.len()));
    }
    if let Some(why) = announced::refusal(bytes) {
        return Err(DecodeError::Damaged(why));
    }
    // The decoder has no known panic; should it have an unknown one, a card must not be able to end the process with it (invariant 15).
    catch_unwind(AssertUnwindSafe(|| decode_checked(bytes)))
        .unwrap_or_else(|_| Err(DecodeError::Damaged("decoder failed".into())))
}

fn decode_checked(bytes: &[u8]) -> Result<Picture, DecodeError> {
    let damaged = |error: hayro_jpeg2000::DecodeError| DecodeError::Damaged(error.to_string());
    let settings = DecodeSettings {
        // A photo with a palette does not come so far.
        resolve_palette_indices: false,
        strict: true,
        target_resolution: None,
    };
    let image = Image::new(bytes, &settings).map_err(damaged)?;
    let components = u32::from(image.color_space().num_channels()) + u32::from(image.has_alpha());
    let (width, height, depth) = (image.width(), image.height(), image.original_bit_depth());
    let refused = DecodeError::NotAccepted {
        width,
        height,
        components,
        depth,
    };
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MAX_PIXELS || !matches!(components, 1 | 3) || depth != 8 {
        return Err(refused);
    }

    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(damaged)?;
    // Components may differ from what the colour space promised, and in size from each other.
    let parts = decoded.components();
    if parts.len() != components as usize
        || parts
            .iter()
            .any(|part| part.samples().len() as u64 != pixels)
    {
        return Err(refused);
    }
    let data = Zeroizing::new(decoded.data_u8());
    if components == 1 {
        Picture::from_grey(width as usize, height as usize, &data)
    } else {
        Picture::new(width as usize, height as usize, data)
    }
    .ok_or(refused)
}
