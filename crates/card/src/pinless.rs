//! Proving the card without a PIN, after face or visual confirmation.
//!
//! The real protocol (特定機関認証) is not public; a registered vendor adds it as one more
//! implementation of [`PinlessAuthenticator`]. [`SurfaceTap`] is the documented かざし利用 form,
//! [`FictitiousTerminal`] is an invention for simulations.

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use zeroize::Zeroizing;

use crate::allowlist::Application;
use crate::api::ProofKind;
use crate::authenticity::digest_info;
use crate::transport::{LinkError, RawLink};

/// Why it did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PinlessError {
    /// The exchange with the card broke.
    #[error("no exchange with the card")]
    Link(#[from] LinkError),
    /// The card refused a step with this status word.
    #[error("the card answered {sw:04X} to {step}")]
    Refused {
        /// The step, in words.
        step: &'static str,
        /// Status word.
        sw: u16,
    },
    /// The terminal's own certificate or key is unusable.
    #[error("terminal credential: {0}")]
    Credential(&'static str),
}

/// What an authenticator came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pinless {
    /// The JPKI authentication key may now be used; the session lets it sign the nonce.
    KeyUsable,
    /// The surface AP's own key signed the nonce (RSASSA-PKCS1-v1_5 with SHA-256). The session checks it
    /// under the key named in this session's genuine card-face record.
    SurfaceSigned(Vec<u8>),
}

/// A way to prove the card to the service without the PIN, after face or visual confirmation.
pub trait PinlessAuthenticator: Send {
    /// A name for logs and the technician.
    fn label(&self) -> &str;
    /// Whether it may run only in a simulation (invariant 13).
    fn simulation_only(&self) -> bool;
    /// What the service is told about the proof.
    fn kind(&self) -> ProofKind;
    /// The application it works in; the session selects it unless it is selected.
    fn application(&self) -> Application;
    /// Runs the exchange for `nonce`. The link passes only what the allowlist has.
    ///
    /// # Errors
    /// [`PinlessError`]; nothing is proved then.
    fn authenticate(
        &mut self,
        link: &mut dyn RawLink,
        nonce: &[u8],
    ) -> Result<Pinless, PinlessError>;
}

/// What lets a service check a [`ProofKind::SurfaceInternalAuthentication`] without receiving name, address
/// or photo: the signed record stands for them by two digests. The service verifies the CV certificate
/// under the issuer's key, the record's signature over the three digests under the certificate's key, and
/// the nonce's signature under the key in `signed_group`.
#[derive(Clone, PartialEq, Eq)]
pub struct SurfaceEvidence {
    /// The CV certificate (EF 0004), 568 bytes.
    pub cv_certificate: Vec<u8>,
    /// DF22–DF24 as written: birth date, sex, the card's public key. Wiped when dropped.
    pub signed_group: Zeroizing<Vec<u8>>,
    /// SHA-256 of DF25–DF26 and of DF27.
    pub other_digests: [[u8; 32]; 2],
    /// DF28, the record's signature.
    pub record_signature: Vec<u8>,
}

impl std::fmt::Debug for SurfaceEvidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SurfaceEvidence(…)")
    }
}

/// The documented かざし利用 form: internal authentication of the 券面事項確認AP (Digital Agency, PIN-less client
/// software; P8N pin-less documentation). It does not use the authentication key, and it needs the
/// card-face record of the same session, so it follows a face match, not a visual confirmation.
#[derive(Debug, Default)]
pub struct SurfaceTap;

impl PinlessAuthenticator for SurfaceTap {
    fn label(&self) -> &str {
        "surface AP internal authentication (かざし利用)"
    }

    fn simulation_only(&self) -> bool {
        false
    }

    fn kind(&self) -> ProofKind {
        ProofKind::SurfaceInternalAuthentication
    }

    fn application(&self) -> Application {
        Application::Surface
    }

    fn authenticate(
        &mut self,
        link: &mut dyn RawLink,
        nonce: &[u8],
    ) -> Result<Pinless, PinlessError> {
        // P2 = 00 names the application's own key, which needs no credential (myna-card surface.rs).
        let mut command = vec![0x80, 0x2A, 0x00, 0x00, 0x33];
        command.extend_from_slice(&digest_info(nonce));
        command.push(0x00);
        send(link, "internal authentication", &command).map(Pinless::SurfaceSigned)
    }
}

