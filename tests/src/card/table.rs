//! Cards, a reader, and the terminal's card threads over them.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use card::pinless::FictitiousTerminal;
use card::scripted::{CardScript, Said, ScriptedReaders};
use card::{CardAnswer, CardCommand, CardConfig, CardEvent, CardHandle, IssuerKeys, LinkError};
use hw_sim::card::{Engine, Reply};
use hw_sim::persons::Register;
use tempfile::TempDir;

/// The in-process reader.
const READER: &str = "Scripted Reader 00 00";
/// Beyond every limit of the card threads together: an answer that takes longer never comes.
const HANG: Duration = Duration::from_secs(30);

/// Prepares the cards of these persons, once for a folder: RSA keys take seconds to make.
///
/// # Errors
/// The folder can't be written, or a person is not in the register.
pub fn cards(folder: &Path, persons: &[&str]) -> anyhow::Result<()> {
    let mut register = Register::catalogue()?;
    register
        .persons
        .extend(Register::default_register()?.persons);
    register
        .persons
        .retain(|person| persons.contains(&person.id.as_str()));
    if register.persons.len() != persons.len() {
        bail!("not every one of {persons:?} is in the simulator's registers");
    }
    std::fs::create_dir_all(folder)?;
    let portraits = crate::repository().join("data/portraits");
    hw_sim::pki::prepare_with(folder, &register, &portraits)?;
    Ok(())
}

/// A person of the simulator's registers.
pub(crate) fn person(id: &str) -> anyhow::Result<hw_sim::persons::Person> {
    for register in [Register::catalogue()?, Register::default_register()?] {
        if let Some(person) = register.person(id) {
            return Ok(person.clone());
        }
    }
    bail!("no person `{id}`")
}

/// Copies of cards that a run may spoil; siblings, so that one can be swapped for another.
#[derive(Debug)]
pub struct Laid {
    folder: TempDir,
    engine: Arc<Mutex<Engine>>,
}

impl Laid {
    /// Copies of `all` cards; the first one is to be laid down.
    ///
    /// # Errors
    /// A card can't be copied or loaded.
    pub fn new(prepared: &Path, all: &[&str]) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        for id in all {
            let to = folder.path().join(id);
            std::fs::create_dir(&to)?;
            for entry in std::fs::read_dir(prepared.join("cards").join(id))? {
                let entry = entry?;
                std::fs::copy(entry.path(), to.join(entry.file_name()))?;
            }
        }
        let first = all.first().context("no card")?;
        let engine = Engine::load(&folder.path().join(first))?;
        Ok(Self {
            folder,
            engine: Arc::new(Mutex::new(engine)),
        })
    }

    /// The card that lies there now.
    pub fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the copies are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The engine as the scripted reader's card.
struct Chip {
    engine: Arc<Mutex<Engine>>,
    readers: ScriptedReaders,
    waiting: Waiting,
}

/// Lets time pass without anything happening.
#[derive(Clone)]
struct Waiting(Arc<Mutex<(Sender<()>, Receiver<()>)>>);

impl Waiting {
    fn new() -> Self {
        // While the sender lives, the receiver waits for as long as it is told to.
        Self(Arc::new(Mutex::new(channel())))
    }

    fn wait(&self, time: Duration) {
        if !time.is_zero() {
            let channel = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = channel.1.recv_timeout(time);
        }
    }
}

