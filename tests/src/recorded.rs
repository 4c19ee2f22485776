//! A page in a real browser that notes what is played, what comes over its line and what it sends.

use crate::bench::Bench;
use crate::browser::Browser;

/// `heard`: sounds that began; `ended`: sounds that were played to their end; `quiet()`: nothing has been said for a while; `came` and
/// `sent`: the line's messages. `fast` makes speech so many times faster.
const RECORD: &str = r#"
  window.heard = []; window.ended = []; window.came = []; window.sent = [];
  window.quietSince = 0; window.fast = 1;
  window.quiet = () => performance.now() - window.quietSince > 500;
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    const name = this.src.split("/").pop();
    const speech = !this.src.includes("/signals/");
    this.playbackRate = window.fast;
    if (speech) window.quietSince = Infinity;
    if (!this.noted) {
      this.noted = true;
      this.addEventListener("ended", () => { // before the page's own, which loads the next
        window.ended.push(this.src.split("/").pop());
        if (speech) window.quietSince = performance.now();
      }, true);
      this.addEventListener("pause", () => { if (speech && this.paused) window.quietSince = performance.now(); });
    }
    const playing = play.call(this);
    playing.then(() => window.heard.push(name), (error) => { if (error.name !== "AbortError") window.heard.push(`NOT HEARD ${name} ${error}`); });
    return playing;
  };
  const Plain = WebSocket;
  window.WebSocket = class extends Plain {
    set onmessage(draw) {
      window.line = this; window.deliver = draw;
      super.onmessage = (event) => { draw(event); if (typeof event.data === "string" && !event.data.includes('"alive"')) window.came.push(event.data); };
    }
    send(text) { window.sent.push(text); super.send(text); }
  };
"#;

/// A browser of its own before one of the terminal's pages; `file` holds the page's address.
///
/// # Errors
/// The browser does not start, or the terminal has not written the address.
pub async fn open(bench: &Bench, file: &str) -> anyhow::Result<Browser> {
    let mut browser = Browser::start(1280, 800).await?;
    browser.before_every_page(RECORD).await?;
    let url = std::fs::read_to_string(bench.path(file))?;
    browser.open(url.trim()).await?;
    Ok(browser)
}

/// A list of texts in the page, `window.heard` for one.
///
/// # Errors
/// The browser refuses, or it is no list.
pub async fn texts(browser: &mut Browser, list: &str) -> anyhow::Result<Vec<String>> {
    Ok(serde_json::from_value(browser.evaluate(list).await?)?)
}
