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

use crate::guard::{Gate, guard};
use crate::texts::Texts;
use crate::{Credential, Lang, PageKind, ScreenSize, assets, wire};
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::get;
use axum::{Router, middleware};
use std::sync::Arc;
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
    let gate = Arc::new(Gate {
        kind: PageKind::Staff,
        credential,
    });
    let page = Texts(Lang::default()).fill(&assets::page(
        include_str!("../../assets/staff/index.html"),
        simulated,
    ));
    Router::new()
        .route("/", get(assets::html(page)))
        .route(
            "/page.js",
            get(assets::script(include_str!("../../assets/staff/page.js"))),
        )
        .route(
            "/page.css",
            get(assets::style(include_str!("../../assets/staff/page.css"))),
        )
        .merge(assets::common(size))
        .route(
            "/ws",
            get(async move |upgrade: WebSocketUpgrade| {
                wire::open(upgrade, &rooms, move |wire| {
                    socket::talk(wire, port, simulated)
                })
            }),
        )
        .layer(middleware::from_fn_with_state(gate, guard))
}

#[cfg(test)]
mod tests;
