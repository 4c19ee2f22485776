//! `uketsuke-vision evaluate --pairs FILE.csv`: error rates on anybody's pictures.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde::Serialize;
use vision::decision::Threshold;
use vision::embed::Embedding;
use vision::evaluate::{Distribution, Evaluation, Pair, Rate, evaluate};
use vision::recognise::Recogniser;

use super::pairs;

/// Options of `evaluate`.
#[derive(clap::Args)]
pub(crate) struct EvaluateArguments {
    #[command(flatten)]
    models: super::Models,
    /// CSV with left picture, right picture, same person (1 or 0), in UTF-8; paths beside the file. A first line of words is left out.
    #[arg(long)]
    pairs: PathBuf,
    /// Threshold to judge at.
    #[arg(long, default_value_t = Threshold::DEFAULT.get(), value_parser = threshold)]
    threshold: f32,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A distance: what lies outside the terminal's bounds may be looked at too, what is no distance may not.
fn threshold(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if (0.0..=2.0).contains(&value) => Ok(value),
        _ => Err("a distance between 0 and 2 is expected".into()),
    }
}

/// Evaluates and prints.
pub(crate) fn run(arguments: &EvaluateArguments) -> Result<()> {
    let (listed, twice) = pairs::load(&arguments.pairs)?;
    let folder = arguments.pairs.parent().unwrap_or(Path::new("."));
    let models = arguments.models.load()?;
    let recogniser = Recogniser::new(std::sync::Arc::clone(&models));
    let mut known: HashMap<&str, Option<Embedding>> = HashMap::new();
    let (mut unreadable, mut undetected) = (Vec::new(), Vec::new());
    for file in listed.iter().flat_map(|pair| [&*pair.left, &*pair.right]) {
        if known.contains_key(file) {
            continue;
        }
        // One bad file among thousands is named and counted; its pairs are left out, not called undetected.
        let described = match super::picture_of_any_size(&folder.join(file)) {
            Ok(picture) => {
                let seen = super::description(&recogniser, &picture)?;
                undetected.extend(seen.unfit().map(|reason| Named::new(file, reason)));
                seen.one()
            }
            Err(error) => {
                unreadable.push(Named::new(file, format!("{error:#}")));
                None
            }
        };
        known.insert(file, described);
    }
    let read = |file: &str| unreadable.iter().all(|bad| bad.file != file);
    let of = |file: &str| known.get(file).and_then(Option::as_ref);
    let (readable, left_out): (Vec<_>, Vec<_>) = listed
        .iter()
        .partition(|pair| read(&pair.left) && read(&pair.right));
    let pairs: Vec<Pair> = readable
        .iter()
        .map(|pair| Pair {
            same: pair.same,
            distance: of(&pair.left)
                .zip(of(&pair.right))
                .map(|(left, right)| left.distance(right)),
        })
        .collect();
    ensure!(
        !pairs.is_empty(),
        "{}: no pair can be compared{}",
        arguments.pairs.display(),
        named(&unreadable)
    );
    let told = Told {
        evaluation: evaluate(models.recipe(), arguments.threshold, &pairs),
        pairs_left_out: left_out.len(),
        pairs_given_again: twice,
        unreadable,
        undetected,
    };
    super::say(arguments.json, &told, || {
        let undetected = named(&told.undetected);
        let left_out = match told.pairs_left_out {
            0 => String::new(),
            count => format!("\npairs left out: {count}{}", named(&told.unreadable)),
        };
        let again = match told.pairs_given_again.len() {
            0 => String::new(),
            count => format!(
                "\npairs given again, counted once: {count}\n  {}",
                told.pairs_given_again.join("\n  ")
            ),
        };
        format!("{}{undetected}{left_out}{again}", words(&told.evaluation))
    })
}

/// What is printed: the figures, and what they leave out.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    evaluation: Evaluation,
    /// Pairs with a file that can't be read; not in the figures.
    pairs_left_out: usize,
    /// Pairs that stood in the list before, either way round; each is counted once.
    pairs_given_again: Vec<String>,
    /// Files that can't be read.
    unreadable: Vec<Named>,
    /// Files that show no face, or several; their pairs are counted as not detected.
    undetected: Vec<Named>,
}

/// A file, and what is wrong with it.
#[derive(Serialize)]
struct Named {
    file: String,
    reason: String,
}

impl Named {
    fn new(file: &str, reason: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            reason: reason.into(),
        }
    }
}

fn named(files: &[Named]) -> String {
    files
        .iter()
        .map(|bad| format!("\n  {}: {}", bad.file, bad.reason))
        .collect()
}

fn words(told: &Evaluation) -> String {
    let rate = |rate: &Rate| match rate.rate {
        Some(share) => format!(
            "{:.2} % ({} of {}, 95 %: {:.2} to {:.2} %)",
            share * 100.0,
            rate.errors,
            rate.of,
            rate.low * 100.0,
            rate.high * 100.0
        ),
        None => "none compared".into(),
    };
    let distances = |seen: &Distribution| match (seen.min, seen.median, seen.max) {
        (Some(min), Some(median), Some(max)) => format!(
            "{} pairs, distance {min:.3} to {max:.3}, median {median:.3}",
            seen.count
        ),
        _ => "none compared".into(),
    };
    let mut lines = vec![
        format!("recipe {}, threshold {:.2}", told.recipe, told.threshold),
        format!("genuine: {}", distances(&told.genuine)),
        format!("impostor: {}", distances(&told.impostor)),
        format!(
            "EER {}",
            told.eer
                .map_or("none".into(), |eer| format!("{:.2} %", eer * 100.0))
        ),
    ];
    for point in &told.fnmr_at_fmr {
        let value = match (&point.fnmr, &point.note) {
            (Some(fnmr), _) => rate(fnmr),
            (None, note) => note.clone().unwrap_or_default(),
        };
        lines.push(format!("FNMR at FMR {}: {value}", point.fmr));
    }
    lines.push(format!(
        "FNMR at the threshold: {}",
        rate(&told.fnmr_at_threshold)
    ));
    lines.push(format!(
        "FMR at the threshold: {}",
        rate(&told.fmr_at_threshold)
    ));
    lines.push(format!("not detected: {}", rate(&told.not_detected)));
    lines.join("\n")
}
