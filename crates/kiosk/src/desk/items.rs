//! Medical information laid out as tables without losing anything: every element that came becomes a cell, whatever it is called,
//! however often it stands and however deep. The element lists of the real messages are not public, so nothing is taken for granted.

use super::port::{MedicalList, MedicalRow};
use crate::Words;
use crate::texts::Texts;
use crate::{Lang, desk::DeskProblem};
use serde_json::{Map, Value};

/// Kinds of medical information: the name it has here, and that of its list in a message.
pub(super) const KINDS: [(&str, &str); 4] = [
    ("medicines", "MedicineList"),
    ("treatment", "TreatmentList"),
    ("operations", "OperationList"),
    ("checkups", "CheckupList"),
];
/// The elements of an item that are known, in the order of their columns.
const KNOWN: [&str; 4] = ["Date", "Name", "Amount", "Institution"];
/// Between the values of an element that stands more than once.
const AND: &str = " / ";
/// Column of what one item of a mixed list is.
const WHAT: &str = "";

/// One item: path and text of each of its elements.
#[derive(Default)]
struct Item {
    name: String,
    cells: Vec<(String, String)>,
}

impl MedicalList {
    /// The lists in the body of a message. Each kind in `expected` is there also when the message holds nothing of it.
    #[must_use]
    pub fn read(body: &Value, expected: &[&str]) -> Vec<Self> {
        let mut found: Vec<(String, Vec<Item>)> = expected
            .iter()
            .map(|kind| ((*kind).to_owned(), Vec::new()))
            .collect();
        let mut notes = Vec::new();
        for (name, value) in body.as_object().into_iter().flatten() {
            if let Some(text) = plain(value) {
                if name != "ResultCode" && !text.trim().is_empty() {
                    notes.push((name.clone(), text));
                }
                continue;
            }
            let kind = KINDS.iter().find(|(_, list)| list == name);
            let kind = kind.map_or(name.as_str(), |(kind, _)| kind);
            let mut items = Vec::new();
            collect(name, value, &mut items);
            match found.iter_mut().find(|(known, _)| known == kind) {
                Some((_, known)) => known.append(&mut items),
                None => found.push((kind.to_owned(), items)),
            }
        }
        let mut lists: Vec<_> = found
            .into_iter()
            .map(|(kind, items)| lay_out(kind, &items))
            .collect();
        match lists.first_mut() {
            Some(first) => first.notes = notes,
            None if notes.is_empty() => {}
            None => lists.push(Self {
                notes,
                ..lay_out(String::new(), &[])
            }),
        }
        lists
    }

    /// A kind that was agreed to and of which nothing came; `later`: the terminal goes on asking.
    #[must_use]
    pub fn nothing(kind: &str, later: bool) -> Self {
        Self {
            missing: Some(worded(if later {
                "desk-medical-later"
            } else {
                "desk-medical-none"
            })),
            ..lay_out(kind.to_owned(), &[])
        }
    }

    /// A kind that can't be shown, and why.
    #[must_use]
    pub fn unreadable(kind: &str, problem: DeskProblem) -> Self {
        Self {
            problem: Some(problem),
            ..lay_out(kind.to_owned(), &[])
        }
    }
}

/// The text of a value that is no element of others.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(values) if !values.is_empty() => {
            let texts: Option<Vec<_>> = values.iter().map(plain).collect();
            texts.map(|texts| texts.join(AND))
        }
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The items in a list: what holds text is an item, what holds others only is looked into.
fn collect(name: &str, value: &Value, out: &mut Vec<Item>) {
    match value {
        Value::Array(values) => {
            for value in values {
                collect(name, value, out);
            }
        }
        Value::Object(map) if map.values().any(|value| plain(value).is_some()) => {
            let mut item = Item {
                name: name.to_owned(),
                cells: Vec::new(),
            };
            flatten("", map, &mut item.cells);
            out.push(item);
        }
        Value::Object(map) => {
            for (name, value) in map {
                collect(name, value, out);
            }
        }
        other => out.push(Item {
            name: name.to_owned(),
            cells: vec![(name.to_owned(), plain(other).unwrap_or_default())],
        }),
    }
}

/// The cells of one item: a child's elements under its path; children that stand more than once in one cell, each whole, so that
/// a dose stays beside what it is the dose of.
fn flatten(above: &str, map: &Map<String, Value>, out: &mut Vec<(String, String)>) {
    for (name, value) in map {
        let path = if above.is_empty() {
            name.clone()
        } else {
            format!("{above}/{name}")
        };
        match value {
            Value::Object(inner) => flatten(&path, inner, out),
            Value::Array(values) if plain(value).is_none() => {
                let each: Vec<_> = values.iter().map(whole).collect();
                out.push((path, each.join(AND)));
            }
            other => out.push((path, plain(other).unwrap_or_default())),
        }
    }
}

