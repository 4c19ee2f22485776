//! Reading: READ BINARY, READ RECORD, and GET DATA at the level of the master file.
use super::apdu::Command;
use super::apps;
use super::atr::CONTACT_ATR;
use super::engine::Engine;
use super::model::{Access, Body};
use super::status::{self, Answer};

impl Engine {
    pub(crate) fn read_binary(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        let (id, offset) = if command.p1 & 0x80 == 0 {
            let id = self.session.ef.ok_or(status::NO_CURRENT_EF)?;
            (id, usize::from(command.p1p2()))
        } else {
            (self.short_ef(command.p1)?, usize::from(command.p2))
        };
        let le = command.le.ok_or(status::WRONG_LENGTH)?;
        if !command.data.is_empty() {
            return Err(status::WRONG_LENGTH);
        }
        let Some(ef) = self.ef(id) else {
            return Err(status::FILE_STRUCTURE);
        };
        let Body::Transparent { content, read } = &ef.body else {
            return Err(status::FILE_STRUCTURE);
        };
        if !self.allows(*read) {
            return Err(status::SECURITY_STATUS);
        }
        if offset >= content.len() {
            return Err(status::OFFSET);
        }
        let data = content.iter().skip(offset).take(le).copied().collect();
        self.session.ef = Some(id);
        Ok(Answer::data(data))
    }

    pub(crate) fn read_record(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        let id = match command.p2 >> 3 {
            0 => self.session.ef.ok_or(status::NO_CURRENT_EF)?,
            short => self.short_ef(0x80 | short)?,
        };
        let le = command.le.ok_or(status::WRONG_LENGTH)?;
        let Some(Body::Records(records)) = self.ef(id).map(|ef| &ef.body) else {
            return Err(status::FILE_STRUCTURE);
        };
        let index = usize::from(command.p1)
            .checked_sub(1)
            .ok_or(status::BAD_P1P2)?;
        let wanted = records.get(index..).filter(|rest| !rest.is_empty());
        let wanted = wanted.ok_or(status::NO_RECORD)?;
        let data: Vec<u8> = match command.p2 & 0x07 {
            0x04 => wanted.iter().take(1).flatten().copied().collect(),
            0x05 => wanted.iter().flatten().copied().collect(),
            _ => return Err(status::BAD_P1P2),
        };
        self.session.ef = Some(id);
        Ok(Answer::data(data.into_iter().take(le).collect()))
    }

    pub(crate) fn get_data(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        let le = command.le.ok_or(status::WRONG_LENGTH)?;
        let tag = command.p1p2();
        let object = if tag == 0x5F51 {
            // The contact ATR without its initial character, also inside applications.
            let contact = match self.atr() {
                atr if self.is_contact() => atr,
                _ => &CONTACT_ATR,
            };
            contact.get(1..).map(<[u8]>::to_vec)
        } else if tag == 0x00F2 && self.behaviour.without_expiry_object {
            None
        } else if self.session.application.is_none() {
            apps::issuer_data(&self.folder, tag)
        } else {
            None
        };
        let object = object.ok_or(status::NO_KEY)?;
        // Large objects want extended Le and say 6700 otherwise (measured, myna-card).
        if object.len() > le {
            return Err(status::WRONG_LENGTH);
        }
        Ok(Answer::data(object))
    }

    /// The file named by the short id in the low five bits, made current by its use.
    pub(crate) fn short_ef(&self, byte: u8) -> Result<u16, u16> {
        let id = u16::from(byte & 0x1F);
        if byte & 0x60 != 0 || !(1..=0x1E).contains(&id) {
            return Err(status::BAD_P1P2);
        }
        if self.ef(id).is_none() {
            return Err(status::NO_FILE);
        }
        Ok(id)
    }

    /// Whether the present security status is enough.
    pub(crate) fn allows(&self, access: Access) -> bool {
        let satisfied = |ids: &[u16]| ids.iter().any(|id| self.session.satisfied.contains(id));
        match access {
            Access::Free => true,
            Access::Never => false,
            Access::AnyOf(ids) => satisfied(ids),
            Access::AnyOfOrTerminal(ids) => satisfied(ids) || self.session.terminal.accepted(),
        }
    }
}
