//! A card's folder: `card.toml` (who it belongs to, credentials, counters), the private keys and
//! the contents of the files. Counters are written back by rename, so a power cut leaves either
//! the old or the new state, like the card's own memory.
use std::io::Write;
use std::path::{Path, PathBuf};

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair};
use rsa::RsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use serde::{Deserialize, Serialize};

use super::engine::Behaviour;
use super::matching::{birth_key, matching_number_b};
use super::model::{CardKey, CredentialName};
use crate::persons::{CardSort, KeySort};

/// Version of the folder's form; another one is issued anew.
pub(crate) const FORMAT: u32 = 3;
/// Largest file that is read.
const MAX_FILE: u64 = 64 * 1024;

/// Why a card's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file cannot be read or written.
    #[error("{path} cannot be read or written")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path}: {problem}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// `card.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardFile {
    /// Version of this form.
    pub format: u32,
    /// Changes with everything that makes another card necessary; the issuer compares it.
    pub order: String,
    /// Says that nobody real is meant.
    pub note: String,
    /// The person's id in the register.
    pub person: String,
    /// What kind of card.
    pub kind: CardSort,
    /// Answer to reset: a name of [`ATRS`](super::ATRS), or hexadecimal.
    pub atr: String,
    /// What kind of key the authentication certificate is for.
    pub auth_key: KeySort,
    /// 氏名.
    pub name: String,
    /// 住所.
    pub address: String,
    /// 性別.
    pub sex: String,
    /// YYYYMMDD.
    pub birth_date: String,
    /// Printed in Western years.
    pub western_birth_date: bool,
    /// YYYYMMDD.
    pub expiry: String,
    /// Four digits.
    pub security_code: String,
    /// Five digits.
    pub municipality: String,
    /// Fifteen digits of the card's serial number.
    pub serial: String,
    /// An invented 個人番号 whose check digit is wrong on purpose, so that it can be nobody's.
    pub my_number: String,
    /// Where the photo came from; `placeholder` when there was no portrait.
    pub photo_source: String,
    /// The credentials.
    pub credentials: Credentials,
    /// Tries left.
    pub counters: Counters,
    /// How this card behaves where cards differ.
    pub behaviour: Behaviour,
}

/// The credentials that a person chooses.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// 利用者証明用PIN.
    pub auth_pin: String,
    /// 署名用パスワード.
    pub sign_password: String,
    /// 券面事項入力補助用PIN.
    pub text_pin: String,
    /// 住民基本台帳用PIN in the common AP.
    pub common_pin: String,
    /// 住民基本台帳用PIN in the juki AP.
    pub juki_pin: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// Tries left of every credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // One field per `CredentialName`, which has the words.
pub struct Counters {
    pub auth_pin: u8,
    pub sign_password: u8,
    pub birth_date: u8,
    pub surface_b: u8,
    pub surface_a: u8,
    pub text_pin: u8,
    pub text_blocked: u8,
    pub text_a: u8,
    pub text_b: u8,
    pub common_pin: u8,
    pub juki_pin: u8,
}

impl Counters {
    /// As issued: 3 tries for PINs, 5 for the password, 10 for the matching numbers (myna-card;
    /// OpenSC card-jpki.c), none for the key that is blocked as issued.
    pub const ISSUED: Self = Self {
        auth_pin: 3,
        sign_password: 5,
        birth_date: 10,
        surface_b: 10,
        surface_a: 10,
        text_pin: 3,
        text_blocked: 0,
        text_a: 10,
        text_b: 10,
        common_pin: 3,
        juki_pin: 3,
    };

    /// Tries left of one credential.
    pub fn get(&self, name: CredentialName) -> u8 {
        let mut copy = *self;
        *copy.slot(name)
    }

    /// The counter after another one is set.
    pub fn with(mut self, name: CredentialName, tries: u8) -> Self {
        *self.slot(name) = tries;
        self
    }

    fn slot(&mut self, name: CredentialName) -> &mut u8 {
        match name {
            CredentialName::AuthPin => &mut self.auth_pin,
            CredentialName::SignPassword => &mut self.sign_password,
            CredentialName::BirthDate => &mut self.birth_date,
            CredentialName::SurfaceB => &mut self.surface_b,
            CredentialName::SurfaceA => &mut self.surface_a,
            CredentialName::TextPin => &mut self.text_pin,
            CredentialName::TextBlocked => &mut self.text_blocked,
            CredentialName::TextA => &mut self.text_a,
            CredentialName::TextB => &mut self.text_b,
            CredentialName::CommonPin => &mut self.common_pin,
            CredentialName::JukiPin => &mut self.juki_pin,
        }
    }
}

/// A card's folder, loaded.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    pub(crate) card: CardFile,
}

impl Folder {
    pub(crate) fn load(path: &Path) -> Result<Self, FolderError> {
        Ok(Self {
            path: path.to_owned(),
            card: read_card_file(path)?,
        })
    }

    /// A file of the folder.
    pub(crate) fn file(&self, name: &str) -> Result<Vec<u8>, FolderError> {
        read(&self.path.join(name))
    }

    /// A file of the folder, if it is there.
    pub(crate) fn file_if_there(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        if self.path.join(name).exists() {
            self.file(name).map(Some)
        } else {
            Ok(None)
        }
    }

