//! What a card, a reader or a hurried patient can do to a visit: every cut, every noise, every loss.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::{Duration, Instant};

use card::scripted::Said;
use card::{CardAnswer, CardCommand, CardError, CardEvent, LinkError, ProveHow, VerifyOutcome};
use support::synthetic::{PHOTO, Synthetic, sw};
use support::{Desk, NUMBER, PIN, READER, VISIT, config, keys};

/// Runs a visit through everything and checks what must hold however the card behaves.
fn visit(desk: &Desk, card: &Synthetic) -> bool {
    let before = card.memory.lock().unwrap().attempts();
    let identified = match desk.begin() {
        CardAnswer::Identified(_) => true,
        CardAnswer::NotUsable(_) | CardAnswer::Failed(_) => false,
        other => panic!("{other:?}"),
    };
    let number = desk.number(NUMBER);
    let photo = match desk.photo() {
        CardAnswer::Photo(photo) => {
            assert_eq!(
                photo.jp2[..],
                PHOTO.repeat(80),
                "a photo is whole or not at all"
            );
            true
        }
        CardAnswer::Failed(_) => false,
        other => panic!("{other:?}"),
    };
    let pin = desk.pin(PIN);
    let proof = match desk.prove(ProveHow::AfterPin) {
        CardAnswer::Proof(proof) => {
            keys()
                .auth
                .to_public_key()
                .verify(
                    rsa::Pkcs1v15Sign::new_unprefixed(),
                    &card::authenticity::digest_info(b"a nonce of the service"),
                    &proof.signature,
                )
                .expect("a proof is right or not at all");
            true
        }
        CardAnswer::Failed(_) => false,
        other => panic!("{other:?}"),
    };
    desk.end();
    let memory = card.memory.lock().unwrap();
    assert!(memory.attempts() - before <= 2, "one VERIFY an entry");
    assert!(!memory.powered);
    identified
        && photo
        && proof
        && matches!(number, CardAnswer::MatchingNumber(VerifyOutcome::Accepted))
        && matches!(pin, CardAnswer::Pin(VerifyOutcome::Accepted))
}

/// Plays visits in which command `target` of each is spoilt, and a clean one at the end.
fn spoilt(
    mut spoil: impl FnMut(usize, Vec<u8>) -> Option<Said> + Send + Clone + 'static,
    targets: &[usize],
) {
    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    for target in targets {
        let first = card.memory.lock().unwrap().commands.len();
        let (target, mut spoil) = (*target, spoil.clone());
        card.hook(move |index, _, answer| {
            if index == first + target {
                spoil(target, answer.clone()).unwrap_or(Said::Bytes(answer))
            } else {
                Said::Bytes(answer)
            }
        });
        card.change(|memory| (memory.pin, memory.number) = (3, 10));
        visit(&desk, &card);
    }
    let _ = spoil(0, Vec::new());
    card.change(|memory| (memory.hook, memory.pin, memory.number) = (None, 3, 10));
    assert!(visit(&desk, &card), "the next patient is served");
}

/// How many commands a clean visit has.
fn length() -> usize {
    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    assert!(visit(&desk, &card));
    card.memory.lock().unwrap().commands.len()
}

#[test]
fn invariant_15_answers_cut_anywhere() {
    let all: Vec<usize> = (0..length()).collect();
    for keep in [0, 1, 2, 3, 7, 100, 254, 255, 256, 257] {
        spoilt(
            move |_, answer| (keep < answer.len()).then(|| Said::Bytes(answer[..keep].to_vec())),
            &all,
        );
    }
}

