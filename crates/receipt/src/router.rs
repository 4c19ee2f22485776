//! The routes, and what every request passes: who is asking, and what every answer says.

use crate::body;
use crate::clients::Client;
use crate::config::{Clock, ReceiptConfig, Right};
use crate::counter::{self, ReceiptCounter};
use crate::idempotency::Change;
use crate::negotiate;
use crate::problem::{Kind, Problem};
use crate::resource::json_answer;
use crate::store::{ReceiptStore, StoreError};
use crate::{
    OPENAPI, audit, bulk, events, follow_ups, idempotency, inquiries, medical, results, tally,
};
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) store: Arc<dyn ReceiptStore>,
    pub(crate) counter: Arc<dyn ReceiptCounter>,
    /// Keys whose first request is being worked on.
    pub(crate) busy: idempotency::Busy,
    /// Who was refused what and who looked at which list lately.
    pub(crate) tally: tally::Tally,
    pub(crate) clock: Clock,
    pub(crate) simulated: bool,
    pub(crate) heartbeat: Duration,
    pub(crate) default_lease: Duration,
    pub(crate) closing: watch::Receiver<bool>,
    pub(crate) institution_code: String,
    pub(crate) max_body: usize,
    pub(crate) request_timeout: Duration,
}

impl App {
    pub(crate) fn new(
        store: Arc<dyn ReceiptStore>,
        counter: Arc<dyn ReceiptCounter>,
        config: &ReceiptConfig,
        closing: watch::Receiver<bool>,
    ) -> Self {
        Self {
            store,
            counter,
            busy: idempotency::Busy::default(),
            tally: tally::Tally::new(config.tell_every),
            clock: Arc::clone(&config.clock),
            simulated: config.simulated,
            heartbeat: config.heartbeat.min(config.idle_timeout / 2),
            default_lease: config.default_lease,
            closing,
            institution_code: config.institution_code.clone(),
            max_body: config.max_body,
            request_timeout: config.request_timeout,
        }
    }

    /// Asks the store on a thread that may block.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn ReceiptStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || question(store.as_ref()))
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?
            .map_err(Problem::from)
    }

    pub(crate) async fn body<T: DeserializeOwned + Default>(
        &self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<T, Problem> {
        body::optional(headers, body, self.max_body, self.request_timeout).await
    }

    /// A body that must be there.
    pub(crate) async fn needed<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<T, Problem> {
        body::needed(headers, body, self.max_body, self.request_timeout).await
    }
}

/// The client behind a connection, put into each of its requests; `None` for a user whom no rule names.
#[derive(Clone)]
pub(crate) struct Peer(pub(crate) Option<Arc<Client>>);

/// When the connection will be closed at the latest.
#[derive(Clone, Copy)]
pub(crate) struct ConnectionEnd(pub(crate) Instant);

/// A recognised client that asks for something.
pub(crate) struct Caller {
    pub(crate) client: Arc<Client>,
    /// Which change this is, when it came with a key.
    pub(crate) change: Option<String>,
}

impl Caller {
    pub(crate) fn needs(&self, right: Right) -> Result<(), Problem> {
        if self.client.may(right) {
            return Ok(());
        }
        Err(Problem::new(Kind::NoRight).because(
            format!("権限 {} が必要です", right.as_str()),
            format!("needs the right {:?}", right.as_str()),
        ))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Peer>() {
            Some(Peer(Some(client))) => Ok(Self {
                client: Arc::clone(client),
                change: parts.extensions.get::<Change>().map(|one| one.0.clone()),
            }),
            _ => Err(Kind::UnknownClient.into()),
        }
    }
}

pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/openapi.json", get(openapi))
        .route("/v1/events", get(events::stream))
        .route(
            "/v1/events/cursor",
            get(events::cursor).put(events::move_cursor),
        )
        .route("/v1/inquiries", get(inquiries::list).post(inquiries::ask))
        .route("/v1/inquiries/{id}", get(inquiries::get))
        .route("/v1/bulk", get(bulk::list).post(bulk::begin))
        .route("/v1/bulk/tickets", post(counter::bulk::tickets))
        .route("/v1/bulk/consented", post(counter::bulk::consented))
        .route(
            "/v1/bulk/reference-numbers",
            post(counter::bulk::references),
        )
        .route("/v1/bulk/{id}", get(bulk::get))
        .route("/v1/bulk/{id}/answers", get(bulk::answers))
        .route("/v1/bulk/{id}/changes", get(bulk::changes))
        .route("/v1/follow-ups", get(follow_ups::list))
        .route("/v1/follow-ups/{id}", get(follow_ups::get))
        .route("/v1/follow-ups/{id}/notes", post(follow_ups::note))
        .route("/v1/follow-ups/{id}/close", post(follow_ups::close))
        .route(
            "/v1/settings",
            get(counter::institution::settings).patch(counter::institution::change_settings),
        )
        .route("/v1/visual-passcode", post(counter::institution::passcode))
        .route(
            "/v1/operation-test",
            post(counter::institution::operation_test),
        )
        .route(
            "/v1/reference-numbers",
            post(counter::institution::register),
        )
        .route(
            "/v1/access-url",
            get(counter::institution::access_url).post(counter::institution::change_access_url),
        )
        .route("/v1/reinquiries", post(counter::reinquiry::reinquire))
        .route(
            "/v1/consent-withdrawals",
            post(counter::reinquiry::withdraw),
        )
        .route("/v1/openings", get(counter::special::openings))
        .route("/v1/disaster/inquiries", post(counter::special::disaster))
        .route(
            "/v1/outage/notes",
            get(counter::special::notes).post(counter::special::note),
        )
        .route(
            "/v1/outage/note-removals",
            post(counter::special::remove_note),
        )
        .route("/v1/outage/inquiries", post(counter::special::ask_noted))
        .route("/v1/usage-reports", post(counter::special::report))
        .route("/v1/emergency-viewings", post(counter::special::emergency))
        .route("/v1/medical-information", get(medical::list))
        .route("/v1/audit", get(audit::extract))
        .route("/v1/results", get(results::list))
        .route("/v1/results/{id}", get(results::get))
        .route("/v1/results/{id}/claim", post(results::claim))
        .route("/v1/results/{id}/acknowledge", post(results::acknowledge))
        .route("/v1/results/{id}/release", post(results::release))
        .fallback(|| async { Problem::new(Kind::NoRoute) })
        .method_not_allowed_fallback(|| async { Problem::new(Kind::WrongMethod) })
        .layer(axum::middleware::from_fn_with_state(
            app.clone(),
            idempotency::once,
        ))
        .layer(axum::middleware::from_fn_with_state(
            app.clone(),
            tally::recorded,
        ))
        .with_state(app)
}

async fn status(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    negotiate::require(&headers, "application/json")?;
    let latest = app.ask(|store| store.latest_event_seq()).await?;
    let rights: Vec<&str> = caller
        .client
        .rights
        .iter()
        .map(|right| right.as_str())
        .collect();
    let body = json!({
        "product": "uketsuke",
        "version": env!("CARGO_PKG_VERSION"),
        "api": "v1",
        "time": crate::times::japan((app.clock)()),
        "simulated": app.simulated,
        "client": {"name": caller.client.name, "rights": rights},
        "latest_event": latest,
    });
    Ok(json_answer(StatusCode::OK, &body))
}

async fn openapi(_: Caller, headers: HeaderMap) -> Result<Response, Problem> {
    negotiate::require(&headers, "application/json")?;
    Ok((
        StatusCode::OK,
        [(header::CONTENT_TYPE, "application/json")],
        OPENAPI,
    )
        .into_response())
}

/// Refuses users whom no rule names before anything else is looked at.
pub(crate) fn refuse_unknown(peer: &Peer) -> Option<Response> {
    match peer.0 {
        Some(_) => None,
        None => Some(Problem::new(Kind::UnknownClient).into_response()),
    }
}

/// What every answer says: personal data is not cached, and a simulation is one (invariant 13).
pub(crate) fn finish(mut response: Response, simulated: bool) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    let world = if simulated { "true" } else { "false" };
    headers.insert("uketsuke-simulated", HeaderValue::from_static(world));
    response
}
