//! Bulk fetches and how far they are.

use super::parts::{cell, live, table};
use crate::Lang;
use crate::desk::markup::{Markup, el, line};
use crate::desk::port::{JobLine, JobState};
use crate::texts::Texts;

/// The bulk fetches with their progress.
pub(in crate::desk) fn jobs(jobs: &[JobLine], lang: Lang) -> Markup {
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
