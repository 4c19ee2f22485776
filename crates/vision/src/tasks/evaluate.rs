//! `uketsuke-vision evaluate --pairs FILE.csv`: error rates on anybody's pictures.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use vision::decision::Threshold;
use vision::embed::Embedding;
use vision::evaluate::{Distribution, Evaluation, Pair, Rate, evaluate};
use vision::recognise::Recogniser;

/// Options of `evaluate`.
#[derive(clap::Args)]
pub(crate) struct EvaluateArguments {
    #[command(flatten)]
    models: super::Models,
    /// CSV with left picture, right picture, same person (1 or 0); paths beside the file. A first line of words is left out.
    #[arg(long)]
    pairs: PathBuf,
    /// Threshold to judge at.
    #[arg(long, default_value_t = Threshold::DEFAULT.get(), value_parser = threshold)]
    threshold: f32,
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
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
    let text = std::fs::read_to_string(&arguments.pairs)
        .with_context(|| format!("reading {}", arguments.pairs.display()))?;
    let folder = arguments.pairs.parent().unwrap_or(Path::new("."));
    let (listed, twice) = once(read(&text)?)?;
    let models = arguments.models.load()?;
    let recogniser = Recogniser::new(std::sync::Arc::clone(&models));
    let mut known: HashMap<&str, Option<Embedding>> = HashMap::new();
    let mut unreadable = Vec::new();
    for (left, right, _) in &listed {
        for file in [left, right] {
            if known.contains_key(file) {
                continue;
            }
            // One bad file among thousands is named and counted; its pairs are left out, not called undetected.
            let described = match super::picture_of_any_size(&folder.join(file)) {
                Ok(picture) => super::description(&recogniser, &picture)?.one(),
                Err(error) => {
                    unreadable.push(Unreadable {
                        file: (*file).to_owned(),
                        reason: format!("{error:#}"),
                    });
                    None
                }
            };
            known.insert(file, described);
        }
    }
    let read = |file: &str| unreadable.iter().all(|bad| bad.file != file);
    let of = |file: &str| known.get(file).and_then(Option::as_ref);
    let (readable, left_out): (Vec<_>, Vec<_>) = listed
        .iter()
        .partition(|(left, right, _)| read(left) && read(right));
    let pairs: Vec<Pair> = readable
        .iter()
        .map(|(left, right, same)| Pair {
            same: *same,
            distance: of(left)
                .zip(of(right))
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
    };
    super::say(arguments.json, &told, || {
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
        format!("{}{left_out}{again}", words(&told.evaluation))
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
    /// These files.
    unreadable: Vec<Unreadable>,
}

#[derive(Serialize)]
struct Unreadable {
    file: String,
    reason: String,
}

fn named(unreadable: &[Unreadable]) -> String {
    unreadable
        .iter()
        .map(|bad| format!("\n  {}: {}", bad.file, bad.reason))
        .collect()
}

type Listed<'a> = Vec<(&'a str, &'a str, bool)>;

/// Each pair once, and those that were given again. A picture with itself is no comparison, and a pair can't be both.
fn once(listed: Listed<'_>) -> Result<(Listed<'_>, Vec<String>)> {
    let (mut known, mut kept, mut twice) = (HashMap::new(), Vec::new(), Vec::new());
    for (left, right, same) in listed {
        ensure!(left != right, "{left} is compared with itself");
        match known.insert((left.min(right), left.max(right)), same) {
            None => kept.push((left, right, same)),
            Some(before) if before == same => twice.push(format!("{left}, {right}")),
            Some(_) => {
                bail!("{left} and {right} are called the same person and not the same person")
            }
        }
    }
    Ok((kept, twice))
}

/// Left, right, same.
fn read(text: &str) -> Result<Vec<(&str, &str, bool)>> {
    let mut listed = Vec::new();
    for (at, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let parts: Vec<&str> = line.split(',').map(str::trim).collect();
        match parts.as_slice() {
            [left, right, "1"] => listed.push((*left, *right, true)),
            [left, right, "0"] => listed.push((*left, *right, false)),
            // A heading names columns, not pictures.
            [left, right, _] if at == 0 && !is_picture(left) && !is_picture(right) => {}
            _ => bail!("line {}: expected left,right,1 or left,right,0", at + 1),
        }
    }
    Ok(listed)
}

fn is_picture(word: &str) -> bool {
    Path::new(word).extension().is_some_and(|kind| {
        ["jpg", "jpeg", "png", "jp2"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known))
    })
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

#[cfg(test)]
mod tests {
    use super::{once, read};

    #[test]
    fn a_pair_given_twice_counts_once_and_is_named() {
        let listed = read("a.jpg,b.jpg,1\nb.jpg,a.jpg,1\nc.jpg,a.jpg,0").unwrap();
        let (kept, twice) = once(listed).unwrap();
        assert_eq!(kept, [("a.jpg", "b.jpg", true), ("c.jpg", "a.jpg", false)]);
        assert_eq!(twice, ["b.jpg, a.jpg"]);
        for wrong in ["a.jpg,b.jpg,1\nb.jpg,a.jpg,0", "a.jpg,a.jpg,1"] {
            assert!(once(read(wrong).unwrap()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists_are_read_and_slips_are_named() {
        let listed = read("left,right,same\na.jpg, b.jpg ,1\n\nc.jpg,d.jpg,0\n").unwrap();
        assert_eq!(
            listed,
            [("a.jpg", "b.jpg", true), ("c.jpg", "d.jpg", false)]
        );
        assert!(
            read("a,b,1\na,b,yes")
                .unwrap_err()
                .to_string()
                .contains("line 2")
        );
        // A slip in the first line is no heading.
        assert!(
            read("a.jpg,b.jpg,yes\na.jpg,b.jpg,1")
                .unwrap_err()
                .to_string()
                .contains("line 1")
        );
    }
}
