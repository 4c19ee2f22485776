//! Judgement tables of the other layers: an observation, and the status and code it has to get.

use std::time::Duration;

use super::certificate::{CertificateSeen, KeyState};
use super::folders::FolderSeen;
use super::ledger::LedgerSeen;
use super::login::LoginSeen;
use super::name_resolution::Resolved;
use super::sockets::SocketFile;
use super::tls::{ServerProblem, TlsSeen};
use super::vision_worker::{CameraSeen, Worker, WorkerSeen};
use super::{
    camera, certificate, clock, folders, ledger, login, name_resolution, sockets, tls,
    vision_worker,
};
use crate::admin::{AdminError, BesideStatus, FoldersStatus, LedgerStatus, TerminalStatus};
use crate::pcsc_walk::SocketState;
use crate::report::Finding;

/// 2026-11-22 12:00 JST.
const NOW: i64 = 1_795_316_400_000;
const DAY: i64 = 86_400_000;

fn check(finding: &Finding, expected: &str) {
    let status = serde_json::to_value(finding.status).unwrap();
    let code = finding
        .entry
        .map_or("", |entry| &entry.code["UK-DIAG-".len()..]);
    let got = format!("{} {code}", status.as_str().unwrap());
    assert_eq!(got.trim_end(), expected, "{}", finding.detail);
}

#[test]
fn certificate_days() {
    for (left, expected) in [
        (-1, "failed 157"),
        (0, "warning 159"),
        (2, "warning 159"),
        (13, "warning 159"),
        (59, "warning 159"),
        (60, "ok"),
        (900, "ok"),
    ] {
        let seen = CertificateSeen::Read {
            subject: "CN=t".into(),
            not_before: NOW - 100 * DAY,
            not_after: NOW + left * DAY + 1000,
            key: KeyState::Matches,
        };
        check(&certificate::judge(&seen, NOW), expected);
    }
    for (left, limit) in [(2, 3), (3, 14), (13, 14), (14, 60), (59, 60)] {
        let seen = CertificateSeen::Read {
            subject: "CN=t".into(),
            not_before: 0,
            not_after: NOW + left * DAY + 1000,
            key: KeyState::Matches,
        };
        let detail = certificate::judge(&seen, NOW).detail;
        assert!(
            detail.contains(&format!("{left} days left (fewer than {limit})")),
            "{detail}"
        );
    }
}

#[test]
fn certificate_and_key() {
    let seen = |key| CertificateSeen::Read {
        subject: "CN=t".into(),
        not_before: NOW - DAY,
        not_after: NOW + 400 * DAY,
        key,
    };
    check(
        &certificate::judge(&seen(KeyState::Other), NOW),
        "failed 160",
    );
    check(
        &certificate::judge(&seen(KeyState::Broken), NOW),
        "failed 156",
    );
    check(
        &certificate::judge(&seen(KeyState::Missing), NOW),
        "failed 162",
    );
    check(
        &certificate::judge(&seen(KeyState::Denied), NOW),
        "skipped 003",
    );
    check(
        &certificate::judge(&seen(KeyState::Matches), NOW - 2 * DAY),
        "failed 158",
    );
    check(
        &certificate::judge(&CertificateSeen::Unreadable("x".into()), NOW),
        "failed 155",
    );
    check(
        &certificate::judge(&CertificateSeen::Broken("x".into()), NOW),
        "failed 156",
    );
}

#[test]
fn names() {
    check(
        &name_resolution::judge(&Resolved::Fixed(([127, 0, 0, 1], 443).into()), "h"),
        "ok",
    );
    check(
        &name_resolution::judge(&Resolved::Found(vec![([10, 0, 0, 1], 443).into()]), "h"),
        "ok",
    );
    check(
        &name_resolution::judge(&Resolved::Unknown("x".into()), "h"),
        "failed 161",
    );
    check(
        &name_resolution::judge(&Resolved::TooSlow, "h"),
        "failed 163",
    );
}

