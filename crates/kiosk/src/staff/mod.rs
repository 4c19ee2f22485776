//! The staff's page: today's results, alerts, visual confirmation.

mod message;
mod render;
mod request;
mod socket;
mod state;
mod view;

pub use render::render;
pub use request::{StaffAction, StaffProblem, StaffRequest};
pub use state::{
    ResultState, StaffAlert, StaffField, StaffQueued, StaffResult, StaffState, StaffSummary,
    StaffVisit, TerminalLine, TerminalState,
};
pub use view::{
    AlertView, FieldView, LanguageView, LineView, ListView, QueuedView, ReplyView, ResultView,
    StaffView, SummaryView, TerminalView, VisitView, VisualView, WarningView,
};

use crate::assets::Site;
use crate::{Credential, PageKind, ScreenSize, wire};
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::get;
use tokio::sync::{mpsc, watch};

/// What joins the staff's page to the daemon.
#[derive(Clone)]
pub struct StaffPort {
    /// What to show.
    pub state: watch::Receiver<StaffState>,
    /// Requests; each is answered through its own reply.
    pub requests: mpsc::Sender<StaffRequest>,
}

/// How the staff's page is served.
#[derive(Clone)]
pub struct StaffConfig {
    /// Who may open the page.
    pub credential: Credential,
    /// Whether the terminal simulates.
    pub simulated: bool,
    /// The screen's pixels per millimetre.
    pub size: ScreenSize,
}

/// The staff's page as a router for its own listener; hand it to [`crate::serve`].
pub fn router(port: StaffPort, config: StaffConfig) -> Router {
    let rooms = wire::rooms();
    let StaffConfig {
        credential,
        simulated,
        size,
    } = config;
    let socket = get(async move |upgrade: WebSocketUpgrade| {
        wire::open(upgrade, &rooms, move |wire| {
            socket::talk(wire, port, simulated)
        })
    });
    let site = Site {
        kind: PageKind::Staff,
        credential,
        simulated,
        size,
        page: include_str!("../../assets/staff/index.html"),
        script: include_str!("../../assets/staff/page.js"),
        style: include_str!("../../assets/staff/page.css"),
    };
    site.router(socket, Router::new())
}

#[cfg(test)]
mod tests;
