//! One place on the desk where a card can lie: a slot of pcscd's vpcd, or a USB reader inside QEMU.
use std::path::PathBuf;

use crate::card::vpcd::{InsertError, VirtualReader};
use crate::card::vscard::UsbReader;
use crate::card::{Engine, Latency, Script, Traffic};

/// How a card gets to whoever reads it.
#[derive(Debug)]
pub(crate) enum Port {
    /// pcscd on this machine, by this TCP port.
    Vpcd(u16, VirtualReader),
    /// QEMU, by this socket.
    Qemu(PathBuf, UsbReader),
}

impl Port {
    pub(crate) fn insert(&mut self, engine: Engine) -> Result<(), InsertError> {
        match self {
            Self::Vpcd(_, reader) => reader.insert(engine),
            Self::Qemu(_, reader) => reader.insert(engine).map_err(InsertError::Occupied),
        }
    }

    pub(crate) fn is_inserted(&self) -> bool {
        match self {
            Self::Vpcd(_, reader) => reader.is_inserted(),
            Self::Qemu(_, reader) => reader.is_inserted(),
        }
    }

    pub(crate) fn with_card<R>(&self, work: impl FnOnce(&mut Engine) -> R) -> Option<R> {
        match self {
            Self::Vpcd(_, reader) => reader.with_card(work),
            Self::Qemu(_, reader) => reader.with_card(work),
        }
    }

    fn remove(&mut self) -> Option<Engine> {
        match self {
            Self::Vpcd(_, reader) => reader.remove(),
            Self::Qemu(_, reader) => reader.remove(),
        }
    }
}

/// How a reader stands.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ReaderState {
    /// 0 or 1 for pcscd's, from 2 on for those in QEMU.
    pub reader: usize,
    /// Port of its vpcd slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// QEMU's socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qemu: Option<PathBuf>,
    /// Whose card lies there.
    pub person: Option<String>,
    /// Whether pcscd or QEMU sees that card. False with a person: the other side went away, the card
    /// tore itself away, or it has no chip.
    pub connected: bool,
    /// The latency profile's name; absent for one of no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<&'static str>,
    /// What is set to go wrong.
    pub faults: Script,
    /// Commands, bytes and time of the card that lies there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
}

/// A reader and what lies on it.
pub(crate) struct Slot {
    pub(crate) port: Port,
    pub(crate) person: Option<String>,
    pub(crate) latency: Latency,
}

impl Slot {
    pub(crate) fn new(port: Port) -> Self {
        Self {
            port,
            person: None,
            latency: Latency::INSTANT,
        }
    }

    /// Takes the card away.
    pub(crate) fn clear(&mut self) {
        drop(self.port.remove());
        self.person = None;
    }

    pub(crate) fn state(&self, reader: usize) -> ReaderState {
        let card = self.port.with_card(|engine| {
            (
                engine.script(),
                engine.traffic(),
                engine.card().person.clone(),
            )
        });
        let (port, qemu) = match &self.port {
            Port::Vpcd(port, _) => (Some(*port), None),
            Port::Qemu(path, _) => (None, Some(path.clone())),
        };
        let (faults, traffic, swapped) = match card {
            Some((script, traffic, person)) => (script, Some(traffic), Some(person)),
            None => (Script::default(), None, None),
        };
        ReaderState {
            reader,
            port,
            qemu,
            // A scripted swap has put another person's card here.
            person: self.person.clone().map(|laid| swapped.unwrap_or(laid)),
            connected: self.port.is_inserted(),
            latency: self.latency.name(),
            faults,
            traffic,
        }
    }
}
