//! Who was noted in an outage and was not answered yet, or not found; and notes that can't be read.

use super::parts::{cell, table};
use crate::desk::forms::key;
use crate::desk::markup::{Markup, SET, el, line, none};
use crate::desk::sessions::Seen;
use crate::texts::Texts;
use serde_json::Value;

/// The list, each with a way off it; nothing when nobody is noted.
pub(in crate::desk) fn notes(answer: &Value, seen: &Seen) -> Markup {
    let texts = Texts(seen.lang);
    let notes = answer["notes"].as_array().map_or(&[][..], Vec::as_slice);
    let damaged = answer["unreadable"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    if notes.is_empty() && damaged.is_empty() {
        return none();
    }
    let rows = notes.iter().map(|note| {
        let word = |name: &str| note[name].as_str().unwrap_or_default().to_owned();
        let sex = match note["sex"].as_str() {
            Some("1") => "desk-sex-male",
            Some("2") => "desk-sex-female",
            _ => "desk-sex-unknown",
        };
        let agreed = if note["oral_consent"] == true {
            "desk-oral-yes"
        } else {
            "desk-oral-not-asked"
        };
        // Asked about, and nobody was found: it stays, and is seen.
        let asked = match (note["nobody_found_at"].as_str(), note["result"].as_str()) {
            (Some(at), Some(result)) => {
                let key = if note["several_match"] == true {
                    "desk-note-several"
                } else {
                    "desk-note-nobody"
                };
                let words = texts.with(key, "at", moment(at));
                let target = format!("/desk/result/{result}");
                el("td", &[], [line("a", &[("href", &target)], words)])
            }
            _ => cell(texts.get("desk-note-waiting")),
        };
        let class = if note["nobody_found_at"].is_string() {
            "attention"
        } else {
            ""
        };
        el(
            "tr",
            &[("id", &format!("note-{}", word("id"))), ("class", class)],
            [
                cell(moment(&word("at"))),
                cell(word("by")),
                cell(word("name")),
                cell(word("birth_date")),
                cell(texts.get(sex)),
                cell(word("address")),
                cell(texts.get(agreed)),
                asked,
                el("td", &[], [remove(&word("id"), seen)]),
            ],
        )
    });
    let rows = rows.chain(damaged.iter().filter_map(Value::as_str).map(|id| {
        let words = line("td", &[("colspan", "8")], texts.get("desk-note-unreadable"));
        el(
            "tr",
            &[("id", &format!("note-{id}")), ("class", "attention")],
            [words, el("td", &[], [remove(id, seen)])],
        )
    }));
    el(
        "section",
        &[("id", "notes")],
        [
            line("h2", &[], texts.get("desk-notes")),
            line(
                "p",
                &[("class", "explain")],
                texts.get("desk-notes-explain"),
            ),
            table(
                &[
                    texts.get("desk-noted-at"),
                    texts.get("desk-noted-by"),
                    texts.get("desk-name"),
                    texts.get("desk-birth-date"),
                    texts.get("desk-sex"),
                    texts.get("desk-address"),
                    texts.get("desk-oral-consent"),
                    texts.get("desk-state"),
                    texts.get("desk-note-remove"),
                ],
                rows.collect(),
            ),
        ],
    )
}

/// A moment of the counter (yyyyMMddHHmmss) as it is shown.
fn moment(at: &str) -> String {
    let part = |from: usize, to: usize| at.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{} {}:{}",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12)
    )
}

fn remove(id: &str, seen: &Seen) -> Markup {
    let texts = Texts(seen.lang);
    let reason = format!("reason-{id}");
    el(
        "form",
        &[("method", "post"), ("action", "/desk/do/note-remove")],
        [
            key(seen),
            el(
                "input",
                &[("type", "hidden"), ("name", "id"), ("value", id)],
                [],
            ),
            line("label", &[("for", &reason)], texts.get("desk-reason")),
            el(
                "input",
                &[
                    ("id", &reason),
                    ("name", "reason"),
                    ("maxlength", "200"),
                    ("required", SET),
                ],
                [],
            ),
            line(
                "button",
                &[("id", &format!("remove-{id}"))],
                texts.get("desk-note-remove"),
            ),
        ],
    )
}