#[test]
fn invariant_15_the_certificate_and_the_photo_cut_at_every_length() {
    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    // Every block of EF 000A and EF 0002 begins with READ BINARY at some offset: cut block by length.
    for keep in 0..258 {
        card.hook(move |_, command, answer| {
            let block = command[1] == 0xB0 && answer.len() == 258;
            Said::Bytes(if block {
                answer[..keep].to_vec()
            } else {
                answer
            })
        });
        card.change(|memory| memory.number = 10);
        match desk.begin() {
            CardAnswer::Identified(identity) => {
                assert!(identity.certificate_problem.is_some(), "cut at {keep}");
                desk.number(NUMBER);
                assert!(
                    matches!(desk.photo(), CardAnswer::Failed(_)),
                    "cut at {keep}"
                );
            }
            CardAnswer::Failed(error) => assert!(error.ends_session() || keep >= 2, "{error}"),
            other => panic!("{other:?}"),
        }
        desk.end();
    }
}

#[test]
fn invariant_15_noise_and_status_words_anywhere() {
    let all: Vec<usize> = (0..length()).collect();
    let noises: [fn(Vec<u8>) -> Vec<u8>; 9] = [
        |answer| vec![0xFF; answer.len()],
        |answer| vec![0x00; answer.len()],
        |answer| answer.iter().map(|byte| byte ^ 0x5A).collect(),
        |_| vec![0x90; 4000],
        |_| sw(0x6C00),
        |_| sw(0x61FF),
        |_| sw(0x6F00),
        |_| sw(0x63C3),
        // A length that claims all memory: 8 bytes of FF behind a valid status.
        |_| {
            vec![
                0x30, 0x88, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x90, 0x00,
            ]
        },
    ];
    for noise in noises {
        spoilt(move |_, answer| Some(Said::Bytes(noise(answer))), &all);
    }
}

#[test]
fn invariant_15_a_card_that_answers_everything_alike() {
    for answer in [
        sw(0x9000),
        sw(0x61FF),
        sw(0x6C10),
        sw(0x63CF),
        [vec![0x30; 256], sw(0x9000)].concat(),
        [b"JPKIAPICCTOKEN2                 ".to_vec(), sw(0x9000)].concat(),
        vec![],
    ] {
        let desk = Desk::with(move |_: &[u8]| Said::Bytes(answer.clone()));
        let begun = desk.begin();
        assert!(!matches!(begun, CardAnswer::Ended));
        assert!(!matches!(desk.photo(), CardAnswer::Photo(_)));
        assert!(!matches!(
            desk.prove(ProveHow::AfterPin),
            CardAnswer::Proof(_)
        ));
        desk.end();
    }
}

#[test]
fn invariant_16_losses_anywhere_end_the_session() {
    let all: Vec<usize> = (0..length()).collect();
    for fault in [
        LinkError::Reset,
        LinkError::Removed,
        LinkError::Protocol("noise".into()),
    ] {
        spoilt(move |_, _| Some(Said::Fault(fault.clone())), &all);
    }
}