#[test]
fn handshakes() {
    let good = |days: i64, own_shown| TlsSeen::Good {
        what: "TLSv1_3".into(),
        server_not_after: Some(NOW + days * DAY),
        date: None,
        own_shown,
    };
    for (seen, expected) in [
        (good(90, true), "ok"),
        (good(6, true), "warning 179"),
        (good(90, false), "skipped 170"),
        (TlsSeen::NoAnchors("x".into()), "failed 178"),
        (TlsSeen::NoConnection("x".into()), "failed 171"),
        (TlsSeen::Server(ServerProblem::Expired), "failed 172"),
        (TlsSeen::Server(ServerProblem::Name), "failed 173"),
        (TlsSeen::Server(ServerProblem::Untrusted), "failed 174"),
        (
            TlsSeen::Server(ServerProblem::Other("x".into())),
            "failed 175",
        ),
        (TlsSeen::OwnRefused("x".into()), "failed 176"),
        (TlsSeen::Protocol("x".into()), "failed 177"),
    ] {
        check(&tls::judge(&seen, NOW), expected);
    }
    // Who may not read the key can't be told that the key is refused.
    check(
        &tls::judge_without_own(&TlsSeen::OwnRefused("x".into()), NOW),
        "skipped 170",
    );
    check(
        &tls::judge_without_own(&TlsSeen::Server(ServerProblem::Name), NOW),
        "failed 173",
    );
}

#[test]
fn logins() {
    for (seen, expected) in [
        (LoginSeen::Ok, "ok"),
        (LoginSeen::NoPassword("x".into()), "failed 182"),
        (LoginSeen::Denied, "skipped 003"),
        (LoginSeen::Refused("x".into()), "failed 181"),
        (LoginSeen::Unreachable("x".into()), "failed 183"),
        (LoginSeen::Other("x".into()), "failed 184"),
    ] {
        check(&login::judge(&seen), expected);
    }
}

#[test]
fn clocks() {
    let off = |seconds: i64| clock::judge(NOW + seconds * 1000, Some(NOW), true);
    for (seconds, expected) in [
        (0, "ok"),
        (29, "ok"),
        (-29, "ok"),
        (30, "warning 192"),
        (-299, "warning 192"),
        (300, "failed 191"),
        (-86_400 * 7, "failed 191"),
        (86_400 * 365, "failed 191"),
    ] {
        check(&off(seconds), expected);
    }
    // A year back is before this release was made: wrong even with nothing to compare.
    check(&clock::judge(NOW - 365 * DAY, None, true), "failed 191");
    check(&clock::judge(0, None, false), "failed 191");
    check(&clock::judge(i64::MAX, None, false), "failed 191");
    check(&clock::judge(NOW, None, false), "skipped 193");
}

/// The service agrees with the machine again, and the daemon still works with the time of before: both times and the minutes are told.
#[test]
fn a_daemon_that_works_ahead_of_the_machine_is_told() {
    assert!(clock::judge_daemon(NOW, 60_000).is_none());
    let ahead = clock::judge_daemon(NOW, 7_200_000).unwrap();
    check(&ahead, "warning 194");
    let told = format!("{ahead:?}");
    assert!(
        told.contains("120 minutes ahead") && told.contains("120分進んでいます"),
        "{told}"
    );
}

/// A site's choice to ask for fewer head turns is a warning in every report.
#[test]
fn a_reduced_challenge_is_a_warning() {
    for (challenge, simulated, expected) in [
        ("always", false, "ok"),
        ("on-doubt", false, "warning 146"),
        ("off", false, "warning 146"),
        ("off", true, "ok"),
    ] {
        check(
            &vision_worker::judge_challenge(challenge, simulated),
            expected,
        );
    }
}

