//! The technician's socket: the documents it speaks (written by the daemon, read here) and a
//! client for it. HTTP/1.1 on a Unix socket: `GET /v1/status`, `GET /v1/watch` (server-sent events).

use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};

/// Longest answer to `GET /v1/status`.
pub const STATUS_CAP: usize = 1 << 20;
/// Longest single event of `GET /v1/watch`.
pub const EVENT_CAP: usize = 256 << 10;

/// Answer of `GET /v1/status`. Fields the daemon leaves out take their default, fields it adds
/// are ignored, so that technician's tool and daemon need not be of one version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TerminalStatus {
    /// Version of the daemon.
    pub version: String,
    /// Whether this is a simulated terminal.
    pub simulated: bool,
    /// Start of the daemon, milliseconds since the Unix epoch.
    pub started_at: i64,
    /// Whether the next patient can be served.
    pub ok: bool,
    /// Name of the desk.
    pub desk: String,
    /// Card side.
    pub card: CardStatus,
    /// Camera side.
    pub vision: VisionStatus,
    /// Central service.
    pub central: CentralStatus,
    /// Ledger.
    pub ledger: LedgerStatus,
    /// The folders of a receipt computer of today; `None` = there are none in the settings.
    pub folders: Option<FoldersStatus>,
    /// The visit under way, without anything about the person.
    pub visit: Option<VisitStatus>,
    /// What staff are being told.
    pub alerts: Vec<Alert>,
    /// How far the time that the terminal works with is ahead of the machine's clock, ms: the service's clock was ahead of it, now or
    /// earlier. The time never goes back by itself (`uketsukectl clock accept` sets it back).
    pub ahead_of_machine_ms: i64,
}

/// Folders of [`TerminalStatus`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FoldersStatus {
    /// The last look at them got through.
    pub ok: bool,
    /// Code and words of what is wrong.
    pub problem: Option<String>,
}

/// Card side of [`TerminalStatus`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardStatus {
    /// pcscd answers.
    pub service_up: bool,
    /// Readers in use, PC/SC names.
    pub readers: Vec<String>,
}

/// Camera side of [`TerminalStatus`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VisionStatus {
    /// The worker is connected.
    pub connected: bool,
    /// Its version.
    pub version: String,
    /// Face recipe (detector, alignment, embedding).
    pub recipe: String,
    /// Frame source.
    pub source: String,
    /// The worker runs in simulation.
    pub simulated: bool,
    /// Last camera check; absent when none was made.
    pub camera: Option<CameraStatus>,
    /// The cameras beside the one for faces.
    pub beside: Vec<BesideStatus>,
    /// What the worker's own sandbox left open: `files`, `programs`, `network`, `code`. Empty where it holds.
    pub open: Vec<String>,
}

/// A camera beside the one for faces.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BesideStatus {
    /// `document` or `infrared`.
    pub role: String,
    /// It is connected.
    pub there: bool,
    /// It is not, but was since the worker began.
    pub missed: bool,
}

/// A camera check.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CameraStatus {
    /// It gives pictures.
    pub ok: bool,
    /// What was seen.
    pub detail: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Pictures per second.
    pub fps: f32,
}

/// Central service in [`TerminalStatus`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CentralStatus {
    /// Outcome of the last contact; absent before the first.
    pub reachable: Option<bool>,
    /// When it was, milliseconds since the Unix epoch.
    pub last_contact: Option<i64>,
    /// Code and words of the last problem.
    pub last_problem: Option<String>,
    /// Inquiries that wait for the service.
    pub queued: u64,
}

/// Ledger in [`TerminalStatus`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LedgerStatus {
    /// Opened and its chain verified.
    pub ok: bool,
    /// Why not.
    pub problem: Option<String>,
    /// Records in the audit chain.
    pub audit_records: u64,
    /// Results that no receipt computer has taken yet.
    pub waiting: u64,
}

