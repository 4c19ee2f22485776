//! Medical information for qualified staff: what the visit fetched, shown only while the consent of its kind lasts (invariant 1,
//! docs/invariants.md) and only after the view stands in the audit chain.

use kiosk::Words;
use kiosk::desk::{Actor, DeskProblem, MedicalList, MedicalRow};
use ledger::{Ledger, LedgerError, StoredConsent, StoredResult};
use oqs::{Content, DeliverableCheckups, DeliverableMedicines, Element};
use serde_json::json;

use super::lists::day_and_time;
use super::{DeskSide, from_counter, no_consent, not_qualified};
use crate::counter::CounterError;

/// Kinds of stored medical information; the consent has the same name.
const KINDS: [&str; 4] = ["medicines", "checkups", "treatment", "operations"];
/// Second factor of the sign-in: a one-time password of a device in hand (OQSCD041 3, OQSCD042 02).
const FACTOR: (&str, &str) = ("3", "02");

/// What is there of a visit and may be opened now: stored result and its consent.
fn open_now(
    ledger: &Ledger,
    qualification: &StoredResult,
    now: i64,
) -> Result<Vec<(&'static str, StoredResult, StoredConsent)>, LedgerError> {
    let consents = ledger.consents_of(qualification.visit)?;
    let mut found = Vec::new();
    for kind in KINDS {
        let Some(consent) = consents
            .iter()
            .find(|one| one.kind == kind && one.holds(now))
        else {
            continue;
        };
        let id = qualification
            .id
            .replace("-qualification", &format!("-{kind}"));
        if let Some(stored) = ledger.result(&id)?.filter(|stored| stored.kind == kind) {
            found.push((kind, stored, consent.clone()));
        }
    }
    Ok(found)
}

/// Whether anything could be opened.
pub(super) fn is_there(
    ledger: &Ledger,
    qualification: &StoredResult,
    now: i64,
) -> Result<bool, LedgerError> {
    Ok(!open_now(ledger, qualification, now)?.is_empty())
}

impl DeskSide {
    pub(super) async fn medical_lists(
        self,
        actor: Actor,
        id: String,
    ) -> Result<Vec<MedicalList>, DeskProblem> {
        if !actor.qualified {
            return Err(not_qualified());
        }
        self.still(&actor, true).await?;
        if self.counter.qualification_only {
            return Err(from_counter(CounterError::qualification_only()));
        }
        let stored = self.stored(id).await?;
        let now = self.now();
        let found = self
            .ledger(move |ledger| {
                let found = open_now(ledger, &stored, now)?;
                let detail = json!({
                    "visit": format!("{:016x}", stored.visit),
                    "result": stored.id,
                    "kinds": found.iter().map(|(kind, _, _)| *kind).collect::<Vec<_>>(),
                    "consents": found.iter().map(|(_, _, consent)| consent.id).collect::<Vec<_>>(),
                    "factor": FACTOR.0,
                    "method": FACTOR.1,
                });
                let action = if found.is_empty() {
                    "medical-view-refused"
                } else {
                    "medical-viewed"
                };
                ledger.append_audit(now, &format!("staff:{}", actor.name), action, &detail)?;
                Ok(found)
            })
            .await?;
        if found.is_empty() {
            return Err(no_consent());
        }
        found
            .iter()
            .map(|(kind, stored, consent)| list(kind, stored, consent))
            .collect()
    }
}

fn list(
    kind: &str,
    stored: &StoredResult,
    consent: &StoredConsent,
) -> Result<MedicalList, DeskProblem> {
    let until = consent.until.map(day_and_time).unwrap_or_default();
    let unreadable = |error: oqs::OqsError| {
        tracing::error!(result = stored.id, error = %crate::chain(&error), "stored medical information can't be read");
        from_counter(CounterError::unknown())
    };
    if kind != "medicines" {
        let answer =
            DeliverableCheckups::from_stored_json(&stored.body_json).map_err(unreadable)?;
        return Ok(as_received(kind, answer.answer().contents(), until));
    }
    let answer = DeliverableMedicines::from_stored_json(&stored.body_json).map_err(unreadable)?;
    let rows: Vec<_> = answer
        .answer()
        .medicines()
        .iter()
        .map(|one| {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            let date = one.date.as_deref().unwrap_or_default().to_owned();
            [
                date,
                text(&one.name),
                text(&one.amount),
                text(&one.institution),
            ]
        })
        .collect();
    let twice = twice(&rows);
    let rows = rows
        .into_iter()
        .zip(twice)
        .map(|([date, name, amount, institution], twice)| MedicalRow {
            cells: vec![day(&date), name, amount, institution],
            twice,
        });
    Ok(MedicalList {
        title: Words::new("薬剤情報", "Medicines"),
        until,
        columns: vec![
            Words::new("年月日", "Date"),
            Words::new("薬剤", "Medicine"),
            Words::new("量・日数", "Amount"),
            Words::new("医療機関・薬局", "Institution"),
        ],
        rows: rows.collect(),
    })
}

