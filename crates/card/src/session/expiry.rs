//! The card's expiry from the records that anybody may read, so that nobody has to type it: the data object
//! 00F2 at the power-on level, or on cards without it the first record of the 共通カードAP (myna-card mf.rs
//! and ap/common.rs, jpki/myna src/unknown.rs). Only the date is kept of that record.

use super::Session;
use crate::allowlist::Application;
use crate::error::CardError;
use crate::jst::Day;

/// Length of the record: tag, length, 15 digits of serial, 5 of municipality, 8 of expiry.
const RECORD: usize = 30;

impl Session {
    /// GET DATA 00F2. It is also the first command after power-on, which one measured card answered 6F00
    /// whatever it was (myna-card): then it is asked once more.
    pub(crate) fn expiry_at_power_on(&mut self) -> Result<Option<String>, CardError> {
        const ASK: [u8; 5] = [0x00, 0xCA, 0x00, 0xF2, 0x00];
        let (mut data, mut sw) = self.ask("card expiry", &ASK)?;
        if sw == 0x6F00 {
            (data, sw) = self.ask("card expiry", &ASK)?;
        }
        Ok(date(&data).filter(|_| sw == 0x9000))
    }

    /// The same from the 共通カードAP.
    pub(crate) fn expiry_of_common_record(&mut self) -> Result<Option<String>, CardError> {
        match self.need(Application::Common) {
            Ok(()) => {}
            Err(error) if error.ends_session() => return Err(error),
            Err(_) => return Ok(None),
        }
        let (record, sw) = self.ask("card expiry", &[0x00, 0xB2, 0x01, 0x0C, 0x00])?;
        let expiry = match record[..] {
            [0x01, 0x1C, ..] if sw == 0x9000 && record.len() == RECORD => date(&record[22..]),
            _ => None,
        };
        Ok(expiry)
    }
}

/// Eight digits that are a day.
fn date(digits: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(digits).ok()?;
    Day::parse(text).map(|_| text.to_owned())
}
