//! Invariant 16: certificate, photo and proof of a visit are one card's, whatever is laid, swapped or forged; and
//! what a whole visit never touches (invariant 4).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use card::{CardAnswer, CardCommand, ProveHow, Secret, VerifyOutcome};
use e2e::card::visit::{Kind, NONCE, play};
use e2e::card::{Laid, Table, cards};

const LIMIT: Duration = Duration::from_secs(10);
const FORGED: [&str; 4] = [
    "card-forged",
    "card-forged-issuer",
    "card-forged-photo",
    "card-forged-copy",
];

/// The forger's own genuine record and key, beside another's certificate.
const HYBRID: &str = "card-forged-hybrid";

fn prepared() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("card-swaps");
        let persons = [&["seiho", "hoken", "card-genuine", HYBRID][..], &FORGED].concat();
        cards(&folder, &persons).unwrap();
        folder
    })
}

fn file(id: &str, name: &str) -> Vec<u8> {
    std::fs::read(prepared().join("cards").join(id).join(name)).unwrap()
}

/// The forged cards show a genuine certificate beside their own photo, or a copied record without its key.
#[test]
fn invariant_16_a_forged_card_gives_neither_face_nor_proof() {
    for id in FORGED {
        let card = Laid::new(prepared(), &[id]).unwrap();
        let mut table = Table::in_process(prepared(), LIMIT, |_| {}).unwrap();
        table.lay(&card).unwrap();
        let face = play(&mut table, Kind::Face, id).unwrap();
        assert!(
            !face.finished && face.photo.is_none() && face.proof.is_none(),
            "{id}"
        );
        assert!(
            face.ended.contains("photo: UK-CARD-013"),
            "{id}: {}",
            face.ended
        );
        // Its own PIN opens its own key, which is not the shown certificate's.
        let pin = play(&mut table, Kind::Pin, id).unwrap();
        assert!(pin.proof.is_none(), "{id}");
        assert!(
            pin.ended.contains("proof: UK-CARD-015"),
            "{id}: {}",
            pin.ended
        );
        table.end();
    }
    let card = Laid::new(prepared(), &["card-genuine"]).unwrap();
    let mut table = Table::in_process(prepared(), LIMIT, |_| {}).unwrap();
    table.lay(&card).unwrap();
    let genuine = play(&mut table, Kind::Face, "card-genuine").unwrap();
    assert!(genuine.finished, "{}", genuine.ended);
    table.end();
}

/// A card of two persons: its record and photo are genuine, its certificate is somebody else's. The photo passes, and
/// the proof by the authentication key gives it away, after a face match as after the forger's own PIN. What the
/// surface AP's proof needs beyond that is in `surface_proof.rs`.
#[test]
fn invariant_16_a_genuine_record_beside_anothers_certificate_gives_no_proof() {
    let card = Laid::new(prepared(), &[HYBRID]).unwrap();
    let mut table = Table::in_process(prepared(), LIMIT, |_| {}).unwrap();
    table.lay(&card).unwrap();
    for kind in [Kind::Face, Kind::FaceExtended, Kind::Pin] {
        let outcome = play(&mut table, kind, HYBRID).unwrap();
        assert!(outcome.proof.is_none(), "{kind:?}");
        assert!(
            outcome.ended.contains("proof: UK-CARD-015"),
            "{kind:?}: {}",
            outcome.ended
        );
        assert_eq!(outcome.photo.is_some(), kind != Kind::Pin);
    }
    table.end();
    assert_eq!(
        file(HYBRID, "auth-cert.der"),
        file("card-genuine", "auth-cert.der")
    );
    assert_ne!(file(HYBRID, "photo.jp2"), file("card-genuine", "photo.jp2"));
}

