//! The viewer of medical information, for what a visit fetched and for what an emergency or disaster answer holds.

use super::parts::{cell, list, table};
use crate::Lang;
use crate::desk::frame::trouble;
use crate::desk::markup::{Markup, all, el, line, none};
use crate::desk::port::{MedicalList, ResultDetail};
use crate::texts::Texts;

/// Labels of a result that say whose it is.
const WHOSE: [&str; 2] = ["Date of birth", "Sex"];

/// Whose information it is: above every table of it.
pub(super) fn whose(items: impl IntoIterator<Item = (String, String)>) -> Markup {
    el("div", &[("class", "who")], [list(items)])
}

/// Medical information of a visit, as received.
pub(in crate::desk) fn medical(lists: &[MedicalList], detail: &ResultDetail, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let name = if detail.result.name.is_empty() {
        texts.get("staff-name-unknown")
    } else {
        detail.result.name.clone()
    };
    let fields = detail.result.summaries.first().map(|one| &one.fields);
    let facts = fields
        .into_iter()
        .flatten()
        .filter(|field| WHOSE.contains(&field.label.en.as_str()))
        .map(|field| {
            (
                field.label.get(lang).to_owned(),
                field.value.get(lang).to_owned(),
            )
        });
    let spelling = detail
        .spelling
        .iter()
        .map(|kept| (texts.get("desk-spelling"), kept.text.clone()));
    all([
        whose(
            [(texts.get("desk-name"), name)]
                .into_iter()
                .chain(spelling)
                .chain(facts),
        ),
        line("p", &[], texts.get("desk-medical-recorded")),
        tables(lists, lang),
    ])
}

/// Each kind with all that came of it; of a kind without anything that is said.
pub(super) fn tables(lists: &[MedicalList], lang: Lang) -> Markup {
    all(lists.iter().map(|one| section(one, lang)))
}

fn section(one: &MedicalList, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let twice = one.rows.iter().any(|row| row.twice);
    let rows = one.rows.iter().map(|row| {
        el(
            "tr",
            &[("class", if row.twice { "twice" } else { "once" })],
            row.cells.iter().map(cell),
        )
    });
    let table = match (&one.problem, &one.missing) {
        (Some(problem), _) => trouble(problem, lang),
        (None, Some(words)) => line("p", &[("class", "attention")], words.get(lang)),
        (None, None) if one.rows.is_empty() => line("p", &[], texts.get("desk-medical-empty")),
        (None, None) => {
            let headings: Vec<_> = one
                .columns
                .iter()
                .map(|words| words.get(lang).to_owned())
                .collect();
            el(
                "div",
                &[("class", "wide")],
                [table(&headings, rows.collect())],
            )
        }
    };
    el(
        "section",
        &[("class", "medical")],
        [
            line("h2", &[], one.title.get(lang)),
            if one.until.is_empty() {
                none()
            } else {
                line(
                    "p",
                    &[("class", "small")],
                    texts.with("desk-until", "at", one.until.as_str()),
                )
            },
            if one.notes.is_empty() {
                none()
            } else {
                list(one.notes.iter().cloned())
            },
            if twice {
                line("p", &[("class", "attention")], texts.get("desk-twice"))
            } else {
                none()
            },
            table,
        ],
    )
}
