//! The desk's first page: the day.

use super::parts::{cell, fields, live, table};
use crate::Lang;
use crate::desk::markup::{Markup, el, line, none};
use crate::desk::port::FollowUpLine;
use crate::staff::{StaffState, ended, number, render_summary};
use crate::texts::Texts;

/// The overview: health in one line, today's results, what waits.
pub(in crate::desk) fn home(state: &StaffState, follow_ups: &[FollowUpLine], lang: Lang) -> Markup {
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
    let ended = ended(state, texts);
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
            match state.results_left_out {
                0 => none(),
                count => line("p", &[], texts.with("staff-results-more", "count", count)),
            },
            line("h2", &[], &ended.title),
            match ended.remark {
                Some(words) => line("p", &[], words),
                None => fields(&ended.items),
            },
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
