//! The desk's pages: overview, follow-ups, bulk fetches, a result, medical information.

use super::forms::{key, plain_digits};
use super::markup::{Markup, SET, all, el, line, none, text};
use super::port::{Change, FollowUpLine, JobLine, JobState, MedicalList, ResultDetail};
use super::sessions::Seen;
use crate::Lang;
use crate::staff::{FieldView, StaffState, SummaryView, number, render_summary};
use crate::texts::Texts;
use serde_json::Value;

/// A part that another page's work may change: it is fetched anew when the daemon tells of a change.
fn live(id: &'static str, inside: impl IntoIterator<Item = Markup>) -> Markup {
    el("div", &[("id", id), ("data-live", SET)], inside)
}

fn table(headings: &[String], rows: Vec<Markup>) -> Markup {
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

fn cell(words: impl AsRef<str>) -> Markup {
    line("td", &[], words)
}

fn list(items: impl IntoIterator<Item = (String, String)>) -> Markup {
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

/// The overview: health in one line, today's results, what waits.
pub(super) fn home(state: &StaffState, follow_ups: &[FollowUpLine], lang: Lang) -> Markup {
    let texts = Texts(lang);
    let tone = if state.terminal.ok { "good" } else { "bad" };
    let words = texts.get(if state.terminal.ok {
        "staff-terminal-ok"
    } else {
        "staff-terminal-trouble"
    });
    let health = el(
        "p",
        &[("id", "health"), ("class", tone)],
        [line("a", &[("href", "#checks")], words)],
    );
    let open = follow_ups.iter().filter(|one| one.closed.is_none()).count();
    let rows = state.results.iter().map(|result| {
        let target = format!("/desk/result/{}", result.id);
        let name = if result.name.is_empty() {
            texts.get("staff-name-unknown")
        } else {
            result.name.clone()
        };
        let validity: Vec<_> = result
            .summaries
            .iter()
            .map(|summary| {
                let view = render_summary(summary, lang);
                line(
                    "span",
                    &[("class", &format!("tone {}", view.tone))],
                    format!("{} {}", view.classification, view.validity),
                )
            })
            .collect();
        let id = format!("result-{}", result.id);
        el(
            "tr",
            &[("id", &id)],
            [
                cell(&result.at),
                el("td", &[], [line("a", &[("href", &target)], name)]),
                el("td", &[], validity),
                cell(&result.reader),
            ],
        )
    });
    let queued = state.queued.iter().map(|one| {
        el(
            "tr",
            &[],
            [
                cell(&one.at),
                cell(number(one.visit)),
                cell(one.reason.get(lang)),
                cell(&one.next_at),
            ],
        )
    });
    let checks = state.terminal.lines.iter().map(|check| {
        line(
            "li",
            &[("class", if check.ok { "good" } else { "bad" })],
            check.text.get(lang),
        )
    });
    live(
        "home",
        [
            health,
            el(
                "p",
                &[("id", "open-follow-ups")],
                [line(
                    "a",
                    &[("href", "/desk/follow-ups")],
                    texts.with("desk-open-follow-ups", "count", open),
                )],
            ),
            line("h2", &[], texts.get("staff-results")),
            table(
                &[
                    texts.get("staff-at"),
                    texts.get("desk-name"),
                    texts.get("desk-validity"),
                    texts.get("staff-reader"),
                ],
                rows.collect(),
            ),
            line("h2", &[], texts.get("staff-queued")),
            if state.queued.is_empty() {
                line("p", &[], texts.get("staff-queued-none"))
            } else {
                table(
                    &[
                        texts.get("staff-at"),
                        texts.get("staff-visit-number"),
                        texts.get("desk-reason"),
                        texts.get("desk-next"),
                    ],
                    queued.collect(),
                )
            },
            line("h2", &[("id", "checks")], texts.get("staff-terminal-lines")),
            el("ul", &[("class", "lines")], checks),
            line("p", &[("class", "small")], texts.get("desk-checks-more")),
        ],
    )
}

/// Whom to phone, and what came of it.
pub(super) fn follow_ups(lines: &[FollowUpLine], seen: Option<&Seen>, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let rows = lines.iter().map(|one| {
        let id = format!("follow-up-{}", one.id);
        let name = if one.name.is_empty() {
            texts.get("staff-name-unknown")
        } else {
            one.name.clone()
        };
        let target = format!("/desk/result/{}", one.result);
        let proposal = if one.proposed && one.closed.is_none() {
            line("p", &[("class", "attention")], texts.get("desk-proposed"))
        } else {
            none()
        };
        let done = match (&one.closed, seen) {
            (Some(at), _) => all([
                line("strong", &[("class", "good")], texts.get("desk-settled")),
                text(" "),
                text(at),
                text(" "),
                text(&one.by),
                line("p", &[], &one.answer),
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
                        line("button", &[("id", &button)], texts.get("desk-settle")),
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
                el("td", &[], [line("strong", &[], &one.office), proposal]),
                el("td", &[], [done]),
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
                        texts.get("desk-since"),
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

/// The bulk fetches with their progress.
pub(super) fn jobs(jobs: &[JobLine], lang: Lang) -> Markup {
    let texts = Texts(lang);
    let rows = jobs.iter().map(|job| {
        let id = format!("job-{}", job.id);
        let kind = match job.kind.as_str() {
            "visiting" => texts.get("desk-care-visiting"),
            "online" => texts.get("desk-care-online"),
            _ => texts.get("desk-tickets"),
        };
        let (word, state) = match job.state {
            JobState::Working => ("working", texts.get("desk-job-working")),
            JobState::Done => ("done", texts.get("desk-job-done")),
            JobState::Failed => ("failed", texts.get("desk-job-failed")),
        };
        let difference = match job.difference {
            Some((new, changed, gone)) => format!(
                "{} {} {}",
                texts.with("desk-job-new", "count", new),
                texts.with("desk-job-changed", "count", changed),
                texts.with("desk-job-gone", "count", gone),
            ),
            None => String::new(),
        };
        el(
            "tr",
            &[("id", &id), ("data-state", word)],
            [
                cell(&job.at),
                cell(kind),
                cell(&job.asked),
                cell(format!("{state} {}", job.code)),
                cell(texts.with("desk-job-persons", "count", job.persons)),
                cell(difference),
            ],
        )
    });
    live(
        "jobs",
        [
            line("h2", &[], texts.get("desk-jobs")),
            if jobs.is_empty() {
                line("p", &[], texts.get("desk-jobs-none"))
            } else {
                table(
                    &[
                        texts.get("desk-since"),
                        texts.get("desk-kind"),
                        texts.get("desk-asked"),
                        texts.get("desk-state"),
                        texts.get("desk-persons"),
                        texts.get("desk-difference"),
                    ],
                    rows.collect(),
                )
            },
        ],
    )
}

fn fields(fields: &[FieldView]) -> Markup {
    list(
        fields
            .iter()
            .map(|one| (one.label.clone(), one.value.clone())),
    )
}

fn summary(view: &SummaryView) -> Markup {
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
                line("p", &[], &warning.call),
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
        (texts.get("staff-reader"), result.reader.clone()),
    ];
    list(lines.into_iter().chain(spelling))
}

fn summaries(detail: &ResultDetail, lang: Lang) -> Markup {
    el(
        "div",
        &[("class", "summaries")],
        detail
            .result
            .summaries
            .iter()
            .map(|one| summary(&render_summary(one, lang))),
    )
}

/// One result: its qualifications side by side, marked letters, what changed, what was done.
pub(super) fn result(detail: &ResultDetail, seen: &Seen) -> Markup {
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
        letters,
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
                audit(detail, texts),
            ],
        ),
    ])
}

fn audit(detail: &ResultDetail, texts: Texts) -> Markup {
    let rows = detail.audit.iter().map(|one| {
        el(
            "tr",
            &[],
            [
                cell(&one.at),
                cell(&one.actor),
                cell(&one.action),
                el("td", &[], [line("code", &[], &one.detail)]),
            ],
        )
    });
    table(
        &[
            texts.get("staff-at"),
            texts.get("desk-who"),
            texts.get("desk-what"),
            texts.get("desk-detail"),
        ],
        rows.collect(),
    )
}

/// The sheet of a result.
pub(super) fn result_sheet(detail: &ResultDetail, lang: Lang) -> Markup {
    all([facts(detail, lang), summaries(detail, lang)])
}

/// Medical information, as received.
pub(super) fn medical(lists: &[MedicalList], name: &str, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let sections = lists.iter().map(|one| {
        let twice = one.rows.iter().any(|row| row.twice);
        let rows = one.rows.iter().map(|row| {
            el(
                "tr",
                &[("class", if row.twice { "twice" } else { "once" })],
                row.cells.iter().map(cell),
            )
        });
        el(
            "section",
            &[],
            [
                line("h2", &[], one.title.get(lang)),
                line(
                    "p",
                    &[("class", "small")],
                    texts.with("desk-until", "at", one.until.as_str()),
                ),
                if twice {
                    line("p", &[("class", "attention")], texts.get("desk-twice"))
                } else {
                    none()
                },
                if one.rows.is_empty() {
                    line("p", &[], texts.get("desk-medical-empty"))
                } else {
                    table(
                        &one.columns
                            .iter()
                            .map(|words| words.get(lang).to_owned())
                            .collect::<Vec<_>>(),
                        rows.collect(),
                    )
                },
            ],
        )
    });
    all([
        line("p", &[("class", "who")], name),
        line("p", &[], texts.get("desk-medical-recorded")),
        all(sections),
    ])
}

/// What the counter answered, for the requests that give no result of a person.
pub(super) fn answer(answer: &Value, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let mut parts = vec![line("p", &[("class", "good")], texts.get("desk-done"))];
    if let Some(url) = answer["url"].as_str() {
        parts.push(line("p", &[("id", "access-url")], url));
        if let Some(code) = answer["qr_svg"].as_str().and_then(super::markup::drawing) {
            parts.push(el("div", &[("class", "code")], [code]));
        }
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
        let links = results.iter().filter_map(Value::as_str).map(|id| {
            el(
                "li",
                &[],
                [line("a", &[("href", &format!("/desk/result/{id}"))], id)],
            )
        });
        parts.push(el("ul", &[], links));
    }
    if let Some(sheet) = answer["sheet"].as_array() {
        parts.push(operation_test(sheet, texts));
    }
    if answer["information"].is_object() {
        if let Some(id) = answer["result"].as_str() {
            parts.push(el(
                "p",
                &[],
                [line(
                    "a",
                    &[("href", &format!("/desk/result/{id}"))],
                    texts.get("desk-show"),
                )],
            ));
        }
        parts.push(information(&answer["information"]));
    }
    el("section", &[("id", "answer"), ("role", "status")], parts)
}

fn operation_test(sheet: &[Value], texts: Texts) -> Markup {
    let rows = sheet.iter().map(|row| {
        let word = |ja: &str, en: &str| {
            let key = if texts.0 == Lang::Ja { ja } else { en };
            row[key].as_str().unwrap_or_default().to_owned()
        };
        let ok = row["ok"] == true;
        el(
            "tr",
            &[("class", if ok { "good" } else { "bad" })],
            [
                cell(word("ja", "en")),
                cell(texts.get(if ok {
                    "staff-line-ok"
                } else {
                    "staff-line-trouble"
                })),
                cell(row["error"]["code"].as_str().unwrap_or_default()),
            ],
        )
    });
    table(
        &[
            texts.get("desk-what"),
            texts.get("desk-state"),
            texts.get("desk-detail"),
        ],
        rows.collect(),
    )
}

/// Lists of an emergency or disaster answer, with the service's own element names as headings.
fn information(body: &Value) -> Markup {
    let Some(body) = body.as_object() else {
        return none();
    };
    let lists = body.iter().filter_map(|(name, items)| {
        let items = items.as_array()?;
        let rows: Vec<_> = items
            .iter()
            .filter_map(|item| item.as_object()?.values().next()?.as_object())
            .collect();
        let headings: Vec<String> = rows.first()?.keys().cloned().collect();
        let lines = rows.iter().map(|row| {
            el(
                "tr",
                &[],
                headings
                    .iter()
                    .map(|heading| cell(row.get(heading).and_then(Value::as_str).unwrap_or("-"))),
            )
        });
        Some(all([
            line("h2", &[], name),
            table(&headings, lines.collect()),
        ]))
    });
    all(lists)
}

/// The settings of the institution as the service has them.
pub(super) fn institution(settings: &Value, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let word = |name: &str| {
        texts.get(match settings[name].as_bool() {
            Some(true) => "desk-on",
            Some(false) => "desk-off",
            None => "desk-unknown",
        })
    };
    el(
        "div",
        &[("id", "institution")],
        [list([
            (
                texts.get("desk-medical-assistance"),
                word("medical_assistance"),
            ),
            (texts.get("desk-visiting-care"), word("visiting_care")),
            (texts.get("desk-online-care"), word("online_care")),
        ])],
    )
}

/// What is open now, for the page of disaster and outage.
pub(super) fn openings(open: &Value, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let word = |name: &str| {
        texts.get(if open[name] == true {
            "desk-is-open"
        } else {
            "desk-is-closed"
        })
    };
    list([
        (texts.get("desk-disaster"), word("disaster")),
        (texts.get("desk-outage"), word("outage")),
        (texts.get("desk-emergency"), word("emergency_authority")),
    ])
}

/// An id of a result as it may stand in an address.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 80 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// A follow-up's number as it was sent.
pub(super) fn follow_up_id(sent: &str) -> Option<u64> {
    plain_digits(sent).parse().ok()
}
