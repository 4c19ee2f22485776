//! `uketsuke-vision compare A B`: the distance between two pictures.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use vision::decision::{DOUBTFUL_UP_TO, Threshold};
use vision::recognise::Recogniser;

use super::Seen;

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
    /// `match`, `doubtful`, `no-match`, `no-face` or `several-faces`.
    verdict: &'static str,
    /// The pictures that do not show exactly one face.
    unfit: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Failure {
    error: Problem,
}

#[derive(Serialize)]
struct Problem {
    /// `UK-FACE-NNN`.
    code: &'static str,
    message: String,
}

/// The same person.
const SAME: u8 = 0;
/// Somebody else, or doubtful.
const OTHER: u8 = 1;
/// Not compared.
const FAILED: u8 = 2;

/// Compares and prints; 0: the same person, 1: different or doubtful, 2: not compared.
pub(crate) fn run(arguments: &CompareArguments) -> Result<ExitCode> {
    match compare(arguments) {
        Ok(code) => Ok(code.into()),
        Err(error) => {
            let code = vision::codes::ALL
                .iter()
                .map(|known| known.code)
                .find(|known| error.chain().any(|cause| cause.to_string() == *known))
                .unwrap_or(vision::codes::INFERENCE_FAILED.code);
            let message = format!("{error:#}");
            if arguments.json {
                let error = Problem { code, message };
                super::say(true, &Failure { error }, String::new)?;
            } else {
                std::io::Write::write_fmt(
                    &mut std::io::stderr(),
                    format_args!("uketsuke-vision: {message}\n"),
                )?;
            }
            Ok(FAILED.into())
        }
    }
}

fn compare(arguments: &CompareArguments) -> Result<u8> {
    let models = arguments.models.load()?;
    let recogniser = Recogniser::new(std::sync::Arc::clone(&models));
    let describe = |path| super::description(&recogniser, &super::picture(path)?);
    let seen = [describe(&arguments.left)?, describe(&arguments.right)?];
    let threshold = Threshold::DEFAULT.get();
    let distance = match &seen {
        [Seen::One(left), Seen::One(right)] => Some(left.distance(right)),
        _ => None,
    };
    let (verdict, code) = match distance {
        None if seen.iter().any(|one| matches!(one, Seen::Nobody)) => ("no-face", FAILED),
        None => ("several-faces", FAILED),
        Some(distance) if distance <= threshold => ("match", SAME),
        Some(distance) if distance <= DOUBTFUL_UP_TO => ("doubtful", OTHER),
        Some(_) => ("no-match", OTHER),
    };
    let unfit: Vec<(PathBuf, &str)> = [&arguments.left, &arguments.right]
        .into_iter()
        .zip(&seen)
        .filter_map(|(path, seen)| Some((path.clone(), seen.unfit()?)))
        .collect();
    let answer = Answer {
        recipe: models.recipe().into(),
        distance,
        threshold,
        verdict,
        unfit: unfit.iter().map(|(path, _)| path.clone()).collect(),
    };
    super::say(arguments.json, &answer, || match distance {
        Some(distance) => format!(
            "{distance:.3} {verdict} (threshold {threshold:.2}, {})",
            models.recipe()
        ),
        None => unfit
            .iter()
            .map(|(path, why)| format!("{}: {why}", path.display()))
            .collect::<Vec<_>>()
            .join("\n"),
    })?;
    Ok(code)
}
