//! Tells an open page that something on it may have changed, and that its session has ended.

use super::{Desk, go};
use crate::staff::StaffState;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};

/// Time between two looks at the session.
const BEAT: Duration = Duration::from_secs(5);
/// Changes that follow each other closely are told together.
const GATHER: Duration = Duration::from_millis(150);

struct Listening {
    desk: Arc<Desk>,
    cookie: String,
    changes: watch::Receiver<u64>,
    state: watch::Receiver<StaffState>,
    ended: bool,
    _room: OwnedSemaphorePermit,
}

pub(super) async fn live(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    let Some(cookie) = desk.cookie(&headers).map(str::to_owned) else {
        return go("/desk/sign-in");
    };
    if desk.see(&cookie, false).await.is_none() {
        return go("/desk/sign-in");
    }
    let Ok(room) = Arc::clone(&desk.listeners).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let mut listening = Listening {
        changes: desk.port.changes(),
        state: desk.state.clone(),
        desk,
        cookie,
        ended: false,
        _room: room,
    };
    // What changed between the drawing of the page and now is told at once.
    listening.changes.mark_changed();
    Sse::new(stream::unfold(listening, next)).into_response()
}

async fn next(mut listening: Listening) -> Option<(Result<Event, Infallible>, Listening)> {
    if listening.ended {
        return None;
    }
    let changed = tokio::select! {
        changed = listening.changes.changed() => {
            changed.ok()?;
            tokio::time::sleep(GATHER).await;
            listening.changes.mark_unchanged();
            true
        }
        changed = listening.state.changed() => {
            changed.ok()?;
            tokio::time::sleep(GATHER).await;
            listening.state.mark_unchanged();
            true
        }
        () = tokio::time::sleep(BEAT) => false,
    };
    let event = if listening.desk.see(&listening.cookie, false).await.is_none() {
        listening.ended = true;
        Event::default().event("ended").data("ended")
    } else if changed {
        Event::default().event("changed").data("changed")
    } else {
        Event::default().comment("alive")
    };
    Some((Ok(event), listening))
}
