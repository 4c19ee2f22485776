//! The technician's check against the real parts: for everything that can be broken at a clinic, the doctor
//! names that layer first, says what to do in both languages, and blames no layer that is well.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use std::process::Command;
use std::time::{Duration, Instant};

use e2e::{Bench, BenchOptions, PrivatePcscd};
use serde_json::Value;

/// A technician does not wait longer, whatever is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// What one run of the doctor printed.
struct Doctor {
    exit: i32,
    report: Value,
    /// What people read, Japanese and English.
    words: [String; 2],
}

/// Runs the doctor as a technician would; `adjust` changes the command.
async fn doctor(bench: &Bench, adjust: impl Fn(&mut Command)) -> Doctor {
    let run = |arguments: &[&str]| {
        let mut command = bench.command("uketsukectl");
        command.arg("--config").arg(bench.settings());
        command.arg("doctor").args(arguments);
        adjust(&mut command);
        tokio::task::spawn_blocking(move || {
            let start = Instant::now();
            let output = command.output().unwrap();
            assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
            (
                output.status.code().expect("the doctor was killed"),
                String::from_utf8(output.stdout).unwrap(),
            )
        })
    };
    let (exit, json) = run(&["--json"]).await.unwrap();
    let report = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let (_, ja) = run(&["--lang", "ja"]).await.unwrap();
    let (_, en) = run(&["--lang", "en"]).await.unwrap();
    Doctor {
        exit,
        report,
        words: [ja, en],
    }
}

impl Doctor {
    /// All checks of a layer as `name status code`.
    fn layer(&self, layer: &str) -> Vec<String> {
        self.checks()
            .filter(|check| check["layer"] == layer)
            .map(|check| {
                let word = |key: &str| check[key].as_str().unwrap_or("-").to_owned();
                format!("{} {} {}", word("name"), word("status"), word("code"))
            })
            .collect()
    }

    fn checks(&self) -> impl Iterator<Item = &Value> {
        self.report["checks"].as_array().unwrap().iter()
    }

    /// Layers that failed, in order, each once.
    fn failed(&self) -> Vec<&str> {
        let mut failed: Vec<&str> = self
            .checks()
            .filter(|check| check["status"] == "failed")
            .map(|check| check["layer"].as_str().unwrap())
            .collect();
        failed.dedup();
        failed
    }

    /// The headline names this layer with this code, `detail` stands with it, and what to do follows the
    /// headline at the end of what people read, in both languages.
    fn names(&self, layer: &str, code: &str, detail: &str) {
        let report = &self.report;
        assert_eq!(self.exit, 1, "{report:#}");
        assert_eq!(report["status"], "failed", "{report:#}");
        assert_eq!(report["layer"], layer, "{report:#}");
        let check = self
            .checks()
            .find(|check| check["layer"] == layer && check["status"] == "failed")
            .unwrap();
        assert_eq!(check["code"], code, "{check:#}");
        assert!(
            check["detail"].as_str().unwrap().contains(detail),
            "{check:#}"
        );
        for (words, language) in self.words.iter().zip(["ja", "en"]) {
            let of = |key: &str| check[format!("{key}_{language}")].as_str().unwrap();
            let headline = report[format!("headline_{language}")].as_str().unwrap();
            println!("{layer}: {headline}");
            assert!(headline.contains(of("message")), "{headline}");
            assert!(words.contains(code), "{words}");
            let last: Vec<&str> = words.lines().rev().take(2).collect();
            assert_eq!(last[1], headline, "{words}");
            assert!(
                !of("advice").is_empty() && last[0].ends_with(of("advice")),
                "{words}"
            );
        }
    }
}

async fn bench() -> Bench {
    Bench::start(BenchOptions::default()).await.unwrap()
}

async fn end(bench: Bench) {
    assert!(bench.stop().await, "the daemon did not end when asked to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_everything_up_no_layer_is_blamed() {
    let bench = bench().await;
    // The daemon looks at its camera a moment after it has reached the worker.
    let start = Instant::now();
    let mut seen = doctor(&bench, |_| {}).await;
    while seen.layer("camera") != ["camera ok -"] && start.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(200)).await;
        seen = doctor(&bench, |_| {}).await;
    }
    let report = &seen.report;
    println!("up: {}", report["headline_ja"]);
    println!("up: {}", report["headline_en"]);
    assert_eq!(seen.exit, 0, "{report:#}");
    assert_eq!(seen.failed(), [""; 0], "{report:#}");
    assert_eq!(
        (
            &report["status"],
            &report["layer"],
            &report["daemon_running"]
        ),
        (&"ok".into(), &Value::Null, &true.into())
    );
    // Judged, not skipped: a doctor that looks at nothing finds nothing.
    for (layer, expected) in [
        (
            "configuration",
            &["settings-file ok -", "named-files ok -"][..],
        ),
        ("pcscd", &["pcsc-walk ok -"]),
        ("reader", &["readers ok -"]),
        ("card", &["card skipped UK-DIAG-131"]),
        ("vision-worker", &["worker ok -", "head-turns ok -"]),
        ("camera", &["camera ok -"]),
        (
            "certificate",
            &["client-certificate ok -", "revocation-lists ok -"],
        ),
        ("name-resolution", &["resolve ok -"]),
        ("tls", &["handshake ok -"]),
        ("login", &["login ok -"]),
        ("clock", &["clock ok -"]),
        ("ledger", &["audit-chain ok -", "free-space ok -"]),
        ("sockets", &["daemon ok -", "receipt-socket ok -"]),
        ("folders", &["folders ok -"]),
    ] {
        assert_eq!(seen.layer(layer), expected, "{report:#}");
    }
    for (words, headline) in seen.words.iter().zip(["headline_ja", "headline_en"]) {
        let headline = report[headline].as_str().unwrap();
        assert_eq!(words.lines().last(), Some(headline), "{words}");
    }
    end(bench).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_pcscd_is_named() {
    let mut bench = bench().await;
    bench.private_pcscd().unwrap().stop();
    let seen = doctor(&bench, |_| {}).await;
    seen.names("pcscd", "UK-DIAG-111", "/pcscd/pcscd.comm: no socket");
    assert_eq!(seen.failed(), ["pcscd"], "{:#}", seen.report);
    assert_eq!(seen.layer("reader"), ["readers skipped UK-DIAG-001"]);
    end(bench).await;
}

