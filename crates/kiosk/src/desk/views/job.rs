//! What a bulk job brought: persons with their tickets, or what became of each registration.

use super::jobs::kind_of;
use super::parts::{cell, list, table};
use super::result::summary;
use crate::Lang;
use crate::desk::markup::{Markup, all, el, line, none, text};
use crate::desk::port::{JobDetail, JobItem};
use crate::staff::render_summary;
use crate::texts::Texts;

/// One page of a job.
pub(in crate::desk) fn job(detail: &JobDetail, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let registrations = detail.items.iter().any(|item| item.registration.is_some());
    let shown = if detail.items.is_empty() {
        line("p", &[], texts.get("desk-job-empty"))
    } else if registrations {
        registered(&detail.items, texts)
    } else {
        all(detail.items.iter().map(|item| person(item, lang)))
    };
    let next = match detail.next {
        Some(next) => {
            let target = format!("/desk/job/{}?from={next}", detail.line.id);
            el(
                "p",
                &[("id", "next")],
                [line("a", &[("href", &target)], texts.get("desk-job-next"))],
            )
        }
        None => none(),
    };
    el(
        "section",
        &[("id", "job")],
        [
            list([
                (texts.get("desk-kind"), kind_of(&detail.line, texts)),
                (texts.get("desk-asked"), detail.line.asked.clone()),
                (texts.get("desk-started"), detail.line.at.clone()),
                (
                    texts.get("desk-persons"),
                    texts.with("desk-job-persons", "count", detail.line.persons),
                ),
            ]),
            shown,
            next,
        ],
    )
}

fn person(item: &JobItem, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let id = format!("item-{}", item.n);
    let change = match item.change {
        "new" => texts.get("desk-item-new"),
        "changed" => texts.get("desk-item-changed"),
        _ => String::new(),
    };
    let whose = item.summaries.first().map_or("", |(name, _)| name.as_str());
    let qualifications = item.summaries.iter().map(|(name, one)| {
        let other = if name == whose {
            none()
        } else {
            line("h3", &[], name)
        };
        let shown = summary(&render_summary(one, lang), none());
        el("div", &[], [other, shown])
    });
    el(
        "section",
        &[("id", &id), ("class", "item")],
        [
            el(
                "h2",
                &[],
                [
                    text(format!("{} {whose} ", item.n + 1)),
                    line("small", &[], change),
                ],
            ),
            el("div", &[("class", "summaries")], qualifications),
        ],
    )
}

fn registered(items: &[JobItem], texts: Texts) -> Markup {
    let rows = items.iter().filter_map(|item| {
        let one = item.registration.as_ref()?;
        let (class, words) = match (one.registered, one.missing) {
            (true, _) => ("good", "desk-registered"),
            (false, true) => ("bad", "desk-registered-unanswered"),
            (false, false) => ("bad", "desk-registered-not"),
        };
        Some(el(
            "tr",
            &[("id", &format!("item-{}", item.n)), ("class", class)],
            [
                cell(&one.reference),
                cell(texts.get(words)),
                cell(&one.said),
            ],
        ))
    });
    table(
        &[
            texts.get("desk-reference-number"),
            texts.get("desk-state"),
            texts.get("desk-detail"),
        ],
        rows.collect(),
    )
}
