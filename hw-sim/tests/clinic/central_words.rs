//! `hw-sim central …` word by word, as a technician types them: each is given on the command line to a running clinic, and what
//! it does is met by a terminal over real mutual TLS.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hw_sim::central::jst;
use serde_json::{Value, json};

use crate::support::{CLINIC, Terminal, portraits, prepared, results};

const PREFIX: &str = "/assumed/if/";

/// A running clinic; killed when a test fails half-way.
struct Clinic {
    child: Child,
    control: String,
    port: u16,
    /// Holds the camera's socket.
    _folder: tempfile::TempDir,
}

impl Drop for Clinic {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Clinic {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hw-sim"))
            .args(["run", "--json", "--control", "0", "--vpcd-port", "1"])
            .arg("--dir")
            .arg(prepared())
            .arg("--portraits")
            .arg(portraits())
            .arg("--camera")
            .arg(folder.path().join("camera.sock"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let control = ready["control"].as_str().unwrap().trim_end_matches('/');
        Self {
            control: control.rsplit(':').next().unwrap().to_owned(),
            port: ready["central_port"].as_u64().unwrap().try_into().unwrap(),
            _folder: folder,
            child,
        }
    }

    /// `hw-sim central WORDS`, which must do it.
    fn does(&self, words: &str) -> Value {
        let (done, told) = self.told(words);
        assert!(done, "{words}: {told}");
        told
    }

    /// What it says to people, whatever comes of it.
    fn words(&self, words: &str) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_hw-sim"))
            .arg("central")
            .args(words.split(' '))
            .args(["--control", &self.control])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(!output.status.success(), "{words}");
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&text).into_owned()
    }

    fn told(&self, words: &str) -> (bool, Value) {
        let output = Command::new(env!("CARGO_BIN_EXE_hw-sim"))
            .arg("central")
            .args(words.split(' '))
            .args(["--control", &self.control, "--json"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.success(), told)
    }

    async fn terminal(&self) -> Terminal {
        Terminal::log_in_at(self.port).await
    }
}

/// A call beside the visits.
async fn call(terminal: &Terminal, name: &str, body: Value) -> Value {
    let path = format!("{PREFIX}{name}");
    let message = json!({"XmlMsg": {
        "MessageHeader": {"MedicalInstitutionCode": CLINIC},
        "MessageBody": body,
    }});
    terminal.ok(&path, message).await["XmlMsg"]["MessageBody"].clone()
}

/// Slow, cut, lost, 5xx, senseless, oversized, doubled, another certificate, no service, dead tokens, a wrong clock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_by_command_is_met_by_a_terminal() {
    let clinic = Clinic::start();
    let terminal = clinic.terminal().await;
    const NONCE: &str = hw_sim::central::PATH_NONCE;
    let empty = json!({});
    let ask = || terminal.ask(NONCE, &empty);
    assert_eq!(ask().await.unwrap().0, 200);

    clinic.does("slow 700");
    let begun = Instant::now();
    assert_eq!(ask().await.unwrap().0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(700), "slow");
    for cut in ["cut", "lose-answer", "malformed", "oversized 70000"] {
        let told = clinic.does(cut);
        assert_ne!(told["central"]["fault"], "none", "{cut}: {told}");
        match (cut, ask().await) {
            // JSON, but a mountain of it and no answer.
            ("oversized 70000", Ok((200, body))) => {
                assert!(body.to_string().len() >= 60_000 && body["nonce"].is_null());
            }
            (_, answer) => assert!(answer.is_err(), "{cut}: {answer:?}"),
        }
    }
    clinic.does("status 503");
    let (status, _) = ask().await.unwrap_or((503, Value::Null));
    assert_eq!(status, 503);

    clinic.does("up");
    let first = ask().await.unwrap().1;
    clinic.does("duplicate");
    assert_eq!(
        ask().await.unwrap().1["nonce"],
        first["nonce"],
        "the answer before"
    );
    clinic.does("up");
    assert_ne!(ask().await.unwrap().1["nonce"], first["nonce"]);

