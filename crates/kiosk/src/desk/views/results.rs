//! Results of the day as a table, on the overview and on the pages after it.

use super::follow_ups::answered;
use super::parts::{cell, table};
use crate::Lang;
use crate::desk::markup::{Markup, all, el, line, none, text};
use crate::desk::port::{DayResults, FollowUpLine};
use crate::staff::{StaffResult, remark, render_summary};
use crate::texts::Texts;

/// The results with what the offices answered.
pub(super) fn results(shown: &[StaffResult], follow_ups: &[FollowUpLine], texts: Texts) -> Markup {
    let rows = shown.iter().map(|result| {
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
                let view = render_summary(summary, texts.0);
                line(
                    "span",
                    &[("class", &format!("tone {}", view.tone))],
                    format!("{} {}", view.classification, view.validity),
                )
            })
            .collect();
        let special = result.remark.as_ref().map(|code| {
            line(
                "span",
                &[("class", "tone unclear")],
                remark(code, texts).text,
            )
        });
        // A way for who may open it; the second factor is asked for there.
        let medical = result.medical.then(|| {
            let target = format!("/desk/medical/{}", result.id);
            line(
                "a",
                &[("class", "tone medical"), ("href", &target)],
                texts.get("desk-medical-there"),
            )
        });
        let calls = follow_ups.iter().filter(|call| call.result == result.id);
        let answers: Vec<_> = calls.map(|call| answered(call, texts)).collect();
        let id = format!("result-{}", result.id);
        el(
            "tr",
            &[("id", &id)],
            [
                cell(&result.at),
                el("td", &[], [line("a", &[("href", &target)], name)]),
                el(
                    "td",
                    &[],
                    validity
                        .into_iter()
                        .chain(special)
                        .chain(medical)
                        .chain(answers),
                ),
                cell(crate::staff::reader(&result.reader, texts)),
            ],
        )
    });
    table(
        &[
            texts.get("staff-at"),
            texts.get("desk-name"),
            texts.get("desk-validity"),
            texts.get("staff-reader"),
        ],
        rows.collect(),
    )
}

/// How many older ones there are, with the way to them: `from` is the place of the first of them.
pub(super) fn older(from: usize, count: usize, texts: Texts) -> Markup {
    if count == 0 {
        return none();
    }
    let target = format!("/desk/results?from={from}");
    el(
        "p",
        &[("id", "older")],
        [
            text(texts.with("staff-results-more", "count", count)),
            text(" "),
            line("a", &[("href", &target)], texts.get("desk-job-next")),
        ],
    )
}

/// A page of the day's results.
pub(in crate::desk) fn day_results(
    day: &DayResults,
    follow_ups: &[FollowUpLine],
    lang: Lang,
) -> Markup {
    let texts = Texts(lang);
    let next = day.from.saturating_add(day.results.len());
    all([
        if day.results.is_empty() {
            line("p", &[], texts.get("staff-results-none"))
        } else {
            results(&day.results, follow_ups, texts)
        },
        older(next, day.count.saturating_sub(next), texts),
    ])
}