impl Chip {
    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CardScript for Chip {
    fn power(&mut self, on: bool) {
        if on {
            self.engine().power_on();
        } else {
            self.engine().power_off();
        }
    }

    fn atr(&self) -> Vec<u8> {
        self.engine().atr().to_vec()
    }

    fn answer(&mut self, command: &[u8]) -> Said {
        let began = Instant::now();
        let (reply, time, swapped, reset, powered) = {
            let mut engine = self.engine();
            let reply = engine.exchange(command);
            (
                reply,
                engine.delay(),
                engine.take_swapped(),
                engine.take_reset(),
                engine.is_powered(),
            )
        };
        // What the simulator needs to compute counts as the card's own time.
        self.waiting.wait(time.saturating_sub(began.elapsed()));
        match reply {
            Reply::Removed if swapped => {
                let next = Self {
                    engine: Arc::clone(&self.engine),
                    readers: self.readers.clone(),
                    waiting: self.waiting.clone(),
                };
                self.readers.lay(READER, next);
                Said::Fault(LinkError::Removed)
            }
            Reply::Removed => {
                self.readers.take(READER);
                Said::Fault(LinkError::Removed)
            }
            // The driver hangs with it.
            Reply::Silent => Said::Hang,
            Reply::Answer(_) if reset => Said::Fault(LinkError::Reset),
            Reply::Answer(bytes) => {
                if bytes.is_empty() && !powered {
                    self.readers.take(READER);
                    // As QEMU's reader says it: success, and nothing in it. The removal is seen later.
                    return Said::Bytes(bytes);
                }
                Said::Bytes(bytes)
            }
        }
    }
}

/// The card threads and what they are connected to.
pub struct Table {
    handle: CardHandle,
    events: Receiver<CardEvent>,
    scripted: Option<ScriptedReaders>,
    waiting: Waiting,
    visit: u64,
    reader: String,
}

/// How the card threads are set.
fn config(prepared: &Path, limit: Duration) -> anyhow::Result<CardConfig> {
    let file = |name: &str| {
        let path: PathBuf = prepared.join("terminal").join(name);
        std::fs::read(&path).with_context(|| path.display().to_string())
    };
    let issuers = IssuerKeys::from_toml(&String::from_utf8(file("issuers.toml")?)?)?;
    let terminal = FictitiousTerminal::new(file("terminal.cvc")?, &file("terminal.key")?)?;
    Ok(CardConfig {
        simulation: true,
        reader_filters: Vec::new(),
        extended_readers: Vec::new(),
        reset: None,
        issuers,
        auth_roots: vec![file("auth-ca.der")?],
        pinless: Some(Box::new(terminal)),
        apdu_timeout: limit,
        clock: Arc::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            since.map_or(0, |since| {
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            })
        }),
    })
}

impl Table {
    /// Card threads over a reader in this process. `change` may set them otherwise.
    ///
    /// # Errors
    /// The prepared folder is incomplete.
    pub fn in_process(
        prepared: &Path,
        limit: Duration,
        change: impl FnOnce(&mut CardConfig),
    ) -> anyhow::Result<Self> {
        let readers = ScriptedReaders::new();
        readers.plug(READER);
        let mut config = config(prepared, limit)?;
        change(&mut config);
        let mut handle = card::spawn_with(config, Box::new(readers.clone()))?;
        let events = handle.events().context("events")?;
        Ok(Self {
            handle,
            events,
            scripted: Some(readers),
            waiting: Waiting::new(),
            visit: 0,
            reader: READER.into(),
        })
    }

    /// As [`Table::in_process`], for visits with or without extended length.
    ///
    /// # Errors
    /// As for [`Table::in_process`].
    pub fn with_lengths(prepared: &Path, limit: Duration, extended: bool) -> anyhow::Result<Self> {
        Self::in_process(prepared, limit, |config| {
            if extended {
                config.extended_readers = vec![READER.into()];
            }
        })
    }

    /// Card threads over the pcscd that this process's environment names.
    ///
    /// # Errors
    /// As for [`Table::in_process`].
    pub fn through_pcscd(prepared: &Path, limit: Duration) -> anyhow::Result<Self> {
        let mut handle = card::spawn(config(prepared, limit)?)?;
        let events = handle.events().context("events")?;
        Ok(Self {
            handle,
            events,
            scripted: None,
            waiting: Waiting::new(),
            visit: 0,
            reader: String::new(),
        })
    }

