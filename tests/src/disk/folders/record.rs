//! The terminal and a receipt computer of today at its folders, both under one recorder: requests in, answers and face files out and taken
//! away, with every change to the folders and to the ledger in one order.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use ledger::{Ledger, ResultFilter};
use tempfile::TempDir;

use crate::bench::{Bench, BenchOptions};
use crate::disk::looked::{NOW, options};
use crate::disk::record::{PERSONS, folders as ledger_folders};
use crate::disk::strace::{self, Step};
use crate::process::repository;
use crate::served::identify_by_pin;

/// Longest wait for something that happens by itself; strace makes everything slow.
const PATIENCE: Duration = Duration::from_secs(120);
/// Who is asked about by number.
const ASKED: [&str; 2] = ["seiho", "hoken"];

/// What was recorded.
pub(super) struct Recording {
    /// Changes to the recorded folders, in order.
    pub(super) steps: Vec<Step>,
    /// What all recorded paths lie below.
    pub(super) base: PathBuf,
    /// The bench's folder, with the ledger and its head.
    pub(super) bench: PathBuf,
    /// `req`, `res` and `face`.
    pub(super) folders: [PathBuf; 3],
    /// The service's answer by the number asked about.
    pub(super) answers: BTreeMap<String, String>,
    /// Name of the person by the number.
    pub(super) names: BTreeMap<String, String>,
    /// Result id by the name of its face file, in the end.
    pub(super) faces: BTreeMap<String, String>,
}

/// Plays as many visits as there are persons, and the receipt computer.
pub(super) async fn record() -> anyhow::Result<Recording> {
    let place = tempfile::Builder::new().prefix("simulation-").tempdir()?;
    let folders = ["req", "res", "face"].map(|name| place.path().join(name));
    for folder in &folders {
        std::fs::create_dir(folder)?;
    }
    let logs = TempDir::new()?;
    let (log, stop) = (logs.path().join("strace.log"), logs.path().join("stop"));
    let settings = format!(
        "[folders]\nreq = \"{}\"\nres = \"{}\"\nface = \"{}\"\npoll_ms = 100\n",
        folders[0].display(),
        folders[1].display(),
        folders[2].display()
    );
    let mut under = strace::recorder(&log);
    under.extend(
        [
            "sh",
            "-c",
            r#"python3 "$0" "$1" "$2" "$3" "$4" "$5" "$6" & shift 6; exec "$@""#,
        ]
        .map(OsString::from),
    );
    under.push(OsString::from(repository().join("tests/folders/traced.py")));
    under.extend(folders.iter().map(OsString::from));
    under.push(OsString::from(&stop));
    under.extend(numbers()?.into_iter().map(OsString::from));
    let mut bench = Bench::start(BenchOptions {
        without_vision: true,
        daemon_under: under,
        settings,
        ..BenchOptions::default()
    })
    .await?;
    let mut page = bench.patient().await?;
    for person in PERSONS {
        identify_by_pin(&bench, &mut page, person).await?;
        page.wait_for(&["consents"]).await?;
        page.press("consent-all-no").await?;
        page.wait_for(&["farewell"]).await?;
        bench.clinic.take().await?;
        page.wait_for(&["waiting"]).await?;
    }
    // The receipt computer leaves one answer and one face file.
    let until = Instant::now() + PATIENCE;
    while shown(&folders[1])?.len() != 1 || shown(&folders[2])?.len() != 1 {
        ensure!(
            Instant::now() < until,
            "the receipt computer does not come to its end: {:?} {:?}\n{}",
            shown(&folders[1])?,
            shown(&folders[2])?,
            bench.daemon_log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    std::fs::write(&stop, "")?;
    // Time for the gateway to see what was taken last.
    tokio::time::sleep(Duration::from_millis(600)).await;
    let id = bench.daemon().id();
    ensure!(bench.stop_daemon(), "the daemon did not end when asked to");
    let text = strace::finished(&log, id)?;
    let home = bench.path("");
    let home = home.components().as_path().to_path_buf();
    let recorded: Vec<PathBuf> = ledger_folders(&home)
        .into_iter()
        .chain(folders.clone())
        .collect();
    let mut steps = strace::read(&text, &recorded)?;
    steps.retain(|step| matches!(step, Step::Disk(_)));
    let base = std::env::temp_dir();
    ensure!(
        home.starts_with(&base) && place.path().starts_with(&base),
        "two places"
    );
    let recording = truth(steps, base, home, folders)?;
    bench.stop().await;
    Ok(recording)
}

/// The two persons' numbers as the receipt computer is told them.
fn numbers() -> anyhow::Result<Vec<String>> {
    let register = hw_sim::persons::Register::default_register()?;
    let of = |id: &&str| {
        let person = register.person(id).context("no such person")?;
        let insurance = person.insurance.as_ref().context("not insured")?;
        Ok([
            insurance.insurer_number.as_str(),
            &insurance.symbol,
            &insurance.number,
            &insurance.branch,
            &person.birth_date,
        ]
        .join(","))
    };
    ASKED.iter().map(of).collect()
}

/// Names in a folder that a receipt computer sees.
pub(super) fn shown(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && name != "rejected" {
            names.push(name);
        }
    }
    Ok(names)
}

fn truth(
    steps: Vec<Step>,
    base: PathBuf,
    bench: PathBuf,
    folders: [PathBuf; 3],
) -> anyhow::Result<Recording> {
    let register = hw_sim::persons::Register::default_register()?;
    let ledger = Ledger::open(options(&bench), NOW)?;
    let results = ledger.results(ResultFilter {
        limit: ledger::MAX_ROWS,
        ..ResultFilter::default()
    })?;
    let (mut answers, mut names, mut faces) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for id in ASKED {
        let person = register.person(id).context("no such person")?;
        let number = &person.insurance.as_ref().context("not insured")?.number;
        let answer = results.iter().find(|result| {
            result.reader.contains("/number:") && result.body_json.contains(&person.name)
        });
        let answer = answer.with_context(|| format!("no answer about {id}"))?;
        answers.insert(number.clone(), answer.body_json.clone());
        names.insert(number.clone(), person.name.clone());
    }
    for result in &results {
        if let Some(delivery) = ledger.delivery("folders", &result.id)? {
            faces.insert(delivery.name, result.id.clone());
        }
    }
    ensure!(faces.len() == PERSONS.len(), "{} face files", faces.len());
    Ok(Recording {
        steps,
        base,
        bench,
        folders,
        answers,
        names,
        faces,
    })
}
