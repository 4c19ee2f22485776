//! SELECT FILE: applications by full or partial name, elementary files by id, and what leaving an
//! application does to the security status.
use super::apdu::Command;
use super::apps::ISD_AID;
use super::engine::{Engine, Session};
use super::status::{self, Answer};
use super::tlv;

impl Engine {
    pub(crate) fn select(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        match (command.p1, command.p2) {
            // Not the SELECT of the master file that JICSAP describes: refused after a reset,
            // accepted without effect in an application (measured, myna-card).
            (0x00, 0x00) if command.data.is_empty() => match self.session.application {
                None => Err(status::BAD_P1P2),
                Some(_) => Ok(Answer::ok()),
            },
            (0x00, _) => Err(status::NO_FILE),
            (0x04, 0x00 | 0x0C) => self.select_application(command, 0),
            (0x04, 0x02 | 0x0E) => {
                let after = self.session.application.map_or(0, |index| index + 2);
                self.select_application(command, after)
            }
            (0x02, 0x00 | 0x0C) => self.select_ef(command.data),
            _ => Err(status::BAD_P1P2),
        }
    }

    /// Candidates in order: the issuer's level (0), then the applications (from 1). The card takes
    /// a partial name too, so success does not prove which application was meant (JICSAP 4.2).
    fn select_application(&mut self, command: &Command<'_>, skip: usize) -> Result<Answer, u16> {
        if command.data.is_empty() || command.data.len() > 16 {
            return Err(status::WRONG_LENGTH);
        }
        let found = std::iter::once(ISD_AID)
            .chain(self.applications.iter().map(|a| a.aid))
            .enumerate()
            .skip(skip)
            .find(|(_, aid)| aid.starts_with(command.data));
        let Some((index, aid)) = found else {
            return Err(status::NO_FILE);
        };
        let target = index.checked_sub(1);
        if self.session.application != target || self.behaviour().reselect_clears {
            self.session.leave_application();
        }
        self.session.application = target;
        self.session.ef = None;
        // What the real card puts into its FCI is not public; the DF name is what ISO 7816-4 asks.
        if command.p2 & 0x0C == 0 && command.le.is_some() {
            let name = tlv::object(0x84, aid);
            return Ok(Answer::data(tlv::object(0x6F, &name)));
        }
        Ok(Answer::ok())
    }

    fn select_ef(&mut self, id: &[u8]) -> Result<Answer, u16> {
        let id: [u8; 2] = id.try_into().map_err(|_| status::WRONG_LENGTH)?;
        let id = u16::from_be_bytes(id);
        // At the master file's level only 001E answers, and it cannot be read (myna-card).
        let exists = match self.application() {
            Some(application) => application.ef(id).is_some(),
            None => id == 0x001E,
        };
        if !exists {
            return Err(status::NO_FILE);
        }
        self.session.ef = Some(id);
        Ok(Answer::ok())
    }
}

impl Session {
    /// Security status and challenge belong to the application that is left.
    fn leave_application(&mut self) {
        self.satisfied.clear();
        self.challenge = None;
        self.terminal = super::terminal_auth::TerminalAuth::default();
    }
}