#[test]
fn invariant_16_cards_in_quick_succession_are_never_mixed() {
    let mut table = Table::in_process(prepared(), LIMIT, |_| {}).unwrap();
    for round in 0..8 {
        let (first, second) = if round % 2 == 0 {
            ("seiho", "hoken")
        } else {
            ("hoken", "seiho")
        };
        let (hurried, stays) = (
            Laid::new(prepared(), &[first]).unwrap(),
            Laid::new(prepared(), &[second]).unwrap(),
        );
        table.lay(&hurried).unwrap();
        table.lay(&stays).unwrap();
        let outcome = play(&mut table, Kind::Face, second).unwrap();
        assert!(outcome.finished, "{}", outcome.ended);
        let proof = outcome.proof.unwrap();
        assert_eq!(proof.certificate_der, file(second, "auth-cert.der"));
        assert_eq!(outcome.photo.unwrap().jp2[..], file(second, "photo.jp2"));
        assert!(
            hurried.engine().transcript().is_empty(),
            "nothing was sent to it"
        );
        table.take();
    }
    table.end();
}

/// Another card is laid down before each step in turn: from there on nothing more is handed out.
#[test]
fn invariant_16_a_swap_before_any_step_ends_the_session() {
    for swap_before in 1..=3 {
        let (first, second) = (
            Laid::new(prepared(), &["seiho"]).unwrap(),
            Laid::new(prepared(), &["hoken"]).unwrap(),
        );
        let mut table = Table::in_process(prepared(), LIMIT, |_| {}).unwrap();
        table.lay(&first).unwrap();
        let visit = table.new_visit();
        let reader = table.reader();
        assert!(matches!(
            table.ask(CardCommand::Begin { visit, reader }).unwrap(),
            CardAnswer::Identified(_)
        ));
        let register = hw_sim::persons::Register::default_register().unwrap();
        let number = register
            .person("seiho")
            .unwrap()
            .matching_number_b()
            .unwrap();
        let commands: [CardCommand; 3] = [
            CardCommand::VerifyMatchingNumber {
                visit,
                number: Secret::new(number.into_bytes()),
            },
            CardCommand::ReadPhoto { visit },
            CardCommand::Prove {
                visit,
                nonce: NONCE.to_vec(),
                how: ProveHow::Pinless,
            },
        ];
        for (step, command) in (1..).zip(commands) {
            if step == swap_before {
                table.lay(&second).unwrap();
            }
            let answer = table.ask(command).unwrap();
            if step < swap_before {
                assert!(
                    matches!(
                        answer,
                        CardAnswer::MatchingNumber(VerifyOutcome::Accepted) | CardAnswer::Photo(_)
                    ),
                    "{answer:?}"
                );
            } else {
                let CardAnswer::Failed(error) = answer else {
                    panic!("swapped before {swap_before}, step {step}: {answer:?}")
                };
                assert_eq!(error.code(), "UK-CARD-004");
            }
        }
        assert!(
            second.engine().transcript().is_empty(),
            "nothing reached the other card"
        );
        table.end();
    }
}

#[test]
fn invariant_4_whole_visits_never_touch_the_number() {
    let card = Laid::new(prepared(), &["seiho"]).unwrap();
    let mut table = Table::in_process(prepared(), LIMIT, |_| {}).unwrap();
    table.lay(&card).unwrap();
    for kind in Kind::ALL {
        let outcome = play(&mut table, kind, "seiho").unwrap();
        assert!(outcome.finished, "{}", outcome.ended);
    }
    table.end();
    let transcript = card.engine().transcript();
    assert!(transcript.len() > 80, "{}", transcript.len());
    for entry in &transcript {
        let touched = [
            "matching-a",
            "number-image",
            "text",
            "/number",
            "juki",
            "age-record",
            "sign-",
        ]
        .iter()
        .any(|part| entry.name.contains(part));
        assert!(!touched, "{entry:?}");
    }
    let verified: Vec<&str> = transcript
        .iter()
        .filter(|entry| entry.is_verify())
        .map(|entry| entry.name.as_str())
        .collect();
    assert_eq!(
        verified,
        [
            "verify surface/matching-b",
            "verify surface/matching-b",
            "verify jpki/auth-pin",
            "verify jpki/auth-pin"
        ]
    );
}
