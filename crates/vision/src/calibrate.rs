//! A threshold for a site: from the distances between consenting members of staff, and from nothing else of them.
//!
//! Thresholds are set on impostors, never on genuine scores alone (as NIST's evaluations do). With few persons only a cautious proposal
//! can be made: a safe step below the smallest distance that was seen, within the bounds.

use serde::Serialize;

use crate::decision::Threshold;

/// Fewest persons for a proposal.
pub const FEWEST: usize = 10;
/// Room kept below the nearest pair.
const MARGIN: f32 = 0.02;
/// Share of impostor pairs that the proposal may accept, once there are enough.
const SHARE: f32 = 0.001;

/// What was measured. Distances only; no picture and no description is kept.
#[derive(Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// Recipe that made the distances.
    pub recipe: String,
    /// Persons measured.
    pub persons: usize,
    /// Sorted distances between different persons.
    pub distances: Vec<f32>,
    /// Pairs that look like one person and of which nobody said that they are two. With any, nothing is proposed.
    pub alike: Vec<Alike>,
    /// Proposed threshold; `None` with too few persons, or with such pairs.
    pub proposed: Option<f32>,
    /// In words.
    pub note: String,
}

/// Two that lie so near each other that the shipped threshold calls them one person: the same person, or picture, given twice would pass for the
/// nearest impostors and spoil the proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alike {
    /// Name of the picture, or number of the person.
    pub one: String,
    /// The other.
    pub other: String,
    /// Between them.
    pub distance: f32,
}

/// Whether two of a calibration look like one person.
pub fn look_alike(distance: f32) -> bool {
    distance <= Threshold::DEFAULT.get()
}

/// Proposes nothing: first it must be told whether these are one person or two.
pub fn ask_first(
    recipe: &str,
    persons: usize,
    mut distances: Vec<f32>,
    alike: Vec<Alike>,
) -> Calibration {
    distances.sort_by(f32::total_cmp);
    let pairs: Vec<String> = alike
        .iter()
        .map(|pair| format!("{} and {} ({:.2})", pair.one, pair.other, pair.distance))
        .collect();
    Calibration {
        recipe: recipe.into(),
        persons,
        distances,
        note: format!(
            "no proposal: {} look like one person; for each pair say either --same A=B (one person: the second is left out) or --different A=B (two persons: both stay), never both",
            pairs.join(", ")
        ),
        alike,
        proposed: None,
    }
}

/// Proposes a threshold from the distances between all pairs of persons.
pub fn propose(recipe: &str, persons: usize, mut distances: Vec<f32>) -> Calibration {
    distances.retain(|distance| distance.is_finite());
    distances.sort_by(f32::total_cmp);
    let told = |proposed: Option<f32>, note: String, distances: Vec<f32>| Calibration {
        recipe: recipe.into(),
        persons,
        distances,
        alike: Vec::new(),
        proposed,
        note,
    };
    if persons < FEWEST || distances.is_empty() {
        let note = format!(
            "not enough comparisons: {persons} persons, at least {FEWEST} are needed; keep the shipped threshold"
        );
        return told(None, note, distances);
    }
    let allowed = (SHARE * distances.len() as f32).floor() as usize;
    let nearest = distances.get(allowed).copied().unwrap_or(f32::MAX);
    let wanted = (nearest - MARGIN).min(Threshold::DEFAULT.get());
    let within = wanted.clamp(Threshold::LOWEST, Threshold::HIGHEST);
    let proposed = (within * 100.0).floor() / 100.0;
    let note = if wanted < Threshold::LOWEST {
        format!(
            "two persons here lie {nearest:.2} apart: no threshold within the bounds keeps them apart, use PIN or visual confirmation for them"
        )
    } else {
        format!(
            "{} pairs; the nearest that is refused lies at {nearest:.2}",
            distances.len()
        )
    };
    told(Some(proposed.max(Threshold::LOWEST)), note, distances)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposals_stay_within_the_bounds_and_below_the_nearest_pair() {
        assert_eq!(propose("r", 9, vec![0.8; 36]).proposed, None);
        assert_eq!(propose("r", 10, vec![0.8; 45]).proposed, Some(0.56));
        assert_eq!(
            propose("r", 10, [vec![0.8; 44], vec![0.55]].concat()).proposed,
            Some(0.53)
        );
        let twins = propose("r", 10, [vec![0.8; 44], vec![0.3]].concat());
        assert_eq!(twins.proposed, Some(0.45));
        assert!(twins.note.contains("no threshold"), "{}", twins.note);
        assert_eq!(propose("r", 10, vec![f32::NAN; 45]).proposed, None);
    }
}
