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
    /// Install no package; the programs are built all the same.
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
    // The same for the checker of the pages; where it is there from before, it serves.
    if !arguments.no_install
        && let Err(error) = crate::gallery::axe_core()
    {
        eprintln!("== axe-core can't be installed, its tests are skipped: {error:#}");
        for test in WITH_AXE {
            if !more.iter().any(|word| word == "--") {
                more.push("--".into());
            }
            more.extend(["--skip".to_owned(), test.to_owned()]);
            count.ignored += 1;
        }
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

/// The tests that need axe-core.
const WITH_AXE: [&str; 2] = [
    "axe_finds_nothing_on_the_screens_of_both_pages",
    "axe_finds_nothing_on_a_small_upright_screen_with_every_choice",
];

/// Runs the Rust tests. The few that failed get a second attempt alone, because most of them wait for something (pcscd, a browser, the daemon, the
/// simulated service), and a machine that does something else at that moment can make any of them late; the closing lines name each such test.
fn rust_tests(more: &[String], count: &mut Count) -> anyhow::Result<bool> {
    let first = pass(&["--workspace", "--no-fail-fast"], more)?;
    count.passed += first.count.passed;
    count.failed += first.count.failed;
    count.ignored += first.count.ignored;
    if first.ok {
        return Ok(true);
    }
    if first.failures.is_empty() || first.failures.len() > AGAIN_AT_MOST {
        // It did not compile, or was killed: no test said so, and the closing line must not look well.
        println!("cargo test failed; {} tests did", first.count.failed);
        count.failed = count.failed.max(1);
        return Ok(false);
    }
    println!("\n== what failed, once more and alone");
    let mut only = vec![
        "--".to_owned(),
        "--exact".to_owned(),
        "--test-threads=1".to_owned(),
    ];
    only.extend(first.failures.iter().map(|(name, _)| name.clone()));
    let second = pass(&["--workspace", "--no-fail-fast", "--tests"], &only)?;
    // The names tell how many failed: a test that shows what a child's tests printed has their closing line in its words.
    // Two programs may have a test of the same name: then both ran.
    let failed = u64::try_from(first.failures.len())?;
    count.failed = failed;
    let settled = second.ok && second.count.passed >= failed;
    for (name, said) in &first.failures {
        println!("\nfailed at the first attempt: {name}\n{}", said.join("\n"));
    }
    if settled {
        println!("\n{failed} passed at the second attempt, alone; they are named above");
        count.passed += failed;
        count.failed = 0;
    }
    Ok(settled)
}

/// More failures than this are no accident of a busy machine.
const AGAIN_AT_MOST: usize = 5;

/// Lines kept of what a failed test said.
const SAID_AT_MOST: usize = 40;

/// One run of `cargo test`.
#[derive(Default)]
struct Pass {
    ok: bool,
    count: Count,
    /// Name of each failed test, and how its output begins.
    failures: Vec<(String, Vec<String>)>,
    listening: bool,
}

impl Pass {
    /// Takes in one line of the output.
    fn line(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.count.passed += number(result, " passed");
            self.count.failed += number(result, " failed");
            self.count.ignored += number(result, " ignored");
            self.listening = false;
        } else if let Some(name) = line
            .strip_prefix("---- ")
            .and_then(|rest| rest.strip_suffix(" stdout ----"))
        {
            self.failures.push((name.to_owned(), Vec::new()));
            self.listening = true;
        } else if line == "failures:" {
            self.listening = false;
        } else if self.listening
            && let Some((_, said)) = self.failures.last_mut()
            && said.len() < SAID_AT_MOST
        {
            said.push(line.to_owned());
        }
    }
}

fn pass(what: &[&str], more: &[String]) -> anyhow::Result<Pass> {
    let mut child = cargo()
        .arg("test")
        .args(what)
        .args(more)
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo test")?;
    let output = child.stdout.take().context("cargo test's output")?;
    let mut pass = Pass::default();
    for line in BufReader::new(output).lines() {
        let line = line?;
        println!("{line}");
        pass.line(&line);
    }
    pass.ok = child.wait()?.success();
    Ok(pass)
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
    use super::{Pass, number};

    #[test]
    fn keeps_the_name_and_the_words_of_what_failed() {
        let mut pass = Pass::default();
        for line in [
            "test one ... ok",
            "test two ... FAILED",
            "failures:",
            "",
            "---- two stdout ----",
            "thread 'two' panicked at tests/x.rs:1:1:",
            "the page says nothing",
            "failures:",
            "    two",
            "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            pass.line(line);
        }
        assert_eq!((pass.count.passed, pass.count.failed), (1, 1));
        let (name, said) = &pass.failures[0];
        assert_eq!(name, "two");
        assert_eq!(
            said.last().map(String::as_str),
            Some("the page says nothing")
        );
        assert_eq!(pass.failures.len(), 1);
    }

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
