//! The card side of QEMU's CCID reader (`usb-ccid` with `ccid-card-passthru`), as a client of its character
//! device. Unlike vpcd the connection stands for the reader, not for the card: laying one down and taking
//! it away are messages (QEMU `libcacard/vscard_common.h`; behaviour measured with QEMU 7.2).
//!
//! Three things differ from a real reader and can't be helped from this side: power and resets are never
//! told to the card, answers above 374 bytes never arrive, and the protocol is T=0 whatever the ATR says.
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::engine::{Engine, Reply};

/// Pause before QEMU is looked for again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(300);
/// How long a reader stays empty between two cards that are swapped.
const SWAP_PAUSE: Duration = Duration::from_millis(200);
/// How long QEMU may take to accept a message.
const WRITE_LIMIT: Duration = Duration::from_secs(5);
/// Nothing longer is a command: extended Lc and Le with 65535 bytes between.
const LONGEST: usize = 66_000;
/// QEMU keeps no longer answer to reset.
const LONGEST_ATR: usize = 40;
const READER_NAME: &[u8] = b"uketsuke simulation\0";

/// Message types (`VSCMsgType`).
mod message {
    pub(super) const INIT: u32 = 1;
    pub(super) const ERROR: u32 = 2;
    pub(super) const READER_ADD: u32 = 3;
    pub(super) const ATR: u32 = 5;
    pub(super) const CARD_REMOVE: u32 = 6;
    pub(super) const APDU: u32 = 7;
    pub(super) const FLUSH: u32 = 8;
    pub(super) const FLUSH_COMPLETE: u32 = 9;
}
/// Reader id before a reader has one.
const NO_READER: u32 = u32::MAX;
/// `VSCD`, version 2 as two numbers big-endian, no capabilities.
const INIT: [u8; 12] = *b"VSCD\0\0\0\x02\0\0\0\0";

/// QEMU's virtual reader.
#[derive(Debug)]
pub struct UsbReader {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    desk: Mutex<Desk>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Desk {
    engine: Option<Engine>,
    /// The line to QEMU, once it has been greeted.
    line: Option<UnixStream>,
    /// Counts cards: an answer of an earlier one is not sent.
    card: u64,
    stop: bool,
}

impl UsbReader {
    /// A reader at QEMU's socket. QEMU may come and go; a card that lies here is shown again each time.
    ///
    /// # Errors
    /// When the thread that plays the reader can't be started.
    pub fn start(socket: &Path) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            path: socket.to_owned(),
            desk: Mutex::default(),
            changed: Condvar::new(),
        });
        let played = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("usb-card".into())
            .spawn(move || played.play())?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Lays a card down; gives it back when one lies there.
    pub fn insert(&mut self, mut engine: Engine) -> Result<(), Box<Engine>> {
        let mut desk = self.shared.desk();
        if desk.engine.is_some() {
            return Err(Box::new(engine));
        }
        // QEMU tells nobody when the guest switches the card's power: it has power while it lies there.
        engine.power_on();
        desk.engine = Some(engine);
        desk.card += 1;
        desk.show();
        Ok(())
    }

    /// Takes the card away. `None` when there is none.
    pub fn remove(&mut self) -> Option<Engine> {
        let mut desk = self.shared.desk();
        let mut engine = desk.engine.take()?;
        desk.card += 1;
        desk.send(message::CARD_REMOVE, 0, &[]);
        drop(desk);
        self.shared.changed.notify_all();
        engine.power_off();
        Some(engine)
    }

    /// Whether QEMU is there.
    pub fn is_connected(&self) -> bool {
        self.shared.desk().line.is_some()
    }

    /// Whether a card lies there and QEMU can see it.
    pub fn is_inserted(&self) -> bool {
        let desk = self.shared.desk();
        desk.line.is_some() && desk.engine.as_ref().is_some_and(Engine::is_powered)
    }

    /// Works on the card while it lies on the reader (faults, counters, transcript).
    pub fn with_card<R>(&self, work: impl FnOnce(&mut Engine) -> R) -> Option<R> {
        Some(work(self.shared.desk().engine.as_mut()?))
    }
}

