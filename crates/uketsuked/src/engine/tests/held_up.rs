//! A card that is held up to the face camera: what is asked of the worker, whom the digits reach, and when they are forgotten.

use std::sync::Arc;
use std::time::Duration;

use kiosk::patient::{HoldStep, Input, Notice, Page};
use vision::protocol::{Beside, Request};
use zeroize::Zeroizing;

use super::bench::{Bench, Service};
use super::face::take_card;
use crate::board::{Camera, Worker};
use crate::clock::TrustedClock;
use crate::engine::Message;

fn worker(document: bool) -> Worker {
    Worker {
        version: vision::protocol::PROTOCOL_VERSION,
        recipe: vision::RECIPE.into(),
        source: "stream:face".into(),
        simulated: true,
        camera: Some(Camera {
            ok: true,
            detail: String::new(),
            width: 640,
            height: 480,
            fps: 15,
        }),
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
    bench.engine.take(Message::CardRead(visit, digits(), false));
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
    bench.engine.take(Message::CardRead(visit, digits(), false));
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
    bench.engine.take(Message::CardRead(visit, digits(), false));
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
        .take(Message::CardRead(visit, Zeroizing::default(), false));
    assert_eq!((step(&bench), filled(&bench)), (None, Some(0)));
    bench.engine.pressed(Input::HoldCard);
    take_card(&mut bench);
    bench
        .engine
        .take(Message::CardRead(visit, Zeroizing::default(), false));
    assert_eq!(step(&bench), Some(HoldStep::NotRead));
}

/// A bench that was asked for the card, which is in the person's hand; and the visit in which it was asked.
fn in_the_hand() -> (Bench, u64) {
    let mut bench = at_keypad(false, Some(EXPIRY));
    bench.engine.pressed(Input::HoldCard);
    let visit = bench.visit().0;
    take_card(&mut bench);
    (bench, visit)
}

/// The same once it was read.
fn read() -> Bench {
    let (mut bench, visit) = in_the_hand();
    bench.engine.take(Message::CardRead(visit, digits(), false));
    assert_eq!(step(&bench), Some(HoldStep::LayDown));
    bench
}

/// Time goes by, and the engine's second comes.
fn later(bench: &mut Bench, seconds: u64) {
    let clock = TrustedClock::running_for(Duration::from_secs(seconds));
    bench.engine.parts.clock = Arc::new(clock);
    bench.engine.count_down();
}

/// The same card is laid down and face chosen, where the page does not go on by itself: what stands on the keypad.
fn typed_for(bench: &mut Bench) -> Option<u8> {
    bench.lay_with_expiry(Some(EXPIRY));
    bench.engine.pressed(Input::Face);
    filled(bench)
}

/// Invariant 5: what was read is wiped a minute after the touch that asked for it, laid down or not; before that it waits.
#[tokio::test]
async fn invariant_5_what_a_held_card_says_is_wiped_after_a_minute() {
    let mut bench = read();
    later(&mut bench, 55);
    assert_eq!(step(&bench), Some(HoldStep::LayDown));
    later(&mut bench, 61);
    assert!(bench.engine.held_up.is_none());
    assert_eq!(step(&bench), None);
    assert_eq!(typed_for(&mut bench), Some(0));
}

/// Invariant 5: so it is when the person goes back, and when another card is laid down, whatever lies there after that.
#[tokio::test]
async fn invariant_5_what_a_held_card_says_is_wiped_on_going_back_and_by_another_card() {
    let mut bench = read();
    bench.engine.pressed(Input::Back);
    assert!(bench.engine.held_up.is_none());
    assert_eq!((step(&bench), typed_for(&mut bench)), (None, Some(0)));

    let mut bench = read();
    bench.lay_with_expiry(Some("20310115"));
    assert!(bench.engine.held_up.is_none());
    take_card(&mut bench);
    assert_eq!(typed_for(&mut bench), Some(0));
}

/// Invariants 3, 10 and 16: a card whose chip tells no expiry is not known to be the one that was held up.
#[tokio::test]
async fn invariant_16_a_card_that_tells_no_expiry_gets_nothing_of_what_was_held_up() {
    let mut bench = read();
    bench.lay_with_expiry(None);
    assert_eq!(bench.state(), "choosing-method");
    assert!(bench.engine.held_up.is_none());
    bench.engine.pressed(Input::Face);
    assert_eq!(filled(&bench), Some(0));
}

/// Nothing was read: the person is told, and finds the keypad where the same card lies again, for the face was chosen before.
#[tokio::test]
async fn after_a_card_that_was_not_read_the_keypad_comes_back() {
    let (mut bench, visit) = in_the_hand();
    bench
        .engine
        .take(Message::CardRead(visit, Zeroizing::default(), false));
    assert_eq!(step(&bench), Some(HoldStep::NotRead));
    bench.lay_with_expiry(Some(EXPIRY));
    assert_eq!((step(&bench), filled(&bench)), (None, Some(0)));
    assert!(bench.screen.borrow().hold_card, "once more, if wanted");

    // With the card on the reader the keypad itself says it, until it is asked for once more.
    let notice = |bench: &Bench| match bench.screen.borrow().page {
        Page::Keypad { notice, .. } => notice,
        _ => None,
    };
    let mut bench = at_keypad(false, Some(EXPIRY));
    bench.engine.pressed(Input::HoldCard);
    let visit = bench.visit().0;
    bench
        .engine
        .take(Message::CardRead(visit, Zeroizing::default(), false));
    assert_eq!(notice(&bench), Some(Notice::NumberNotRead));
    bench.engine.pressed(Input::HoldCard);
    bench.engine.pressed(Input::Back);
    assert_eq!((filled(&bench), notice(&bench)), (Some(0), None));
}

/// Invariant 15: a worker that dies or keeps silent leaves nobody before a picture that stands still.
#[tokio::test]
async fn invariant_15_a_worker_that_does_not_answer_is_not_waited_for() {
    let (mut bench, _) = in_the_hand();
    let gone = Message::FaceAvailable(Err("UK-FACE-011"), "the worker hung up".into());
    bench.engine.take(gone);
    assert_eq!(step(&bench), Some(HoldStep::NotRead));

    let (mut bench, visit) = in_the_hand();
    later(&mut bench, 22);
    assert_eq!(step(&bench), Some(HoldStep::Hold), "it may still answer");
    later(&mut bench, 26);
    assert_eq!(step(&bench), Some(HoldStep::NotRead));
    bench.engine.take(Message::CardRead(visit, digits(), false));
    bench.lay_with_expiry(Some(EXPIRY));
    assert_eq!(filled(&bench), Some(0), "too late");
}

/// Where no document camera is, nothing but a touch asks the worker to look for a card: its "nothing" would be taken for the answer to that.
#[tokio::test]
async fn without_a_document_camera_only_a_touch_asks_for_the_card() {
    let asked = |bench: &Bench| {
        let asked = bench.devices.face.lock().unwrap();
        let read = |(request, _): &&(Request, Vec<u8>)| matches!(request, Request::ReadCard { .. });
        asked.iter().filter(read).count()
    };
    assert_eq!(asked(&at_keypad(true, Some(EXPIRY))), 1);
    let mut bench = at_keypad(false, Some(EXPIRY));
    assert_eq!(asked(&bench), 0);
    bench.engine.pressed(Input::HoldCard);
    assert_eq!((asked(&bench), asked_to_look(&bench)), (1, 1));
}

/// What staff's page says of visits that ended without a result: how, and the code.
async fn staffs_list(bench: &Bench) -> Vec<(String, Option<String>)> {
    let (page, mut drawn) = tokio::sync::watch::channel(kiosk::staff::StaffState::default());
    let board = Arc::clone(&bench.engine.parts.board);
    let desk = bench.desk.clone();
    let now = bench.engine.parts.clock.wall_ms();
    let drawing = tokio::spawn(async move {
        let settings = (true, kiosk::staff::Offices::default());
        board.keep_drawing(desk, settings, page, move || now).await;
    });
    drawn.changed().await.unwrap();
    let ended = drawn.borrow().ended.clone();
    drawing.abort();
    ended
        .into_iter()
        .map(|one| (one.outcome, one.code))
        .collect()
}

/// How the visits ended, as the audit chain tells it, and by whom.
async fn recorded(bench: &Bench) -> Vec<(String, String)> {
    let records = bench.desk.run(|ledger| ledger.audit_records(0, 1000)).await;
    let word = |of: &serde_json::Value| of.as_str().unwrap_or_default().to_owned();
    records
        .unwrap()
        .unwrap()
        .into_iter()
        .filter(|one| one.action == "visit-ended")
        .map(|one| (word(&one.detail["outcome"]), word(&one.detail["ended_by"])))
        .collect()
}

/// Invariant 12: a card that was taken because the page asked for it is no failure in staff's list, and stands there at all only when no visit went on with
/// it; the audit chain says of each what happened.
#[tokio::test]
async fn invariant_12_a_card_taken_to_be_held_up_is_no_failure() {
    let mut bench = read();
    assert!(staffs_list(&bench).await.is_empty());
    bench.lay_with_expiry(Some(EXPIRY));
    assert_eq!(filled(&bench), Some(14));
    assert!(staffs_list(&bench).await.is_empty(), "the visit goes on");
    let held_up = ("card-held-up".to_owned(), "patient".to_owned());
    assert_eq!(recorded(&bench).await, std::slice::from_ref(&held_up));
    // Its own end is told as every visit's.
    take_card(&mut bench);
    let removed = ("card-removed".to_owned(), Some("UK-VISIT-103".to_owned()));
    assert_eq!(staffs_list(&bench).await, [removed]);

    // Laid down unread, the person types: that visit goes on, too.
    let (mut bench, _) = in_the_hand();
    bench.lay_with_expiry(Some(EXPIRY));
    assert!(bench.engine.held_up.is_none());
    assert!(staffs_list(&bench).await.is_empty());

    // Nobody came back with it, went back on the page, or laid another card down.
    let not_back: [fn(&mut Bench); 3] = [
        |bench| later(bench, 61),
        |bench| bench.engine.pressed(Input::Back),
        |bench| bench.lay_with_expiry(Some("20310115")),
    ];
    for leave in not_back {
        let mut bench = read();
        leave(&mut bench);
        let noted: [(String, Option<String>); 1] = [("card-held-up".to_owned(), None)];
        assert_eq!(staffs_list(&bench).await, noted);
        assert_eq!(recorded(&bench).await, std::slice::from_ref(&held_up));
    }
}

/// Invariant 3: the page says that the camera filled the digits in as long as they are the camera's; wiped at one touch, the rest is the person's.
#[tokio::test]
async fn invariant_3_the_page_knows_whose_digits_stand_there() {
    let mut bench = read();
    bench.lay_with_expiry(Some(EXPIRY));
    let by_camera = |bench: &Bench| bench.screen.borrow().by_camera;
    assert!(by_camera(&bench));
    bench.engine.pressed(Input::Clear);
    assert_eq!((filled(&bench), by_camera(&bench)), (Some(0), false));
    assert!(bench.screen.borrow().hold_card, "once more, if wanted");
    for _ in 0..14 {
        bench.engine.pressed(Input::Digit(1));
    }
    assert_eq!((filled(&bench), by_camera(&bench)), (Some(14), false));

    // A part: until the person adds something, and again when that is taken back.
    let mut bench = at_keypad(true, Some(EXPIRY));
    let visit = bench.visit().0;
    let birth = Zeroizing::new(b"020115".to_vec());
    bench.engine.take(Message::CardRead(visit, birth, false));
    assert_eq!((filled(&bench), by_camera(&bench)), (Some(6), true));
    bench.engine.pressed(Input::Digit(4));
    assert_eq!((filled(&bench), by_camera(&bench)), (Some(7), false));
    bench.engine.pressed(Input::Erase);
    assert_eq!((filled(&bench), by_camera(&bench)), (Some(6), true));
    bench.engine.pressed(Input::Clear);
    assert_eq!((filled(&bench), by_camera(&bench)), (Some(0), false));
}

/// Another card than the one that lay on the reader: no digit of it is kept, whatever the worker sends, and the person is told which it was to be.
#[tokio::test]
async fn another_card_held_up_is_told_as_another_card() {
    let (mut bench, visit) = in_the_hand();
    bench.engine.take(Message::CardRead(visit, digits(), true));
    assert_eq!(step(&bench), Some(HoldStep::AnotherCard));
    bench.lay_with_expiry(Some(EXPIRY));
    assert_eq!((step(&bench), filled(&bench)), (None, Some(0)));
    assert!(bench.screen.borrow().hold_card, "once more, if wanted");

    let mut bench = at_keypad(false, Some(EXPIRY));
    bench.engine.pressed(Input::HoldCard);
    let visit = bench.visit().0;
    let none = Zeroizing::default();
    bench.engine.take(Message::CardRead(visit, none, true));
    let notice = match bench.screen.borrow().page {
        Page::Keypad { notice, .. } => notice,
        _ => None,
    };
    assert_eq!(notice, Some(Notice::AnotherCardRead));
}

/// Invariant 3: so it is under a document camera, where the other card may have the same birth date: nothing of it is typed, the keypad says why, and the
/// person types.
#[tokio::test]
async fn invariant_3_of_another_card_under_the_document_camera_no_digit_is_typed() {
    for sure in [&b""[..], b"020115", b"02011520304321"] {
        let mut bench = at_keypad(true, Some(EXPIRY));
        let visit = bench.visit().0;
        let digits = Zeroizing::new(sure.to_vec());
        bench.engine.take(Message::CardRead(visit, digits, true));
        assert_eq!(filled(&bench), Some(0));
        assert!(!bench.screen.borrow().by_camera);
        let notice = |bench: &Bench| match bench.screen.borrow().page {
            Page::Keypad { notice, .. } => notice,
            _ => None,
        };
        assert_eq!(notice(&bench), Some(Notice::AnotherCardRead));
        bench.engine.pressed(Input::Digit(1));
        assert_eq!(filled(&bench), Some(1));
        // Nobody is told of another visit's card.
        let mut bench = at_keypad(true, Some(EXPIRY));
        let other = bench.visit().0.wrapping_add(1);
        let digits = Zeroizing::new(sure.to_vec());
        bench.engine.take(Message::CardRead(other, digits, true));
        assert_eq!((filled(&bench), notice(&bench)), (Some(0), None));
    }
}
