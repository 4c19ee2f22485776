//! Readers and cards coming and going, pcscd too, through the transport seam.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::{Duration, Instant};

use card::scripted::ScriptedReaders;
use card::{CardAnswer, CardError, CardEvent, ProveHow, VerifyOutcome};
use support::synthetic::Synthetic;
use support::{Desk, NUMBER, PIN, READER, VISIT, config};

/// One line an event, enough to compare.
fn line(event: &CardEvent) -> String {
    match event {
        CardEvent::ServiceDown { .. } => "service down".into(),
        CardEvent::ServiceUp => "service up".into(),
        CardEvent::ReaderArrived { reader } => format!("reader {reader} arrived"),
        CardEvent::ReaderLeft { reader } => format!("reader {reader} left"),
        CardEvent::CardArrived { reader } => format!("card {reader} arrived"),
        CardEvent::CardLeft { reader } => format!("card {reader} left"),
        CardEvent::ReaderHung { reader, trouble } => format!("reader {reader} hung: {trouble:?}"),
        CardEvent::Answer { visit, answer } => format!("answer {visit} {answer:?}"),
    }
}

fn lines(desk: &Desk, count: usize) -> Vec<String> {
    (0..count)
        .map(|_| line(&desk.events.recv_timeout(Duration::from_secs(5)).unwrap()))
        .collect()
}

#[test]
fn everything_present_at_the_start_is_told() {
    let readers = ScriptedReaders::new();
    readers.plug("a");
    readers.plug("b");
    readers.lay("b", Synthetic::new());
    let desk = Desk::over(config(), readers);
    assert_eq!(
        lines(&desk, 4),
        [
            "service up",
            "reader a arrived",
            "reader b arrived",
            "card b arrived"
        ]
    );
}

#[test]
fn hot_plug_of_readers_and_cards() {
    let desk = Desk::over(config(), ScriptedReaders::new());
    assert_eq!(lines(&desk, 1), ["service up"]);
    desk.readers.plug("a");
    assert_eq!(lines(&desk, 1), ["reader a arrived"]);
    desk.readers.lay("a", Synthetic::new());
    assert_eq!(lines(&desk, 1), ["card a arrived"]);
    desk.readers.lay("a", Synthetic::new());
    assert_eq!(
        lines(&desk, 2),
        ["card a left", "card a arrived"],
        "swapped"
    );
    desk.readers.unplug("a");
    assert_eq!(lines(&desk, 2), ["card a left", "reader a left"]);
}

#[test]
fn unwanted_readers_are_not_told() {
    let mut only = config();
    only.reader_filters = vec!["ACR".into(), "CL3".into()];
    let readers = ScriptedReaders::new();
    readers.plug("Yubikey");
    readers.plug("ACR1252");
    readers.plug("CL3 for phones");
    let desk = Desk::over(only, readers);
    assert_eq!(
        lines(&desk, 3),
        [
            "service up",
            "reader ACR1252 arrived",
            "reader CL3 for phones arrived"
        ]
    );
}

#[test]
fn the_service_goes_and_comes_back() {
    let readers = ScriptedReaders::new();
    readers.set_service(false);
    readers.plug("a");
    readers.lay("a", Synthetic::new());
    let desk = Desk::over(config(), readers);
    assert_eq!(lines(&desk, 1), ["service down"]);
    desk.readers.set_service(true);
    let start = Instant::now();
    assert_eq!(
        lines(&desk, 3),
        ["service up", "reader a arrived", "card a arrived"]
    );
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "tried each second"
    );
    desk.readers.set_service(false);
    assert_eq!(
        lines(&desk, 3),
        ["card a left", "reader a left", "service down"]
    );
    // Said once, not each second.
    assert!(
        desk.events
            .recv_timeout(Duration::from_millis(2500))
            .is_err()
    );
}

#[test]
fn the_reader_goes_away_mid_visit() {
    let desk = Desk::with(Synthetic::new());
    desk.identified();
    desk.readers.unplug(READER);
    // Unasked, because the visit waits for a person and not for the card.
    assert!(matches!(
        desk.answer(),
        CardAnswer::Failed(CardError::ReaderGone)
    ));
    assert!(matches!(
        desk.pin(PIN),
        CardAnswer::Failed(CardError::ReaderGone)
    ));
    desk.end();
    // And back: the next patient.
    desk.readers.plug(READER);
    desk.readers.lay(READER, Synthetic::new());
    desk.identified();
}

