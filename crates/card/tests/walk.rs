//! The technician's walk: each step says what it saw or what is wrong, and no try is ever spent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use card::Readers;
use card::certificate::Roots;
use card::monitor::ReaderRules;
use card::scripted::{Said, ScriptedReaders};
use card::walk::{State, Step, WalkSettings, WalkStep, walk};
use support::synthetic::{Synthetic, sw};
use support::{NOW, READER, config};

fn settings(change: impl FnOnce(&mut WalkSettings)) -> WalkSettings {
    let config = config();
    let mut settings = WalkSettings {
        rules: ReaderRules {
            simulation: true,
            filters: Vec::new(),
        },
        reader: String::new(),
        issuers: config.issuers,
        roots: Roots::new(&config.auth_roots, true).unwrap(),
        limit: Duration::from_secs(5),
        wait: Duration::ZERO,
        probe_extended: false,
        now: NOW,
    };
    change(&mut settings);
    settings
}

fn on(readers: &ScriptedReaders, change: impl FnOnce(&mut WalkSettings)) -> Vec<WalkStep> {
    let readers: Arc<dyn Readers> = Arc::new(readers.clone());
    walk(&readers, &settings(change), &mut |_| {})
}

fn desk(card: &Synthetic) -> ScriptedReaders {
    let readers = ScriptedReaders::new();
    readers.plug(READER);
    readers.lay(READER, card.clone());
    readers
}

/// One word a step: its name, and its code where something is wrong.
fn words(steps: &[WalkStep]) -> Vec<String> {
    steps
        .iter()
        .map(|step| {
            let name = serde_json_name(step);
            match (&step.problem, step.state) {
                (Some(problem), _) => format!("{name} {}", problem.code),
                (None, State::Skipped) => format!("{name} skipped"),
                (None, _) => name,
            }
        })
        .collect()
}

/// Nothing wrong, and all looked at but the proof that needs the record.
fn sound(steps: &[WalkStep]) -> bool {
    steps.iter().all(|step| {
        let expected = match step.step {
            Step::Authenticity => State::Skipped,
            _ => State::Ok,
        };
        step.state == expected
    })
}

fn serde_json_name(step: &WalkStep) -> String {
    format!("{:?}", step.step)
}

