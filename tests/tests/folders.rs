//! The folders with the real daemon, its ledger and the simulated service behind them: an existing receipt computer works unchanged, what
//! a visit brought arrives as a file, an unentrusted person's numbers do not (invariants 6 and 9), and a restart answers nothing twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use e2e::{Bench, BenchOptions, PatientPage, end, identify_by_pin, repository};
use serde_json::Value;

/// Longest wait for a file.
const PATIENCE: Duration = Duration::from_secs(30);

struct Folders(tempfile::TempDir);

impl Folders {
    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn settings(&self) -> String {
        let folder = self.0.path().display();
        format!(
            "[folders]\nreq = \"{folder}/req\"\nres = \"{folder}/res\"\nface = \"{folder}/face\"\npoll_ms = 100\n"
        )
    }

    /// What stands in a folder for a receipt computer to see.
    fn files(&self, name: &str) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.at(name)).unwrap();
        let mut files: Vec<PathBuf> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                path.is_file() && !name.starts_with('.')
            })
            .collect();
        files.sort();
        files
    }

    async fn wait_for(&self, name: &str, count: usize) -> Vec<PathBuf> {
        let until = Instant::now() + PATIENCE;
        loop {
            let files = self.files(name);
            if files.len() >= count {
                return files;
            }
            assert!(Instant::now() < until, "{name}/ holds {files:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// An existing receipt computer: single, bulk and `faces` face files, in both encodings.
    fn conformance(&self, faces: usize) -> Value {
        let output = Command::new("python3")
            .arg(repository().join("tests/folders/conformance.py"))
            .args([self.at("req"), self.at("res"), self.at("face")])
            .args(["--faces", &faces.to_string()])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

async fn visit(bench: &Bench, page: &mut PatientPage, person: &str) {
    identify_by_pin(bench, page, person).await.unwrap();
    page.wait_for(&["consents"]).await.unwrap();
    page.press("consent-all-no").await.unwrap();
    let last = page.wait_for(&["farewell", "trouble"]).await.unwrap();
    assert_eq!(last["page"], "farewell", "{last}");
    bench.clinic.take().await.unwrap();
    page.wait_for(&["waiting"]).await.unwrap();
}

fn move_away(file: &Path, to: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::create_dir_all(to).unwrap();
    std::fs::rename(file, to.join(file.file_name().unwrap())).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv6_9_an_existing_receipt_computer_works_unchanged_at_the_real_terminal() {
    let folders = tempfile::Builder::new().prefix("simulation-").tempdir();
    let folders = Folders(folders.unwrap());
    let mut bench = Bench::start(BenchOptions {
        without_vision: true,
        settings: folders.settings(),
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let register = hw_sim::persons::Register::default_register().unwrap();
    let person = |id: &str| register.person(id).unwrap().clone();

    // A visit of an unentrusted person: name and office arrive, numbers and ticket do not.
    let mut page = bench.patient().await.unwrap();
    visit(&bench, &mut page, "mitaku").await;
    let files = folders.wait_for("face", 1).await;
    let name = files[0].file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.contains("SIMULATION"), "invariant 13: {name}");
    let text = move_away(&files[0], &folders.at("taken"));
    let unentrusted = person("mitaku");
    let assistance = unentrusted.assistance.clone().unwrap();
    assert!(
        text.contains(&unentrusted.name) && text.contains(&assistance.office_name),
        "{text}"
    );
    let ticket = &assistance.tickets[0];
    for secret in [
        &assistance.payer_number,
        &assistance.recipient_number,
        &ticket.institution_name,
        &ticket.injury_names[0],
    ] {
        assert!(
            !text.contains(secret.as_str()),
            "invariant 6: {secret} in {text}"
        );
    }

    // Request files are answered by the service, through the ledger.
    visit(&bench, &mut page, "seiho").await;
    let report = tokio::task::block_in_place(|| folders.conformance(1));
    assert_eq!(
        report["single"][0]["name"],
        person("seiho").name,
        "{report}"
    );
    assert_eq!(report["bulk"][0]["persons"], 3, "{report}");
    assert_eq!(report["faces"][0]["name"], person("seiho").name, "{report}");

    // A crash while a file lies there: it stays, under the same name, and nothing comes twice (invariant 9).
    visit(&bench, &mut page, "hoken").await;
    let before = folders.wait_for("face", 1).await;
    let content = std::fs::read(&before[0]).unwrap();
    bench.kill_daemon().unwrap();
    bench.restart_daemon().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(folders.files("face"), before);
    assert_eq!(std::fs::read(&before[0]).unwrap(), content);
    assert!(folders.files("res").is_empty() && folders.files("req").is_empty());

    // The folders own what they delivered; what was moved away is acknowledged.
    move_away(&before[0], &folders.at("taken"));
    let until = Instant::now() + PATIENCE;
    loop {
        let waiting = bench.receipt().waiting().await.unwrap();
        if waiting.is_empty() {
            break;
        }
        assert!(
            waiting.iter().all(|result| result["mine"] == false),
            "{waiting:?}"
        );
        assert!(Instant::now() < until, "{waiting:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(
        std::fs::read_dir(folders.at("taken")).unwrap().count(),
        3 + 6
    );
    end(bench).await.unwrap();
}
