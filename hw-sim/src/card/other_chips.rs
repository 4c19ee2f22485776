//! Cards that are not My Number Cards but get laid on the reader all the same: a driving licence, a FIDO
//! token, a transit card, a blank chip. Each answers just enough to be what it is and never more; none
//! knows the JPKI application.
use super::apdu::Command;
use super::engine::Engine;
use super::status::{self, Answer};
use crate::persons::CardSort;

/// DF1 and DF2 of the IC driving licence (treastrain/TRETJapanNFCReader, `DriversLicense`; the
/// National Police Agency's published specification).
const LICENCE: [[u8; 16]; 2] = [
    [0xA0, 0, 0, 0x02, 0x31, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0xA0, 0, 0, 0x02, 0x31, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
];
/// A FIDO authenticator's application and its first words (FIDO U2F NFC protocol, 5).
const FIDO: [u8; 8] = [0xA0, 0x00, 0x00, 0x06, 0x47, 0x2F, 0x00, 0x01];
const FIDO_VERSION: &[u8] = b"U2F_V2";

impl Engine {
    /// The answer of a chip of another kind; `None` for cards that `dispatch` plays.
    pub(crate) fn other_chip(&mut self, command: &Command<'_>) -> Option<Result<Answer, u16>> {
        match self.card().kind {
            CardSort::Normal
            | CardSort::FaceOnly
            | CardSort::Android
            | CardSort::Iphone
            | CardSort::OldJuki => None,
            CardSort::DrivingLicence => Some(licence(command)),
            CardSort::Fido => Some(fido(command)),
            // A storage card: the reader itself answers, and knows only its pseudo-APDUs. What it says
            // to an ISO command differs between readers; this is PC/SC's "function not supported".
            CardSort::Transit => Some(Err(status::NOT_SUPPORTED)),
            CardSort::Blank | CardSort::NoChip => Some(match (command.cla, command.ins) {
                (0x00, 0xA4) => Err(status::NO_FILE),
                _ => Err(status::INSTRUCTION_UNKNOWN),
            }),
        }
    }
}

/// Selects its own directories; its PINs stand at three tries and no value is ever compared.
fn licence(command: &Command<'_>) -> Result<Answer, u16> {
    if command.cla != 0 {
        return Err(status::CLASS_UNKNOWN);
    }
    match (command.ins, command.p1) {
        (0xA4, 0x04) if LICENCE.iter().any(|aid| aid == command.data) => Ok(Answer::ok()),
        (0xA4, 0x00) if command.data.is_empty() => Ok(Answer::ok()),
        (0xA4, 0x02) if matches!(command.data, [0x00, 0x01 | 0x02] | [0x2F, 0x01]) => {
            Ok(Answer::ok())
        }
        (0xA4, 0x00 | 0x02 | 0x04) => Err(status::NO_FILE),
        (0xA4, _) => Err(status::BAD_P1P2),
        (0x20, _) if command.data.is_empty() => Err(status::tries_left(3)),
        (0x20, _) => Err(status::CONDITIONS),
        (0xB0, _) => Err(status::NO_CURRENT_EF),
        _ => Err(status::INSTRUCTION_UNKNOWN),
    }
}

fn fido(command: &Command<'_>) -> Result<Answer, u16> {
    match (command.cla, command.ins, command.p1) {
        (0x00, 0xA4, 0x04) if command.data == FIDO => Ok(Answer::data(FIDO_VERSION.to_vec())),
        (0x00, 0xA4, _) => Err(status::NO_FILE),
        // U2F_VERSION
        (0x00, 0x03, 0x00) => Ok(Answer::data(FIDO_VERSION.to_vec())),
        (0x00 | 0x80, ..) => Err(status::INSTRUCTION_UNKNOWN),
        _ => Err(status::CLASS_UNKNOWN),
    }
}
