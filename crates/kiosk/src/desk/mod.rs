//! The desk: what staff does on their page beside looking: sign in, phone and settle, fetch, look up by number, change settings,
//! view medical information, print. Plain pages and forms, rendered here; a small module keeps the parts that others' work
//! changes as they are now.
//!
//! Architecture invariant: nothing here decides what may be shown of a result or whether medical information may be opened; the
//! daemon does (invariants 1 and 6, docs/invariants.md), and records who asked before it answers.

mod forms;
mod frame;
mod handlers;
mod items;
mod live;
mod markup;
mod port;
mod result_handlers;
mod sessions;
mod sign_in;
mod tries;
mod views;

pub use port::{
    Actor, AuditLine, Before, Change, DayResults, DeskProblem, FollowUpLine, FollowUpNote, Fut,
    JobDetail, JobItem, JobLine, JobState, Left, Look, Marked, MedicalList, MedicalRow, Person,
    ProposedTicket, Referable, RegistrationLine, ResultDetail, Spelling, StaffDesk, Ways,
};
pub(crate) use sessions::{Seen, Sessions};
pub(crate) use tries::Peer;
pub use views::settled_by_ticket;

use crate::staff::{StaffResult, StaffState};
use crate::texts::Texts;
use crate::{Lang, Words};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};
use tries::Tries;

/// Largest form, in bytes.
const BODY: usize = 256 * 1024;
/// Pages that listen for changes at once.
const LISTENERS: usize = 16;

/// How the desk is served.
#[derive(Clone)]
pub struct DeskPlan {
    /// The daemon.
    pub desk: Arc<dyn StaffDesk>,
    /// A session ends when nothing is done for so long.
    pub idle: Duration,
    /// Names under which the page is asked for over TLS on the clinic's network; `None` for the terminal's own screen. There
    /// everything but the sign-in needs a session.
    pub network: Option<Vec<String>>,
}

/// Longest wait for the record of a look; the page goes on without what could not be recorded by then.
const LOOK_LIMIT: Duration = Duration::from_secs(3);
/// How often it is asked meanwhile whether the session goes on.
const SESSION_LOOK: Duration = Duration::from_millis(250);
/// A look was not recorded in time.
const LOOK_LATE: &str = "UK-STAFF-015";

/// What became of recording that somebody is shown results.
pub(crate) enum Looks {
    /// It is on record, or was before.
    Recorded,
    /// So many results are not shown, for the reason of this code.
    HeldBack(usize, String),
    /// The session has ended: nothing is shown at all.
    Ended,
}

/// What the handlers share.
pub(crate) struct Desk {
    port: Arc<dyn StaffDesk>,
    state: watch::Receiver<StaffState>,
    /// Who is signed in.
    pub(crate) sessions: Arc<Sessions>,
    simulated: bool,
    /// Served over TLS.
    secure: bool,
    tries: Mutex<Tries>,
    /// Tries at the second factor.
    codes: Mutex<Tries>,
    listeners: Arc<Semaphore>,
}

/// The cookie's name; over TLS the browser itself holds it to this host.
pub(crate) fn cookie_name(secure: bool) -> &'static str {
    if secure {
        "__Host-uketsuke-person"
    } else {
        "uketsuke-person"
    }
}

