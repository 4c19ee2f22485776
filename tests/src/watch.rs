//! What the daemon tells on its technician's socket, followed in the background.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use http_body_util::BodyExt as _;
use serde_json::Value;

use crate::http::send;

/// Happenings since the watch began.
#[derive(Debug, Clone)]
pub struct Watch {
    seen: Arc<Mutex<Vec<Value>>>,
}

impl Watch {
    /// Begins to follow.
    ///
    /// # Errors
    /// The socket does not answer.
    pub async fn start(socket: &Path) -> anyhow::Result<Self> {
        let stream = tokio::net::UnixStream::connect(socket)
            .await
            .with_context(|| format!("{}", socket.display()))?;
        let mut body = send(
            stream,
            "GET",
            "/v1/watch",
            &[("host", "terminal")],
            Vec::new(),
        )
        .await?
        .into_body();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            let mut text = String::new();
            while let Some(Ok(frame)) = body.frame().await {
                let Some(data) = frame.data_ref() else {
                    continue;
                };
                text.push_str(&String::from_utf8_lossy(data));
                while let Some(end) = text.find("\n\n") {
                    let event: String = text.drain(..end + 2).collect();
                    let data = event
                        .lines()
                        .find_map(|line| line.strip_prefix("data:"))
                        .map(str::trim);
                    if let Some(Ok(value)) = data.map(serde_json::from_str) {
                        kept.lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(value);
                    }
                }
            }
        });
        Ok(Self { seen })
    }

    /// Everything so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Value> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Everything so far, which is forgotten: a long watch stays small.
    pub fn take(&self) -> Vec<Value> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut seen)
    }

    /// Waits for a happening.
    ///
    /// # Errors
    /// It does not come within `limit`.
    pub async fn wait_for(
        &self,
        what: &str,
        limit: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        let until = Instant::now() + limit;
        loop {
            if let Some(found) = self.seen().into_iter().find(|value| wanted(value)) {
                return Ok(found);
            }
            if Instant::now() > until {
                bail!("waiting for {what}; seen: {}", Value::Array(self.seen()));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
