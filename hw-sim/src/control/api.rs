//! The JSON interface. Every change answers with the whole state, so that a page needs no logic.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{camera, cards, guard};
use crate::camera::CameraError;
use crate::central::{Fault, ServerCertificate};
use crate::clinic::{Desk, DeskError};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const ICON: &str = include_str!("icon.svg");
/// What every page of the simulator says.
const BANNER_JA: &str = "シミュレーション（実在の患者ではありません）";
const BANNER_EN: &str = "SIMULATION (no real patients)";

pub(super) fn router(desk: Arc<Desk>, port: u16) -> Router {
    let asset = |kind: &'static str, text: &'static str| {
        get(move || async move { ([(header::CONTENT_TYPE, kind)], text) })
    };
    Router::new()
        .route("/", asset("text/html; charset=utf-8", PAGE))
        .route("/page.css", asset("text/css; charset=utf-8", STYLE))
        .route("/icon.svg", asset("image/svg+xml", ICON))
        .route("/page.js", asset("text/javascript; charset=utf-8", SCRIPT))
        .route(
            "/api/state",
            get(|State(desk): Desks| async move { state(&desk) }),
        )
        .route("/api/card/lay", post(cards::lay))
        .route("/api/card/take", post(cards::take))
        .route("/api/card/faults", post(cards::faults))
        .route("/api/card/latency", post(cards::latency))
        .route("/api/card/tries", post(cards::tries))
        .route("/api/card/transcript", get(cards::transcript))
        .route("/api/card/transcript/clear", post(cards::clear_transcript))
        .route("/api/camera", post(camera::camera))
        .route("/api/camera/turn", post(camera::turn))
        .route("/api/camera/present", post(camera::present))
        .route("/api/camera/hold-up", post(camera::hold_up))
        .route("/api/camera/frame.jpg", get(camera::frame))
        .route("/api/central", post(central))
        .route("/api/office", post(super::office::office))
        .route("/api/central/requests", get(requests))
        .fallback(|| async { no_such_page() })
        .method_not_allowed_fallback(|| async { no_such_page() })
        .layer(DefaultBodyLimit::max(16 * 1024))
        .layer(middleware::from_fn_with_state(port, guard::check))
        .with_state(desk)
}

pub(super) type Desks = State<Arc<Desk>>;
pub(super) type Answer = Result<Json<Value>, Problem>;

/// A refusal, as JSON.
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) ja: String,
    pub(super) en: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({"error": {"code": self.code, "ja": self.ja, "en": self.en}});
        (self.status, Json(body)).into_response()
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let status = match &error {
            DeskError::NoSuchPerson(_)
            | DeskError::NoSuchReader(_)
            | DeskError::NoCard(_)
            | DeskError::NoFront(_) => StatusCode::NOT_FOUND,
            DeskError::Occupied(_)
            | DeskError::Elsewhere(_)
            | DeskError::LiesThere(_)
            | DeskError::Camera(CameraError::Changed(_)) => StatusCode::CONFLICT,
            DeskError::Camera(_) => StatusCode::NOT_FOUND,
            DeskError::Insert(_) | DeskError::Interrupted => StatusCode::SERVICE_UNAVAILABLE,
            DeskError::Card(_) | DeskError::Central(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self {
            status,
            code: error.code(),
            ja: error.ja(),
            en: error.en(),
        }
    }
}

fn no_such_page() -> Problem {
    Problem {
        status: StatusCode::NOT_FOUND,
        code: "no-such-page",
        ja: "該当するページがありません".to_owned(),
        en: "there is no such page or method".to_owned(),
    }
}

pub(super) fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| bad_request(error.to_string()))
}

/// What was asked for is not understood.
pub(super) fn bad_request(en: String) -> Problem {
    Problem {
        status: StatusCode::BAD_REQUEST,
        code: "bad-request",
        ja: "要求の形式が正しくありません".to_owned(),
        en,
    }
}

pub(super) fn state(desk: &Desk) -> Json<Value> {
    let persons: Vec<Value> = desk
        .register()
        .persons
        .iter()
        .map(|p| {
            json!({
                "id": p.id,
                "name": p.name,
                "kana": p.kana,
                "portrait": p.card.portrait,
                "insurance": p.insurance.as_ref().map(|i| &i.validity),
                "assistance": p.assistance.as_ref().map(|a| &a.validity),
                "registered": p.registered,
                "kind": p.card.kind,
                "atr": p.card.atr(),
                "unknown": p.unknown,
                // Nothing here is a secret: these cards exist only in this simulator.
                "pin": p.card.pin,
                "matching_number": p.matching_number_b().ok(),
            })
        })
        .collect();
    let (seen, central) = (desk.camera(), desk.central());
    Json(json!({
        "simulation": true,
        "banner": {"ja": BANNER_JA, "en": BANNER_EN},
        "persons": persons,
        "readers": desk.readers(),
        "camera": {
            "face": seen.face().to_string(),
            "mode": camera::mode_word(seen.mode()),
            "presented": seen.presented().name(),
            "turned": seen.turned(),
            "faces": seen.faces(),
            "viewers": seen.viewers(),
            "held_up": seen.held_up(),
        },
        "central": {
            "up": !central.is_down(),
            "port": central.port(),
            "fault": central.fault(),
            "certificate": central.certificate(),
            "time": crate::central::jst::stamp(central.clock().now()),
            "emergency_authority": central.has_emergency_authority(),
        },
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Central {
    up: Option<bool>,
    fault: Option<Fault>,
    certificate: Option<ServerCertificate>,
    /// The times that the service tells are off by this many milliseconds.
    skew_ms: Option<i64>,
    /// Tokens given from now on are accepted for so long, seconds.
    token_life_s: Option<u64>,
    /// Every token given so far is refused.
    #[serde(default)]
    forget_tokens: bool,
}

async fn central(State(desk): Desks, body: Bytes) -> Answer {
    let wanted: Central = parse(&body)?;
    let service = desk.central();
    if let Some(fault) = wanted.fault {
        service.set_fault(fault);
    }
    if let Some(certificate) = wanted.certificate {
        service.set_certificate(certificate);
    }
    if let Some(ms) = wanted.skew_ms {
        service.set_server_time_skew(ms);
    }
    if let Some(seconds) = wanted.token_life_s {
        service.set_token_life(std::time::Duration::from_secs(seconds));
    }
    if wanted.forget_tokens {
        service.forget_tokens();
    }
    if let Some(up) = wanted.up {
        service.set_down(!up).await.map_err(DeskError::Central)?;
    }
    Ok(state(&desk))
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn requests(State(desk): Desks, Query(After { after }): Query<After>) -> Json<Value> {
    Json(json!({"requests": desk.central().requests_after(after)}))
}

pub(super) async fn blocking(
    desk: Arc<Desk>,
    work: impl FnOnce(&Desk) -> Result<(), DeskError> + Send + 'static,
) -> Answer {
    tokio::task::spawn_blocking(move || {
        work(&desk)?;
        Ok(state(&desk))
    })
    .await
    .map_err(|_| DeskError::Interrupted)?
}
