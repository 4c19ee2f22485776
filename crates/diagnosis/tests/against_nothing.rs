//! The doctor where nothing works: every layer is named, nothing hangs, and a layer that can't be judged
//! says which one it waits for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::time::{Duration, Instant};

use diagnosis::{
    CentralSettings, ConfigState, DoctorInput, Layer, LedgerSettings, Limits, Report, Settings,
    Status, SystemPaths,
};

/// 2026-11-22 12:00 JST.
const NOW: i64 = 1_795_316_400_000;

fn limits() -> Limits {
    let short = Duration::from_millis(400);
    Limits {
        pcsc: short,
        local: short,
        camera: short,
        network: short,
        ledger: Duration::from_secs(5),
    }
}

fn input(dir: &Path) -> DoctorInput {
    let at = |name: &str| dir.join(name);
    DoctorInput {
        now: NOW,
        config: ConfigState::Loaded { path: at("u.toml") },
        settings: Some(Settings {
            simulated: true,
            reader_filter: String::new(),
            files: vec![("central.ca", at("ca.pem"))],
            headphones_page: None,
            vision_socket: at("vision.sock"),
            face_challenge: "always".into(),
            central: CentralSettings {
                host: "localhost".into(),
                port: 1,
                connect: None,
                ca: at("ca.pem"),
                crls: Vec::new(),
                client_certificate: at("c.pem"),
                client_key: at("k.pem"),
                user_id: "u".into(),
                password_file: at("p"),
                tls12: false,
                institution_code: "1310000001".into(),
                login_path: None,
                nonce_path: None,
            },
            ledger: LedgerSettings {
                path: at("ledger.db"),
                head: at("head"),
                key_file: at("key"),
            },
            receipt_socket: at("receipt.sock"),
            receipt_clients: vec!["rececon".into()],
            folders: vec![at("req")],
            admin_socket: at("admin.sock"),
        }),
        limits: limits(),
        system: SystemPaths {
            pcscd_socket: at("pcscd.comm"),
            usb_devices: at("usb"),
            face_camera: at("camera"),
            time_synchronised: at("sync"),
            credential_store: at("store"),
            browser_policies: at("policies"),
        },
    }
}

fn of(report: &Report, layer: Layer) -> Vec<(Status, Option<&str>)> {
    report
        .checks
        .iter()
        .filter(|check| check.layer == layer)
        .map(|check| (check.status, check.code))
        .collect()
}

#[test]
fn every_layer_is_named_and_nothing_hangs() {
    let dir = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let report = diagnosis::run(&input(dir.path()));
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
    assert!(!report.daemon_running);
    assert_eq!(
        (report.status, report.layer),
        (Status::Failed, Some(Layer::Configuration))
    );

    for (layer, expected) in [
        (Layer::Pcscd, (Status::Failed, Some("UK-DIAG-111"))),
        (Layer::Reader, (Status::Skipped, Some("UK-DIAG-001"))),
        (Layer::Card, (Status::Skipped, Some("UK-DIAG-001"))),
        (Layer::VisionWorker, (Status::Failed, Some("UK-DIAG-141"))),
        (Layer::Camera, (Status::Skipped, Some("UK-DIAG-001"))),
        (Layer::Certificate, (Status::Failed, Some("UK-DIAG-155"))),
        (Layer::NameResolution, (Status::Ok, None)),
        (Layer::Tls, (Status::Failed, Some("UK-DIAG-178"))),
        (Layer::Login, (Status::Skipped, Some("UK-DIAG-001"))),
        (Layer::Clock, (Status::Skipped, Some("UK-DIAG-193"))),
        (Layer::Ledger, (Status::Warning, Some("UK-DIAG-201"))),
        (Layer::Sockets, (Status::Failed, Some("UK-DIAG-211"))),
        (Layer::Folders, (Status::Failed, Some("UK-DIAG-222"))),
    ] {
        assert_eq!(of(&report, layer).first(), Some(&expected), "{layer:?}");
    }
    let order: Vec<Layer> = report.checks.iter().map(|check| check.layer).collect();
    assert!(order.is_sorted(), "{order:?}");
    for layer in Layer::ALL {
        assert!(order.contains(&layer), "{layer:?} is missing");
    }
    for check in report
        .checks
        .iter()
        .filter(|check| check.status != Status::Ok)
    {
        assert!(
            !check.message_ja.is_empty() && !check.message_en.is_empty() && check.code.is_some(),
            "{check:?}"
        );
        assert!(
            check.status == Status::Skipped || !check.advice_ja.is_empty(),
            "{check:?}"
        );
    }
}

#[test]
fn sockets_that_listen_and_never_answer_do_not_hold_the_doctor_up() {
    let dir = tempfile::tempdir().unwrap();
    let listen =
        |name: &str| std::os::unix::net::UnixListener::bind(dir.path().join(name)).unwrap();
    let _silent = [listen("vision.sock"), listen("admin.sock")];
    let start = Instant::now();
    let report = diagnosis::run(&input(dir.path()));
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(
        of(&report, Layer::VisionWorker),
        [
            (Status::Failed, Some("UK-DIAG-143")),
            // What the settings say about head turns is known without the worker.
            (Status::Ok, None)
        ]
    );
    assert_eq!(
        of(&report, Layer::Sockets).first(),
        Some(&(Status::Failed, Some("UK-DIAG-212")))
    );
}

#[test]
fn without_settings_the_reader_is_still_looked_at_and_the_rest_waits() {
    let dir = tempfile::tempdir().unwrap();
    let config = ConfigState::Problem {
        path: "/x".into(),
        code: "UK-CONF-001",
        detail: "no such file".into(),
    };
    let report = diagnosis::run(&DoctorInput {
        config,
        settings: None,
        ..input(dir.path())
    });
    assert_eq!(
        (report.layer, report.simulated),
        (Some(Layer::Configuration), None)
    );
    assert_eq!(
        of(&report, Layer::Configuration),
        [(Status::Failed, Some("UK-CONF-001"))]
    );
    assert_eq!(
        of(&report, Layer::Pcscd),
        [(Status::Failed, Some("UK-DIAG-111"))]
    );
    assert_eq!(
        of(&report, Layer::Ledger),
        [(Status::Skipped, Some("UK-DIAG-001"))]
    );
    assert!(
        report.headline_en.contains("configuration"),
        "{}",
        report.headline_en
    );
}

/// Invariant 12: a ledger that is gone while its head is still there is no new ledger.
#[test]
fn invariant_12_a_vanished_ledger_and_a_wrong_key_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let open = || ledger::OpenOptions {
        path: at("ledger.db"),
        head_path: at("head"),
        key: ledger::LedgerKey([7; 32]).into(),
        simulated: true,
    };
    drop(ledger::Ledger::open(open(), NOW).unwrap());
    let code = || {
        of(&diagnosis::run(&input(dir.path())), Layer::Ledger)
            .first()
            .map(|first| (first.0, first.1.map(str::to_owned)))
    };
    std::fs::write(at("key"), "07".repeat(32)).unwrap();
    assert_eq!(code(), Some((Status::Ok, None)));
    std::fs::write(at("key"), "08".repeat(32)).unwrap();
    assert_eq!(code(), Some((Status::Failed, Some("UK-DIAG-203".into()))));
    std::fs::write(at("key"), "07").unwrap();
    assert_eq!(code(), Some((Status::Failed, Some("UK-DIAG-203".into()))));
    std::fs::remove_file(at("ledger.db")).unwrap();
    assert_eq!(code(), Some((Status::Failed, Some("UK-DIAG-202".into()))));
    assert!(!at("ledger.db").exists(), "the doctor makes no ledger");
}
