//! What the face worker is asked, and when: head turns after a failed try.

use card::{CardAnswer, CardEvent, VerifyOutcome};
use kiosk::patient::Input;
use vision::protocol::{Challenge, FaceOutcome, Request};

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
