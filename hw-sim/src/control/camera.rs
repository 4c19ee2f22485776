//! What is before the camera: who, turned how, or presented instead, and the camera itself.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::api::{Answer, Desks, Problem, bad_request, blocking, parse, state};
use crate::camera::{CameraMode, FARTHEST, Face, Kind};
use crate::clinic::DeskError;

pub(super) fn mode_word(mode: CameraMode) -> &'static str {
    match mode {
        CameraMode::Live => "live",
        CameraMode::Frozen => "frozen",
        CameraMode::Gone => "gone",
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Live,
    Frozen,
    Gone,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Camera {
    face: Option<String>,
    mode: Option<Mode>,
}

pub(super) async fn camera(State(desk): Desks, body: Bytes) -> Answer {
    let Camera { face, mode } = parse(&body)?;
    blocking(desk, move |desk| {
        if let Some(face) = face {
            let Ok(face) = face.parse::<Face>();
            desk.camera().set_face(&face)?;
        }
        match mode {
            Some(Mode::Live) => desk.camera().set_mode(CameraMode::Live),
            Some(Mode::Frozen) => desk.camera().set_mode(CameraMode::Frozen),
            Some(Mode::Gone) => desk.camera().set_mode(CameraMode::Gone),
            None => {}
        }
        Ok(())
    })
    .await
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Way {
    Left,
    Right,
    Front,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    /// The person's own left or right.
    to: Way,
    /// How far; 24 when absent.
    degrees: Option<f32>,
    /// How long, until the head turns back to the front; when absent it stays.
    seconds: Option<f32>,
}

/// Degrees that somebody turns who was asked to.
const ASKED: f32 = 24.0;
/// Longest time of a turn that ends by itself, seconds.
const LONGEST: f32 = 600.0;

pub(super) async fn turn(State(desk): Desks, body: Bytes) -> Answer {
    let wanted: Turn = parse(&body)?;
    let degrees = wanted.degrees.unwrap_or(ASKED);
    if !(0.0..=FARTHEST).contains(&degrees) {
        return Err(bad_request(format!("degrees: 0 to {FARTHEST}")));
    }
    let yaw = match wanted.to {
        // The nose to the picture's right.
        Way::Left => -degrees,
        Way::Right => degrees,
        Way::Front => 0.0,
    };
    match wanted.seconds {
        Some(seconds) if (0.1..=LONGEST).contains(&seconds) => {
            desk.camera()
                .turn_for(yaw, Duration::from_secs_f32(seconds));
        }
        Some(_) => return Err(bad_request(format!("seconds: 0.1 to {LONGEST}"))),
        None => desk.camera().turn(yaw),
    }
    Ok(state(&desk))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Present {
    kind: String,
    /// Name of another portrait, for the kinds that show somebody else, too.
    other: Option<String>,
}

pub(super) async fn present(State(desk): Desks, body: Bytes) -> Answer {
    let Present { kind, other } = parse(&body)?;
    let kind: Kind = kind.parse().map_err(bad_request)?;
    blocking(desk, move |desk| {
        Ok(desk.camera().present(kind, other.as_deref())?)
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoldUp {
    /// Whose card is held up; nobody's: it is put away.
    person: Option<String>,
}

pub(super) async fn hold_up(State(desk): Desks, body: Bytes) -> Answer {
    let HoldUp { person } = parse(&body)?;
    blocking(desk, move |desk| match person {
        Some(person) => desk.hold_up(&person),
        None => {
            desk.put_away();
            Ok(())
        }
    })
    .await
}

pub(super) async fn frame(State(desk): Desks) -> Result<Response, Problem> {
    let jpeg = tokio::task::spawn_blocking(move || desk.camera().snapshot())
        .await
        .map_err(|_| DeskError::Interrupted)?
        .map_err(DeskError::Camera)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response())
}
