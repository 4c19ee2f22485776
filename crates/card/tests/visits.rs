//! Whole visits over a scripted card: what the daemon asks, what it is told, what reaches the card.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use card::scripted::Said;
use card::{
    CardAnswer, CardCommand, CardError, CardEvent, CardKind, LinkError, NotGenuine, ProofKind,
    ProveHow, VerifyOutcome,
};
use support::synthetic::{PHOTO, Synthetic, cvc, record};
use support::{Desk, NUMBER, PIN, VISIT, keys};

#[test]
fn a_pin_visit_from_card_to_proof() {
    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    let identity = desk.identified();
    assert_eq!(identity.kind, CardKind::MyNumberCard);
    assert_eq!(identity.token, "JPKIAPICCTOKEN2");
    assert_eq!(identity.pin_tries, Some(3));
    assert_eq!(identity.matching_number_tries, Some(10));
    assert_eq!(identity.certificate_problem, None);
    assert!(identity.certificate_not_after > 0);
    assert_eq!(identity.card_expiry.as_deref(), Some("20300115"));

    assert!(matches!(
        desk.pin(PIN),
        CardAnswer::Pin(VerifyOutcome::Accepted)
    ));
    let CardAnswer::Proof(proof) = desk.prove(ProveHow::AfterPin) else {
        panic!()
    };
    assert_eq!(proof.kind, ProofKind::AuthenticationKeyAfterPin);
    assert_eq!(proof.session, identity.session);
    assert_eq!(
        proof.certificate_der,
        card.memory.lock().unwrap().certificate
    );
    keys()
        .auth
        .to_public_key()
        .verify(
            rsa::Pkcs1v15Sign::new_unprefixed(),
            &card::authenticity::digest_info(b"a nonce of the service"),
            &proof.signature,
        )
        .unwrap();
    desk.end();
    assert!(
        !card.memory.lock().unwrap().powered,
        "switched off at the end"
    );
    desk.handle.shutdown();
}

#[test]
fn invariant_16_a_face_visit_reads_the_photo_of_a_genuine_present_card() {
    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    let identity = desk.identified();
    assert!(matches!(
        desk.photo(),
        CardAnswer::Failed(CardError::MatchingNumberFirst)
    ));
    assert!(matches!(
        desk.number(NUMBER),
        CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
    ));
    let CardAnswer::Photo(photo) = desk.photo() else {
        panic!()
    };
    assert_eq!(photo.jp2[..], PHOTO.repeat(80));
    assert_eq!(photo.binding.session, identity.session);
    assert!(photo.binding.issuer_key_id.starts_with("36303030303233"));
    let blocks = card
        .memory
        .lock()
        .unwrap()
        .commands
        .iter()
        .filter(|c| c[1] == 0xB0 && c[4] == 0)
        .count();
    assert!(blocks > 12, "read in 256-byte blocks");
    assert!(
        !format!("{photo:?}").contains("synthetic"),
        "invariant 5: no content in Debug"
    );
}

/// A card that recorded what the genuine one once signed is not that card.
#[test]
fn invariant_16_an_old_proof_of_presence_does_not_serve_again() {
    let card = Synthetic::new();
    let challenged = |command: &[u8]| command.starts_with(&[0x80, 0x2A, 0x00, 0x00]);
    let desk = Desk::with(card.clone());
    // Keeps the first answer to a challenge and gives it to every later one.
    let mut recorded: Option<Vec<u8>> = None;
    card.hook(move |_, command, answer| {
        Said::Bytes(if challenged(command) {
            recorded.get_or_insert(answer).clone()
        } else {
            answer
        })
    });
    let photo = || {
        desk.identified();
        assert!(matches!(
            desk.number(NUMBER),
            CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
        ));
        let answer = desk.photo();
        desk.end();
        answer
    };
    assert!(matches!(photo(), CardAnswer::Photo(_)), "the genuine card");
    assert!(matches!(
        photo(),
        CardAnswer::Failed(CardError::NotGenuine {
            reason: NotGenuine::KeyNotPresent
        })
    ));
    let memory = card.memory.lock().unwrap();
    let challenges: Vec<&Vec<u8>> = memory.commands.iter().filter(|c| challenged(c)).collect();
    assert_eq!(challenges.len(), 2);
    assert_ne!(challenges[0], challenges[1]);
}

