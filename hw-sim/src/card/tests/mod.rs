//! Tests of the virtual card, command by command. The cards come from a prepared folder in the
//! build directory (its RSA keys take seconds to make); every test plays a copy of its own.
mod credentials;
mod faults;
mod files;
mod kinds;
mod known_reader;
mod script;
mod signatures;
mod terminal;
mod vpcd;
mod vscard;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::*;
use crate::persons::Register;
use crate::pki::{self, Prepared};

const PERSONS: &str = include_str!("persons.toml");

pub(crate) fn register() -> Register {
    Register::from_toml(PERSONS).unwrap()
}

pub(crate) fn prepared() -> &'static Prepared {
    static PREPARED: OnceLock<Prepared> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let dir: PathBuf = [
            env!("CARGO_MANIFEST_DIR"),
            "..",
            "target",
            "tmp",
            "sim-unit",
        ]
        .iter()
        .collect();
        std::fs::create_dir_all(&dir).unwrap();
        pki::prepare_with(&dir, &register(), Path::new("/nonexistent")).unwrap()
    })
}

/// A card on its own copy of the folder, powered.
pub(crate) struct TestCard {
    pub(crate) engine: Engine,
    pub(crate) folder: TempDir,
}

impl TestCard {
    pub(crate) fn of(person: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(prepared().card_folder(person)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        let mut engine = Engine::load(folder.path()).unwrap();
        engine.set_counters(issued(&engine)).unwrap();
        engine.power_on();
        Self { engine, folder }
    }

    /// Sends hexadecimal (spaces ignored); returns the answer in hexadecimal.
    pub(crate) fn send(&mut self, hex: &str) -> String {
        to_hex(&self.engine.transmit(&from_hex(hex)))
    }

    /// Sends a command built from a header and data; returns data and status word.
    pub(crate) fn call(&mut self, header: [u8; 4], data: &[u8], le: bool) -> (Vec<u8>, u16) {
        let mut command = header.to_vec();
        if data.len() > 255 {
            command.push(0);
            command.extend((data.len() as u16).to_be_bytes());
        } else if !data.is_empty() {
            command.push(data.len() as u8);
        }
        command.extend_from_slice(data);
        if le {
            command.push(0);
            if data.len() > 255 {
                command.push(0);
            }
        }
        let answer = self.engine.transmit(&command);
        let (data, status) = answer.split_last_chunk::<2>().unwrap();
        (data.to_vec(), u16::from_be_bytes(*status))
    }

    pub(crate) fn select(&mut self, aid: &[u8]) {
        assert_eq!(self.call([0, 0xA4, 4, 0x0C], aid, false).1, 0x9000);
    }

    /// Reads a whole file by short id in pieces of 256 bytes.
    pub(crate) fn read(&mut self, id: u8) -> Vec<u8> {
        self.call([0, 0xA4, 2, 0x0C], &[0, id], false);
        let mut out = Vec::new();
        loop {
            let [high, low] = (out.len() as u16).to_be_bytes();
            match self.call([0, 0xB0, high, low], &[], true) {
                (part, 0x9000) => out.extend(part),
                (_, 0x6B00) => return out,
                (_, status) => panic!("reading {id:02X}: {status:04X}"),
            }
        }
    }

    pub(crate) fn verify(&mut self, sfi: u8, value: &str) -> u16 {
        self.call([0, 0x20, 0, 0x80 | sfi], value.as_bytes(), false)
            .1
    }

    pub(crate) fn tries(&mut self, sfi: u8) -> u16 {
        self.call([0, 0x20, 0, 0x80 | sfi], &[], false).1
    }
}

/// Copies of several cards side by side, as in a prepared folder.
pub(crate) struct Cards(TempDir);

impl Cards {
    pub(crate) fn of(persons: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for person in persons {
            let folder = dir.path().join(person);
            std::fs::create_dir(&folder).unwrap();
            for entry in std::fs::read_dir(prepared().card_folder(person)).unwrap() {
                let entry = entry.unwrap();
                std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
            }
        }
        Self(dir)
    }

    pub(crate) fn engine(&self, person: &str) -> Engine {
        Engine::load(&self.0.path().join(person)).unwrap()
    }
}

fn issued(engine: &Engine) -> Counters {
    match engine.card().kind {
        crate::persons::CardSort::FaceOnly => engine.counters(),
        _ => Counters::ISSUED,
    }
}

pub(crate) fn from_hex(hex: &str) -> Vec<u8> {
    let digits: String = hex.chars().filter(|c| !c.is_whitespace()).collect();
    (0..digits.len() / 2)
        .map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}
