//! Visits against hw-sim's card engine, in process: two implementations, written apart, must agree.
//!
//! The keys of the test hierarchy are made once per build directory; every test works on its own copy of
//! a card.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use card::pinless::FictitiousTerminal;
use card::scripted::{CardScript, Said};
use card::{
    CardAnswer, CardConfig, CardError, CardEvent, CardKind, IssuerKeys, LinkError, NotGenuine,
    ProofKind, ProveHow, VerifyOutcome,
};
use hw_sim::card::{Behaviour, Engine, Fault, Reply};
use hw_sim::persons::Register;
use support::{Desk, READER, config};
use tempfile::TempDir;

fn clinic() -> &'static Path {
    static CLINIC: OnceLock<PathBuf> = OnceLock::new();
    CLINIC.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("card-engine");
        hw_sim::pki::prepare(&dir, &register()).unwrap();
        dir
    })
}

fn register() -> Register {
    let mut register = Register::default_register().unwrap();
    register
        .persons
        .retain(|person| ["seiho", "hoken", "kao"].contains(&&person.id[..]));
    register
}

fn number(person: &str) -> String {
    register()
        .person(person)
        .unwrap()
        .matching_number_b()
        .unwrap()
}

/// A copy of a person's card that the test may spoil.
struct Laid {
    engine: Arc<Mutex<Engine>>,
    /// Goes with the test; the card threads, which may outlive it by a moment, hold only the engine.
    _folder: TempDir,
}

/// What lies on the reader.
struct Chip(Arc<Mutex<Engine>>);

impl Laid {
    fn new(person: &str) -> Self {
        let folder = TempDir::new().unwrap();
        for entry in std::fs::read_dir(clinic().join("cards").join(person)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        let engine = Engine::load(folder.path()).unwrap();
        Self {
            engine: Arc::new(Mutex::new(engine)),
            _folder: folder,
        }
    }

    fn chip(&self) -> Chip {
        Chip(Arc::clone(&self.engine))
    }

    fn with<R>(&self, work: impl FnOnce(&mut Engine) -> R) -> R {
        work(&mut self.engine.lock().unwrap())
    }
}

impl CardScript for Chip {
    fn power(&mut self, on: bool) {
        let mut engine = self.0.lock().unwrap();
        if on {
            engine.power_on()
        } else {
            engine.power_off()
        }
    }

