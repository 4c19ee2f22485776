//! What the program does besides serving: checks, comparisons and measurements for technicians and evaluators.

pub(crate) mod bench;
pub(crate) mod calibrate;
pub(crate) mod camera_check;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod evaluate;
pub(crate) mod landmarks;
mod outcome;
mod pairs;

use std::io::{Cursor, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
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

use outcome::Outcome;

/// What the program can do besides serving.
#[derive(clap::Subcommand)]
pub(crate) enum Task {
    /// Load the models, compare their SHA-256, run them once, print the times. Ends with 1 when the given picture does not show one face.
    Check(check::CheckArguments),
    /// Distance between two pictures. Ends with 0: the same person, 1: different or doubtful, 2: not compared.
    Compare(compare::CompareArguments),
    /// Error rates on a list of pairs.
    Evaluate(evaluate::EvaluateArguments),
    /// Measure distances among consenting staff and propose a threshold.
    Calibrate(calibrate::CalibrateArguments),
    /// Points of a face, for the simulator.
    Landmarks(landmarks::LandmarksArguments),
    /// Times on raw frames, for comparisons with other engines.
    Bench(bench::BenchArguments),
    /// Open a camera for a few seconds and count what it delivers. Ends with 1 when no picture came.
    Camera(camera_check::CameraArguments),
}

impl Task {
    /// Does it, and tells what failed.
    pub(crate) fn run(&self) -> ExitCode {
        let done = |()| Outcome::Done;
        match self {
            Self::Check(task) => outcome::end(task.json, check::run(task)),
            Self::Compare(task) => outcome::end(task.json, compare::run(task)),
            Self::Evaluate(task) => outcome::end(task.json, evaluate::run(task).map(done)),
            Self::Calibrate(task) => outcome::end(task.json, calibrate::run(task).map(done)),
            Self::Landmarks(task) => outcome::end(false, landmarks::run(task).map(done)),
            Self::Bench(task) => outcome::end(false, bench::run(task).map(done)),
            Self::Camera(task) => outcome::end(task.json, camera_check::run(task)),
        }
    }
}

/// Longest picture file, or list of pictures, that is read.
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
    let bytes = file(path)?;
    let whole = match decode(path, &bytes) {
        Ok(picture) => return Ok(picture),
        Err(error) => error,
    };
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

/// Reads JPEG, PNG or JPEG 2000 of at most [`vision::frame::MAX_PIXELS`] pixels.
pub(crate) fn picture(path: &Path) -> Result<Picture> {
    decode(path, &file(path)?)
}

fn decode(path: &Path, bytes: &[u8]) -> Result<Picture> {
    let decoded = if bytes.starts_with(&[0xff, 0xd8]) {
        jpeg::decode(bytes)
    } else if bytes.starts_with(b"\x89PNG") {
        png::decode(bytes)
    } else {
        jp2::decode(bytes)
    };
    decoded
        .with_context(|| {
            format!(
                "decoding {} (JPEG, PNG or JPEG 2000 of at most {} pixels)",
                path.display(),
                vision::frame::MAX_PIXELS
            )
        })
        .context(vision::codes::PICTURE_REFUSED.code)
}

/// The bytes of a picture file.
fn file(path: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>> {
    regular_file(path).context(vision::codes::PICTURE_REFUSED.code)
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

/// What a picture shows.
pub(crate) enum Seen {
    /// One face, described.
    One(Embedding),
    /// None.
    Nobody,
    /// More than one.
    Several,
}

impl Seen {
    /// What keeps the picture from being compared.
    pub(crate) fn unfit(&self) -> Option<&'static str> {
        match self {
            Self::One(_) => None,
            Self::Nobody => Some("no face"),
            Self::Several => Some("several faces"),
        }
    }

    /// The description of the one face.
    pub(crate) fn one(self) -> Option<Embedding> {
        match self {
            Self::One(face) => Some(face),
            Self::Nobody | Self::Several => None,
        }
    }
}

/// Looks for the one face of a picture, and describes it.
pub(crate) fn description(recogniser: &Recogniser, picture: &Picture) -> Result<Seen> {
    Ok(match recogniser.look(picture)? {
        Sighting::One(face) => Seen::One(recogniser.describe(picture, &face)?),
        Sighting::Nobody => Seen::Nobody,
        Sighting::Several => Seen::Several,
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
