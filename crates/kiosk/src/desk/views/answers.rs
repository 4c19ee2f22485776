//! What the service and the ledger answered to a form.

use super::medical::{tables, whose};
use super::parts::{cell, list, table, telephone};
use crate::Lang;
use crate::desk::items::KINDS;
use crate::desk::markup::{Markup, all, el, line, none, text};
use crate::desk::port::{MedicalList, Ways};
use crate::staff::{PhoneView, said};
use crate::texts::Texts;
use serde_json::{Value, json};

/// What the counter answered, for the requests that give no result of a person.
/// `person`: the items by which the form asked for somebody.
pub(in crate::desk) fn answer(answer: &Value, person: &[(String, String)], lang: Lang) -> Markup {
    let texts = Texts(lang);
    // The operation test answers also when a step failed.
    let failed = answer["sheet"].is_array() && answer["ok"] != true;
    let nobody = nobody(answer);
    let mut parts = vec![if failed {
        line("p", &[("class", "bad")], texts.get("desk-test-failed"))
    } else if nobody {
        // What was wanted did not come about; the words below say so.
        none()
    } else {
        line("p", &[("class", "good")], texts.get("desk-done"))
    }];
    parts.push(fetched_passcode(answer, texts));
    if let Some(url) = answer["url"].as_str() {
        parts.push(line("p", &[("id", "access-url")], url));
        if let Some(code) = answer["qr_svg"]
            .as_str()
            .and_then(crate::desk::markup::drawing)
        {
            parts.push(el("div", &[("class", "code")], [code]));
        }
        // Handed to a patient who can't use the reader: on paper as well as on the screen.
        parts.push(print_button(texts));
    }
    for (name, key) in [
        ("noted", "desk-noted"),
        ("failed", "desk-failed"),
        ("reported", "desk-reported"),
    ] {
        if let Some(count) = answer[name].as_u64() {
            parts.push(line("p", &[], texts.with(key, "count", count)));
        }
    }
    if let Some(results) = answer["results"].as_array() {
        let ids = results.iter().filter_map(Value::as_str);
        let links = ids.enumerate().map(|(at, id)| {
            let words = texts.with("desk-result-nth", "nth", at + 1);
            let target = format!("/desk/result/{id}");
            el("li", &[], [line("a", &[("href", &target)], words)])
        });
        parts.push(el("ul", &[], links));
    }
    if let Some(sheet) = answer["sheet"].as_array() {
        parts.push(about_the_test(answer, texts));
        parts.push(operation_test(sheet, texts));
        parts.push(print_button(texts));
    }
    parts.push(asked(answer, texts));
    parts.push(medical(answer, texts));
    for nobody in answer["not_found"].as_array().into_iter().flatten() {
        parts.push(asked(nobody, texts));
    }
    for failure in answer["failures"].as_array().into_iter().flatten() {
        parts.push(line("p", &[("class", "bad")], detail(failure, lang)));
    }
    if says_more(answer)
        && let Some(id) = answer["result"].as_str()
    {
        parts.push(el(
            "p",
            &[],
            [line(
                "a",
                &[("href", &format!("/desk/result/{id}"))],
                texts.get(if nobody {
                    "desk-nobody-show"
                } else {
                    "desk-show"
                }),
            )],
        ));
    }
    let error = &answer["information_error"];
    if answer["information"].is_object() || error.is_object() {
        if error.is_object() {
            // Found and kept; only the information did not come.
            let told = detail(&json!({ "error": error }), lang);
            let words = texts.get("desk-information-missing");
            parts.push(line("p", &[("class", "bad")], format!("{words} {told}")));
        } else {
            parts.push(information(answer, person, lang));
        }
    }
    el("section", &[("id", "answer"), ("role", "status")], parts)
}

/// The passcode that was fetched for whoever fetched it, with its end: here once, and kept nowhere.
fn fetched_passcode(answer: &Value, texts: Texts) -> Markup {
    let Some(passcode) = answer["passcode"].as_str() else {
        return none();
    };
    let until = match answer["until"].as_str() {
        Some(until) => texts.with("desk-passcode-until", "until", jst(until)),
        None => texts.get("desk-passcode-no-end"),
    };
    el(
        "div",
        &[("id", "fetched-passcode")],
        [
            el(
                "p",
                &[],
                [
                    text(texts.get("desk-passcode-fetched")),
                    text(" "),
                    line("strong", &[], passcode),
                ],
            ),
            line("p", &[], until),
            line(
                "p",
                &[("class", "attention")],
                texts.get("desk-passcode-once"),
            ),
        ],
    )
}

