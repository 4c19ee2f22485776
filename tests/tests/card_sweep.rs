//! The short form of `cargo xtask sweep card`, and a sample of it through the real pcscd.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use e2e::PrivatePcscd;
use e2e::card::sweep::{Options, PERSON, PERSONS, run};
use e2e::card::visit::{Kind, play};
use e2e::card::{Laid, Table, cards};
use hw_sim::card::vpcd::VirtualReader;
use hw_sim::card::{Engine, Fault};

fn prepared() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("card-sweep");
        cards(&folder, &PERSONS).unwrap();
        folder
    })
}

/// Invariants 2, 3, 15 and 16, at the first command of each name.
#[test]
fn every_fault_ends_in_a_finished_visit_or_a_typed_error() {
    let options = Options {
        short: true,
        threads: 8,
    };
    let report = run(prepared(), options, |_, _| {}).unwrap();
    assert!(report.runs > 300, "{}", report.runs);
    assert!(report.finished > 0 && report.typed_errors > 0);
    assert!(report.faults.iter().any(|fault| fault == "limit-374"));
    assert!(report.list.is_empty(), "{:#?}", report.list);
    assert_eq!((report.failures, report.tries_lost), (0, 0));
}

/// Set for the child that plays visits through the pcscd it names.
const SOCKET: &str = "PCSCLITE_CSOCK_NAME";

/// The same through pcscd and its virtual reader. pcscd's client library takes its socket from the environment
/// at its first use, so a child of this test's own program plays the visits.
#[test]
fn a_sample_through_the_real_pcscd() {
    let folder = tempfile::tempdir().unwrap();
    let pcscd = PrivatePcscd::start(folder.path(), true).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_through_pcscd", "--nocapture"])
        .env(SOCKET, pcscd.socket())
        .env("VPCD_PORT", pcscd.vpcd_port.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.contains("1 passed"), "{said}");
}

/// The child's part; without a pcscd of its own there is nothing to play.
#[test]
fn child_through_pcscd() {
    let Ok(port) = std::env::var("VPCD_PORT") else {
        return;
    };
    let port = port.parse().unwrap();
    let mut reader = VirtualReader::connect(port);
    let mut table = Table::through_pcscd(prepared(), Duration::from_secs(8)).unwrap();
    // A clean visit, then faults at the beginning, at the VERIFY and within the reading.
    let mut spent = 0;
    for (kind, fault, finishes) in [
        (Kind::Face, None, true),
        (Kind::Pin, None, true),
        (
            Kind::Pin,
            Some(Fault::Removed.on("verify jpki/auth-pin")),
            false,
        ),
        (
            Kind::WrongPin,
            Some(Fault::RemovedAfter.on("verify jpki/auth-pin")),
            false,
        ),
        (
            Kind::Pin,
            Some(Fault::Garbage.on_nth("read jpki/auth-certificate", 2)),
            false,
        ),
        (
            Kind::Face,
            Some(Fault::Truncate(1).on("sign surface")),
            false,
        ),
        (
            Kind::Face,
            Some(Fault::Empty.on_nth("read surface/card-face", 3)),
            false,
        ),
        (Kind::Face, Some(Fault::Status(0x6F00).at_power_on()), true),
    ] {
        let card = Laid::new(prepared(), &[PERSON]).unwrap();
        let folder = card.folder().join(PERSON);
        let mut engine = Engine::load(&folder).unwrap();
        let what = format!("{kind:?} {fault:?}");
        if let Some(fault) = fault.clone() {
            engine.set_fault(fault);
        }
        reader.insert(engine).unwrap();
        table.arrived().unwrap();
        let outcome = play(&mut table, kind, PERSON).unwrap();
        assert_eq!(outcome.finished, finishes, "{what}: {}", outcome.ended);
        let counters = hw_sim::card::read_card_file(&folder).unwrap().counters;
        let lost = 3 - counters.get(hw_sim::card::CredentialName::AuthPin);
        assert!(
            lost <= u8::from(kind == Kind::WrongPin),
            "{what}: {lost} tries"
        );
        spent += lost;
        if let Some(engine) = reader.remove() {
            let verifies = engine.transcript().iter().filter(|e| e.is_verify()).count();
            assert!(verifies <= usize::from(outcome.entries), "{what}");
        }
        table.departed().unwrap();
    }
    assert!(spent <= 1);
    table.end();
}
