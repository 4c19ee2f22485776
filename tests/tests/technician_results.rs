//! What a technician does with `uketsukectl` about results: taking one away from an owner that is dead, on record (invariant 9), and asking
//! at the counter.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::io::Write as _;
use std::process::{Output, Stdio};

use e2e::{Bench, BenchOptions, get, request, serve};
use serde_json::Value;

fn ctl(bench: &Bench, arguments: &[&str], input: &str) -> Output {
    let mut child = bench
        .command("uketsukectl")
        .arg("--config")
        .arg(bench.settings())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_staff_releases_a_result_from_a_dead_owner_and_the_audit_chain_says_so() {
    let bench = Bench::start(BenchOptions {
        without_vision: true,
        all_rights: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let mut page = bench.patient().await.unwrap();
    let id = serve(&bench, &mut page, "hoken").await.unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let release = |reason: &str| {
        let arguments = [
            "results", "release", &id, "--staff", "鈴木", "--reason", reason, "--json",
        ];
        ctl(&bench, &arguments, "")
    };
    let early = release("早すぎる");
    assert_eq!(early.status.code(), Some(1));
    assert_eq!(
        json(&early)["error"]["code"],
        "UK-LEDG-011",
        "nobody owns it yet"
    );

    let socket = bench.path("receipt.sock");
    let claim = || async {
        let path = format!("/v1/results/{id}/claim");
        request(&socket, "POST", &path, &[], b"")
            .await
            .unwrap()
            .status
    };
    assert_eq!(claim().await, 200);
    let list = json(&ctl(&bench, &["results", "list", "--json"], ""));
    assert_eq!(list["results"][0]["owner"], "receipt-computer");
    assert!(
        !list.to_string().contains("保険"),
        "nothing about the person"
    );

    let released = release("レセコンが故障");
    assert!(released.status.success(), "{released:?}");
    assert_eq!(json(&released)["owner"], Value::Null);
    assert_eq!(claim().await, 200, "it can be claimed again");
    let audit = get(&socket, "/v1/audit?limit=500")
        .await
        .unwrap()
        .json()
        .unwrap();
    let record = audit["records"]
        .as_array()
        .unwrap()
        .iter()
        .find(|record| record["action"] == "result-released-by-staff")
        .expect("the act of staff stands in the chain");
    assert_eq!(record["actor"], "staff:鈴木");
    assert_eq!(record["detail"]["from"], "receipt-computer");
    assert_eq!(record["detail"]["reason"], "レセコンが故障");

    // What is about a person comes from standard input.
    let numbers = r#"{"insurer_number":"12000009","number":"2020002"}"#;
    let found = ctl(&bench, &["counter", "lookup", "-", "--json"], numbers);
    assert!(found.status.success(), "{found:?}");
    assert_eq!(json(&found)["summaries"][0]["unentrusted"], true);
    let follow_ups = json(&ctl(&bench, &["counter", "follow-ups", "--json"], ""));
    assert_eq!(follow_ups["follow_ups"][0]["closed"], Value::Null);
    let settings = json(&ctl(
        &bench,
        &[
            "counter",
            "settings",
            "--medical-assistance",
            "off",
            "--json",
        ],
        "",
    ));
    assert_eq!(settings["medical_assistance"], false);
    // With it off nobody can be found, and that is what is told; a slip in a field's name is named, no value is repeated.
    let off = ctl(&bench, &["counter", "lookup", "-", "--json"], numbers);
    assert_eq!(json(&off)["error"]["code"], "UK-VISIT-506", "{off:?}");
    // A receipt computer that asks for the same reads why it failed: the code and its sentences in both languages, over its own socket.
    let asked = r#"{"XmlMsg":{"MessageBody":{"QualificationConfirmSearchInfo":{"InsurerNumber":"12000009","InsuredIdentificationNumber":"2020002"}}}}"#;
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "off-1"),
    ];
    let path = "/v1/inquiries?wait=8";
    let failed = request(&socket, "POST", path, &headers, asked.as_bytes()).await;
    let failed = failed.unwrap().json().unwrap();
    assert_eq!(
        (&failed["state"], &failed["code"]),
        (&"failed".into(), &"UK-VISIT-506".into()),
        "{failed}"
    );
    let (ja, en) = (
        failed["ja"].as_str().unwrap(),
        failed["en"].as_str().unwrap(),
    );
    assert!(
        ja.contains("医療扶助") && en.contains("edical assistance"),
        "{failed}"
    );
    let slip = r#"{"insurer_number":"06123456","number":"3456789","birthdate":"19750303"}"#;
    let slip = ctl(&bench, &["counter", "lookup", "-", "--json"], slip);
    assert_eq!(json(&slip)["error"]["code"], "UK-VISIT-501");
    assert_eq!(json(&slip)["error"]["field"], "birthdate");
    assert!(!String::from_utf8_lossy(&slip.stdout).contains("3456789"));
    let on = [
        "counter",
        "settings",
        "--medical-assistance",
        "on",
        "--json",
    ];
    assert_eq!(json(&ctl(&bench, &on, ""))["medical_assistance"], true);
    let note = [
        "counter",
        "note-outage",
        "-",
        "--staff",
        "鈴木",
        "--oral-consent",
        "--json",
    ];
    let marked = "\u{FEFF}{\"name\":\"未託　花子\",\"birth_date\":\"１９７５０３０３\",\"sex\":\"2\",\"address\":\"清瀬市\"}";
    assert_eq!(json(&ctl(&bench, &note, marked))["noted"], 1);
    let closed = ctl(&bench, &["counter", "openings"], "");
    assert!(closed.status.success());
    let disaster = [
        "counter",
        "disaster",
        "-",
        "--staff",
        "a",
        "--reason",
        "b",
        "--oral-consent",
        "--lang",
        "en",
    ];
    let person = r#"{"name":"未託　花子","birth_date":"19750303","sex":"2","address":"清瀬市"}"#;
    let refused = ctl(&bench, &disaster, person);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("UK-VISIT-503") && said.contains("Not open"),
        "{said}"
    );
    assert!(bench.stop().await, "the daemon did not end when asked to");
}

