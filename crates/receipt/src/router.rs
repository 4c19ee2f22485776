//! The routes, and what every request passes: who is asking, and what every answer says.

use crate::body;
use crate::clients::Client;
use crate::config::{Clock, ReceiptConfig, Right};
use crate::negotiate;
use crate::problem::{Kind, Problem};
use crate::store::{ReceiptStore, StoreError};
use crate::{OPENAPI, audit, bulk, events, follow_ups, idempotency, inquiries, render, results};
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) store: Arc<dyn ReceiptStore>,
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
        config: &ReceiptConfig,
        closing: watch::Receiver<bool>,
    ) -> Self {
        Self {
            store,
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
}

impl Caller {
    pub(crate) fn needs(&self, right: Right) -> Result<(), Problem> {
        if self.client.may(right) {
            return Ok(());
        }
        Err(Problem::new(Kind::NoRight).detail(format!("needs the right {:?}", right.as_str())))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Peer>() {
            Some(Peer(Some(client))) => Ok(Self {
                client: Arc::clone(client),
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
        .route("/v1/bulk/{id}", get(bulk::get))
        .route("/v1/bulk/{id}/answers", get(bulk::answers))
        .route("/v1/bulk/{id}/changes", get(bulk::changes))
        .route("/v1/follow-ups", get(follow_ups::list))
        .route("/v1/follow-ups/{id}", get(follow_ups::get))
        .route("/v1/follow-ups/{id}/close", post(follow_ups::close))
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
    Ok(json(StatusCode::OK, &body))
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

pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        value.to_string(),
    )
        .into_response()
}

/// A JSON answer with an ETag; 304 when the client has it already.
pub(crate) fn tagged(headers: &HeaderMap, value: &Value) -> Result<Response, Problem> {
    let text = value.to_string();
    let tag = format!("\"{:016x}\"", render::fingerprint(text.as_bytes()));
    let tag = HeaderValue::from_str(&tag).map_err(|_| Problem::new(Kind::NotRenderable))?;
    if render::none_match(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let kind = HeaderValue::from_static("application/json");
    let headers = [(header::CONTENT_TYPE, kind), (header::ETAG, tag)];
    Ok((StatusCode::OK, headers, text).into_response())
}

/// The number in a path; anything else is nothing that exists.
pub(crate) fn number(path: Result<Path<String>, PathRejection>) -> Result<u64, Problem> {
    match path {
        Ok(Path(text)) if !text.starts_with('+') => text.parse().map_err(|_| Kind::NotFound.into()),
        _ => Err(Kind::NotFound.into()),
    }
}

/// What every list can be asked.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageQuery {
    /// Only what has a greater number.
    pub(crate) after: Option<u64>,
    limit: Option<usize>,
    /// Only what is open; for follow-ups.
    pub(crate) open: Option<bool>,
}

impl PageQuery {
    pub(crate) fn of(query: Result<Query<Self>, QueryRejection>) -> Result<Self, Problem> {
        query
            .map(|Query(query)| query)
            .map_err(|error| Problem::new(Kind::Malformed).detail(error.body_text()))
    }

    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(100) {
            limit @ 1..=500 => Ok(limit),
            _ => Err(Problem::new(Kind::Malformed).detail("limit is 1 to 500")),
        }
    }
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
