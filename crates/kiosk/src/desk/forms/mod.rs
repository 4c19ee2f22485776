//! The desk's forms as data: which fields, which request of the counter they become. Drawing and checking are the same for all.

mod list;

use super::markup::{Markup, SET, all, el, line};
use super::sessions::Seen;
use crate::texts::Texts;
use crate::{Lang, Words};
use list::FORMS;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Most fields of a form.
const MOST_FIELDS: usize = 32;
/// Longest value, in characters.
const LONGEST: usize = 600;
/// The field of many lines, and its longest value in characters.
const REGISTRATIONS: &str = "registrations";
const LINES: usize = 60_000;
/// Most registrations in one form.
const MOST_REGISTRATIONS: usize = 1000;

/// What was sent, bounded.
pub(super) struct Sent(HashMap<String, String>);

impl Sent {
    /// Reads `application/x-www-form-urlencoded`; `None` when it is none of our forms.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut fields = HashMap::new();
        for (key, value) in form_urlencoded::parse(body) {
            let most = if key == REGISTRATIONS { LINES } else { LONGEST };
            let fits = key.len() <= 40
                && value.chars().count() <= most
                && !value
                    .chars()
                    .any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t'));
            if !fits || fields.len() >= MOST_FIELDS {
                return None;
            }
            if fields
                .insert(key.into_owned(), value.into_owned())
                .is_some()
            {
                return None;
            }
        }
        Some(Self(fields))
    }

    /// Nothing sent.
    pub(super) fn nothing() -> Self {
        Self(HashMap::new())
    }

    /// A field's value; empty when it was not sent.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

/// What is typed in a field.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// One line.
    Line(usize),
    /// Digits; full-width ones, spaces and hyphens are made plain.
    Digits(usize),
    /// A day, sent as yyyyMMdd.
    Day,
    /// A day of the calendar, sent as yyyyMMdd.
    Calendar,
    /// A month, sent as yyyyMM.
    Month,
    /// One of several: value and text. `true` and `false` are sent as such; nothing chosen is not sent.
    Choice(&'static [(&'static str, &'static str)]),
    /// Yes when ticked.
    Tick,
    /// Must be ticked; is not sent.
    Confirm,
    /// Reference numbers, one a line: number, insurer, symbol, number of the insurance, branch.
    Registrations,
}

/// One field.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

/// One form.
pub(super) struct Form {
    /// In its address and its ids.
    pub(super) name: &'static str,
    /// The page it stands on.
    pub(super) page: &'static str,
    pub(super) title: &'static str,
    pub(super) explain: &'static str,
    pub(super) button: &'static str,
    /// The counter's word.
    pub(super) request: &'static str,
    /// Where the name of who is signed in goes.
    pub(super) operator: Option<&'static str>,
    /// For qualified staff with the second factor only.
    pub(super) qualified: bool,
    pub(super) fields: &'static [Field],
}

/// What was typed is not complete: in which field, and in which line of a list (from 1).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Incomplete {
    /// The field's label.
    pub(super) label: &'static str,
    /// The line.
    pub(super) line: Option<usize>,
}

impl Incomplete {
    /// In words that name both; nothing of what was typed is repeated.
    pub(super) fn words(&self) -> Words {
        let line = self.line.map(|line| line.to_string());
        Words::each(|lang| {
            let texts = Texts(lang);
            let field = texts.get(self.label);
            match &line {
                Some(line) => {
                    texts.with_all("desk-incomplete-line", &[("line", line), ("field", &field)])
                }
                None => texts.with_all("desk-incomplete-field", &[("field", &field)]),
            }
        })
    }
}

/// Fields that say who is meant.
const PERSON: [&str; 4] = ["name", "birth_date", "sex", "address"];

impl Form {
    /// The items by which somebody was asked for, as shown above what came.
    pub(super) fn person(&self, sent: &Sent, lang: Lang) -> Vec<(String, String)> {
        let texts = Texts(lang);
        let fields = self
            .fields
            .iter()
            .filter(|field| PERSON.contains(&field.name));
        fields
            .map(|field| {
                let typed = sent.get(field.name).trim();
                let value = match field.kind {
                    Kind::Choice(offered) => offered
                        .iter()
                        .find(|(value, _)| *value == typed)
                        .map(|(_, words)| texts.get(words)),
                    _ => None,
                };
                (
                    texts.get(field.label),
                    value.unwrap_or_else(|| typed.to_owned()),
                )
            })
            .collect()
    }

