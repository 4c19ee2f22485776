//! What is NOT public about the central service, invented here in one place: how a card is confirmed, and
//! where medicines are asked for. Every path, element and code in this file is an assumption, shared with
//! the simulated service; a registered vendor replaces this file.
//!
//! The assumption: the service gives a nonce; the card's authentication key signs it (after a PIN, or
//! after a pinless authenticator made the key usable); the service verifies chain, revocation and
//! signature and answers with an identifier under which the qualification is asked for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::error::CentralError;

/// Assumed path of the nonce call.
pub const NONCE_PATH: &str = "/assumed/card/nonce";
/// Assumed path of the confirmation call.
pub const CONFIRM_PATH: &str = "/assumed/card/confirm";
/// Assumed path of the medicines call (message after YZKsiquc01).
pub const MEDICINES_PATH: &str = "/assumed/medicines";

/// Assumed prefix of all other calls; the interface's first number follows (`/assumed/if/013`).
pub const OTHERS_PREFIX: &str = "/assumed/if";

/// Bytes a nonce may have.
const NONCE_BYTES: std::ops::RangeInclusive<usize> = 16..=64;
/// Longest identifier taken over from the service.
const MAX_ID: usize = 200;

/// A nonce of the service. Assumed: lives 24 hours, for one confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce {
    /// What the card signs.
    pub bytes: Vec<u8>,
    /// End of its life by the service's clock, milliseconds since the Unix epoch.
    pub expires_at: i64,
    /// The service's time when it gave the nonce, milliseconds since the Unix epoch: a trusted time.
    pub server_time: i64,
}

/// Assumed answer of the nonce call; times are yyyyMMddHHmmss in Japan time.
#[derive(Deserialize)]
struct NonceAnswer {
    nonce: String,
    #[serde(rename = "expiresAt")]
    expires_at: String,
    #[serde(rename = "serverTime")]
    server_time: String,
}

impl Nonce {
    /// Reads the assumed answer.
    pub(crate) fn from_answer(body: &[u8]) -> Result<Self, CentralError> {
        let malformed = |what| CentralError::bad_answer(format!("{what} of a nonce"));
        let answer: NonceAnswer = serde_json::from_slice(body).map_err(|_| malformed("JSON"))?;
        let bytes = STANDARD
            .decode(&answer.nonce)
            .map_err(|_| malformed("base64"))?;
        if !NONCE_BYTES.contains(&bytes.len()) {
            return Err(malformed("length"));
        }
        let time = |text: &str| oqs::time::from_jst(text).ok_or_else(|| malformed("time"));
        let (expires_at, server_time) = (time(&answer.expires_at)?, time(&answer.server_time)?);
        Ok(Self {
            bytes,
            expires_at,
            server_time,
        })
    }
}

/// How the key was made usable. Assumed names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofKind {
    /// The authentication key signed after its PIN.
    AuthenticationKeyAfterPin,
    /// The fictitious terminal authentication of the simulation.
    FictitiousTerminalAuthentication,
    /// かざし利用: the surface AP's own key signed, see [`SurfaceRecord`].
    SurfaceInternalAuthentication,
}

/// What proves a card genuine when its surface AP's key signed the nonce: the signed card-face record without
/// name, address and photo, which two digests stand for. Assumed names; the bytes are the card's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SurfaceRecord {
    /// The CV certificate of the record's signer.
    #[serde(with = "base64_text")]
    pub cv_certificate: Vec<u8>,
    /// Birth date, sex and the card's public key as written (DF22 to DF24).
    #[serde(with = "base64_text")]
    pub signed_group: Vec<u8>,
    /// SHA-256 of name and address images, and of the photo: 64 bytes.
    #[serde(with = "base64_text")]
    pub other_digests: Vec<u8>,
    /// The signature over the three digests.
    #[serde(with = "base64_text")]
    pub record_signature: Vec<u8>,
}

/// How the person was identified. Assumed names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmationMethod {
    /// 顔認証.
    Face,
    /// 暗証番号.
    Pin,
    /// 目視確認.
    Visual,
}

/// A card's proof for the service. Serialises as the assumed request body, so that it can be queued
/// through an outage and handed in later.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardConfirmation {
    /// The nonce signed.
    #[serde(with = "base64_text")]
    pub nonce: Vec<u8>,
    /// The card's authentication certificate, DER.
    #[serde(with = "base64_text")]
    pub certificate: Vec<u8>,
    /// The signature and how it came about.
    pub proof: Proof,
    /// How the person was identified.
    pub method: ConfirmationMethod,
    /// When, yyyyMMddHHmmss in Japan time.
    #[serde(rename = "performedAt")]
    pub performed_at: String,
}

