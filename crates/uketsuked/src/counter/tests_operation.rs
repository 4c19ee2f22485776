//! The operation test's lines: what is asked, what is not sent in earnest, what is told to nobody.

use std::collections::BTreeSet;

use hw_sim::central::Opening;
use oqs::assumed::PasscodeRequest;
use serde_json::{Value, json};

use super::tests::{Bench, CLINIC, bench};

async fn sheet(bench: &Bench) -> Value {
    bench.ask(json!({"do": "operation-test"})).await.unwrap()
}

fn line<'a>(test: &'a Value, step: &str) -> &'a Value {
    let lines = test["sheet"].as_array().unwrap();
    let found = lines.iter().find(|line| line["step"] == step);
    found.unwrap_or_else(|| panic!("{step}: {test}"))
}

/// Every call that the terminal has is asked once, and nobody is found, stored or reported.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_capability_has_its_line() {
    let bench = bench().await;
    let test = sheet(&bench).await;
    assert_eq!(test["ok"], true, "{test}");
    let asked: BTreeSet<String> = bench
        .sim
        .requests()
        .into_iter()
        .filter(|request| request.status == 200)
        .filter_map(|request| request.path.rsplit('/').next().map(str::to_owned))
        .collect();
    for name in [
        "auth",
        "search",
        "003",
        "005",
        "007",
        "009",
        "011",
        "013",
        "015",
        "017",
        "019",
        "021",
        "023",
        "025",
        "027",
        "037",
        "039",
        "041",
        "043",
        "047",
        "049",
        "checkups",
        "insurance-use",
        "openings",
        "special",
        "special-information",
        "usage-report",
    ] {
        assert!(asked.contains(name), "{name}: {asked:?}");
    }
    let stored = bench.counter.ledger(|ledger| ledger.newest_results(10));
    assert!(stored.await.unwrap().is_empty(), "nothing of it is kept");
    // No code, number or time stands there by itself: words say what it is, in both languages.
    for (step, ja, en) in [
        (
            "operation-card-confirmation",
            "サービスの時刻: ",
            "the service's time: ",
        ),
        (
            "operation-qualification",
            "資格有効性の区分: ",
            "validity code: ",
        ),
        (
            "operation-tickets-begun",
            "受付番号: ",
            "reception number: ",
        ),
        (
            "operation-reference-number",
            "サービスの応答: SIM-",
            "the service said: SIM-",
        ),
        (
            "operation-reference-numbers",
            "サービスの応答: SIM-",
            "the service said: SIM-",
        ),
        (
            "operation-insurance-use",
            "サービスの応答: SIM-",
            "the service said: SIM-",
        ),
        (
            "operation-disaster",
            "サービスの応答: SIM-",
            "the service said: SIM-",
        ),
    ] {
        let told = &line(&test, step)["told"];
        let begins = |lang: &str, label: &str| {
            told[lang]
                .as_str()
                .is_some_and(|one| one.starts_with(label))
        };
        assert!(begins("ja", ja) && begins("en", en), "{step}: {told}");
    }
    let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
    for line in test["sheet"].as_array().unwrap() {
        let detail = line["detail"].as_str().unwrap_or_default();
        let says = detail.is_empty() || letters(detail) > 5;
        assert!(says && !detail.starts_with("SIM-"), "{line}");
    }
}

/// A report of use that the service in production would take for a real one is not sent there, and that is neither well nor failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_usage_report_goes_to_a_test_environment_only() {
    let mut bench = bench().await;
    bench.counter.test_service = false;
    let earnest = sheet(&bench).await;
    let report = line(&earnest, "operation-usage-report");
    assert_eq!(
        (&report["state"], &report["ok"], &report["error"]),
        (&json!("not-run"), &Value::Null, &Value::Null),
    );
    let why = report["detail"].as_str().unwrap();
    assert!(why.contains("本番") && why.contains("real report"), "{why}");
    assert_eq!(earnest["ok"], true, "what was not run has not failed");
    assert!(bench.sim.usage_reports().is_empty(), "nothing was sent");

    bench.counter.test_service = true;
    let test = sheet(&bench).await;
    assert_eq!(line(&test, "operation-usage-report")["state"], "ok");
    let reports = bench.sim.usage_reports();
    assert_eq!(reports.len(), 1);
    assert!(
        reports[0].contains(" outage ") && reports[0].ends_with(" 0"),
        "{reports:?}"
    );
}

