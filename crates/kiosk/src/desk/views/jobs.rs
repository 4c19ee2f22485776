//! Bulk fetches and how far they are.

use super::parts::{cell, live, table};
use crate::Lang;
use crate::desk::markup::{Markup, all, el, line, none, text};
use crate::desk::port::{JobLine, JobState};
use crate::texts::Texts;

/// What a job is about, in words.
pub(super) fn kind_of(job: &JobLine, texts: Texts) -> String {
    texts.get(match job.kind.as_str() {
        "visiting" => "desk-care-visiting",
        "online" => "desk-care-online",
        "references" => "desk-references",
        _ => "desk-tickets",
    })
}

fn state_of(job: &JobLine, texts: Texts) -> (&'static str, String) {
    match job.state {
        JobState::Working => ("working", texts.get("desk-job-working")),
        JobState::Done => ("done", texts.get("desk-job-done")),
        JobState::Failed => ("failed", texts.get("desk-job-failed")),
    }
}

/// The state, and of a job that failed our code and the service's own code and words for the help desk.
fn why(state: &str, job: &JobLine) -> String {
    let (code, words) = job
        .service
        .as_ref()
        .map_or(("", ""), |(code, words)| (code, words));
    let said = [state, &job.code, code, words];
    let said: Vec<_> = said.into_iter().filter(|text| !text.is_empty()).collect();
    said.join(" ")
}

/// How many registrations were refused, and of the first of them which line it was and what the service said; no name stands here.
fn refused(job: &JobLine, texts: Texts) -> Markup {
    if job.refused == 0 {
        return none();
    }
    let first = job.refused_first.iter().map(|(place, said)| {
        let said = match said.as_str() {
            "" => texts.get("desk-registered-unanswered"),
            said => said.to_owned(),
        };
        let words = match place {
            Some(place) => {
                let place = place.to_string();
                texts.with_all(
                    "desk-job-refused-line",
                    &[("line", &place), ("said", &said)],
                )
            }
            None => said,
        };
        line("div", &[], words)
    });
    let more = job.refused.saturating_sub(job.refused_first.len());
    let more = if more > 0 {
        line(
            "div",
            &[],
            texts.with("desk-job-refused-more", "count", more),
        )
    } else {
        none()
    };
    el(
        "div",
        &[("class", "bad")],
        [
            line(
                "strong",
                &[],
                texts.with("desk-job-refused", "count", job.refused),
            ),
            all(first),
            more,
        ],
    )
}

/// The bulk fetches with their progress.
pub(in crate::desk) fn jobs(jobs: &[JobLine], lang: Lang) -> Markup {
    let texts = Texts(lang);
    let rows = jobs.iter().map(|job| {
        let id = format!("job-{}", job.id);
        let (word, state) = state_of(job, texts);
        let kind = kind_of(job, texts);
        // Half an answer is none: only what is whole is opened.
        let kind = if job.state == JobState::Done {
            let target = format!("/desk/job/{}", job.id);
            el("td", &[], [line("a", &[("href", &target)], kind)])
        } else {
            cell(kind)
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
                kind,
                cell(&job.asked),
                el("td", &[], [text(why(&state, job)), refused(job, texts)]),
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
                        texts.get("desk-started"),
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
