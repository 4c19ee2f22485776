//! The real server on a real Unix socket, over the memory store, and a client of a few lines that shows every byte.
#![allow(dead_code)] // each test file uses its own part

use receipt::counter::{ReceiptCounter, ScriptedCounter};
use receipt::memory::MemoryStore;
use receipt::{ClientRule, ReceiptConfig, Right};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// An arbitrary moment: 2026-11-22 00:00 in Japan.
pub(crate) const NOW: i64 = 1_795_273_200_000;

/// A qualification answer as the ledger holds it: one insured person, with a name that Shift_JIS cannot hold in full.
pub(crate) const INSURED: &str = r#"{"XmlMsg":{"MessageHeader":{"ProcessExecutionTime":"20261122090000","MedicalInstitutionCode":"1310000001","SegmentOfResult":"1","CharacterCodeIdentifier":"0"},
 "MessageBody":{"ProcessingResultStatus":"1","QualificationValidity":"1","ResultList":[{"ResultOfQualificationConfirmation":{
 "InsuredCardClassification":"01","Name":"𠮷田　髙一","Sex1":"1","Birthdate":"19900115","InsurerName":"架空健康保険組合","InsurerNumber":"06123456","InsuredIdentificationNumber":"3456789"}}]}}}"#;

/// The same of an unentrusted medical assistance, with the numbers that must not leave the terminal (invariant 6).
pub(crate) const UNENTRUSTED: &str = r#"{"XmlMsg":{"MessageHeader":{"MedicalInstitutionCode":"1310000001","SegmentOfResult":"1"},
 "MessageBody":{"ProcessingResultStatus":"1","QualificationValidity":"6","ResultList":[{"ResultOfQualificationConfirmation":{
 "InsuredCardClassification":"A1","Name":"生保　一郎","Sex1":"1","Birthdate":"19900115","InsurerName":"架空市福祉事務所","InsurerNumber":"12000001","InsuredIdentificationNumber":"1010001"}}]}}}"#;

pub(crate) struct Server {
    pub(crate) socket: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    _dir: TempDir,
}

pub(crate) const ALL_RIGHTS: [Right; 3] = [Right::Read, Right::Claim, Right::Medical];

/// Settings under which this test's user is the client `name`.
pub(crate) fn config(name: &str, rights: &[Right]) -> ReceiptConfig {
    let uid = nix::unistd::getuid().as_raw();
    let rule = ClientRule {
        name: name.into(),
        uid: Some(uid),
        user: None,
        rights: rights.to_vec(),
        readers: Vec::new(),
    };
    ReceiptConfig::new(vec![rule], true, Arc::new(|| NOW))
}

impl Server {
    pub(crate) fn start(store: &Arc<MemoryStore>, config: ReceiptConfig) -> Self {
        Self::with_counter(store, &Arc::default(), config)
    }

    /// A server whose counter follows a script.
    pub(crate) fn with_counter(
        store: &Arc<MemoryStore>,
        counter: &Arc<ScriptedCounter>,
        config: ReceiptConfig,
    ) -> Self {
        Self::with_any_counter(store, Arc::<ScriptedCounter>::clone(counter), config)
    }

    /// A server over any counter.
    pub(crate) fn with_any_counter(
        store: &Arc<MemoryStore>,
        counter: Arc<dyn ReceiptCounter>,
        config: ReceiptConfig,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("receipt.sock");
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let (path, store) = (socket.clone(), Arc::clone(store));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::UnixListener::bind(path).unwrap();
                ready.send(()).unwrap();
                let shutdown = async { drop(stopped.await) };
                receipt::serve(listener, store, counter, config, shutdown)
                    .await
                    .unwrap();
            });
        });
        is_ready.recv_timeout(Duration::from_secs(10)).unwrap();
        Self {
            socket,
            stop: Some(stop),
            thread: Some(thread),
            _dir: dir,
        }
    }

    /// A server for a client with all rights.
    pub(crate) fn of(store: &Arc<MemoryStore>, name: &str) -> Self {
        Self::start(store, config(name, &ALL_RIGHTS))
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, "", b"")
    }

    pub(crate) fn post(&self, target: &str, json: &str) -> Answer {
        let headers = format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n",
            json.len()
        );
        self.ask("POST", target, &headers, json.as_bytes())
    }

    pub(crate) fn accept(&self, target: &str, accept: &str) -> Answer {
        self.ask("GET", target, &format!("Accept: {accept}\r\n"), b"")
    }

    pub(crate) fn ask(&self, method: &str, target: &str, headers: &str, body: &[u8]) -> Answer {
        let mut stream = self.connect();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: terminal\r\nConnection: close\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        // A server that refuses early may have closed already.
        let _ = stream.write_all(body);
        Answer::read(BufReader::new(stream))
    }

    pub(crate) fn connect(&self) -> UnixStream {
        connect(&self.socket)
    }

    /// Ends the server and waits for it.
    pub(crate) fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop();
        }
    }
}

