//! Judgement table of the PC/SC layers over recorded walks (fixtures/pcsc/*.json).

use super::{card, pcscd, reader};
use crate::pcsc_walk::Walk;
use crate::report::{Finding, Status};

/// Walk, settings, and what each of the three layers has to say of it: status and code, or `-` when the
/// layer below is broken.
const TABLE: &[(&str, &str, Option<bool>, [&str; 3])] = &[
    ("no-pcscd", "", Some(true), ["failed UK-DIAG-111", "-", "-"]),
    (
        "nobody-listens",
        "",
        Some(true),
        ["failed UK-DIAG-112", "-", "-"],
    ),
    (
        "socket-denied",
        "",
        Some(false),
        ["failed UK-DIAG-113", "-", "-"],
    ),
    (
        "polkit-refuses",
        "",
        Some(false),
        ["failed UK-DIAG-114", "-", "-"],
    ),
    (
        "pcscd-hangs",
        "",
        Some(false),
        ["failed UK-DIAG-115", "-", "-"],
    ),
    (
        "pcscd-no-memory",
        "",
        Some(false),
        ["failed UK-DIAG-116", "-", "-"],
    ),
    (
        "no-reader",
        "",
        Some(false),
        ["ok", "failed UK-DIAG-121", "-"],
    ),
    (
        "no-reader-error",
        "",
        Some(false),
        ["ok", "failed UK-DIAG-121", "-"],
    ),
    (
        "reader-without-driver",
        "",
        Some(false),
        ["ok", "failed UK-DIAG-122", "-"],
    ),
    (
        "vpcd-empty",
        "PaSoRi",
        Some(true),
        ["ok", "failed UK-DIAG-123", "-"],
    ),
    (
        "vpcd-empty",
        "",
        Some(false),
        ["ok", "failed UK-DIAG-124", "-"],
    ),
    (
        "vpcd-empty",
        "",
        Some(true),
        ["ok", "ok", "skipped UK-DIAG-131"],
    ),
    ("vpcd-empty", "", None, ["ok", "ok", "skipped UK-DIAG-131"]),
    ("vpcd-card", "", Some(true), ["ok", "ok", "ok"]),
    (
        "vpcd-card",
        "00 01",
        Some(true),
        ["ok", "ok", "skipped UK-DIAG-131"],
    ),
    ("pasori-card", "", Some(false), ["ok", "ok", "ok"]),
    (
        "pasori-and-vpcd",
        "",
        Some(false),
        ["ok", "warning UK-DIAG-124", "ok"],
    ),
    (
        "pasori-mute",
        "",
        Some(false),
        ["ok", "ok", "failed UK-DIAG-132"],
    ),
    (
        "pasori-in-use",
        "",
        Some(false),
        ["ok", "ok", "skipped UK-DIAG-133"],
    ),
    (
        "pasori-garbled-atr",
        "",
        Some(false),
        ["ok", "ok", "failed UK-DIAG-134"],
    ),
];

fn walk(name: &str) -> Walk {
    let path = format!("{}/fixtures/pcsc/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap())
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn word(finding: &Finding) -> String {
    let status = serde_json::to_value(finding.status).unwrap();
    let code = finding.entry.map_or("", |entry| entry.code);
    format!("{} {code}", status.as_str().unwrap())
        .trim_end()
        .to_owned()
}

#[test]
fn every_recorded_walk_is_named_rightly() {
    for (name, filter, simulated, expected) in TABLE {
        let walk = walk(name);
        let service = pcscd::judge(&walk);
        let mut got = [word(&service), "-".into(), "-".into()];
        if service.status == Status::Ok {
            let readers = reader::judge(&walk, filter, *simulated);
            got[1] = word(&readers);
            if readers.status != Status::Failed {
                got[2] = word(&card::judge(&reader::wanted(&walk, filter)));
            }
        }
        assert_eq!(
            got.each_ref().map(String::as_str),
            *expected,
            "{name}, filter {filter:?}, simulated {simulated:?}"
        );
    }
}

#[test]
fn every_fixture_is_in_the_table() {
    let folder = format!("{}/fixtures/pcsc", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry
            .unwrap()
            .path()
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        assert!(
            TABLE.iter().any(|row| row.0 == name),
            "{name} is judged by nobody"
        );
    }
}

#[test]
fn a_raw_pcsc_code_never_stands_alone() {
    let finding = pcscd::judge(&walk("polkit-refuses"));
    assert!(finding.detail.contains("0x8010006A"), "{}", finding.detail);
    assert!(
        finding
            .entry
            .is_some_and(|entry| entry.advice_en.contains("polkit rule"))
    );
}
