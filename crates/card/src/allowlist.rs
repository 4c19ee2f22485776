//! The list of commands that may reach a card. What is not on it is refused before anything is sent.
//!
//! Invariant 4: 個人番号 is never read, so its files and matching number A have no rule here. Invariants 2
//! and 3: a credential goes out only after its counter was read in this session and stood high enough,
//! once per grant. The list follows the card's selected application and file, because "the current
//! file" means nothing without them. It judges bytes, whoever made them: also myna-card's own functions.

mod apdu;

use apdu::Apdu;

use crate::certificate::SHA256_INFO;

/// 公的個人認証AP (myna-card `ap::jpki::DF`, OpenSC card-jpki.c).
pub const JPKI_AID: [u8; 10] = myna_card::ap::jpki::DF;
/// 券面事項確認AP (myna-card `ap::surface::DF`, jpki/myna src/visual.rs).
pub const SURFACE_AID: [u8; 10] = myna_card::ap::surface::DF;
/// 共通カードAP (myna-card `ap::common::DF`, jpki/myna src/unknown.rs).
pub const COMMON_AID: [u8; 10] = myna_card::ap::common::DF;
/// 運転免許証, DF1 (National Police Agency's published IC card specification; treastrain/TRETJapanNFCReader).
pub const LICENCE_AID: [u8; 16] = [
    0xA0, 0x00, 0x00, 0x02, 0x31, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
];
/// SELECT of a FIDO authenticator's application (FIDO U2F NFC protocol §2.3, CTAP 2 §11.3).
pub const SELECT_FIDO: [u8; 14] = [
    0x00, 0xA4, 0x04, 0x00, 0x08, 0xA0, 0x00, 0x00, 0x06, 0x47, 0x2F, 0x00, 0x01, 0x00,
];

/// Applications this product selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Application {
    /// 公的個人認証AP.
    Jpki,
    /// 券面事項確認AP.
    Surface,
    /// 共通カードAP, for the record with the card's expiry alone.
    Common,
}

/// Credentials this product presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// 利用者証明用PIN, JPKI key reference 0018.
    Pin,
    /// 照合番号B, surface key reference 0012.
    MatchingNumber,
}

impl Credential {
    /// The application that holds it.
    #[must_use]
    pub const fn application(self) -> Application {
        match self {
            Self::Pin => Application::Jpki,
            Self::MatchingNumber => Application::Surface,
        }
    }

    /// Its key reference, also its short file identifier.
    #[must_use]
    pub const fn key_reference(self) -> u8 {
        match self {
            Self::Pin => 0x18,
            Self::MatchingNumber => 0x12,
        }
    }

    /// How many ASCII digits it has.
    #[must_use]
    pub const fn digits(self) -> usize {
        match self {
            Self::Pin => 4,
            Self::MatchingNumber => 14,
        }
    }

    /// The lowest counter at which it may still be sent (invariants 2 and 3).
    #[must_use]
    pub const fn lowest_counter(self) -> u8 {
        match self {
            Self::Pin => 2,
            Self::MatchingNumber => 4,
        }
    }
}

/// What a permitted command will have changed once the card says 9000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Nothing,
    Application(Application),
    File(u16),
    Counter(Credential),
    Verified(Credential),
}

/// A permitted command on its way; hand it back with the card's status word.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    effect: Effect,
    longest_data: usize,
}

impl Permit {
    /// The most response data the command asked for, in bytes.
    #[must_use]
    pub const fn longest_data(&self) -> usize {
        self.longest_data
    }
}

/// At most this many GET RESPONSE in a row: a card that always has more would never end.
const MOST_CONTINUATIONS: u8 = 8;

/// The rules and what they must remember of one power-on session.
#[derive(Debug, Default)]
pub struct Allowlist {
    application: Option<Application>,
    file: Option<u16>,
    counters: [Option<u8>; 2],
    accepted: [bool; 2],
    granted: Option<Credential>,
    terminal_authentication: bool,
    extended_reads: bool,
    continuing: Option<usize>,
    continuations: u8,
}

impl Allowlist {
    /// The application the card has selected, as far as its answers show.
    #[must_use]
    pub const fn application(&self) -> Option<Application> {
        self.application
    }

    /// Whether the card accepted this credential and nothing since can have undone it.
    #[must_use]
    pub const fn accepted(&self, credential: Credential) -> bool {
        self.accepted[credential as usize]
    }

    /// The counter as it was read since the last VERIFY in this session; that reading allows one more VERIFY.
    #[must_use]
    pub const fn unspent_reading(&self, credential: Credential) -> Option<u8> {
        self.counters[credential as usize]
    }

