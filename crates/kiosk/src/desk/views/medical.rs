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
        all(lists
            .iter()
            .map(|one| section(one, parts(one, detail, lang), lang))),
    ])
}

/// The separate consents to parts of a kind, as the result brings them: a part that was refused is not merely empty.
fn parts(one: &MedicalList, detail: &ResultDetail, lang: Lang) -> Vec<(String, String)> {
    let items: &[&str] = match one.kind.as_str() {
        "medicines" => &["prescriptions-consent"],
        "treatment" => &[
            "allergies-consent",
            "contraindications-consent",
            "tests-consent",
        ],
        "operations" => &["diagnosis-names-consent", "infections-consent"],
        _ => &[],
    };
    let fields = detail.result.summaries.iter().flat_map(|one| &one.fields);
    let mut found: Vec<(String, String)> = fields
        .filter(|field| items.contains(&field.item))
        .map(|field| {
            (
                field.label.get(lang).to_owned(),
                field.value.get(lang).to_owned(),
            )
        })
        .collect();
    // Insurance and assistance of one answer bring the same consents.
    found.sort();
    found.dedup();
    found
}

/// Each kind with all that came of it; of a kind without anything that is said.
pub(super) fn tables(lists: &[MedicalList], lang: Lang) -> Markup {
    all(lists.iter().map(|one| section(one, Vec::new(), lang)))
}

fn section(one: &MedicalList, parts: Vec<(String, String)>, lang: Lang) -> Markup {
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
            if parts.is_empty() {
                none()
            } else {
                list(parts)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Words;
    use crate::staff::{ResultState, StaffField, StaffResult, StaffSummary};

    /// A part of a kind that the patient refused is not merely empty: the separate consents stand beside the list of their kind, once though
    /// every result of the answer brings them.
    #[test]
    fn a_part_that_was_refused_is_seen_as_refused() {
        let field = |item: &'static str, ja: &str, value: &str| StaffField {
            item,
            label: Words::new(ja, ja),
            value: Words::new(value, value),
        };
        let summary = StaffSummary {
            fields: vec![
                field("treatment-consent", "診療情報の同意", "同意あり"),
                field("allergies-consent", "アレルギー情報の同意", "同意なし"),
                field("infections-consent", "感染症情報の同意", "有効期限切れ"),
            ],
            ..StaffSummary::default()
        };
        let detail = ResultDetail {
            result: StaffResult {
                id: "r-1".into(),
                at: "10:00".into(),
                visit: 1,
                reader: "r".into(),
                name: String::new(),
                state: ResultState::Waiting,
                remark: None,
                summaries: vec![summary.clone(), summary],
            },
            at: "2026-11-22 10:00".into(),
            marked: Vec::new(),
            spelling: None,
            before: None,
            calls: Vec::new(),
            audit: Vec::new(),
            medical: true,
            uncollected: false,
            referable: Vec::new(),
        };
        let lists =
            ["medicines", "treatment", "operations"].map(|kind| MedicalList::nothing(kind, false));
        let page = medical(&lists, &detail, Lang::Ja).into_string();
        let sections: Vec<_> = page.split("<section").skip(1).collect();
        let refused = "<dt>アレルギー情報の同意</dt><dd>同意なし</dd>";
        let expired = "<dt>感染症情報の同意</dt><dd>有効期限切れ</dd>";
        let has = |at: usize| {
            (
                sections[at].contains(refused),
                sections[at].contains(expired),
            )
        };
        assert_eq!(
            (has(0), has(1), has(2)),
            ((false, false), (true, false), (false, true))
        );
        assert_eq!(page.matches("アレルギー情報").count(), 1, "{page}");
        assert!(
            !page.contains("診療情報の同意"),
            "its own consent is why it is shown"
        );
    }
}