/// A visit in [`TerminalStatus`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VisitStatus {
    /// Visit number, 16 hex digits.
    pub visit: String,
    /// Reader.
    pub reader: String,
    /// Page shown, kebab-case.
    pub page: String,
}

/// A thing staff are being told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alert {
    /// Stable code.
    pub code: String,
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

/// Why the technician's socket gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// No socket, nobody behind it, or not for this user.
    #[error("{path} can't be reached")]
    Connect {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The connection broke or spoke no HTTP.
    #[error("the daemon's answer broke off")]
    Http(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An answer with another status than 200.
    #[error("the daemon answered with status {0}")]
    Status(u16),
    /// An answer that is not what this version knows.
    #[error("the daemon's answer is not understood")]
    Content(#[source] serde_json::Error),
    /// No answer in time.
    #[error("the daemon did not answer in time")]
    Timeout,
}

async fn open(path: &Path, uri: &str) -> Result<Response<Incoming>, AdminError> {
    let response = send(path, "GET", uri, Bytes::new()).await?;
    if response.status() == hyper::StatusCode::OK {
        Ok(response)
    } else {
        Err(AdminError::Status(response.status().as_u16()))
    }
}

async fn send(
    path: &Path,
    method: &str,
    uri: &str,
    body: Bytes,
) -> Result<Response<Incoming>, AdminError> {
    let stream = tokio::net::UnixStream::connect(path)
        .await
        .map_err(|source| AdminError::Connect {
            path: path.into(),
            source,
        })?;
    let http = |error: hyper::Error| AdminError::Http(error.into());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(http)?;
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(uri)
        .header("host", "terminal")
        .header("content-type", "application/json")
        .body(Full::new(body))
        .map_err(|error| AdminError::Http(error.into()))?;
    sender.send_request(request).await.map_err(http)
}

/// Asks for something to be done: whether it was, and the daemon's document about it (`{"error": {…}}` when not).
///
/// # Errors
/// [`AdminError`] when there is no such document.
pub async fn ask(
    path: &Path,
    method: &str,
    uri: &str,
    body: &serde_json::Value,
    limit: Duration,
) -> Result<(bool, serde_json::Value), AdminError> {
    let bytes = if body.is_null() {
        Bytes::new()
    } else {
        Bytes::from(body.to_string())
    };
    let work = async {
        let response = send(path, method, uri, bytes).await?;
        let status = response.status();
        if !status.is_success() && status != hyper::StatusCode::UNPROCESSABLE_ENTITY {
            return Err(AdminError::Status(status.as_u16()));
        }
        let body = Limited::new(response.into_body(), STATUS_CAP)
            .collect()
            .await
            .map_err(AdminError::Http)?;
        let document = serde_json::from_slice(&body.to_bytes()).map_err(AdminError::Content)?;
        Ok((status.is_success(), document))
    };
    tokio::time::timeout(limit, work)
        .await
        .unwrap_or(Err(AdminError::Timeout))
}

/// Fetches the status document as it came.
///
/// # Errors
/// [`AdminError`]; after `limit` it is [`AdminError::Timeout`].
pub async fn status_json(path: &Path, limit: Duration) -> Result<serde_json::Value, AdminError> {
    let work = async {
        let response = open(path, "/v1/status").await?;
        let body = Limited::new(response.into_body(), STATUS_CAP)
            .collect()
            .await
            .map_err(AdminError::Http)?;
        serde_json::from_slice(&body.to_bytes()).map_err(AdminError::Content)
    };
    tokio::time::timeout(limit, work)
        .await
        .unwrap_or(Err(AdminError::Timeout))
}

/// Fetches the status document.
///
/// # Errors
/// As [`status_json`].
pub async fn status(path: &Path, limit: Duration) -> Result<TerminalStatus, AdminError> {
    let value = status_json(path, limit).await?;
    serde_json::from_value(value).map_err(AdminError::Content)
}

/// One event of `GET /v1/watch`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchEvent {
    /// Event name; `message` when the daemon gave none.
    pub name: String,
    /// Its data: a JSON document.
    pub data: String,
}

/// The stream of `GET /v1/watch`.
#[derive(Debug)]
pub struct Watch {
    body: Incoming,
    parser: SseParser,
}

impl Watch {
    /// Connects.
    ///
    /// # Errors
    /// As [`status_json`].
    pub async fn connect(path: &Path, limit: Duration) -> Result<Self, AdminError> {
        let response = tokio::time::timeout(limit, open(path, "/v1/watch"))
            .await
            .unwrap_or(Err(AdminError::Timeout))?;
        Ok(Self {
            body: response.into_body(),
            parser: SseParser::default(),
        })
    }

    /// The next event; `None` when the daemon ended the stream. Waits as long as nothing happens.
    ///
    /// # Errors
    /// [`AdminError::Http`] when the connection breaks.
    pub async fn next(&mut self) -> Result<Option<WatchEvent>, AdminError> {
        loop {
            if let Some(event) = self.parser.pop() {
                return Ok(Some(event));
            }
            match self.body.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(AdminError::Http(error.into())),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.parser.push(&data);
                    }
                }
            }
        }
    }
}