#[test]
fn workers_and_cameras() {
    let worker = |simulated, models| {
        WorkerSeen::Answered(Worker {
            recipe: "r".into(),
            simulated,
            models,
            ..Worker::default()
        })
    };
    let beside = |there, missed| {
        WorkerSeen::Answered(Worker {
            recipe: "r".into(),
            beside: vec![BesideStatus {
                role: "infrared".into(),
                there,
                missed,
            }],
            ..Worker::default()
        })
    };
    let open = || {
        WorkerSeen::Answered(Worker {
            open: vec!["files".into()],
            ..Worker::default()
        })
    };
    for (seen, expected) in [
        (worker(Some(false), Some(3)), "ok"),
        (worker(None, None), "ok"),
        (worker(Some(true), Some(3)), "failed 144"),
        (worker(Some(false), Some(0)), "failed 145"),
        (beside(true, false), "ok"),
        (beside(false, false), "ok"),
        (beside(false, true), "warning 148"),
        (open(), "warning 147"),
        (WorkerSeen::Silent("x".into()), "failed 143"),
        (WorkerSeen::Socket(SocketState::Missing), "failed 141"),
        (WorkerSeen::Socket(SocketState::NobodyListens), "failed 141"),
        (WorkerSeen::Socket(SocketState::Denied), "failed 142"),
    ] {
        check(&vision_worker::judge(&seen, false), expected);
    }
    let picture = |ok, fps| CameraSeen {
        ok,
        detail: "d".into(),
        size: (640, 480),
        fps,
    };
    for (seen, device, asked_daemon, expected) in [
        (Some(picture(true, 30.0)), Some(true), false, "ok"),
        (Some(picture(true, 0.0)), None, false, "ok"),
        (Some(picture(true, 2.0)), Some(true), false, "warning 153"),
        (Some(picture(false, 0.0)), Some(true), false, "failed 152"),
        (Some(picture(false, 0.0)), Some(false), false, "failed 151"),
        (None, Some(false), true, "failed 151"),
        (None, Some(true), true, "skipped 154"),
        (None, None, false, "failed 152"),
    ] {
        check(
            &camera::judge(seen.as_ref(), device, asked_daemon),
            expected,
        );
    }
}

#[test]
fn ledgers_and_disks() {
    use ::ledger::LedgerError;
    let daemon = |ok| {
        LedgerSeen::Daemon(LedgerStatus {
            ok,
            ..LedgerStatus::default()
        })
    };
    for (seen, expected) in [
        (daemon(true), "ok"),
        (daemon(false), "failed 204"),
        (
            LedgerSeen::Verified {
                records: 3,
                findings: vec![],
            },
            "ok",
        ),
        (
            LedgerSeen::Verified {
                records: 3,
                findings: vec!["record 2: Changed".into()],
            },
            "failed 204",
        ),
        (LedgerSeen::Absent { head: true }, "failed 202"),
        (LedgerSeen::Absent { head: false }, "warning 201"),
        (LedgerSeen::Key("x".into()), "failed 203"),
        (LedgerSeen::Denied, "skipped 003"),
        (LedgerSeen::Refused(LedgerError::WrongKey), "failed 203"),
        (
            LedgerSeen::Refused(LedgerError::SimulationMismatch { ledger: true }),
            "failed 206",
        ),
        (LedgerSeen::Refused(LedgerError::DiskFull), "failed 207"),
        (LedgerSeen::Refused(LedgerError::Busy), "failed 205"),
    ] {
        check(&ledger::judge(&seen), expected);
    }
    for (free, expected) in [
        (Some(0), "failed 207"),
        (Some(100 << 20), "warning 208"),
        (Some(1 << 30), "ok"),
        (None, "skipped 003"),
    ] {
        check(&ledger::judge_space(free), expected);
    }
}

#[test]
fn folders_that_nobody_serves_everybody_reads_or_the_group_may_not_use_are_named() {
    let seen = |mode| {
        vec![FolderSeen {
            path: "/srv/req".into(),
            there: Some((mode, "uketsuke-folders".into())),
        }]
    };
    let missing = vec![FolderSeen {
        path: "/srv/req".into(),
        there: None,
    }];
    let problem = FoldersStatus {
        ok: false,
        problem: Some("UK-RCPT-033 req is not the folder".into()),
    };
    for (seen, said, simulated, expected) in [
        (vec![], None, false, "ok"),
        (seen(0o2770), None, false, "ok"),
        (seen(0o2770), Some(&problem), false, "failed 221"),
        (missing, None, false, "failed 222"),
        (seen(0o2775), None, false, "failed 223"),
        (seen(0o2700), None, false, "warning 224"),
        (seen(0o770), None, false, "warning 224"),
        (seen(0o755), None, true, "ok"),
    ] {
        check(&folders::judge(&seen, said, simulated), expected);
    }
}

