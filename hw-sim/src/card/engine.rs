//! The card itself: power, session state, and the way of one command through it. What each command
//! does stands in one file per group (`select`, `read`, `credential`, `signing`, `terminal_auth`), what
//! can go wrong on the way in `exchange`.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use super::apdu::Command;
use super::atr::{self, LONGEST};
use super::fault::{Armed, Script};
use super::folder::{CardFile, Counters, Folder, FolderError};
use super::latency::Latency;
use super::model::{Application, Body, Ef};
use super::status::{self, Answer};
use super::terminal_auth::TerminalAuth;
use super::transcript::{Entry, Traffic, Transcript};
use super::{apps, records};
use crate::persons::CardSort;

/// What comes back for one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Response data and status word (shorter under a fault).
    Answer(Vec<u8>),
    /// The card is gone. When [`Engine::take_swapped`] then says so, another lies in its place.
    Removed,
    /// The card says nothing to this command, ever.
    Silent,
}

/// Switches for behaviours in which real cards differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behaviour {
    /// The first command after power-on is answered 6F00 (measured on one card, myna-card).
    pub first_command_6f00: bool,
    /// Extended length is understood (the real card does; some readers do not pass it).
    pub extended_length: bool,
    /// The data object 00F2 (expiry) is not there; the common AP's record still holds the date.
    pub without_expiry_object: bool,
    /// Selecting the application that is selected already ends its security status. Sources
    /// disagree: OpenSC logs out that way, myna-card found it unreliable.
    pub reselect_clears: bool,
    /// A warm reset clears the state. On the contactless side it does not (myna-card); a chip behind
    /// contacts sees a reset as any chip does, so a card issued with a contact ATR has this set.
    pub reset_clears: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            first_command_6f00: false,
            extended_length: true,
            without_expiry_object: false,
            reselect_clears: false,
            reset_clears: false,
        }
    }
}

/// A virtual card.
pub struct Engine {
    pub(crate) folder: Folder,
    pub(crate) applications: Vec<Application>,
    pub(crate) session: Session,
    pub(crate) random: SystemRandom,
    /// Private keys used since the card was loaded.
    pub(crate) signatures: u32,
    pub(super) behaviour: Behaviour,
    pub(super) atr: Vec<u8>,
    pub(super) powered: bool,
    pub(super) script: Armed,
    pub(super) latency: Latency,
    pub(super) last_time: Duration,
    pub(super) swapped: bool,
    pub(super) reset_seen: bool,
    pub(super) transcript: Transcript,
}

/// What the card forgets when its power goes.
#[derive(Default)]
pub(crate) struct Session {
    /// Index of the selected application; `None` at the level of the master file.
    pub(crate) application: Option<usize>,
    /// The current EF.
    pub(crate) ef: Option<u16>,
    /// Credentials satisfied in this application.
    pub(crate) satisfied: BTreeSet<u16>,
    /// The last 16-byte challenge, for EXTERNAL AUTHENTICATE.
    pub(crate) challenge: Option<Vec<u8>>,
    /// The fictitious terminal authentication.
    pub(crate) terminal: TerminalAuth,
    /// Type B identifier (PUPI), new with every power-on; readers show it, the card does not.
    pub(crate) pupi: [u8; 4],
    pub(super) commands: u64,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("person", &self.folder.card.person)
            .field("powered", &self.powered)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Loads a card from its folder (`D/cards/<person id>`, written by `pki::prepare`).
    ///
    /// # Errors
    /// When a file is missing or not what it should be.
    pub fn load(folder: &Path) -> Result<Self, FolderError> {
        let folder = Folder::load(folder)?;
        let applications = apps::build(&folder)?;
        let bytes = atr::atr(&folder.card.atr).ok_or_else(|| FolderError::Content {
            path: folder.path.join("card.toml"),
            problem: "atr is neither a known name nor hexadecimal".into(),
        })?;
        Ok(Self {
            behaviour: folder.card.behaviour,
            folder,
            applications,
            session: Session::default(),
            random: SystemRandom::new(),
            signatures: 0,
            atr: bytes,
            powered: false,
            script: Armed::default(),
            latency: Latency::INSTANT,
            last_time: Duration::ZERO,
            swapped: false,
            reset_seen: false,
            transcript: Transcript::default(),
        })
    }

    /// Turns into the card whose folder lies beside this one's; transcript, script and latency stay.
    pub(super) fn become_card(&mut self, person: &str) -> Result<(), FolderError> {
        let sibling = self.folder.path.with_file_name(person);
        let other = Self::load(&sibling)?;
        self.folder = other.folder;
        self.applications = other.applications;
        self.behaviour = other.behaviour;
        self.atr = other.atr;
        self.session = Session::default();
        self.powered = false;
        Ok(())
    }