    /// Permits one VERIFY of `credential`: one confirmed entry, one attempt.
    pub const fn grant(&mut self, credential: Credential) {
        self.granted = Some(credential);
    }

    /// Opens or closes the commands of terminal authentication.
    pub const fn set_terminal_authentication(&mut self, open: bool) {
        self.terminal_authentication = open;
    }

    /// Permits or forbids READ BINARY with extended length.
    pub const fn set_extended_reads(&mut self, allowed: bool) {
        self.extended_reads = allowed;
    }

    /// Judges one command.
    ///
    /// # Errors
    /// Why it is refused. Nothing of the command is repeated in the reason.
    pub fn check(&mut self, command: &[u8]) -> Result<Permit, &'static str> {
        let apdu = Apdu::parse(command).ok_or("not a well-formed command")?;
        let continuing = self.continuing.take();
        let effect = match (apdu.header, apdu.data) {
            ([0x00, 0xA4, 0x04, 0x0C], aid) if apdu.is_plain() => {
                self.forget_selection();
                match aid {
                    _ if aid == JPKI_AID => Effect::Application(Application::Jpki),
                    _ if aid == SURFACE_AID => Effect::Application(Application::Surface),
                    _ if aid == COMMON_AID => Effect::Application(Application::Common),
                    // Only asked of what is no My Number Card; nothing of it is ever read.
                    _ if aid == LICENCE_AID => Effect::Nothing,
                    _ => return Err("application not on the list"),
                }
            }
            ([0x00, 0xA4, 0x02, 0x0C], [0x00, file]) if apdu.is_plain() => {
                self.file = None;
                Effect::File(self.selectable(u16::from(*file))?)
            }
            _ if command == SELECT_FIDO => {
                self.forget_selection();
                Effect::Nothing
            }
            ([0x00, 0xB0, p1, _], [])
                if apdu.le.is_some() && (!apdu.extended || self.extended_reads) =>
            {
                self.read(p1)?
            }
            // The first record of EF 0001: serial, municipality, expiry (jpki/myna src/unknown.rs).
            ([0x00, 0xB2, 0x01, 0x0C], [])
                if apdu.le == Some(256)
                    && !apdu.extended
                    && self.application == Some(Application::Common) =>
            {
                Effect::Nothing
            }
            ([0x00, 0x20, 0x00, p2], digits) if apdu.is_plain() => self.verify(p2, digits)?,
            ([0x80, 0x2A, 0x00, key], data) if apdu.le == Some(256) && !apdu.extended => {
                self.sign(key, data)?;
                Effect::Nothing
            }
            // The card hashes by itself: for authentication keys that are not RSA.
            ([0x80, 0x2A, 0x03, 0x97], [_, ..])
                if apdu.le == Some(256)
                    && !apdu.extended
                    && self.application == Some(Application::Jpki) =>
            {
                Effect::Nothing
            }
            // Card expiry at the power-on level, before any SELECT (myna-card mf.rs).
            ([0x00, 0xCA, 0x00, 0xF2], []) if apdu.le.is_some() && self.application.is_none() => {
                Effect::Nothing
            }
            ([0x00, 0xC0, 0x00, 0x00], []) if apdu.le.is_some() && !apdu.extended => {
                continuing.ok_or("nothing to continue")?;
                self.continuations += 1;
                if self.continuations > MOST_CONTINUATIONS {
                    return Err("too many continued answers");
                }
                Effect::Nothing
            }
            _ => {
                self.terminal(&apdu)?;
                Effect::Nothing
            }
        };
        if apdu.header[1] != 0xC0 {
            self.continuations = 0;
        }
        Ok(Permit {
            effect,
            longest_data: apdu.le.unwrap_or(0),
        })
    }

    /// Follows what the card said to a permitted command.
    pub fn note(&mut self, permit: &Permit, status: u16) {
        // A continued answer may not follow a VERIFY: there is nothing to fetch after one.
        if status >> 8 == 0x61 && !matches!(permit.effect, Effect::Verified(_) | Effect::Counter(_))
        {
            self.continuing = Some(permit.longest_data);
        }
        match permit.effect {
            Effect::Counter(credential) => {
                self.counters[credential as usize] =
                    (status & 0xFFF0 == 0x63C0).then_some((status & 0x000F) as u8);
            }
            Effect::Verified(credential) => self.accepted[credential as usize] = status == 0x9000,
            Effect::Application(application) if status == 0x9000 => {
                self.application = Some(application);
            }
            // Also with more to fetch (61xx) or a file that ended early (6282) it is the current file now.
            Effect::File(file) if status == 0x9000 || status == 0x6282 || status >> 8 == 0x61 => {
                self.file = Some(file);
            }
            Effect::Nothing | Effect::Application(_) | Effect::File(_) => {}
        }
    }

    fn forget_selection(&mut self) {
        // Leaving an application clears its security status; re-selecting it may (sources differ).
        self.application = None;
        self.file = None;
        self.accepted = [false; 2];
    }

    fn selectable(&self, file: u16) -> Result<u16, &'static str> {
        let listed = match self.application {
            Some(Application::Jpki) => match file {
                0x0006 | 0x0008 | 0x000A | 0x000B | 0x0018 => true,
                0x0016 => self.terminal_authentication,
                _ => false,
            },
            Some(Application::Surface) => matches!(file, 0x0002 | 0x0004 | 0x0012),
            Some(Application::Common) | None => false,
        };
        if listed {
            Ok(file)
        } else {
            Err("file not on the list")
        }
    }

    fn readable(&self, file: u16) -> Result<(), &'static str> {
        match (self.application, file) {
            (Some(Application::Jpki), 0x0006 | 0x0008 | 0x000A | 0x000B)
            | (Some(Application::Surface), 0x0002 | 0x0004) => Ok(()),
            _ => Err("file not readable by the list"),
        }
    }

    fn read(&self, p1: u8) -> Result<Effect, &'static str> {
        if p1 & 0x80 == 0 {
            self.readable(self.file.ok_or("no file selected")?)?;
            return Ok(Effect::Nothing);
        }
        if p1 & 0x60 != 0 {
            return Err("reserved bits in READ BINARY");
        }
        let file = u16::from(p1 & 0x1F);
        self.readable(file)?;
        Ok(Effect::File(file))
    }

    fn verify(&mut self, p2: u8, digits: &[u8]) -> Result<Effect, &'static str> {
        let key = match p2 {
            0x80 => self.file.ok_or("no key selected")?,
            0x81..=0x9E => u16::from(p2 & 0x1F),
            _ => return Err("key reference not on the list"),
        };
        let credential = match (self.application, key) {
            (Some(Application::Jpki), 0x0018) => Credential::Pin,
            (Some(Application::Surface), 0x0012) => Credential::MatchingNumber,
            _ => return Err("key reference not on the list"),
        };
        if digits.is_empty() {
            return Ok(Effect::Counter(credential));
        }
        // From here on the grant is spent, whatever the outcome.
        if self.granted.take() != Some(credential) {
            return Err("no entry of a person stands behind this VERIFY");
        }
        if digits.len() != credential.digits() || !digits.iter().all(u8::is_ascii_digit) {
            return Err("not the credential's form");
        }
        // The reading is spent too: the next attempt needs a new one.
        match self.counters[credential as usize].take() {
            Some(left) if left >= credential.lowest_counter() => {
                self.accepted[credential as usize] = false;
                Ok(Effect::Verified(credential))
            }
            Some(_) => Err("the counter is too low"),
            None => Err("the counter was not read"),
        }
    }

    fn sign(&self, key: u8, data: &[u8]) -> Result<(), &'static str> {
        let sha256 = data.len() == SHA256_INFO.len() + 32 && data.starts_with(&SHA256_INFO);
        let known = matches!(
            (self.application, key),
            (Some(Application::Jpki), 0x97) | (Some(Application::Surface), 0x00)
        );
        if known && sha256 {
            Ok(())
        } else {
            Err("signature command not on the list")
        }
    }

    fn terminal(&self, apdu: &Apdu<'_>) -> Result<(), &'static str> {
        let open = self.terminal_authentication && self.application == Some(Application::Jpki);
        let listed = match apdu.header {
            [0x80, 0xA2, 0x06, 0xC1] => {
                self.file == Some(0x0016) && apdu.data.len() == 307 && apdu.le.is_none()
            }
            [0x80, 0xA2, 0x00, 0xC1] => {
                self.file == Some(0x0016) && apdu.data.len() == 261 && apdu.le.is_none()
            }
            [0x00, 0x84, 0x00, 0x00] => apdu.data.is_empty() && apdu.le == Some(16),
            [0x00, 0x82, 0x00, 0x96] => apdu.data.len() == 256 && apdu.le.is_none(),
            _ => false,
        };
        if open && listed {
            Ok(())
        } else {
            Err("command not on the list")
        }
    }
}

#[cfg(test)]
mod tests;