/// yyyyMMddHHmmss as day and time.
fn jst(at: &str) -> String {
    let part = |from: usize, to: usize| at.get(from..to).unwrap_or_default().to_owned();
    format!(
        "{}-{}-{} {}:{}",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12)
    )
}

/// What of the terminal's own settings staff should know: when tickets are fetched by themselves, and whether it gives qualification only.
pub(in crate::desk) fn ways(ways: Ways, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let schedule = match ways.tickets {
        Some((day, hour)) => texts.with_two("desk-schedule-daily", ("day", day), ("hour", hour)),
        None => texts.get("desk-schedule-off"),
    };
    let way = if ways.qualification_only {
        "desk-way-only"
    } else {
        "desk-way-whole"
    };
    el(
        "section",
        &[("id", "ways")],
        [
            line("h2", &[], texts.get("desk-terminal")),
            list([
                (texts.get("desk-schedule"), schedule),
                (texts.get("desk-way"), texts.get(way)),
            ]),
            line(
                "p",
                &[("class", "explain")],
                texts.get("desk-terminal-explain"),
            ),
        ],
    )
}

/// Prints what stands on the page.
fn print_button(texts: Texts) -> Markup {
    line(
        "button",
        &[("id", "print"), ("type", "button"), ("class", "no-print")],
        texts.get("desk-print"),
    )
}

/// Whether an answer about a person says more than its result does: that is shown before the result.
pub(in crate::desk) fn says_more(answer: &Value) -> bool {
    let some = |name: &str| answer[name].as_array().is_some_and(|list| !list.is_empty());
    !answer["information"].is_null()
        || !answer["information_error"].is_null()
        || some("asked")
        || some("medical_nothing")
        || some("medical_failed")
}

/// Whether the service found nobody for what was asked.
pub(in crate::desk) fn nobody(answer: &Value) -> bool {
    answer["asked"]
        .as_array()
        .is_some_and(|items| !items.is_empty())
}

/// What the counter tells in both languages, a sex, in the page's own.
fn in_own(value: String, texts: Texts) -> String {
    let sexes = ["1", "2", "3"].map(|code| said(&format!("input-sex-{code}"), &[]));
    match sexes.iter().find(|words| words.beside() == value) {
        Some(words) => words.get(texts.0).to_owned(),
        None => value,
    }
}

/// Nobody was found: what was asked with, so that a slip is seen, and what to do, whom to phone.
fn asked(answer: &Value, texts: Texts) -> Markup {
    let Some(items) = answer["asked"].as_array().filter(|items| !items.is_empty()) else {
        return none();
    };
    let label = if texts.0 == Lang::Ja {
        "label_ja"
    } else {
        "label_en"
    };
    let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let items = items
        .iter()
        .map(|item| (text(item, label), in_own(text(item, "value"), texts)));
    let advice = if texts.0 == Lang::Ja {
        "advice_ja"
    } else {
        "advice_en"
    };
    let phone = if texts.0 == Lang::Ja {
        "phone_ja"
    } else {
        "phone_en"
    };
    let summaries = answer["summaries"].as_array().into_iter().flatten();
    let advice = summaries.flat_map(|summary| {
        let advice = summary[advice].as_str();
        let advice = advice.map(|advice| line("p", &[("class", "attention")], advice));
        let phone = summary[phone].as_str().map(|text| {
            telephone(&PhoneView {
                known: summary["phone_known"] == true,
                text: text.to_owned(),
            })
        });
        advice.into_iter().chain(phone)
    });
    let mut parts = vec![
        line(
            "p",
            &[("class", "attention")],
            texts.get(if answer["several_match"] == true {
                "desk-several-asked"
            } else {
                "desk-nobody-asked"
            }),
        ),
        list(items),
    ];
    parts.extend(advice);
    el("div", &[("class", "asked")], parts)
}

/// Of a re-inquiry: kinds of which the service has nothing, and kinds that did not come.
fn medical(answer: &Value, texts: Texts) -> Markup {
    let name = |kind: &str| {
        texts
            .find(&format!("audit-value-{kind}"))
            .unwrap_or_else(|| kind.to_owned())
    };
    let mut lines = Vec::new();
    for kind in answer["medical_nothing"].as_array().into_iter().flatten() {
        let kind = name(kind.as_str().unwrap_or_default());
        let words = texts.with("desk-medical-nothing", "kind", kind);
        lines.push(line("p", &[("class", "remark")], words));
    }
    for failed in answer["medical_failed"].as_array().into_iter().flatten() {
        let part = |key: &str| failed[key].as_str().unwrap_or_default();
        let said = [part("code"), part("service_code"), part("service_message")].join(" ");
        let words = texts.with("desk-medical-failed", "kind", name(part("kind")));
        lines.push(line(
            "p",
            &[("class", "bad")],
            format!("{words} {}", said.trim()),
        ));
    }
    all(lines)
}