#[test]
fn invariant_16_forged_cards_are_not_genuine() {
    let keys = keys();
    type Forge = Box<dyn Fn(&mut support::synthetic::Memory)>;
    let photo = PHOTO.repeat(80);
    let other = photo.clone();
    let rows: Vec<(NotGenuine, Forge)> = vec![
        (
            NotGenuine::CertificateSignature,
            Box::new(|m| m.cvc = cvc(&keys.stranger, &support::ISSUER_ID, &keys.signer)),
        ),
        (
            NotGenuine::IssuerUnknown,
            Box::new(|m| m.cvc = cvc(&keys.issuer, b"6000033\x08\x05001\0\0\0\0", &keys.signer)),
        ),
        (
            NotGenuine::CertificateMalformed,
            Box::new(|m| m.cvc[5] ^= 0x10),
        ),
        (
            NotGenuine::RecordSignature,
            Box::new(move |m| m.record = record(&keys.stranger, &keys.face, &photo)),
        ),
        // One changed byte in the photo, in the name image, in the birth date.
        (
            NotGenuine::RecordSignature,
            Box::new(|m| flip(&mut m.record, b"not decodable")),
        ),
        (
            NotGenuine::RecordSignature,
            Box::new(|m| flip(&mut m.record, b"name image")),
        ),
        (
            NotGenuine::RecordSignature,
            Box::new(|m| flip(&mut m.record, b"19900115")),
        ),
        (
            NotGenuine::RecordMalformed,
            Box::new(|m| flip(&mut m.record, &[0xDF, 0x24])),
        ),
        // A copy of a genuine card's files without its key.
        (
            NotGenuine::KeyNotPresent,
            Box::new(|m| m.face_key = keys.stranger.clone()),
        ),
        // A genuine signer's key, but another card's key in a record signed by nobody known.
        (
            NotGenuine::RecordSignature,
            Box::new(move |m| {
                m.record = record(&keys.stranger, &keys.stranger, &other);
                m.face_key = keys.stranger.clone();
            }),
        ),
    ];
    for (reason, forge) in rows {
        let card = Synthetic::new();
        card.change(|memory| forge(memory));
        let desk = Desk::with(card);
        desk.identified();
        assert!(matches!(
            desk.number(NUMBER),
            CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
        ));
        match desk.photo() {
            CardAnswer::Failed(CardError::NotGenuine { reason: given }) => {
                assert_eq!(given, reason)
            }
            other => panic!("{reason:?}: {other:?}"),
        }
        // The visit may go on by PIN in the same session.
        assert!(
            matches!(desk.pin(PIN), CardAnswer::Pin(VerifyOutcome::Accepted)),
            "{reason:?}"
        );
    }
}

fn flip(file: &mut [u8], at: &[u8]) {
    let place = file
        .windows(at.len())
        .position(|window| window == at)
        .unwrap();
    file[place] ^= 0x01;
}

#[test]
fn invariant_2_two_wrong_pins_and_the_last_try_is_not_spent() {
    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    desk.identified();
    assert!(matches!(
        desk.pin("9999"),
        CardAnswer::Pin(VerifyOutcome::Wrong { tries_left: 2 })
    ));
    assert!(matches!(
        desk.pin("9998"),
        CardAnswer::Pin(VerifyOutcome::Wrong { tries_left: 1 })
    ));
    for _ in 0..3 {
        assert!(matches!(
            desk.pin(PIN),
            CardAnswer::Pin(VerifyOutcome::Refused {
                tries_left: Some(1)
            })
        ));
    }
    let memory = card.memory.lock().unwrap();
    assert_eq!(memory.pin, 1);
    assert_eq!(memory.attempts(), 2);
}

#[test]
fn invariants_2_and_3_at_every_counter() {
    for left in 0..=10 {
        let card = Synthetic::new();
        card.change(|memory| (memory.pin, memory.number) = (left.min(3), left));
        let desk = Desk::with(card.clone());
        let identity = desk.identified();
        assert_eq!(identity.matching_number_tries, Some(left));
        let pin = desk.pin("0000");
        let number = desk.number("02011520301111");
        let (pin_attempts, number_attempts) = (u8::from(left >= 2), u8::from(left >= 4));
        match left {
            0 => assert!(matches!(pin, CardAnswer::Pin(VerifyOutcome::Blocked))),
            1 => assert!(matches!(
                pin,
                CardAnswer::Pin(VerifyOutcome::Refused {
                    tries_left: Some(1)
                })
            )),
            _ => assert!(matches!(pin, CardAnswer::Pin(VerifyOutcome::Wrong { .. }))),
        }
        match left {
            0 => assert!(matches!(
                number,
                CardAnswer::MatchingNumber(VerifyOutcome::Blocked)
            )),
            1..=3 => assert!(
                matches!(number, CardAnswer::MatchingNumber(VerifyOutcome::Refused { tries_left }) if tries_left == Some(left))
            ),
            _ => assert!(matches!(
                number,
                CardAnswer::MatchingNumber(VerifyOutcome::Wrong { .. })
            )),
        }
        let memory = card.memory.lock().unwrap();
        assert_eq!(
            memory.attempts(),
            usize::from(pin_attempts + number_attempts)
        );
        assert_eq!(memory.pin, left.min(3) - pin_attempts);
        assert_eq!(memory.number, left - number_attempts);
    }
}