/// Point 57: a terminal is set up from afar, without its screens, through the technician's command alone: looked at, staff registered, the
/// institution's settings made, the operation test run to its end; its sheet names what is wrong until it is right.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_is_set_up_from_afar_to_the_end_of_the_operation_test() {
    let bench = Bench::start(BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let status = json(&ctl(&bench, &["status", "--json"], ""));
    assert_eq!(status["ledger"]["ok"], true, "{status}");
    let added = json(&ctl(&bench, &["staff", "add", "受付 花子", "--json"], ""));
    assert!(added["password"].as_str().unwrap().len() >= 10, "{added}");
    let listed = ctl(&bench, &["staff", "list", "--json"], "");
    assert!(
        json(&listed).to_string().contains("受付 花子"),
        "{listed:?}"
    );
    let switch = |to: &str| {
        let arguments = ["counter", "settings", "--medical-assistance", to, "--json"];
        json(&ctl(&bench, &arguments, ""))["medical_assistance"].clone()
    };
    assert_eq!(switch("off"), false);
    let test = || ctl(&bench, &["counter", "operation-test", "--json"], "");
    let failed = test();
    assert_eq!(failed.status.code(), Some(1), "medical assistance is off");
    let settings = |sheet: &Value| {
        let lines = sheet["sheet"].as_array().unwrap().iter();
        let mut line = lines.filter(|line| line["step"] == "operation-settings");
        line.next().unwrap().clone()
    };
    let line = settings(&json(&failed));
    assert_eq!(
        (&line["state"], &line["error"]["code"]),
        (&"failed".into(), &"UK-VISIT-506".into()),
        "{line}"
    );
    assert_eq!(switch("on"), true);
    let passed = test();
    assert!(passed.status.success(), "{passed:?}");
    let sheet = json(&passed);
    assert_eq!(settings(&sheet)["state"], "ok");
    assert!(sheet["sheet"].as_array().unwrap().len() >= 20);
    assert!(bench.stop().await, "the daemon did not end when asked to");
}
