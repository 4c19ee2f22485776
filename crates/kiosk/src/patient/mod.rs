//! The patient's page: its router, what it is told, what it tells.

mod choices;
mod input;
mod live;
mod render;
mod screen;
mod socket;
mod sounds;
mod terminal;
mod view;

pub use choices::{Choices, LOUDEST, Panel, Theme};
pub use input::Input;
pub use live::LivePicture;
pub use render::render;
pub use screen::{
    COUNTDOWN_S, ConsentKind, Guidance, HoldStep, KeypadPurpose, Notice, OtherCard, Page, Screen,
    WorkStep,
};
pub use sounds::{Sound, Voice, sounds, spoken_texts};
pub use terminal::{MobileRoute, Side, Terminal};
pub use view::{
    AgreedView, Button, CodeView, DigitGroup, FaceView, IdleView, KeypadView, KindView, Look,
    NoticeView, PanelView, PictureView, RowView, SoundView, StepView, View,
};

use crate::assets::{Site, script};
use crate::{Credential, PageKind, ScreenSize, wire};
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::get;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// What joins the patient's page to the daemon.
#[derive(Clone)]
pub struct PatientPort {
    /// The screen to show. When its sender is dropped, the page says "please wait" and tries again.
    pub screen: watch::Receiver<Screen>,
    /// The newest camera picture, forwarded only while the face check is on screen.
    pub frames: watch::Receiver<Option<LivePicture>>,
    /// Presses. A full channel drops the press.
    pub input: mpsc::Sender<Input>,
}

/// How the patient's page is served.
#[derive(Clone)]
pub struct PatientConfig {
    /// Who may open the page.
    pub credential: Credential,
    /// What the page must know of the terminal.
    pub terminal: Terminal,
    /// The screen's pixels per millimetre.
    pub size: ScreenSize,
}

/// The parts of the page's script.
fn modules() -> Router {
    let parts = [
        ("/sheet.js", include_str!("../../assets/patient/sheet.js")),
        ("/fit.js", include_str!("../../assets/patient/fit.js")),
        ("/sound.js", include_str!("../../assets/patient/sound.js")),
        (
            "/headphones.js",
            include_str!("../../assets/patient/headphones.js"),
        ),
        ("/keys.js", include_str!("../../assets/patient/keys.js")),
    ];
    parts
        .into_iter()
        .fold(Router::new(), |router, (path, source)| {
            router.route(path, get(script(source)))
        })
}

/// The patient's page as a router for its own loopback listener; hand it to [`crate::serve`].
pub fn router(port: PatientPort, config: PatientConfig) -> Router {
    let rooms = wire::rooms(wire::PATIENT_PAGES);
    let PatientConfig {
        credential,
        terminal,
        size,
    } = config;
    let simulated = terminal.simulated;
    let terminal = Arc::new(terminal);
    let socket = get(async move |upgrade: WebSocketUpgrade| {
        wire::open(upgrade, &rooms, move |wire| {
            socket::talk(wire, port, terminal)
        })
    });
    let site = Site {
        kind: PageKind::Patient,
        door: crate::guard::Door::Token(credential),
        simulated,
        size,
        page: include_str!("../../assets/patient/index.html"),
        script: include_str!("../../assets/patient/page.js"),
        style: include_str!("../../assets/patient/page.css"),
    };
    site.router(socket, modules().merge(sounds::router()))
}