    for which in ["expired", "other-host", "untrusted"] {
        clinic.does(&format!("certificate {which}"));
        assert!(ask().await.is_err(), "{which}");
    }
    clinic.does("certificate revoked");
    assert_eq!(ask().await.unwrap().0, 200, "nobody looks at a list here");
    clinic.does("certificate good");
    assert_eq!(ask().await.unwrap().0, 200);

    clinic.does("down");
    assert!(ask().await.is_err(), "nobody listens");
    clinic.does("up");
    assert_eq!(ask().await.unwrap().0, 200);

    clinic.does("hang");
    let hanging = tokio::time::timeout(Duration::from_millis(800), ask()).await;
    assert!(hanging.is_err(), "nothing is answered");
    clinic.does("up");

    clinic.does("forget-tokens");
    assert_eq!(ask().await.unwrap().0, 401, "the token is dead");
    clinic.does("token-life 0");
    let short = clinic.terminal().await;
    assert_eq!(short.ask(NONCE, &empty).await.unwrap().0, 401);
    clinic.does("up");

    let terminal = clinic.terminal().await;
    clinic.does("skew -86400");
    let told = terminal.ok(NONCE, json!({})).await;
    let told = told["serverTime"].as_str().unwrap().to_owned();
    let now = jst::stamp(now_ms());
    assert!(told[..8] < now[..8], "{told} is a day before {now}");
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// Revoked and ended certificates, a late ticket, a registration elsewhere, a consent, an opening by region, the office's log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_at_the_service_without_the_terminal_by_command() {
    let clinic = Clinic::start();
    let terminal = clinic.terminal().await;
    let confirm = async |person: &str| terminal.confirm(person, &terminal.nonce().await).await;

    clinic.does("revoke hoken");
    assert_eq!(confirm("hoken").await["result"], "certificate-revoked");
    clinic.does("revoke hoken --undo");
    assert_eq!(confirm("hoken").await["result"], "confirmed");
    // Ended yesterday: the qualification alone. Ended long ago: nothing.
    clinic.does("expire hoken");
    let grace = confirm("hoken").await;
    assert_eq!(
        (&grace["result"], &grace["qualificationOnly"]),
        (&json!("confirmed"), &json!(true))
    );
    let answer = terminal
        .search(grace["confirmationId"].as_str().unwrap(), "1111")
        .await;
    let found = results(&answer)[0];
    assert_eq!(
        found["PharmacistsInfoConsFlg"], "0",
        "no consent is held: {found}"
    );
    assert_eq!(answer["MessageBody"]["ProcessingResultCode"], "SIM-Q11");
    clinic.does("expire hoken --days 200");
    assert_eq!(confirm("hoken").await["result"], "certificate-expired");
    clinic.does("expire hoken --undo");
    assert!(confirm("hoken").await["qualificationOnly"].is_null());
    // The one whose own certificate ended a month ago.
    assert_eq!(confirm("yuyo").await["qualificationOnly"], true);
    assert_eq!(confirm("kigen").await["result"], "certificate-expired");

    assert_eq!(confirm("mitouroku").await["result"], "not-registered");
    clinic.does("register mitouroku");
    assert_eq!(confirm("mitouroku").await["result"], "confirmed");

    let of_mitaku = async || {
        let id = terminal.confirmed("mitaku").await;
        let answer = terminal.search(&id, "0000").await;
        answer["MessageBody"]["QualificationValidity"].clone()
    };
    assert_eq!(of_mitaku().await, "6");
    clinic.does("ticket mitaku");
    assert_eq!(of_mitaku().await, "1");

