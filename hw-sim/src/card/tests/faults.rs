//! Faults, forged photos, and bytes that are no commands.
use std::time::Duration;

use super::*;

const SELECT: &[u8] = &[
    0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
];

#[test]
fn every_fault_does_what_it_says() {
    let mut card = TestCard::of("normal");
    let engine = &mut card.engine;
    engine.set_fault(Fault::Truncate(1));
    assert_eq!(engine.transmit(SELECT), [0x90]);
    engine.set_fault(Fault::Status(0x6F00));
    assert_eq!(engine.transmit(SELECT), [0x6F, 0x00]);
    engine.set_fault(Fault::Status(0x6581).at(2));
    assert_eq!(engine.transmit(SELECT), [0x90, 0x00]);
    assert_eq!(engine.transmit(SELECT), [0x65, 0x81]);
    assert_eq!(engine.transmit(SELECT), [0x90, 0x00]);
    engine.set_fault(Fault::Garbage);
    let noise: Vec<Vec<u8>> = (0..8).map(|_| engine.transmit(SELECT)).collect();
    assert!(noise.iter().all(|answer| answer.len() >= 4));
    assert!(noise.iter().any(|answer| *answer != noise[0]));
    for _ in 0..2_000 {
        let answer = engine.transmit(SELECT);
        let status = answer[answer.len() - 2];
        assert!(status != 0x61 && status != 0x6C, "{answer:02X?}");
    }
    engine.set_fault(Fault::Silent.from(2));
    assert_eq!(engine.exchange(SELECT), Reply::Answer(vec![0x90, 0x00]));
    assert_eq!(engine.exchange(SELECT), Reply::Silent);
    assert_eq!(engine.exchange(SELECT), Reply::Silent);
    engine.set_fault(Fault::Delay(Duration::from_millis(5)));
    assert_eq!(engine.transmit(SELECT), [0x90, 0x00]);
    assert_eq!(engine.delay(), Duration::from_millis(5));
    engine.set_fault(Fault::Removed.at(2));
    assert_eq!(engine.exchange(SELECT), Reply::Answer(vec![0x90, 0x00]));
    assert_eq!(engine.exchange(SELECT), Reply::Removed);
    assert!(!engine.is_powered());
    engine.power_on();
    engine.clear_fault();
    assert_eq!(engine.transmit(SELECT), [0x90, 0x00]);
}

#[test]
fn another_photo_is_a_forgery_unless_the_issuer_signs_it() {
    let photo_of = |card: &mut TestCard| {
        card.select(SURFACE_AID);
        assert_eq!(card.verify(0x12, "02011520304321"), 0x9000);
        let face = card.read(0x02);
        let (outer, _) = tlv::first(&face).unwrap();
        let objects = tlv::all(outer.value);
        let find = |tag| tlv::find(&objects, tag).unwrap().to_vec();
        (find(0xDF27), find(0xDF28))
    };
    let mut card = TestCard::of("normal");
    let (_, signature) = photo_of(&mut card);
    card.engine.set_photo(b"another face").unwrap();
    assert_eq!(
        photo_of(&mut card),
        (b"another face".to_vec(), signature.clone())
    );
    prepared()
        .resign_photo(&mut card.engine, b"another face")
        .unwrap();
    let (photo, renewed) = photo_of(&mut card);
    assert_eq!(photo, b"another face");
    assert_ne!(renewed, signature);
    assert!(card.engine.set_photo(&vec![0; 60_000]).is_err());
    let phone = &mut TestCard::of("soon").engine;
    assert!(phone.set_photo(b"none").is_err());
}

/// Invariant 15: whatever bytes come, there is an answer with a status word and no panic.
#[test]
fn any_bytes_are_answered() {
    let mut card = TestCard::of("normal");
    let random = ring::rand::SystemRandom::new();
    for round in 0..20_000u32 {
        let mut bytes = [0u8; 12];
        ring::rand::SecureRandom::fill(&random, &mut bytes).unwrap();
        // Half of the rounds use real instructions, so that they get past the first look.
        if round % 2 == 0 {
            bytes[0] &= 0x80;
            let known = [
                0xA4, 0xB0, 0xB2, 0xCA, 0x20, 0x84, 0x2A, 0x88, 0xA2, 0x82, 0xAE, 0xFC, 0x32, 0x24,
            ];
            bytes[1] = known[usize::from(bytes[1]) % known.len()];
            bytes[4] %= 9;
        }
        let length = usize::from(bytes[11]) % 12;
        if card.engine.counters().auth_pin < 3 {
            card.engine.set_counters(Counters::ISSUED).unwrap();
        }
        let answer = card.engine.transmit(&bytes[..length]);
        assert!(answer.len() >= 2, "{bytes:02X?}");
    }
}

#[test]
fn a_damaged_folder_is_reported_not_played() {
    for (file, content) in [
        ("card.toml", &b"format = 1"[..]),
        ("auth-key.der", b"no key"),
        ("terminal-ca.bin", b""),
    ] {
        let card = TestCard::of("normal");
        std::fs::write(card.folder.path().join(file), content).unwrap();
        assert!(Engine::load(card.folder.path()).is_err(), "{file}");
        std::fs::remove_file(card.folder.path().join(file)).unwrap();
        assert!(Engine::load(card.folder.path()).is_err(), "{file}");
    }
    let card = TestCard::of("normal");
    std::fs::write(card.folder.path().join("auth-cert.der"), vec![0; 100_000]).unwrap();
    assert!(Engine::load(card.folder.path()).is_err());
}