    /// Lays a card on the in-process reader and waits until it is noticed.
    ///
    /// # Errors
    /// It is not noticed.
    pub fn lay(&mut self, card: &Laid) -> anyhow::Result<()> {
        if let Some(readers) = &self.scripted {
            let chip = Chip {
                engine: Arc::clone(&card.engine),
                readers: readers.clone(),
                waiting: self.waiting.clone(),
            };
            readers.lay(READER, chip);
        }
        self.arrived()
    }

    /// Takes whatever lies on the in-process reader.
    pub fn take(&self) {
        if let Some(readers) = &self.scripted {
            readers.take(READER);
        }
    }

    /// Takes whatever lies on the in-process reader and waits until that and everything before it has been told:
    /// the watch tells changes in their order, so a second reader plugged in behind them is heard of last.
    /// Without it, the arrival of a card that was swapped in could be taken for that of the next.
    ///
    /// # Errors
    /// It is not told.
    pub fn clear(&mut self) -> anyhow::Result<()> {
        const MARK: &str = "Scripted Reader 01 00";
        let Some(readers) = self.scripted.clone() else {
            return Ok(());
        };
        readers.take(READER);
        readers.plug(MARK);
        let until = Instant::now() + HANG;
        while !matches!(self.next(until)?, CardEvent::ReaderArrived { reader } if reader == MARK) {}
        readers.unplug(MARK);
        while !matches!(self.next(until)?, CardEvent::ReaderLeft { reader } if reader == MARK) {}
        Ok(())
    }

    /// Waits until a card is noticed.
    ///
    /// # Errors
    /// None comes.
    pub fn arrived(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + HANG;
        loop {
            match self.next(until)? {
                CardEvent::CardArrived { reader } => {
                    self.reader = reader;
                    return Ok(());
                }
                _ => continue,
            }
        }
    }

    /// Waits until the card is seen to be gone, or gives up after a moment: a card that left in the middle of a
    /// visit has been noticed before.
    ///
    /// # Errors
    /// The card threads have ended.
    pub fn departed(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + Duration::from_secs(2);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(CardEvent::CardLeft { .. }) | Err(RecvTimeoutError::Timeout) => return Ok(()),
                Ok(_) => continue,
                Err(RecvTimeoutError::Disconnected) => bail!("panic: the card threads have ended"),
            }
        }
    }

    fn next(&self, until: Instant) -> anyhow::Result<CardEvent> {
        match self
            .events
            .recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            Ok(event) => Ok(event),
            Err(RecvTimeoutError::Timeout) => bail!("hang: nothing came for {HANG:?}"),
            Err(RecvTimeoutError::Disconnected) => bail!("panic: the card threads have ended"),
        }
    }

    /// A new visit's number.
    pub fn new_visit(&mut self) -> u64 {
        self.visit += 1;
        self.visit
    }

    /// The reader on which the last card was noticed.
    #[must_use]
    pub fn reader(&self) -> String {
        self.reader.clone()
    }

    /// Sends a command and waits for its answer.
    ///
    /// # Errors
    /// No answer comes: that is a hang or a panic.
    pub fn ask(&self, command: CardCommand) -> anyhow::Result<CardAnswer> {
        let ends = matches!(command, CardCommand::End { .. });
        self.handle
            .send(command)
            .map_err(|gone| anyhow::anyhow!("panic: {gone}"))?;
        let until = Instant::now() + HANG;
        loop {
            match self.next(until)? {
                // Told unasked when a reader vanishes; the answer to `End` is still to come.
                CardEvent::Answer {
                    answer: CardAnswer::Failed(_),
                    ..
                } if ends => continue,
                CardEvent::Answer { visit, answer } if visit == self.visit => return Ok(answer),
                _ => continue,
            }
        }
    }

    /// Ends the threads; drivers that hang are let go.
    pub fn end(self) {
        if let Some(readers) = &self.scripted {
            readers.release();
        }
        self.handle.shutdown();
    }
}
