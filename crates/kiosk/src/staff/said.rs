//! Staff's sentences for the other parts of the terminal: they name a text and its values, the words come from the Fluent files, in
//! both languages at once because each page has its own.

use super::{Offices, StaffField, StaffSummary};
use crate::Words;
use crate::texts::Texts;
use oqs::summary::{Advice, Summary};

/// The text of `key` with its values put in. A key without a text is shown as such; tests look for it.
#[must_use]
pub fn said(key: &str, values: &[(&'static str, &str)]) -> Words {
    Words::each(|lang| Texts(lang).with_all(key, values))
}

/// The sentence of an error code of the terminal's own (`errors-uk-…`), with its values put in.
#[must_use]
pub fn error(code: &str, values: &[(&'static str, &str)]) -> Words {
    said(&format!("errors-{}", code.to_ascii_lowercase()), values)
}

/// What a code tells, for whoever reads it beside the code: its own sentence, else that of its alert.
#[must_use]
pub fn of_code(code: &str) -> Words {
    if Texts::has(&format!("errors-{}", code.to_ascii_lowercase())) {
        error(code, &[])
    } else {
        alert(code).0
    }
}

/// That a field of a request can't be asked with: its name in the words of staff (whoever writes requests reads the field's own name beside
/// the sentence), on which line of a list, and how it must be (`input-form-…`).
#[must_use]
pub fn input(field: &str, form: &str, line: Option<usize>) -> Words {
    let form = said(&format!("input-form-{form}"), &[]);
    let line = line.map(|line| line.to_string());
    let of = |lang: crate::Lang| {
        let texts = Texts(lang);
        // Several fields stand between commas.
        let names: Vec<String> = field.split(", ").map(|one| named(one, lang)).collect();
        let field = names.join(&texts.get("input-between"));
        let field = field.as_str();
        let form = form.get(lang);
        match &line {
            Some(line) => texts.with_all(
                "input-line",
                &[("line", line), ("field", field), ("form", form)],
            ),
            None => texts.with_all("input-field", &[("field", field), ("form", form)]),
        }
    };
    Words::each(of)
}

/// A field's name as people read it; as it is where it has none.
fn named(field: &str, lang: crate::Lang) -> String {
    let key = format!("input-name-{field}");
    if Texts::has(&key) {
        Texts(lang).get(&key)
    } else {
        field.to_owned()
    }
}

/// What happened and what to do, for the code of an alert; one that has no text of its own is told as its family is.
#[must_use]
pub fn alert(code: &str) -> (Words, Words) {
    let own = format!("alerts-{}", code.to_ascii_lowercase());
    let key = if Texts::has(&own) {
        own
    } else {
        format!("alerts-{}", family(code))
    };
    (said(&key, &[]), said(&format!("{key}-do"), &[]))
}

/// That a passcode is wrong while the one of the service holds, and until when (`None`: until a restart); `left` tries are left.
#[must_use]
pub fn wrong_fetched_passcode(left: &str, until: Option<&str>) -> Words {
    match until {
        Some(until) => said(
            "staff-passcode-fetched-until",
            &[("left", left), ("until", until)],
        ),
        None => said("staff-passcode-fetched", &[("left", left)]),
    }
}

/// Which clocks are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClocksApart {
    /// The service's, as it is now, and the machine's.
    Service,
    /// The time the terminal works with, since the service was ahead once, and the machine's.
    Kept,
}

/// What happened and what to do when two clocks are apart: by how many minutes, day and time of the machine, and of the other.
#[must_use]
pub fn clocks_apart(
    which: ClocksApart,
    minutes: &str,
    machine: &str,
    other: &str,
) -> (Words, Words) {
    let values = [("minutes", minutes), ("machine", machine), ("other", other)];
    let (key, todo) = match which {
        ClocksApart::Service => ("alerts-clock-service", "alerts-clock-service-do"),
        ClocksApart::Kept => ("alerts-clock-kept", "alerts-clock-kept-do"),
    };
    (said(key, &values), said(todo, &values))
}

fn family(code: &str) -> &'static str {
    if code.starts_with("UK-LEDG") || code.starts_with("UK-VISIT-30") {
        "ledger"
    } else if code.starts_with("UK-CARD") || code.starts_with("UK-VISIT-10") {
        "card"
    } else if code.starts_with("UK-CENT") || code == "UK-VISIT-213" {
        "central"
    } else {
        "terminal"
    }
}

/// A part of the terminal (`reader`, `camera`, `central`, `pcscd`) and whether it is there.
#[must_use]
pub fn part(part: &str, up: bool) -> Words {
    let key = if up {
        "staff-part-ok"
    } else {
        "staff-part-trouble"
    };
    said(key, &[("part", part)])
}

/// That an inquiry is asked again by itself, and the reason (a code) why it waits.
#[must_use]
pub fn queued(reason: &str) -> Words {
    said("staff-queued-reason", &[("reason", reason)])
}

/// One qualification in words, from what its answer means; with the telephone of the office where staff is told to phone it.
#[must_use]
pub fn summary(summary: Summary, offices: &Offices) -> StaffSummary {
    let kind = summary.classification.as_ref();
    let office = summary.office.as_deref().unwrap_or_default();
    let phones = summary.advice.iter().any(|one| one.phones_office());
    let payer = summary.payer.as_deref().unwrap_or_default();
    StaffSummary {
        validity: summary
            .validity
            .as_ref()
            .map(|validity| validity.code().to_owned())
            .unwrap_or_default(),
        unentrusted: summary.unentrusted,
        doubtful: summary.doubtful,
        classification: Words::new(
            kind.map_or("", |kind| kind.ja()),
            kind.map_or("", |kind| kind.en()),
        ),
        headline: said(
            &format!("results-headline-{}", summary.headline.word()),
            &[],
        ),
        advice: advice(&summary.advice, office),
        office: summary
            .fields
            .iter()
            .find(|(item, _)| *item == oqs::summary::Item::WelfareOffice)
            .map(|(_, value)| value.ja.clone()),
        phone: phones.then(|| offices.phone(office, payer)),
        fields: summary
            .fields
            .into_iter()
            .map(|(item, value)| StaffField {
                item: item.word(),
                label: said(&format!("results-item-{}", item.word()), &[]),
                value: Words::new(value.ja, value.en),
            })
            .collect(),
    }
}

/// The sentences of an advice one after the other.
fn advice(all: &[Advice], office: &str) -> Words {
    let mut words = Words::default();
    for one in all {
        let next = said(
            &format!("results-advice-{}", one.word()),
            &[("office", office)],
        );
        if !words.en.is_empty() {
            words.en.push(' ');
        }
        words.ja.push_str(&next.ja);
        words.en.push_str(&next.en);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::texts::standing_keys;
    use oqs::summary::{Headline, Item};
    use std::collections::BTreeSet;

    /// What a summary can say and what the files have are the same, in both directions.
    #[test]
    fn every_word_of_a_summary_has_its_text_and_every_text_its_word() {
        let of = |start: &str, words: Vec<&str>| -> Vec<String> {
            words
                .iter()
                .map(|word| format!("results-{start}-{word}"))
                .collect()
        };
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        wanted.extend(of(
            "headline",
            Headline::ALL.iter().map(|one| one.word()).collect(),
        ));
        wanted.extend(of(
            "advice",
            Advice::ALL.iter().map(|one| one.word()).collect(),
        ));
        wanted.extend(of("item", Item::ALL.iter().map(|one| one.word()).collect()));
        for lang in Lang::STAFF {
            assert_eq!(standing_keys(lang, "results"), wanted, "{}", lang.key());
        }
        let words: BTreeSet<_> = Headline::ALL.iter().map(|one| one.word()).collect();
        assert_eq!(words.len(), Headline::ALL.len(), "no word twice");
        for one in Advice::ALL {
            let words = advice(&[*one], "架空市福祉事務所");
            assert!(
                !words.ja.contains('\u{27E6}') && !words.en.contains('\u{27E6}'),
                "{one:?}"
            );
        }
    }

    /// What staff reads names a field in words; its own name stands beside the sentence, for programs.
    #[test]
    fn a_slip_is_told_without_the_names_of_machines() {
        let keys = standing_keys(Lang::Ja, "input");
        let fields: Vec<_> = keys
            .iter()
            .filter_map(|key| key.strip_prefix("input-name-"))
            .collect();
        assert!(fields.contains(&"birth_date"), "{fields:?}");
        for field in fields {
            for line in [None, Some(3)] {
                let told = input(field, "missing", line);
                assert!(!told.ja.contains(field) && told.ja.ends_with("を入れてください。"));
                assert!(!told.en.contains('_'), "{}", told.en);
            }
        }
        assert_eq!(
            input("birth_date", "day", None).ja,
            "入力が足りないか、形が正しくありません：生年月日 は暦にある日付（西暦8桁）です。"
        );
        let unknown = input("colour", "unknown-field", None);
        assert!(unknown.ja.contains("colour"), "{}", unknown.ja);
    }

    #[test]
    fn an_alert_is_told_by_its_own_text_or_that_of_its_family() {
        let (text, todo) = alert("UK-VISIT-113");
        assert!(text.ja.contains("置いたまま") && todo.en.contains("Return the card"));
        for (code, family) in [
            ("UK-LEDG-002", "alerts-ledger"),
            ("UK-VISIT-301", "alerts-ledger"),
            ("UK-CARD-022", "alerts-card"),
            ("UK-CENT-002", "alerts-central"),
            ("UK-VISIT-213", "alerts-central"),
            ("UK-FACE-003", "alerts-terminal"),
        ] {
            assert_eq!(alert(code).0, said(family, &[]), "{code}");
        }
    }
}
