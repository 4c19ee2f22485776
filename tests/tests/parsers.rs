//! The short form of `cargo xtask fuzz`: what must hold for any bytes from outside holds for every file of the kept
//! corpus, for each of its beginnings, and with each of a sample of bits turned (invariant 15).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../../fuzz/checks/mod.rs"]
mod checks;

use std::path::Path;

/// Beginnings and turned bits tried of each file.
const STEPS: usize = 60;

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(name);
    let files: Vec<Vec<u8>> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect();
    assert!(!files.is_empty(), "no corpus for {name}");
    files
}

fn tried(name: &str, check: impl Fn(&[u8])) {
    for file in corpus(name) {
        check(&file);
        let step = file.len().div_ceil(STEPS).max(1);
        for at in (0..file.len()).step_by(step) {
            check(&file[..at]);
            let mut turned = file.clone();
            turned[at] ^= 1 << (at % 8);
            check(&turned);
        }
    }
}

#[test]
fn card_answers() {
    tried("card-tlv", checks::card_tlv);
    tried("certificate", checks::certificate);
    tried("cvc", checks::cvc);
    tried("photo-record", checks::photo_record);
}

#[test]
fn pictures() {
    tried("jpeg2000", checks::jpeg2000);
    tried("png", checks::png);
    tried("mjpeg", checks::mjpeg);
}

#[test]
fn the_face_workers_socket() {
    tried("vision-socket", checks::vision_socket);
}

#[test]
fn messages() {
    tried("message-xml", checks::message_xml);
    tried("message-json", checks::message_json);
    tried("message-zip", checks::message_zip);
}
