//! `uketsuke-vision evaluate --pairs FILE.csv`: error rates on anybody's pictures.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
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
    #[arg(long, default_value_t = Threshold::DEFAULT.get())]
    threshold: f32,
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Evaluates and prints.
pub(crate) fn run(arguments: &EvaluateArguments) -> Result<()> {
    let text = std::fs::read_to_string(&arguments.pairs)
        .with_context(|| format!("reading {}", arguments.pairs.display()))?;
    let folder = arguments.pairs.parent().unwrap_or(Path::new("."));
    let listed = read(&text)?;
    let models = arguments.models.load()?;
    let recogniser = Recogniser::new(std::sync::Arc::clone(&models));
    let mut known: HashMap<&str, Option<Embedding>> = HashMap::new();
    for (left, right, _) in &listed {
        for file in [left, right] {
            if !known.contains_key(file) {
                let picture = super::picture(&folder.join(file))?;
                known.insert(file, super::description(&recogniser, &picture)?);
            }
        }
    }
    let of = |file: &str| known.get(file).and_then(Option::as_ref);
    let pairs: Vec<Pair> = listed
        .iter()
        .map(|(left, right, same)| Pair {
            same: *same,
            distance: of(left)
                .zip(of(right))
                .map(|(left, right)| left.distance(right)),
        })
        .collect();
    let told = evaluate(models.recipe(), arguments.threshold, &pairs);
    super::say(arguments.json, &told, || words(&told))
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
            [_, _, _] if at == 0 => {}
            _ => bail!("line {}: expected left,right,1 or left,right,0", at + 1),
        }
    }
    Ok(listed)
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
    use super::read;

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
    }
}
