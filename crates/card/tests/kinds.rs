//! Which cards, readers and configurations are taken, and which are not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::sync::{Arc, Mutex};

use card::allowlist::LICENCE_AID;
use card::scripted::{CardScript, Said};
use card::{CardAnswer, CardError, CardKind, LinkError};
use support::synthetic::{Synthetic, sw};
use support::{Desk, PIN, READER, config, keys};

#[test]
fn kinds_of_cards() {
    let rows: [(&'static str, CardKind); 6] = [
        ("JPKIAPICCTOKEN", CardKind::OldJukiCard),
        ("JPKIAPGPSETOKEN", CardKind::AndroidPhone),
        ("JPKIAPIOSTOKEN", CardKind::IPhone),
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

/// What is no My Number Card is told apart, without reading anything of it.
#[test]
fn near_misses_have_their_own_names() {
    struct Other {
        atr: Vec<u8>,
        application: Vec<u8>,
        seen: Arc<Mutex<Vec<Vec<u8>>>>,
    }
    impl CardScript for Other {
        fn atr(&self) -> Vec<u8> {
            self.atr.clone()
        }
        fn answer(&mut self, command: &[u8]) -> Said {
            self.seen.lock().unwrap().push(command.to_vec());
            let known = command.len() > 5 && command[5..].starts_with(&self.application);
            Said::Bytes(sw(if known { 0x9000 } else { 0x6A82 }))
        }
    }
    let felica = [
        0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06, 0x11, 0x00, 0x3B,
        0x00, 0x00, 0x00, 0x00, 0x42,
    ];
    // The ATR of a Type-B driving licence and of a My Number Card: neither decides anything.
    let licence = [
        0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x00, 0x00, 0x91, 0x81, 0xC1, 0x00, 0xD8,
    ];
    let my_number = [
        0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F,
    ];
    let none = vec![0xFF; 8];
    let fido = vec![0xA0, 0x00, 0x00, 0x06, 0x47, 0x2F, 0x00, 0x01];
    for (atr, application, expected) in [
        (felica.to_vec(), none.clone(), CardKind::TransitCard),
        (
            licence.to_vec(),
            LICENCE_AID.to_vec(),
            CardKind::DrivingLicence,
        ),
        (Vec::new(), LICENCE_AID.to_vec(), CardKind::DrivingLicence),
        (licence.to_vec(), none.clone(), CardKind::Unknown),
        (my_number.to_vec(), none.clone(), CardKind::Unknown),
        (vec![0x3B, 0x80], fido, CardKind::FidoToken),
    ] {
        let seen = Arc::default();
        let desk = Desk::with(Other {
            atr,
            application,
            seen: Arc::clone(&seen),
        });
        assert!(
            matches!(desk.begin(), CardAnswer::NotUsable(kind) if kind == expected),
            "{expected:?}"
        );
        let seen = seen.lock().unwrap();
        assert!(
            seen.iter().all(|command| matches!(command[1], 0xA4 | 0xCA)),
            "nothing was read: {seen:02X?}"
        );
    }
    // A reader that breaks off what it will not say to a FeliCa card; any other card may lie badly.
    struct Broken(Vec<u8>);
    impl CardScript for Broken {
        fn atr(&self) -> Vec<u8> {
            self.0.clone()
        }
        fn answer(&mut self, _: &[u8]) -> Said {
            Said::Fault(LinkError::Protocol("not transacted".into()))
        }
    }
    assert!(matches!(
        Desk::with(Broken(felica.to_vec())).begin(),
        CardAnswer::NotUsable(CardKind::TransitCard)
    ));
    assert!(matches!(
        Desk::with(Broken(my_number.to_vec())).begin(),
        CardAnswer::Failed(CardError::Link(LinkError::Protocol(_)))
    ));
    // A card without a chip does not answer to power-on.
    let desk = Desk::with(Synthetic::new());
    desk.readers.set_mute(READER, true);
    assert!(matches!(
        desk.begin(),
        CardAnswer::NotUsable(CardKind::NoChip)
    ));
}

/// Cards of all makers, over the contact and the contactless side, and readers with ideas of their own.
#[test]
fn the_answer_to_reset_decides_nothing() {
    for atr in [
        &[][..],
        &[
            0x3B, 0x88, 0x80, 0x01, 0x00, 0x4B, 0x51, 0xFF, 0xB3, 0x81, 0xD1, 0x00, 0x0F,
        ],
        &[0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14],
        &[
            0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x00, 0x00, 0x91, 0x81, 0xC1, 0x00, 0xD8,
        ],
        &[
            0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06, 0x11, 0x00,
            0x3B, 0x00, 0x00, 0x00, 0x00, 0x42,
        ],
        &[0xFF; 33],
    ] {
        let card = Synthetic::new();
        card.change(|memory| memory.atr = atr.to_vec());
        assert_eq!(Desk::with(card).identified().kind, CardKind::MyNumberCard);
    }
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
    only.reader_filters = vec!["Other".into()];
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
