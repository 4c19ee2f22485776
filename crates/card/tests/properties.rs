//! What must hold for every answer of a card and every command, not only for the ones somebody thought of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use card::allowlist::{Allowlist, COMMON_AID, JPKI_AID, SURFACE_AID};
use card::authenticity::check_record;
use card::certificate::{AuthCertificate, Roots, published_roots};
use card::matching::{complete, is_plausible};
use card::record::{CvCertificate, PhotoRecord, header};
use card::scripted::Said;
use card::{CardAnswer, CardEvent, ProveHow};
use proptest::collection::vec;
use proptest::prelude::*;
use support::synthetic::{Synthetic, cvc, record};
use support::{Desk, ISSUER_ID, NOW, NUMBER, PIN, READER, config, keys};

/// Tag, length in so many bytes (not minimal on purpose), value.
fn object(tag: u16, value: &[u8], width: usize) -> Vec<u8> {
    let mut out = tag.to_be_bytes().to_vec();
    let length = u64::try_from(value.len()).unwrap().to_be_bytes();
    out.push(0x80 | u8::try_from(width).unwrap());
    out.extend_from_slice(&length[8 - width..]);
    out.extend_from_slice(value);
    out
}

/// A card-face record with any photo and any width of its lengths; unsigned.
fn face(photo: &[u8], widths: &[usize], filler: usize) -> (Vec<u8>, Vec<u8>) {
    let key = CvCertificate::parse(&cvc(&keys().issuer, &ISSUER_ID, &keys().face))
        .unwrap()
        .body[32..]
        .to_vec();
    let mut widths = widths.iter().copied().cycle();
    let mut next = |tag, value: &[u8]| object(tag, value, widths.next().unwrap());
    let mut body = next(0xDF21, &[0; 18]);
    let start = body.len();
    for (tag, value) in [
        (0xDF22, &b"19900115"[..]),
        (0xDF23, b"1"),
        (0xDF24, &key),
        (0xDF25, b"name"),
        (0xDF26, b"address"),
        (0xDF27, photo),
    ] {
        body.extend(next(tag, value));
    }
    let signed = body[start..].to_vec();
    body.extend(next(0xDF28, &[7; 256]));
    body.extend(next(0xDF29, b"20300115"));
    let mut file = next(0xFF20, &body);
    file.resize(file.len() + filler, 0xFF);
    (file, signed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invariant_15_no_length_is_believed_beyond_its_cap(data in vec(any::<u8>(), 0..24), cap in 0_usize..70_000) {
        if let Some((_, total)) = header(&data, cap) {
            prop_assert!((2..=cap).contains(&total));
        }
    }

    #[test]
    fn lengths_need_not_be_minimal_and_filler_does_not_matter(
        photo in vec(any::<u8>(), 1..900),
        widths in vec(2_usize..=4, 1..6),
        filler in 0_usize..300,
    ) {
        let (file, signed) = face(&photo, &widths, filler);
        let read = PhotoRecord::parse(&file).unwrap();
        prop_assert_eq!(read.photo, &photo[..]);
        prop_assert_eq!(read.groups.concat(), signed);
        // Cut anywhere before its filler it is no record any more.
        let whole = file.len() - filler;
        for cut in [0, 1, 2, 5, whole / 3, whole / 2, whole - 1] {
            prop_assert!(PhotoRecord::parse(&file[..cut]).is_err(), "cut at {}", cut);
        }
    }

    #[test]
    fn invariant_15_records_and_certificates_of_noise(data in vec(any::<u8>(), 0..700)) {
        let _ = PhotoRecord::parse(&data);
        let _ = CvCertificate::parse(&data);
        let roots: Vec<Vec<u8>> = published_roots().iter().map(|root| root.der.to_vec()).collect();
        let roots = Roots::new(&roots, false).unwrap();
        prop_assert!(AuthCertificate::examine(data, &roots).problem().is_some());
    }

    /// Whatever arrives: without an entry of a person no VERIFY with data passes, and what passes stays within the
    /// few instructions there are.
    #[test]
    fn invariants_2_3_4_no_sequence_of_commands_opens_the_list(
        commands in vec((select_state(), vec(any::<u8>(), 0..24), any::<u16>()), 1..40),
    ) {
        let mut rules = Allowlist::default();
        for (select, noise, status) in commands {
            let command = if select.is_empty() { noise } else { select };
            if let Ok(permit) = rules.check(&command) {
                prop_assert!(
                    matches!(command[1], 0xA4 | 0xB0 | 0xB2 | 0x20 | 0x2A | 0xCA | 0xC0),
                    "{command:02X?}"
                );
                prop_assert!(command[1] != 0x20 || command.len() == 4, "VERIFY {command:02X?}");
                // Short identifiers of the number's files and of matching number A.
                prop_assert!(!(command[1] == 0xB0 && matches!(command[2], 0x81 | 0x85 | 0x93 | 0x94)));
                rules.note(&permit, status);
            }
        }
    }

    #[test]
    fn invariant_3_only_plausible_numbers_come_out(
        typed in "[0-9]{0,16}",
        expiry in proptest::option::of("[0-9]{0,9}"),
        now in any::<i64>(),
    ) {
        if let Some(number) = complete(typed.as_bytes(), expiry.as_deref(), now) {
            prop_assert!(number.len() == 14 && is_plausible(&number, now));
        }
        let _ = complete(typed.as_bytes(), expiry.as_deref(), NOW);
    }
}

/// SELECTs that change what the other commands mean, or nothing (then noise is sent).
fn select_state() -> impl Strategy<Value = Vec<u8>> {
    let select = |aid: [u8; 10]| [&[0x00, 0xA4, 0x04, 0x0C, 0x0A][..], &aid].concat();
    prop_oneof![
        Just(Vec::new()),
        Just(select(JPKI_AID)),
        Just(select(SURFACE_AID)),
        Just(select(COMMON_AID)),
        Just(vec![0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x18]),
        Just(vec![0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x12]),
        (any::<u8>(), any::<u8>()).prop_map(|(p1, le)| vec![0x00, 0xB0, p1, 0x00, le]),
        any::<u8>().prop_map(|p2| vec![0x00, 0x20, 0x00, p2]),
        (any::<u8>(), vec(0x30_u8..0x3A, 14))
            .prop_map(|(p2, digits)| { [&[0x00, 0x20, 0x00, p2, 14][..], &digits].concat() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// One flipped bit anywhere in a genuine record: it is no record, or its signature does not verify.
    #[test]
    fn invariant_16_every_bit_of_a_signed_record_counts(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let file = record(&keys().signer, &keys().face, b"a photo");
        let signer = cvc(&keys().issuer, &ISSUER_ID, &keys().signer);
        let signer = CvCertificate::parse(&signer).unwrap();
        let genuine = PhotoRecord::parse(&file).unwrap();
        prop_assert!(check_record(&genuine, &signer.key).is_ok());
        let signed: usize = genuine.groups.iter().map(|group| group.len()).sum();
        let (start, length) = (5 + 21, signed + 5 + 256);
        let mut spoilt = file.clone();
        spoilt[start + at.index(length)] ^= 1 << bit;
        if let Ok(read) = PhotoRecord::parse(&spoilt) {
            prop_assert!(check_record(&read, &signer.key).is_err());
        }
    }

    /// A whole visit against a card some of whose answers are noise.
    #[test]
    fn invariant_15_a_visit_with_a_card_of_noise(
        noise in vec((0_usize..60, vec(any::<u8>(), 0..260)), 1..4),
    ) {
        let card = Synthetic::new();
        card.hook(move |index, _, answer| {
            let spoilt = noise.iter().find(|(at, _)| *at == index);
            Said::Bytes(spoilt.map_or(answer, |(_, noise)| noise.clone()))
        });
        let desk = Desk::new(config());
        desk.readers.lay(READER, card.clone());
        desk.wait(|event| matches!(event, CardEvent::CardArrived { .. }));
        desk.begin();
        desk.number(NUMBER);
        desk.photo();
        desk.pin(PIN);
        let proof = desk.prove(ProveHow::AfterPin);
        prop_assert!(matches!(proof, CardAnswer::Proof(_) | CardAnswer::Failed(_)));
        desk.end();
        let memory = card.memory.lock().unwrap();
        prop_assert!(memory.attempts() <= 2 && !memory.powered);
        prop_assert!(memory.pin >= 3 && memory.number >= 10, "right digits cost nothing");
    }
}