fn whole(value: &Value) -> String {
    let mut cells = Vec::new();
    match value {
        Value::Object(map) => flatten("", map, &mut cells),
        other => return plain(other).unwrap_or_else(|| other.to_string()),
    }
    let each: Vec<_> = cells
        .into_iter()
        .map(|(path, text)| format!("{path}: {}", shown(&path, &text)))
        .collect();
    each.join(", ")
}

/// Every column that any item has, the known ones first.
fn columns(items: &[Item]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    let mixed = items
        .first()
        .is_some_and(|first| items.iter().any(|item| item.name != first.name));
    if mixed {
        columns.push(WHAT.to_owned());
    }
    let there = |name: &str| {
        items
            .iter()
            .flat_map(|item| &item.cells)
            .any(|(path, _)| path == name)
    };
    columns.extend(
        KNOWN
            .into_iter()
            .filter(|name| there(name))
            .map(str::to_owned),
    );
    // A message may hold very many different names: looked up, not searched for.
    let mut seen: std::collections::HashSet<String> = columns.iter().cloned().collect();
    for (path, _) in items.iter().flat_map(|item| &item.cells) {
        if seen.insert(path.clone()) {
            columns.push(path.clone());
        }
    }
    columns
}

fn lay_out(kind: String, items: &[Item]) -> MedicalList {
    let columns = columns(items);
    let twice = twice(items, &kind);
    let rows = items.iter().zip(twice).map(|(item, twice)| MedicalRow {
        cells: columns
            .iter()
            .map(|column| {
                if column == WHAT {
                    return item.name.clone();
                }
                let texts: Vec<_> = item
                    .cells
                    .iter()
                    .filter(|(path, _)| path == column)
                    .map(|(path, text)| shown(path, text))
                    .collect();
                texts.join(AND)
            })
            .collect(),
        twice,
    });
    MedicalList {
        rows: rows.collect(),
        columns: columns
            .iter()
            .map(|column| heading(&kind, column))
            .collect(),
        title: title(&kind),
        kind,
        until: String::new(),
        notes: Vec::new(),
        problem: None,
        missing: None,
    }
}

fn worded(key: &str) -> Words {
    Words::new(Texts(Lang::Ja).get(key), Texts(Lang::En).get(key))
}

fn title(kind: &str) -> Words {
    worded(match kind {
        "medicines" => "desk-kind-medicines",
        "treatment" => "desk-kind-treatment",
        "operations" => "desk-kind-operations",
        "checkups" => "desk-kind-checkups",
        other => return Words::new(other, other),
    })
}

/// The words of a column; the message's own name where there are none.
fn heading(kind: &str, column: &str) -> Words {
    worded(match (column, kind) {
        (WHAT, _) => "desk-column-what",
        ("Date", _) => "desk-column-date",
        ("Name", "medicines") => "desk-column-name-medicines",
        ("Name", "checkups") => "desk-column-name-checkups",
        ("Name", _) => "desk-column-name",
        ("Amount", "checkups") => "desk-column-amount-checkups",
        ("Amount", _) => "desk-column-amount",
        ("Institution", _) => "desk-column-institution",
        (other, _) => return Words::new(other, other),
    })
}

/// A day as it is written; anything else as it came.
fn shown(path: &str, text: &str) -> String {
    let bare = text.trim();
    let day = path.ends_with("Date") && bare.len() == 8 && bare.bytes().all(|b| b.is_ascii_digit());
    match (bare.get(..4), bare.get(4..6), bare.get(6..8)) {
        (Some(year), Some(month), Some(of)) if day => format!("{year}-{month}-{of}"),
        _ => text.to_owned(),
    }
}

/// Which rows hold a medicine that another row holds too while it is being taken: from its date for the days it was given for
/// (a number before [`DAYS`]); without a number of days, on that date.
fn twice(items: &[Item], kind: &str) -> Vec<bool> {
    const DAY_MS: i64 = 24 * 3_600_000;
    if kind != "medicines" {
        return vec![false; items.len()];
    }
    let taken: Vec<_> = items
        .iter()
        .map(|item| {
            let first = |name: &str| {
                let found = item.cells.iter().find(|(path, _)| path == name);
                found.map_or("", |(_, text)| text.as_str())
            };
            let from = oqs::time::from_jst(&format!("{}000000", first("Date").trim()))?;
            let name: String = first("Name").split_whitespace().collect();
            let until = from + days(first("Amount")).max(1) * DAY_MS;
            (!name.is_empty()).then_some((name, from, until))
        })
        .collect();
    let mut of_name: std::collections::HashMap<&str, Vec<(usize, i64, i64)>> =
        std::collections::HashMap::new();
    for (at, one) in taken.iter().enumerate() {
        if let Some((name, from, until)) = one {
            of_name.entry(name).or_default().push((at, *from, *until));
        }
    }
    let overlaps = |at: usize, (name, from, until): &(String, i64, i64)| {
        of_name.get(name.as_str()).is_some_and(|others| {
            others
                .iter()
                .any(|(other, begun, over)| *other != at && from < over && begun < until)
        })
    };
    taken
        .iter()
        .enumerate()
        .map(|(at, one)| one.as_ref().is_some_and(|one| overlaps(at, one)))
        .collect()
}

