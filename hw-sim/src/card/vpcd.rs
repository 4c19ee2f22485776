//! The card side of vpcd, the virtual reader of vsmartcard, as a client of the real pcscd.
//! Connecting lays the card down, closing takes it away. Frames are a big-endian length and that
//! many bytes; one byte is a control (vsmartcard `src/vpcd/vpcd.h`, api.txt), more is a command.
//!
//! TCP_QUICKACK is set before every receive: vpcd writes length and data apart, and without it
//! Nagle and delayed acknowledgement make every command cost 44 ms (measured).
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::os::linux::net::TcpStreamExt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::engine::{Engine, Reply};

/// vpcd's first slot ("Virtual PCD 00 00").
pub const DEFAULT_PORT: u16 = 35963;
/// How long a connection attempt may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// How long a slot stays empty between two cards: pcscd looks every 400 ms, and one that missed the change
/// would talk to the second card as if it were the first, and never give it power. Real readers miss nothing.
const SETTLE: Duration = Duration::from_millis(700);
/// Pause before the card is offered again after pcscd went away.
const RECONNECT_PAUSE: Duration = Duration::from_millis(300);

const POWER_OFF: u8 = 0;
const POWER_ON: u8 = 1;
const RESET: u8 = 2;
const GET_ATR: u8 = 4;

