//! What a browser does on the patient's and the staff's page, spoken directly: take the one-time address,
//! keep the cookie, follow the views over the WebSocket, press buttons by their id.

use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::browser::Browser;
use crate::http::send;

/// Longest wait for a page to come.
const PATIENCE: Duration = Duration::from_secs(30);

struct Socket {
    stream: WebSocketStream<TcpStream>,
    view: Value,
    /// Live pictures received.
    frames: u64,
    /// Every text that came, as it came.
    traffic: Vec<String>,
}

impl Socket {
    async fn open(url_file: &Path) -> anyhow::Result<Self> {
        let url = read_url(url_file).await?;
        let rest = url
            .trim()
            .strip_prefix("http://")
            .context("not an http address")?;
        let (host, path) = rest.split_once('/').context("no path in the address")?;
        let stream = TcpStream::connect(host).await?;
        let response = send(
            stream,
            "GET",
            &format!("/{path}"),
            &[("host", host)],
            Vec::new(),
        )
        .await?;
        let cookie = response
            .headers()
            .get("set-cookie")
            .and_then(|value| value.to_str().ok())
            .with_context(|| format!("no cookie ({})", response.status()))?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let mut request = format!("ws://{host}/ws").into_client_request()?;
        request
            .headers_mut()
            .insert("origin", format!("http://{host}").parse()?);
        request.headers_mut().insert("cookie", cookie.parse()?);
        let (stream, _) =
            tokio_tungstenite::client_async(request, TcpStream::connect(host).await?).await?;
        Ok(Self {
            stream,
            view: Value::Null,
            frames: 0,
            traffic: Vec::new(),
        })
    }

    async fn next(&mut self) -> anyhow::Result<()> {
        match self
            .stream
            .next()
            .await
            .context("the page's socket closed")??
        {
            Message::Text(text) => {
                let value: Value = serde_json::from_str(&text)?;
                self.traffic.push(text.to_string());
                if value["type"] == "view" {
                    self.view = value;
                } else if value["type"] != "alive" {
                    self.view["answer"] = value;
                }
            }
            // Zeros are no picture: they wipe the last one off the socket's buffer.
            Message::Binary(bytes) => self.frames += u64::from(bytes.iter().any(|byte| *byte != 0)),
            Message::Close(_) => bail!("the page's socket closed"),
            _ => {}
        }
        Ok(())
    }

    async fn until(
        &mut self,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        let until = Instant::now() + PATIENCE;
        while !wanted(&self.view) {
            let left = until.saturating_duration_since(Instant::now());
            if let Err(error) = tokio::time::timeout(left, self.next())
                .await
                .map_err(anyhow::Error::new)
                .and_then(|read| read)
            {
                bail!(
                    "waiting for {what}: {error:#}; the page shows {}",
                    self.view
                );
            }
        }
        Ok(self.view.clone())
    }

    async fn say(&mut self, value: Value) -> anyhow::Result<()> {
        self.stream
            .send(Message::text(value.to_string()))
            .await
            .context("the page's socket closed")
    }
}

