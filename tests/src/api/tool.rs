//! schemathesis itself, in the virtual environment where the set-up put it, and what its own record says it did.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use serde_json::Value;

use super::{EXCLUDED, Options};
use crate::process::repository;

/// Refusals of an operation that are kept.
const TOLD: usize = 4;

/// Well-formed requests may be refused for what no schema says: a day that does not exist, a key used before, nothing with that number,
/// what the service has not opened. A refusal by the service is 502 in this interface and not the terminal's error.
const SETTINGS: &str = r#"
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 304, 400, 404, 406, 409, 422]
[checks.negative_data_rejection]
expected-statuses = [304, 400, 404, 405, 406, 409, 411, 413, 415, 422]
[checks.missing_required_header]
expected-statuses = [400, 406, 415, 422]
"#;

/// Where `cargo xtask test` and `cargo xtask sweep api` install it.
fn program() -> PathBuf {
    repository().join("target/schemathesis/bin/schemathesis")
}

/// Runs it over `document` at a port of this machine, in `folder`; gives what it said.
pub(super) async fn run(
    folder: &Path,
    document: &Value,
    port: u16,
    options: &Options,
) -> anyhow::Result<String> {
    let tool = program();
    ensure!(
        tool.is_file(),
        "schemathesis is not installed ({}): `cargo xtask test` and `cargo xtask sweep api` install it",
        tool.display()
    );
    std::fs::write(folder.join("openapi.json"), document.to_string())?;
    std::fs::write(folder.join("schemathesis.toml"), SETTINGS)?;
    let phases = if options.long {
        "examples,coverage,fuzzing,stateful"
    } else {
        "examples,fuzzing"
    };
    let output = tokio::process::Command::new(tool)
        .args(["--config-file", "schemathesis.toml", "run", "openapi.json"])
        .arg(format!("--url=http://127.0.0.1:{port}"))
        .arg(format!("--exclude-operation-id={EXCLUDED}"))
        .args(["--checks=all", "--continue-on-failure"])
        .arg(format!("--seed={}", options.seed))
        .arg(format!("--phases={phases}"))
        .arg(format!("--max-examples={}", options.examples))
        .args(["--suppress-health-check=all", "--request-timeout=40"])
        .args([
            "--warnings=off",
            "--no-color",
            "--report-ndjson-path=report.ndjson",
        ])
        .env("HYPOTHESIS_STORAGE_DIRECTORY", folder.join("hypothesis"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("schemathesis")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    // 0 and 1 are its verdicts; anything else is a mistake in its use.
    ensure!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    Ok(said)
}

/// What schemathesis did, counted from its own record of it.
#[derive(Default, Debug)]
pub(super) struct Did {
    pub(super) version: String,
    pub(super) cases: usize,
    pub(super) statuses: BTreeMap<u64, usize>,
    pub(super) checks: BTreeMap<String, usize>,
    pub(super) failed: BTreeMap<String, usize>,
    /// Every operation, and whether it gave a 2xx.
    pub(super) with_2xx: BTreeMap<String, bool>,
    /// How long each answer took.
    pub(super) answered_in: Vec<Duration>,
    /// What else it answered, the first of each operation.
    pub(super) refusals: BTreeMap<String, Vec<String>>,
}

/// Reads the record of the run in `folder`.
pub(super) fn read(folder: &Path, document: &Value) -> anyhow::Result<Did> {
    let mut did = Did::default();
    for (path, methods) in document["paths"].as_object().context("paths")? {
        for (method, operation) in methods.as_object().context("methods")? {
            if operation["operationId"] != EXCLUDED {
                let name = format!("{} {path}", method.to_uppercase());
                did.with_2xx.insert(name, false);
            }
        }
    }
    for line in std::fs::read_to_string(folder.join("report.ndjson"))?.lines() {
        let event: Value = serde_json::from_str(line)?;
        if let Some(version) = event["Initialize"]["schemathesis_version"].as_str() {
            did.version = version.to_owned();
        }
        let recorder = &event["ScenarioFinished"]["recorder"];
        for (id, interaction) in recorder["interactions"].as_object().into_iter().flatten() {
            did.interaction(&recorder["cases"][id]["value"], interaction);
        }
        let checks = recorder["checks"]
            .as_object()
            .into_iter()
            .flat_map(|checks| checks.values());
        for check in checks.filter_map(Value::as_array).flatten() {
            let name = check["name"].as_str().unwrap_or_default().to_owned();
            if check["status"] == "failure" {
                *did.failed.entry(name.clone()).or_default() += 1;
            }
            *did.checks.entry(name).or_default() += 1;
        }
    }
    Ok(did)
}

impl Did {
    fn interaction(&mut self, case: &Value, interaction: &Value) {
        self.cases += 1;
        let status = interaction["response"]["status_code"].as_u64().unwrap_or(0);
        *self.statuses.entry(status).or_default() += 1;
        let seconds = interaction["response"]["elapsed"].as_f64().unwrap_or(0.0);
        self.answered_in.push(Duration::from_secs_f64(seconds));
        let name = format!(
            "{} {}",
            case["method"].as_str().unwrap_or_default(),
            case["path"].as_str().unwrap_or_default()
        );
        if !(200..400).contains(&status) {
            let told = self.refusals.entry(name.clone()).or_default();
            if told.len() < TOLD {
                let content = &interaction["response"]["content"]["$base64"];
                let content = base64::engine::general_purpose::STANDARD
                    .decode(content.as_str().unwrap_or_default())
                    .unwrap_or_default();
                let problem: Value = serde_json::from_slice(&content).unwrap_or_default();
                told.push(format!(
                    "{status} {} {} <- {}",
                    problem["code"], problem["en"], interaction["request"]["uri"]
                ));
            }
        }
        if (200..300).contains(&status)
            && let Some(seen) = self.with_2xx.get_mut(&name)
        {
            *seen = true;
        }
    }
}