/// Japanese for "days' worth", as amounts say it.
const DAYS: &str = "\u{65E5}\u{5206}";

fn days(amount: &str) -> i64 {
    let Some((before, _)) = amount.split_once(DAYS) else {
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts(list: &MedicalList) -> (Vec<&str>, Vec<Vec<&str>>) {
        let rows = list
            .rows
            .iter()
            .map(|row| row.cells.iter().map(String::as_str).collect());
        (
            list.columns.iter().map(|one| one.en.as_str()).collect(),
            rows.collect(),
        )
    }

    #[test]
    fn a_dose_that_the_first_row_lacks_is_shown_and_nothing_else_is_lost() {
        let body = json!({
            "ResultCode": "1",
            "MessageContents": "架空の知らせ",
            "MedicineList": [
                {"Medicine": {"Name": "甲錠", "Date": "20261101"}},
                {"Medicine": {"Name": "乙錠", "Amount": "1日3回 7日分", "Caution": ["腎", "肝"], "Dose": {"Value": "5", "Unit": "mg"}}},
                {"Medicine": {"Name": "丙錠", "Part": [{"What": "x", "Dose": "1"}, {"What": "y", "Dose": "2"}]}},
                {"Injection": {"Name": "丁注"}},
            ],
            "VaccineList": [{"Vaccine": {"Name": "戊"}}],
        });
        let lists = MedicalList::read(&body, &["medicines", "checkups"]);
        assert_eq!(
            lists
                .iter()
                .map(|one| one.kind.as_str())
                .collect::<Vec<_>>(),
            ["medicines", "checkups", "VaccineList"]
        );
        let (columns, rows) = texts(&lists[0]);
        assert_eq!(
            columns,
            [
                "What",
                "Date",
                "Medicine",
                "Amount",
                "Caution",
                "Dose/Value",
                "Dose/Unit",
                "Part"
            ]
        );
        assert_eq!(
            rows[0],
            ["Medicine", "2026-11-01", "甲錠", "", "", "", "", ""]
        );
        assert_eq!(
            rows[1],
            [
                "Medicine",
                "",
                "乙錠",
                "1日3回 7日分",
                "腎 / 肝",
                "5",
                "mg",
                ""
            ]
        );
        assert_eq!(rows[2][7], "What: x, Dose: 1 / What: y, Dose: 2");
        assert_eq!(rows[3][..3], ["Injection", "", "丁注"]);
        assert_eq!(
            lists[0].notes,
            [("MessageContents".to_owned(), "架空の知らせ".to_owned())]
        );
        assert!(lists[1].rows.is_empty(), "nothing of it, and said so");
    }

    #[test]
    fn lists_with_and_without_a_wrapper_are_items_all_the_same() {
        for list in [
            json!([{"Date": "20261101", "Name": "甲錠"}, {"Name": "乙錠"}]),
            json!([{"Medicine": {"Date": "20261101", "Name": "甲錠"}}, {"Medicine": {"Name": "乙錠"}}]),
            json!([{"Medicine": [{"Date": "20261101", "Name": "甲錠"}, {"Name": "乙錠"}]}]),
        ] {
            let lists = MedicalList::read(&json!({"MedicineList": list}), &[]);
            let (columns, rows) = texts(&lists[0]);
            assert_eq!(columns, ["Date", "Medicine"]);
            assert_eq!(rows, [["2026-11-01", "甲錠"], ["", "乙錠"]]);
        }
    }

    #[test]
    fn duplicate_medicines_are_those_taken_at_the_same_time() {
        let row = |date: &str, name: &str, amount: &str| json!({"Date": date, "Name": name, "Amount": amount});
        let body = json!({"MedicineList": [
            row("20261101", "架空錠10mg", "1日3回 7日分"),
            row("20261105", "架空錠 10mg", "1日3回 7日分"),
            row("20261115", "架空錠10mg", "1日3回 14日分"),
            row("20261105", "ほかの錠", "1日3回 7日分"),
            row("bad", "架空錠10mg", ""),
        ]});
        let marks: Vec<_> = MedicalList::read(&body, &[])[0]
            .rows
            .iter()
            .map(|row| row.twice)
            .collect();
        assert_eq!(marks, [true, true, false, false, false]);
        assert_eq!((days("1日2回 14日分"), days("頓服")), (14, 0));
    }
}
