//! The card itself: power, session state, and the way of one command through it. What each command
//! does stands in one file per group (`select`, `read`, `credential`, `signing`, `terminal_auth`).
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

use super::apdu::Command;
use super::fault::{Armed, Before, Fault};
use super::folder::{CardFile, Counters, Folder, FolderError};
use super::model::{Application, Body, Ef};
use super::status::{self, Answer};
use super::terminal_auth::TerminalAuth;
use super::transcript::{Entry, Transcript};
use super::{apps, records};

/// ATR of a contactless My Number Card as pcscd forms it (pcsc-tools `smartcard_list.txt`).
pub const CONTACTLESS_ATR: [u8; 13] = [
    0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F,
];
/// Contact ATR (OpenSC card-jpki.c matches exactly this).
pub const CONTACT_ATR: [u8; 9] = [0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14];
/// ATR of a former 住基カード (pcsc-tools `smartcard_list.txt`).
pub const OLD_JUKI_ATR: [u8; 13] = [
    0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x14, 0xE0, 0xB3, 0x81, 0x91, 0x00, 0x5E,
];

/// What comes back for one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Response data and status word (shorter under a fault).
    Answer(Vec<u8>),
    /// The card is gone.
    Removed,
    /// The card says nothing, ever.
    Silent,
}

/// Switches for behaviours in which real cards differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behaviour {
    /// The first command after power-on is answered 6F00 (measured on one card, myna-card).
    pub first_command_6f00: bool,
    /// Extended length is understood (the real card does; some readers do not pass it).
    pub extended_length: bool,
    /// Selecting the application that is selected already ends its security status. Sources
    /// disagree: OpenSC logs out that way, myna-card found it unreliable.
    pub reselect_clears: bool,
    /// A warm reset clears the state. On the contactless side it does not (myna-card).
    pub reset_clears: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            first_command_6f00: false,
            extended_length: true,
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
    behaviour: Behaviour,
    atr: Vec<u8>,
    powered: bool,
    fault: Option<Armed>,
    transcript: Transcript,
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
    commands: u64,
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
        let atr = match folder.card.kind {
            crate::persons::CardSort::OldJuki => OLD_JUKI_ATR.to_vec(),
            _ => CONTACTLESS_ATR.to_vec(),
        };
        Ok(Self {
            folder,
            applications,
            session: Session::default(),
            random: SystemRandom::new(),
            behaviour: Behaviour::default(),
            atr,
            powered: false,
            fault: None,
            transcript: Transcript::default(),
        })
    }

    /// Cold start: everything forgotten, the issuer's level current.
    pub fn power_on(&mut self) {
        self.session = Session::default();
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
        self.atr = atr.iter().copied().take(33).collect();
    }

    /// The switches.
    pub fn behaviour(&self) -> Behaviour {
        self.behaviour
    }

    /// Sets the switches.
    pub fn set_behaviour(&mut self, behaviour: Behaviour) {
        self.behaviour = behaviour;
    }

    /// Sets a fault; its count of commands begins now.
    pub fn set_fault(&mut self, fault: Fault) {
        self.fault = Some(Armed::new(fault));
    }

    /// Ends the fault.
    pub fn clear_fault(&mut self) {
        self.fault = None;
    }

    /// How much longer an answer takes under the present fault.
    pub fn delay(&self) -> Duration {
        match self.fault {
            Some(Armed {
                fault: Fault::Delay(time),
                ..
            }) => time,
            _ => Duration::ZERO,
        }
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

    /// The last commands, credentials masked.
    pub fn transcript(&self) -> Vec<Entry> {
        self.transcript.entries()
    }

    /// Forgets the transcript.
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

    /// One command; a card that is gone or silent answers with nothing.
    pub fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        match self.exchange(command) {
            Reply::Answer(bytes) => bytes,
            Reply::Removed | Reply::Silent => Vec::new(),
        }
    }

    /// One command, with the ways in which it may not be answered at all.
    pub fn exchange(&mut self, command: &[u8]) -> Reply {
        if !self.powered {
            return Reply::Answer(Vec::new());
        }
        let before = self.fault.as_mut().map_or(Before::Go, Armed::before);
        let reply = match before {
            Before::Answer(status) => Reply::Answer(status.to_be_bytes().to_vec()),
            Before::Removed => Reply::Removed,
            Before::Silent => Reply::Silent,
            Before::Go => {
                let answer = self.carry_out(command).bytes();
                self.after(answer)
            }
        };
        self.transcript.record(command, &reply);
        if reply == Reply::Removed {
            self.power_off();
        }
        reply
    }

    fn after(&self, mut answer: Vec<u8>) -> Reply {
        match self.fault {
            Some(Armed {
                fault: Fault::TruncateAfter(n),
                ..
            }) => answer.truncate(n),
            Some(Armed {
                fault: Fault::Garbage,
                ..
            }) => {
                if answer.len() < 4 {
                    answer.resize(4, 0);
                }
                let _ = self.random.fill(&mut answer);
            }
            Some(Armed {
                fault: Fault::RemoveAfterCommand(n),
                commands,
            }) if commands >= n => return Reply::Removed,
            _ => {}
        }
        Reply::Answer(answer)
    }

    fn carry_out(&mut self, command: &[u8]) -> Answer {
        self.session.commands += 1;
        if self.session.commands == 1 && self.behaviour.first_command_6f00 {
            return Answer::status(status::INTERNAL);
        }
        let command = match Command::parse(command) {
            Ok(command) => command,
            Err(status) => return Answer::status(status),
        };
        if command.extended && !self.behaviour.extended_length {
            return Answer::status(status::WRONG_LENGTH);
        }
        self.dispatch(&command).unwrap_or_else(Answer::status)
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

    /// A file of the selected application.
    pub(crate) fn ef(&self, id: u16) -> Option<&Ef> {
        self.application()?.ef(id)
    }
}
