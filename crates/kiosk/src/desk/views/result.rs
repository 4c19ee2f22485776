//! One result: what it says, what changed, who saw it; and its sheet of paper.

use super::audit::audit;
use super::follow_ups::answered;
use super::parts::{cell, fields, list, table, telephone};
use crate::Lang;
use crate::desk::forms::key;
use crate::desk::markup::{Markup, SET, all, el, line, none, text};
use crate::desk::port::{Change, ResultDetail};
use crate::desk::sessions::Seen;
use crate::staff::{SummaryView, number, remark, render_summary};
use crate::texts::Texts;

/// One qualification in words. What the office answered stands in the warning, which stays.
pub(super) fn summary(view: &SummaryView, answers: Markup) -> Markup {
    let phone = || view.phone.as_ref().map_or_else(none, telephone);
    let warning = match &view.warning {
        Some(warning) => el(
            "div",
            &[("class", "warning")],
            [
                el(
                    "p",
                    &[],
                    [
                        line("strong", &[], &warning.title),
                        text(" "),
                        text(&view.classification),
                    ],
                ),
                line("p", &[], &warning.text),
                el(
                    "p",
                    &[("class", "office")],
                    [line("strong", &[], &warning.office)],
                ),
                phone(),
                line("p", &[], &warning.call),
                answers,
                line("p", &[("class", "small")], &warning.withheld),
            ],
        ),
        None => el(
            "p",
            &[("class", "validity")],
            [
                line("strong", &[], &view.validity),
                text(" "),
                text(&view.classification),
            ],
        ),
    };
    el(
        "section",
        &[("class", &format!("summary {}", view.tone))],
        [
            warning,
            line("p", &[("class", "headline")], &view.headline),
            el(
                "p",
                &[("class", "advice")],
                [
                    line("strong", &[], &view.advice_title),
                    text(" "),
                    text(&view.advice),
                ],
            ),
            if view.warning.is_some() {
                none()
            } else {
                phone()
            },
            fields(&view.fields),
        ],
    )
}

fn change(change: &Change, lang: Lang) -> Markup {
    let shown = |words: &crate::Words| {
        let words = words.get(lang);
        if words.is_empty() {
            "-".to_owned()
        } else {
            words.to_owned()
        }
    };
    el(
        "tr",
        &[],
        [
            cell(change.label.get(lang)),
            cell(shown(&change.before)),
            cell(shown(&change.now)),
        ],
    )
}

/// The parts of a result that also stand on its sheet.
fn facts(detail: &ResultDetail, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let result = &detail.result;
    let name = if result.name.is_empty() {
        texts.get("staff-name-unknown")
    } else {
        result.name.clone()
    };
    let spelling = detail.spelling.as_ref().map(|kept| {
        (
            texts.get("desk-spelling"),
            format!("{} ({} {})", kept.text, kept.by, kept.at),
        )
    });
    let lines = [
        (texts.get("desk-name"), name),
        (texts.get("staff-at"), detail.at.clone()),
        (texts.get("staff-visit-number"), number(result.visit)),
        (
            texts.get("staff-reader"),
            crate::staff::reader(&result.reader, texts),
        ),
    ];
    list(lines.into_iter().chain(spelling))
}

/// What is special about it, above what it says.
fn special(detail: &ResultDetail, lang: Lang) -> Markup {
    let Some(code) = detail.result.remark.as_deref() else {
        return none();
    };
    let view = remark(code, Texts(lang));
    el(
        "div",
        &[("class", "attention"), ("id", "special")],
        [
            line("p", &[], &view.text),
            el(
                "p",
                &[],
                [
                    text(&view.advice_title),
                    text(" "),
                    text(&view.advice),
                    text(" "),
                    line("code", &[], &view.code),
                ],
            ),
        ],
    )
}

fn summaries(detail: &ResultDetail, lang: Lang) -> Markup {
    el(
        "div",
        &[("class", "summaries")],
        detail.result.summaries.iter().map(|one| {
            let calls = detail.calls.iter();
            let answers = calls.map(|call| answered(call, Texts(lang)));
            let mut view = render_summary(one, lang);
            // Phoned and written down: what is left to do is what the office said.
            let settled =
                !detail.calls.is_empty() && detail.calls.iter().all(|call| call.closed.is_some());
            if let Some(warning) = view.warning.as_mut().filter(|_| settled) {
                warning.call = Texts(lang).get("desk-warning-answered");
                view.advice = Texts(lang).get("desk-advice-answered");
            }
            summary(&view, all(answers))
        }),
    )
}

/// The clinic's number for the person, registered with the numbers that stand in the result: nothing is typed anew.
fn reference(detail: &ResultDetail, seen: &Seen) -> Markup {
    let texts = Texts(seen.lang);
    if detail.referable.is_empty() {
        return none();
    }
    let action = format!("/desk/result/{}/reference", detail.result.id);
    let forms = detail.referable.iter().map(|one| {
        let id = format!("reference-{}", one.index);
        el(
            "form",
            &[("method", "post"), ("action", &action)],
            [
                key(seen),
                el(
                    "input",
                    &[
                        ("type", "hidden"),
                        ("name", "index"),
                        ("value", &one.index.to_string()),
                    ],
                    [],
                ),
                line(
                    "label",
                    &[("for", &id)],
                    format!("{} {}", texts.get("desk-reference-number"), one.of),
                ),
                el(
                    "input",
                    &[
                        ("id", &id),
                        ("name", "reference_number"),
                        ("maxlength", "50"),
                        ("required", SET),
                        ("value", one.number.as_deref().unwrap_or_default()),
                    ],
                    [],
                ),
                line(
                    "button",
                    &[("id", &format!("register-{}", one.index))],
                    texts.get("desk-register"),
                ),
            ],
        )
    });
    el(
        "section",
        &[("id", "reference"), ("class", "no-print")],
        [
            line("h2", &[], texts.get("desk-reference")),
            line(
                "p",
                &[("class", "explain")],
                texts.get("desk-reference-explain"),
            ),
            all(forms),
        ],
    )
}