/// The passcode is asked for, its end is told, itself it is not; it is not taken over either. Disaster information is refused before the
/// opening and about nobody after it; what the settings switch off is not run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_8_the_passcode_is_asked_for_and_told_to_nobody() {
    let bench = bench().await;
    let request = PasscodeRequest::new(CLINIC, "x");
    let answer = bench.counter.central.passcode(&request).await.unwrap();
    let (code, _) = answer.passcode().unwrap();
    assert!(bench.sim.set_setting(CLINIC, "OnlineCareUse", "0"));
    let closed = sheet(&bench).await;
    let passcode = line(&closed, "operation-passcode");
    assert_eq!(passcode["state"], "ok");
    let until = &passcode["told"];
    for (lang, label) in [("ja", "期限: "), ("en", "until ")] {
        let told = until[lang].as_str().unwrap();
        assert!(
            told.starts_with(label) && told.ends_with("23:59"),
            "{passcode}"
        );
    }
    assert!(!closed.to_string().contains(code), "{closed}");
    let said = |test: &Value| {
        let line = line(test, "operation-disaster-information");
        assert_eq!(line["state"], "ok");
        line["detail"].as_str().unwrap().to_owned()
    };
    assert!(said(&closed).contains("SIM-D02"), "{closed}");
    for step in ["operation-consents-online", "operation-reinquiry-online"] {
        assert_eq!(line(&closed, step)["state"], "not-run", "{step}");
    }
    assert_eq!(line(&closed, "operation-consents-visiting")["state"], "ok");
    bench.sim.open_special(Opening {
        mode: "disaster".into(),
        region: String::new(),
        until: bench.counter.clock.wall_ms() + 600_000,
    });
    assert!(said(&sheet(&bench).await).contains("SIM-D05"));
}

/// A passcode that has ended already is not taken over, and the operation test says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_8_a_passcode_that_has_ended_is_none() {
    let bench = bench().await;
    let ask = json!({"do": "passcode"});
    assert_eq!(bench.ask(ask.clone()).await.unwrap()["taken_over"], true);
    let days = 3 * 24 * 3_600_000;
    bench
        .counter
        .clock
        .service_said(bench.counter.clock.wall_ms() + days);
    assert_eq!(bench.ask(ask).await, Err("UK-VISIT-504".into()));
    let test = sheet(&bench).await;
    assert_eq!(line(&test, "operation-passcode")["state"], "failed");
    assert_eq!(test["ok"], false);
}

/// Invariant 1: in production no attempt at an emergency or disaster search stands in the clinic's name that nobody opened, and who ran the
/// test stands in the audit chain before anything is asked. The settings are read once more right before they are written back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_the_operation_test_tries_nothing_in_production_that_is_not_open() {
    let mut bench = bench().await;
    bench.counter.test_service = false;
    const STEPS: [&str; 4] = [
        "operation-emergency",
        "operation-disaster",
        "operation-outage",
        "operation-disaster-information",
    ];
    let earnest = sheet(&bench).await;
    for step in STEPS {
        let line = line(&earnest, step);
        assert_eq!(line["state"], "not-run", "{line}");
    }
    assert_eq!(earnest["ok"], true);
    let paths = |bench: &Bench| -> Vec<String> {
        let asked = bench.sim.requests().into_iter();
        asked
            .filter_map(|one| one.path.rsplit('/').next().map(str::to_owned))
            .collect()
    };
    let asked = paths(&bench);
    for path in ["047", "special", "special-information"] {
        assert!(!asked.iter().any(|one| one == path), "{path}: {asked:?}");
    }
    let written = asked.iter().position(|one| one == "043").unwrap();
    assert_eq!(asked[written - 1], "041", "{asked:?}");
    let begun = bench.counter.ledger(|ledger| ledger.audit_records(0, 500));
    let begun = begun.await.unwrap();
    let begun = begun
        .iter()
        .find(|one| one.action == "counter-begun")
        .unwrap();
    assert_eq!(
        (begun.actor.as_str(), &begun.detail["request"]),
        ("staff:test", &json!("operation-test"))
    );

    assert!(
        bench
            .sim
            .set_setting(CLINIC, "EmergencyViewingAuthority", "1")
    );
    for mode in ["disaster", "outage"] {
        bench.sim.open_special(Opening {
            mode: mode.into(),
            region: String::new(),
            until: bench.counter.clock.wall_ms() + 600_000,
        });
    }
    let opened = sheet(&bench).await;
    for step in STEPS {
        assert_eq!(line(&opened, step)["state"], "ok", "{step}");
    }
}
