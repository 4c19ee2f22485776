//! The audit of a visit in words. What the Fluent files have no word for is shown as the chain has it; nothing is left out but
//! what stands on the page anyway (the visit, its result, its reader) and times in milliseconds.

use serde_json::Value;

use super::parts::{cell, list, table};
use crate::desk::markup::{Markup, el};
use crate::desk::port::AuditLine;
use crate::staff::person;
use crate::texts::Texts;

/// What the page's head says already, or nobody reads.
const LEFT_OUT: [&str; 7] = [
    "visit",
    "result",
    "results",
    "reader",
    "machine_ms",
    "until",
    "factor",
];
/// Keys whose value is somebody's name.
const NAMES: [&str; 3] = ["through", "client", "owner"];

/// The records as a table.
pub(super) fn audit(lines: &[AuditLine], texts: Texts) -> Markup {
    let rows = lines.iter().map(|one| {
        el(
            "tr",
            &[],
            [
                el(
                    "td",
                    &[("class", "at")],
                    [crate::desk::markup::text(&one.at)],
                ),
                cell(person(&one.actor, texts)),
                cell(word(texts, "did", &one.action)),
                el("td", &[], [list(told(&one.detail, texts))]),
            ],
        )
    });
    table(
        &[
            texts.get("desk-time"),
            texts.get("desk-who"),
            texts.get("desk-what"),
            texts.get("desk-detail"),
        ],
        rows.collect(),
    )
}

/// Each part of a record's detail with its label.
fn told(detail: &Value, texts: Texts) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let Some(map) = detail.as_object() else {
        return out;
    };
    for (key, value) in map {
        match value {
            _ if LEFT_OUT.contains(&key.as_str()) => {}
            Value::Null => {}
            Value::Object(_) => out.append(&mut told(value, texts)),
            // Numbers of records inside the ledger.
            Value::Array(items) if items.iter().all(Value::is_number) => {}
            Value::String(code) if key == "method" && code.len() == 2 => {
                let factor = map
                    .get("factor")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                out.push((
                    texts.get("desk-second"),
                    word(texts, "factor", &format!("{factor}-{code}")),
                ));
            }
            Value::String(name) if NAMES.contains(&key.as_str()) => {
                out.push((word(texts, "key", key), person(name, texts)));
            }
            Value::Bool(yes) => {
                let said = word(texts, "value", if *yes { "yes" } else { "no" });
                out.push((word(texts, "key", key), said));
            }
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|one| item(one, texts)).collect();
                out.push((
                    word(texts, "key", key),
                    items.join(&texts.get("audit-between")),
                ));
            }
            Value::String(said) => out.push((word(texts, "key", key), word(texts, "value", said))),
            other => out.push((word(texts, "key", key), other.to_string())),
        }
    }
    out
}

/// One of several: a word, or a consent's kind with its answer.
fn item(value: &Value, texts: Texts) -> String {
    match (value["kind"].as_str(), value["flag"].as_str()) {
        (Some(kind), Some(flag)) => format!(
            "{} {}",
            word(texts, "value", kind),
            word(texts, "flag", flag)
        ),
        // What was fetched of a kind, or why it was not.
        (Some(kind), None) => {
            let part = |name: &str| value[name].as_str().unwrap_or_default();
            let kind = word(texts, "value", kind);
            let said = [
                &kind,
                part("code"),
                part("service_code"),
                part("service_message"),
            ];
            let said: Vec<&str> = said.into_iter().filter(|text| !text.is_empty()).collect();
            said.join(" ")
        }
        _ => value
            .as_str()
            .map_or_else(|| value.to_string(), |said| word(texts, "value", said)),
    }
}

/// The people's word for a word of the chain, or that word itself.
fn word(texts: Texts, part: &str, chain: &str) -> String {
    let plain = chain.to_ascii_lowercase().replace('_', "-");
    texts
        .find(&format!("audit-{part}-{plain}"))
        .unwrap_or_else(|| chain.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Lang;

    #[test]
    fn a_record_is_told_in_words_and_unknown_ones_stay_as_they_are() {
        let detail = json!({
            "visit": "00", "until": 5, "confirmed_by": null, "method": "pin", "new_key": "new-word",
            "consents": [{"kind": "medicines", "flag": "1", "flow": "reader", "until": 7}, {"kind": "checkups", "flag": "0"}],
            "follow_up": {"follow_up": 1, "reason": "unentrusted"},
        });
        let told = told(&detail, Texts(Lang::Ja));
        let pair = |label: &str, value: &str| (label.to_owned(), value.to_owned());
        for expected in [
            pair("確認の方法", "暗証番号"),
            pair("new_key", "new-word"),
            pair("同意", "薬剤情報 同意、健診情報 同意なし"),
            pair("理由", "未委託"),
        ] {
            assert!(told.contains(&expected), "{expected:?} in {told:?}");
        }
        assert_eq!(told.len(), 5, "{told:?}");
    }
}
