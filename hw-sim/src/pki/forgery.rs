//! What a forger takes from a genuine card: everything that can be read, nothing that only the chip holds.
use std::path::{Path, PathBuf};

use super::PrepareError;
use crate::card::{CardFile, read_card_file, records, write};
use crate::persons::RecordForgery;

/// Files of the 券面 applications, the photo's record first.
const COPIED: [&str; 12] = [
    FACE,
    "surface-0001.bin",
    "surface-0003.bin",
    "surface-0004.bin",
    "surface-0005.bin",
    "text-0001.bin",
    "text-0002.bin",
    "text-0003.bin",
    "text-0004.bin",
    "text-0005.bin",
    "text-0006.bin",
    "text-0007.bin",
];
const FACE: &str = "surface-0002.bin";

/// The genuine card that is copied.
pub(super) struct Victim {
    folder: PathBuf,
    pub(super) card: CardFile,
}

impl Victim {
    pub(super) fn load(folder: &Path) -> Result<Self, PrepareError> {
        Ok(Self {
            folder: folder.to_owned(),
            card: read_card_file(folder)?,
        })
    }

    pub(super) fn file(&self, name: &str) -> Result<Vec<u8>, PrepareError> {
        let path = self.folder.join(name);
        std::fs::read(&path).map_err(|source| PrepareError::Io { path, source })
    }

    /// Makes the forger's card from the copied one, as far as this forgery goes.
    pub(super) fn forge(
        &self,
        folder: &Path,
        forgery: RecordForgery,
        photo: &[u8],
        card: &mut CardFile,
    ) -> Result<(), PrepareError> {
        if !matches!(
            forgery,
            RecordForgery::PhotoReplaced | RecordForgery::Copied
        ) {
            return Ok(());
        }
        for name in COPIED {
            write(&folder.join(name), &self.file(name)?)?;
        }
        if forgery == RecordForgery::PhotoReplaced {
            let face = records::with_photo(&self.file(FACE)?, photo)
                .ok_or(PrepareError::Crypto("a photo could not be replaced"))?;
            write(&folder.join(FACE), &face)?;
        }
        // What is printed is copied too, so that the same matching numbers open it.
        *card = CardFile {
            order: card.order.clone(),
            person: card.person.clone(),
            photo_source: card.photo_source.clone(),
            credentials: card.credentials.clone(),
            counters: card.counters,
            behaviour: card.behaviour,
            atr: card.atr.clone(),
            auth_key: card.auth_key,
            kind: card.kind,
            ..self.card.clone()
        };
        Ok(())
    }
}
