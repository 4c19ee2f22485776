//! Files that people named: pictures, and lists of them. Size and kind are looked at before anything is read or reserved.

use std::io::{Cursor, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use image::ImageReader;
use image::imageops::FilterType;
use vision::decode::{DecodeError, jp2, jpeg, png};
use vision::frame::Picture;

/// Longest picture file, or list of pictures, that is read.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// Longest side of a picture that was larger than a camera's, pixels; a square of it is still accepted.
const LARGEST_SIDE: u32 = 1400;
/// Most megapixels of a picture that is scaled down: as telephones have. With transparency such a one costs 0.5 GB while it is decoded.
const MEGAPIXELS: u64 = 64;

/// What a file begins with.
#[derive(Clone, Copy)]
enum Kind {
    Jpeg,
    Png,
    Jpeg2000,
}

impl Kind {
    fn of(bytes: &[u8]) -> Option<Self> {
        /// The signature box of a JP2, and the start of a bare codestream (ISO/IEC 15444-1, I.5.1 and A.4.1).
        const JP2: &[u8] = b"\0\0\0\x0cjP  \r\n\x87\n";
        const CODESTREAM: &[u8] = &[0xff, 0x4f, 0xff, 0x51];
        if bytes.starts_with(&[0xff, 0xd8]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG") {
            Some(Self::Png)
        } else if bytes.starts_with(JP2) || bytes.starts_with(CODESTREAM) {
            Some(Self::Jpeg2000)
        } else {
            None
        }
    }

    fn decode(self, bytes: &[u8]) -> Result<Picture, DecodeError> {
        match self {
            Self::Jpeg => jpeg::decode(bytes),
            Self::Png => png::decode(bytes),
            Self::Jpeg2000 => jp2::decode(bytes),
        }
    }
}

/// Whether a name ends like a picture's, in small or capital letters.
pub(crate) fn is_picture(name: &Path) -> bool {
    name.extension().is_some_and(|kind| {
        ["jpg", "jpeg", "png", "jp2"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known))
    })
}

/// Reads JPEG, PNG or JPEG 2000; a JPEG or PNG of more pixels than a camera has is scaled down. For lists of pictures that people chose, never for
/// what comes from a card or camera.
pub(crate) fn picture_of_any_size(path: &Path) -> Result<Picture> {
    let (kind, bytes) = file(path)?;
    let refused = match kind.decode(&bytes) {
        Ok(picture) => return Ok(picture),
        Err(refused) => refused,
    };
    match kind {
        // Whatever else it was refused for: the general decoder would paint the rest grey.
        Kind::Jpeg if !jpeg::ends(&bytes) => {
            Err(anyhow!(DecodeError::Damaged("the end is missing".into())))
        }
        Kind::Jpeg2000 => Err(anyhow!(refused)),
        Kind::Jpeg | Kind::Png => scaled_down(&bytes, refused),
    }
    .with_context(|| format!("decoding {}", path.display()))
    .context(vision::codes::PICTURE_REFUSED.code)
}

/// What was refused for its size alone. What the strict decoders refused for another reason stays refused, with their reason.
fn scaled_down(bytes: &[u8], refused: DecodeError) -> Result<Picture> {
    let reader = || ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let Ok((width, height)) = reader()?.into_dimensions() else {
        return Err(refused.into());
    };
    let pixels = u64::from(width) * u64::from(height);
    if pixels <= vision::frame::MAX_PIXELS as u64 {
        return Err(refused.into());
    }
    anyhow::ensure!(
        pixels <= MEGAPIXELS * 1_000_000,
        "it has {width}x{height} pixels, at most {MEGAPIXELS} megapixels are read"
    );
    let mut reader = reader()?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(400 << 20);
    reader.limits(limits);
    let Ok(large) = reader.decode() else {
        return Err(refused.into());
    };
    let small = large
        .resize(LARGEST_SIDE, LARGEST_SIDE, FilterType::Triangle)
        .into_rgb8();
    let (width, height) = (small.width() as usize, small.height() as usize);
    Picture::new(width, height, zeroize::Zeroizing::new(small.into_raw())).context("size")
}

/// Reads JPEG, PNG or JPEG 2000 of at most [`vision::frame::MAX_PIXELS`] pixels.
pub(crate) fn picture(path: &Path) -> Result<Picture> {
    let (kind, bytes) = file(path)?;
    kind.decode(&bytes)
        .with_context(|| {
            format!(
                "decoding {} (JPEG, PNG or JPEG 2000 of at most {} pixels)",
                path.display(),
                vision::frame::MAX_PIXELS
            )
        })
        .context(vision::codes::PICTURE_REFUSED.code)
}

/// The bytes of a picture file, and what they are.
fn file(path: &Path) -> Result<(Kind, zeroize::Zeroizing<Vec<u8>>)> {
    let read = || {
        let bytes = regular_file(path)?;
        let kind = Kind::of(&bytes)
            .with_context(|| format!("{}: not a JPEG, PNG or JPEG 2000", path.display()))?;
        Ok((kind, bytes))
    };
    read().map_err(|error: anyhow::Error| error.context(vision::codes::PICTURE_REFUSED.code))
}

/// The bytes of a regular file. What else stands there (a device, a pipe, a folder) is refused before a byte is read, and opening it never
/// waits; a file that grows meanwhile is cut at the limit and refused, too (invariant 15, docs/invariants.md).
pub(crate) fn regular_file(path: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>> {
    let read = || -> Result<_> {
        let flags = nix::fcntl::OFlag::O_NONBLOCK | nix::fcntl::OFlag::O_NOCTTY;
        let file = std::fs::OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits())
            .open(path)?;
        let about = file.metadata()?;
        anyhow::ensure!(about.is_file(), "it is no regular file");
        anyhow::ensure!(
            about.len() <= MAX_FILE,
            "it has {} bytes, at most {MAX_FILE} are read",
            about.len()
        );
        let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(about.len() as usize + 1));
        file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
        anyhow::ensure!(
            bytes.len() as u64 <= MAX_FILE,
            "it grew beyond {MAX_FILE} bytes"
        );
        Ok(bytes)
    };
    read().with_context(|| format!("reading {}", path.display()))
}
