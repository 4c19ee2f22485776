//! Invariant 9: what was answered survives SIGKILL at any moment; nothing is doubled and the audit chain stays whole.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

mod common;

use common::{NOW, Place, options, result};
use ledger::{ClaimOutcome, Ledger, ResultFilter, ResultState};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const CHILD: &str = "UKETSUKE_LEDGER_KILL_TEST";
const NAME: &str = "inv9_what_was_answered_survives_sigkill";

/// Works on the ledger for ever and says each thing after it was answered.
fn child(dir: &Path) {
    let mut ledger = Ledger::open(options(dir, 7, false), NOW).unwrap();
    let mut out = std::io::stdout();
    let from = ledger
        .results(ResultFilter {
            limit: 1000,
            ..ResultFilter::default()
        })
        .unwrap()
        .len() as u64;
    for visit in from.. {
        let id = ledger
            .store_result(
                NOW,
                &result(visit, "qualification", &format!("{{\"v\":{visit}}}")),
            )
            .unwrap()
            .id;
        writeln!(out, "\nstored {id}").unwrap();
        assert_eq!(ledger.claim(&id, "a", NOW, 1).unwrap(), ClaimOutcome::Owned);
        writeln!(out, "\nclaimed {id}").unwrap();
        ledger.acknowledge(&id, "a", NOW).unwrap();
        writeln!(out, "\nacknowledged {id}").unwrap();
    }
}

#[test]
fn inv9_what_was_answered_survives_sigkill() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return child(Path::new(&dir));
    }
    let place = Place::new();
    let mut told = BTreeSet::new();
    for round in 0..12 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", NAME, "--nocapture", "--test-threads=1"])
            .env(CHILD, place.0.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map(|line| line.unwrap());
        let mut answers = lines.filter(|line| {
            ["stored ", "claimed ", "acknowledged "]
                .iter()
                .any(|word| line.starts_with(word))
        });
        for _ in 0..=round {
            told.insert(answers.next().unwrap());
        }
        child.kill().unwrap();
        // What the pipe still holds had been answered too.
        told.extend(answers);
        child.wait().unwrap();

        let mut ledger = place.open();
        let report = ledger.verify().unwrap();
        assert!(report.intact(), "round {round}: {report:?}");
        for line in &told {
            let (what, id) = line.split_once(' ').unwrap();
            let stored = ledger
                .result(id)
                .unwrap()
                .unwrap_or_else(|| panic!("{id} was lost"));
            assert_eq!(stored.body_json, format!("{{\"v\":{}}}", stored.visit));
            let reached = match what {
                "stored" => true,
                "claimed" => stored.state != ResultState::Waiting,
                _ => stored.state == ResultState::Acknowledged,
            };
            assert!(
                reached && (what == "stored" || stored.owner.as_deref() == Some("a")),
                "{line}: {stored:?}"
            );
        }
        let ids: Vec<_> = ledger
            .events_after(0, 1000)
            .unwrap()
            .into_iter()
            .map(|e| (e.kind, e.result_id))
            .collect();
        let distinct: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), distinct.len(), "an event was told twice");
    }
    assert!(told.len() > 12);
}
