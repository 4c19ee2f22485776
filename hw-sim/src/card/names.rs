//! Names of commands and files, for transcripts and fault scripts: `read surface/card-face`,
//! `verify jpki/auth-pin`, `tries text/matching-b`. A name says what is meant, never what is inside.
use super::apdu::Command;
use super::apps;
use super::engine::Engine;

/// Applications by name.
const APPLICATIONS: [(&[u8], &str); 6] = [
    (apps::JPKI_AID, "jpki"),
    (apps::SURFACE_AID, "surface"),
    (apps::TEXT_AID, "text"),
    (apps::COMMON_AID, "common"),
    (apps::JUKI_AID, "juki"),
    (apps::ISD_AID, "issuer"),
];

/// Files by application and id.
const FILES: [(&[u8], u16, &str); 49] = [
    (apps::JPKI_AID, 0x0001, "sign-certificate"),
    (apps::JPKI_AID, 0x0002, "sign-ca"),
    (apps::JPKI_AID, 0x0006, "token"),
    (apps::JPKI_AID, 0x0008, "availability"),
    (apps::JPKI_AID, 0x000A, "auth-certificate"),
    (apps::JPKI_AID, 0x000B, "auth-ca"),
    (apps::JPKI_AID, 0x0016, "terminal-ca"),
    (apps::JPKI_AID, 0x0017, "auth-key"),
    (apps::JPKI_AID, 0x0018, "auth-pin"),
    (apps::JPKI_AID, 0x001A, "sign-key"),
    (apps::JPKI_AID, 0x001B, "sign-password"),
    (apps::SURFACE_AID, 0x0001, "age-record"),
    (apps::SURFACE_AID, 0x0002, "card-face"),
    (apps::SURFACE_AID, 0x0003, "basic-data"),
    (apps::SURFACE_AID, 0x0004, "cv-certificate"),
    (apps::SURFACE_AID, 0x0005, "number-image"),
    (apps::SURFACE_AID, 0x0011, "birth-date"),
    (apps::SURFACE_AID, 0x0012, "matching-b"),
    (apps::SURFACE_AID, 0x0013, "matching-a"),
    (apps::SURFACE_AID, 0x001A, "card-key"),
    (apps::TEXT_AID, 0x0001, "number"),
    (apps::TEXT_AID, 0x0002, "attributes"),
    (apps::TEXT_AID, 0x0003, "digests"),
    (apps::TEXT_AID, 0x0004, "cv-certificate"),
    (apps::TEXT_AID, 0x0005, "basic-data"),
    (apps::TEXT_AID, 0x0006, "session-key"),
    (apps::TEXT_AID, 0x0007, "own-key"),
    (apps::TEXT_AID, 0x0011, "pin"),
    (apps::TEXT_AID, 0x0012, "blocked"),
    (apps::TEXT_AID, 0x0013, "card-key"),
    (apps::TEXT_AID, 0x0014, "matching-a"),
    (apps::TEXT_AID, 0x0015, "matching-b"),
    (apps::COMMON_AID, 0x0001, "card-info"),
    (apps::COMMON_AID, 0x0002, "key-reference"),
    (apps::COMMON_AID, 0x0019, "card-key"),
    (apps::COMMON_AID, 0x001C, "pin"),
    (apps::JUKI_AID, 0x0002, "key-reference"),
    (apps::JUKI_AID, 0x001C, "pin"),
    // Of unknown purpose: named so that a script can reach them.
    (apps::JPKI_AID, 0x0005, "0005"),
    (apps::JPKI_AID, 0x0009, "0009"),
    (apps::JPKI_AID, 0x0010, "0010"),
    (apps::JPKI_AID, 0x0019, "0019"),
    (apps::JPKI_AID, 0x001C, "001c"),
    (apps::JPKI_AID, 0x001E, "001e"),
    (apps::SURFACE_AID, 0x0006, "0006"),
    (apps::SURFACE_AID, 0x0014, "0014"),
    (apps::SURFACE_AID, 0x0015, "0015"),
    (apps::TEXT_AID, 0x0008, "0008"),
    (apps::ISD_AID, 0x001E, "001e"),
];

fn application_name(aid: &[u8]) -> &'static str {
    APPLICATIONS
        .iter()
        .find(|(known, _)| *known == aid)
        .map_or("other", |(_, name)| name)
}

impl Engine {
    /// The name of a command in the card's present state.
    pub(crate) fn command_name(&self, bytes: &[u8]) -> String {
        let Ok(command) = Command::parse(bytes) else {
            return "malformed".into();
        };
        if !matches!(command.cla, 0x00 | 0x80) {
            return format!("class {:02x}{:02x}", command.cla, command.ins);
        }
        let by_p2 = || self.file_name(command.p2);
        match (command.cla, command.ins) {
            (0x00, 0xA4) => self.select_name(&command),
            (0x00, 0xB0) if command.p1 & 0x80 == 0 => format!("read {}", self.file_name(0x80)),
            (0x00, 0xB0) => format!("read {}", self.file_name(command.p1)),
            (0x00, 0xB2) => format!("record {}", self.file_name(0x80 | command.p2 >> 3)),
            (0x00, 0xCA) => format!("data {:04x}", command.p1p2()),
            (0x00, 0x20) if command.data.is_empty() => format!("tries {}", by_p2()),
            (0x00, 0x20) => format!("verify {}", by_p2()),
            (0x00, 0x24) | (0x80, 0x32) => format!("change {}", by_p2()),
            (0x00, 0x84) => "challenge".into(),
            (0x80, 0x2A) if command.p2 == 0 => {
                format!("sign {}", self.named(self.default_key()))
            }
            (0x80, 0x2A) => format!("sign {}", by_p2()),
            (0x00, 0x88) => format!("internal-authenticate {}", by_p2()),
            (0x80, 0xA2) => "terminal-certificate".into(),
            (_, 0x82) => "external-authenticate".into(),
            (0x80, 0xAE) => "session-key".into(),
            (0x80, 0xFC) => "last-command".into(),
            (cla, ins) => format!("unknown {cla:02x}{ins:02x}"),
        }
    }

    fn select_name(&self, command: &Command<'_>) -> String {
        match command.p1 {
            0x04 => {
                let known = APPLICATIONS
                    .iter()
                    .find(|(aid, _)| *aid == command.data)
                    .map(|(_, name)| *name);
                // A beginning of a name is not resolved: the card alone knows whom it means.
                format!("select {}", known.unwrap_or("other"))
            }
            0x02 => {
                let id = command.data.try_into().map(u16::from_be_bytes).ok();
                format!("select-file {}", self.named(id))
            }
            _ => "select-master".into(),
        }
    }

    /// `application/file` by a reference byte: 80 the current file, 80|id a short id.
    fn file_name(&self, reference: u8) -> String {
        match reference {
            0x80 => self.named(self.session.ef),
            _ => self.named(Some(u16::from(reference & 0x1F))),
        }
    }

    fn named(&self, id: Option<u16>) -> String {
        let aid = self.application().map_or(apps::ISD_AID, |a| a.aid);
        let application = application_name(aid);
        let Some(id) = id else {
            return format!("{application}/none");
        };
        let known = FILES.iter().find(|(a, i, _)| *a == aid && *i == id);
        match known {
            Some((_, _, name)) => format!("{application}/{name}"),
            None => format!("{application}/{id:04x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_one_name_within_its_application() {
        for (index, (aid, id, name)) in FILES.iter().enumerate() {
            for (other, other_id, other_name) in &FILES[..index] {
                assert!(
                    aid != other || (id != other_id && name != other_name),
                    "{name}"
                );
            }
        }
    }
}
