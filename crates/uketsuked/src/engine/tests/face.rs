//! What the face worker is asked, and when: head turns after a failed try, a card that is held up.

use card::{CardAnswer, CardEvent, VerifyOutcome};
use kiosk::patient::{HoldStep, Input, Page};
use vision::protocol::{Beside, Challenge, FaceOutcome, Request};
use zeroize::Zeroizing;

use super::bench::{Bench, READER, SESSION, Service, photo};
use crate::board::Worker;
use crate::engine::Message;

/// The challenges of the comparisons that were asked for.
fn challenges(bench: &Bench) -> Vec<Challenge> {
    let asked = bench.devices.face.lock().unwrap();
    asked
        .iter()
        .filter_map(|(request, _)| match request {
            Request::StartFace { challenge, .. } => Some(*challenge),
            _ => None,
        })
        .collect()
}

fn to_comparison(bench: &mut Bench) {
    bench.lay();
    bench.engine.pressed(Input::Face);
    bench.press(&[0, 2, 0, 1, 1, 5, 2, 0, 3, 0, 4, 3, 2, 1]);
    bench.card(CardAnswer::MatchingNumber(VerifyOutcome::Accepted));
    bench.card(photo(SESSION));
}

fn take_card(bench: &mut Bench) {
    bench.engine.take(Message::Card(CardEvent::CardLeft {
        reader: READER.into(),
    }));
}

/// Invariant 7: a site that asks for head turns on doubt only asks for them after any try of this card that failed, in the same visit and in
/// the next one, and no longer once the face matched.
#[tokio::test]
async fn invariant_7_on_doubt_a_failed_try_asks_the_worker_for_head_turns() {
    use Challenge::{Always, OnDoubt};
    let mut bench = Bench::new(Service::good());
    bench.engine.parts.settings.challenge = OnDoubt;
    to_comparison(&mut bench);
    assert_eq!(challenges(&bench), [OnDoubt]);
    let visit = bench.visit().0;
    let doubtful = FaceOutcome::Doubtful { distance: 0.6 };
    bench.engine.take(Message::Face(visit, doubtful));
    assert_eq!(challenges(&bench), [OnDoubt, Always], "the next try");
    take_card(&mut bench);
    to_comparison(&mut bench);
    assert_eq!(
        challenges(&bench),
        [OnDoubt, Always, Always],
        "the next visit"
    );
    let visit = bench.visit().0;
    let matched = FaceOutcome::Matched {
        distance: 0.3,
        frames: 3,
    };
    bench.engine.take(Message::Face(visit, matched));
    take_card(&mut bench);
    to_comparison(&mut bench);
    assert_eq!(challenges(&bench)[3..], [OnDoubt], "after a match");
}

/// Invariant 7: a card whose face was tried as often as it may be in an hour is not compared again, in the same visit or in the next: nothing is
/// sent to the worker, no live picture is shown, and the person finds another way with face closed. Nor does a new visit begin to count anew.
#[tokio::test]
async fn invariant_7_a_card_that_was_tried_too_often_is_not_compared() {
    let mut bench = Bench::with_tries(Service::good(), 2);
    let doubtful = FaceOutcome::Doubtful { distance: 0.6 };
    to_comparison(&mut bench);
    let visit = bench.visit().0;
    for tries in [1, 2] {
        assert_eq!(challenges(&bench).len(), tries);
        assert_eq!(bench.state(), "face");
        bench.engine.take(Message::Face(visit, doubtful.clone()));
    }
    for _ in 0..2 {
        assert_eq!(challenges(&bench).len(), 2, "the third try was begun");
        assert_eq!(bench.state(), "choosing-method");
        let visit = bench.visit().0;
        bench.preview.put(visit, Zeroizing::new(b"frame".to_vec()));
        assert!(bench.preview.subscribe().borrow().is_none());
        bench.engine.pressed(Input::Face);
        assert_eq!(bench.state(), "choosing-method", "face is closed");
        take_card(&mut bench);
        to_comparison(&mut bench);
    }
}

fn worker(document: bool) -> Worker {
    Worker {
        version: vision::protocol::PROTOCOL_VERSION,
        recipe: vision::RECIPE.into(),
        source: "stream:face".into(),
        simulated: true,
        camera: None,
        beside: vec![Beside {
            role: "document".into(),
            source: "pictures:front".into(),
            there: document,
            missed: false,
        }],
        open: Vec::new(),
        reads_cards: true,
    }
}

/// A bench whose person is at the keypad for the number.
fn at_keypad(document: bool, expiry: Option<&str>) -> Bench {
    let mut bench = Bench::new(Service::good());
    bench.engine.parts.settings.read_card = true;
    bench.engine.parts.board.set_worker(Some(worker(document)));
    bench.lay_with_expiry(expiry);
    bench.engine.pressed(Input::Face);
    bench
}

fn step(bench: &Bench) -> Option<HoldStep> {
    match bench.screen.borrow().page {
        Page::HoldCard { step } => Some(step),
        _ => None,
    }
}

