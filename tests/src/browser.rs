//! A headless Chromium, driven over its own debugging protocol: enough to open a page, press, read and
//! take a picture.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::process::Child;

/// How long the browser may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a press may take to arrive in the page.
const ARRIVES: Duration = Duration::from_secs(5);

/// The middle of the element `ID` when it has stood still for two frames and nothing covers it; marks the page as awaiting a press.
const MIDDLE: &str = r"(async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const at = () => { const r = document.getElementById('ID')?.getBoundingClientRect(); return r && [r.x + r.width / 2, r.y + r.height / 2]; };
  let last = null;
  for (let tries = 0; tries < 120; tries++) {
    document.getElementById('ID')?.scrollIntoView({ block: 'nearest' });
    await frame();
    const now = at();
    if (now && last && now[0] === last[0] && now[1] === last[1]) break;
    last = now;
  }
  const element = document.getElementById('ID');
  const hit = last && document.elementFromPoint(last[0], last[1]);
  if (!element || !hit || !(element === hit || element.contains(hit))) return null;
  window.awaitsPress = true;
  window.addEventListener('click', () => { window.awaitsPress = false; }, { capture: true, once: true });
  return last;
})()";

/// One browser with one tab.
pub struct Browser {
    child: Child,
    profile: TempDir,
    socket: WebSocketStream<TcpStream>,
    next: u64,
    /// Answers that came before they were asked for.
    early: HashMap<u64, Value>,
}

impl Browser {
    /// Starts the browser with an empty tab of this size.
    ///
    /// # Errors
    /// Chromium is not installed or does not come up.
    pub async fn start(width: u32, height: u32) -> anyhow::Result<Self> {
        let profile = tempfile::Builder::new()
            .prefix("uketsuke-browser-")
            .tempdir()?;
        let mut command = Command::new("chromium");
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .args([
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--lang=ja",
                "--autoplay-policy=no-user-gesture-required",
            ])
            .arg(format!("--window-size={width},{height}"))
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank");
        let mut child = Child::start("chromium", &mut command, &profile.path().join("log"))?;
        let port_file = profile.path().join("DevToolsActivePort");
        let until = Instant::now() + PATIENCE;
        let port: u16 = loop {
            if let Some(port) = std::fs::read_to_string(&port_file)
                .ok()
                .and_then(|text| text.lines().next()?.parse().ok())
            {
                break port;
            }
            if Instant::now() > until || !child.runs() {
                bail!("chromium does not come up: {}", child.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let path = tab(port).await?;
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(64 << 20))
            .max_frame_size(Some(64 << 20));
        let (socket, _) = tokio_tungstenite::client_async_with_config(
            format!("ws://127.0.0.1:{port}{path}"),
            stream,
            Some(config),
        )
        .await?;
        let mut browser = Self {
            child,
            profile,
            socket,
            next: 0,
            early: HashMap::new(),
        };
        browser.call("Page.enable", json!({})).await?;
        let touch = json!({ "enabled": true, "maxTouchPoints": 1 });
        browser
            .call("Emulation.setTouchEmulationEnabled", touch)
            .await?;
        browser.resize(width, height).await?;
        Ok(browser)
    }

    /// Gives the page a screen of this size.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn resize(&mut self, width: u32, height: u32) -> anyhow::Result<()> {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await
        .map(|_| ())
    }

    /// Opens an address.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn open(&mut self, url: &str) -> anyhow::Result<()> {
        self.call("Page.navigate", json!({ "url": url }))
            .await
            .map(|_| ())
    }

    /// Evaluates an expression in the page.
    ///
    /// # Errors
    /// It throws.
    pub async fn evaluate(&mut self, expression: &str) -> anyhow::Result<Value> {
        let result = self
            .call(
                "Runtime.evaluate",
                json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
            )
            .await?;
        if result["exceptionDetails"].is_object() {
            bail!("{expression}: {}", result["exceptionDetails"]);
        }
        Ok(result["result"]["value"].clone())
    }