    /// Whether there is a chip at all: a reader sees nothing of a card without one.
    pub fn has_chip(&self) -> bool {
        self.folder.card.kind != CardSort::NoChip
    }

    /// Cold start: everything forgotten, the issuer's level current.
    pub fn power_on(&mut self) {
        self.session = Session::default();
        let _ = self.random.fill(&mut self.session.pupi);
        self.powered = true;
    }

    /// Power gone: security status and selection are forgotten, counters are not.
    pub fn power_off(&mut self) {
        self.session = Session::default();
        self.powered = false;
    }

    /// Warm reset. Keeps the state unless [`Behaviour::reset_clears`].
    pub fn reset(&mut self) {
        if !self.powered || self.behaviour.reset_clears {
            self.power_on();
        }
    }

    /// Whether the card has power.
    pub fn is_powered(&self) -> bool {
        self.powered
    }

    /// The answer to reset.
    pub fn atr(&self) -> &[u8] {
        &self.atr
    }

    /// Sets another answer to reset (at most 33 bytes are kept).
    pub fn set_atr(&mut self, atr: &[u8]) {
        self.atr = atr.iter().copied().take(LONGEST).collect();
    }

    /// Whether the chip is reached by contacts, as its answer to reset tells.
    pub fn is_contact(&self) -> bool {
        atr::is_contact(&self.atr)
    }

    /// The switches.
    pub fn behaviour(&self) -> Behaviour {
        self.behaviour
    }

    /// Sets the switches.
    pub fn set_behaviour(&mut self, behaviour: Behaviour) {
        self.behaviour = behaviour;
    }

    /// Sets what goes wrong: a whole script, one rule (`Fault::Removed.at(12)`), or one fault for every
    /// command. Its counts begin now.
    pub fn set_fault(&mut self, script: impl Into<Script>) {
        self.script = Armed::new(script.into());
    }

    /// Ends every fault.
    pub fn clear_fault(&mut self) {
        self.script = Armed::default();
    }

    /// What was set to go wrong.
    pub fn script(&self) -> Script {
        self.script.script()
    }

    /// The latency profile.
    pub fn latency(&self) -> Latency {
        self.latency
    }

    /// Sets the latency profile.
    pub fn set_latency(&mut self, latency: Latency) {
        self.latency = latency;
    }

    /// How long the last exchange takes, by the latency profile and the faults. [`Engine::exchange`]
    /// itself does not wait: a real line waits this long before it answers, a virtual clock adds it up
    /// (see [`Engine::traffic`]).
    pub fn delay(&self) -> Duration {
        self.last_time
    }

    /// Whether the last removal laid another card down; forgets it. The engine is that card then,
    /// without power.
    pub fn take_swapped(&mut self) -> bool {
        std::mem::take(&mut self.swapped)
    }

    /// Whether a script reset the card or cut its power since last asked; forgets it. PC/SC clients are
    /// told of that by `SCARD_W_RESET_CARD`.
    pub fn take_reset(&mut self) -> bool {
        std::mem::take(&mut self.reset_seen)
    }

    /// What is written on the card.
    pub fn card(&self) -> &CardFile {
        &self.folder.card
    }

    /// The card's folder.
    pub fn folder(&self) -> &Path {
        &self.folder.path
    }

    /// Tries left of every credential.
    pub fn counters(&self) -> Counters {
        self.folder.card.counters
    }

    /// Sets the counters, as the municipal office would (and tests do).
    ///
    /// # Errors
    /// When they cannot be written to the card's folder.
    pub fn set_counters(&mut self, counters: Counters) -> Result<(), FolderError> {
        self.folder.set_counters(counters)
    }

    /// The last commands, without credentials and data.
    pub fn transcript(&self) -> Vec<Entry> {
        self.transcript.entries()
    }

    /// Counts of commands, bytes and time since the card was loaded or the transcript cleared.
    pub fn traffic(&self) -> Traffic {
        self.transcript.traffic()
    }

    /// Forgets the transcript and its counts.
    pub fn clear_transcript(&mut self) {
        self.transcript.clear();
    }

    /// Puts other photo bytes on the card and leaves the record's signature as it is: a forged
    /// card. (`pki::Prepared::resign_photo` makes a genuine card with another photo.)
    ///
    /// # Errors
    /// When the card has no photo or the record would become too long for its offsets.
    pub fn set_photo(&mut self, photo: &[u8]) -> Result<(), FolderError> {
        self.change_card_face(|face| records::with_photo(face, photo))
    }