fn filled(bench: &Bench) -> Option<u8> {
    match bench.engine.page {
        visit::Page::Keypad { filled, .. } => Some(filled),
        _ => None,
    }
}

fn asked_to_look(bench: &Bench) -> usize {
    let asked = bench.devices.face.lock().unwrap();
    asked
        .iter()
        .filter(|(request, _)| matches!(request, Request::ReadCard { held_up: true, .. }))
        .count()
}

const EXPIRY: &str = "20300115";

fn digits() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(b"02011520304321".to_vec())
}

/// Invariants 3 and 16: the card is taken off the reader to be held up, which ends the visit; what was read is typed in the visit that the same card
/// begins next, and goes to the card when the person confirms it, not before.
#[tokio::test]
async fn invariant_3_what_a_held_card_says_is_typed_when_it_lies_there_again() {
    let mut bench = at_keypad(false, Some(EXPIRY));
    assert!(bench.screen.borrow().hold_card);
    bench.engine.pressed(Input::HoldCard);
    assert_eq!(
        (step(&bench), asked_to_look(&bench)),
        (Some(HoldStep::Hold), 1)
    );
    let visit = bench.visit().0;
    take_card(&mut bench);
    assert_eq!(step(&bench), Some(HoldStep::Hold), "still looked for");
    bench.preview.put(visit, Zeroizing::new(b"coarse".to_vec()));
    assert!(bench.preview.subscribe().borrow().is_some());
    bench.engine.take(Message::CardRead(visit, digits()));
    assert_eq!(step(&bench), Some(HoldStep::LayDown));
    assert!(bench.preview.subscribe().borrow().is_none(), "invariant 5");
    bench.lay_with_expiry(Some(EXPIRY));
    assert_eq!((step(&bench), filled(&bench)), (None, Some(14)));
    let verified = || {
        let sent = bench.devices.card.lock().unwrap();
        let verify = |command: &&card::CardCommand| {
            matches!(command, card::CardCommand::VerifyMatchingNumber { .. })
        };
        sent.iter().filter(verify).count()
    };
    assert_eq!(verified(), 0, "the person confirms");
    assert!(bench.engine.held_up.is_none(), "nothing is kept");
}

/// Invariants 3, 5 and 10: another card gets nothing of what was read, and neither does a visit that begins after the person has gone.
#[tokio::test]
async fn invariant_10_what_a_held_card_says_reaches_no_other_card() {
    let mut bench = at_keypad(false, Some(EXPIRY));
    bench.engine.pressed(Input::HoldCard);
    let visit = bench.visit().0;
    take_card(&mut bench);
    bench.engine.take(Message::CardRead(visit, digits()));
    bench.lay_with_expiry(Some("20310115"));
    assert_eq!(bench.state(), "choosing-method");
    assert!(bench.engine.held_up.is_none());
    bench.engine.pressed(Input::Face);
    assert_eq!(filled(&bench), Some(0));
    // Laid down unread: the person chooses and types.
    take_card(&mut bench);
    let mut bench = at_keypad(false, Some(EXPIRY));
    bench.engine.pressed(Input::HoldCard);
    let visit = bench.visit().0;
    take_card(&mut bench);
    bench.lay_with_expiry(Some(EXPIRY));
    assert_eq!((bench.state(), step(&bench)), ("choosing-method", None));
    bench.engine.take(Message::CardRead(visit, digits()));
    bench.engine.pressed(Input::Face);
    assert_eq!(filled(&bench), Some(0), "a late answer fills nothing in");
}

/// Not offered where a document camera reads the card, where the chip tells no expiry to compare with, or where nothing can read; going back ends it.
#[tokio::test]
async fn holding_up_is_offered_where_only_the_face_camera_can_read() {
    for (document, expiry) in [(true, Some(EXPIRY)), (false, None)] {
        let mut bench = at_keypad(document, expiry);
        assert!(!bench.screen.borrow().hold_card);
        bench.engine.pressed(Input::HoldCard);
        assert_eq!((step(&bench), asked_to_look(&bench)), (None, 0));
    }
    let mut bench = at_keypad(false, Some(EXPIRY));
    bench.engine.pressed(Input::HoldCard);
    bench.engine.pressed(Input::Back);
    assert_eq!((step(&bench), filled(&bench)), (None, Some(0)));
    // Nothing sure while the card still lies there: back to the keypad. With the card in the hand the person is told.
    bench.engine.pressed(Input::HoldCard);
    let visit = bench.visit().0;
    bench
        .engine
        .take(Message::CardRead(visit, Zeroizing::default()));
    assert_eq!((step(&bench), filled(&bench)), (None, Some(0)));
    bench.engine.pressed(Input::HoldCard);
    take_card(&mut bench);
    bench
        .engine
        .take(Message::CardRead(visit, Zeroizing::default()));
    assert_eq!(step(&bench), Some(HoldStep::NotRead));
}