    fn answer(&mut self, command: &[u8]) -> Said {
        match self.0.lock().unwrap().exchange(command) {
            Reply::Answer(bytes) => Said::Bytes(bytes),
            Reply::Removed => Said::Fault(LinkError::Removed),
            Reply::Silent => Said::Fault(LinkError::Timeout),
        }
    }
}

fn terminal() -> FictitiousTerminal {
    let file = |name: &str| std::fs::read(clinic().join("terminal").join(name)).unwrap();
    FictitiousTerminal::new(file("terminal.cvc"), &file("terminal.key")).unwrap()
}

fn clinic_config() -> CardConfig {
    let file = |name: &str| std::fs::read(clinic().join("terminal").join(name)).unwrap();
    let mut config = config();
    config.issuers =
        IssuerKeys::from_toml(&String::from_utf8(file("issuers.toml")).unwrap()).unwrap();
    config.auth_roots = vec![file("auth-ca.der")];
    config.pinless = Some(Box::new(terminal()));
    config
}

fn desk(card: &Laid) -> Desk {
    let desk = Desk::new(clinic_config());
    desk.readers.lay(READER, card.chip());
    desk.wait(|event| matches!(event, CardEvent::CardArrived { .. }));
    desk
}

#[test]
fn a_face_visit_with_a_proof_without_pin() {
    let card = Laid::new("seiho");
    let desk = desk(&card);
    let identity = desk.identified();
    assert_eq!(identity.kind, CardKind::MyNumberCard);
    assert_eq!(identity.certificate_problem, None);
    assert_eq!(
        (identity.pin_tries, identity.matching_number_tries),
        (Some(3), Some(10))
    );
    assert_eq!(
        identity.card_expiry.as_deref(),
        Some(&card.with(|e| e.card().expiry.clone())[..])
    );
    assert!(matches!(
        desk.number(&number("seiho")),
        CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
    ));
    let CardAnswer::Photo(photo) = desk.photo() else {
        panic!()
    };
    assert_eq!(photo.jp2[4..8], *b"jP  ");
    let CardAnswer::Proof(proof) = desk.prove(ProveHow::Pinless) else {
        panic!()
    };
    assert_eq!(proof.kind, ProofKind::FictitiousTerminalAuthentication);
    assert_eq!(proof.session, photo.binding.session);
    desk.end();
    assert!(!card.with(|engine| engine.is_powered()));
    assert_eq!(
        card.with(|engine| engine.counters().auth_pin),
        3,
        "no PIN was touched"
    );
}

#[test]
fn a_pin_visit() {
    for reselect_clears in [false, true] {
        let card = Laid::new("seiho");
        card.with(|engine| {
            engine.set_behaviour(Behaviour {
                first_command_6f00: true,
                reselect_clears,
                ..Behaviour::default()
            });
        });
        let desk = desk(&card);
        desk.identified();
        assert!(matches!(
            desk.pin("1234"),
            CardAnswer::Pin(VerifyOutcome::Accepted)
        ));
        let CardAnswer::Proof(proof) = desk.prove(ProveHow::AfterPin) else {
            panic!()
        };
        assert_eq!(proof.kind, ProofKind::AuthenticationKeyAfterPin);
        // One VERIFY serves several signatures, and the photo stays closed.
        assert!(matches!(
            desk.prove(ProveHow::AfterPin),
            CardAnswer::Proof(_)
        ));
        assert!(matches!(
            desk.photo(),
            CardAnswer::Failed(CardError::MatchingNumberFirst)
        ));
        desk.end();
    }
}

#[test]
fn invariant_2_two_wrong_pins_leave_the_counter_at_one() {
    let card = Laid::new("seiho");
    let desk = desk(&card);
    desk.identified();
    assert!(matches!(
        desk.pin("9999"),
        CardAnswer::Pin(VerifyOutcome::Wrong { tries_left: 2 })
    ));
    assert!(matches!(
        desk.pin("9999"),
        CardAnswer::Pin(VerifyOutcome::Wrong { tries_left: 1 })
    ));
    assert!(matches!(
        desk.pin("1234"),
        CardAnswer::Pin(VerifyOutcome::Refused {
            tries_left: Some(1)
        })
    ));
    assert_eq!(card.with(|engine| engine.counters().auth_pin), 1);
    desk.end();
    // The card remembers over the next visit.
    assert_eq!(desk.identified().pin_tries, Some(1));
    assert!(matches!(
        desk.pin("1234"),
        CardAnswer::Pin(VerifyOutcome::Refused {
            tries_left: Some(1)
        })
    ));
}

#[test]
fn invariant_2_a_card_pulled_between_verify_and_answer_spends_one_try() {
    for fault in [Fault::RemovedAfter, Fault::Removed] {
        let card = Laid::new("seiho");
        let desk = desk(&card);
        desk.identified();
        assert!(matches!(
            desk.pin("9999"),
            CardAnswer::Pin(VerifyOutcome::Wrong { tries_left: 2 })
        ));
        // The next entry: counter query, then VERIFY.
        card.with(|engine| engine.set_fault(fault.clone().from(2)));
        let CardAnswer::Pin(VerifyOutcome::Unknown { .. }) = desk.pin("9999") else {
            panic!()
        };
        card.with(Engine::clear_fault);
        let spent = u8::from(fault == Fault::RemovedAfter);
        assert_eq!(card.with(|engine| engine.counters().auth_pin), 2 - spent);
        assert!(matches!(
            desk.pin("1234"),
            CardAnswer::Failed(CardError::CardRemoved)
        ));
        assert_eq!(card.with(|engine| engine.counters().auth_pin), 2 - spent);
    }
}

#[test]
fn a_face_only_card_is_never_asked_for_a_pin() {
    let card = Laid::new("kao");
    let desk = desk(&card);
    let identity = desk.identified();
    assert_eq!(identity.kind, CardKind::FaceOnlyCard);
    assert!(matches!(
        desk.pin("0000"),
        CardAnswer::Pin(VerifyOutcome::Blocked | VerifyOutcome::Refused { .. })
    ));
    assert!(matches!(
        desk.number(&number("kao")),
        CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
    ));
    assert!(matches!(desk.photo(), CardAnswer::Photo(_)));
    assert!(matches!(
        desk.prove(ProveHow::Pinless),
        CardAnswer::Proof(_)
    ));
}

#[test]
fn invariant_16_a_forged_photo_is_not_genuine() {
    let card = Laid::new("seiho");
    card.with(|engine| {
        engine
            .set_photo(b"\0\0\0\x0CjP  \r\n\x87\nanother face")
            .unwrap()
    });
    let desk = desk(&card);
    desk.identified();
    assert!(matches!(
        desk.number(&number("seiho")),
        CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
    ));
    assert!(matches!(
        desk.photo(),
        CardAnswer::Failed(CardError::NotGenuine {
            reason: NotGenuine::RecordSignature
        })
    ));
}

#[test]
fn a_photo_cut_off_on_the_way_is_no_photo() {
    for keep in [0, 1, 2, 40, 200, 257] {
        let card = Laid::new("seiho");
        let desk = desk(&card);
        desk.identified();
        assert!(matches!(
            desk.number(&number("seiho")),
            CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
        ));
        card.with(|engine| engine.set_fault(Fault::Truncate(keep)));
        let CardAnswer::Failed(error) = desk.photo() else {
            panic!("{keep}")
        };
        assert_eq!(error.ends_session(), keep < 2, "{keep}: {error}");
    }
}

#[test]
fn invariant_16_a_swapped_card_lends_neither_photo_nor_proof() {
    let card = Laid::new("seiho");
    let desk = desk(&card);
    desk.identified();
    assert!(matches!(
        desk.number(&number("seiho")),
        CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
    ));
    assert!(matches!(desk.photo(), CardAnswer::Photo(_)));
    let other = Laid::new("hoken");
    desk.readers.lay(READER, other.chip());
    assert!(matches!(
        desk.prove(ProveHow::Pinless),
        CardAnswer::Failed(CardError::CardRemoved)
    ));
    assert!(other.with(|engine| engine.transcript().is_empty()));
}

#[test]
fn a_terminal_that_the_card_does_not_know_gets_no_signature() {
    // A valid certificate, but another terminal's key.
    let key = rsa::pkcs8::EncodePrivateKey::to_pkcs8_der(&support::keys().stranger).unwrap();
    let cvc = std::fs::read(clinic().join("terminal/terminal.cvc")).unwrap();
    let stranger = FictitiousTerminal::new(cvc, key.as_bytes()).unwrap();
    let mut config = clinic_config();
    config.pinless = Some(Box::new(stranger));
    let card = Laid::new("seiho");
    let desk = Desk::new(config);
    desk.readers.lay(READER, card.chip());
    desk.wait(|event| matches!(event, CardEvent::CardArrived { .. }));
    desk.identified();
    let CardAnswer::Failed(error) = desk.prove(ProveHow::Pinless) else {
        panic!()
    };
    assert_eq!(error.code(), "UK-CARD-018");
    // The PIN is still a way.
    assert!(matches!(
        desk.pin("1234"),
        CardAnswer::Pin(VerifyOutcome::Accepted)
    ));
}