#[test]
fn invariant_16_a_card_taken_away_ends_the_session_even_when_it_comes_back() {
    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    desk.identified();
    assert!(matches!(
        desk.pin(PIN),
        CardAnswer::Pin(VerifyOutcome::Accepted)
    ));
    desk.readers.take(READER);
    desk.wait(|event| matches!(event, CardEvent::CardLeft { .. }));
    desk.readers.lay(READER, card);
    desk.wait(|event| matches!(event, CardEvent::CardArrived { .. }));
    assert!(matches!(
        desk.prove(ProveHow::AfterPin),
        CardAnswer::Failed(CardError::CardRemoved)
    ));
    desk.identified();
    assert!(matches!(
        desk.prove(ProveHow::AfterPin),
        CardAnswer::Failed(CardError::PinFirst)
    ));
}

#[test]
fn invariant_16_a_swapped_card_lends_nothing() {
    let first = Synthetic::new();
    let desk = Desk::with(first);
    desk.identified();
    assert!(matches!(
        desk.number(NUMBER),
        CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
    ));
    let second = Synthetic::new();
    // So quick that nothing but the change counter tells.
    desk.readers.lay(READER, second.clone());
    assert!(matches!(
        desk.photo(),
        CardAnswer::Failed(CardError::CardRemoved)
    ));
    assert!(second.memory.lock().unwrap().commands.is_empty());
}

#[test]
fn another_program_with_the_card_is_waited_out_for_two_seconds() {
    let desk = Desk::with(Synthetic::new());
    desk.readers.set_held_by_others(READER, true);
    let start = Instant::now();
    let CardAnswer::Failed(error) = desk.begin() else {
        panic!()
    };
    assert_eq!(
        (error.code(), matches!(error, CardError::Held { .. })),
        ("UK-CARD-003", true)
    );
    assert!((2..4).contains(&start.elapsed().as_secs()));

    desk.handle
        .send(card::CardCommand::Begin {
            visit: VISIT,
            reader: READER.into(),
        })
        .unwrap();
    assert!(
        desk.events
            .recv_timeout(Duration::from_millis(300))
            .is_err()
    );
    desk.readers.set_held_by_others(READER, false);
    assert!(matches!(desk.answer(), CardAnswer::Identified(_)));
}

#[test]
fn missing_cards_and_readers_have_their_own_words() {
    let desk = Desk::with(Synthetic::new());
    desk.readers.take(READER);
    let CardAnswer::Failed(error) = desk.begin() else {
        panic!()
    };
    assert_eq!(error.code(), "UK-CARD-004");
    desk.readers.unplug(READER);
    let CardAnswer::Failed(error) = desk.begin() else {
        panic!()
    };
    assert_eq!(error.code(), "UK-CARD-002");
    desk.readers.set_service(false);
    let CardAnswer::Failed(error) = desk.begin() else {
        panic!()
    };
    assert_eq!(error.code(), "UK-CARD-001");
}

#[test]
fn threads_end_when_told_when_dropped_and_when_nobody_listens() {
    let desk = Desk::with(Synthetic::new());
    desk.identified();
    let start = Instant::now();
    desk.handle.shutdown();
    // Far above what it takes, far below a wait for ever: the machine may be busy.
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(desk.events.recv_timeout(Duration::from_secs(2)).is_err());

    let card = Synthetic::new();
    let desk = Desk::with(card.clone());
    desk.identified();
    drop(desk.handle);
    while desk.events.recv_timeout(Duration::from_secs(5)).is_ok() {}
    assert!(
        !card.memory.lock().unwrap().powered,
        "the card is switched off"
    );

    let desk = Desk::with(Synthetic::new());
    desk.handle.send(card::CardCommand::Shutdown).unwrap();
    while desk.events.recv_timeout(Duration::from_secs(5)).is_ok() {}
    assert_eq!(
        desk.handle.send(card::CardCommand::Shutdown),
        Err(card::CardGone::Stopped)
    );
}
