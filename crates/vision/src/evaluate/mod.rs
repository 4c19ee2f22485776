//! Error rates from a list of pairs: what anybody can repeat on their own pictures. Pure numbers; pictures are read elsewhere.
//!
//! Terms as in ISO/IEC 19795-1: FNMR, the share of genuine comparisons that are refused; FMR, of impostor comparisons that are accepted.

use serde::Serialize;

/// Confidence of the bounds.
const CONFIDENCE: f64 = 0.95;
/// Rates at which the threshold is set on impostors.
const RATES: [f64; 3] = [1e-2, 1e-3, 1e-4];

/// One compared pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Same person?
    pub same: bool,
    /// Distance; `None` when a face was not found in one of the pictures.
    pub distance: Option<f32>,
}

/// Summary of distances.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Distribution {
    /// How many.
    pub count: usize,
    /// Smallest.
    pub min: Option<f32>,
    /// One in twenty is smaller.
    pub p5: Option<f32>,
    /// Half is smaller.
    pub median: Option<f32>,
    /// One in twenty is larger.
    pub p95: Option<f32>,
    /// Largest.
    pub max: Option<f32>,
}

/// A share with its bounds (Clopper and Pearson).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// Errors.
    pub errors: usize,
    /// Comparisons.
    pub of: usize,
    /// Errors among them, 0..1; `None` of nothing.
    pub rate: Option<f64>,
    /// Bounds at 95 %.
    pub low: f64,
    /// Bounds at 95 %.
    pub high: f64,
}

/// FNMR where the threshold lets this share of impostors through.
#[derive(Debug, PartialEq, Serialize)]
pub struct Point {
    /// Wanted share of accepted impostors.
    pub fmr: f64,
    /// The threshold that gives it; `None` with too few comparisons.
    pub threshold: Option<f32>,
    /// Refused genuine comparisons at it.
    pub fnmr: Option<Rate>,
    /// Why there is no figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Everything that is said about a list of pairs.
#[derive(Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Recipe that made the distances.
    pub recipe: String,
    /// The threshold in use.
    pub threshold: f32,
    /// Distances of pairs of one person.
    pub genuine: Distribution,
    /// Distances of pairs of two persons.
    pub impostor: Distribution,
    /// Share at which both errors are the same.
    pub eer: Option<f64>,
    /// Three points of the curve.
    pub fnmr_at_fmr: Vec<Point>,
    /// Refused genuine pairs at the threshold in use.
    pub fnmr_at_threshold: Rate,
    /// Accepted impostor pairs at the threshold in use.
    pub fmr_at_threshold: Rate,
    /// Pairs that could not be compared, a face not being found.
    pub not_detected: Rate,
}

/// Evaluates.
pub fn evaluate(recipe: &str, threshold: f32, pairs: &[Pair]) -> Evaluation {
    let of = |same: bool| {
        let mut all: Vec<f32> = pairs
            .iter()
            .filter(|pair| pair.same == same)
            .filter_map(|pair| pair.distance)
            .collect();
        all.sort_by(f32::total_cmp);
        all
    };
    let (genuine, impostor) = (of(true), of(false));
    let missed = pairs.iter().filter(|pair| pair.distance.is_none()).count();
    Evaluation {
        recipe: recipe.into(),
        threshold,
        eer: equal_error(&genuine, &impostor),
        fnmr_at_fmr: RATES
            .iter()
            .map(|rate| point(*rate, &genuine, &impostor))
            .collect(),
        fnmr_at_threshold: rate(above(&genuine, threshold), genuine.len()),
        fmr_at_threshold: rate(impostor.len() - above(&impostor, threshold), impostor.len()),
        not_detected: rate(missed, pairs.len()),
        genuine: distribution(&genuine),
        impostor: distribution(&impostor),
    }
}

/// Number of sorted distances above the threshold.
fn above(sorted: &[f32], threshold: f32) -> usize {
    sorted.len() - sorted.partition_point(|distance| *distance <= threshold)
}

fn distribution(sorted: &[f32]) -> Distribution {
    let at = |share: f64| {
        let last = sorted.len().checked_sub(1)?;
        sorted.get((share * last as f64).round() as usize).copied()
    };
    Distribution {
        count: sorted.len(),
        min: at(0.0),
        p5: at(0.05),
        median: at(0.5),
        p95: at(0.95),
        max: at(1.0),
    }
}

fn point(fmr: f64, genuine: &[f32], impostor: &[f32]) -> Point {
    let needed = (3.0 / fmr).round() as usize;
    let none = |note: String| Point {
        fmr,
        threshold: None,
        fnmr: None,
        note: Some(note),
    };
    if impostor.len() < needed {
        return none(format!(
            "not enough comparisons: {} impostor pairs, {needed} needed",
            impostor.len()
        ));
    }
    if genuine.is_empty() {
        return none("not enough comparisons: no genuine pairs".into());
    }
    // As many impostors as the rate allows lie at or below it.
    let allowed = (fmr * impostor.len() as f64).floor() as usize;
    let threshold = impostor
        .get(allowed)
        .map(|first_refused| first_refused.next_down());
    let fnmr = threshold.map(|threshold| rate(above(genuine, threshold), genuine.len()));
    Point {
        fmr,
        threshold,
        fnmr,
        note: None,
    }
}

