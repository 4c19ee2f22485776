//! `cargo xtask test`: everything that is tested, with one closing line that counts.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use clap::Args;

use crate::apt::{self, For};
use crate::{cargo, root};

/// What `test` can be told.
#[derive(Args)]
pub(crate) struct TestArguments {
    /// Install nothing.
    #[arg(long)]
    no_install: bool,
    /// Handed to `cargo test`.
    #[arg(last = true)]
    more: Vec<String>,
}

#[derive(Default)]
struct Count {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// Runs all tests; says whether all passed.
pub(crate) fn run(arguments: &TestArguments) -> anyhow::Result<bool> {
    if !arguments.no_install {
        apt::install(For::Test)?;
    }
    let mut count = Count::default();
    let mut more = arguments.more.clone();
    // It comes from outside Debian: without a way there, its one test is left out and counted as skipped.
    if !arguments.no_install
        && let Err(error) = crate::receipt::install_schemathesis()
    {
        eprintln!("== schemathesis can't be installed, its test is skipped: {error:#}");
        if !more.iter().any(|word| word == "--") {
            more.push("--".into());
        }
        more.extend(["--skip".to_owned(), OVER_THE_DOCUMENT.to_owned()]);
        count.ignored += 1;
    }
    crate::build()?;
    let tests = rust_tests(&more, &mut count)?;
    let units = check(
        "systemd units, udev rules and polkit rule",
        Command::new("bash").arg("systemd/check.sh"),
        &mut count,
    )?;
    println!();
    println!(
        "tests: {} passed, {} failed, {} skipped",
        count.passed, count.failed, count.ignored
    );
    Ok(tests && units && count.failed == 0)
}

/// The test that needs schemathesis.
const OVER_THE_DOCUMENT: &str =
    "inv15_the_terminal_keeps_to_its_openapi_document_and_every_operation_answers";

fn rust_tests(more: &[String], count: &mut Count) -> anyhow::Result<bool> {
    let mut child = cargo()
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(more)
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo test")?;
    let output = child.stdout.take().context("cargo test's output")?;
    for line in BufReader::new(output).lines() {
        let line = line?;
        println!("{line}");
        if let Some(result) = line.strip_prefix("test result: ") {
            count.passed += number(result, " passed");
            count.failed += number(result, " failed");
            count.ignored += number(result, " ignored");
        }
    }
    let status = child.wait()?;
    if !status.success() && count.failed == 0 {
        // It did not compile, or was killed: no test said so, and the closing line must not look well.
        println!("cargo test: {status}");
        count.failed += 1;
    }
    Ok(status.success())
}

/// The number before a word in cargo's closing line.
fn number(line: &str, word: &str) -> u64 {
    line.split(';')
        .find_map(|part| {
            part.trim()
                .strip_suffix(word)?
                .rsplit(' ')
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0)
}

/// A check that is not a Rust test counts as one.
fn check(what: &str, command: &mut Command, count: &mut Count) -> anyhow::Result<bool> {
    println!("\n== {what}");
    let ok = command
        .current_dir(root())
        .status()
        .with_context(|| what.to_owned())?
        .success();
    if ok {
        count.passed += 1;
    } else {
        count.failed += 1;
    }
    println!("{what}: {}", if ok { "ok" } else { "FAILED" });
    Ok(ok)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn reads_the_closing_line_of_a_test_binary() {
        let line =
            "ok. 24 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        assert_eq!(
            (
                number(line, " passed"),
                number(line, " failed"),
                number(line, " ignored")
            ),
            (24, 1, 2)
        );
    }
}
