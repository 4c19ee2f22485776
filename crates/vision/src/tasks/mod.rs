//! What the program does besides serving: checks, comparisons and measurements for technicians and evaluators.

mod album;
pub(crate) mod bench;
pub(crate) mod calibrate;
pub(crate) mod camera_check;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod evaluate;
mod files;
pub(crate) mod landmarks;
mod one_person;
mod outcome;
mod pairs;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde::Serialize;
use vision::embed::Embedding;
use vision::frame::Picture;
use vision::models::FaceModels;
use vision::profile::Profile;
use vision::recognise::{Recogniser, Sighting};

pub(crate) use files::{is_picture, picture, picture_of_any_size, regular_file};
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