/// The way back into the folder, for a file that nobody took in time.
fn again(detail: &ResultDetail, seen: &Seen) -> Markup {
    if !detail.uncollected {
        return none();
    }
    let texts = Texts(seen.lang);
    let action = format!("/desk/result/{}/deliver-again", detail.result.id);
    el(
        "section",
        &[("id", "uncollected"), ("class", "no-print")],
        [
            line("h2", &[], texts.get("desk-uncollected")),
            line(
                "p",
                &[("class", "explain")],
                texts.get("desk-uncollected-explain"),
            ),
            el(
                "form",
                &[("method", "post"), ("action", &action)],
                [
                    key(seen),
                    line(
                        "label",
                        &[("for", "again-reason")],
                        texts.get("desk-reason"),
                    ),
                    el(
                        "input",
                        &[
                            ("id", "again-reason"),
                            ("name", "reason"),
                            ("maxlength", "200"),
                            ("required", SET),
                        ],
                        [],
                    ),
                    line(
                        "button",
                        &[("id", "deliver-again")],
                        texts.get("desk-deliver-again"),
                    ),
                ],
            ),
        ],
    )
}

/// One result: its qualifications side by side, marked letters, what changed, what was done.
pub(in crate::desk) fn result(detail: &ResultDetail, seen: &Seen) -> Markup {
    let texts = Texts(seen.lang);
    let id = &detail.result.id;
    let marked = detail.marked.iter().map(|one| {
        let words = texts.get(if one.lost {
            "desk-letters-lost"
        } else {
            "desk-letters-unmappable"
        });
        el(
            "li",
            &[("class", "attention")],
            [
                line("strong", &[], one.label.get(seen.lang)),
                text(" "),
                text(words),
            ],
        )
    });
    let spelling = el(
        "form",
        &[
            ("method", "post"),
            ("action", &format!("/desk/result/{id}/spelling")),
        ],
        [
            key(seen),
            line(
                "label",
                &[("for", "spelling")],
                texts.get("desk-spelling-keep"),
            ),
            el(
                "input",
                &[
                    ("id", "spelling"),
                    ("name", "text"),
                    ("maxlength", "60"),
                    ("required", SET),
                    (
                        "value",
                        detail.spelling.as_ref().map_or("", |kept| &kept.text),
                    ),
                ],
                [],
            ),
            line("button", &[("id", "keep-spelling")], texts.get("desk-keep")),
        ],
    );
    let letters = if detail.marked.is_empty() && detail.spelling.is_none() {
        none()
    } else {
        el(
            "section",
            &[("id", "letters")],
            [
                line("h2", &[], texts.get("desk-letters")),
                el("ul", &[], marked),
                spelling,
            ],
        )
    };
    let reference = reference(detail, seen);
    let before = match &detail.before {
        None => line("p", &[], texts.get("desk-before-none")),
        Some(before) => all([
            el(
                "p",
                &[],
                [
                    text(texts.with("desk-before-at", "at", before.at.as_str())),
                    text(" "),
                    line(
                        "a",
                        &[("href", &format!("/desk/result/{}", before.id))],
                        texts.get("desk-show"),
                    ),
                ],
            ),
            if before.changes.is_empty() {
                line("p", &[], texts.get("desk-before-same"))
            } else {
                table(
                    &[
                        texts.get("desk-field"),
                        texts.get("desk-before"),
                        texts.get("desk-now"),
                    ],
                    before
                        .changes
                        .iter()
                        .map(|one| change(one, seen.lang))
                        .collect(),
                )
            },
        ]),
    };
    let medical = if detail.medical {
        el(
            "p",
            &[],
            [line(
                "a",
                &[
                    ("id", "medical"),
                    ("class", "button"),
                    ("href", &format!("/desk/medical/{id}")),
                ],
                texts.get("desk-medical"),
            )],
        )
    } else {
        none()
    };
    all([
        facts(detail, seen.lang),
        special(detail, seen.lang),
        summaries(detail, seen.lang),
        el(
            "p",
            &[],
            [line(
                "a",
                &[
                    ("id", "print"),
                    ("class", "button"),
                    ("href", &format!("/desk/print/result/{id}")),
                ],
                texts.get("desk-print"),
            )],
        ),
        medical,
        again(detail, seen),
        letters,
        reference,
        el(
            "section",
            &[("id", "before")],
            [line("h2", &[], texts.get("desk-changes")), before],
        ),
        el(
            "section",
            &[("id", "audit")],
            [
                line("h2", &[], texts.get("desk-audit")),
                audit(&detail.audit, texts),
            ],
        ),
    ])
}

/// The sheet of a result.
pub(in crate::desk) fn result_sheet(detail: &ResultDetail, lang: Lang) -> Markup {
    all([
        facts(detail, lang),
        special(detail, lang),
        summaries(detail, lang),
    ])
}

#[cfg(test)]
mod tests;
