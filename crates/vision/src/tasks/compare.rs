//! `uketsuke-vision compare A B`: the distance between two pictures.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use serde::Serialize;
use vision::decision::{DOUBTFUL_UP_TO, Threshold};
use vision::recognise::Recogniser;

use super::Seen;
use super::outcome::{Outcome, code};

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
    pub(crate) json: bool,
}

#[derive(Serialize)]
struct Answer {
    recipe: String,
    distance: Option<f32>,
    threshold: f32,
    /// `match`, `doubtful`, `no-match`, `no-face` or `several-faces`.
    verdict: &'static str,
    /// The pictures that do not show exactly one face.
    unfit: Vec<PathBuf>,
    /// The same with the reason of each: one may show nobody, the other several.
    causes: Vec<Cause>,
}

#[derive(Serialize)]
struct Cause {
    file: PathBuf,
    /// `no face` or `several faces`.
    reason: &'static str,
}

/// Compares and prints.
pub(crate) fn run(arguments: &CompareArguments) -> Result<Outcome> {
    let models = arguments.models.load()?;
    let recogniser = Recogniser::new(std::sync::Arc::clone(&models));
    let describe = |path: &PathBuf| super::description(&recogniser, &super::picture(path)?);
    let paths = [&arguments.left, &arguments.right];
    let seen = both(paths, paths.map(describe))?;
    let threshold = Threshold::DEFAULT.get();
    let distance = match &seen {
        [Seen::One(left), Seen::One(right)] => Some(left.distance(right)),
        _ => None,
    };
    let (verdict, outcome) = match distance {
        None if seen.iter().any(|one| matches!(one, Seen::Nobody)) => ("no-face", Outcome::Failed),
        None => ("several-faces", Outcome::Failed),
        Some(distance) if distance <= threshold => ("match", Outcome::Done),
        Some(distance) if distance <= DOUBTFUL_UP_TO => ("doubtful", Outcome::No),
        Some(_) => ("no-match", Outcome::No),
    };
    let causes: Vec<Cause> = paths
        .into_iter()
        .zip(&seen)
        .filter_map(|(path, seen)| {
            Some(Cause {
                file: path.clone(),
                reason: seen.unfit()?,
            })
        })
        .collect();
    let answer = Answer {
        recipe: models.recipe().into(),
        distance,
        threshold,
        verdict,
        unfit: causes.iter().map(|cause| cause.file.clone()).collect(),
        causes,
    };
    super::say(arguments.json, &answer, || match distance {
        Some(distance) => format!(
            "{distance:.3} {verdict} (threshold {threshold:.2}, {})",
            models.recipe()
        ),
        None => answer
            .causes
            .iter()
            .map(|cause| format!("{}: {}", cause.file.display(), cause.reason))
            .collect::<Vec<_>>()
            .join("\n"),
    })?;
    Ok(outcome)
}

/// Both pictures, or what is wrong with each of them, under the code of the first that failed.
fn both(paths: [&PathBuf; 2], described: [Result<Seen>; 2]) -> Result<[Seen; 2]> {
    let described = match described {
        [Ok(left), Ok(right)] => return Ok([left, right]),
        failed => failed,
    };
    let given = described
        .iter()
        .find_map(|one| one.as_ref().err().and_then(code))
        .unwrap_or(vision::codes::INFERENCE_FAILED.code);
    let wrong: Vec<String> = paths
        .iter()
        .zip(&described)
        .filter_map(|(path, one)| match one {
            Ok(seen) => Some(format!("{}: {}", path.display(), seen.unfit()?)),
            // The code stands before both.
            Err(error) => {
                let words = format!("{error:#}");
                let bare = words.strip_prefix(&format!("{given}: ")).unwrap_or(&words);
                Some(bare.to_owned())
            }
        })
        .collect();
    Err(anyhow!(wrong.join("; ")).context(given))
}
