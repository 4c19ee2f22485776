//! Making the authentication key usable without a PIN, after face or visual confirmation.
//!
//! The real protocol (特定機関認証) is not public; a registered vendor adds it as one more
//! implementation of [`PinlessAuthenticator`]. [`FictitiousTerminal`] is an invention for simulations.

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

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

/// A way to make the JPKI authentication key (EF 0017) usable without the PIN.
pub trait PinlessAuthenticator: Send {
    /// A name for logs and the technician.
    fn label(&self) -> &str;
    /// Whether it may run only in a simulation (invariant 13).
    fn simulation_only(&self) -> bool;
    /// Runs the exchange. The JPKI application is selected; the link passes only what the allowlist has
    /// for terminal authentication.
    ///
    /// # Errors
    /// [`PinlessError`]; the key is then not usable.
    fn authenticate(&mut self, link: &mut dyn RawLink) -> Result<(), PinlessError>;
}

/// Bytes of a terminal's CV certificate: 5-byte 7F21 header, 302-byte 5F4E object, 261-byte 5F37 object
/// (myna-card's documentation of `80 A2`).
const CVC_LEN: usize = 568;
const BODY_LEN: usize = 307;
const CHALLENGE_LEN: usize = 16;
const LABEL: &[u8] = b"UKETSUKE-SIM-TERMINAL-AUTH";

/// `hw-sim`'s FICTITIOUS terminal authentication. Only the byte layout of the two `80 A2` commands is
/// public; the challenge, the signed text and the use of EXTERNAL AUTHENTICATE are invented.
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

    fn authenticate(&mut self, link: &mut dyn RawLink) -> Result<(), PinlessError> {
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
        Ok(())
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
