//! What stands before the camera now, and for how long: shared between those who change it and the streams.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use image::ImageError;

use super::compose::{Scene, encode};
use super::hold_up::HeldUp;
use super::{CameraMode, Face, Kind, Presentation};

/// Who is seen: persons themselves, or what is presented in place of one.
pub(super) enum Before {
    /// As they stand there.
    Themselves(Scene),
    /// Held up, worn or done instead.
    Presented(Presentation),
}

impl Before {
    fn jpeg(&self, number: u64, yaw: f32, asked: bool) -> Result<Vec<u8>, ImageError> {
        match self {
            Self::Themselves(scene) => scene.jpeg(number, yaw),
            Self::Presented(presentation) => encode(&presentation.frame(number, yaw, asked)),
        }
    }
}

pub(super) struct State {
    pub(super) face: Face,
    pub(super) kind: Kind,
    pub(super) before: Arc<Before>,
    /// A card that is held up before whoever stands there.
    pub(super) held_up: Option<Arc<HeldUp>>,
    pub(super) mode: CameraMode,
    /// Where the head is being turned to, degrees.
    pub(super) goal: f32,
    /// When it turns back to the front by itself.
    pub(super) until: Option<Instant>,
    pub(super) stop: bool,
}

impl State {
    /// Nobody there.
    pub(super) fn empty() -> Self {
        Self {
            face: Face::None,
            kind: Kind::BonaFide,
            before: Arc::new(Before::Themselves(Scene::empty())),
            held_up: None,
            mode: CameraMode::Live,
            goal: 0.0,
            until: None,
            stop: false,
        }
    }

    /// The head turns back to the front: a turn that was to end by itself is over, too.
    pub(super) fn face_front(&mut self) {
        (self.goal, self.until) = (0.0, None);
    }

    /// Where the head is being turned to now, degrees.
    pub(super) fn goal(&self) -> f32 {
        match self.until {
            Some(until) if until <= Instant::now() => 0.0,
            _ => self.goal,
        }
    }
}

/// What is to be seen at a moment.
pub(super) struct Shot {
    before: Arc<Before>,
    held_up: Option<Arc<HeldUp>>,
    /// Where the head is being turned to, degrees.
    pub(super) goal: f32,
}

impl Shot {
    pub(super) fn of(state: &State) -> Self {
        Self {
            before: Arc::clone(&state.before),
            held_up: state.held_up.clone(),
            goal: state.goal(),
        }
    }

    /// Frame `number`, with the head turned by `yaw` degrees so far.
    pub(super) fn jpeg(&self, number: u64, yaw: f32) -> Result<Vec<u8>, ImageError> {
        match &self.held_up {
            Some(card) => Ok(card.jpeg(number)),
            None => self.before.jpeg(number, yaw, self.goal != 0.0),
        }
    }
}

pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    pub(super) changed: Condvar,
    pub(super) viewers: AtomicUsize,
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `until`, or the camera leaves the live mode or stops; tells whether the stream
    /// goes on, and with what.
    pub(super) fn wait(&self, until: Instant) -> Option<Shot> {
        let mut state = self.state();
        loop {
            if state.stop || state.mode == CameraMode::Gone {
                return None;
            }
            let left = until.saturating_duration_since(Instant::now());
            if state.mode == CameraMode::Frozen {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            } else if left.is_zero() {
                return Some(Shot::of(&state));
            } else {
                state = self
                    .changed
                    .wait_timeout(state, left)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
        }
    }
}
