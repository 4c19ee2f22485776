//! Pictures out, at the camera's pace, into the transfers that the host has asked for.

use std::collections::{HashMap, VecDeque};
use std::net::TcpStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::descriptors::{PAYLOAD, Shape};
use super::form::Form;
use super::{send, wire};

/// Bytes of a payload's header.
const HEAD: usize = 2;
const END_OF_FRAME: u8 = 0x02;
const ERROR: u8 = 0x40;
const END_OF_HEADER: u8 = 0x80;
/// Transfers that a host may have open; the kernel keeps five.
const MOST_OPEN: usize = 256;

/// What goes wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// The camera hangs: it stays plugged in and sends no pictures.
    Stalled,
    /// Every picture is marked as damaged.
    Damaged,
    /// Every picture ends after a third.
    Cut,
}

/// What was sent since the camera was plugged in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Times that the host agreed on a form, which it does at each start.
    pub starts: u32,
    /// Whole pictures.
    pub frames: u64,
    /// Bytes of pictures.
    pub bytes: u64,
}

struct State {
    pending: VecDeque<(u32, usize)>,
    /// Pictures by form: those shown once, those shown over and over.
    shown: HashMap<Form, [Vec<Vec<u8>>; 2]>,
    next: usize,
    chosen: u8,
    fault: Fault,
    counts: Counts,
    stopped: bool,
}

/// Shared by the thread that reads requests and the one that sends pictures.
pub(super) struct Feed {
    pub(super) shape: Shape,
    state: Mutex<State>,
    changed: Condvar,
}

impl Feed {
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            shape,
            state: Mutex::new(State {
                pending: VecDeque::new(),
                shown: HashMap::new(),
                next: 0,
                chosen: 1,
                fault: Fault::None,
                counts: Counts::default(),
                stopped: false,
            }),
            changed: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn show(
        &self,
        first: &[Vec<u8>],
        then: &[Vec<u8>],
    ) -> Result<(), image::ImageError> {
        let (width, height) = (self.shape.width.into(), self.shape.height.into());
        let mut shown = HashMap::new();
        for form in &self.shape.forms {
            let make = |pictures: &[Vec<u8>]| -> Result<Vec<_>, _> {
                pictures
                    .iter()
                    .map(|jpeg| form.make(jpeg, width, height))
                    .collect()
            };
            shown.insert(*form, [make(first)?, make(then)?]);
        }
        let mut state = self.state();
        (state.shown, state.next) = (shown, 0);
        self.changed.notify_all();
        Ok(())
    }

    pub(super) fn set_fault(&self, fault: Fault) {
        self.state().fault = fault;
        self.changed.notify_all();
    }

    pub(super) fn counts(&self) -> Counts {
        self.state().counts
    }

    pub(super) fn chosen(&self) -> u8 {
        self.state().chosen
    }

    /// The host names a format; `commit`: it means to start.
    pub(super) fn choose(&self, index: u8, commit: bool) {
        let mut state = self.state();
        if self.shape.form(index).is_some() {
            state.chosen = index;
        }
        if commit {
            state.counts.starts += 1;
            state.next = 0;
        }
    }

    /// The host opened a transfer.
    pub(super) fn want(&self, seq: u32, length: usize) {
        let mut state = self.state();
        if state.pending.len() < MOST_OPEN {
            state.pending.push_back((seq, length));
        }
        self.changed.notify_all();
    }

    /// True when the transfer was still open.
    pub(super) fn take_back(&self, which: u32) -> bool {
        let pending = &mut self.state().pending;
        let before = pending.len();
        pending.retain(|(seq, _)| *seq != which);
        pending.len() < before
    }

    pub(super) fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_all();
    }

    pub(super) fn stopped(&self) -> bool {
        self.state().stopped
    }

    /// Sends pictures until stopped.
    pub(super) fn run(&self, out: &Mutex<TcpStream>) {
        let pace = Duration::from_secs(1) / self.shape.rate.max(1);
        let mut which = 0;
        let mut due = Instant::now();
        while let Some((picture, fault)) = self.next_picture(due) {
            due = (due + pace).max(Instant::now());
            match self.send_picture(&picture, fault, which, out) {
                Ok(true) => {
                    let mut state = self.state();
                    state.counts.frames += 1;
                    state.counts.bytes += picture.len() as u64;
                }
                // The host stopped in the middle; the next picture begins anew.
                Ok(false) => {}
                Err(error) => {
                    tracing::debug!(%error, "the USB camera's pictures are not taken");
                    return self.stop();
                }
            }
            which ^= 1;
        }
    }

    /// Waits for the time, an open transfer and something to show.
    fn next_picture(&self, due: Instant) -> Option<(Vec<u8>, Fault)> {
        let mut state = self.state();
        loop {
            if state.stopped {
                return None;
            }
            let left = due.saturating_duration_since(Instant::now());
            let form = self.shape.form(state.chosen);
            let ready = !state.pending.is_empty() && state.fault != Fault::Stalled;
            let picture = match form.and_then(|form| state.shown.get(&form)) {
                Some([first, then]) if ready && left.is_zero() => {
                    let after = state.next.checked_sub(first.len());
                    match after {
                        None => first.get(state.next),
                        Some(number) => then.get(number % then.len().max(1)),
                    }
                    .cloned()
                }
                _ => None,
            };
            if let Some(picture) = picture {
                state.next += 1;
                return Some((picture, state.fault));
            }
            let wait = if ready && !left.is_zero() {
                left
            } else {
                Duration::from_secs(1)
            };
            state = self
                .changed
                .wait_timeout(state, wait)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// False when the host stopped asking in the middle.
    fn send_picture(
        &self,
        picture: &[u8],
        fault: Fault,
        which: u8,
        out: &Mutex<TcpStream>,
    ) -> std::io::Result<bool> {
        let shown = match fault {
            Fault::Cut => picture.get(..picture.len() / 3).unwrap_or_default(),
            _ => picture,
        };
        let mut rest = shown;
        while !rest.is_empty() {
            let Some((seq, length)) = self.next_transfer() else {
                return Ok(false);
            };
            let room = length.min(PAYLOAD).saturating_sub(HEAD).max(1);
            let (now, later) = rest.split_at(room.min(rest.len()));
            let mut flags = END_OF_HEADER | which;
            if later.is_empty() {
                flags |= END_OF_FRAME;
            }
            if fault == Fault::Damaged {
                flags |= ERROR;
            }
            let mut payload = vec![HEAD as u8, flags];
            payload.extend_from_slice(now);
            send(out, &wire::submitted(seq, 0, payload.len(), &payload))?;
            rest = later;
        }
        Ok(true)
    }

    fn next_transfer(&self) -> Option<(u32, usize)> {
        let mut state = self.state();
        let until = Instant::now() + Duration::from_secs(1);
        loop {
            if state.stopped {
                return None;
            }
            if let Some(transfer) = state.pending.pop_front() {
                return Some(transfer);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}