/// Why a card could not be laid on the reader. The card is given back.
#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    /// A card lies there already.
    #[error("a card lies on the virtual reader already")]
    Occupied(Box<Engine>),
    /// Nobody listens: pcscd with vpcd is not running, or its port is another one.
    #[error("no virtual reader at {address}: is pcscd with vpcd running?")]
    NoReader {
        /// Where vpcd was expected.
        address: SocketAddr,
        /// The card.
        engine: Box<Engine>,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The thread that plays the card could not be started.
    #[error("the card's thread could not be started")]
    Thread(#[source] std::io::Error),
}

/// One slot of the virtual reader.
#[derive(Debug)]
pub struct VirtualReader {
    address: SocketAddr,
    seat: Option<Seat>,
    /// When the last card left.
    left: Option<Instant>,
}

#[derive(Debug)]
struct Seat {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    address: SocketAddr,
    engine: Mutex<Engine>,
    line: Mutex<Line>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Line {
    /// The card is being taken away.
    stop: bool,
    /// When the card left by itself.
    left: Option<Instant>,
    /// Kept so that whoever takes the card can end a blocked receive.
    stream: Option<TcpStream>,
}

/// How one connection ended.
enum End {
    /// pcscd closed or the connection broke: offer the card again.
    Peer,
    /// The card left by itself.
    Torn,
    /// The card left by itself, and another lies there now.
    Swapped,
    /// Taken away by us.
    Stopped,
}

impl VirtualReader {
    /// A handle on the slot behind this TCP port of this machine. Nothing is connected yet.
    pub fn connect(port: u16) -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            seat: None,
            left: None,
        }
    }

    /// Lays a card on the reader. While it lies there and pcscd is restarted, it is offered again.
    ///
    /// # Errors
    /// When a card lies there already or no virtual reader listens; the card is in the error.
    pub fn insert(&mut self, engine: Engine) -> Result<(), InsertError> {
        if self.seat.is_some() {
            return Err(InsertError::Occupied(Box::new(engine)));
        }
        self.settle();
        let stream = match TcpStream::connect_timeout(&self.address, CONNECT_LIMIT) {
            Ok(stream) => stream,
            Err(source) => {
                return Err(InsertError::NoReader {
                    address: self.address,
                    engine: Box::new(engine),
                    source,
                });
            }
        };
        let shared = Arc::new(Shared {
            address: self.address,
            engine: Mutex::new(engine),
            line: Mutex::new(Line {
                stream: stream.try_clone().ok(),
                ..Line::default()
            }),
            changed: Condvar::new(),
        });
        let played = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("virtual-card".into())
            .spawn(move || played.play(stream))
            .map_err(InsertError::Thread)?;
        self.seat = Some(Seat { shared, thread });
        Ok(())
    }

    /// Waits until pcscd must have noticed that the last card left.
    fn settle(&self) {
        let until = self.left.map(|left| left + SETTLE);
        while let Some(rest) = until.and_then(|until| until.checked_duration_since(Instant::now()))
            && !rest.is_zero()
        {
            std::thread::park_timeout(rest);
        }
    }

    /// Takes the card away. `None` when there is none.
    pub fn remove(&mut self) -> Option<Engine> {
        let Seat { shared, thread } = self.seat.take()?;
        {
            let mut line = locked(&shared.line);
            line.stop = true;
            self.left = Some(line.left.unwrap_or_else(Instant::now));
            if let Some(stream) = line.stream.take() {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        shared.changed.notify_all();
        // Every wait of that thread ends with the flag or the closed socket.
        let _ = thread.join();
        let shared = Arc::into_inner(shared)?;
        let mut engine = shared
            .engine
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        engine.power_off();
        Some(engine)
    }

    /// Whether a card lies there and pcscd can see it.
    pub fn is_inserted(&self) -> bool {
        self.seat
            .as_ref()
            .is_some_and(|seat| locked(&seat.shared.line).stream.is_some())
    }

    /// Works on the card while it lies on the reader (faults, counters, transcript).
    pub fn with_card<R>(&self, work: impl FnOnce(&mut Engine) -> R) -> Option<R> {
        let seat = self.seat.as_ref()?;
        Some(work(&mut locked(&seat.shared.engine)))
    }
}

impl Drop for VirtualReader {
    fn drop(&mut self) {
        let _ = self.remove();
    }
}

impl Shared {
    fn play(&self, first: TcpStream) {
        let mut next = Some(first);
        loop {
            let stream = next
                .take()
                .or_else(|| TcpStream::connect_timeout(&self.address, CONNECT_LIMIT).ok());
            if let Some(stream) = stream
                && self.register(&stream)
            {
                let end = self.session(&stream);
                let _ = stream.shutdown(Shutdown::Both);
                locked(&self.line).stream = None;
                locked(&self.engine).power_off();
                match end {
                    End::Torn => {
                        locked(&self.line).left = Some(Instant::now());
                        tracing::info!("the virtual card left the reader by itself");
                        return;
                    }
                    End::Stopped => return,
                    End::Swapped => {
                        tracing::info!("another virtual card is laid down");
                        if self.pause(SETTLE) {
                            return;
                        }
                        continue;
                    }
                    End::Peer => tracing::info!("pcscd closed the virtual reader"),
                }
            }
            if self.pause(RECONNECT_PAUSE) {
                return;
            }
        }
    }

    /// Makes a connection known to whoever takes the card; false when it is being taken.
    fn register(&self, stream: &TcpStream) -> bool {
        let Ok(clone) = stream.try_clone() else {
            return false;
        };
        let mut line = locked(&self.line);
        if line.stop {
            return false;
        }
        line.stream = Some(clone);
        true
    }

    /// Waits; true when the card is being taken away meanwhile.
    fn pause(&self, time: Duration) -> bool {
        let line = locked(&self.line);
        let (line, _) = self
            .changed
            .wait_timeout_while(line, time, |line| !line.stop)
            .unwrap_or_else(PoisonError::into_inner);
        line.stop
    }

    fn session(&self, stream: &TcpStream) -> End {
        let _ = stream.set_nodelay(true);
        loop {
            let Ok(frame) = receive(stream) else {
                return self.why_closed();
            };
            let answer = match frame.as_slice() {
                [] => None,
                [POWER_OFF] => {
                    locked(&self.engine).power_off();
                    None
                }
                [POWER_ON] => {
                    locked(&self.engine).power_on();
                    None
                }
                [RESET] => {
                    locked(&self.engine).reset();
                    None
                }
                [GET_ATR] => Some(locked(&self.engine).atr().to_vec()),
                [_] => None,
                command => {
                    let (reply, delay, gone, swapped) = {
                        let mut engine = locked(&self.engine);
                        let reply = engine.exchange(command);
                        let (gone, swapped) = (!engine.is_powered(), engine.take_swapped());
                        (reply, engine.delay(), gone, swapped)
                    };
                    if !delay.is_zero() && self.pause(delay) {
                        return End::Stopped;
                    }
                    match reply {
                        // A card that is gone cannot be told from an empty answer on this line.
                        Reply::Answer(bytes) if bytes.is_empty() && gone => return End::Torn,
                        Reply::Answer(bytes) => Some(bytes),
                        Reply::Silent => None,
                        Reply::Removed if swapped => return End::Swapped,
                        Reply::Removed => return End::Torn,
                    }
                }
            };
            if let Some(answer) = answer
                && send(stream, &answer).is_err()
            {
                return self.why_closed();
            }
        }
    }

    fn why_closed(&self) -> End {
        if locked(&self.line).stop {
            End::Stopped
        } else {
            End::Peer
        }
    }
}

/// Receives one frame; at most 65535 bytes by the form of the length.
fn receive(mut stream: &TcpStream) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.set_quickack(true)?;
    stream.read_exact(&mut length)?;
    let mut frame = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.set_quickack(true)?;
    stream.read_exact(&mut frame)?;
    Ok(frame)
}

/// Sends one frame in one write; what does not fit the length is cut.
fn send(mut stream: &TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut frame = Vec::with_capacity(2 + usize::from(length));
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend(bytes.iter().take(usize::from(length)));
    stream.write_all(&frame)
}

/// A poisoned lock only means that a test failed while holding it; the card is still usable.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