/// What the sheet is about, so that it means something on paper.
fn about_the_test(answer: &Value, texts: Texts) -> Markup {
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    let at = jst(&text("at"));
    let mut lines = vec![
        (texts.get("desk-institution-code"), text("institution_code")),
        (texts.get("desk-tested-at"), at),
    ];
    if answer["simulated"] == true {
        lines.push((texts.get("desk-tested-in"), texts.get("common-simulation")));
    }
    list(lines)
}

fn operation_test(sheet: &[Value], texts: Texts) -> Markup {
    let rows = sheet.iter().map(|row| {
        let word = |ja: &str, en: &str| {
            let key = if texts.0 == Lang::Ja { ja } else { en };
            row[key].as_str().unwrap_or_default().to_owned()
        };
        // What was not run is neither well nor in trouble.
        let (class, state) = match row["state"].as_str() {
            Some("ok") => ("good", "staff-line-ok"),
            Some("not-run") => ("attention", "desk-line-not-run"),
            _ => ("bad", "staff-line-trouble"),
        };
        el(
            "tr",
            &[("class", class)],
            [
                cell(word("ja", "en")),
                cell(texts.get(state)),
                cell(detail(row, texts.0)),
                cell(
                    row["ms"]
                        .as_u64()
                        .map_or_else(String::new, |ms| ms.to_string()),
                ),
            ],
        )
    });
    table(
        &[
            texts.get("desk-what"),
            texts.get("desk-state"),
            texts.get("desk-detail"),
            texts.get("desk-milliseconds"),
        ],
        rows.collect(),
    )
}

/// What a step brought, or why it failed: our code and sentence, and the service's own words for the help desk.
fn detail(row: &Value, lang: Lang) -> String {
    let error = &row["error"];
    let words = if lang == Lang::Ja { "ja" } else { "en" };
    if error.is_null() {
        let told = row["told"][words].as_str().or(row["detail"].as_str());
        return told.unwrap_or_default().to_owned();
    }
    [
        &error["code"],
        &error[words],
        &error["service_code"],
        &error["service_message"],
    ]
    .into_iter()
    .filter_map(Value::as_str)
    .filter(|text| !text.is_empty())
    .collect::<Vec<_>>()
    .join(" ")
}

/// Whose it is, and every list of an emergency or disaster answer.
fn information(answer: &Value, person: &[(String, String)], lang: Lang) -> Markup {
    let expected: Vec<_> = KINDS.iter().map(|(kind, _)| *kind).collect();
    let lists = MedicalList::read(&answer["information"], &expected);
    let unknown = answer["not_shown"].as_array().into_iter().flatten();
    let unknown: Vec<_> = unknown.filter_map(Value::as_str).collect();
    all([
        whose(person.iter().cloned()),
        if unknown.is_empty() {
            none()
        } else {
            let names = unknown.join(", ");
            let words = Texts(lang).with("desk-not-shown", "names", names);
            line("p", &[("class", "attention")], words)
        },
        tables(&lists, lang),
    ])
}

/// The settings of the institution as the service has them.
pub(in crate::desk) fn institution(settings: &Value, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let word = |name: &str| {
        texts.get(match settings[name].as_bool() {
            Some(true) => "desk-on",
            Some(false) => "desk-off",
            None => "desk-unknown",
        })
    };
    // What the terminal changes nothing about, in the words of the service's codes; an element that nobody knows by its own name.
    let (label, value) = if lang == Lang::Ja {
        ("ja", "value_ja")
    } else {
        ("en", "value_en")
    };
    let others = settings["others"].as_array().into_iter().flatten();
    let others = others.map(|one| {
        let word = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        (word(label), word(value))
    });
    let switches = [
        (
            texts.get("desk-medical-assistance"),
            word("medical_assistance"),
        ),
        (texts.get("desk-visiting-care"), word("visiting_care")),
        (texts.get("desk-online-care"), word("online_care")),
    ];
    el(
        "div",
        &[("id", "institution")],
        [list(switches.into_iter().chain(others))],
    )
}

/// What is open now, for the page of disaster and outage.
pub(in crate::desk) fn openings(open: &Value, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let word = |name: &str, closed: &'static str| {
        texts.get(if open[name] == true {
            "desk-is-open"
        } else {
            closed
        })
    };
    list([
        (
            texts.get("desk-disaster"),
            word("disaster", "desk-is-closed"),
        ),
        (texts.get("desk-outage"), word("outage", "desk-is-closed")),
        (
            texts.get("desk-emergency"),
            word("emergency_authority", "desk-no-authority"),
        ),
    ])
}

#[cfg(test)]
mod tests;
