//! The only place that writes to standard output and standard error.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command's output is its purpose"
)]

use std::io::Write;

use crate::args::{Args, Lang};

/// One line on standard output. A closed pipe (`| head`) is no error.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Something to know that is no result: on standard error.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// A problem that ended the command: on standard error for people, with `--json` as a document on
/// standard output too, so that a program has one place to read.
pub(crate) fn error(args: &Args, problem: &anyhow::Error) {
    let chain = problem
        .chain()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ");
    let code = code(&chain);
    if args.json {
        line(&serde_json::json!({ "error": chain, "code": code }).to_string());
    } else if chain.contains(code) {
        eprintln!("{}: {chain}", args.lang.pick("エラー", "error"));
    } else {
        eprintln!("{} ({code}): {chain}", args.lang.pick("エラー", "error"));
    }
}

/// The stable code of a problem: the first that its chain names, else that of a command that could not be carried out.
fn code(chain: &str) -> &str {
    let named = chain.match_indices("UK-").find_map(|(at, _)| {
        let rest = chain.get(at..)?;
        let end = rest
            .find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '-')
            .unwrap_or(rest.len());
        let (area, number) = rest.get(3..end)?.split_once('-')?;
        let whole = area.len() >= 3 && number.len() == 3 && number.parse::<u16>().is_ok();
        whole.then(|| rest.get(..end)).flatten()
    });
    named.unwrap_or("UK-CTL-001")
}

/// Text made fit for a terminal: control characters of whatever origin become visible.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// A mark that is understood without colour.
pub(crate) fn mark(status: diagnosis::Status, lang: Lang) -> &'static str {
    match status {
        diagnosis::Status::Ok => lang.pick("[正常]", "[  ok  ]"),
        diagnosis::Status::Warning => lang.pick("[注意]", "[ warn ]"),
        diagnosis::Status::Failed => lang.pick("[異常]", "[FAILED]"),
        diagnosis::Status::Skipped => lang.pick("[ -- ]", "[  --  ]"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_problem_has_a_code() {
        for (chain, code) in [
            ("UK-CONF-003 x.toml: no such file", "UK-CONF-003"),
            ("status: UK-DIAG-211: not running", "UK-DIAG-211"),
            ("UK-ish words, UK-12-345, (UK-RCPT-017)", "UK-RCPT-017"),
            ("a file that is not there", "UK-CTL-001"),
            ("UK-", "UK-CTL-001"),
        ] {
            assert_eq!(super::code(chain), code, "{chain}");
        }
    }

    #[test]
    fn terminal_escapes_do_not_pass() {
        assert_eq!(
            super::plain("reader\u{1b}[31m\n"),
            "reader\u{fffd}[31m\u{fffd}"
        );
    }
}