impl Drop for UsbReader {
    fn drop(&mut self) {
        // QEMU keeps showing the last card when its client goes without a word.
        let _ = self.remove();
        {
            let mut desk = self.shared.desk();
            desk.stop = true;
            if let Some(line) = desk.line.take() {
                let _ = line.shutdown(std::net::Shutdown::Both);
            }
        }
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Desk {
    /// Shows the card that lies here, or nothing.
    fn show(&mut self) {
        let Some(engine) = self.engine.as_ref().filter(|engine| engine.is_powered()) else {
            return;
        };
        let atr: Vec<u8> = engine.atr().iter().copied().take(LONGEST_ATR).collect();
        self.send(message::ATR, 0, &atr);
    }

    /// Sends a message when QEMU is there; a line that breaks is given up and the reader's thread told.
    fn send(&mut self, kind: u32, reader: u32, payload: &[u8]) {
        let Some(line) = &self.line else { return };
        if write_message(line, kind, reader, payload).is_err() {
            let _ = line.shutdown(std::net::Shutdown::Both);
            self.line = None;
        }
    }
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn play(&self) {
        loop {
            if let Ok(stream) = UnixStream::connect(&self.path)
                && self.greet(&stream)
            {
                while self.answer_one(&stream).is_ok() {}
                self.desk().line = None;
                tracing::info!("QEMU closed the virtual USB reader");
            }
            if self.pause(RECONNECT_PAUSE, |_| false) {
                return;
            }
        }
    }

    /// Introduces the reader and shows its card; false when it is being taken down.
    fn greet(&self, stream: &UnixStream) -> bool {
        let introduced = stream
            .set_write_timeout(Some(WRITE_LIMIT))
            .and_then(|()| write_message(stream, message::INIT, NO_READER, &INIT))
            .and_then(|()| write_message(stream, message::READER_ADD, NO_READER, READER_NAME))
            .and_then(|()| stream.try_clone());
        let Ok(line) = introduced else { return false };
        let mut desk = self.desk();
        if desk.stop {
            return false;
        }
        desk.line = Some(line);
        desk.show();
        true
    }

    /// Waits; true when the reader is being taken down.
    fn pause(&self, time: Duration, enough: impl Fn(&Desk) -> bool) -> bool {
        let desk = self.desk();
        let (desk, _) = self
            .changed
            .wait_timeout_while(desk, time, |desk| !desk.stop && !enough(desk))
            .unwrap_or_else(PoisonError::into_inner);
        desk.stop
    }

    fn answer_one(&self, stream: &UnixStream) -> std::io::Result<()> {
        let (kind, payload) = read_message(stream)?;
        match kind {
            // QEMU greets after the connection and after every plugging-in of its reader, which then
            // knows of no card.
            message::INIT => self.desk().show(),
            message::ERROR => {
                let code = payload.first_chunk().map_or(0, |b| u32::from_be_bytes(*b));
                if code != 0 {
                    tracing::warn!(code, "QEMU's reader reports an error");
                }
            }
            message::APDU => self.command(&payload),
            message::FLUSH => self.desk().send(message::FLUSH_COMPLETE, 0, &[]),
            _ => {}
        }
        Ok(())
    }

    fn command(&self, command: &[u8]) {
        let (reply, delay, swapped, card) = {
            let mut desk = self.desk();
            let card = desk.card;
            // A command that crossed the card's removal is nobody's.
            let Some(engine) = desk.engine.as_mut() else {
                return;
            };
            let reply = engine.exchange(command);
            (reply, engine.delay(), engine.take_swapped(), card)
        };
        if !delay.is_zero() {
            self.pause(delay, |desk| desk.card != card);
        }
        let mut desk = self.desk();
        if desk.card != card || desk.stop {
            return;
        }
        let gone = desk.engine.as_ref().is_some_and(|e| !e.is_powered());
        match reply {
            // QEMU itself answers an open command with nothing when the card goes.
            Reply::Answer(bytes) if !(bytes.is_empty() && gone) => {
                desk.send(message::APDU, 0, &bytes);
            }
            Reply::Silent => {}
            Reply::Answer(_) | Reply::Removed => {
                desk.send(message::CARD_REMOVE, 0, &[]);
                drop(desk);
                if swapped && !self.pause(SWAP_PAUSE, |desk| desk.card != card) {
                    self.lay_swapped(card);
                }
            }
        }
    }

    fn lay_swapped(&self, card: u64) {
        let mut desk = self.desk();
        if desk.card != card {
            return;
        }
        if let Some(engine) = desk.engine.as_mut() {
            engine.power_on();
        }
        desk.show();
    }
}

/// Header of three big-endian numbers (type, reader, length), then the payload, in one write.
fn write_message(
    mut stream: &UnixStream,
    kind: u32,
    reader: u32,
    payload: &[u8],
) -> std::io::Result<()> {
    let length = u32::try_from(payload.len()).map_err(std::io::Error::other)?;
    let mut bytes = Vec::with_capacity(12 + payload.len());
    for number in [kind, reader, length] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    bytes.extend_from_slice(payload);
    stream.write_all(&bytes)
}

fn read_message(mut stream: &UnixStream) -> std::io::Result<(u32, Vec<u8>)> {
    let mut word = [0; 4];
    let mut header = [0u32; 3];
    for number in &mut header {
        stream.read_exact(&mut word)?;
        *number = u32::from_be_bytes(word);
    }
    let [kind, _, length] = header;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > LONGEST {
        return Err(std::io::Error::other("a message of impossible length"));
    }
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload)?;
    Ok((kind, payload))
}
