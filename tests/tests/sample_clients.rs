//! The sample clients of `clients/` in Python, shell and Java at the real daemon with its ledger: each takes what a visit left, also when the
//! daemon was killed before, leaves what belongs to another client, and, where it follows the events, goes on when the terminal comes back.
//! Needs `python3`, `curl`, `jq` and a JDK 17.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use e2e::{Bench, BenchOptions, Programs, repository, request, serve};
use serde_json::{Value, json};

/// A user that only this test is.
const OTHER: u32 = 61_999;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sample {
    Python,
    Shell,
    Java,
}

impl Sample {
    fn command(self, socket: &Path, out: &Path, once: bool) -> Command {
        let clients = repository().join("clients");
        let mut command;
        match self {
            Self::Python => {
                command = Command::new("python3");
                command.arg("-B").arg(clients.join("python/receive.py"));
                command.arg("--socket").arg(socket).arg("--out").arg(out);
            }
            Self::Shell => {
                assert!(once, "the shell client follows nothing");
                command = Command::new("sh");
                command.arg(clients.join("shell/receive.sh"));
                command.arg(socket).arg(out);
                return command;
            }
            Self::Java => {
                command = Command::new("java");
                command.arg("-XX:TieredStopAtLevel=1");
                command.arg(clients.join("java/Receive.java"));
                command.arg(socket).arg(out);
            }
        }
        if once {
            command.arg("--once");
        }
        command
    }

    fn once(self, socket: &Path, out: &Path) {
        let output = self.command(socket, out, true).output().unwrap();
        assert!(
            output.status.success(),
            "{self:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// The results in a folder, by file name, without what a client notes for itself.
fn files(out: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(out).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

fn file_of(id: &str) -> String {
    format!("SIMULATION_{id}.json")
}

async fn bring_back(bench: &mut Bench) {
    bench.kill_daemon().unwrap();
    bench.restart_daemon().await.unwrap();
}

async fn state(bench: &Bench, id: &str) -> Value {
    let socket = bench.path("receipt.sock");
    let list = request(&socket, "GET", "/v1/results?limit=200", &[], &[]).await;
    let list = list.unwrap().json().unwrap();
    let results = list["results"].as_array().unwrap();
    let found = results.iter().find(|result| result["id"] == id);
    found.cloned().unwrap_or_default()
}

/// Another client of the terminal claims a result: another user, so another process; only root can become one.
fn claimed_by_another(bench: &Bench, id: &str) {
    let folder = bench.path("");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o710);
    std::fs::set_permissions(folder, mode).unwrap();
    let racer = Programs::beside_us().unwrap().path("receipt-racer");
    let mut racer = Command::new(racer)
        .args(["--uid", &OTHER.to_string(), "claim"])
        .arg(bench.path("receipt.sock"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = racer.stdin.take().unwrap();
    input.write_all(format!("{id}\n\ngo\n").as_bytes()).unwrap();
    let output = racer.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("\n200 ") && said.contains(" other-computer"),
        "{said}"
    );
}

/// A lookup by number, whose result is the client's own as soon as it is there.
async fn inquire(bench: &Bench, key: &str) -> String {
    let numbers = json!({"InsurerNumber": "06123456", "InsuredCardSymbol": "12", "InsuredIdentificationNumber": "3456789",
        "InsuredBranchNumber": "00", "Birthdate": "19900115"});
    let body =
        json!({"XmlMsg": {"MessageBody": {"QualificationConfirmSearchInfo": numbers}}}).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    let socket = bench.path("receipt.sock");
    let path = "/v1/inquiries?wait=8";
    let answer = request(&socket, "POST", path, &headers, body.as_bytes()).await;
    let made = answer.unwrap().json().unwrap();
    made["result"]
        .as_str()
        .unwrap_or_else(|| panic!("{made}"))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_each_sample_client_takes_what_the_real_terminal_has_and_survives_its_end() {
    let mut bench = Bench::start(BenchOptions {
        without_vision: true,
        all_rights: true,
        settings: format!("[[receipt.client]]\nname = \"other-computer\"\nuid = {OTHER}\n"),
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let socket = bench.path("receipt.sock");
    let root = nix::unistd::geteuid().is_root();
    for (sample, person) in [
        (Sample::Python, "seiho"),
        (Sample::Shell, "mitaku"),
        (Sample::Java, "hoken"),
    ] {
        let out = tempfile::tempdir().unwrap();
        let mut page = bench.patient().await.unwrap();
        let result = serve(&bench, &mut page, person).await.unwrap();
        let id = result["id"].as_str().unwrap();
        if root && sample == Sample::Shell {
            claimed_by_another(&bench, id);
            sample.once(&socket, out.path());
            assert_eq!(files(out.path()), [""; 0], "another client's");
            let path = format!("/v1/results/{id}/release");
            let released = request(&socket, "POST", &path, &[], &[]).await.unwrap();
            assert_eq!(released.status, 409, "nor is it ours to give");
            staff_release(&bench, id);
        }
        bring_back(&mut bench).await;
        sample.once(&socket, out.path());
        assert_eq!(files(out.path()), [file_of(id)], "{sample:?}");
        let text = std::fs::read_to_string(out.path().join(file_of(id))).unwrap();
        let taken: Value = serde_json::from_str(&text).unwrap();
        assert!(taken["Uketsuke"].get("copy").is_none(), "the original");
        if person == "mitaku" {
            let register = hw_sim::persons::Register::default_register().unwrap();
            let assistance = register.person(person).unwrap().assistance.clone().unwrap();
            for number in [assistance.payer_number, assistance.recipient_number] {
                assert!(!text.contains(&number), "a withheld number: {text}");
            }
        }
        let now = state(&bench, id).await;
        assert_eq!(
            (&now["state"], &now["owner"]),
            (&json!("acknowledged"), &json!("receipt-computer"))
        );
        // Again, and again after a crash: nothing is taken twice.
        let before = std::fs::metadata(out.path().join(file_of(id))).unwrap();
        bring_back(&mut bench).await;
        sample.once(&socket, out.path());
        let after = std::fs::metadata(out.path().join(file_of(id))).unwrap();
        assert_eq!(files(out.path()).len(), 1);
        assert_eq!(before.modified().unwrap(), after.modified().unwrap());
    }
    for sample in [Sample::Python, Sample::Java] {
        follows(&mut bench, sample, socket.clone()).await;
    }
    bench.stop().await;
}

fn staff_release(bench: &Bench, id: &str) {
    let output = bench
        .command("uketsukectl")
        .arg("--config")
        .arg(bench.settings())
        .args(["results", "release", id, "--staff", "受付 花子"])
        .args(["--reason", "レセコン交換"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The client runs; a result comes; the terminal dies and comes back; another result comes.
async fn follows(bench: &mut Bench, sample: Sample, socket: PathBuf) {
    let out = tempfile::tempdir().unwrap();
    let mut client = sample
        .command(&socket, out.path(), false)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut expected = Vec::new();
    for turn in 0..2 {
        if turn == 1 {
            bring_back(bench).await;
        }
        let id = inquire(bench, &format!("{sample:?}-{turn}")).await;
        expected.push(file_of(&id));
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let acknowledged = state(bench, &id).await["state"] == "acknowledged";
            let there = files(out.path());
            if acknowledged && expected.iter().all(|name| there.contains(name)) {
                break;
            }
            assert!(
                Instant::now() < until,
                "{sample:?}, turn {turn}: {:?}",
                files(out.path())
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(client.try_wait().unwrap().is_none(), "{sample:?} goes on");
    }
    client.kill().unwrap();
    client.wait().unwrap();
}
