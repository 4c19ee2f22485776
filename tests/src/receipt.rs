//! A receipt computer: the socket spoken directly, and the sample client that makers copy from.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::http::{Answer, get, request};
use crate::process::repository;

/// A receipt computer on its socket.
#[derive(Debug, Clone)]
pub struct ReceiptClient {
    socket: PathBuf,
}

impl ReceiptClient {
    /// On this socket.
    #[must_use]
    pub fn new(socket: &Path) -> Self {
        Self {
            socket: socket.to_path_buf(),
        }
    }

    /// The results nobody has acknowledged yet.
    ///
    /// # Errors
    /// The socket does not answer as documented.
    pub async fn waiting(&self) -> anyhow::Result<Vec<Value>> {
        let answer = get(&self.socket, "/v1/results?state=unacknowledged").await?;
        if answer.status != 200 {
            bail!(
                "{}: {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            );
        }
        Ok(answer.json()?["results"]
            .as_array()
            .cloned()
            .unwrap_or_default())
    }

    /// One result in the wanted form.
    ///
    /// # Errors
    /// The socket does not answer.
    pub async fn result(&self, id: &str, accept: &str) -> anyhow::Result<Answer> {
        request(
            &self.socket,
            "GET",
            &format!("/v1/results/{id}"),
            &[("accept", accept)],
            &[],
        )
        .await
    }

    /// Asks for something new with a key of its own; the answer as it came, whatever its status.
    ///
    /// # Errors
    /// The socket does not answer.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let key = format!("{:032x}", fresh_key());
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key.as_str()),
        ];
        let body = body.to_string();
        request(&self.socket, "POST", path, &headers, body.as_bytes()).await
    }

    /// The same, where the answer must be a good one.
    ///
    /// # Errors
    /// It is refused.
    pub async fn ask(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.post(path, body).await?;
        if !(200..300).contains(&answer.status) {
            let words = String::from_utf8_lossy(&answer.body).into_owned();
            bail!("{path}: {} {words}", answer.status);
        }
        answer.json()
    }

    /// The same, where it must be refused with this code.
    ///
    /// # Errors
    /// It is not.
    pub async fn refused(&self, path: &str, body: &Value, code: &str) -> anyhow::Result<Value> {
        let answer = self.post(path, body).await?;
        let told = answer.json()?;
        if answer.status < 400 || told["code"] != code {
            bail!(
                "{path} was to be refused with {code}: {} {told}",
                answer.status
            );
        }
        Ok(told)
    }

    /// Reads something that must be there.
    ///
    /// # Errors
    /// It is not.
    pub async fn read(&self, path: &str) -> anyhow::Result<Value> {
        let answer = get(&self.socket, path).await?;
        if answer.status != 200 {
            let words = String::from_utf8_lossy(&answer.body).into_owned();
            bail!("{path}: {} {words}", answer.status);
        }
        answer.json()
    }

    /// Claims and acknowledges a result.
    ///
    /// # Errors
    /// Either is refused.
    pub async fn take(&self, id: &str) -> anyhow::Result<()> {
        self.claim(id).await?;
        self.step(id, "acknowledge").await
    }

    /// Claims a result.
    ///
    /// # Errors
    /// It is refused.
    pub async fn claim(&self, id: &str) -> anyhow::Result<()> {
        self.step(id, "claim").await
    }

    async fn step(&self, id: &str, step: &str) -> anyhow::Result<()> {
        let answer = request(
            &self.socket,
            "POST",
            &format!("/v1/results/{id}/{step}"),
            &[("content-type", "application/json")],
            b"{}",
        )
        .await?;
        if !(200..300).contains(&answer.status) {
            bail!(
                "{step}: {} {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            );
        }
        Ok(())
    }

    /// Runs the sample client in Python until nothing is left to take.
    ///
    /// # Errors
    /// It ends with an error.
    pub fn run_python(&self, out: &Path) -> anyhow::Result<Output> {
        let output = Command::new("python3")
            .arg(repository().join("clients/python/receive.py"))
            .arg("--socket")
            .arg(&self.socket)
            .arg("--out")
            .arg(out)
            .args(["--once", "--json", "--timeout", "20"])
            .output()
            .context("python3")?;
        if !output.status.success() {
            bail!(
                "the Python client failed: {}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(output)
    }
}

/// A number that no other request of this process or another uses.
fn fresh_key() -> u128 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    (now << 48) ^ (u128::from(std::process::id()) << 24) ^ u128::from(count)
}
