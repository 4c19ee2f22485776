//! From "stored" to "the client has the event": the receipt side in this very process, because only there the moment of "stored" is known
//! to the microsecond; ledger, its thread, server and sockets are the daemon's own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Barrier;
use uketsuked::measure::ReceiptSide;

use super::BODY;

/// Longest wait for one event.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was measured.
pub(super) struct Measured {
    /// The durable write of each result.
    pub(super) stored: Vec<Duration>,
    /// From its end to the event, for each client and result.
    pub(super) delay: Vec<Duration>,
}

/// As many clients as there are names follow the events while results are stored one after the other.
pub(super) async fn follow(
    folder: &Path,
    names: &[String],
    events: usize,
) -> anyhow::Result<Measured> {
    let side = ReceiptSide::open(folder, names)?;
    let ready = Arc::new(Barrier::new(side.sockets().len() + 1));
    let mut running = Vec::new();
    for socket in side.sockets() {
        let (socket, ready) = (socket.clone(), Arc::clone(&ready));
        running.push(tokio::spawn(async move {
            arrivals(socket, events, &ready).await
        }));
    }
    ready.wait().await;
    let (mut writing, mut stored) = (Vec::new(), BTreeMap::new());
    for n in 0..events {
        let began = Instant::now();
        let id = side.store(1 + n as u64, BODY).await?;
        writing.push(began.elapsed());
        stored.insert(id, Instant::now());
    }
    let mut delays = Vec::new();
    for one in running {
        for (id, at) in one.await?? {
            let since = stored.get(&id).context("an event of no result")?;
            // The event leaves when the write is durable, which may be before the writer is told so.
            delays.push(at.saturating_duration_since(*since));
        }
    }
    Ok(Measured {
        stored: writing,
        delay: delays,
    })
}

async fn arrivals(
    socket: PathBuf,
    events: usize,
    ready: &Barrier,
) -> anyhow::Result<Vec<(String, Instant)>> {
    let mut stream = BufReader::new(UnixStream::connect(socket).await?);
    let request = "GET /v1/events HTTP/1.1\r\nHost: terminal\r\nAccept: text/event-stream\r\n\r\n";
    stream.get_mut().write_all(request.as_bytes()).await?;
    let mut line = String::new();
    // The greeting comes when the stream stands.
    while !line.contains("uketsuke events") {
        line.clear();
        ensure!(stream.read_line(&mut line).await? > 0, "no event stream");
    }
    ready.wait().await;
    let mut seen = Vec::new();
    while seen.len() < events {
        line.clear();
        let read = tokio::time::timeout(PATIENCE, stream.read_line(&mut line));
        if read.await.context("no event")?? == 0 {
            bail!("the event stream ended");
        }
        if let Some(data) = line.strip_prefix("data:") {
            let at = Instant::now();
            let event: serde_json::Value = serde_json::from_str(data.trim())?;
            let id = event["result"].as_str().context("no result")?;
            seen.push((id.to_owned(), at));
        }
    }
    Ok(seen)
}