    /// The request of the counter.
    pub(super) fn request(&self, sent: &Sent, who: &str) -> Result<Value, Incomplete> {
        let mut request = Map::new();
        request.insert("do".into(), self.request.into());
        for field in self.fields {
            let typed = sent.get(field.name).trim();
            let typed = match field.kind {
                Kind::Digits(_) | Kind::Day | Kind::Calendar | Kind::Month => plain_digits(typed),
                _ => typed.to_owned(),
            };
            let incomplete = |line| Incomplete {
                label: field.label,
                line,
            };
            if field.required && typed.is_empty() {
                return Err(incomplete(None));
            }
            let value = match field.kind {
                Kind::Line(most) | Kind::Digits(most) if typed.chars().count() > most => {
                    return Err(incomplete(None));
                }
                Kind::Confirm => continue,
                Kind::Registrations => registrations(&typed).map_err(incomplete)?,
                Kind::Tick => Value::Bool(!typed.is_empty()),
                Kind::Choice(offered) => {
                    if !offered.iter().any(|(value, _)| *value == typed) {
                        return Err(incomplete(None));
                    }
                    match typed.as_str() {
                        "" => continue,
                        "true" => Value::Bool(true),
                        "false" => Value::Bool(false),
                        _ => Value::String(typed),
                    }
                }
                _ => Value::String(typed),
            };
            request.insert(field.name.into(), value);
        }
        if let Some(operator) = self.operator {
            request.insert(operator.into(), who.into());
        }
        if self.request == "emergency" {
            // OQSCD041 3 (possession) with OQSCD042's one-time password of a device in hand.
            request.insert("factor".into(), json!("3"));
            request.insert("method".into(), json!("02"));
        }
        Ok(Value::Object(request))
    }

    /// The form; `sent` is shown again after a refusal.
    pub(super) fn draw(&self, seen: &Seen, sent: &Sent) -> Markup {
        let texts = Texts(seen.lang);
        let id = format!("form-{}", self.name);
        let action = format!("/desk/do/{}", self.name);
        let button = format!("send-{}", self.name);
        let body = if self.qualified && !seen.actor().qualified {
            all([line(
                "p",
                &[("class", "remark")],
                texts.get("desk-qualified-only"),
            )])
        } else {
            el(
                "form",
                &[
                    ("id", &id),
                    ("method", "post"),
                    ("action", &action),
                    ("autocomplete", "off"),
                ],
                [
                    key(seen),
                    all(self
                        .fields
                        .iter()
                        .map(|field| self.field(field, texts, sent))),
                    line(
                        "button",
                        &[("id", &button), ("class", "primary")],
                        texts.get(self.button),
                    ),
                ],
            )
        };
        el(
            "section",
            &[("class", "form")],
            [
                line("h2", &[], texts.get(self.title)),
                line("p", &[("class", "explain")], texts.get(self.explain)),
                body,
            ],
        )
    }

