//! The virtual My Number Card: one APDU engine that plays a person's card from a folder, and the
//! client that puts it into a virtual reader of the real pcscd.
mod apdu;
mod apps;
mod credential;
pub mod cvc;
mod engine;
mod fault;
mod folder;
pub(crate) mod images;
pub mod matching;
mod model;
mod read;
pub(crate) mod records;
mod select;
mod signing;
mod status;
mod terminal_auth;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod tlv;
mod transcript;
pub mod vpcd;

pub use apps::{COMMON_AID, ISD_AID, JPKI_AID, JUKI_AID, SURFACE_AID, TEXT_AID};
pub use engine::{Behaviour, CONTACT_ATR, CONTACTLESS_ATR, Engine, OLD_JUKI_ATR, Reply};
pub use fault::Fault;
pub use folder::{CardFile, Counters, Credentials, FolderError, read_card_file};
pub(crate) use folder::{FORMAT, write, write_card_file};
pub use model::CredentialName;
pub(crate) use signing::{digest_info, pkcs1};
pub use terminal_auth::LABEL as TERMINAL_AUTH_LABEL;
pub use transcript::Entry;
