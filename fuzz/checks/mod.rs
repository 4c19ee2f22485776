//! What must hold for any bytes, target by target: run by the fuzzer (`fuzz_targets/`) and, over the kept corpus with its
//! cuts and flipped bits, by the tests (`tests/tests/parsers.rs`).

mod card;
mod messages;
mod pictures;
mod socket;

pub(crate) use card::{card_tlv, certificate, cvc, photo_record};
pub(crate) use messages::{message_json, message_xml, message_zip};
pub(crate) use pictures::{jpeg2000, mjpeg, png};
pub(crate) use socket::vision_socket;