pub(crate) fn connect(socket: &Path) -> UnixStream {
    let stream = UnixStream::connect(socket).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
        .set_write_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn read(mut stream: impl BufRead) -> Self {
        let (status, headers) = read_head(&mut stream);
        let mut body = Vec::new();
        match headers.get("content-length") {
            Some(length) => {
                body.resize(length.parse().unwrap(), 0);
                stream.read_exact(&mut body).unwrap();
            }
            None => {
                // After an early refusal the rest may be a reset; what came before counts.
                let _ = stream.read_to_end(&mut body);
            }
        }
        Self {
            status,
            headers,
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The problem's code; checks that it is a whole problem document.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        let json = self.json();
        assert_eq!(json["status"], self.status);
        assert!(
            !json["ja"].as_str().unwrap().is_ascii() && json["en"].as_str().unwrap().is_ascii()
        );
        json["code"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn read_head(stream: &mut impl BufRead) -> (u16, HashMap<String, String>) {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    let status = line
        .split(' ')
        .nth(1)
        .unwrap_or_else(|| panic!("no answer: {line:?}"))
        .parse()
        .unwrap();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        stream.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else {
            return (status, headers);
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
}

/// An open event stream.
pub(crate) struct Events(BufReader<UnixStream>);

impl Events {
    pub(crate) fn open(server: &Server, headers: &str) -> Self {
        let mut stream = server.connect();
        let head = format!(
            "GET /v1/events HTTP/1.1\r\nHost: terminal\r\nAccept: text/event-stream\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut stream = BufReader::new(stream);
        let (status, headers) = read_head(&mut stream);
        assert_eq!(status, 200);
        assert_eq!(headers["content-type"], "text/event-stream; charset=utf-8");
        Self(stream)
    }

    /// The next line of the stream; `None` at its end. The lines that carry the sizes of chunks are left out.
    pub(crate) fn line(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            let line = line.trim_end();
            let is_chunk_size = !line.is_empty() && line.bytes().all(|b| b.is_ascii_hexdigit());
            if !line.is_empty() && !is_chunk_size {
                return Some(line.to_owned());
            }
        }
    }

    /// The next event: number, kind, data.
    pub(crate) fn next(&mut self) -> (u64, String, Value) {
        let mut fields = HashMap::new();
        while fields.len() < 3 {
            let line = self.line().expect("the stream ended");
            let (field, value) = line.split_once(':').unwrap();
            if ["id", "event", "data"].contains(&field) {
                fields.insert(field.to_owned(), value.trim().to_owned());
            }
        }
        let data = serde_json::from_str(&fields["data"]).unwrap();
        (fields["id"].parse().unwrap(), fields["event"].clone(), data)
    }
}

/// A server for a client of this name with these rights.
pub(crate) fn with_rights(store: &Arc<MemoryStore>, name: &str, rights: &[Right]) -> Server {
    let settings = ReceiptConfig {
        institution_code: "1310000001".into(),
        ..config(name, rights)
    };
    Server::start(store, settings)
}

/// A server for a client of this name with every right.
pub(crate) fn all(store: &Arc<MemoryStore>, name: &str) -> Server {
    with_rights(store, name, &Right::ALL)
}

/// A request with a body, and with an idempotency key where one is given.
pub(crate) fn send(
    server: &Server,
    method: &str,
    target: &str,
    key: &str,
    kind: &str,
    body: &[u8],
) -> Answer {
    let key = if key.is_empty() {
        String::new()
    } else {
        format!("Idempotency-Key: {key}\r\n")
    };
    let headers = format!(
        "{key}Content-Type: {kind}\r\nContent-Length: {}\r\n",
        body.len()
    );
    server.ask(method, target, &headers, body)
}
