//! What a register says about a person's card: its kind, what is printed and stored on it, and what is
//! wrong with it.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{digits, is_id};
use crate::card::{Behaviour, CredentialName, atr, is_contact};

/// What kind of card it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardSort {
    /// An ordinary My Number Card.
    #[default]
    Normal,
    /// 顔認証マイナンバーカード: PIN blocked, no 署名用証明書.
    FaceOnly,
    /// The certificates held by an Android phone.
    Android,
    /// The certificates held by an iPhone.
    Iphone,
    /// The former 住基カード.
    OldJuki,
    /// IC運転免許証.
    DrivingLicence,
    /// A FIDO security key.
    Fido,
    /// A transit card (FeliCa): no ISO 7816-4 behind it.
    Transit,
    /// A chip with nothing on it.
    Blank,
    /// Plastic without a chip: a reader sees nothing.
    NoChip,
}

impl CardSort {
    /// Whether the JPKI AP is there, with an authentication certificate.
    pub fn has_jpki(self) -> bool {
        self.has_card_face() || matches!(self, Self::Android | Self::Iphone | Self::OldJuki)
    }

    /// Whether the 券面 applications are there: a My Number Card.
    pub fn has_card_face(self) -> bool {
        matches!(self, Self::Normal | Self::FaceOnly)
    }

    /// The answer to reset that this kind shows where the register names none.
    fn atr(self) -> &'static str {
        match self {
            Self::Normal | Self::FaceOnly | Self::Android | Self::Iphone => "contactless",
            Self::OldJuki => "old-juki",
            Self::DrivingLicence => "driving-licence",
            Self::Fido => "fido",
            Self::Transit => "felica",
            Self::Blank | Self::NoChip => "blank",
        }
    }
}

/// State of the 利用者証明用証明書.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateState {
    /// Valid for years.
    #[default]
    Valid,
    /// Its end has passed.
    Expired,
    /// It ended about thirty days before preparation: within the three months in which the card still serves for the
    /// qualification.
    ExpiredLately,
    /// It ends about thirty days after preparation.
    ExpiresSoon,
    /// Valid on the card; the service has revoked it.
    Revoked,
}

/// What kind of key the authentication certificate is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeySort {
    /// As on every card of today.
    #[default]
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    /// As announced for the next card. How it will be used is not public.
    #[serde(rename = "p-384")]
    P384,
}

/// How the lengths of BER objects in the 券面 records are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BerForm {
    /// One byte where it fits, `82 hh ll` where cards are known to write it.
    #[default]
    Usual,
    /// `82 hh ll` everywhere, also for eight bytes: not minimal, and allowed in BER.
    Long,
}

/// A forged card.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forgery {
    /// The card shows this person's authentication certificate. The forger has no key for it.
    pub certificate_of: Option<String>,
    /// What is wrong with the card-face record.
    #[serde(default)]
    pub record: RecordForgery,
}

/// What is wrong with the record that holds the photo.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordForgery {
    /// Nothing.
    #[default]
    Genuine,
    /// Signed by a key that an unknown authority certifies.
    UnknownIssuer,
    /// The same, but the certificate claims to be of the known authority.
    FalseIssuer,
    /// Everything of `certificate_of`, with the forger's photo under the old signature.
    PhotoReplaced,
    /// Everything of `certificate_of`, photo too, on a chip that has none of its keys.
    Copied,
}

/// The card of a person.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardSpec {
    /// 利用者証明用PIN, four digits.
    pub pin: String,
    /// 署名用パスワード, 6–16 of `[A-Z0-9]`.
    #[serde(default = "default_sign_password")]
    pub sign_password: String,
    /// Expiry of the card, Gregorian YYYYMMDD.
    pub expiry: String,
    /// The four digits under the photo.
    pub security_code: String,
    /// The birth date is printed in Western years (foreign residents).
    #[serde(default)]
    pub western_birth_date: bool,
    /// File stem of the portrait in the portraits folder.
    pub portrait: String,
    /// What kind of card.
    #[serde(default)]
    pub kind: CardSort,
    /// State of the authentication certificate.
    #[serde(default)]
    pub certificate: CertificateState,
    /// Whether there is a 署名用証明書; an ordinary card has one unless this is false.
    pub sign_certificate: Option<bool>,
    /// 全国地方公共団体コード of the issuing municipality, five digits.
    #[serde(default = "default_municipality")]
    pub municipality: String,
    /// Answer to reset, by name or in hexadecimal; that of the kind when absent.
    pub atr: Option<String>,
    /// Tries left where they are not those of a new card.
    #[serde(default)]
    pub tries: BTreeMap<CredentialName, u8>,
    /// Kind of the authentication key.
    #[serde(default)]
    pub auth_key: KeySort,
    /// How lengths are written.
    #[serde(default)]
    pub ber: BerForm,
    /// How the card behaves where cards differ.
    pub behaviour: Option<Behaviour>,
    /// A forged card.
    pub forged: Option<Forgery>,
}

