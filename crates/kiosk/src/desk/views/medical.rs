//! The viewer of medical information, for what a visit fetched and for what an emergency or disaster answer holds.

use super::parts::{cell, list, table};
use crate::Lang;
use crate::desk::frame::trouble;
use crate::desk::markup::{Markup, all, el, line, none};
use crate::desk::port::{MedicalList, ResultDetail};
use crate::staff::{StaffField, said};
use crate::texts::Texts;
use oqs::summary::Item;

/// What says whose it is beside the name: two people of one name are told apart by it. Looked for by its stable word, never by its label,
/// which a translator may change.
const WHOSE: [Item; 2] = [Item::BirthDate, Item::Sex];

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
    let facts = WHOSE.into_iter().map(|item| {
        let label = said(&format!("results-item-{}", item.word()), &[]);
        let value = value_of(detail, item).map_or("", |field| field.value.get(lang));
        (label.get(lang).to_owned(), value.to_owned())
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
        el(
            "p",
            &[("class", "no-print")],
            [line(
                "a",
                &[
                    ("id", "back"),
                    ("href", &format!("/desk/result/{}", detail.result.id)),
                ],
                texts.get("desk-medical-back"),
            )],
        ),
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

/// What a result says of this item, in the first of its qualifications that says it.
fn value_of(detail: &ResultDetail, item: Item) -> Option<&StaffField> {
    let mut fields = detail.result.summaries.iter().flat_map(|one| &one.fields);
    fields.find(|field| field.item == item.word() && !field.value.ja.trim().is_empty())
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
    use crate::staff::{ResultState, StaffResult, StaffSummary};

    fn detail(fields: Vec<StaffField>) -> ResultDetail {
        ResultDetail {
            result: StaffResult {
                id: "r-1".into(),
                at: "10:00".into(),
                stored_at: 0,
                visit: 1,
                reader: "r".into(),
                name: "架空　花子".into(),
                state: ResultState::Waiting,
                medical: true,
                remark: None,
                summaries: vec![
                    StaffSummary::default(),
                    StaffSummary {
                        fields,
                        ..StaffSummary::default()
                    },
                ],
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
        }
    }

    /// Whatever the labels are called in a language, birth date and sex stand above everybody's medicines; where a result has none,
    /// the place says so.
    #[test]
    fn birth_date_and_sex_stand_above_the_lists_in_both_languages() {
        let field = |item: &'static str, ja: &str, en: &str| StaffField {
            item,
            label: Words::new("別の言葉", "another word"),
            value: Words::new(ja, en),
        };
        let known = detail(vec![
            field("birth-date", "1958-03-01", "1958-03-01"),
            field("sex", "女", "female"),
        ]);
        for (lang, born, sex) in [
            (
                Lang::Ja,
                "<dt>生年月日</dt><dd>1958-03-01</dd>",
                "<dd>女</dd>",
            ),
            (Lang::En, "<dd>1958-03-01</dd>", "<dd>female</dd>"),
        ] {
            let page = medical(&[], &known, lang).into_string();
            assert!(page.contains(born) && page.contains(sex), "{page}");
            let page = medical(&[], &detail(Vec::new()), lang).into_string();
            assert_eq!(page.matches("<dd>-</dd>").count(), 2, "{page}");
        }
    }

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
        let mut detail = detail(Vec::new());
        detail.result.summaries = vec![summary.clone(), summary];
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