    fn field(&self, field: &Field, texts: Texts, sent: &Sent) -> Markup {
        let id = format!("{}-{}", self.name, field.name);
        let value = sent.get(field.name);
        let label = texts.get(field.label);
        let mut given: Vec<(&'static str, &str)> = vec![("id", &id), ("name", field.name)];
        if field.required {
            given.push(("required", SET));
        }
        let mut with = |more: &[(&'static str, &'static str)]| {
            given.extend_from_slice(more);
            given.clone()
        };
        let most = match field.kind {
            Kind::Line(most) | Kind::Digits(most) => most.to_string(),
            _ => String::new(),
        };
        let control = match field.kind {
            Kind::Tick | Kind::Confirm => {
                let mut with = with(&[("type", "checkbox"), ("value", "yes")]);
                if !value.is_empty() {
                    with.push(("checked", SET));
                }
                return el(
                    "p",
                    &[("class", "tick")],
                    [
                        el("input", &with, []),
                        line("label", &[("for", &id)], label),
                    ],
                );
            }
            Kind::Choice(offered) => {
                // Nothing that must be said is chosen beforehand: what nobody said would be recorded under the name of who is signed in.
                let nothing = field.required.then_some(&("", "desk-choose"));
                el(
                    "select",
                    &with(&[]),
                    nothing.into_iter().chain(offered).map(|(offered, words)| {
                        let mut given = vec![("value", *offered)];
                        if *offered == value {
                            given.push(("selected", SET));
                        }
                        line("option", &given, texts.get(words))
                    }),
                )
            }
            Kind::Line(_) => {
                let mut with = with(&[("spellcheck", "false")]);
                with.extend([("maxlength", most.as_str()), ("value", value)]);
                el("input", &with, [])
            }
            Kind::Digits(_) => {
                let mut with = with(&[("inputmode", "numeric")]);
                with.push(("value", value));
                el("input", &with, [])
            }
            Kind::Day => {
                let mut with = with(&[("inputmode", "numeric"), ("maxlength", "10")]);
                with.push(("value", value));
                el("input", &with, [])
            }
            Kind::Calendar => {
                let mut with = with(&[("type", "date")]);
                with.push(("value", value));
                el("input", &with, [])
            }
            Kind::Month => {
                let mut with = with(&[("type", "month")]);
                with.push(("value", value));
                el("input", &with, [])
            }
            Kind::Registrations => {
                let with = with(&[("rows", "8"), ("spellcheck", "false")]);
                line("textarea", &with, value)
            }
        };
        el(
            "p",
            &[("class", "field")],
            [line("label", &[("for", &id)], label), control],
        )
    }
}

/// Registrations out of lines: columns between commas or tabs, the branch may be missing; empty lines count for nothing. Otherwise the first that
/// is none, from 1; `None` where there are none or too many.
fn registrations(typed: &str) -> Result<Value, Option<usize>> {
    let mut found = Vec::new();
    let lines = typed.lines().filter(|one| !one.trim().is_empty());
    for (at, one) in lines.enumerate() {
        let columns: Vec<&str> = one
            .split([',', '\t', '\u{FF0C}', '、'])
            .map(str::trim)
            .collect();
        let (reference, insurer, symbol, number, branch) = match columns.as_slice() {
            [reference, insurer, symbol, number] => (reference, insurer, symbol, number, &""),
            [reference, insurer, symbol, number, branch] => {
                (reference, insurer, symbol, number, branch)
            }
            _ => return Err(Some(at + 1)),
        };
        if reference.is_empty() || reference.chars().count() > 50 || number.is_empty() {
            return Err(Some(at + 1));
        }
        found.push(json!({
            "reference_number": reference,
            "insurer_number": plain_digits(insurer),
            "symbol": symbol,
            "number": number,
            "branch": plain_digits(branch),
        }));
    }
    if found.is_empty() || found.len() > MOST_REGISTRATIONS {
        return Err(None);
    }
    Ok(Value::Array(found))
}

/// What every form carries against forged requests.
pub(super) fn key(seen: &Seen) -> Markup {
    el(
        "input",
        &[
            ("type", "hidden"),
            ("name", "key"),
            ("value", &seen.form_key),
        ],
        [],
    )
}

/// All forms of a page.
pub(super) fn forms_of(page: &str, seen: &Seen, again: Option<(&str, &Sent)>) -> Markup {
    let empty = Sent::nothing();
    all(FORMS.iter().filter(|form| form.page == page).map(|form| {
        let sent = match again {
            Some((name, sent)) if name == form.name => sent,
            _ => &empty,
        };
        form.draw(seen, sent)
    }))
}

/// The page's form of that name.
pub(super) fn form(name: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.name == name)
}

/// Plain digits: what a barcode reader or a Japanese keyboard puts between or in place of them goes away.
pub(super) fn plain_digits(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| {
            !c.is_whitespace() && !matches!(c, '-' | '/' | '\u{2010}' | '\u{2212}' | '\u{FF0D}')
        })
        .map(|c| match c {
            '\u{FF10}'..='\u{FF19}' => {
                char::from_u32(u32::from(c) - 0xFF10 + u32::from('0')).unwrap_or(c)
            }
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests;
