//! What the program does besides serving: checks, comparisons and measurements for technicians and evaluators.

pub(crate) mod bench;
pub(crate) mod calibrate;
pub(crate) mod camera_check;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod evaluate;
pub(crate) mod landmarks;

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use image::imageops::FilterType;
use serde::Serialize;
use vision::decode::{jp2, jpeg, png};
use vision::embed::Embedding;
use vision::frame::Picture;
use vision::models::FaceModels;
use vision::profile::Profile;
use vision::recognise::{Recogniser, Sighting};

/// Longest picture file that is read.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// Which models are used.
#[derive(clap::Args)]
pub(crate) struct Models {
    /// Folder with the face models and models.toml.
    #[arg(long, default_value = "/usr/share/uketsuke/models")]
    models: PathBuf,
    /// Manifest of an operator's own recognition nets, in place of the shipped recipe.
    #[arg(long)]
    profile: Option<PathBuf>,
}

impl Models {
    pub(crate) fn load(&self) -> Result<Arc<FaceModels>> {
        let code = vision::codes::MODELS_UNUSABLE.code;
        let mut models = FaceModels::load(&self.models).context(code)?;
        if let Some(profile) = &self.profile {
            models = models.with_profile(Profile::load(profile).context(code)?);
        }
        Ok(Arc::new(models))
    }
}

/// Longest side of a picture that was larger than a camera's, pixels; a square of it is still accepted.
const LARGEST_SIDE: u32 = 1400;

/// Reads JPEG, PNG or JPEG 2000; a JPEG or PNG of more pixels than a camera has is scaled down. For lists of pictures that people chose, never for
/// what comes from a card or camera.
pub(crate) fn picture_of_any_size(path: &Path) -> Result<Picture> {
    let whole = match picture(path) {
        Ok(picture) => return Ok(picture),
        Err(error) => error,
    };
    let bytes = zeroize::Zeroizing::new(std::fs::read(path)?);
    let mut reader =
        image::ImageReader::new(Cursor::new(bytes.as_slice())).with_guessed_format()?;
    // 100 megapixels, no more.
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(20_000);
    limits.max_image_height = Some(20_000);
    limits.max_alloc = Some(400 << 20);
    reader.limits(limits);
    // What the strict decoders refused for another reason than its size stays refused, with their reason.
    let Ok(large) = reader.decode() else {
        return Err(whole);
    };
    if large.width() as usize * large.height() as usize <= vision::frame::MAX_PIXELS {
        return Err(whole);
    }
    let small = large
        .resize(LARGEST_SIDE, LARGEST_SIDE, FilterType::Triangle)
        .into_rgb8();
    let (width, height) = (small.width() as usize, small.height() as usize);
    Picture::new(width, height, zeroize::Zeroizing::new(small.into_raw())).context("size")
}

/// Reads JPEG, PNG or JPEG 2000.
pub(crate) fn picture(path: &Path) -> Result<Picture> {
    let read = || format!("reading {}", path.display());
    let length = std::fs::metadata(path).with_context(read)?.len();
    anyhow::ensure!(length <= MAX_FILE, "{} is too long", path.display());
    let bytes = zeroize::Zeroizing::new(std::fs::read(path).with_context(read)?);
    let decoded = if bytes.starts_with(&[0xff, 0xd8]) {
        jpeg::decode(&bytes)
    } else if bytes.starts_with(b"\x89PNG") {
        png::decode(&bytes)
    } else {
        jp2::decode(&bytes)
    };
    decoded.with_context(|| format!("decoding {}", path.display()))
}

/// The description of the one face of a picture; `None` where none, or several, are seen.
pub(crate) fn description(recogniser: &Recogniser, picture: &Picture) -> Result<Option<Embedding>> {
    Ok(match recogniser.look(picture)? {
        Sighting::One(face) => Some(recogniser.describe(picture, &face)?),
        Sighting::Nobody | Sighting::Several => None,
    })
}

/// One JSON document, or words.
pub(crate) fn say<T: Serialize>(
    json: bool,
    value: &T,
    words: impl FnOnce() -> String,
) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(value)?);
    } else {
        println!("{}", words());
    }
    Ok(())
}