/// Which rows hold a medicine that another row holds too while it is being taken: from its date for the days it was given for
/// (`7日分`); without a number of days, on that date.
fn twice(rows: &[[String; 4]]) -> Vec<bool> {
    const DAY_MS: i64 = 24 * 3_600_000;
    let span = |row: &[String; 4]| {
        let from = oqs::time::from_jst(&format!("{}000000", row[0]))?;
        Some((from, from + days(&row[2]).max(1) * DAY_MS))
    };
    let plain = |name: &str| name.split_whitespace().collect::<String>();
    rows.iter()
        .enumerate()
        .map(|(at, row)| {
            rows.iter().enumerate().any(|(other_at, other)| {
                let overlap = match (span(row), span(other)) {
                    (Some((from, to)), Some((from_other, to_other))) => {
                        from < to_other && from_other < to
                    }
                    _ => false,
                };
                at != other_at && overlap && plain(&row[1]) == plain(&other[1])
            })
        })
        .collect()
}

fn days(amount: &str) -> i64 {
    let Some((before, _)) = amount.split_once("日分") else {
        return 0;
    };
    let digits: String = before
        .chars()
        .rev()
        .take_while(char::is_ascii_digit)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    digits.parse::<i64>().unwrap_or(0).min(366)
}

/// Checkups, treatment or operations, as received: the element lists of the real messages are not public, so each item's elements
/// become the columns in the order in which they first come.
fn as_received(kind: &str, contents: &[Element], until: String) -> MedicalList {
    let title = match kind {
        "treatment" => Words::new("診療情報", "Treatment"),
        "operations" => Words::new("手術情報", "Operations"),
        _ => Words::new("特定健診情報", "Checkups"),
    };
    let items: Vec<&Vec<Element>> = contents.iter().flat_map(leaves).collect();
    let mut names: Vec<&str> = Vec::new();
    for element in items.iter().flat_map(|item| item.iter()) {
        if !names.contains(&element.name()) {
            names.push(element.name());
        }
    }
    let rows = items.iter().map(|item| MedicalRow {
        cells: names
            .iter()
            .map(|name| {
                let found = item.iter().find(|element| element.name() == *name);
                match found.map(|element| &element.content) {
                    Some(Content::Text(text)) if *name == "Date" => day(text),
                    Some(Content::Text(text)) => text.clone(),
                    _ => String::new(),
                }
            })
            .collect(),
        twice: false,
    });
    MedicalList {
        title,
        until,
        rows: rows.collect(),
        columns: names.iter().map(|name| column(kind, name)).collect(),
    }
}

/// Lists of elements that hold text only, at any depth.
fn leaves(element: &Element) -> Vec<&Vec<Element>> {
    match &element.content {
        Content::Children(children)
            if children
                .iter()
                .any(|child| matches!(child.content, Content::Text(_))) =>
        {
            vec![children]
        }
        Content::Children(children) => children.iter().flat_map(leaves).collect(),
        _ => Vec::new(),
    }
}

fn column(kind: &str, name: &str) -> Words {
    let (ja, en) = match (kind, name) {
        (_, "Date") => ("年月日", "Date"),
        ("checkups", "Name") => ("項目", "Item"),
        ("checkups", "Amount") => ("値", "Value"),
        ("checkups", "Institution") => ("実施機関", "Institution"),
        (_, "Name") => ("内容", "What was done"),
        (_, "Amount") => ("回数・量", "Amount"),
        (_, "Institution") => ("医療機関", "Institution"),
        (_, other) => (other, other),
    };
    Words::new(ja, en)
}

fn day(yyyymmdd: &str) -> String {
    match (yyyymmdd.get(..4), yyyymmdd.get(4..6), yyyymmdd.get(6..8)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => yyyymmdd.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(date: &str, name: &str, amount: &str, where_from: &str) -> [String; 4] {
        [date, name, amount, where_from].map(str::to_owned)
    }

    #[test]
    fn duplicate_medicines_are_those_taken_at_the_same_time() {
        let rows = [
            row("20261101", "架空錠10mg", "1日3回 7日分", "甲薬局"),
            row("20261105", "架空錠 10mg", "1日3回 7日分", "乙薬局"),
            row("20261115", "架空錠10mg", "1日3回 14日分", "甲薬局"),
            row("20261105", "ほかの錠", "1日3回 7日分", "乙薬局"),
            row("bad", "架空錠10mg", "", ""),
        ];
        assert_eq!(twice(&rows), [true, true, false, false, false]);
        assert_eq!((days("1日2回 14日分"), days("頓服")), (14, 0));
    }
}
