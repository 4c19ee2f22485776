//! The desk's first page: the day.

use super::parts::{cell, live, table};
use super::results::{older, results};
use crate::Lang;
use crate::desk::markup::{Markup, all, el, line, none, text};
use crate::desk::port::FollowUpLine;
use crate::staff::{EndedView, StaffState, ended, number};
use crate::texts::Texts;

/// A visit without a result: when, how it ended, why, and what to do.
fn one_ended(one: &EndedView) -> Markup {
    let code = match &one.code {
        Some(code) => all([text(" "), line("code", &[], code)]),
        None => none(),
    };
    let advice = match &one.advice {
        Some(advice) => el(
            "p",
            &[("class", "advice")],
            [
                line("strong", &[], &one.advice_title),
                text(" "),
                text(advice),
            ],
        ),
        None => none(),
    };
    el(
        "li",
        &[],
        [
            el(
                "p",
                &[],
                [
                    text(&one.at),
                    text(" "),
                    line("strong", &[], &one.what),
                    code,
                ],
            ),
            one.why
                .as_ref()
                .map_or_else(none, |why| line("p", &[], why)),
            advice,
        ],
    )
}

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
    let strip = if open == 0 { "" } else { "calls" };
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
                &[("id", "open-follow-ups"), ("class", strip)],
                [line(
                    "a",
                    &[("href", "/desk/follow-ups")],
                    texts.with("desk-open-follow-ups", "count", open),
                )],
            ),
            line("h2", &[], texts.get("staff-results")),
            results(&state.results, follow_ups, texts),
            older(state.results.len(), state.results_left_out, texts),
            line("h2", &[], &ended.title),
            match ended.remark {
                Some(words) => line("p", &[], words),
                None => el(
                    "ul",
                    &[("id", "ended"), ("class", "lines")],
                    ended.items.iter().map(one_ended),
                ),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::{OfficePhone, ResultState, StaffEnded, StaffResult};

    fn call(id: u64, closed: Option<&str>) -> FollowUpLine {
        FollowUpLine {
            id,
            since: "2026-11-22 10:05".into(),
            result: "r-1".into(),
            name: String::new(),
            office: "架空市福祉事務所".into(),
            phone: OfficePhone::default(),
            proposed: None,
            closed: closed.map(str::to_owned),
            by: "受付 花子".into(),
            answer: "受診可".into(),
            notes: Vec::new(),
            unreadable: false,
        }
    }

    fn drawn(state: &StaffState, calls: &[FollowUpLine]) -> String {
        home(state, calls, Lang::Ja).into_string()
    }

    #[test]
    fn calls_to_make_stay_in_sight_and_answers_stand_beside_their_result() {
        let state = StaffState {
            results: vec![StaffResult {
                id: "r-1".into(),
                at: "10:00".into(),
                stored_at: 0,
                visit: 1,
                reader: "r".into(),
                name: String::new(),
                state: ResultState::Waiting,
                medical: false,
                remark: None,
                summaries: Vec::new(),
            }],
            ..StaffState::default()
        };
        let open = drawn(&state, &[call(7, None)]);
        assert!(
            open.contains("/desk/follow-ups#follow-up-7\">福祉事務所の回答を見る・書く</a>"),
            "the way to the open call: {open}"
        );
        assert!(
            open.contains("<p id=\"open-follow-ups\" class=\"calls\">"),
            "{open}"
        );
        assert!(
            open.contains("電話が必要") && open.contains("1 件"),
            "{open}"
        );
        let settled = drawn(&state, &[call(8, Some("2026-11-22 10:52"))]);
        assert!(!settled.contains("class=\"calls\""), "{settled}");
        assert!(
            settled.contains("#follow-up-8\">2026-11-22 10:52 受付 花子: 受診可</a>"),
            "{settled}"
        );
    }

    /// Who has medical information is seen in the list, with the way to it; nobody else is marked.
    #[test]
    fn medical_information_is_marked_in_the_list() {
        let of = |medical| {
            let result = StaffResult {
                id: "r-1".into(),
                at: "10:00".into(),
                stored_at: 0,
                visit: 1,
                reader: "r".into(),
                name: "架空　花子".into(),
                state: ResultState::Waiting,
                medical,
                remark: None,
                summaries: Vec::new(),
            };
            let state = StaffState {
                results: vec![result],
                ..StaffState::default()
            };
            drawn(&state, &[])
        };
        let mark = "href=\"/desk/medical/r-1\">医療情報に同意あり</a>";
        assert!(of(true).contains(mark), "{}", of(true));
        assert!(!of(false).contains("/desk/medical/"), "{}", of(false));
    }

    #[test]
    fn visits_without_a_result_say_why_and_what_to_do() {
        let ended = |outcome: &str, code: Option<&str>| StaffEnded {
            at: "10:12".into(),
            outcome: outcome.into(),
            code: code.map(str::to_owned),
        };
        let codes = ["UK-VISIT-210", "UK-VISIT-211", "UK-VISIT-212"];
        let mut all: Vec<_> = codes.map(|code| ended("refused", Some(code))).into();
        all.push(ended("cancelled", None));
        all.push(ended("begun-anew", None));
        let page = drawn(
            &StaffState {
                ended: all,
                ..StaffState::default()
            },
            &[],
        );
        for code in codes {
            let (why, advice) = crate::staff::alert(code);
            for wanted in [code, &why.ja, &advice.ja] {
                assert!(page.contains(wanted), "{wanted} in {page}");
            }
        }
        assert!(
            page.contains("取りやめ") && page.contains("もう一度カードを置いて"),
            "{page}"
        );
        // Begun again with the card that lies there: nobody is asked to lay it down once more.
        assert_eq!(
            page.matches("受付がまだの方には、もう一度").count(),
            1,
            "{page}"
        );
        assert!(page.contains("やり直し（職員による）"), "{page}");
    }
}
