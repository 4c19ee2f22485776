//! What is said of the authentication certificate before any credential.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use card::certificate::{AuthCertificate, CertificateProblem};
use card::scripted::Said;
use card::{
    CardAnswer, CardConfig, CardError, CardEvent, CardIdentity, IssuerKeys, ProveHow, VerifyOutcome,
};
use rcgen::{KeyPair, KeyUsagePurpose};
use support::synthetic::{Synthetic, sw};
use support::{
    Desk, PIN, READER, TEST_ORGANIZATION, config, keys, leaf_changed, leaf_der, leaf_of, leaf_with,
    policy, root_der,
};

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
    let rows: [(&str, Vec<u8>); 13] = [
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
        ("UK-CARD-205", leaf_changed(|leaf| leaf.key_usages.clear())),
        (
            "UK-CARD-205",
            leaf_changed(|leaf| leaf.extended_key_usages.clear()),
        ),
        (
            "UK-CARD-207",
            leaf_changed(|leaf| leaf.custom_extensions.clear()),
        ),
        // The policy of 署名用 certificates ends in another number.
        (
            "UK-CARD-207",
            leaf_changed(|leaf| leaf.custom_extensions = vec![policy(20)]),
        ),
        // Ended long ago: no problem here, the service decides.
        (
            "",
            leaf_changed(|leaf| {
                leaf.not_before = rcgen::date_time_ymd(2010, 1, 1);
                leaf.not_after = rcgen::date_time_ymd(2015, 1, 1);
            }),
        ),
        (
            "UK-CARD-208",
            leaf_of(
                &keys.root,
                &KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap(),
                |_| {},
            ),
        ),
    ];
    for (code, certificate) in rows {
        // The form alone is judged alike, whoever signed.
        let form = AuthCertificate::profile(&certificate).err();
        match code {
            "" | "UK-CARD-203" | "UK-CARD-204" => assert_eq!(form, None, "{code}"),
            "UK-CARD-201" => assert_eq!(form, Some(CertificateProblem::Malformed)),
            code => assert_eq!(form.map(CertificateProblem::code), Some(code)),
        }
        let (_desk, identity) = identify(config(), certificate);
        let said = identity
            .certificate_problem
            .map_or("", |problem| problem.code());
        assert_eq!(said, code);
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
        CardAnswer::Failed(CardError::NoCertificate(CertificateProblem::Absent))
    ));
    // The file is not there at all: reading it is refused.
    let card = Synthetic::new();
    card.hook(|_, command, answer| {
        Said::Bytes(if command.starts_with(&[0x00, 0xB0, 0x8A]) {
            sw(0x6A82)
        } else {
            answer
        })
    });
    let desk = Desk::with(card);
    let identity = desk.identified();
    assert_eq!(
        identity.certificate_problem,
        Some(CertificateProblem::Absent)
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
    assert_eq!(
        identity.certificate_problem,
        Some(CertificateProblem::TestHierarchy)
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

/// What is wrong with a certificate is also what no proof is made with.
#[test]
fn a_certificate_with_a_problem_proves_nothing_even_after_the_pin() {
    let wrong = leaf_changed(|leaf| leaf.custom_extensions.clear());
    let (desk, _) = identify(config(), wrong);
    assert!(matches!(
        desk.pin(PIN),
        CardAnswer::Pin(VerifyOutcome::Accepted)
    ));
    assert!(matches!(
        desk.prove(ProveHow::AfterPin),
        CardAnswer::Failed(CardError::NoCertificate(CertificateProblem::WrongPolicy))
    ));
}

#[test]
fn an_expired_certificate_is_proved_and_sent_on() {
    let ended = leaf_changed(|leaf| {
        leaf.not_before = rcgen::date_time_ymd(2010, 1, 1);
        leaf.not_after = rcgen::date_time_ymd(2015, 1, 1);
    });
    let (desk, identity) = identify(config(), ended);
    assert_eq!(identity.certificate_not_after, 1_420_070_400_000);
    assert!(matches!(
        desk.pin(PIN),
        CardAnswer::Pin(VerifyOutcome::Accepted)
    ));
    assert!(matches!(
        desk.prove(ProveHow::AfterPin),
        CardAnswer::Proof(_)
    ));
}

/// The next generation of cards signs with ECDSA on P-384 and SHA-384.
#[test]
fn the_algorithm_is_the_certificates() {
    let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let certificate = leaf_of(&keys().root, &pair, |_| {});
    let random = ring::rand::SystemRandom::new();
    let signer = ring::signature::EcdsaKeyPair::from_pkcs8(
        &ring::signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        &pair.serialize_der(),
        &random,
    )
    .unwrap();
    let card = Synthetic::new();
    card.change(|memory| memory.certificate = certificate);
    let nonce = b"a nonce of the service";
    card.hook(move |_, command, answer| {
        // The card hashes by itself.
        if command.starts_with(&[0x80, 0x2A, 0x03, 0x97]) && command[5..].starts_with(nonce) {
            let signature = signer.sign(&random, nonce).unwrap();
            return Said::Bytes([signature.as_ref(), &[0x90, 0x00]].concat());
        }
        Said::Bytes(answer)
    });
    let desk = Desk::with(card);
    assert_eq!(desk.identified().certificate_problem, None);
    assert!(matches!(
        desk.pin(PIN),
        CardAnswer::Pin(VerifyOutcome::Accepted)
    ));
    let CardAnswer::Proof(proof) = desk.prove(ProveHow::AfterPin) else {
        panic!()
    };
    assert!(proof.signature.starts_with(&[0x30]), "a DER signature");
}
