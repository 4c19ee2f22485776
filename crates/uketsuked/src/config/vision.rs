//! `[vision]`: what the daemon asks of the face worker.

use std::path::PathBuf;

use serde::Deserialize;

use super::numbers;

/// `[vision]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Vision {
    /// Socket of the worker.
    pub socket: PathBuf,
    /// Largest distance that counts as the same person; 0.45–0.60 for the shipped recipe.
    pub threshold: f32,
    /// Tries per visit before another way is offered.
    #[serde(deserialize_with = "numbers::whole_u8")]
    pub attempts: u8,
    /// Time of one try, ms.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub attempt_ms: u32,
    /// When the person is asked to turn the head: `always`, `on-doubt` or `off`.
    pub challenge: ::vision::protocol::Challenge,
    /// Tries of one card's face in an hour, over all visits.
    #[serde(deserialize_with = "numbers::whole_u8")]
    pub hourly_tries: u8,
    /// Read matching number B off the card's front, where the worker has a document camera; where it has none, offer to hold the card up to
    /// the face camera.
    pub read_card: bool,
    /// Name of the recipe that the threshold was measured for: the shipped one, or an operator's profile. Must be said beside a threshold
    /// of the site's own, so that no later recipe decides by a number that was measured for another.
    pub recipe: Option<String>,
}

impl Vision {
    /// Name of the recipe that the threshold belongs to.
    #[must_use]
    pub fn recipe(&self) -> &str {
        self.recipe.as_deref().unwrap_or(::vision::RECIPE)
    }
}

impl Default for Vision {
    fn default() -> Self {
        Self {
            socket: "/run/uketsuke-vision/vision.sock".into(),
            threshold: 0.56,
            attempts: 3,
            attempt_ms: 30_000,
            challenge: ::vision::protocol::Challenge::Always,
            hourly_tries: 9,
            read_card: true,
            recipe: None,
        }
    }
}