    /// Waits until an expression is true.
    ///
    /// # Errors
    /// It does not become true.
    pub async fn wait_for(&mut self, expression: &str) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.evaluate(expression).await {
                Ok(Value::Bool(true)) => return Ok(()),
                Ok(_) => {}
                // Asked while one page gave way to the next.
                Err(error) if is_between_pages(&error) => {}
                Err(error) => return Err(error),
            }
            if Instant::now() > until {
                let text = self
                    .evaluate("document.body ? document.body.innerText : ''")
                    .await?;
                bail!("`{expression}` does not become true; the page says {text}");
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until the patient's page shows this page.
    ///
    /// # Errors
    /// It does not.
    pub async fn wait_for_page(&mut self, page: &str) -> anyhow::Result<()> {
        self.wait_for(&format!("document.body?.dataset.page === '{page}'"))
            .await
    }

    /// Presses the element with this id, as a finger would: at its middle, once it stands still.
    ///
    /// # Errors
    /// It is not there, covered, or takes no press.
    pub async fn tap(&mut self, id: &str) -> anyhow::Result<()> {
        let there = format!(
            "!!document.getElementById('{id}') && !document.getElementById('{id}').disabled"
        );
        self.wait_for(&there).await?;
        for _ in 0..3 {
            let at = match self.evaluate(&MIDDLE.replace("ID", id)).await {
                Ok(at) => at,
                // One page was giving way to the next.
                Err(error) if is_between_pages(&error) => {
                    self.wait_for(&there).await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let (x, y) = at[0]
                .as_f64()
                .zip(at[1].as_f64())
                .with_context(|| format!("`{id}` is covered or outside the screen"))?;
            // Both at once: a finger that waits for an answer between them would be held down, on a busy machine long enough
            // for another gesture.
            let mut sent = Vec::new();
            for (kind, points) in [
                ("touchStart", json!([{ "x": x, "y": y }])),
                ("touchEnd", json!([])),
            ] {
                let params = json!({ "type": kind, "touchPoints": points });
                sent.push(self.send("Input.dispatchTouchEvent", params).await?);
            }
            for one in sent {
                self.answer("Input.dispatchTouchEvent", one).await?;
            }
            if self.is_pressed().await? {
                return Ok(());
            }
        }
        bail!("`{id}` takes no press")
    }

    /// Whether the last press arrived as a click, or led to another page.
    async fn is_pressed(&mut self) -> anyhow::Result<bool> {
        let until = Instant::now() + ARRIVES;
        while Instant::now() < until {
            match self.evaluate("window.awaitsPress !== true").await {
                Ok(Value::Bool(true)) => return Ok(true),
                Ok(_) => {}
                Err(error) if is_between_pages(&error) => return Ok(true),
                Err(error) => return Err(error),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(false)
    }

    /// Presses a key of the keyboard: a character, or a name such as `Enter`, `Tab`, `ArrowDown`.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn key(&mut self, key: &str) -> anyhow::Result<()> {
        // What a keyboard's driver adds to the name; a page that listens to keys needs no more.
        let (code, text) = match key {
            "Enter" => (13, Some("\r")),
            "Tab" => (9, None),
            "Escape" => (27, None),
            "Backspace" => (8, None),
            "ArrowDown" => (40, None),
            "ArrowUp" => (38, None),
            one => (
                one.bytes()
                    .next()
                    .map_or(0, |byte| i64::from(byte.to_ascii_uppercase())),
                Some(one),
            ),
        };
        let mut down = json!({ "type": "keyDown", "key": key, "windowsVirtualKeyCode": code });
        if let Some(text) = text {
            down["text"] = text.into();
        }
        self.call("Input.dispatchKeyEvent", down).await?;
        let up = json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code });
        self.call("Input.dispatchKeyEvent", up).await?;
        Ok(())
    }

    /// A picture of the page.
    ///
    /// # Errors
    /// The browser gives none, or the file can't be written.
    pub async fn screenshot(&mut self, file: &Path) -> anyhow::Result<PathBuf> {
        std::fs::write(file, self.picture("png", 100).await?)?;
        Ok(file.to_path_buf())
    }

    /// A picture of the page as `png`, `jpeg` or `webp`.
    ///
    /// # Errors
    /// The browser gives none.
    pub async fn picture(&mut self, format: &str, quality: u8) -> anyhow::Result<Vec<u8>> {
        let mut params = json!({ "format": format, "optimizeForSpeed": true });
        if format != "png" {
            params["quality"] = quality.into();
        }
        let result = self.call("Page.captureScreenshot", params).await?;
        Ok(base64::engine::general_purpose::STANDARD
            .decode(result["data"].as_str().context("no picture")?)?)
    }

    /// How many pages the page takes on paper of this size, in millimetres, and the PDF itself.
    ///
    /// # Errors
    /// The browser prints nothing.
    pub async fn printed(&mut self, width: f64, height: f64) -> anyhow::Result<(usize, Vec<u8>)> {
        const INCH: f64 = 25.4;
        let params = json!({ "paperWidth": width / INCH, "paperHeight": height / INCH, "preferCSSPageSize": false,
            "marginTop": 8.0 / INCH, "marginBottom": 8.0 / INCH, "marginLeft": 8.0 / INCH, "marginRight": 8.0 / INCH });
        let result = self.call("Page.printToPDF", params).await?;
        let pdf = base64::engine::general_purpose::STANDARD
            .decode(result["data"].as_str().context("nothing was printed")?)?;
        let mark: &[u8] = b"/Type /Page\n";
        let pages = pdf.windows(mark.len()).filter(|part| *part == mark).count();
        Ok((pages, pdf))
    }

    /// Runs a script in every page before the page's own.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn before_every_page(&mut self, source: &str) -> anyhow::Result<()> {
        let params = json!({ "source": source });
        self.call("Page.addScriptToEvaluateOnNewDocument", params)
            .await
            .map(|_| ())
    }

    /// Waits until an expression is true, looking after each painted picture.
    ///
    /// # Errors
    /// It does not become true within some seconds.
    pub async fn wait_for_quickly(&mut self, expression: &str) -> anyhow::Result<()> {
        let until = Instant::now() + Duration::from_secs(60);
        while self.evaluate(expression).await? != Value::Bool(true) {
            if Instant::now() > until {
                let page = self
                    .evaluate("JSON.stringify([document.title, document.body?.dataset.page, window.drawn?.slice(0, 200), window.broken])")
                    .await?;
                bail!(
                    "`{}` does not become true; {page}",
                    expression.chars().take(120).collect::<String>()
                );
            }
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
        Ok(())
    }

    /// The folder in which the browser keeps what it remembers.
    #[must_use]
    pub fn profile(&self) -> &Path {
        self.profile.path()
    }

    /// Ends the browser as a person does, so that it writes what it means to remember, and gives the folder with that.
    ///
    /// # Errors
    /// It does not end by itself.
    pub async fn close(mut self) -> anyhow::Result<TempDir> {
        // The answer may not come any more.
        let _ = self.call("Browser.close", json!({})).await;
        let until = Instant::now() + PATIENCE;
        while self.child.runs() {
            if Instant::now() > until {
                bail!("chromium does not end: {}", self.child.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(self.profile)
    }

    async fn call(&mut self, method: &str, params: Value) -> anyhow::Result<Value> {
        let id = self.send(method, params).await?;
        self.answer(method, id).await
    }

    /// Sends a command without waiting for its answer; gives the number under which that comes.
    async fn send(&mut self, method: &str, params: Value) -> anyhow::Result<u64> {
        self.next += 1;
        let id = self.next;
        self.socket
            .send(Message::text(
                json!({ "id": id, "method": method, "params": params }).to_string(),
            ))
            .await?;
        Ok(id)
    }

    /// The answer to a command that was sent.
    async fn answer(&mut self, method: &str, id: u64) -> anyhow::Result<Value> {
        let early = &mut self.early;
        let socket = &mut self.socket;
        let work = async {
            loop {
                if let Some(value) = early.remove(&id) {
                    if value["error"].is_object() {
                        bail!("{method}: {}", value["error"]);
                    }
                    return Ok(value["result"].clone());
                }
                let message = socket.next().await.context("the browser hung up")??;
                let Message::Text(text) = message else {
                    continue;
                };
                let value: Value = serde_json::from_str(&text)?;
                if let Some(id) = value["id"].as_u64() {
                    early.insert(id, value);
                }
            }
        };
        tokio::time::timeout(PATIENCE, work)
            .await
            .with_context(|| format!("{method}: no answer"))?
    }
}

/// Path of the first tab's debugging socket.
async fn tab(port: u16) -> anyhow::Result<String> {
    let host = format!("127.0.0.1:{port}");
    let until = Instant::now() + PATIENCE;
    loop {
        let stream = TcpStream::connect(&host).await?;
        let response =
            crate::http::send(stream, "GET", "/json/list", &[("host", &host)], Vec::new()).await?;
        let body = http_body_util::BodyExt::collect(response.into_body())
            .await?
            .to_bytes();
        let tabs: Value = serde_json::from_slice(&body)?;
        let found = tabs
            .as_array()
            .and_then(|tabs| tabs.iter().find(|tab| tab["type"] == "page"))
            .and_then(|tab| tab["webSocketDebuggerUrl"].as_str());
        if let Some(url) = found {
            let rest = url.strip_prefix("ws://").context("not a socket address")?;
            return Ok(rest.find('/').map_or("/", |at| &rest[at..]).to_owned());
        }
        if Instant::now() > until {
            bail!("chromium has no tab");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The page that was asked went away, or the next one is not there yet.
fn is_between_pages(error: &anyhow::Error) -> bool {
    let text = error.to_string();
    text.contains("Inspected target navigated or closed")
        || text.contains("Cannot find context")
        || text.contains("Promise was collected")
        || text.contains("Execution context was destroyed")
}
