//! `uketsuke-vision check`: are the models there, unchanged, and fast enough?

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use serde::Serialize;
use vision::frame::Picture;
use vision::pad::AttackModel;
use vision::recognise::{Recogniser, Sighting};

use super::outcome::Outcome;

/// Options of `check`.
#[derive(clap::Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    models: super::Models,
    /// Manifest of an operator's own attack-detection model, to be loaded too.
    #[arg(long)]
    attack_model: Option<PathBuf>,
    /// A picture with one face, JPEG, PNG or JPEG 2000. Without it an empty picture is used, and only the detector is timed.
    #[arg(long)]
    picture: Option<PathBuf>,
    /// Runs that are timed, after a first one that only warms up.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: u32,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Serialize)]
struct Report {
    recipe: String,
    models: Vec<(String, String)>,
    load_ms: f64,
    /// One face was found.
    face: bool,
    /// Why not, in a picture that was given: `no face` or `several faces`.
    #[serde(skip_serializing_if = "Option::is_none")]
    unfit: Option<&'static str>,
    look_ms: f64,
    describe_ms: f64,
    peak_memory_kb: u64,
}

/// Loads, looks, describes, prints.
pub(crate) fn run(arguments: &CheckArguments) -> Result<Outcome> {
    let begun = Instant::now();
    let models = arguments.models.load()?;
    let attack_model = match &arguments.attack_model {
        Some(manifest) => {
            Some(AttackModel::load(manifest).context(vision::codes::MODELS_UNUSABLE.code)?)
        }
        None => None,
    };
    let load_ms = ms(begun);
    let picture = picture(arguments)?;
    let recogniser = Recogniser::new(Arc::clone(&models));
    let mut sighting = recogniser.look(&picture)?;
    let begun = Instant::now();
    for _ in 0..arguments.runs {
        sighting = recogniser.look(&picture)?;
    }
    let look_ms = ms(begun) / f64::from(arguments.runs);
    // The empty picture is there for the detector's time alone.
    let unfit = match (&arguments.picture, &sighting) {
        (None, _) | (_, Sighting::One(_)) => None,
        (_, Sighting::Nobody) => Some("no face"),
        (_, Sighting::Several) => Some("several faces"),
    };
    let mut describe_ms = 0.0;
    if let Sighting::One(face) = &sighting {
        recogniser.describe(&picture, face)?;
        let begun = Instant::now();
        for _ in 0..arguments.runs {
            recogniser.describe(&picture, face)?;
        }
        describe_ms = ms(begun) / f64::from(arguments.runs);
    }
    let report = Report {
        recipe: models.recipe().into(),
        models: models
            .digests()
            .iter()
            .chain(attack_model.iter().map(AttackModel::digest))
            .cloned()
            .collect(),
        load_ms,
        face: matches!(sighting, Sighting::One(_)),
        unfit,
        look_ms,
        describe_ms,
        peak_memory_kb: peak_memory_kb(),
    };
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("recipe {}", report.recipe);
        for (file, digest) in &report.models {
            println!("{file} sha256 {digest} ok");
        }
        println!(
            "load {load_ms:.0} ms, look {look_ms:.1} ms, describe {describe_ms:.1} ms, one face: {}",
            report.face
        );
        println!("peak memory {} kB", report.peak_memory_kb);
        if let (Some(path), Some(unfit)) = (&arguments.picture, unfit) {
            println!("{}: {unfit}", path.display());
        }
    }
    Ok(unfit.map_or(Outcome::Done, |_| Outcome::No))
}

fn picture(arguments: &CheckArguments) -> Result<Picture> {
    match &arguments.picture {
        None => Picture::from_grey(640, 480, &vec![128; 640 * 480]).context("an empty picture"),
        Some(path) => super::picture(path),
    }
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// Highest resident memory of this process; 0 where the system does not say.
pub(crate) fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}
