//! Which cards, readers and configurations are taken, and which are not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use card::scripted::Said;
use card::{CardAnswer, CardError, CardKind};
use support::synthetic::{Synthetic, sw};
use support::{Desk, PIN, config, keys};

#[test]
fn kinds_of_cards() {
    let rows: [(&'static str, CardKind); 6] = [
        ("JPKIAPICCTOKEN", CardKind::OldJukiCard),
        ("JPKIAPGPSETOKEN", CardKind::Phone),
        ("JPKIAPIOSTOKEN", CardKind::Phone),
        ("JPKIAPICCTOKEN3", CardKind::Unknown),
        ("", CardKind::Unknown),
        ("jpkiapicctoken2", CardKind::Unknown),
    ];
    for (token, expected) in rows {
        let card = Synthetic::new();
        card.change(|memory| memory.token = token);
        let desk = Desk::with(card.clone());
        assert!(
            matches!(desk.begin(), CardAnswer::NotUsable(kind) if kind == expected),
            "{token}"
        );
        assert!(!card.memory.lock().unwrap().powered, "let go at once");
        assert!(matches!(
            desk.pin(PIN),
            CardAnswer::Failed(CardError::NoSession)
        ));
        desk.end();
    }
    // A bank card, a transit card: no such application.
    let desk = Desk::with(|_: &[u8]| Said::Bytes(sw(0x6A82)));
    assert!(matches!(
        desk.begin(),
        CardAnswer::NotUsable(CardKind::Unknown)
    ));
}

#[test]
fn a_face_only_card_is_one_without_pin_and_without_signing_certificate() {
    for (pin, sign, expected) in [
        (0, 0x00, CardKind::FaceOnlyCard),
        (0, 0x8F, CardKind::MyNumberCard), // a blocked PIN
        (3, 0x00, CardKind::MyNumberCard), // a child's card
    ] {
        let card = Synthetic::new();
        card.change(|memory| (memory.pin, memory.availability[0]) = (pin, sign));
        assert_eq!(Desk::with(card).identified().kind, expected);
    }
    let card = Synthetic::new();
    card.change(|memory| memory.availability[0] = 0);
    card.hook(|_, command, answer| {
        Said::Bytes(if command == [0x00, 0x20, 0x00, 0x98] {
            sw(0x6A88)
        } else {
            answer
        })
    });
    let identity = Desk::with(card).identified();
    assert_eq!(
        (identity.kind, identity.pin_tries),
        (CardKind::FaceOnlyCard, None)
    );
}

#[test]
fn refused_readers_and_configurations() {
    let mut only = config();
    only.reader_filter = Some("Other".into());
    let desk = Desk::new(only);
    assert!(matches!(
        desk.begin(),
        CardAnswer::Failed(CardError::ReaderRefused(_))
    ));

    let production = || {
        let mut config = config();
        config.simulation = false;
        config
    };
    let refused =
        |config| match card::spawn_with(config, Box::new(card::scripted::ScriptedReaders::new())) {
            Err(CardError::Config(what)) => what,
            _ => panic!("accepted"),
        };
    assert!(refused(production()).contains("issuer key"), "invariant 13");
    let mut test_root = production();
    test_root.issuers = card::IssuerKeys::default();
    assert!(
        refused(test_root).contains("test hierarchy"),
        "invariant 13"
    );
    let mut no_ca = config();
    no_ca.auth_roots = vec![support::leaf_der("JPKI", &keys().root, &keys().auth)];
    assert!(refused(no_ca).contains("not a CA"));
    let mut garbage = config();
    garbage.auth_roots = vec![vec![0x30, 0x82, 0xFF, 0xFF]];
    assert!(refused(garbage).contains("not an X.509"));
}
