//! ASSUMED, not public. The paths, elements, words and codes in this folder are invented: how a terminal
//! confirms a card with the real service is handed only to registered vendors. What they stand for
//! (a nonce, a signature by the card's authentication key, an answer about the person) is design;
//! how it looks on the wire is fiction. The terminal's half is the module of the same name in
//! `crates/central`.

pub(crate) mod card;
pub(crate) mod medicines;
mod surface;

pub use surface::surface_proved;
