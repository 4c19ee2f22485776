//! What the face worker is asked, and when: head turns after a failed try.

use card::{CardAnswer, CardEvent, VerifyOutcome};
use kiosk::patient::Input;
use vision::protocol::{Challenge, FaceOutcome, Request};
use zeroize::Zeroizing;

use super::bench::{Bench, READER, SESSION, Service, photo};
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

pub(super) fn take_card(bench: &mut Bench) {
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
