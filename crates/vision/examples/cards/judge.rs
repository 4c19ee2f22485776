//! What was read of the drawn cards, by condition and by layout, and what of it is a failure.

use std::collections::BTreeMap;

use serde::Serialize;

/// One condition.
#[derive(Default, Serialize)]
pub(crate) struct Row {
    pub(crate) condition: String,
    /// Whether the chip tells the expiry; a card whose chip does not is harder to be sure of.
    pub(crate) chip: &'static str,
    /// Nothing may be sure.
    pub(crate) nothing: bool,
    /// No claim but that no digit is false.
    pub(crate) beyond: bool,
    pub(crate) cards: u32,
    pub(crate) found: u32,
    pub(crate) whole: u32,
    pub(crate) ten: u32,
    pub(crate) six: u32,
    pub(crate) none: u32,
    pub(crate) false_digits: u32,
    pub(crate) ms_a_frame: f64,
    pub(crate) s_a_card: f64,
}

/// What is printed in one way, over all conditions in which something is to be read.
#[derive(Default, Serialize)]
pub(crate) struct Layout {
    pub(crate) cards: u32,
    pub(crate) whole: u32,
    /// Some digits are sure, not all.
    pub(crate) part: u32,
    pub(crate) none: u32,
    pub(crate) false_digits: u32,
}

/// All layouts that came up.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Layouts(BTreeMap<&'static str, Layout>);

impl Layouts {
    /// A card of this layout: how many digits were called sure, and how many of them are wrong.
    pub(crate) fn add(&mut self, layout: &'static str, sure: usize, wrong: usize) {
        let row = self.0.entry(layout).or_default();
        row.cards += 1;
        match sure {
            14 => row.whole += 1,
            0 => row.none += 1,
            _ => row.part += 1,
        }
        row.false_digits += wrong as u32;
    }
}

impl std::fmt::Display for Layouts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "\n| printed | cards | all 14 sure | some sure | none | false digits |\n|---|---|---|---|---|---|"
        )?;
        for (layout, row) in &self.0 {
            writeln!(
                f,
                "| {layout} | {} | {} | {} | {} | {} |",
                row.cards, row.whole, row.part, row.none, row.false_digits
            )?;
        }
        Ok(())
    }
}

/// What makes the table a failure: a digit that was called sure and is wrong costs one of ten tries; a condition in which no card is found,
/// or nothing of it is sure, is not supported, whatever the table's heading says; nor is a layout of which no card was ever read whole, or that was
/// expected and did not come up.
pub(crate) fn problems(rows: &[Row], layouts: &Layouts, expected: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    for row in rows {
        let name = &row.condition;
        if row.false_digits > 0 {
            problems.push(format!("{name}: {} false digits", row.false_digits));
        }
        if row.found < row.cards && !row.nothing && !row.beyond {
            problems.push(format!(
                "{name}: {} cards were not found",
                row.cards - row.found
            ));
        }
        if row.nothing && row.none < row.cards {
            problems.push(format!("{name}: sure of what the chip denies"));
        }
        if !row.nothing && !row.beyond && row.none == row.cards {
            problems.push(format!(
                "{name}, expiry from the chip: {}: nothing was read",
                row.chip
            ));
        }
    }
    for (layout, row) in &layouts.0 {
        if row.whole == 0 {
            problems.push(format!("{layout}: never read whole"));
        }
    }
    for layout in expected {
        if !layouts.0.contains_key(layout) {
            problems.push(format!("{layout}: no such card was drawn"));
        }
    }
    problems
}
