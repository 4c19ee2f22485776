//! `uketsuke-vision evaluate --pairs FILE.csv`: error rates on anybody's pictures.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use vision::decision::Threshold;
use vision::evaluate::{Distribution, Evaluation, Pair, Rate, evaluate};
use vision::recognise::Recogniser;

use super::album::{Album, Copy, Named, counted_copies, lines};
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
    let by_name = pairs::load(&arguments.pairs)?;
    let folder = arguments.pairs.parent().unwrap_or(Path::new("."));
    let models = arguments.models.load()?;
    let recogniser = Recogniser::new(std::sync::Arc::clone(&models));
    let mut album = Album::new(&recogniser);
    for pair in &by_name.kept {
        for file in [&pair.left, &pair.right] {
            album.look(file, &folder.join(file))?;
        }
    }
    let listed = by_name.kept.into_iter();
    let (readable, left_out): (Vec<_>, Vec<_>) =
        listed.partition(|pair| album.readable(&pair.left) && album.readable(&pair.right));
    // What the names hid: one picture under two of them.
    let once = pairs::once(readable, |name| album.original(name).to_owned())
        .with_context(|| arguments.pairs.display().to_string())?;
    let pairs: Vec<Pair> = once
        .kept
        .iter()
        .map(|pair| Pair {
            same: pair.same,
            distance: album
                .face(&pair.left)
                .zip(album.face(&pair.right))
                .map(|(left, right)| left.distance(right)),
        })
        .collect();
    ensure!(
        !pairs.is_empty(),
        "{}: no pair can be compared{}{}",
        arguments.pairs.display(),
        lines(&album.unreadable),
        counted_copies(COPIES, &album.copies),
    );
    let told = Told {
        evaluation: evaluate(models.recipe(), arguments.threshold, &pairs),
        pairs_left_out: left_out.len(),
        pairs_given_again: pairs::told(&[by_name.again, once.again].concat()),
        pairs_of_one_picture: pairs::told(&once.with_itself),
        copies: album.copies,
        unreadable: album.unreadable,
        undetected: album.undetected,
    };
    super::say(arguments.json, &told, || {
        let left_out = match told.pairs_left_out {
            0 => String::new(),
            count => format!("\npairs left out: {count}{}", lines(&told.unreadable)),
        };
        let pairs = |heading: &str, pairs: &[String]| match pairs.len() {
            0 => String::new(),
            count => format!("\n{heading}: {count}\n  {}", pairs.join("\n  ")),
        };
        [
            words(&told.evaluation),
            lines(&told.undetected),
            left_out,
            pairs("pairs given again, counted once", &told.pairs_given_again),
            pairs(
                "pairs of one picture under two names, left out",
                &told.pairs_of_one_picture,
            ),
            counted_copies(COPIES, &told.copies),
        ]
        .concat()
    })
}

/// Heading of the files that show a picture which came before.
const COPIES: &str = "files that show a picture of the list under another name";

/// What is printed: the figures, and what they leave out.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    evaluation: Evaluation,
    /// Pairs with a file that can't be read; not in the figures.
    pairs_left_out: usize,
    /// Pairs that stood in the list before, either way round or under other names of the same pictures; each is counted once.
    pairs_given_again: Vec<String>,
    /// Pairs whose two names are of one picture; not in the figures, for its distance to itself is 0.
    pairs_of_one_picture: Vec<String>,
    /// Files that show the same picture as another one of the list.
    copies: Vec<Copy>,
    /// Files that can't be read.
    unreadable: Vec<Named>,
    /// Files that show no face, or several; their pairs are counted as not detected.
    undetected: Vec<Named>,
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