/// Server-sent events, as far as the daemon uses them (HTML standard, section 9.2). An event over
/// [`EVENT_CAP`] is dropped.
#[derive(Debug, Default)]
struct SseParser {
    line: Vec<u8>,
    too_long: bool,
    name: String,
    data: String,
    has_data: bool,
    ready: std::collections::VecDeque<WatchEvent>,
}

impl SseParser {
    fn pop(&mut self) -> Option<WatchEvent> {
        self.ready.pop_front()
    }

    fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                self.line(String::from_utf8_lossy(&line).trim_end_matches('\r'));
            } else if self.line.len() < EVENT_CAP {
                self.line.push(byte);
            } else {
                self.too_long = true;
            }
        }
    }

    fn line(&mut self, line: &str) {
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            let data = std::mem::take(&mut self.data);
            if std::mem::take(&mut self.has_data) && !std::mem::take(&mut self.too_long) {
                self.ready.push_back(WatchEvent {
                    name: if name.is_empty() {
                        "message".into()
                    } else {
                        name
                    },
                    data,
                });
            }
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = value.into(),
            "data" => {
                if self.data.len() + value.len() > EVENT_CAP {
                    self.too_long = true;
                    return;
                }
                if self.has_data {
                    self.data.push('\n');
                }
                self.has_data = true;
                self.data.push_str(value);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(chunks: &[&str]) -> Vec<(String, String)> {
        let mut parser = SseParser::default();
        for chunk in chunks {
            parser.push(chunk.as_bytes());
        }
        std::iter::from_fn(|| parser.pop())
            .map(|e| (e.name, e.data))
            .collect()
    }

    #[test]
    fn events_are_put_together_across_chunks_and_heartbeats_are_dropped() {
        let got = parse(&[
            ": heart",
            "beat\n\nevent: vis",
            "it\r\ndata: {\"a\":1}\r\n\r\ndata: x\ndata: y\n",
            "\n",
        ]);
        assert_eq!(
            got,
            [
                ("visit".into(), "{\"a\":1}".into()),
                ("message".into(), "x\ny".into())
            ]
        );
    }

    #[test]
    fn an_oversized_event_is_dropped_and_the_next_one_arrives() {
        let big = "x".repeat(EVENT_CAP + 10);
        let got = parse(&["data: ", &big, "\n\n", "data: after\n\n"]);
        assert_eq!(got, [("message".into(), "after".into())]);
    }

    #[test]
    fn a_status_of_another_version_is_read() {
        let status: TerminalStatus = serde_json::from_str(
            r#"{"version":"9","vision":{"connected":true,"new":1},"future":[]}"#,
        )
        .unwrap();
        assert!(status.vision.connected && status.vision.camera.is_none() && !status.ok);
    }
}
