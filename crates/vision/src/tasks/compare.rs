//! `uketsuke-vision compare A B`: the distance between two pictures.

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;
use vision::decision::{DOUBTFUL_UP_TO, Threshold};
use vision::recognise::Recogniser;

/// Options of `compare`.
#[derive(clap::Args)]
pub(crate) struct CompareArguments {
    #[command(flatten)]
    models: super::Models,
    /// A picture with one face.
    left: PathBuf,
    /// Another.
    right: PathBuf,
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer {
    recipe: String,
    distance: Option<f32>,
    threshold: f32,
    /// `match`, `doubtful`, `no-match` or `no-face`.
    verdict: &'static str,
}

/// Compares and prints.
pub(crate) fn run(arguments: &CompareArguments) -> Result<()> {
    let models = arguments.models.load()?;
    let recogniser = Recogniser::new(std::sync::Arc::clone(&models));
    let describe = |path| super::description(&recogniser, &super::picture(path)?);
    let distance = match (describe(&arguments.left)?, describe(&arguments.right)?) {
        (Some(left), Some(right)) => Some(left.distance(&right)),
        _ => None,
    };
    let threshold = Threshold::DEFAULT.get();
    let verdict = match distance {
        None => "no-face",
        Some(distance) if distance <= threshold => "match",
        Some(distance) if distance <= DOUBTFUL_UP_TO => "doubtful",
        Some(_) => "no-match",
    };
    let answer = Answer {
        recipe: models.recipe().into(),
        distance,
        threshold,
        verdict,
    };
    super::say(arguments.json, &answer, || match distance {
        Some(distance) => format!(
            "{distance:.3} {verdict} (threshold {threshold:.2}, {})",
            models.recipe()
        ),
        None => "not exactly one face in each picture".into(),
    })
}