    /// A private key (PKCS#8 DER).
    pub(crate) fn key(&self, name: &str) -> Result<CardKey, FolderError> {
        let bytes = self.file(name)?;
        RsaPrivateKey::from_pkcs8_der(&bytes)
            .map(|key| CardKey::Rsa(Box::new(key)))
            .map_err(|_| FolderError::Content {
                path: self.path.join(name),
                problem: "not an RSA key in PKCS#8 DER".into(),
            })
    }

    /// The authentication key, of the kind that the card's file names.
    pub(crate) fn auth_key(&self) -> Result<CardKey, FolderError> {
        const NAME: &str = "auth-key.der";
        if self.card.auth_key == KeySort::Rsa2048 {
            return self.key(NAME);
        }
        let (curve, random) = (&ECDSA_P384_SHA384_ASN1_SIGNING, SystemRandom::new());
        EcdsaKeyPair::from_pkcs8(curve, &self.file(NAME)?, &random)
            .map(|key| CardKey::P384(Box::new(key)))
            .map_err(|_| FolderError::Content {
                path: self.path.join(NAME),
                problem: "not a P-384 key in PKCS#8 DER".into(),
            })
    }

    /// Keeps new counters, durably before they count.
    pub(crate) fn set_counters(&mut self, counters: Counters) -> Result<(), FolderError> {
        self.update(|card| card.counters = counters)
    }

    /// Changes `card.toml` and writes it; unchanged when it cannot be written.
    pub(crate) fn update(&mut self, change: impl FnOnce(&mut CardFile)) -> Result<(), FolderError> {
        let mut card = self.card.clone();
        change(&mut card);
        write_card_file(&self.path, &card)?;
        self.card = card;
        Ok(())
    }

    /// The value that satisfies a credential; `None` when nothing does.
    pub(crate) fn value(&self, name: CredentialName) -> Option<String> {
        let card = &self.card;
        Some(match name {
            CredentialName::AuthPin => card.credentials.auth_pin.clone(),
            CredentialName::SignPassword => card.credentials.sign_password.clone(),
            CredentialName::TextPin => card.credentials.text_pin.clone(),
            CredentialName::CommonPin => card.credentials.common_pin.clone(),
            CredentialName::JukiPin => card.credentials.juki_pin.clone(),
            CredentialName::SurfaceA | CredentialName::TextA => card.my_number.clone(),
            CredentialName::BirthDate => {
                birth_key(&card.birth_date, card.western_birth_date).ok()?
            }
            CredentialName::SurfaceB | CredentialName::TextB => matching_number_b(
                &card.birth_date,
                card.western_birth_date,
                &card.expiry,
                &card.security_code,
            )
            .ok()?,
            CredentialName::TextBlocked => return None,
        })
    }

    /// Replaces a credential's value, where a person may (the matching numbers follow the print).
    pub(crate) fn set_value(
        &mut self,
        name: CredentialName,
        value: String,
    ) -> Result<bool, FolderError> {
        let mut known = true;
        self.update(|card| {
            let credentials = &mut card.credentials;
            match name {
                CredentialName::AuthPin => credentials.auth_pin = value,
                CredentialName::SignPassword => credentials.sign_password = value,
                CredentialName::TextPin => credentials.text_pin = value,
                CredentialName::CommonPin => credentials.common_pin = value,
                CredentialName::JukiPin => credentials.juki_pin = value,
                _ => known = false,
            }
        })?;
        Ok(known)
    }
}

/// Reads `card.toml` of a card's folder (counters included).
///
/// # Errors
/// When it is missing, not of this form, or written in another form.
pub fn read_card_file(folder: &Path) -> Result<CardFile, FolderError> {
    let path = folder.join("card.toml");
    let bytes = read(&path)?;
    let wrong = |problem: String| FolderError::Content {
        path: path.clone(),
        problem,
    };
    let text = String::from_utf8(bytes).map_err(|e| wrong(e.to_string()))?;
    let card: CardFile = toml::from_str(&text).map_err(|e| wrong(e.message().to_owned()))?;
    if card.format == FORMAT {
        Ok(card)
    } else {
        Err(wrong(format!("written in form {}", card.format)))
    }
}

/// Writes `card.toml`.
pub(crate) fn write_card_file(folder: &Path, card: &CardFile) -> Result<(), FolderError> {
    let path = folder.join("card.toml");
    let text = toml::to_string(card).map_err(|e| FolderError::Content {
        path: path.clone(),
        problem: e.to_string(),
    })?;
    write(&path, text.as_bytes())
}

fn read(path: &Path) -> Result<Vec<u8>, FolderError> {
    let io = |source| FolderError::Io {
        path: path.to_owned(),
        source,
    };
    if std::fs::metadata(path).map_err(io)?.len() > MAX_FILE {
        return Err(FolderError::Content {
            path: path.to_owned(),
            problem: "too large for a card".into(),
        });
    }
    std::fs::read(path).map_err(io)
}

/// Writes a file whole or not at all: a new file is synced, then renamed over the old one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
    let new = path.with_file_name(format!(".{}.new", name.unwrap_or_default()));
    let attempt = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, path)
    };
    attempt().map_err(|source| FolderError::Io {
        path: path.to_owned(),
        source,
    })
}