/// Bytes of a terminal's CV certificate: 5-byte 7F21 header, 302-byte 5F4E object, 261-byte 5F37 object
/// (myna-card's documentation of `80 A2`).
const CVC_LEN: usize = 568;
const BODY_LEN: usize = 307;
const CHALLENGE_LEN: usize = 16;
const LABEL: &[u8] = b"UKETSUKE-SIM-TERMINAL-AUTH";

/// `hw-sim`'s FICTITIOUS terminal authentication. Only the byte layout of the two `80 A2` commands is
/// public; the challenge, the signed text and the use of EXTERNAL AUTHENTICATE are invented. Its two commands of over
/// 255 bytes have extended length whatever the reader's probe said: simulated readers pass it.
pub struct FictitiousTerminal {
    cvc: Vec<u8>,
    key: RsaKeyPair,
}

impl FictitiousTerminal {
    /// Takes the terminal's 568-byte CV certificate and its PKCS#8 DER RSA-2048 key.
    ///
    /// # Errors
    /// [`PinlessError::Credential`] when either is unusable.
    pub fn new(cvc: Vec<u8>, key_pkcs8_der: &[u8]) -> Result<Self, PinlessError> {
        if cvc.len() != CVC_LEN || !cvc.starts_with(&[0x7F, 0x21, 0x82, 0x02, 0x33]) {
            return Err(PinlessError::Credential("not a 568-byte CV certificate"));
        }
        let key = RsaKeyPair::from_pkcs8(key_pkcs8_der)
            .map_err(|_| PinlessError::Credential("not an RSA key in PKCS#8"))?;
        if key.public().modulus_len() != 256 {
            return Err(PinlessError::Credential("not an RSA-2048 key"));
        }
        Ok(Self { cvc, key })
    }
}

impl PinlessAuthenticator for FictitiousTerminal {
    fn label(&self) -> &str {
        "fictitious terminal authentication (simulation)"
    }

    fn simulation_only(&self) -> bool {
        true
    }

    fn kind(&self) -> ProofKind {
        ProofKind::FictitiousTerminalAuthentication
    }

    fn application(&self) -> Application {
        Application::Jpki
    }

    fn authenticate(
        &mut self,
        link: &mut dyn RawLink,
        _nonce: &[u8],
    ) -> Result<Pinless, PinlessError> {
        let (body, signature) = self.cvc.split_at(BODY_LEN);
        send(
            link,
            "select terminal CA key",
            &[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x16],
        )?;
        send(
            link,
            "terminal certificate body",
            &extended([0x80, 0xA2, 0x06, 0xC1], body),
        )?;
        send(
            link,
            "terminal certificate signature",
            &extended([0x80, 0xA2, 0x00, 0xC1], signature),
        )?;
        let challenge = send(link, "get challenge", &[0x00, 0x84, 0x00, 0x00, 0x10])?;
        if challenge.len() != CHALLENGE_LEN {
            return Err(LinkError::BadLength(challenge.len()).into());
        }
        let mut signed = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                &[LABEL, &challenge].concat(),
                &mut signed,
            )
            .map_err(|_| PinlessError::Credential("the terminal key cannot sign"))?;
        send(
            link,
            "external authenticate",
            &extended([0x00, 0x82, 0x00, 0x96], &signed),
        )?;
        Ok(Pinless::KeyUsable)
    }
}

/// A case-3 command with the extended length the 256-byte and longer fields need.
fn extended(header: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut apdu = header.to_vec();
    let [high, low] = u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes();
    apdu.extend_from_slice(&[0x00, high, low]);
    apdu.extend_from_slice(data);
    apdu
}

fn send(link: &mut dyn RawLink, step: &'static str, apdu: &[u8]) -> Result<Vec<u8>, PinlessError> {
    let answer = link.transmit(apdu)?;
    match answer.split_last_chunk::<2>() {
        Some((data, [0x90, 0x00])) => Ok(data.to_vec()),
        Some((_, sw)) => Err(PinlessError::Refused {
            step,
            sw: u16::from_be_bytes(*sw),
        }),
        None => Err(LinkError::BadLength(answer.len()).into()),
    }
}
