//! Both pages on real listeners, and plain clients for them.
#![allow(dead_code, unreachable_pub)]

use futures_util::{SinkExt, StreamExt};
use kiosk::patient::{Input, LivePicture, Page, PatientConfig, PatientPort, Screen, Terminal};
use kiosk::staff::{StaffConfig, StaffPort, StaffRequest, StaffState};
use kiosk::{Credential, ScreenSize};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longest wait for anything in these tests.
pub const LIMIT: Duration = Duration::from_secs(10);

/// A page on its listener; dropping it ends the serving.
pub struct Served {
    pub port: u16,
    pub credential: Credential,
    _end: oneshot::Sender<()>,
}

pub struct Patient {
    pub served: Served,
    pub screen: watch::Sender<Screen>,
    pub frames: watch::Sender<Option<LivePicture>>,
    pub input: mpsc::Receiver<Input>,
}

pub struct Staff {
    pub served: Served,
    pub state: watch::Sender<StaffState>,
    pub requests: mpsc::Receiver<StaffRequest>,
}

pub async fn serve(router: axum::Router, credential: Credential) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (end, ended) = oneshot::channel::<()>();
    tokio::spawn(kiosk::serve(listener, router, async move {
        let _ = ended.await;
    }));
    Served {
        port,
        credential,
        _end: end,
    }
}

pub async fn patient(page: Page) -> Patient {
    let (screen, screens) = watch::channel(Screen::new(page));
    let (frames, frame) = watch::channel(None);
    let (send, input) = mpsc::channel(64);
    let credential = Credential::generate().unwrap();
    let config = PatientConfig {
        credential: credential.clone(),
        terminal: Terminal {
            simulated: true,
            ..Terminal::default()
        },
        size: ScreenSize::default(),
    };
    let router = kiosk::patient::router(
        PatientPort {
            screen: screens,
            frames: frame,
            input: send,
        },
        config,
    );
    Patient {
        served: serve(router, credential).await,
        screen,
        frames,
        input,
    }
}

pub async fn staff(state: StaffState) -> Staff {
    let (state, states) = watch::channel(state);
    let (send, requests) = mpsc::channel(4);
    let credential = Credential::generate().unwrap();
    let config = StaffConfig {
        credential: credential.clone(),
        simulated: true,
        size: ScreenSize::default(),
    };
    let router = kiosk::staff::router(
        StaffPort {
            state: states,
            requests: send,
        },
        config,
    );
    Staff {
        served: serve(router, credential).await,
        state,
        requests,
    }
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Served {
    /// Sends a request as written, with the given header lines.
    pub async fn request(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let mut text = format!("GET {target} HTTP/1.1\r\nConnection: close\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(LIMIT, stream.read_to_end(&mut answer))
            .await
            .unwrap()
            .unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.into(),
            body: body.into(),
        }
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Opens a session as a browser does, and returns its cookie.
    pub async fn sign_in(&self) -> String {
        let token = self.credential.issue().unwrap();
        let answer = self
            .request(
                &format!("/?s={}", token.as_str()),
                &[("Host", &self.host())],
            )
            .await;
        assert_eq!(answer.status, 303, "{answer:?}");
        answer
            .header("set-cookie")
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    }

    /// Opens the WebSocket with these headers.
    pub async fn socket_with(
        &self,
        origin: Option<&str>,
        cookie: Option<&str>,
    ) -> Result<Socket, Error> {
        let mut request = format!("ws://127.0.0.1:{}/ws", self.port)
            .into_client_request()
            .unwrap();
        if let Some(origin) = origin {
            request
                .headers_mut()
                .insert("origin", origin.parse().unwrap());
        }
        if let Some(cookie) = cookie {
            request
                .headers_mut()
                .insert("cookie", cookie.parse().unwrap());
        }
        connect_async(request)
            .await
            .map(|(stream, _)| Socket(stream))
    }

    /// Opens the WebSocket as the page does.
    pub async fn socket(&self) -> Socket {
        let cookie = self.sign_in().await;
        self.socket_with(Some(&self.origin()), Some(&cookie))
            .await
            .unwrap()
    }
}

pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub async fn send_raw(&mut self, message: Message) {
        let _ = self.0.send(message).await;
    }

    pub async fn press(&mut self, id: &str) {
        self.send(&format!(r#"{{"type":"press","id":"{id}"}}"#))
            .await;
    }

    /// The next message but pings and `alive`; `None` when the line is closed.
    pub async fn next(&mut self) -> Option<Message> {
        loop {
            let message = timeout(LIMIT, self.0.next())
                .await
                .expect("nothing came")?
                .ok()?;
            match message {
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(_) => return None,
                Message::Text(text) if text.as_str() == r#"{"type":"alive"}"# => {}
                other => return Some(other),
            }
        }
    }

    /// The next JSON message.
    pub async fn json(&mut self) -> serde_json::Value {
        match self.next().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("no text: {other:?}"),
        }
    }

    /// Whether nothing but beats comes for a moment.
    pub async fn silent(&mut self) -> bool {
        timeout(Duration::from_millis(150), self.next())
            .await
            .is_err()
    }
}
