//! `cargo xtask test`: everything that is tested, with one closing line that counts.

use std::collections::BTreeSet;
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
    let mut passed = BTreeSet::new();
    let tests = rust_tests(&more, &mut count, &mut passed)?;
    if arguments.more.is_empty() {
        held(&passed, &mut count)?;
    }
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

/// Each test that docs/requirements.md names was among those that passed: what the sources look like proves less.
fn held(passed: &BTreeSet<String>, count: &mut Count) -> anyhow::Result<()> {
    let table = std::fs::read_to_string(root().join("docs/requirements.md"))
        .context("docs/requirements.md")?;
    let missing = missing(&table, passed);
    for test in &missing {
        println!("docs/requirements.md names {test}, and no test of that name has passed");
    }
    if missing.is_empty() {
        count.passed += 1;
    } else {
        count.failed += u64::try_from(missing.len())?;
    }
    Ok(())
}

/// The tests of the table (`file::name`) that did not pass, by what the test programs call them.
fn missing(table: &str, passed: &BTreeSet<String>) -> BTreeSet<String> {
    let named = table
        .lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|word| word.contains(".rs::"));
    let has_passed = |test: &&str| {
        let (file, name) = test.split_once("::").unwrap_or((test, ""));
        let module = module_of(file);
        passed.iter().any(|known| {
            let inner = match module.as_str() {
                "" => Some(known.as_str()),
                module => known
                    .strip_prefix(module)
                    .and_then(|rest| rest.strip_prefix("::")),
            };
            // A module within the file may stand between the two.
            inner.is_some_and(|rest| rest == name || rest.ends_with(&format!("::{name}")))
        })
    };
    named
        .filter(|test| !has_passed(test))
        .map(str::to_owned)
        .collect()
}

/// What the test program calls the module of a source file: `staff::tests` of `crates/x/src/staff/tests/mod.rs`; nothing for the root of a
/// crate, which each file and folder right below `tests` is.
fn module_of(file: &str) -> String {
    let file = file.trim_end_matches(".rs").trim_end_matches("/mod");
    let inside = match file.split_once("/src/") {
        Some((_, inside)) => inside,
        None => {
            let inside = file
                .split_once("/tests/")
                .map_or(file, |(_, inside)| inside);
            inside.split_once('/').map_or("", |(_, inside)| inside)
        }
    };
    match inside {
        "lib" | "main" => String::new(),
        inside => inside.replace('/', "::"),
    }
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
fn rust_tests(
    more: &[String],
    count: &mut Count,
    passed: &mut BTreeSet<String>,
) -> anyhow::Result<bool> {
    let mut first = pass(&["--workspace", "--no-fail-fast"], more)?;
    passed.append(&mut first.passed);
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
    let mut second = pass(&["--workspace", "--no-fail-fast", "--tests"], &only)?;
    passed.append(&mut second.passed);
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
    /// Name of each test that passed.
    passed: BTreeSet<String>,
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
        } else if let Some(name) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.strip_suffix(" ... ok"))
        {
            self.passed.insert(name.to_owned());
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
    use super::{Pass, missing, number};

    /// A test that the table of requirements names has to have passed, in its own file: another file's test of that name, one that was left out by
    /// a `cfg`, and one that was ignored are none.
    #[test]
    fn a_named_test_must_have_passed() {
        let mut pass = Pass::default();
        for line in [
            "test flows::by_number ... ok",
            "test staff::tests::counter::a_call ... ok",
            "test window::tests::its_bound ... ok",
            "test face ... ok",
            "test sessions::a_session ... ok",
            "test engine::tests::asleep ... ignored",
            "test elsewhere::left_out ... ok",
        ] {
            pass.line(line);
        }
        assert_eq!(pass.passed.len(), 6);
        let row = |tests: &str| format!("| 1 | C | x | y | {tests} |\n");
        let held = [
            "`crates/a/src/flows.rs::by_number`, `crates/a/src/staff/tests/counter.rs::a_call`",
            "`crates/a/src/window.rs::its_bound`",
            "`tests/tests/visits.rs::face`",
            "`crates/kiosk/tests/desk/sessions.rs::a_session`",
        ];
        let table: String = held.iter().map(|tests| row(tests)).collect();
        assert!(missing(&table, &pass.passed).is_empty());
        for gone in [
            "crates/a/src/counter.rs::left_out",
            "crates/a/src/engine/tests/mod.rs::asleep",
            "crates/kiosk/tests/desk/page.rs::a_session",
            "tests/tests/visits.rs::pin",
        ] {
            let found = missing(
                &row(&format!("`{gone}`, `tests/tests/visits.rs::face`")),
                &pass.passed,
            );
            assert_eq!(found.into_iter().collect::<Vec<_>>(), [gone]);
        }
    }

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
