//! A receipt computer: the socket spoken directly, and the sample client that makers copy from.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