    let hoken = hw_sim::persons::Register::default_register().unwrap();
    let insurance = hoken.person("hoken").unwrap().insurance.clone().unwrap();
    let reinquiry = async || {
        let body = json!({"QualificationConfirmSearchInfo": {
            "InsurerNumber": insurance.insurer_number,
            "InsuredIdentificationNumber": insurance.number,
        }});
        call(&terminal, "025", body).await
    };
    assert_eq!(
        reinquiry().await["ProcessingResultCode"],
        "SIM-V01",
        "no consent yet"
    );
    clinic.does("consent hoken visiting YZK,TKK");
    assert_eq!(reinquiry().await["QualificationValidity"], "1");
    assert!(!clinic.told("consent hoken visiting XXX").0, "no such kind");

    let openings = async || call(&terminal, "openings", json!({})).await.to_string();
    assert!(!openings().await.contains("DisasterModeAvailableTime"));
    clinic.does("open disaster --region 47");
    assert!(
        !openings().await.contains("DisasterModeAvailableTime"),
        "another region"
    );
    clinic.does("open disaster --region 13");
    assert!(openings().await.contains("DisasterModeAvailableTime"));
    clinic.does("open disaster --region 13 --minutes 0");
    assert!(
        !openings().await.contains("DisasterModeAvailableTime"),
        "closed again"
    );

    // Closed without a region, it is closed wherever it was opened; a region that is none is refused.
    clinic.does("open disaster --region 13");
    clinic.does("open disaster --minutes 0");
    assert!(!openings().await.contains("DisasterModeAvailableTime"));
    for strange in ["99x", "99", "00", "1", "013"] {
        let (done, told) = clinic.told(&format!("open disaster --region {strange}"));
        assert!(!done, "{strange}: {told}");
    }
    assert!(!openings().await.contains("DisasterModeAvailableTime"));
    // A part of a day is no day, and a ticket needs a recipient.
    for strange in ["2026", "202611", "2026112", "20261131"] {
        assert!(
            !clinic.told(&format!("log 12000001 {strange}")).0,
            "{strange}"
        );
    }
    let output = clinic.words("ticket hoken");
    assert!(output.contains("no medical assistance"), "{output}");

    let log = |day: &str| {
        let told = clinic.does(&format!("log 12000001 {day}"));
        told["confirmations"].as_array().unwrap().len()
    };
    let id = terminal.confirmed("seiho").await;
    let _ = terminal.search(&id, "0000").await;
    assert_eq!(
        log(&jst::day(now_ms())),
        0,
        "a day that is not over is not given"
    );
    assert_eq!(log(&jst::day(now_ms() - 86_400_000)), 0);
    // The service's day moves: the log of today is given, and a consent for online care has run out.
    let today = jst::day(now_ms());
    clinic.does("consent hoken online YZK");
    let online = async |terminal: &Terminal| {
        let body = json!({"QualificationConfirmSearchInfo": {
            "InsurerNumber": insurance.insurer_number,
            "InsuredIdentificationNumber": insurance.number,
        }});
        call(terminal, "027", body).await
    };
    assert_eq!(online(&terminal).await["QualificationValidity"], "1");
    let told = clinic.does("day");
    assert!(
        told["central"]["time"].as_str().unwrap()[..8] > today[..],
        "{told}"
    );
    assert_eq!(log(&today), 1, "the day is over");
    clinic.does("day 2 --hours 1");
    let later = clinic.terminal().await;
    assert_eq!(online(&later).await["ProcessingResultCode"], "SIM-V01");
    clinic.does("day -3 --hours -1");
    assert_eq!(log(&today), 0);

    assert!(
        !openings()
            .await
            .contains(r#""EmergencyViewingAuthority":"1""#)
    );
    let told = clinic.does("authority give");
    assert_eq!(told["central"]["emergency_authority"], true);
    assert!(
        openings()
            .await
            .contains(r#""EmergencyViewingAuthority":"1""#)
    );
    clinic.does("authority take");
    assert!(
        !openings()
            .await
            .contains(r#""EmergencyViewingAuthority":"1""#)
    );
    let (done, _) = clinic.told("revoke nobody");
    assert!(!done, "an unknown person is refused");
}
