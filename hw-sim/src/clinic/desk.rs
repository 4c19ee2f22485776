//! What stands on the simulated desk, and what a hand can do with it: the same for the control page, the
//! command line and tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::slot::{Port, ReaderState, Slot};
use crate::camera::{CameraError, CameraServer};
use crate::card::vpcd::InsertError;
use crate::card::{
    self, Counters, CredentialName, Engine, Entry, FolderError, Latency, Script, Traffic,
};
use crate::central::{CentralSim, CentralSimError};
use crate::persons::Register;

/// Why a hand could not do it.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Nobody of this name is in the register.
    #[error("there is no person {0:?} in the register")]
    NoSuchPerson(String),
    /// There are two readers, 0 and 1, and those in QEMU after them.
    #[error("there is no reader {0}")]
    NoSuchReader(usize),
    /// Nothing lies there, or nothing with a chip.
    #[error("there is no card on reader {0}")]
    NoCard(usize),
    /// A card lies there.
    #[error("the card of {0} lies on that reader already")]
    Occupied(String),
    /// The same card can't lie in two places.
    #[error("the card of {0} lies on another reader")]
    Elsewhere(String),
    /// It is on a reader, and can't be in a hand at the same time.
    #[error("the card of {0} lies on a reader: take it first")]
    LiesThere(String),
    /// A phone, or a card of another kind.
    #[error("what {0} has shows no front of a My Number Card")]
    NoFront(String),
    /// pcscd does not listen.
    #[error("the card can't be laid down")]
    Insert(#[source] Box<InsertError>),
    /// The card's folder.
    #[error("the card can't be loaded")]
    Card(#[from] FolderError),
    /// The camera.
    #[error(transparent)]
    Camera(#[from] CameraError),
    /// The central service.
    #[error(transparent)]
    Central(#[from] CentralSimError),
    /// The work was cut off by a shutdown.
    #[error("the clinic is closing")]
    Interrupted,
}

impl DeskError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchPerson(_) => "no-such-person",
            Self::NoSuchReader(_) => "no-such-reader",
            Self::NoCard(_) => "no-card",
            Self::Occupied(_) => "reader-occupied",
            Self::Elsewhere(_) => "card-elsewhere",
            Self::LiesThere(_) => "card-on-reader",
            Self::NoFront(_) => "no-card-front",
            Self::Insert(_) => "no-virtual-reader",
            Self::Card(_) => "card-unusable",
            Self::Camera(CameraError::NoSuchFace { .. }) => "no-such-face",
            Self::Camera(CameraError::NotOne(_)) => "not-one-person",
            Self::Camera(CameraError::Other(_)) => "other-person",
            Self::Camera(CameraError::Changed(_)) => "face-changed",
            Self::Camera(CameraError::NoPoints { .. }) => "no-points",
            Self::Camera(CameraError::Font(_)) => "no-font",
            Self::Camera(_) => "camera",
            Self::Central(_) => "central",
            Self::Interrupted => "closing",
        }
    }

    /// For people, in Japanese.
    pub fn ja(&self) -> String {
        match self {
            Self::NoSuchPerson(id) => format!("{id} という人は登録されていません"),
            Self::NoSuchReader(n) => format!("リーダー {n} はありません"),
            Self::NoCard(n) => format!("リーダー {n} にカードがありません"),
            Self::Occupied(id) => format!("リーダーには {id} のカードが置かれています"),
            Self::Elsewhere(id) => format!("{id} のカードは別のリーダーに置かれています"),
            Self::LiesThere(id) => {
                format!("{id} のカードはリーダーに置かれています。先に取ってください")
            }
            Self::NoFront(id) => format!("{id} のカードには券面がありません"),
            Self::Insert(_) => {
                "仮想リーダーにつながりません。pcscd（vsmartcard-vpcd）が動いているか確認してください"
                    .to_owned()
            }
            Self::Card(_) => "カードのファイルを読み込めません".to_owned(),
            Self::Camera(CameraError::NoSuchFace { name, .. }) => {
                format!("顔写真 {name} がありません")
            }
            Self::Camera(CameraError::NotOne(_)) => {
                "提示する顔の本人を一人だけカメラの前に立たせてください".to_owned()
            }
            Self::Camera(CameraError::Changed(face)) => {
                format!("カメラの前の人が {face} に替わったため、何も提示していません")
            }
            Self::Camera(CameraError::Other(kind)) if kind.has_other() => {
                format!("{kind} にはもう一人必要です（--other 名前）")
            }
            Self::Camera(CameraError::Other(kind)) => {
                format!("{kind} にほかの人は写りません。--other を外してください")
            }
            Self::Camera(CameraError::NoPoints { path }) => {
                format!("{} の顔の点（points.json）がありません", path.display())
            }
            Self::Camera(CameraError::Font(_)) => {
                "券面の文字を描けません。fonts-noto-cjk を入れてください".to_owned()
            }
            Self::Camera(_) => "カメラの操作に失敗しました".to_owned(),
            Self::Central(_) => "中央サービスの操作に失敗しました".to_owned(),
            Self::Interrupted => "終了処理中です".to_owned(),
        }
    }

    /// For people, in English, with the cause.
    pub fn en(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

/// What is odd about a card from its first command on.
#[derive(Debug, Clone, Default)]
pub struct LayOptions {
    /// What goes wrong.
    pub script: Script,
    /// Another answer to reset than the card's own.
    pub atr: Option<Vec<u8>>,
}

/// Readers, camera and central service.
pub struct Desk {
    dir: PathBuf,
    register: Register,
    slots: Mutex<Vec<Slot>>,
    camera: CameraServer,
    central: CentralSim,
}

impl Desk {
    pub(crate) fn new(
        dir: PathBuf,
        register: Register,
        ports: Vec<Port>,
        camera: CameraServer,
        central: CentralSim,
    ) -> Self {
        let slots = ports.into_iter().map(Slot::new).collect();
        Self {
            dir,
            register,
            slots: Mutex::new(slots),
            camera,
            central,
        }
    }

    fn slots(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The prepared folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The persons.
    pub fn register(&self) -> &Register {
        &self.register
    }

    /// The camera.
    pub fn camera(&self) -> &CameraServer {
        &self.camera
    }

    /// The central service.
    pub fn central(&self) -> &CentralSim {
        &self.central
    }

    /// The readers.
    pub fn readers(&self) -> Vec<ReaderState> {
        self.slots()
            .iter()
            .enumerate()
            .map(|(reader, slot)| slot.state(reader))
            .collect()
    }

    /// Lays a card down. Blocks for up to two seconds where pcscd does not answer.
    pub fn lay(&self, person: &str, reader: usize) -> Result<(), DeskError> {
        self.lay_with(person, reader, LayOptions::default())
    }

    /// Lays a card down with something odd about it from its first command on.
    pub fn lay_with(
        &self,
        person: &str,
        reader: usize,
        options: LayOptions,
    ) -> Result<(), DeskError> {
        if self.register.person(person).is_none() {
            return Err(DeskError::NoSuchPerson(person.to_owned()));
        }
        let mut slots = self.slots();
        for (n, slot) in slots.iter_mut().enumerate() {
            // A card that tore itself away lies in the patient's hand.
            if slot.person.is_some() && !slot.port.is_inserted() {
                slot.clear();
            }
            if n != reader && slot.person.as_deref() == Some(person) {
                return Err(DeskError::Elsewhere(person.to_owned()));
            }
        }
        let slot = slots
            .get_mut(reader)
            .ok_or(DeskError::NoSuchReader(reader))?;
        if let Some(there) = &slot.person {
            return Err(DeskError::Occupied(there.clone()));
        }
        let mut engine = Engine::load(&self.folder(person))?;
        engine.set_latency(slot.latency);
        engine.set_fault(options.script);
        if let Some(atr) = &options.atr {
            engine.set_atr(atr);
        }
        // Nothing happens on the reader when there is no chip to see.
        if engine.has_chip() {
            slot.port
                .insert(engine)
                .map_err(|error| DeskError::Insert(Box::new(error)))?;
        }
        slot.person = Some(person.to_owned());
        // A card that lies there is in nobody's hand any more.
        if self.camera.held_up().as_deref() == Some(person) {
            self.camera.put_away();
        }
        Ok(())
    }

    /// Lets whoever stands before the camera hold a person's card up to it. Blocks for a second while it is drawn.
    pub fn hold_up(&self, person: &str) -> Result<(), DeskError> {
        let whose = self
            .register
            .person(person)
            .ok_or_else(|| DeskError::NoSuchPerson(person.to_owned()))?;
        let front = whose
            .front()
            .ok_or_else(|| DeskError::NoFront(person.to_owned()))?;
        let lies = |slot: &Slot| slot.person.as_deref() == Some(person) && slot.port.is_inserted();
        if self.slots().iter().any(lies) {
            return Err(DeskError::LiesThere(person.to_owned()));
        }
        Ok(self.camera.hold_up(person, &front)?)
    }

    /// Puts a card away that was held up; nothing happens when there is none.
    pub fn put_away(&self) {
        self.camera.put_away();
    }

    /// Takes a card away; nothing happens when there is none.
    pub fn take(&self, reader: usize) -> Result<(), DeskError> {
        self.slots()
            .get_mut(reader)
            .ok_or(DeskError::NoSuchReader(reader))?
            .clear();
        Ok(())
    }

    /// Sets what goes wrong with the card that lies on a reader; an empty script ends everything.
    pub fn set_faults(&self, reader: usize, script: Script) -> Result<(), DeskError> {
        self.card(reader, |engine| engine.set_fault(script))
    }

    /// Sets how long every card on a reader takes, the one that lies there and those to come.
    pub fn set_latency(&self, reader: usize, latency: Latency) -> Result<(), DeskError> {
        let mut slots = self.slots();
        let slot = slots
            .get_mut(reader)
            .ok_or(DeskError::NoSuchReader(reader))?;
        slot.latency = latency;
        slot.port.with_card(|engine| engine.set_latency(latency));
        Ok(())
    }

    /// The last commands of the card that lies on a reader, and their totals.
    pub fn transcript(&self, reader: usize) -> Result<(Vec<Entry>, Traffic), DeskError> {
        self.card(reader, |engine| (engine.transcript(), engine.traffic()))
    }

    /// Forgets that transcript.
    pub fn clear_transcript(&self, reader: usize) -> Result<(), DeskError> {
        self.card(reader, Engine::clear_transcript)
    }

    /// Sets tries of a person's card, wherever it is, as the municipal office would.
    pub fn set_tries(
        &self,
        person: &str,
        tries: &BTreeMap<CredentialName, u8>,
    ) -> Result<Counters, DeskError> {
        if self.register.person(person).is_none() {
            return Err(DeskError::NoSuchPerson(person.to_owned()));
        }
        let set = |engine: &mut Engine| {
            let counters = tries
                .iter()
                .fold(engine.counters(), |all, (name, n)| all.with(*name, *n));
            engine.set_counters(counters).map(|()| counters)
        };
        let slots = self.slots();
        let lying = slots
            .iter()
            .find(|slot| slot.person.as_deref() == Some(person))
            .and_then(|slot| slot.port.with_card(set));
        match lying {
            Some(counters) => Ok(counters?),
            None => Ok(set(&mut Engine::load(&self.folder(person))?)?),
        }
    }

    fn card<R>(&self, reader: usize, work: impl FnOnce(&mut Engine) -> R) -> Result<R, DeskError> {
        let slots = self.slots();
        let slot = slots.get(reader).ok_or(DeskError::NoSuchReader(reader))?;
        slot.port.with_card(work).ok_or(DeskError::NoCard(reader))
    }

    /// Works on the card that lies on a reader.
    pub fn with_card<R>(&self, reader: usize, work: impl FnOnce(&mut Engine) -> R) -> Option<R> {
        self.slots().get(reader)?.port.with_card(work)
    }

    /// Tries left on a person's card.
    pub fn counters(&self, person: &str) -> Result<Counters, DeskError> {
        if self.register.person(person).is_none() {
            return Err(DeskError::NoSuchPerson(person.to_owned()));
        }
        let lying = self
            .slots()
            .iter()
            .find(|slot| slot.person.as_deref() == Some(person))
            .and_then(|slot| slot.port.with_card(|engine| engine.counters()));
        match lying {
            Some(counters) => Ok(counters),
            None => Ok(card::read_card_file(&self.folder(person))?.counters),
        }
    }

    fn folder(&self, person: &str) -> PathBuf {
        self.dir.join("cards").join(person)
    }

    /// Takes every card away.
    pub(crate) fn clear(&self) {
        for slot in self.slots().iter_mut() {
            slot.clear();
        }
    }
}
