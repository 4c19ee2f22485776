//! A FICTITIOUS terminal authentication. How a real card recognises a clinic's terminal
//! (特定機関認証) is not public: only the byte layout of the `80 A2` command is known (myna-card
//! `card.rs`). Everything after it is invented for this simulator and fits no real card.
//!
//! SELECT EF 0016; `80 A2 06C1` with the header of `7F21` and the body object; `80 A2 00C1` with
//! the signature object; GET CHALLENGE of 16 bytes; EXTERNAL AUTHENTICATE `00 82 00 96` with
//! RSASSA-PKCS1-v1_5 SHA-256 over the label and the challenge. Then key 0017 needs no PIN until
//! the application changes or the power goes.
use super::apdu::Command;
use super::cvc::{self, CvcBody, PublicKey};
use super::engine::Engine;
use super::model::Body;
use super::status::{self, Answer};

/// What the terminal signs before the challenge.
pub const LABEL: &[u8] = b"UKETSUKE-SIM-TERMINAL-AUTH";
/// EF of the CA key against which the terminal's certificate is checked.
const TERMINAL_CA: u16 = 0x0016;

/// How far a terminal has come.
#[derive(Debug, Default)]
pub(crate) enum TerminalAuth {
    /// Not begun.
    #[default]
    None,
    /// The body of its certificate was given: parsed and as signed.
    Body(Box<CvcBody>),
    /// The certificate is good; this is its key.
    Certified(PublicKey),
    /// The terminal proved that it holds that key.
    Accepted,
}

impl TerminalAuth {
    /// Whether key 0017 may be used without a PIN.
    pub(crate) fn accepted(&self) -> bool {
        matches!(self, Self::Accepted)
    }
}

impl Engine {
    pub(crate) fn terminal_certificate(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        let id = self.session.ef.ok_or(status::NO_CURRENT_EF)?;
        let Some(Body::TerminalCa(ca)) = self.ef(id).map(|ef| &ef.body) else {
            return Err(status::NO_KEY);
        };
        let ca = ca.clone();
        let state = std::mem::take(&mut self.session.terminal);
        match (command.p1p2(), state) {
            (0x06C1, _) => {
                let object = command.data.get(cvc::HEADER..).ok_or(status::BAD_DATA)?;
                let header_ok = command.data.starts_with(&[0x7F, 0x21, 0x82, 0x02, 0x33]);
                let body = CvcBody::parse_object(object).filter(|_| header_ok);
                let body = body.ok_or(status::BAD_DATA)?;
                // Only the test hierarchy's key ids begin with 6 (myna-card).
                if body.issuer[0] != b'6' || body.subject[0] != b'6' {
                    return Err(status::NO_KEY);
                }
                self.session.terminal = TerminalAuth::Body(Box::new(body));
                Ok(Answer::ok())
            }
            (0x00C1, TerminalAuth::Body(body)) => {
                let signature = cvc::parse_signature(command.data).ok_or(status::BAD_DATA)?;
                if !ca.verifies(&body.signed_bytes(), signature) {
                    return Err(status::SECURITY_STATUS);
                }
                self.session.terminal = TerminalAuth::Certified(body.key);
                Ok(Answer::ok())
            }
            (0x00C1, _) => Err(status::CONDITIONS),
            _ => Err(status::BAD_P1P2),
        }
    }

    pub(crate) fn external_authenticate(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        if command.p1 != 0 || u16::from(command.p2 & 0x7F) != TERMINAL_CA {
            return Err(status::BAD_P1P2);
        }
        // A challenge serves once, whatever comes of it.
        let challenge = self.session.challenge.take();
        let TerminalAuth::Certified(key) = &self.session.terminal else {
            return Err(status::CONDITIONS);
        };
        let challenge = challenge.ok_or(status::CONDITIONS)?;
        let message = [LABEL, &challenge].concat();
        if !key.verifies(&message, command.data) {
            return Err(status::SECURITY_STATUS);
        }
        self.session.terminal = TerminalAuth::Accepted;
        Ok(Answer::ok())
    }
}
