//! The terminal's time on the technician's socket: setting it back after a service whose clock was ahead has pushed it. A recorded act, with
//! name and reason.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;

use crate::admin::Admin;
use crate::admin_results::{refused, who};

/// Sets the time back to the machine's clock.
pub(crate) async fn accept(
    State(admin): State<Arc<Admin>>,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let outcome = match who(&body) {
        Ok((staff, reason)) => admin.counter.accept_clock(&staff, &reason).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(answer) => (StatusCode::OK, Json(answer)),
        Err(error) => refused(&error),
    }
}
