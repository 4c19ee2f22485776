//! The desk's pages over HTTP as a browser asks for them, with the counter, a real ledger and the simulated service behind.

mod again;
mod counter;
mod earlier;
mod medical;
mod network;
mod sign_in;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kiosk::desk::DeskPlan;
use kiosk::staff::{StaffConfig, StaffPort, StaffState};
use kiosk::{Credential, ScreenSize};
use ledger::{NewConsent, NewResult};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use super::accounts::Accounts;
use super::{DeskSide, totp};
use crate::counter::tests::{Bench, bench, bench_with};

const CLERK: (&str, &str) = ("受付 花子", "reception 2468");
const DOCTOR: (&str, &str) = ("医師 太郎", "physician 1357");

struct Page {
    bench: Bench,
    address: SocketAddr,
    gate: String,
    second: String,
    _state: watch::Sender<StaffState>,
}

/// One browser: its cookies.
#[derive(Default, Clone)]
struct Browser {
    gate: String,
    person: String,
}

struct Answer {
    status: u16,
    location: String,
    cookie: Option<String>,
    body: String,
}

fn read(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    };
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        location: header("location").unwrap_or_default(),
        cookie: header("set-cookie").and_then(|line| Some(line.split(';').next()?.to_owned())),
        body: body.to_owned(),
    }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: String) -> Answer {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A TLS peer may end without saying so.
    let _ = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer))
        .await
        .unwrap();
    read(&String::from_utf8(answer).unwrap())
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let plain = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || byte == b'-' {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
    };
    let pairs: Vec<_> = fields
        .iter()
        .map(|(key, value)| format!("{key}={}", plain(value)))
        .collect();
    pairs.join("&")
}

/// Reads the stream of changes until it has told of so many.
async fn hear(live: &mut TcpStream, told: &mut String, changes: usize) {
    let mut heard = vec![0; 4096];
    while told.matches("event: changed").count() < changes {
        let read = tokio::time::timeout(Duration::from_secs(10), live.read(&mut heard)).await;
        let read = read.unwrap().unwrap();
        assert!(read > 0, "the stream ended: {told}");
        told.push_str(&String::from_utf8_lossy(&heard[..read]));
    }
}

async fn page() -> Page {
    page_of(bench().await).await
}

async fn page_of(bench: Bench) -> Page {
    let path = bench.folder.path().join("staff.json");
    let mut accounts = Accounts::default();
    accounts.put(CLERK.0, CLERK.1, false).unwrap();
    let address = accounts.put(DOCTOR.0, DOCTOR.1, true).unwrap().unwrap();
    let second = address
        .split("secret=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned();
    accounts.save(&path, bench.folder.path()).unwrap();
    let (state, states) = watch::channel(StaffState::default());
    let (requests, _) = mpsc::channel(4);
    let credential = Credential::generate().unwrap();
    let plan = DeskPlan {
        desk: Arc::new(DeskSide::start(
            bench.counter.clone(),
            path,
            bench.stop.subscribe(),
        )),
        idle: Duration::from_secs(600),
        network: None,
    };
    let config = StaffConfig {
        credential: credential.clone(),
        simulated: true,
        size: ScreenSize::default(),
    };
    let port = StaffPort {
        state: states,
        requests,
    };
    let router = kiosk::staff::router_with_desk(port, config, &plan);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(kiosk::serve(listener, router, std::future::pending()));
    let token = credential.issue().unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let opened = exchange(
        stream,
        format!(
            "GET /?s={} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n",
            *token
        ),
    )
    .await;
    Page {
        bench,
        address,
        gate: opened.cookie.unwrap(),
        second,
        _state: state,
    }
}

impl Page {
    fn browser(&self) -> Browser {
        Browser {
            gate: self.gate.clone(),
            person: String::new(),
        }
    }

    async fn ask(
        &self,
        browser: &Browser,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
        more: &str,
    ) -> Answer {
        let address = self.address;
        let body = encoded(fields);
        let cookies = format!("{}; {}", browser.gate, browser.person);
        let stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookies}\r\nContent-Length: {}\r\nConnection: close\r\n{more}\r\n{body}",
            body.len()
        );
        exchange(stream, request).await
    }

    async fn get(&self, browser: &Browser, target: &str) -> Answer {
        self.ask(browser, "GET", target, &[], "").await
    }

    /// Sends a form without the page's key.
    async fn post(&self, browser: &Browser, target: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = format!("Origin: http://{}\r\n", self.address);
        self.ask(browser, "POST", target, fields, &origin).await
    }

    /// Sends a form as the page draws it: with the key of the session.
    async fn send(&self, browser: &Browser, target: &str, fields: &[(&str, &str)]) -> Answer {
        let drawn = self.get(browser, "/desk/lookup").await.body;
        let key = drawn
            .split("name=\"key\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let mut fields = fields.to_vec();
        fields.push(("key", &key));
        self.post(browser, target, &fields).await
    }

    async fn sign_in(&self, (name, password): (&str, &str)) -> Browser {
        let mut browser = self.browser();
        let fields = [("name", name), ("password", password)];
        let answer = self.post(&browser, "/desk/sign-in", &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        browser.person = answer.cookie.unwrap();
        browser
    }

    async fn audit(&self) -> Vec<(String, String, Value)> {
        let records = self
            .bench
            .counter
            .desk
            .run(|ledger| ledger.audit_records(0, 1000))
            .await;
        let records = records.unwrap().unwrap();
        records
            .into_iter()
            .map(|record| (record.actor, record.action, record.detail))
            .collect()
    }

    async fn recorded(&self, actor: &str, action: &str) -> Vec<Value> {
        let audit = self.audit().await;
        let ours = audit
            .into_iter()
            .filter(|(who, what, _)| who == actor && what == action);
        ours.map(|(_, _, detail)| detail).collect()
    }
}
