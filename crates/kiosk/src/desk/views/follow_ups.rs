//! Calls to make and calls made.

use super::parts::{cell, live, table, telephone};
use crate::desk::forms::key;
use crate::desk::markup::{Markup, SET, all, el, line, none, text};
use crate::desk::port::{FollowUpLine, ProposedTicket};
use crate::desk::sessions::Seen;
use crate::staff::{PhoneView, person};
use crate::texts::Texts;
use crate::{Lang, Words};

/// The stable word of a follow-up settled by a ticket, before the job's number and the place.
const TICKET: &str = "ticket-registered/";
/// Who closed what the terminal settled itself.
const TERMINAL: &str = "terminal";

/// A ticket to look at, and where it stands.
fn proposed(ticket: &ProposedTicket, texts: Texts) -> Markup {
    let words = match ticket.why {
        "period" => "desk-proposed-period",
        "kind" => "desk-proposed-kind",
        _ => "desk-proposed",
    };
    let target = format!(
        "/desk/job/{}?from={}#item-{}",
        ticket.job, ticket.item, ticket.item
    );
    el(
        "p",
        &[("class", "attention")],
        [
            text(texts.get(words)),
            text(" "),
            line("a", &[("href", &target)], texts.get("desk-look-at-ticket")),
        ],
    )
}

/// How a follow-up stands closed that the terminal settled itself: with the ticket at this place (from 1) of this bulk job.
pub fn settled_by_ticket(job: u64, place: u32) -> String {
    format!("{TICKET}{job}/{place}")
}

/// What came of a call: what somebody wrote, or in words what the terminal settled itself.
fn outcome(answer: &str, by: &str, texts: Texts) -> String {
    let settled = answer
        .strip_prefix(TICKET)
        .filter(|_| by == TERMINAL)
        .and_then(|numbers| numbers.split_once('/'));
    match settled {
        Some((job, place)) => texts.with_two("desk-outcome-ticket", ("job", job), ("place", place)),
        None => answer.to_owned(),
    }
}

/// What the office answered, in one line with a link to the call: day, time, who phoned, the answer. While it is open, the way to it.
pub(super) fn answered(one: &FollowUpLine, texts: Texts) -> Markup {
    let Some(at) = &one.closed else {
        return el(
            "p",
            &[("class", "answered")],
            [line(
                "a",
                &[("href", &format!("/desk/follow-ups#follow-up-{}", one.id))],
                texts.get("desk-call-open"),
            )],
        );
    };
    let answer = if one.unreadable && one.answer.is_empty() {
        texts.get("desk-call-unreadable")
    } else {
        outcome(&one.answer, &one.by, texts)
    };
    // The terminal phoned nobody: no office answered.
    let (what, told) = if one.by == TERMINAL && one.answer.starts_with(TICKET) {
        ("desk-settled-itself", format!("{at} {answer}"))
    } else {
        let by = person(&one.by, texts);
        ("desk-answered", format!("{at} {by}: {answer}"))
    };
    el(
        "p",
        &[("class", "answered")],
        [
            line("strong", &[], texts.get(what)),
            text(" "),
            line(
                "a",
                &[("href", &format!("/desk/follow-ups#follow-up-{}", one.id))],
                told,
            ),
        ],
    )
}