/// The signature of a card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// How the key was made usable.
    pub kind: ProofKind,
    /// The signature over the nonce, by the algorithm of the certificate's key; with a surface record
    /// RSASSA-PKCS1-v1_5 with SHA-256 by the key that the record names.
    #[serde(with = "base64_text")]
    pub signature: Vec<u8>,
    /// Only for [`ProofKind::SurfaceInternalAuthentication`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surface: Option<SurfaceRecord>,
}

impl CardConfirmation {
    /// A proof as the card made it; `performed_at` in milliseconds since the Unix epoch.
    pub fn new(
        nonce: &Nonce,
        certificate_der: Vec<u8>,
        kind: ProofKind,
        signature: Vec<u8>,
        method: ConfirmationMethod,
        performed_at: i64,
    ) -> Self {
        Self {
            nonce: nonce.bytes.clone(),
            certificate: certificate_der,
            proof: Proof {
                kind,
                signature,
                surface: None,
            },
            method,
            performed_at: oqs::time::to_jst(performed_at),
        }
    }
}

/// The certificate names the person's serial; it stays out of logs.
impl std::fmt::Debug for CardConfirmation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CardConfirmation")
            .field("kind", &self.proof.kind)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// Assumed results of a confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmationResult {
    /// The person is who the card says.
    Confirmed,
    /// The service does not know the person.
    UnknownPerson,
    /// Known, but not registered for insurance use (健康保険証利用登録).
    NotRegistered,
    /// The card's certificate was revoked.
    CertificateRevoked,
    /// The card's certificate has expired.
    CertificateExpired,
    /// The signature is not the card's.
    ProofInvalid,
    /// The nonce is not (or no longer) known.
    NonceUnknown,
    /// A result that is not in this list.
    #[serde(untagged)]
    Unknown(String),
}

/// The service's answer to a card's proof.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Confirmation {
    /// The result.
    pub result: ConfirmationResult,
    /// The nonce it is about: an answer about another one is another card's.
    #[serde(default)]
    nonce: String,
    /// Identifier for the calls that follow.
    #[serde(rename = "confirmationId", default)]
    confirmation_id: Option<String>,
    /// Identifier under which a person who is not registered yet can be registered for insurance use.
    #[serde(rename = "registrationId", default)]
    registration_id: Option<String>,
    /// The certificate has ended lately: the card serves for the qualification alone, for as long as the service says so.
    #[serde(rename = "qualificationOnly", default)]
    pub qualification_only: bool,
    /// The service's code, verbatim.
    #[serde(default)]
    pub code: String,
    /// The service's words, verbatim.
    #[serde(default)]
    pub message: String,
}

/// Without the identifier, which opens what the consents allow, and without words that may be about a patient.
impl std::fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Confirmation")
            .field("result", &self.result)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

impl Confirmation {
    /// Reads the assumed answer. "Confirmed" without an identifier is no answer, and an answer that does not name the nonce asked
    /// about is another request's: it could open another person's data (invariant 10).
    pub(crate) fn from_answer(body: &[u8], asked: &CardConfirmation) -> Result<Self, CentralError> {
        let malformed = |what| CentralError::bad_answer(format!("{what} of a confirmation"));
        let answer: Self = serde_json::from_slice(body).map_err(|_| malformed("JSON"))?;
        if answer.result == ConfirmationResult::Confirmed && answer.id().is_none() {
            return Err(malformed("identifier"));
        }
        let named = STANDARD.decode(&answer.nonce).ok();
        if named.as_deref() != Some(asked.nonce.as_slice()) {
            return Err(CentralError::bad_answer("it is for another request"));
        }
        Ok(answer)
    }

    /// The identifier, only when the card was confirmed.
    pub fn id(&self) -> Option<&str> {
        let id = self.confirmation_id.as_deref();
        let usable = |id: &&str| !id.is_empty() && id.len() <= MAX_ID;
        (self.result == ConfirmationResult::Confirmed)
            .then_some(id)
            .flatten()
            .filter(usable)
    }

    /// The identifier for registering a known person for insurance use, when that is all that is missing.
    pub fn registration_id(&self) -> Option<&str> {
        let id = self.registration_id.as_deref();
        let usable = |id: &&str| !id.is_empty() && id.len() <= MAX_ID;
        (self.result == ConfirmationResult::NotRegistered)
            .then_some(id)
            .flatten()
            .filter(usable)
    }

    /// True for a refusal that staff can't change by trying again.
    pub fn is_refusal(&self) -> bool {
        self.result != ConfirmationResult::Confirmed
    }
}

/// Bytes as base64 text.
mod base64_text {
    use super::STANDARD;
    use base64::Engine as _;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(
        bytes: &Vec<u8>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD
            .decode(text)
            .map_err(|_| D::Error::custom("not base64"))
    }
}