async fn read_url(file: &Path) -> anyhow::Result<String> {
    let until = Instant::now() + PATIENCE;
    loop {
        match std::fs::read_to_string(file) {
            Ok(url) if !url.trim().is_empty() => return Ok(url),
            _ if Instant::now() > until => bail!("{} does not appear", file.display()),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// The patient's page: spoken directly, or drawn and touched in a real browser.
pub struct PatientPage(Hands);

enum Hands {
    Socket(Box<Socket>),
    Browser {
        browser: OwnedMutexGuard<Browser>,
        /// When a finger last touched.
        touched: Option<Instant>,
    },
}

/// Two buttons that lie at the same place are not touched faster than this: the page takes the second tap of a double tap for the
/// first screen's.
const NEXT_TOUCH: Duration = Duration::from_millis(600);

/// Browsers that are used again: the page of a visit that is over leaves its own here.
#[derive(Default)]
pub(crate) struct Browsers(std::sync::Mutex<Vec<Arc<Mutex<Browser>>>>);

impl Browsers {
    /// One that no page uses now, or a new one.
    async fn one(&self) -> anyhow::Result<OwnedMutexGuard<Browser>> {
        let kept = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for one in kept {
            if let Ok(free) = one.try_lock_owned() {
                return Ok(free);
            }
        }
        let new = Arc::new(Mutex::new(fresh().await?));
        let taken = Arc::clone(&new).lock_owned().await;
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(new);
        Ok(taken)
    }
}

/// A browser that keeps what the page draws.
async fn fresh() -> anyhow::Result<Browser> {
    let mut browser = Browser::start(1280, 800).await?;
    browser.before_every_page(NOTE_VIEWS).await?;
    Ok(browser)
}

/// Keeps the newest view the page has drawn, and counts the live pictures.
const NOTE_VIEWS: &str = r#"
  window.drawn = null; window.pictures = 0;
  const Plain = WebSocket;
  window.WebSocket = class extends Plain {
    set onmessage(draw) {
      super.onmessage = (event) => {
        draw(event);
        if (typeof event.data !== "string") window.pictures += 1;
        else if (event.data.startsWith('{"type":"view"')) window.drawn = JSON.parse(event.data);
      };
    }
  };
"#;

impl PatientPage {
    /// Opens the page as the kiosk browser does.
    ///
    /// # Errors
    /// No address, no cookie, no socket.
    pub async fn open(url_file: &Path) -> anyhow::Result<Self> {
        let socket = Socket::open(url_file).await?;
        Ok(Self(Hands::Socket(Box::new(socket))))
    }

    /// Opens the page in a Chromium of its own; presses are then touches of a finger.
    ///
    /// # Errors
    /// No browser, no address.
    pub async fn open_in_browser(url_file: &Path) -> anyhow::Result<Self> {
        let browser = Arc::new(Mutex::new(fresh().await?));
        Self::open_with(browser.lock_owned().await, url_file).await
    }

    /// Opens the page in one of the browsers of a bench.
    ///
    /// # Errors
    /// No browser, no address.
    pub(crate) async fn open_in_one_of(
        browsers: &Browsers,
        url_file: &Path,
    ) -> anyhow::Result<Self> {
        Self::open_with(browsers.one().await?, url_file).await
    }

    async fn open_with(
        mut browser: OwnedMutexGuard<Browser>,
        url_file: &Path,
    ) -> anyhow::Result<Self> {
        browser.open(read_url(url_file).await?.trim()).await?;
        browser.wait_for("!!window.drawn").await?;
        Ok(Self(Hands::Browser {
            browser,
            touched: None,
        }))
    }

    /// The browser that draws the page, if one does that is this page's alone.
    #[must_use]
    pub fn into_browser(self) -> Option<Browser> {
        match self.0 {
            Hands::Socket(_) => None,
            Hands::Browser { browser, .. } => {
                let shared = Arc::clone(OwnedMutexGuard::mutex(&browser));
                drop(browser);
                Some(Arc::try_unwrap(shared).ok()?.into_inner())
            }
        }
    }

    /// Waits until one of these pages is shown and gives its view back.
    ///
    /// # Errors
    /// It does not come.
    pub async fn wait_for(&mut self, pages: &[&str]) -> anyhow::Result<Value> {
        self.wait_until(&format!("page {pages:?}"), |view| {
            view["page"]
                .as_str()
                .is_some_and(|page| pages.contains(&page))
        })
        .await
    }

    /// Waits until a view fits.
    ///
    /// # Errors
    /// It does not come.
    pub async fn wait_until(
        &mut self,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        let browser = match &mut self.0 {
            Hands::Socket(socket) => return socket.until(what, wanted).await,
            Hands::Browser { browser, .. } => browser,
        };
        let until = Instant::now() + PATIENCE;
        loop {
            let view = browser.evaluate("window.drawn").await?;
            if wanted(&view) {
                return Ok(view);
            }
            if Instant::now() > until {
                bail!("waiting for {what}; the page shows {view}");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Presses a button.
    ///
    /// # Errors
    /// The socket is closed, or the button is not there to be touched.
    pub async fn press(&mut self, id: &str) -> anyhow::Result<()> {
        match &mut self.0 {
            Hands::Socket(socket) => {
                socket
                    .say(serde_json::json!({ "type": "press", "id": id }))
                    .await
            }
            Hands::Browser { browser, touched } => {
                let last = touched.replace(Instant::now()).map(|at| at.elapsed());
                if let Some(since) = last
                    && !id.starts_with("key-")
                {
                    tokio::time::sleep(NEXT_TOUCH.saturating_sub(since)).await;
                }
                browser.tap(id).await?;
                *touched = Some(Instant::now());
                Ok(())
            }
        }
    }

    /// Presses a button that the page must not offer: spoken directly the press is sent all the same, in a browser there is
    /// nothing to touch.
    ///
    /// # Errors
    /// The socket is closed, or the button can be pressed.
    pub async fn press_absent(&mut self, id: &str) -> anyhow::Result<()> {
        match &mut self.0 {
            Hands::Socket(_) => self.press(id).await,
            Hands::Browser { browser, .. } => {
                let there = browser
                    .evaluate(&format!(
                        "document.getElementById('{id}')?.disabled === false"
                    ))
                    .await?;
                ensure!(there == Value::Bool(false), "`{id}` can be pressed");
                Ok(())
            }
        }
    }

    /// Types digits, one press each, waiting until the page counts each, and confirms.
    ///
    /// # Errors
    /// The keypad is not there, or does not count.
    pub async fn type_digits(&mut self, digits: &str) -> anyhow::Result<()> {
        self.wait_until("an empty keypad", |view| {
            view["page"] == "keypad" && filled(view) == 0
        })
        .await?;
        for (count, digit) in digits.chars().enumerate() {
            self.press(&format!("key-{digit}")).await?;
            self.wait_until("the digit to be counted", |view| {
                filled(view) == count as u64 + 1
            })
            .await?;
        }
        self.press("confirm").await
    }

    /// Every text that the page received so far; of a page in a browser none.
    #[must_use]
    pub fn traffic(&self) -> &[String] {
        match &self.0 {
            Hands::Socket(socket) => &socket.traffic,
            Hands::Browser { .. } => &[],
        }
    }

    /// Live pictures received so far.
    ///
    /// # Errors
    /// The browser does not answer.
    pub async fn frames(&mut self) -> anyhow::Result<u64> {
        match &mut self.0 {
            Hands::Socket(socket) => Ok(socket.frames),
            Hands::Browser { browser, .. } => Ok(browser
                .evaluate("window.pictures")
                .await?
                .as_u64()
                .unwrap_or(0)),
        }
    }
}

/// How many digits the page says are typed.
fn filled(view: &Value) -> u64 {
    view["keypad"]["groups"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|group| group["filled"].as_u64())
        .sum()
}

/// The staff's page.
pub struct StaffPage(Socket);

impl StaffPage {
    /// Opens the page.
    ///
    /// # Errors
    /// No address, no cookie, no socket.
    pub async fn open(url_file: &Path) -> anyhow::Result<Self> {
        Ok(Self(Socket::open(url_file).await?))
    }

    /// Every text that the page received so far.
    #[must_use]
    pub fn traffic(&self) -> &[String] {
        &self.0.traffic
    }

    /// Waits until a view fits.
    ///
    /// # Errors
    /// It does not come.
    pub async fn wait_until(
        &mut self,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        self.0.until(what, wanted).await
    }

    /// Confirms the waiting visit by sight; gives the page's answer back.
    ///
    /// # Errors
    /// No visit waits, or no answer comes.
    pub async fn confirm_visual(&mut self, name: &str, passcode: &str) -> anyhow::Result<Value> {
        let view = self
            .wait_until("a visit that waits for staff", |view| {
                view["visit"]["visual"].is_object()
            })
            .await?;
        let visit = view["visit"]["number"]
            .as_str()
            .context("no visit number")?
            .to_owned();
        self.0.view["answer"] = Value::Null;
        self.0.say(serde_json::json!({ "type": "confirm-visual", "visit": visit, "staff_name": name, "passcode": passcode })).await?;
        let view = self
            .wait_until("an answer to the passcode", |view| {
                !view["answer"].is_null()
            })
            .await?;
        Ok(view["answer"].clone())
    }
}