#[test]
fn invariant_2_a_lost_verdict_is_counted_anew_and_not_repeated() {
    // The card did (or did not) carry out the VERIFY before the answer was lost.
    for (entry, left) in [("9999", 2), (PIN, 3)] {
        let card = Synthetic::new();
        let desk = Desk::with(card.clone());
        let identity = desk.identified();
        card.hook(|_, command, answer| {
            if command[1] == 0x20 && command.len() > 5 {
                Said::Fault(LinkError::Reset)
            } else {
                Said::Bytes(answer)
            }
        });
        let goes_on;
        match desk.pin(entry) {
            CardAnswer::Pin(VerifyOutcome::Unknown {
                tries_left,
                session,
            }) => {
                assert_eq!(tries_left, Some(left));
                goes_on = session.expect("the same card goes on");
                assert!(goes_on > identity.session);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(card.memory.lock().unwrap().attempts(), 1);
        card.change(|memory| memory.hook = None);
        // Asked again by the person: it is a new session of the same card, and the old PIN status is gone.
        assert!(matches!(
            desk.prove(ProveHow::AfterPin),
            CardAnswer::Failed(CardError::PinFirst)
        ));
        assert!(matches!(
            desk.pin(PIN),
            CardAnswer::Pin(VerifyOutcome::Accepted)
        ));
        let CardAnswer::Proof(proof) = desk.prove(ProveHow::AfterPin) else {
            panic!()
        };
        assert_eq!(proof.session, goes_on, "the session that was named");
        assert_eq!(card.memory.lock().unwrap().attempts(), 2);
    }
}

#[test]
fn invariant_2_a_verdict_that_is_none_asks_the_counter() {
    for strange in [0x6F00, 0x6581, 0x6300, 0x6C04, 0x6104, 0x6700] {
        let card = Synthetic::new();
        let desk = Desk::with(card.clone());
        let own = desk.identified().session;
        card.hook(move |_, command, answer| {
            Said::Bytes(if command[1] == 0x20 && command.len() > 5 {
                sw(strange)
            } else {
                answer
            })
        });
        match desk.pin("9999") {
            CardAnswer::Pin(VerifyOutcome::Unknown {
                tries_left: Some(2),
                session: Some(session),
            }) if session == own => {}
            other => panic!("{strange:04X}: {other:?}"),
        }
        assert_eq!(card.memory.lock().unwrap().attempts(), 1, "{strange:04X}");
    }
}

#[test]
fn invariant_16_no_quiet_new_session_once_a_photo_is_out() {
    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    desk.identified();
    assert!(matches!(
        desk.number(NUMBER),
        CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
    ));
    assert!(matches!(desk.photo(), CardAnswer::Photo(_)));
    card.hook(|_, command, answer| {
        if command[1] == 0x20 && command.len() > 5 {
            Said::Fault(LinkError::Reset)
        } else {
            Said::Bytes(answer)
        }
    });
    assert!(matches!(
        desk.pin("9999"),
        CardAnswer::Pin(VerifyOutcome::Unknown {
            tries_left: Some(2),
            session: None
        })
    ));
    card.change(|memory| memory.hook = None);
    assert!(matches!(
        desk.pin(PIN),
        CardAnswer::Failed(CardError::Link(LinkError::Reset))
    ));
    assert_eq!(
        card.memory.lock().unwrap().attempts(),
        2,
        "number and one PIN"
    );
}

#[test]
fn invariant_16_another_card_after_a_lost_verdict_is_not_taken_for_the_first() {
    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    desk.identified();
    let memory = card.memory.clone();
    card.hook(move |_, command, answer| {
        if command[1] == 0x20 && command.len() > 5 {
            // What answers after the reset has another certificate.
            memory.lock().unwrap().certificate =
                support::leaf_der(support::TEST_ORGANIZATION, &keys().root, &keys().stranger);
            Said::Fault(LinkError::Reset)
        } else {
            Said::Bytes(answer)
        }
    });
    assert!(matches!(
        desk.pin("9999"),
        CardAnswer::Pin(VerifyOutcome::Unknown {
            tries_left: None,
            session: None
        })
    ));
    assert!(matches!(desk.pin(PIN), CardAnswer::Failed(_)));
    assert_eq!(card.memory.lock().unwrap().attempts(), 1);
}

#[test]
fn a_hanging_reader_costs_the_visit_its_limit_and_no_more() {
    let mut quick = config();
    quick.apdu_timeout = Duration::from_millis(300);
    let desk = Desk::new(quick);
    let card = Synthetic::new();
    desk.readers.lay(READER, card.clone());
    desk.wait(|event| matches!(event, CardEvent::CardArrived { .. }));
    desk.identified();
    card.hook(|_, command, answer| {
        if command[1] == 0x20 && command.len() > 5 {
            Said::Hang
        } else {
            Said::Bytes(answer)
        }
    });
    let start = Instant::now();
    assert!(matches!(
        desk.pin("9999"),
        CardAnswer::Pin(VerifyOutcome::Unknown {
            tries_left: None,
            session: None
        })
    ));
    assert!(matches!(
        desk.pin(PIN),
        CardAnswer::Failed(CardError::Link(LinkError::Timeout))
    ));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(card.memory.lock().unwrap().attempts(), 1);
    // The driver lets go: the next visit works.
    card.change(|memory| memory.hook = None);
    desk.readers.release();
    desk.identified();
    assert!(matches!(
        desk.pin(PIN),
        CardAnswer::Pin(VerifyOutcome::Accepted)
    ));
    desk.handle.shutdown();
}

#[test]
fn shutdown_does_not_wait_for_a_hung_driver() {
    let mut quick = config();
    quick.apdu_timeout = Duration::from_millis(200);
    let desk = Desk::new(quick);
    desk.readers.lay(READER, |_: &[u8]| Said::Hang);
    desk.wait(|event| matches!(event, CardEvent::CardArrived { .. }));
    assert!(matches!(
        desk.begin(),
        CardAnswer::Failed(CardError::Link(LinkError::Timeout))
    ));
    // More visits than threads may be left behind: refused, not piled up.
    let mut stuck = 0;
    for _ in 0..8 {
        desk.readers.lay(READER, |_: &[u8]| Said::Hang);
        if let CardAnswer::Failed(error) = desk.begin() {
            stuck += usize::from(error == CardError::Link(LinkError::Stuck));
        }
    }
    assert!(stuck >= 3, "{stuck}");
    let start = Instant::now();
    desk.handle.shutdown();
    assert!(start.elapsed() < Duration::from_secs(3));
    desk.readers.release();
}

/// A card that feeds its files byte by byte, each after a wait that is within the limit of one answer.
fn dripping() -> Synthetic {
    let card = Synthetic::new();
    // While its sender lives, the receiver waits.
    let waiting = std::sync::mpsc::channel::<()>();
    card.hook(move |_, command, answer| {
        if command[1] != 0xB0 || answer.len() < 4 {
            return Said::Bytes(answer);
        }
        let (_sender, nothing) = &waiting;
        let _ = nothing.recv_timeout(Duration::from_millis(30));
        Said::Bytes(vec![answer[0], 0x90, 0x00])
    });
    card
}

#[test]
fn invariant_15_a_card_that_feeds_its_files_in_drops_costs_the_visit_one_step() {
    let mut quick = config();
    quick.apdu_timeout = Duration::from_millis(250);
    let desk = Desk::new(quick);
    let card = dripping();
    desk.readers.lay(READER, card.clone());
    desk.wait(|event| matches!(event, CardEvent::CardArrived { .. }));
    let start = Instant::now();
    let begun = desk.begin();
    assert!(
        matches!(
            begun,
            CardAnswer::Failed(CardError::Link(LinkError::Timeout))
        ),
        "{begun:?}"
    );
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
    desk.end();
    card.change(|memory| memory.hook = None);
    desk.identified();
}

#[test]
fn shutdown_does_not_wait_for_the_end_of_a_step() {
    let desk = Desk::new(config());
    let card = dripping();
    desk.readers.lay(READER, card.clone());
    desk.wait(|event| matches!(event, CardEvent::CardArrived { .. }));
    let begin = CardCommand::Begin {
        visit: VISIT,
        reader: READER.into(),
    };
    desk.handle.send(begin).unwrap();
    let until = Instant::now() + Duration::from_secs(5);
    while card.memory.lock().unwrap().commands.len() < 8 {
        assert!(Instant::now() < until, "the step has begun");
        std::thread::yield_now();
    }
    let start = Instant::now();
    desk.handle.shutdown();
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    assert!(!card.memory.lock().unwrap().powered);
}

#[test]
fn a_full_command_queue_is_said_at_once() {
    let mut quick = config();
    quick.apdu_timeout = Duration::from_millis(500);
    let desk = Desk::new(quick);
    desk.readers.lay(READER, |_: &[u8]| Said::Hang);
    let mut busy = false;
    for _ in 0..40 {
        busy |= desk.handle.send(CardCommand::Begin {
            visit: VISIT,
            reader: READER.into(),
        }) == Err(card::CardGone::Busy);
    }
    assert!(busy);
    desk.readers.release();
    desk.handle.shutdown();
}
