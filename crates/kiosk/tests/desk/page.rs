//! The desk's page before that daemon, and somebody at it.

use crate::common::{Answer, LIMIT, Served, Socket, serve};
use crate::daemon::{Asked, Daemon};
use kiosk::desk::DeskPlan;
use kiosk::staff::{StaffConfig, StaffPort, StaffState};
use kiosk::{Credential, ScreenSize};
use serde_json::Value;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

pub(crate) struct Page {
    pub(crate) served: Served,
    pub(crate) asked: Asked,
    pub(crate) changes: watch::Sender<u64>,
    pub(crate) gate: String,
    pub(crate) scheme: &'static str,
    pub(crate) removed: Arc<Mutex<Vec<String>>>,
    pub(crate) state: watch::Sender<StaffState>,
    pub(crate) accounts: Arc<AtomicBool>,
    pub(crate) full: Arc<AtomicBool>,
    pub(crate) hangs: Arc<AtomicBool>,
}

pub(crate) async fn page(idle: Duration) -> Page {
    page_on(idle, None).await
}

/// The page as the clinic's network has it, without the TLS around it.
pub(crate) async fn page_on(idle: Duration, network: Option<Vec<String>>) -> Page {
    let removed = Arc::<Mutex<Vec<String>>>::default();
    let asked = Asked::default();
    let accounts = Arc::new(AtomicBool::new(true));
    let full = Arc::new(AtomicBool::new(false));
    let hangs = Arc::new(AtomicBool::new(false));
    let (changes, changed) = watch::channel(0);
    let (state, states) = watch::channel(StaffState::default());
    let (requests, _) = mpsc::channel(4);
    let credential = Credential::generate().unwrap();
    let plan = DeskPlan {
        desk: Arc::new(Daemon {
            asked: Arc::clone(&asked),
            removed: Arc::clone(&removed),
            changes: changed,
            accounts: Arc::clone(&accounts),
            full: Arc::clone(&full),
            hangs: Arc::clone(&hangs),
        }),
        idle,
        network: network.clone(),
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
    let served = serve(router, credential).await;
    let (gate, scheme) = match network {
        None => (served.sign_in().await, "http"),
        Some(_) => ("none=1".to_owned(), "https"),
    };
    Page {
        served,
        asked,
        changes,
        gate,
        scheme,
        removed,
        state,
        accounts,
        full,
        hangs,
    }
}

impl Page {
    pub(crate) async fn get(&self, person: &str, target: &str) -> Answer {
        let cookies = format!("{}; {person}", self.gate);
        self.served
            .request(
                target,
                &[("Host", &self.served.host()), ("Cookie", &cookies)],
            )
            .await
    }

    pub(crate) async fn post(&self, person: &str, target: &str, body: &str) -> Answer {
        let host = self.served.host();
        let text = format!(
            "POST {target} HTTP/1.1\r\nHost: {host}\r\nOrigin: {}://{host}\r\nCookie: {}; {person}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.scheme,
            self.gate,
            body.len()
        );
        let mut stream = TcpStream::connect(&host).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(LIMIT, stream.read_to_string(&mut answer))
            .await
            .unwrap()
            .unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.into(),
            body: body.into(),
        }
    }

    pub(crate) async fn sign_in(&self, name: &str) -> String {
        let entered = self
            .post("", "/desk/sign-in", &format!("name={name}&password=right"))
            .await;
        assert_eq!(entered.status, 303, "{entered:?}");
        let cookie = entered.header("set-cookie").unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
        cookie.split(';').next().unwrap().to_owned()
    }

    pub(crate) async fn send(&self, person: &str, target: &str, body: &str) -> Answer {
        let drawn = self.get(person, "/desk/lookup").await.body;
        let key = drawn.split("name=\"key\" value=\"").nth(1).unwrap();
        let key = key.split('"').next().unwrap();
        self.post(person, target, &format!("{body}&key={key}"))
            .await
    }

    /// Opens the overview's socket; `None` when that is refused.
    pub(crate) async fn socket(&self, person: &str) -> Option<Socket> {
        let origin = format!("{}://{}", self.scheme, self.served.host());
        let cookies = format!("{}; {person}", self.gate);
        let opened = self.served.socket_with(Some(&origin), Some(&cookies));
        opened.await.ok()
    }

    pub(crate) fn asked(&self) -> Vec<(String, Value)> {
        self.asked.lock().unwrap().clone()
    }
}
