//! Pieces that several pages of the desk are made of.

use crate::desk::forms::plain_digits;
use crate::desk::markup::{Markup, SET, el, line};
use crate::desk::sessions::Seen;
use crate::staff::{FieldView, PhoneView};
use crate::texts::Texts;

/// A part that another page's work may change: it is fetched anew when the daemon tells of a change.
pub(super) fn live(id: &'static str, inside: impl IntoIterator<Item = Markup>) -> Markup {
    el("div", &[("id", id), ("data-live", SET)], inside)
}

pub(super) fn table(headings: &[String], rows: Vec<Markup>) -> Markup {
    el(
        "table",
        &[],
        [
            el(
                "thead",
                &[],
                [el(
                    "tr",
                    &[],
                    headings
                        .iter()
                        .map(|words| line("th", &[("scope", "col")], words)),
                )],
            ),
            el("tbody", &[], rows),
        ],
    )
}

pub(super) fn cell(words: impl AsRef<str>) -> Markup {
    line("td", &[], words)
}

pub(super) fn list(items: impl IntoIterator<Item = (String, String)>) -> Markup {
    el(
        "dl",
        &[],
        items.into_iter().map(|(label, value)| {
            let value = if value.trim().is_empty() {
                "-".to_owned()
            } else {
                value
            };
            el("div", &[], [line("dt", &[], label), line("dd", &[], value)])
        }),
    )
}

/// The number to call, or where it is entered.
pub(super) fn telephone(phone: &PhoneView) -> Markup {
    let class = if phone.known {
        "phone"
    } else {
        "phone-unknown"
    };
    line("p", &[("class", class)], &phone.text)
}

pub(super) fn fields(fields: &[FieldView]) -> Markup {
    list(
        fields
            .iter()
            .map(|one| (one.label.clone(), one.value.clone())),
    )
}

/// Under a sheet: who printed it, and when.
pub(in crate::desk) fn printed(seen: &Seen, at: &str) -> Markup {
    let values = [("name", seen.person.name.as_str()), ("at", at)];
    let words = Texts(seen.lang).with_all("desk-printed", &values);
    line("p", &[("id", "printed"), ("class", "small")], words)
}

/// An id of a result as it may stand in an address.
pub(in crate::desk) fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 80 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// A follow-up's number as it was sent.
pub(in crate::desk) fn follow_up_id(sent: &str) -> Option<u64> {
    plain_digits(sent).parse().ok()
}
