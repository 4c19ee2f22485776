//! Credentials: VERIFY, the question for the tries left, and changing a PIN. A try is written off
//! to the card's folder before the value is compared, so pulling the card out gains nothing.
use super::apdu::Command;
use super::engine::Engine;
use super::folder::Counters;
use super::model::{Body, CredentialName};
use super::status::{self, Answer, tries_left};
use crate::persons::CardSort;

impl Engine {
    pub(crate) fn verify(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        if command.p1 != 0 {
            return Err(status::BAD_P1P2);
        }
        if let Some(answer) = self.external_key(command) {
            return answer;
        }
        let (id, name) = self.credential(command.p2)?;
        let tries = self.counters().get(name);
        if command.data.is_empty() {
            // Costs nothing, and says 63Cx also after success (OpenSC pull request 959).
            return Err(tries_left(tries));
        }
        if tries == 0 {
            return Err(status::BLOCKED);
        }
        let left = tries - 1;
        self.write_tries(name, left)?;
        let right = self
            .folder
            .value(name)
            .is_some_and(|value| value.as_bytes() == command.data);
        if !right {
            self.session.satisfied.remove(&id);
            return Err(tries_left(left));
        }
        self.write_tries(name, Counters::ISSUED.get(name))?;
        self.session.satisfied.insert(id);
        Ok(Answer::ok())
    }

    /// `80 82 00 80 00`, a question for tries that is seen in the field for JPKI 0010; no source shows
    /// what the card says. Here it is the question for tries by another name.
    pub(crate) fn external_tries(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        if command.p1 != 0 || command.p2 & 0x80 == 0 {
            return Err(status::BAD_P1P2);
        }
        if !command.data.is_empty() {
            return Err(status::CONDITIONS);
        }
        if let Some(answer) = self.external_key(command) {
            return answer;
        }
        let (_, name) = self.credential(command.p2)?;
        Err(tries_left(self.counters().get(name)))
    }

    /// JPKI 0010 answers the question for tries (AokiApp/jsapdu, myna-card's fuzz example). Its number is
    /// invented, and nothing that is sent to it is compared or counted.
    fn external_key(&self, command: &Command<'_>) -> Option<Result<Answer, u16>> {
        let id = match command.p2 {
            0x80 => self.session.ef?,
            p2 if p2 & 0xE0 == 0x80 => u16::from(p2 & 0x1F),
            _ => return None,
        };
        match self.ef(id)?.body {
            Body::External if command.data.is_empty() => Some(Err(tries_left(10))),
            Body::External => Some(Err(status::CONDITIONS)),
            _ => None,
        }
    }

    /// CHANGE REFERENCE DATA (`00 24 01 80`) of the JPKI and text APs.
    pub(crate) fn change_reference(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        if command.p1 != 1 {
            return Err(status::BAD_P1P2);
        }
        let (id, name) = self.credential(command.p2)?;
        match name {
            CredentialName::AuthPin | CredentialName::SignPassword | CredentialName::TextPin => {
                self.change(id, name, command.data)
            }
            _ => Err(status::CONDITIONS),
        }
    }

    /// CHANGE KEY (`80 32 00 80`) of the common and juki APs.
    pub(crate) fn change_key(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        if command.p1 != 0 {
            return Err(status::BAD_P1P2);
        }
        let (id, name) = self.credential(command.p2)?;
        match name {
            CredentialName::CommonPin | CredentialName::JukiPin => {
                self.change(id, name, command.data)
            }
            _ => Err(status::CONDITIONS),
        }
    }

    fn change(&mut self, id: u16, name: CredentialName, value: &[u8]) -> Result<Answer, u16> {
        if !self.session.satisfied.contains(&id) {
            return Err(status::SECURITY_STATUS);
        }
        let fits = match name {
            CredentialName::SignPassword => {
                (6..=16).contains(&value.len())
                    && value
                        .iter()
                        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            }
            _ => value.len() == 4 && value.iter().all(u8::is_ascii_digit),
        };
        let text = std::str::from_utf8(value).ok().filter(|_| fits);
        let text = text.ok_or(status::BAD_DATA)?;
        match self.folder.set_value(name, text.to_owned()) {
            Ok(true) => Ok(Answer::ok()),
            Ok(false) => Err(status::CONDITIONS),
            Err(_) => Err(status::MEMORY),
        }
    }

    /// The credential that P2 names: 80 the current EF, 80|id a short id.
    fn credential(&self, p2: u8) -> Result<(u16, CredentialName), u16> {
        let id = match p2 {
            0x80 => self.session.ef.ok_or(status::NO_CURRENT_EF)?,
            _ if p2 & 0x80 == 0 => return Err(status::BAD_P1P2),
            _ => self.short_ef(p2).map_err(|error| match error {
                status::NO_FILE => status::NO_KEY,
                other => other,
            })?,
        };
        match self.ef(id).map(|ef| &ef.body) {
            Some(Body::Credential(name)) => Ok((id, *name)),
            _ => Err(status::FILE_STRUCTURE),
        }
    }

    fn write_tries(&mut self, name: CredentialName, tries: u8) -> Result<(), u16> {
        let counters = self.counters();
        if counters.get(name) == tries {
            return Ok(());
        }
        self.set_counters(counters.with(name, tries))
            .map_err(|error| {
                tracing::warn!(%error, "the card's counters cannot be written");
                status::MEMORY
            })
    }

    /// `80 FC 00 00`: only an iPhone knows it (myna-card).
    pub(crate) fn last_command_indicator(&self) -> Result<Answer, u16> {
        match self.card().kind {
            CardSort::Iphone => Ok(Answer::ok()),
            _ => Err(status::WRONG_LENGTH),
        }
    }
}