/// Whom to phone, and what came of it.
pub(in crate::desk) fn follow_ups(
    lines: &[FollowUpLine],
    seen: Option<&Seen>,
    lang: Lang,
) -> Markup {
    let texts = Texts(lang);
    let rows = lines.iter().map(|one| {
        let id = format!("follow-up-{}", one.id);
        let name = if one.name.is_empty() {
            texts.get("staff-name-unknown")
        } else {
            one.name.clone()
        };
        let target = format!("/desk/result/{}", one.result);
        let proposal = match one.proposed.as_ref().filter(|_| one.closed.is_none()) {
            Some(ticket) => proposed(ticket, texts),
            None => none(),
        };
        let damaged = if one.unreadable {
            line(
                "p",
                &[("class", "attention")],
                texts.get("desk-call-unreadable"),
            )
        } else {
            none()
        };
        let notes = if one.notes.is_empty() {
            none()
        } else {
            el(
                "ul",
                &[("class", "notes")],
                one.notes.iter().map(|note| {
                    let by = person(&note.by, texts);
                    line("li", &[], format!("{} {by} {}", note.at, note.text))
                }),
            )
        };
        let done = match (&one.closed, seen) {
            (Some(at), _) => all([
                line("strong", &[("class", "good")], texts.get("desk-settled")),
                text(" "),
                text(at),
                text(" "),
                text(person(&one.by, texts)),
                line("p", &[], outcome(&one.answer, &one.by, texts)),
            ]),
            (None, None) => line("strong", &[], texts.get("desk-open")),
            (None, Some(seen)) => {
                let answer = format!("answer-{}", one.id);
                let button = format!("settle-{}", one.id);
                el(
                    "form",
                    &[("method", "post"), ("action", "/desk/follow-ups")],
                    [
                        key(seen),
                        el(
                            "input",
                            &[
                                ("type", "hidden"),
                                ("name", "id"),
                                ("value", &one.id.to_string()),
                            ],
                            [],
                        ),
                        line("label", &[("for", &answer)], texts.get("desk-answer")),
                        el(
                            "textarea",
                            &[
                                ("id", &answer),
                                ("name", "answer"),
                                ("rows", "2"),
                                ("maxlength", "500"),
                                ("required", SET),
                            ],
                            [],
                        ),
                        el(
                            "div",
                            &[("class", "two")],
                            [
                                line(
                                    "button",
                                    &[
                                        ("id", &format!("note-{}", one.id)),
                                        ("name", "keep"),
                                        ("value", "note"),
                                    ],
                                    texts.get("desk-note-only"),
                                ),
                                line(
                                    "button",
                                    &[("id", &button), ("class", "primary")],
                                    texts.get("desk-settle"),
                                ),
                            ],
                        ),
                    ],
                )
            }
        };
        el(
            "tr",
            &[
                ("id", &id),
                (
                    "class",
                    if one.closed.is_some() {
                        "closed"
                    } else {
                        "open"
                    },
                ),
            ],
            [
                cell(&one.since),
                el("td", &[], [line("a", &[("href", &target)], name)]),
                el(
                    "td",
                    &[],
                    [
                        line("strong", &[], &one.office),
                        telephone(&PhoneView {
                            known: one.phone.known,
                            text: one.phone.text.get(lang).to_owned(),
                        }),
                        proposal,
                    ],
                ),
                el("td", &[], [damaged, notes, done]),
            ],
        )
    });
    live(
        "follow-ups",
        [
            line("p", &[], texts.get("desk-follow-ups-explain")),
            if lines.is_empty() {
                line("p", &[], texts.get("desk-follow-ups-none"))
            } else {
                table(
                    &[
                        texts.get("desk-received"),
                        texts.get("desk-name"),
                        texts.get("desk-phone"),
                        texts.get("desk-outcome"),
                    ],
                    rows.collect(),
                )
            },
        ],
    )
}

/// The telephones of the settings, for a call that names no office.
pub(in crate::desk) fn offices(lines: &[Words], lang: Lang) -> Markup {
    let texts = Texts(lang);
    el(
        "section",
        &[("id", "offices")],
        [
            line("h2", &[], texts.get("staff-phone-list")),
            if lines.is_empty() {
                line("p", &[], texts.get("staff-phone-list-none"))
            } else {
                el(
                    "ul",
                    &[("class", "lines")],
                    lines.iter().map(|one| line("li", &[], one.get(lang))),
                )
            },
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::OfficePhone;

    /// On the page, on paper and beside a result: what is damaged is said and hides nothing else.
    #[test]
    fn what_cannot_be_read_of_a_call_is_said() {
        let call = |unreadable, closed: bool| FollowUpLine {
            id: 7,
            since: "2026-11-22 10:05".into(),
            result: "r-1".into(),
            name: "架空　花子".into(),
            office: String::new(),
            phone: OfficePhone::default(),
            proposed: None,
            closed: closed.then(|| "2026-11-22 10:52".into()),
            by: "受付 花子".into(),
            answer: String::new(),
            notes: Vec::new(),
            unreadable,
        };
        for (lang, words) in [
            (Lang::Ja, "壊れていて読み出せません"),
            (Lang::En, "is damaged"),
        ] {
            for closed in [false, true] {
                let page =
                    |unreadable| follow_ups(&[call(unreadable, closed)], None, lang).into_string();
                assert!(page(true).contains(words) && page(true).contains("架空　花子"));
                assert!(!page(false).contains(words));
            }
            let beside = |unreadable| answered(&call(unreadable, true), Texts(lang)).into_string();
            assert!(beside(true).contains(words) && !beside(false).contains(words));
            // Settled by a bulk fetch: no office answered.
            let office = Texts(lang).get("desk-answered");
            let mut itself = call(false, true);
            (itself.by, itself.answer) = (TERMINAL.into(), settled_by_ticket(3, 2));
            let shown = answered(&itself, Texts(lang)).into_string();
            let own = Texts(lang).get("desk-settled-itself");
            assert!(shown.contains(&own) && !shown.contains(&office), "{shown}");
            assert!(beside(false).contains(&office));
        }
    }
}