/// Where the curves cross: the smallest possible larger one of both errors.
fn equal_error(genuine: &[f32], impostor: &[f32]) -> Option<f64> {
    if genuine.is_empty() || impostor.is_empty() {
        return None;
    }
    let shares = |threshold: f32| {
        let fnmr = above(genuine, threshold) as f64 / genuine.len() as f64;
        let fmr = (impostor.len() - above(impostor, threshold)) as f64 / impostor.len() as f64;
        (fnmr, fmr)
    };
    genuine
        .iter()
        .chain(impostor)
        .flat_map(|distance| [*distance, distance.next_down()])
        .map(shares)
        .min_by(|(a, b), (c, d)| {
            (a - b)
                .abs()
                .total_cmp(&(c - d).abs())
                .then((a + b).total_cmp(&(c + d)))
        })
        .map(|(fnmr, fmr)| f64::midpoint(fnmr, fmr))
}

/// A share with Clopper-Pearson bounds.
pub fn rate(errors: usize, of: usize) -> Rate {
    let (k, n) = (errors as f64, of as f64);
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let low = if errors == 0 {
        0.0
    } else {
        solve(|p| 1.0 - below(errors - 1, of, p), tail)
    };
    let high = if errors >= of {
        1.0
    } else {
        1.0 - solve(|q| below(errors, of, 1.0 - q), tail)
    };
    Rate {
        errors,
        of,
        rate: (of > 0).then_some(k / n),
        low,
        high,
    }
}

/// Where a growing function of 0..1 reaches a value.
fn solve(f: impl Fn(f64) -> f64, value: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if f(middle) < value {
            low = middle
        } else {
            high = middle
        }
    }
    f64::midpoint(low, high)
}

/// Probability of at most `k` among `n` when each has probability `p`.
fn below(k: usize, n: usize, p: f64) -> f64 {
    if p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return f64::from(k >= n);
    }
    let (mut term, mut sum) = (n as f64 * (1.0 - p).ln(), 0.0);
    let odds = p.ln() - (1.0 - p).ln();
    for i in 0..=k.min(n) {
        sum += term.exp();
        term += ((n - i) as f64).ln() - ((i + 1) as f64).ln() + odds;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(genuine: &[f32], impostor: &[f32]) -> Vec<Pair> {
        let of = |same: bool| {
            move |distance: &f32| Pair {
                same,
                distance: Some(*distance),
            }
        };
        genuine
            .iter()
            .map(of(true))
            .chain(impostor.iter().map(of(false)))
            .collect()
    }

    #[test]
    fn bounds_are_those_of_the_tables() {
        // Clopper-Pearson, 95 %: 0 of 10, 1 of 20, 5 of 5.
        let none = rate(0, 10);
        assert!(
            none.low == 0.0 && (none.high - 0.3085).abs() < 1e-4,
            "{none:?}"
        );
        let one = rate(1, 20);
        assert!(
            (one.low - 0.001265).abs() < 1e-5 && (one.high - 0.248_73).abs() < 1e-4,
            "{one:?}"
        );
        let all = rate(5, 5);
        assert!(
            (all.low - 0.4782).abs() < 1e-4 && all.high == 1.0,
            "{all:?}"
        );
        assert_eq!(rate(0, 0).rate, None);
    }

    #[test]
    fn separated_lists_have_no_errors() {
        let impostor: Vec<f32> = (0..400).map(|at| 0.7 + at as f32 * 0.0005).collect();
        let told = evaluate("r/1", 0.56, &pairs(&[0.2, 0.3, 0.4], &impostor));
        assert_eq!(
            (
                told.eer,
                told.fnmr_at_threshold.errors,
                told.fmr_at_threshold.errors
            ),
            (Some(0.0), 0, 0)
        );
        assert_eq!(
            (told.genuine.median, told.genuine.count, told.impostor.min),
            (Some(0.3), 3, Some(0.7))
        );
        let first = &told.fnmr_at_fmr[0];
        assert_eq!(first.fnmr.as_ref().map(|rate| rate.errors), Some(0));
        assert!(
            first.threshold.is_some_and(|t| t > 0.7 && t < 0.71),
            "{first:?}"
        );
        let second = &told.fnmr_at_fmr[1];
        assert!(
            second.fnmr.is_none()
                && second
                    .note
                    .as_ref()
                    .is_some_and(|n| n.contains("not enough comparisons")),
            "{second:?}"
        );
    }

    #[test]
    fn overlapping_lists_are_counted() {
        let mut all = pairs(&[0.3, 0.5, 0.7, 0.9], &[0.4, 0.6, 0.8, 1.0]);
        all.push(Pair {
            same: true,
            distance: None,
        });
        let told = evaluate("r/1", 0.56, &all);
        assert_eq!(
            (told.fnmr_at_threshold.errors, told.fnmr_at_threshold.of),
            (2, 4)
        );
        assert_eq!(
            (told.fmr_at_threshold.errors, told.fmr_at_threshold.of),
            (1, 4)
        );
        assert_eq!((told.not_detected.errors, told.not_detected.of), (1, 9));
        assert!(
            told.eer.is_some_and(|eer| (0.25..=0.5).contains(&eer)),
            "{:?}",
            told.eer
        );
        assert_eq!(evaluate("r/1", 0.56, &[]).eer, None);
    }
}
