//! Everything the simulated clinic needs in keys and certificates, in one folder: the central
//! service's TLS, the terminal's TLS and (fictitious) card certificate, the test JPKI and CV
//! hierarchies, and a card for every person of the register. Calling it again changes nothing that
//! is still good.
mod cards;
mod cv;
mod forgery;
mod jpki;
mod keys;
#[cfg(test)]
mod tests;
mod tls;
mod x509;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

use crate::card::{Engine, FolderError, records, write};
use crate::persons::{KeySort, Person, Register};
use crate::photo::PhotoError;

use cards::Issuers;
use jpki::{Authority, Use};
use keys::KeyFile;
pub use keys::SigningKey;

/// Why a folder could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// A file or folder could not be read or written.
    #[error("{path} cannot be read or written")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file of a card.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A photo.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// A TLS certificate.
    #[error("a TLS certificate could not be made")]
    Tls(#[from] rcgen::Error),
    /// Something in the keys or records.
    #[error("{0}")]
    Crypto(&'static str),
}

/// A prepared folder.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The folder.
    pub dir: PathBuf,
    /// Persons whose card carries a placeholder because their portrait was not found.
    pub placeholders: Vec<String>,
}

impl Prepared {
    /// Folder of a person's card.
    pub fn card_folder(&self, person: &str) -> PathBuf {
        self.dir.join("cards").join(person)
    }

    /// A person's card, ready to be laid down.
    ///
    /// # Errors
    /// When there is no such card or its folder is damaged.
    pub fn card(&self, person: &str) -> Result<Engine, FolderError> {
        Engine::load(&self.card_folder(person))
    }

    /// Puts another photo on a card and signs the record anew: a genuine card with another face.
    /// Only the loaded card changes, not its folder.
    ///
    /// # Errors
    /// When the issuer's key is gone or the card has no room for the photo.
    pub fn resign_photo(&self, engine: &mut Engine, photo: &[u8]) -> Result<(), PrepareError> {
        let key = SigningKey::load(&self.dir.join(MUNICIPALITY_KEY))?;
        engine.change_card_face(|face| {
            records::with_signed_photo(face, photo, &|info| key.sign_digest_info(info))
        })?;
        Ok(())
    }
}

const AUTH_CA_KEY: &str = "issuer/auth-ca-key.der";
const SIGN_CA_KEY: &str = "issuer/sign-ca-key.der";
const CV_CA_KEY: &str = "issuer/cv-ca-key.der";
const MUNICIPALITY_KEY: &str = "issuer/municipality-key.der";
const TERMINAL_CA_KEY: &str = "issuer/terminal-ca-key.der";
const TERMINAL_KEY: &str = "terminal/terminal.key";
const STRANGER_KEY: &str = "issuer/stranger-key.der";

/// Prepares a folder with the portraits of the source tree and today's date.
///
/// # Errors
/// When something cannot be written, or `opj_compress` is missing.
pub fn prepare(dir: &Path, register: &Register) -> Result<Prepared, PrepareError> {
    let portraits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/portraits");
    prepare_with(dir, register, &portraits)
}

/// Prepares a folder with portraits from `portraits` and today's date.
///
/// # Errors
/// See [`prepare`].
pub fn prepare_with(
    dir: &Path,
    register: &Register,
    portraits: &Path,
) -> Result<Prepared, PrepareError> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    prepare_at(dir, register, portraits, now.cast_signed())
}

