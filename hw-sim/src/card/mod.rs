//! The virtual My Number Card: one APDU engine that plays a person's card from a folder, in process or
//! through a client that puts it into a virtual reader: pcscd's vpcd, or QEMU's CCID reader.
mod apdu;
mod apps;
mod atr;
mod credential;
pub mod cvc;
mod engine;
mod exchange;
mod fault;
mod folder;
pub(crate) mod images;
mod latency;
pub mod matching;
mod model;
mod names;
mod other_chips;
mod read;
pub(crate) mod records;
mod script;
mod select;
mod signing;
mod status;
mod terminal_auth;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod tlv;
mod transcript;
pub mod vpcd;
pub mod vscard;

pub use apps::{COMMON_AID, ISD_AID, JPKI_AID, JUKI_AID, SURFACE_AID, TEXT_AID};
pub(crate) use atr::is_contact;
pub use atr::{ATRS, CONTACT_ATR, CONTACTLESS_ATR, OLD_JUKI_ATR, atr};
pub use engine::{Behaviour, Engine, Reply};
pub use fault::{At, Fault, QEMU_LIMIT, Rule, Script};
pub use folder::{CardFile, Counters, Credentials, FolderError, read_card_file};
pub(crate) use folder::{FORMAT, write, write_card_file};
pub use latency::Latency;
pub use model::CredentialName;
pub use script::ScriptError;
pub(crate) use signing::{digest_info, pkcs1};
pub use terminal_auth::LABEL as TERMINAL_AUTH_LABEL;
pub use transcript::{Entry, Traffic, json_lines, readable};

/// Bytes of hexadecimal digits; `None` for anything else.
pub fn hex_bytes(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
