//! How a task ends: with an exit status that scripts can rely on, and what failed in words or as a JSON document.

use std::process::ExitCode;

use anyhow::Error;
use serde::Serialize;
use vision::codes::{CAMERA_ABSENT, INFERENCE_FAILED, SOURCE_REFUSED};
use vision::models::ModelError;
use vision::source::{FrameError, SpecError};

/// What came of a task that ended with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was done, and the answer, where there is one, is yes.
    Done,
    /// It was done, and the answer is no.
    No,
    /// What was printed says why it could not be done.
    Failed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => 0,
            Outcome::No => 1,
            Outcome::Failed => 2,
        }
        .into()
    }
}

#[derive(Serialize)]
struct Failure {
    error: Problem,
}

#[derive(Serialize)]
struct Problem {
    /// `UK-FACE-NNN`; `None` for what was asked wrongly (a list, a folder, a name), where only the message helps.
    code: Option<&'static str>,
    message: String,
}

/// The exit status of a task. What failed is told on standard error, or with `json` as a document on standard output.
pub(crate) fn end(json: bool, result: anyhow::Result<Outcome>) -> ExitCode {
    let told = result.or_else(|error| {
        tell(json, &error)?;
        anyhow::Ok(Outcome::Failed)
    });
    // What failed could not even be told: the exit status still does.
    told.unwrap_or(Outcome::Failed).into()
}

fn tell(json: bool, error: &Error) -> anyhow::Result<()> {
    let message = format!("{error:#}");
    if json {
        let code = code(error);
        let error = Problem { code, message };
        return super::say(true, &Failure { error }, String::new);
    }
    std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("uketsuke-vision: {message}\n"),
    )?;
    Ok(())
}

/// The code that an error was given, or that its kind has.
pub(crate) fn code(error: &Error) -> Option<&'static str> {
    let given = error.chain().find_map(|cause| {
        let words = cause.to_string();
        vision::codes::ALL
            .iter()
            .map(|known| known.code)
            .find(|known| *known == words)
    });
    given.or_else(|| {
        error.chain().find_map(|cause| {
            if cause.is::<FrameError>() {
                Some(CAMERA_ABSENT.code)
            } else if cause.is::<SpecError>() {
                Some(SOURCE_REFUSED.code)
            } else if cause.is::<ModelError>() {
                Some(INFERENCE_FAILED.code)
            } else {
                None
            }
        })
    })
}
