//! The stage: the real page behind its real gate, shown whatever screen is wanted, in a real browser.

use anyhow::Context as _;
use kiosk::patient::{
    LivePicture, MobileRoute, PatientConfig, PatientPort, Screen, Terminal, View, render,
};
use kiosk::{Credential, ScreenSize};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use super::camera;
use super::screens::Desk;
use crate::browser::Browser;

/// Notes each view once it has been drawn.
pub(super) const NOTE_VIEWS: &str = r#"
  window.addEventListener("error", (event) => { window.broken = event.message; });
  const Plain = WebSocket;
  window.WebSocket = class extends Plain {
    set onmessage(draw) {
      super.onmessage = (event) => {
        draw(event);
        if (typeof event.data === "string" && event.data.startsWith('{"type":"view"')) window.drawn = event.data;
      };
    }
  };
"#;

/// A page being served, with the screen it shows.
pub(super) struct Stage {
    terminal: Terminal,
    screen: watch::Sender<Screen>,
    _frames: watch::Sender<Option<LivePicture>>,
    credential: Credential,
    address: std::net::SocketAddr,
    shown: Option<Screen>,
}

impl Stage {
    /// Serves the page for a screen of this size at this kind of terminal.
    ///
    /// # Errors
    /// No port, no random numbers.
    pub(super) async fn open(size: ScreenSize, desk: Desk, first: Screen) -> anyhow::Result<Self> {
        let terminal = terminal(desk)?;
        let (screen, screens) = watch::channel(first);
        let (frames, pictures) = watch::channel(None);
        let (input, mut pressed) = mpsc::channel(16);
        tokio::spawn(async move { while pressed.recv().await.is_some() {} });
        let credential = Credential::generate()?;
        let router = kiosk::patient::router(
            PatientPort {
                screen: screens,
                frames: pictures,
                input,
            },
            PatientConfig {
                credential: credential.clone(),
                terminal: terminal.clone(),
                size,
            },
        );
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(kiosk::serve(listener, router, std::future::pending()));
        let moving = frames.clone();
        tokio::spawn(camera::run(moving));
        Ok(Self {
            terminal,
            screen,
            _frames: frames,
            credential,
            address,
            shown: None,
        })
    }

    /// Loads the page in the browser.
    ///
    /// # Errors
    /// The browser refuses.
    pub(super) async fn load(&mut self, browser: &mut Browser) -> anyhow::Result<()> {
        let token = self.credential.issue()?;
        browser.before_every_page(NOTE_VIEWS).await?;
        browser
            .open(&format!("http://{}/?s={}", self.address, token.as_str()))
            .await?;
        self.shown = None;
        Ok(())
    }

    /// Shows a screen and waits until it has been drawn.
    ///
    /// # Errors
    /// It is not drawn in time.
    pub(super) async fn show(
        &mut self,
        browser: &mut Browser,
        screen: Screen,
    ) -> anyhow::Result<View> {
        let view = render(&screen, &self.terminal);
        let wanted = serde_json::to_string(&view)?;
        self.screen.send_replace(screen.clone());
        let check = format!("window.drawn === {}", Value::String(wanted));
        browser
            .wait_for_quickly(&check)
            .await
            .with_context(|| format!("{} in {}", view.page, view.lang))?;
        self.shown = Some(screen);
        Ok(view)
    }
}

fn terminal(desk: Desk) -> anyhow::Result<Terminal> {
    Ok(Terminal {
        simulated: desk == Desk::Simulated,
        qualification_only: desk == Desk::QualificationOnly,
        mobile: Some(MobileRoute::new(
            "https://zaitaku.example/clinic?id=1310000001",
        )?),
        ..Terminal::default()
    })
}
