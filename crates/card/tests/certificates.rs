//! What is said of the authentication certificate before any credential.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use card::scripted::Said;
use card::{CardAnswer, CardConfig, CardError, CardEvent, CardIdentity, IssuerKeys, ProveHow};
use rcgen::KeyUsagePurpose;
use support::synthetic::{Synthetic, sw};
use support::{Desk, READER, TEST_ORGANIZATION, config, keys, leaf_der, leaf_with, root_der};

fn identify(config: CardConfig, certificate: Vec<u8>) -> (Desk, CardIdentity) {
    let card = Synthetic::new();
    card.change(|memory| memory.certificate = certificate);
    let desk = Desk::new(config);
    desk.readers.lay(READER, card);
    desk.wait(|event| matches!(event, CardEvent::CardArrived { .. }));
    let identity = desk.identified();
    (desk, identity)
}

#[test]
fn problems_have_codes_and_do_not_hide_the_card() {
    let keys = keys();
    let good = leaf_der(TEST_ORGANIZATION, &keys.root, &keys.auth);
    let mut tampered = good.clone();
    // A digit of the subject's name.
    let at = tampered
        .windows(8)
        .position(|window| window == b"997794E9")
        .unwrap();
    tampered[at] = b'8';
    let rows: [(&str, Vec<u8>); 7] = [
        ("", good),
        ("UK-CARD-201", Vec::new()),
        ("UK-CARD-202", vec![0x30, 0x03, 0x02, 0x01, 0x05]),
        (
            "UK-CARD-203",
            leaf_der(TEST_ORGANIZATION, &keys.stranger, &keys.auth),
        ),
        ("UK-CARD-203", leaf_der("JPKI", &keys.root, &keys.auth)),
        ("UK-CARD-204", tampered),
        (
            "UK-CARD-205",
            leaf_with(
                TEST_ORGANIZATION,
                &keys.root,
                &keys.auth,
                &[
                    KeyUsagePurpose::DigitalSignature,
                    KeyUsagePurpose::ContentCommitment,
                ],
            ),
        ),
    ];
    for (code, certificate) in rows {
        let (_desk, identity) = identify(config(), certificate);
        match identity.certificate_problem {
            None => assert_eq!(code, ""),
            Some(text) => assert!(!code.is_empty() && text.starts_with(code), "{code}: {text}"),
        }
        assert_eq!(identity.pin_tries, Some(3));
    }
    // A CA certificate in the place of a person's.
    let (_desk, identity) = identify(config(), root_der(TEST_ORGANIZATION, &keys.root));
    assert!(identity.certificate_problem.is_some());
}

#[test]
fn without_a_certificate_there_is_no_proof() {
    let (desk, identity) = identify(config(), Vec::new());
    assert_eq!(identity.certificate_not_after, 0);
    assert!(matches!(
        desk.prove(ProveHow::AfterPin),
        CardAnswer::Failed(CardError::NoCertificate)
    ));
    // The file is not there at all: SELECT itself is refused.
    let card = Synthetic::new();
    card.hook(|_, command, answer| {
        Said::Bytes(if command == [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x0A] {
            sw(0x6A82)
        } else {
            answer
        })
    });
    let desk = Desk::with(card);
    assert!(
        desk.identified()
            .certificate_problem
            .unwrap()
            .starts_with("UK-CARD-201")
    );
}

#[test]
fn invariant_13_a_test_certificate_is_a_problem_in_production() {
    let keys = keys();
    let production = || {
        let mut config = config();
        config.simulation = false;
        config.issuers = IssuerKeys::default();
        config.auth_roots = vec![root_der("JPKI", &keys.root)];
        config
    };
    let (_desk, identity) = identify(
        production(),
        leaf_der(TEST_ORGANIZATION, &keys.root, &keys.auth),
    );
    assert!(
        identity
            .certificate_problem
            .unwrap()
            .starts_with("UK-CARD-206")
    );
    let (_desk, identity) = identify(production(), leaf_der("JPKI", &keys.root, &keys.auth));
    assert_eq!(identity.certificate_problem, None);
}

#[test]
fn generations_with_one_name_are_told_apart_by_key_identifier() {
    let keys = keys();
    let mut both = config();
    both.auth_roots = vec![
        root_der(TEST_ORGANIZATION, &keys.stranger),
        root_der(TEST_ORGANIZATION, &keys.root),
    ];
    let (_desk, identity) = identify(both, leaf_der(TEST_ORGANIZATION, &keys.root, &keys.auth));
    assert_eq!(identity.certificate_problem, None);
}