#[test]
fn a_sound_card_is_ok_from_end_to_end() {
    let card = Synthetic::new();
    let steps = on(&desk(&card), |settings| settings.probe_extended = true);
    assert_eq!(
        words(&steps),
        [
            "Service",
            "Reader",
            "Card",
            "Hold",
            "Atr",
            "JpkiAp",
            "Token",
            "PinTries",
            "Certificate",
            "ExtendedLength",
            "ExpiryRecord",
            "SurfaceAp",
            "NumberTries",
            "Photo",
            "Issuer",
            // The card's key answers, which proves nothing by itself.
            "Authenticity skipped"
        ]
    );
    let memory = card.memory.lock().unwrap();
    assert_eq!(memory.attempts(), 0, "invariants 2 and 3");
    assert_eq!((memory.pin, memory.number), (3, 10));
    assert!(!memory.powered, "switched off at the end");
    let told = format!("{steps:?}");
    for secret in ["1990", "synthetic", "997794E9", "4321"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}

#[test]
fn what_is_wrong_is_named_and_nothing_is_spent() {
    type Spoil = fn(&mut support::synthetic::Memory);
    let rows: [(Spoil, &str); 10] = [
        (|m| m.pin = 1, "PinTries UK-CARD-304"),
        (|m| m.number = 3, "NumberTries UK-CARD-305"),
        (|m| m.certificate.clear(), "Certificate UK-CARD-201"),
        (
            |m| {
                m.certificate = support::leaf_changed(|leaf| {
                    leaf.not_before = rcgen::date_time_ymd(2020, 1, 1);
                    leaf.not_after = rcgen::date_time_ymd(2026, 12, 31);
                });
            },
            "Certificate UK-CARD-306",
        ),
        (
            |m| {
                m.certificate = support::leaf_changed(|leaf| {
                    leaf.not_before = rcgen::date_time_ymd(2010, 1, 1);
                    leaf.not_after = rcgen::date_time_ymd(2015, 1, 1);
                });
            },
            "Certificate UK-CARD-307",
        ),
        (
            |m| {
                m.certificate = support::leaf_changed(|leaf| {
                    leaf.not_before = rcgen::date_time_ymd(2027, 1, 1);
                    leaf.not_after = rcgen::date_time_ymd(2031, 1, 1);
                });
            },
            "Certificate UK-CARD-313",
        ),
        (
            |m| m.certificate = vec![0x30, 0x03, 0x02, 0x01, 0x05],
            "Certificate UK-CARD-202",
        ),
        (
            |m| (m.expiry, m.common_expiry) = (None, None),
            "ExpiryRecord UK-CARD-303",
        ),
        (|m| m.token = "JPKIAPIOSTOKEN", "Token UK-CARD-302"),
        (|m| m.cvc[300] ^= 1, "Issuer UK-CARD-013"),
    ];
    for (spoil, expected) in rows {
        let card = Synthetic::new();
        card.change(spoil);
        let steps = on(&desk(&card), |_| {});
        // A certificate that cannot be parsed has no dates, also not those of 1970.
        assert!(!steps.iter().any(|step| step.detail.contains("1970")));
        let words = words(&steps);
        let wrong: Vec<&String> = words.iter().filter(|word| word.contains("UK-")).collect();
        assert_eq!(wrong, [expected], "{words:?}");
        assert_eq!(card.memory.lock().unwrap().attempts(), 0);
    }
}

#[test]
fn strange_answers_are_not_told_as_something_else() {
    type Answer = fn(&[u8]) -> Option<Vec<u8>>;
    let rows: [(Answer, &str); 4] = [
        // A counter that is none, a query that fails, a key that is not there.
        (
            |command| (command == [0x00, 0x20, 0x00, 0x98]).then(|| sw(0x9000)),
            "PinTries UK-CARD-312",
        ),
        (
            |command| (command == [0x00, 0x20, 0x00, 0x98]).then(|| sw(0x6F00)),
            "PinTries UK-CARD-012",
        ),
        (
            |command| (command == [0x00, 0x20, 0x00, 0x98]).then(|| sw(0x6A88)),
            "PinTries skipped",
        ),
        (
            |command| {
                let photo = command.starts_with(&[0x00, 0xB0, 0x82]);
                photo.then(|| vec![0xFF, 0x90, 0x00])
            },
            "Photo UK-CARD-311",
        ),
    ];
    for (answer, expected) in rows {
        let card = Synthetic::new();
        card.hook(move |_, command, own| Said::Bytes(answer(command).unwrap_or(own)));
        let words = words(&on(&desk(&card), |_| {}));
        assert!(words.iter().any(|word| word == expected), "{words:?}");
    }
}

#[test]
fn it_ends_where_nothing_further_can_be_seen() {
    let readers = ScriptedReaders::new();
    readers.set_service(false);
    assert_eq!(words(&on(&readers, |_| {})), ["Service UK-CARD-315"]);
    readers.set_service(true);
    assert_eq!(
        words(&on(&readers, |_| {})),
        ["Service", "Reader UK-CARD-314"]
    );
    readers.plug(READER);
    assert_eq!(
        words(&on(&readers, |_| {})),
        ["Service", "Reader", "Card UK-CARD-301"]
    );
    readers.lay(READER, |_: &[u8]| Said::Bytes(sw(0x6A82)));
    let last = words(&on(&readers, |_| {})).pop();
    assert_eq!(last.as_deref(), Some("JpkiAp UK-CARD-302"));
    readers.set_mute(READER, true);
    let last = words(&on(&readers, |_| {})).pop();
    assert_eq!(last.as_deref(), Some("Hold UK-CARD-006"));
    let named = words(&on(&readers, |settings| settings.reader = "Another".into()));
    assert_eq!(named, ["Service", "Reader UK-CARD-314"]);
}

#[test]
fn beside_a_running_terminal_it_takes_another_reader_or_says_who_holds_the_card() {
    let (held, free) = (Synthetic::new(), Synthetic::new());
    let readers = desk(&held);
    readers.set_held_by_others(READER, true);
    let last = words(&on(&readers, |_| {})).pop();
    assert_eq!(last.as_deref(), Some("Hold UK-CARD-310"));
    readers.plug("Second Reader 01 00");
    readers.lay("Second Reader 01 00", free.clone());
    let steps = on(&readers, |_| {});
    assert!(sound(&steps), "{steps:?}");
    assert!(held.memory.lock().unwrap().commands.is_empty());
    assert!(!free.memory.lock().unwrap().commands.is_empty());
}

#[test]
fn a_card_is_waited_for_and_a_pulled_one_is_said() {
    let card = Synthetic::new();
    let readers = ScriptedReaders::new();
    readers.plug(READER);
    let later = readers.clone();
    let laid = card.clone();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        let _ = wait.recv_timeout(Duration::from_millis(300));
        later.lay(READER, laid);
    });
    let steps = on(&readers, |settings| settings.wait = Duration::from_secs(20));
    drop(go);
    thread.join().unwrap();
    assert!(sound(&steps), "{steps:?}");
    let taking = readers.clone();
    card.hook(move |_, command, answer| {
        if command.starts_with(&[0x00, 0xB0, 0x8A]) {
            taking.take(READER);
        }
        Said::Bytes(answer)
    });
    let last = words(&on(&readers, |_| {})).pop();
    assert_eq!(last.as_deref(), Some("Certificate UK-CARD-004"));
}