/// pcscd that runs and answers nobody: the doctor and `card` say so in time, the patient is told, and all goes on with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hung_pcscd_is_named_shown_and_survived() {
    let mut bench = bench().await;
    let mut patient = bench.patient().await.unwrap();
    patient.wait_for(&["waiting"]).await.unwrap();
    bench.private_pcscd().unwrap().hang(true).unwrap();
    let seen = doctor(&bench, |_| {}).await;
    seen.names("pcscd", "UK-DIAG-115", "");
    assert_eq!(seen.failed(), ["pcscd"], "{:#}", seen.report);
    let mut card = bench.command("uketsukectl");
    card.arg("--config").arg(bench.settings());
    card.args(["card", "--json"]);
    let start = Instant::now();
    let card = tokio::task::spawn_blocking(move || card.output().unwrap());
    let card = card.await.unwrap();
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    let told = String::from_utf8(card.stdout).unwrap();
    assert!(
        !card.status.success() && told.contains("UK-CARD-316"),
        "{told}"
    );
    // The page that nobody read meanwhile was let go.
    let mut patient = bench.patient().await.unwrap();
    patient.wait_for(&["out-of-service"]).await.unwrap();
    bench.private_pcscd().unwrap().hang(false).unwrap();
    patient.wait_for(&["waiting"]).await.unwrap();
    bench.clinic.lay("hoken").await.unwrap();
    patient.wait_for(&["method"]).await.unwrap();
    end(bench).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pcscd_without_a_reader_is_told_from_a_stopped_one() {
    let bench = bench().await;
    let folder = bench.path("empty-pcscd");
    std::fs::create_dir(&folder).unwrap();
    let mut empty = PrivatePcscd::start(&folder, false).unwrap();
    let socket = empty.socket();
    let seen = doctor(&bench, |command| {
        command.env("PCSCLITE_CSOCK_NAME", &socket);
    })
    .await;
    empty.stop();
    seen.names("reader", "UK-DIAG-121", "pcscd: none; USB: none");
    assert_eq!(seen.failed(), ["reader"], "{:#}", seen.report);
    assert_eq!(seen.layer("pcscd"), ["pcsc-walk ok -"]);
    end(bench).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_central_service_that_is_down_is_named() {
    let bench = bench().await;
    let address = bench.clinic.addresses().central_address;
    bench.clinic.central_down().await.unwrap();
    let seen = doctor(&bench, |_| {}).await;
    seen.names("tls", "UK-DIAG-171", &address.to_string());
    assert_eq!(seen.failed(), ["tls"], "{:#}", seen.report);
    assert_eq!(seen.layer("login"), ["login skipped UK-DIAG-001"]);

    bench.clinic.central_up().await.unwrap();
    let seen = doctor(&bench, |_| {}).await;
    assert_eq!((seen.exit, seen.failed()), (0, vec![]), "{:#}", seen.report);
    end(bench).await;
}

/// The daemon is stopped: the doctor asks worker and ledger itself, and the missing daemon, which is the last
/// layer, does not cover the certificate.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_client_certificate_is_named_without_a_daemon() {
    let mut bench = bench().await;
    assert!(bench.daemon().stop(Duration::from_secs(10)));
    let settings = std::fs::read_to_string(bench.settings()).unwrap();
    let expired = settings.replace("/terminal/client.", "/terminal/expired-client.");
    assert_ne!(settings, expired);
    std::fs::write(bench.settings(), expired).unwrap();
    let seen = doctor(&bench, |_| {}).await;
    seen.names("certificate", "UK-DIAG-157", "expired");
    assert_eq!(
        seen.failed(),
        ["certificate", "sockets"],
        "{:#}",
        seen.report
    );
    assert_eq!(seen.report["daemon_running"], false);
    // The service did refuse it, which is the certificate's doing and no failure of TLS.
    assert_eq!(seen.layer("tls"), ["handshake skipped UK-DIAG-001"]);
    assert_eq!(seen.layer("login"), ["login skipped UK-DIAG-001"]);
    assert_eq!(
        seen.layer("vision-worker"),
        ["worker ok -", "head-turns ok -"]
    );
    assert_eq!(seen.layer("camera"), ["camera ok -"]);
    assert_eq!(
        seen.layer("ledger"),
        ["audit-chain ok -", "free-space ok -"]
    );
    assert_eq!(
        seen.layer("sockets").first().map(String::as_str),
        Some("daemon failed UK-DIAG-211")
    );
    end(bench).await;
}