#[test]
fn implausible_entries_never_reach_the_card() {
    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    desk.identified();
    for pin in ["", "123", "12345", "12a4", "１２"] {
        assert!(
            matches!(desk.pin(pin), CardAnswer::Pin(VerifyOutcome::Implausible)),
            "{pin}"
        );
    }
    for number in ["", "0201152030432", "02131520304321", "02011520174321"] {
        assert!(
            matches!(
                desk.number(number),
                CardAnswer::MatchingNumber(VerifyOutcome::Implausible)
            ),
            "{number}"
        );
    }
    assert_eq!(card.memory.lock().unwrap().attempts(), 0);
}

#[test]
fn proofs_need_their_ground() {
    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    desk.identified();
    assert!(matches!(
        desk.prove(ProveHow::AfterPin),
        CardAnswer::Failed(CardError::PinFirst)
    ));
    assert!(matches!(
        desk.prove(ProveHow::Pinless),
        CardAnswer::Failed(CardError::NoPinless)
    ));
    assert!(matches!(
        desk.pin(PIN),
        CardAnswer::Pin(VerifyOutcome::Accepted)
    ));
    // Another application in between ends what the PIN opened.
    assert!(matches!(
        desk.number(NUMBER),
        CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
    ));
    assert!(matches!(
        desk.prove(ProveHow::AfterPin),
        CardAnswer::Failed(CardError::PinFirst)
    ));
    for nonce in [vec![], vec![0; 1025]] {
        let answer = desk.ask(CardCommand::Prove {
            visit: VISIT,
            nonce,
            how: ProveHow::AfterPin,
        });
        assert!(matches!(
            answer,
            CardAnswer::Failed(CardError::NonceUnusable)
        ));
    }
    // A key that is not the certificate's.
    card.change(|memory| memory.auth_key = keys().stranger.clone());
    assert!(matches!(
        desk.pin(PIN),
        CardAnswer::Pin(VerifyOutcome::Accepted)
    ));
    assert!(matches!(
        desk.prove(ProveHow::AfterPin),
        CardAnswer::Failed(CardError::ProofInvalid)
    ));
}

#[test]
fn invariant_10_commands_of_another_visit_find_no_session() {
    let desk = Desk::with(Synthetic::new());
    desk.identified();
    desk.handle
        .send(CardCommand::ReadPhoto { visit: 99 })
        .unwrap();
    match desk.wait(|event| matches!(event, CardEvent::Answer { .. })) {
        CardEvent::Answer {
            visit: 99,
            answer: CardAnswer::Failed(CardError::NoSession),
        } => {}
        other => panic!("{other:?}"),
    }
    desk.handle.send(CardCommand::End { visit: 99 }).unwrap();
    desk.wait(|event| {
        matches!(
            event,
            CardEvent::Answer {
                visit: 99,
                answer: CardAnswer::Ended
            }
        )
    });
    assert!(
        matches!(desk.pin(PIN), CardAnswer::Pin(VerifyOutcome::Accepted)),
        "undisturbed"
    );
}

#[test]
fn a_new_visit_ends_the_former_session() {
    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    let first = desk.identified();
    assert!(matches!(
        desk.pin(PIN),
        CardAnswer::Pin(VerifyOutcome::Accepted)
    ));
    let second = desk.identified();
    assert_ne!(first.session, second.session);
    assert!(matches!(
        desk.prove(ProveHow::AfterPin),
        CardAnswer::Failed(CardError::PinFirst)
    ));
    assert_eq!(card.memory.lock().unwrap().power_ons, 2);
}

#[test]
fn a_lost_answer_of_the_card_ends_the_session_and_says_how() {
    for (fault, code) in [
        (LinkError::Reset, "UK-CARD-005"),
        (LinkError::Removed, "UK-CARD-004"),
        (LinkError::ReaderGone, "UK-CARD-002"),
        (LinkError::Protocol("odd".into()), "UK-CARD-009"),
    ] {
        let card = Synthetic::new();
        let desk = Desk::with(card.clone());
        desk.identified();
        assert!(matches!(
            desk.number(NUMBER),
            CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
        ));
        card.hook(move |_, command, answer| {
            if command[1] == 0xB0 {
                Said::Fault(fault.clone())
            } else {
                Said::Bytes(answer)
            }
        });
        for _ in 0..2 {
            let CardAnswer::Failed(error) = desk.photo() else {
                panic!()
            };
            assert_eq!(error.code(), code);
            assert!(error.ends_session());
        }
        assert!(!card.memory.lock().unwrap().powered);
        desk.end();
    }
}