/// Prepares a folder as of `now` (seconds since the Unix epoch).
///
/// # Errors
/// See [`prepare`].
pub fn prepare_at(
    dir: &Path,
    register: &Register,
    portraits: &Path,
    now: i64,
) -> Result<Prepared, PrepareError> {
    let now = OffsetDateTime::from_unix_timestamp(now)
        .map_err(|_| PrepareError::Crypto("the time is out of range"))?;
    let mut folders: Vec<PathBuf> = ["central", "terminal", "issuer"]
        .iter()
        .map(|name| dir.join(name))
        .collect();
    let forged = |person: &&Person| person.card.forged.is_some();
    let stranger = register.persons.iter().any(|person| forged(&person));
    let mut key_files: Vec<KeyFile> = [
        AUTH_CA_KEY,
        SIGN_CA_KEY,
        CV_CA_KEY,
        MUNICIPALITY_KEY,
        TERMINAL_CA_KEY,
        TERMINAL_KEY,
    ]
    .into_iter()
    .chain(stranger.then_some(STRANGER_KEY))
    .map(|name| (dir.join(name), KeySort::Rsa2048))
    .collect();
    for person in &register.persons {
        let folder = dir.join("cards").join(&person.id);
        let names = cards::key_files(&person.card).into_iter();
        key_files.extend(names.map(|(name, sort)| (folder.join(name), sort)));
        folders.push(folder);
    }
    for folder in &folders {
        std::fs::create_dir_all(folder).map_err(|source| PrepareError::Io {
            path: folder.clone(),
            source,
        })?;
    }
    // Two preparations of one folder at once would mix their keys.
    let _lock = lock(dir)?;
    for (missing, _) in key_files.iter().filter(|(path, _)| !path.exists()) {
        // With a new key the card is no longer the one that was issued.
        let _ = std::fs::remove_file(missing.with_file_name("card.toml"));
    }
    keys::make_missing(&key_files)?;
    tls::prepare(dir, now)?;
    let issuers = issuers(dir, stranger, now)?;
    terminal(dir, &issuers)?;
    let mut placeholders = Vec::new();
    // A forger needs the genuine card first.
    let genuine = register.persons.iter().filter(|person| !forged(person));
    for person in genuine.chain(register.persons.iter().filter(forged)) {
        let folder = dir.join("cards").join(&person.id);
        let source = cards::issue(&folder, person, &issuers, portraits, now)?;
        if source == cards::PLACEHOLDER {
            placeholders.push(person.id.clone());
        }
    }
    Ok(Prepared {
        dir: dir.to_owned(),
        placeholders,
    })
}

fn lock(dir: &Path) -> Result<std::fs::File, PrepareError> {
    let path = dir.join(".lock");
    let locked = std::fs::File::create(&path).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|source| PrepareError::Io { path, source })
}

fn issuers(dir: &Path, stranger: bool, now: OffsetDateTime) -> Result<Issuers, PrepareError> {
    let authority = |usage, key_file: &str, file: &str| {
        let key = SigningKey::load(&dir.join(key_file))?;
        let path = dir.join(file);
        // A certificate without its key (somebody deleted a file) is of no use.
        if let Ok(certificate) = std::fs::read(&path)
            && contains(&certificate, &key.spki()?)
        {
            return Ok(Authority::existing(usage, key, certificate));
        }
        let authority = Authority::issue(usage, key, now)?;
        write(&path, &authority.certificate)?;
        Ok::<_, PrepareError>(authority)
    };
    Ok(Issuers {
        authentication: authority(Use::Authentication, AUTH_CA_KEY, "terminal/auth-ca.der")?,
        signature: authority(Use::Signature, SIGN_CA_KEY, "issuer/sign-ca.der")?,
        cv_ca: SigningKey::load(&dir.join(CV_CA_KEY))?,
        municipality: SigningKey::load(&dir.join(MUNICIPALITY_KEY))?,
        terminal_ca: SigningKey::load(&dir.join(TERMINAL_CA_KEY))?,
        stranger: match stranger {
            true => Some(SigningKey::load(&dir.join(STRANGER_KEY))?),
            false => None,
        },
    })
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The terminal's fictitious card certificate and the issuer keys it trusts. Derived from keys
/// that are kept, so writing them again gives the same bytes.
fn terminal(dir: &Path, issuers: &Issuers) -> Result<(), PrepareError> {
    let key = SigningKey::load(&dir.join(TERMINAL_KEY))?;
    let certificate = cv::issue(
        cv::TERMINAL_CA,
        &issuers.terminal_ca,
        cv::key_id(cv::TERMINAL),
        key.public(),
    )?;
    write(&dir.join("terminal/terminal.cvc"), &certificate)?;
    let trusted = cv::issuers_toml(&issuers.cv_ca.public());
    write(&dir.join("terminal/issuers.toml"), trusted.as_bytes())?;
    Ok(())
}
