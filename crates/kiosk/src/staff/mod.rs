//! The staff's page: today's results, alerts, visual confirmation.

mod message;
mod offices;
mod people;
mod render;
mod request;
mod said;
mod socket;
mod state;
mod unattended;
mod view;

pub use offices::{Office, OfficePhone, Offices};
pub(crate) use people::{by_card, person, reader};
pub use render::render;
pub(crate) use render::{ended, number, remark, render_summary};
pub use request::{Named, StaffAction, StaffProblem, StaffRequest};
pub use said::{
    ClocksApart, alert, clocks_apart, error, input, of_code, part, queued, said, summary,
    wrong_fetched_passcode,
};
pub use state::{
    ResultState, ServiceSaid, StaffAlert, StaffEnded, StaffField, StaffQueued, StaffResult,
    StaffState, StaffSummary, StaffVisit, TerminalLine, TerminalState,
};
pub use view::{
    AlertView, EndedView, FieldView, LanguageView, LineView, ListView, PhoneView, QueuedView,
    RemarkView, ReplyView, ResultView, StaffView, SummaryView, TerminalView, VisitView, VisualView,
    WarningView,
};

use crate::assets::Site;
use crate::desk::{Desk, DeskPlan};
use crate::guard::Door;
use crate::{Credential, PageKind, ScreenSize, wire};
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::HeaderMap;
use axum::routing::get;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use unattended::OpenScreen;

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

/// The staff's page as a router for its own listener; hand it to [`crate::serve`]. Without the desk: it shows, confirms by sight
/// and cancels.
pub fn router(port: StaffPort, config: StaffConfig) -> Router {
    let door = Door::Token(config.credential);
    site(port, door, config.simulated, config.size, None, None)
}

/// The staff's page with the desk. On the terminal's own screen the credential opens it, results leave it after the idle time while
/// nobody is signed in (unless nobody has an account), and the desk asks for a personal sign-in;
/// with [`DeskPlan::network`] everything does, and the listener speaks TLS ([`crate::serve_tls`]).
pub fn router_with_desk(port: StaffPort, config: StaffConfig, plan: &DeskPlan) -> Router {
    let StaffConfig {
        credential,
        simulated,
        size,
    } = config;
    let desk = Desk::new(plan, port.state.clone(), simulated);
    let open = plan.network.is_none();
    let open = open.then(|| Arc::new(OpenScreen::new(Arc::clone(&desk), plan.idle)));
    let door = match &plan.network {
        Some(names) => Door::Person(names.clone(), Arc::clone(&desk)),
        None => Door::Token(credential),
    };
    site(port, door, simulated, size, Some(desk), open)
}

fn site(
    port: StaffPort,
    door: Door,
    simulated: bool,
    size: ScreenSize,
    desk: Option<Arc<Desk>>,
    open: Option<Arc<OpenScreen>>,
) -> Router {
    let rooms = wire::rooms(wire::STAFF_PAGES);
    let more = desk.as_ref().map_or_else(Router::new, |desk| desk.routes());
    let must_sign_in = matches!(door, Door::Person(..));
    let socket = get(async move |headers: HeaderMap, upgrade: WebSocketUpgrade| {
        let mut session = None;
        if let Some(desk) = desk
            && let Some(cookie) = desk.cookie(&headers).map(str::to_owned)
            && desk.see(&cookie, false).await.is_some()
        {
            session = Some(socket::Session {
                desk,
                cookie,
                must_go_on: must_sign_in,
            });
        }
        wire::open(upgrade, &rooms, move |wire| {
            socket::talk(wire, port, simulated, session, open)
        })
    });
    let site = Site {
        kind: PageKind::Staff,
        door,
        simulated,
        size,
        page: include_str!("../../assets/staff/index.html"),
        script: include_str!("../../assets/staff/page.js"),
        style: include_str!("../../assets/staff/page.css"),
    };
    site.router(socket, more)
}

#[cfg(test)]
mod tests;