impl Desk {
    pub(crate) fn new(
        plan: &DeskPlan,
        state: watch::Receiver<StaffState>,
        simulated: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            port: Arc::clone(&plan.desk),
            state,
            sessions: Arc::new(Sessions::new(plan.idle)),
            simulated,
            secure: plan.network.is_some(),
            tries: Mutex::new(Tries::new(Instant::now())),
            codes: Mutex::new(Tries::new(Instant::now())),
            listeners: Arc::new(Semaphore::new(LISTENERS)),
        })
    }

    /// The routes, for the staff's listener behind its gate.
    pub(crate) fn routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/desk", get(handlers::home))
            .route("/desk/live", get(live::live))
            .route("/desk/sign-in", get(sign_in::page).post(sign_in::enter))
            .route("/desk/sign-out", post(sign_in::leave))
            .route(
                "/desk/second/{id}",
                get(sign_in::second).post(sign_in::second_given),
            )
            .route("/desk/language/{lang}", post(handlers::language))
            .route(
                "/desk/follow-ups",
                get(handlers::follow_ups).post(handlers::settle),
            )
            .route("/desk/{page}", get(handlers::forms))
            .route(
                "/desk/do/{form}",
                get(handlers::form_page).post(handlers::carry_out),
            )
            .route("/desk/result/{id}", get(result_handlers::result))
            .route(
                "/desk/result/{id}/spelling",
                post(result_handlers::spelling),
            )
            .route(
                "/desk/result/{id}/deliver-again",
                post(result_handlers::deliver_again),
            )
            .route(
                "/desk/result/{id}/reference",
                post(result_handlers::reference),
            )
            .route("/desk/results", get(result_handlers::results))
            .route("/desk/job/{id}", get(handlers::job))
            .route("/desk/medical/{id}", get(handlers::medical))
            .route(
                "/desk/print/result/{id}",
                get(result_handlers::print_result),
            )
            .route("/desk/print/follow-ups", get(handlers::print_follow_ups))
            .route(
                "/desk.css",
                get(async || {
                    (
                        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
                        include_str!("../../assets/staff/desk.css"),
                    )
                }),
            )
            .route(
                "/desk.js",
                get(crate::assets::script(include_str!(
                    "../../assets/staff/desk.js"
                ))),
            )
            .layer(DefaultBodyLimit::max(BODY))
            .with_state(Arc::clone(self))
    }

    /// The cookie of the session that a request carries.
    pub(crate) fn cookie<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        crate::guard::cookies(headers, cookie_name(self.secure)).next()
    }

    /// Who is signed in; what the page asks by itself does not count as doing something.
    pub(crate) async fn seen(&self, headers: &HeaderMap) -> Option<Seen> {
        let active = !headers.contains_key("x-uketsuke-live");
        self.see(self.cookie(headers)?, active).await
    }

    /// The session of this cookie, when its account still is what it was at the sign-in. `active`: somebody did something.
    pub(crate) async fn see(&self, cookie: &str, active: bool) -> Option<Seen> {
        let now = Instant::now();
        for (name, why) in self.sessions.sweep(now) {
            self.port.left(name, why);
        }
        let seen = self.sessions.see(cookie, false, now)?;
        match self.port.stands(seen.person.clone()).await {
            Ok(true) if active => self.sessions.see(cookie, true, now),
            Ok(true) => Some(seen),
            Ok(false) => {
                if self.sessions.end_all(&seen.person) > 0 {
                    self.port.left(seen.person.name, Left::AccountChanged);
                }
                None
            }
            // Nothing is shown while nobody can say whether it may be; the session itself goes on.
            Err(problem) => {
                tracing::error!(code = problem.code, "a session could not be checked");
                None
            }
        }
    }

    /// Whether anybody could sign in. Where the daemon can't say, it is as if somebody could: no result stays in sight for that.
    pub(crate) async fn has_accounts(&self) -> bool {
        match self.port.has_accounts().await {
            Ok(any) => any,
            Err(problem) => {
                tracing::debug!(code = problem.code, "nobody can say who has an account");
                true
            }
        }
    }

    /// Records that somebody is shown these results on the network's overview: once for each session and result, however often the
    /// page is drawn. What can't be recorded, or not in time, is taken out, and said. Whoever's session ends meanwhile is not kept waiting.
    pub(crate) async fn record_looks(
        &self,
        cookie: &str,
        seen: &Seen,
        results: &mut Vec<StaffResult>,
    ) -> Looks {
        let standing: Vec<_> = results.iter().map(|one| one.id.clone()).collect();
        // A session that ended meanwhile was shown nothing.
        let Some(fresh) = self.sessions.not_looked_at(cookie, &standing) else {
            return Looks::Ended;
        };
        if fresh.is_empty() {
            return Looks::Recorded;
        }
        let recorded = self.port.overview(seen.actor(), fresh.clone());
        let recorded = tokio::select! {
            recorded = timeout(LOOK_LIMIT, recorded) => recorded,
            () = self.end_of(cookie) => return Looks::Ended,
        };
        let code = match recorded {
            Ok(Ok(())) => {
                self.sessions.looked_at(cookie, fresh);
                return Looks::Recorded;
            }
            Ok(Err(problem)) => problem.code,
            Err(_) => LOOK_LATE.to_owned(),
        };
        tracing::error!(code, "a look at the overview could not be recorded");
        results.retain(|one| !fresh.contains(&one.id));
        Looks::HeldBack(fresh.len(), code)
    }

    /// Waits until nobody is signed in with this cookie any more.
    async fn end_of(&self, cookie: &str) {
        while self.see(cookie, false).await.is_some() {
            tokio::time::sleep(SESSION_LOOK).await;
        }
    }

    /// Milliseconds since the Unix epoch, by the daemon's clock.
    pub(crate) fn now(&self) -> i64 {
        self.port.now()
    }

    fn set_cookie(&self, value: &str) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        HeaderValue::from_str(&format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}",
            cookie_name(self.secure)
        ))
        .ok()
    }
}

/// A problem that the page itself finds.
fn own_problem(code: &str, key: &str) -> DeskProblem {
    DeskProblem {
        code: code.to_owned(),
        text: Words::new(Texts(Lang::Ja).get(key), Texts(Lang::En).get(key)),
        service: None,
    }
}

/// To another page.
fn go(target: &str) -> Response {
    let Ok(target) = HeaderValue::from_str(target) else {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    (
        axum::http::StatusCode::SEE_OTHER,
        [(header::LOCATION, target)],
    )
        .into_response()
}
