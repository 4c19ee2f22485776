//! What stands on the simulated desk, and what a hand can do with it: the same for the control page, the
//! command line and tests.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::camera::{CameraError, CameraServer};
use crate::card::vpcd::{InsertError, VirtualReader};
use crate::card::{self, Counters, Engine, FolderError};
use crate::central::{CentralSim, CentralSimError};
use crate::persons::Register;

/// Why a hand could not do it.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Nobody of this name is in the register.
    #[error("there is no person {0:?} in the register")]
    NoSuchPerson(String),
    /// There are two readers, 0 and 1.
    #[error("there is no reader {0}")]
    NoSuchReader(usize),
    /// A card lies there.
    #[error("the card of {0} lies on that reader already")]
    Occupied(String),
    /// The same card can't lie in two places.
    #[error("the card of {0} lies on another reader")]
    Elsewhere(String),
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
            Self::Occupied(_) => "reader-occupied",
            Self::Elsewhere(_) => "card-elsewhere",
            Self::Insert(_) => "no-virtual-reader",
            Self::Card(_) => "card-unusable",
            Self::Camera(CameraError::NoSuchFace { .. }) => "no-such-face",
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
            Self::Occupied(id) => format!("リーダーには {id} のカードが置かれています"),
            Self::Elsewhere(id) => format!("{id} のカードは別のリーダーに置かれています"),
            Self::Insert(_) => {
                "仮想リーダーにつながりません。pcscd（vsmartcard-vpcd）が動いているか確認してください"
                    .to_owned()
            }
            Self::Card(_) => "カードのファイルを読み込めません".to_owned(),
            Self::Camera(CameraError::NoSuchFace { name, .. }) => {
                format!("顔写真 {name} がありません")
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

/// How a reader stands.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ReaderState {
    /// 0 or 1.
    pub reader: usize,
    /// Port of its vpcd slot.
    pub port: u16,
    /// Whose card lies there.
    pub person: Option<String>,
    /// Whether pcscd sees that card. False with a person: pcscd went away, or the card tore
    /// itself away.
    pub connected: bool,
}

struct Slot {
    port: u16,
    reader: VirtualReader,
    person: Option<String>,
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
        ports: &[u16],
        camera: CameraServer,
        central: CentralSim,
    ) -> Self {
        let slots = ports
            .iter()
            .map(|port| Slot {
                port: *port,
                reader: VirtualReader::connect(*port),
                person: None,
            })
            .collect();
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
            .map(|(reader, slot)| ReaderState {
                reader,
                port: slot.port,
                person: slot.person.clone(),
                connected: slot.reader.is_inserted(),
            })
            .collect()
    }

    /// Lays a card down. Blocks for up to two seconds where pcscd does not answer.
    pub fn lay(&self, person: &str, reader: usize) -> Result<(), DeskError> {
        if self.register.person(person).is_none() {
            return Err(DeskError::NoSuchPerson(person.to_owned()));
        }
        let mut slots = self.slots();
        for (n, slot) in slots.iter_mut().enumerate() {
            // A card that tore itself away lies in the patient's hand.
            if slot.person.is_some() && !slot.reader.is_inserted() {
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
        let engine = Engine::load(&self.folder(person))?;
        // Nothing happens on the reader when there is no chip to see.
        if engine.has_chip() {
            slot.reader
                .insert(engine)
                .map_err(|error| DeskError::Insert(Box::new(error)))?;
        }
        slot.person = Some(person.to_owned());
        Ok(())
    }

    /// Takes a card away; nothing happens when there is none.
    pub fn take(&self, reader: usize) -> Result<(), DeskError> {
        self.slots()
            .get_mut(reader)
            .ok_or(DeskError::NoSuchReader(reader))?
            .clear();
        Ok(())
    }

    /// Works on the card that lies on a reader.
    pub fn with_card<R>(&self, reader: usize, work: impl FnOnce(&mut Engine) -> R) -> Option<R> {
        self.slots().get(reader)?.reader.with_card(work)
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
            .and_then(|slot| slot.reader.with_card(|engine| engine.counters()));
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

impl Slot {
    fn clear(&mut self) {
        drop(self.reader.remove());
        self.person = None;
    }
}