#[test]
fn daemons_and_sockets() {
    let answer = |simulated| {
        Ok(TerminalStatus {
            simulated,
            ..TerminalStatus::default()
        })
    };
    let connect = |kind: std::io::ErrorKind| {
        Err(AdminError::Connect {
            path: "/x".into(),
            source: kind.into(),
        })
    };
    for (answer, expected) in [
        (answer(true), "ok"),
        (answer(false), "failed 218"),
        (connect(std::io::ErrorKind::PermissionDenied), "skipped 216"),
        (connect(std::io::ErrorKind::NotFound), "failed 211"),
        (Err(AdminError::Timeout), "failed 212"),
        (Err(AdminError::Status(500)), "failed 212"),
    ] {
        check(&sockets::judge_admin(&answer, true), expected);
    }
    let file = |mode, is_socket, listening| SocketFile {
        listening,
        is_socket,
        mode,
        owner: "uketsuke".into(),
        group: "uketsuke-receipt".into(),
    };
    let client = ["rececon".to_owned()];
    check(
        &sockets::judge_receipt(Some(&file(0o660, true, true)), &client),
        "ok",
    );
    check(
        &sockets::judge_receipt(Some(&file(0o666, true, true)), &client),
        "failed 214",
    );
    check(
        &sockets::judge_receipt(Some(&file(0o660, true, false)), &client),
        "failed 213",
    );
    check(
        &sockets::judge_receipt(Some(&file(0o660, false, true)), &client),
        "failed 215",
    );
    check(
        &sockets::judge_receipt(Some(&file(0o660, true, true)), &[]),
        "warning 217",
    );
    check(&sockets::judge_receipt(None, &client), "failed 213");
}

#[test]
fn a_listener_is_found_in_the_kernels_table_without_connecting() {
    let table = "Num       RefCount Protocol Flags    Type St Inode Path\n\
        0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/uketsuke/receipt.sock\n\
        0000000000000000: 00000003 00000000 00000000 0001 03 12346 /run/uketsuke/admin.sock\n\
        0000000000000000: 00000002 00000000 00010000 0001 01 12347\n";
    assert!(sockets::listens(
        table,
        "/run/uketsuke/receipt.sock".as_ref()
    ));
    assert!(
        !sockets::listens(table, "/run/uketsuke/admin.sock".as_ref()),
        "connected, not listening"
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    assert!(sockets::probe(&path).is_some_and(|file| file.listening));
    listener.set_nonblocking(true).unwrap();
    assert_eq!(
        listener.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock,
        "the probe must not connect"
    );
    drop(listener);
    assert!(sockets::probe(&path).is_some_and(|file| !file.listening));
}

#[test]
fn the_date_of_an_answer_is_read() {
    let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\ndate: Sun, 22 Nov 2026 03:00:00 GMT\r\n\r\n";
    assert_eq!(tls::date_of(answer), Some(NOW));
    assert_eq!(
        tls::date_of(b"HTTP/1.1 200 OK\r\nDate: yesterday\r\n\r\n"),
        None
    );
    assert_eq!(tls::date_of(b"\xff\xfe"), None);
}

#[test]
fn a_name_that_no_resolver_knows_is_named() {
    let central = crate::CentralSettings {
        host: "does-not-exist.invalid".into(),
        port: 443,
        connect: None,
        ca: "/x".into(),
        client_certificate: "/x".into(),
        crls: Vec::new(),
        client_key: "/x".into(),
        user_id: "u".into(),
        password_file: "/x".into(),
        tls12: false,
        institution_code: "1310000001".into(),
        login_path: None,
        nonce_path: None,
    };
    let seen = name_resolution::probe(&central, Duration::from_secs(10));
    assert!(
        matches!(seen, Resolved::Unknown(_) | Resolved::TooSlow),
        "{seen:?}"
    );
    assert_eq!(
        name_resolution::probe(
            &crate::CentralSettings {
                host: "192.0.2.7".into(),
                ..central
            },
            Duration::ZERO
        ),
        Resolved::Fixed(([192, 0, 2, 7], 443).into())
    );
}
