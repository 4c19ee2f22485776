//! What lies there, if it is no My Number Card? Only for the wording of the refusal: nothing of it is read.

use super::Session;
use crate::allowlist::{LICENCE_AID, SELECT_FIDO};
use crate::api::CardKind;
use crate::error::CardError;

/// Registered identifier of PC/SC in the historical bytes of a storage card, then the standard: 11 is FeliCa
/// (PC/SC part 3, supplemental document). Such cards take no commands; the reader speaks for them.
const FELICA: [u8; 6] = [0xA0, 0x00, 0x00, 0x03, 0x06, 0x11];

impl Session {
    /// Whether the reader says that it is FeliCa. Then it is no My Number Card, which is of Type B.
    pub(crate) fn is_felica(&self) -> bool {
        self.atr().windows(FELICA.len()).any(|part| part == FELICA)
    }

    /// Names it as far as it can be known.
    pub(crate) fn other_card(&mut self) -> Result<CardKind, CardError> {
        if self.is_felica() {
            return Ok(CardKind::TransitCard);
        }
        let mut licence = vec![0x00, 0xA4, 0x04, 0x0C, 0x10];
        licence.extend_from_slice(&LICENCE_AID);
        if self.ask("SELECT of a driving licence", &licence)?.1 == 0x9000 {
            return Ok(CardKind::DrivingLicence);
        }
        if self.ask("SELECT of a FIDO token", &SELECT_FIDO)?.1 == 0x9000 {
            return Ok(CardKind::FidoToken);
        }
        Ok(CardKind::Unknown)
    }
}
