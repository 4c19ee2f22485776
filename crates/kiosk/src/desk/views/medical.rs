//! The viewer of medical information.

use super::parts::{cell, table};
use crate::Lang;
use crate::desk::markup::{Markup, all, el, line, none};
use crate::desk::port::MedicalList;
use crate::texts::Texts;

/// Medical information, as received.
pub(in crate::desk) fn medical(lists: &[MedicalList], name: &str, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let sections = lists.iter().map(|one| {
        let twice = one.rows.iter().any(|row| row.twice);
        let rows = one.rows.iter().map(|row| {
            el(
                "tr",
                &[("class", if row.twice { "twice" } else { "once" })],
                row.cells.iter().map(cell),
            )
        });
        el(
            "section",
            &[],
            [
                line("h2", &[], one.title.get(lang)),
                line(
                    "p",
                    &[("class", "small")],
                    texts.with("desk-until", "at", one.until.as_str()),
                ),
                if twice {
                    line("p", &[("class", "attention")], texts.get("desk-twice"))
                } else {
                    none()
                },
                if one.rows.is_empty() {
                    line("p", &[], texts.get("desk-medical-empty"))
                } else {
                    table(
                        &one.columns
                            .iter()
                            .map(|words| words.get(lang).to_owned())
                            .collect::<Vec<_>>(),
                        rows.collect(),
                    )
                },
            ],
        )
    });
    all([
        line("p", &[("class", "who")], name),
        line("p", &[], texts.get("desk-medical-recorded")),
        all(sections),
    ])
}