fn default_sign_password() -> String {
    "UKETSUKE01".into()
}

fn default_municipality() -> String {
    "13221".into()
}

impl CardSpec {
    /// No card: for persons who only stand in the service's register.
    pub(crate) fn none() -> Self {
        Self {
            pin: String::new(),
            sign_password: String::new(),
            expiry: String::new(),
            security_code: String::new(),
            western_birth_date: false,
            portrait: String::new(),
            kind: CardSort::default(),
            certificate: CertificateState::default(),
            sign_certificate: None,
            municipality: String::new(),
            atr: None,
            tries: BTreeMap::new(),
            auth_key: KeySort::default(),
            ber: BerForm::default(),
            behaviour: None,
            forged: None,
        }
    }

    /// Whose certificate a forged card shows.
    pub fn certificate_of(&self) -> Option<&str> {
        self.forged.as_ref()?.certificate_of.as_deref()
    }

    /// What is wrong with the card-face record.
    pub fn record_forgery(&self) -> RecordForgery {
        self.forged
            .as_ref()
            .map_or(RecordForgery::Genuine, |forged| forged.record)
    }

    /// Whether a 署名用証明書 is on the card.
    pub fn has_sign_certificate(&self) -> bool {
        self.kind == CardSort::Normal && self.sign_certificate != Some(false)
    }

    /// The answer to reset, by name or in hexadecimal.
    pub fn atr(&self) -> &str {
        self.atr.as_deref().unwrap_or_else(|| self.kind.atr())
    }

    /// The switches, with a contact chip's resets where nothing else is said.
    pub fn behaviour(&self) -> Behaviour {
        self.behaviour.unwrap_or_else(|| Behaviour {
            reset_clears: atr(self.atr()).is_some_and(|atr| is_contact(&atr)),
            ..Behaviour::default()
        })
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        let stem_ok = !self.portrait.is_empty()
            && self
                .portrait
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let sign = self.sign_password.as_bytes();
        let face = self.kind.has_card_face();
        let copies = matches!(
            self.record_forgery(),
            RecordForgery::PhotoReplaced | RecordForgery::Copied
        );
        let checks: [(bool, &str); 10] = [
            (stem_ok, "portrait must be a plain file stem"),
            (digits(&self.pin, 4), "card.pin must be four digits"),
            (
                (6..=16).contains(&sign.len())
                    && sign
                        .iter()
                        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()),
                "card.sign_password must be 6-16 of A-Z and 0-9",
            ),
            (
                digits(&self.municipality, 5),
                "card.municipality must be five digits",
            ),
            (
                atr(self.atr()).is_some(),
                "card.atr must be a known name or hexadecimal",
            ),
            (
                self.tries.values().all(|tries| *tries <= 15),
                "card.tries must be 0-15",
            ),
            (
                self.sign_certificate != Some(true) || self.kind == CardSort::Normal,
                "only an ordinary card has a sign_certificate",
            ),
            (
                self.auth_key == KeySort::Rsa2048 || self.kind.has_jpki(),
                "card.auth_key needs a kind with certificates",
            ),
            (
                self.forged.is_none() || face,
                "only a My Number Card can be forged",
            ),
            (
                !copies || self.certificate_of().is_some_and(is_id),
                "a copied record needs forged.certificate_of",
            ),
        ];
        checks
            .iter()
            .find(|(ok, _)| !ok)
            .map_or(Ok(()), |(_, problem)| Err(*problem))
    }
}