    /// Puts another card-face record (surface AP EF 0002) on the card, not kept in the folder.
    pub(crate) fn change_card_face(
        &mut self,
        change: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<(), FolderError> {
        let face = self
            .applications
            .iter_mut()
            .find(|application| application.aid == apps::SURFACE_AID)
            .and_then(|application| application.ef_mut(apps::surface::CARD_FACE));
        if let Some(Ef {
            body: Body::Transparent { content, .. },
            ..
        }) = face
            && let Some(changed) = change(content)
        {
            *content = changed;
            return Ok(());
        }
        Err(FolderError::Content {
            path: PathBuf::from("surface-0002.bin"),
            problem: "no card face that could take this photo".into(),
        })
    }

    pub(super) fn carry_out(&mut self, command: &[u8]) -> Answer {
        self.session.commands += 1;
        if self.session.commands == 1 && self.behaviour.first_command_6f00 {
            return Answer::status(status::INTERNAL);
        }
        let command = match Command::parse(command) {
            Ok(command) => command,
            Err(status) => return Answer::status(status),
        };
        // PC/SC pseudo-APDUs never reach a contactless card: its reader answers them.
        if command.cla == 0xFF && !self.is_contact() {
            return self.reader_answer(&command);
        }
        if command.extended && !self.behaviour.extended_length {
            return Answer::status(status::WRONG_LENGTH);
        }
        let answer = match self.other_chip(&command) {
            Some(answer) => answer,
            None => self.dispatch(&command),
        };
        answer.unwrap_or_else(Answer::status)
    }

    /// `FF CA 00 00`, GET DATA of the identifier (PC/SC part 3, 3.2.2.1.3): four bytes of a Type B chip,
    /// new every time (PUPI), eight of a FeliCa card.
    fn reader_answer(&self, command: &Command<'_>) -> Answer {
        match (command.ins, command.p1p2()) {
            (0xCA, 0x0000) if self.card().kind == CardSort::Transit => {
                let serial = self.card().serial.bytes().take(6).map(|digit| digit & 0x0F);
                Answer::data([0x01, 0x14].into_iter().chain(serial).collect())
            }
            (0xCA, 0x0000) => Answer::data(self.session.pupi.to_vec()),
            (0xCA, _) => Answer::status(status::NOT_SUPPORTED),
            _ => Answer::status(status::INSTRUCTION_UNKNOWN),
        }
    }

    fn dispatch(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        match command.cla {
            0x00 | 0x80 => {}
            // Only logical channel 0 exists; secure messaging only in the text AP (not simulated).
            0x08 | 0x0C => {
                return Err(match command.ins {
                    0xA4 => status::NO_SECURE_MESSAGING,
                    0xB0 | 0x20 => status::NO_SM_SESSION,
                    _ => status::CLASS_UNKNOWN,
                });
            }
            0x01..=0x03 | 0x81..=0x83 => return Err(status::NO_SUCH_CHANNEL),
            _ => return Err(status::CLASS_UNKNOWN),
        }
        match (command.cla, command.ins) {
            (0x00, 0xA4) => self.select(command),
            (0x00, 0xB0) => self.read_binary(command),
            (0x00, 0xB2) => self.read_record(command),
            (0x00, 0xCA) => self.get_data(command),
            (0x00, 0x20) => self.verify(command),
            (0x00, 0x24) => self.change_reference(command),
            (0x80, 0x32) => self.change_key(command),
            (0x00, 0x84) => self.get_challenge(command),
            (0x80, 0x2A) => self.compute_signature(command),
            (0x00, 0x88) => self.internal_authenticate(command),
            (0x80, 0xA2) => self.terminal_certificate(command),
            (0x00, 0x82) => self.external_authenticate(command),
            (0x80, 0x82) => self.external_tries(command),
            (0x80, 0xAE) => Err(self.set_session_key()),
            (0x80, 0xFC) => self.last_command_indicator(),
            _ => Err(status::INSTRUCTION_UNKNOWN),
        }
    }

    /// The selected application.
    pub(crate) fn application(&self) -> Option<&Application> {
        self.session
            .application
            .and_then(|index| self.applications.get(index))
    }

    /// The key that the selected application signs with unasked.
    pub(crate) fn default_key(&self) -> Option<u16> {
        self.application()?.default_key
    }

    /// A file of the selected application.
    pub(crate) fn ef(&self, id: u16) -> Option<&Ef> {
        self.application()?.ef(id)
    }
}
