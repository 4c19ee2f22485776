//! The rules of one comparison under simulated time.

use super::*;
use crate::quality::tests::good;

const fn ms(value: u64) -> Duration {
    Duration::from_millis(value)
}

fn rules(challenge: Challenge) -> Rules {
    Rules {
        threshold: Threshold::DEFAULT,
        deadline: ms(10_000),
        challenge,
        order: [Turn::Left, Turn::Right],
    }
}

fn session() -> Session {
    Session::new(rules(Challenge::Off))
}

/// A frame's distance without anything beside it.
fn compared(session: &mut Session, now: Duration, card: f32) -> Option<FaceOutcome> {
    session.compared(now, card, None, Cues::default())
}

fn elsewhere() -> Measure {
    Measure {
        bounds: [40.0, 60.0, 200.0, 240.0],
        ..good()
    }
}

#[test]
fn three_good_frames_match() {
    let mut session = session();
    for (at, expected) in [
        (0, None),
        (100, None),
        (
            200,
            Some(FaceOutcome::Matched {
                distance: 0.4,
                frames: 3,
            }),
        ),
    ] {
        assert!(
            session
                .look(ms(at), &Observation::One(good()))
                .compare
                .is_some()
        );
        assert_eq!(compared(&mut session, ms(at), 0.4), expected);
    }
}

#[test]
fn frames_too_near_in_time_are_not_compared() {
    let mut session = session();
    assert!(
        session
            .look(ms(0), &Observation::One(good()))
            .compare
            .is_some()
    );
    compared(&mut session, ms(0), 0.4);
    assert!(
        session
            .look(ms(60), &Observation::One(good()))
            .compare
            .is_none()
    );
    assert!(
        session
            .look(ms(110), &Observation::One(good()))
            .compare
            .is_some()
    );
}

/// Invariant 7: a frame that fails a quality rule is not compared.
#[test]
fn bad_frames_are_guided_not_compared() {
    let mut session = session();
    let step = session.look(
        ms(0),
        &Observation::One(Measure {
            eyes: 35.0,
            ..good()
        }),
    );
    assert_eq!(
        step,
        Step {
            guidance: Some(Guidance::ComeCloser),
            compare: None,
            outcome: None,
            started_over: false,
            broken: true,
        }
    );
}

/// Who stands in the dark, or in the sun, hears so, and nothing of before is taken for a continuation.
#[test]
fn the_light_of_the_whole_frame_is_told() {
    for (observation, expected) in [
        (Observation::Dark, Guidance::MoreLight),
        (Observation::Overexposed, Guidance::LessLight),
    ] {
        let mut session = session();
        let step = session.look(ms(0), &observation);
        assert_eq!((step.guidance, step.broken), (Some(expected), true));
        assert_eq!(
            session.look(ms(10_000), &observation).outcome,
            Some(FaceOutcome::NoFace)
        );
    }
}

/// Invariant 7: frames of a face that left or jumped do not count for the next one.
#[test]
fn another_face_starts_over() {
    for gap in [
        vec![(300, Observation::One(elsewhere()))],
        vec![(300, Observation::Several)],
        vec![(400, Observation::Nobody), (1_150, Observation::Nobody)],
        vec![],
    ] {
        let mut session = session();
        for at in [0, 100] {
            session.look(ms(at), &Observation::One(good()));
            compared(&mut session, ms(at), 0.4);
        }
        for (at, observation) in &gap {
            session.look(ms(*at), observation);
        }
        assert!(
            session
                .look(ms(1_200), &Observation::One(good()))
                .compare
                .is_some()
        );
        assert_eq!(compared(&mut session, ms(1_200), 0.4), None, "{gap:?}");
    }
}

#[test]
fn a_short_gap_is_bridged() {
    let mut session = session();
    for at in [0, 100] {
        session.look(ms(at), &Observation::One(good()));
        compared(&mut session, ms(at), 0.4);
    }
    session.look(ms(300), &Observation::Nobody);
    session.look(ms(400), &Observation::One(good()));
    assert!(compared(&mut session, ms(400), 0.4).is_some());
}

/// Invariant 7: two large faces are asked to be one for as long as the try lasts; it is not over before, nothing is compared meanwhile, and who then
/// stays alone is matched by frames of their own.
#[test]
fn invariant_7_two_large_faces_are_guided_within_the_try() {
    let mut session = session();
    let mut said = Vec::new();
    for at in (0..9_000).step_by(66) {
        let step = session.look(ms(at), &Observation::Several);
        assert_eq!((step.compare, step.outcome), (None, None), "{at}");
        said.extend(step.guidance);
    }
    assert_eq!(said, [Guidance::OnlyOnePerson]);
    let mut outcome = None;
    for at in [9_100, 9_200, 9_300] {
        assert_eq!(outcome, None, "frames of before count for nothing");
        session.look(ms(at), &Observation::One(good()));
        outcome = compared(&mut session, ms(at), 0.4);
    }
    assert!(matches!(
        outcome,
        Some(FaceOutcome::Matched { frames: 3, .. })
    ));
    // Who does not: the try ends when its time is up, and says why.
    let mut session = self::session();
    session.look(ms(0), &Observation::Several);
    assert_eq!(
        session.look(ms(10_000), &Observation::Several).outcome,
        Some(FaceOutcome::SeveralFaces)
    );
}

/// Invariants 7 and 15: it always ends, and never with a match by waiting.
#[test]
fn the_deadline_ends_it() {
    assert_eq!(session().tick(ms(9_999)), None);
    assert_eq!(session().tick(ms(10_000)), Some(FaceOutcome::NoFace));
    let mut seen = session();
    seen.look(ms(0), &Observation::One(good()));
    assert_eq!(seen.tick(ms(10_000)), Some(FaceOutcome::TimedOut));
    let mut several = session();
    several.look(ms(9_000), &Observation::Several);
    assert_eq!(several.tick(ms(10_000)), Some(FaceOutcome::SeveralFaces));
    let mut doubtful = session();
    for at in [0, 100, 200, 4_000, 4_100, 4_200] {
        doubtful.look(ms(at), &Observation::One(good()));
        compared(&mut doubtful, ms(at), 0.6);
    }
    let late = doubtful.look(ms(10_000), &Observation::One(good()));
    assert_eq!(
        (late.compare, late.outcome),
        (None, Some(FaceOutcome::Doubtful { distance: 0.6 }))
    );
    assert_eq!(
        Session::new(Rules {
            deadline: Duration::MAX,
            ..rules(Challenge::Off)
        })
        .tick(LONGEST_DEADLINE),
        Some(FaceOutcome::NoFace)
    );
}

/// [`play_after`] with frames that are like the card and, after the challenge, this far from the person's own.
fn play(session: &mut Session, own: f32) -> Option<FaceOutcome> {
    play_after(session, own, |_| (0.4, Some(own)))
}

/// Plays good frames at 15 a second until something is asked or said; the head follows the guidance. `after` gives, for each frame after the
/// challenge, the distances to the card and to the person's own frames, `turned` that of the half-turned ones to the latter.
fn play_after(
    session: &mut Session,
    turned: f32,
    after: impl Fn(usize) -> (f32, Option<f32>),
) -> Option<FaceOutcome> {
    let (mut yaw, mut goal, mut again) = (0.0f32, 0.0f32, 0);
    for at in 0..140 {
        let now = ms(at * 66);
        yaw += (goal - yaw).clamp(-3.0, 3.0);
        let mut face = good();
        face.pose.yaw = yaw;
        face.parallax = -0.043 * yaw;
        let step = session.look(now, &Observation::One(face));
        match step.guidance {
            Some(Guidance::TurnLeft) => goal = -22.0,
            Some(Guidance::TurnRight) => goal = 22.0,
            Some(Guidance::FaceFront | Guidance::Matching) => goal = 0.0,
            _ => {}
        }
        let outcome = step.outcome.or_else(|| match step.compare {
            Some(Compare::Front) => session.compared(now, 0.4, None, Cues::default()),
            Some(Compare::FrontAgain) => {
                let (card, own) = after(again);
                again += 1;
                session.compared(now, card, own, Cues::default())
            }
            Some(Compare::Turned) => session.turned(turned),
            None => None,
        });
        if outcome.is_some() {
            return outcome;
        }
    }
    None
}

/// Invariant 7: with the challenge, frames before and after it must match, and the head must turn.
#[test]
fn invariant_7_the_challenge_stands_between_the_frames_and_the_match() {
    let mut session = Session::new(rules(Challenge::Always));
    assert!(matches!(
        play(&mut session, 0.3),
        Some(FaceOutcome::Matched { .. })
    ));
    // On doubt only: a clear match needs none.
    let mut session = Session::new(rules(Challenge::OnDoubt));
    assert!(matches!(
        play(&mut session, 0.3),
        Some(FaceOutcome::Matched { frames: 3, .. })
    ));
    let mut session = Session::new(rules(Challenge::Always));
    assert_eq!(play(&mut session, 0.8), Some(not_alive(Ground::Swapped)));
    let mut still = Session::new(rules(Challenge::Always));
    let mut outcome = None;
    for at in 0..160 {
        let now = ms(at * 66);
        let step = still.look(now, &Observation::One(good()));
        outcome = step
            .outcome
            .or_else(|| step.compare.and_then(|_| compared(&mut still, now, 0.4)));
        if outcome.is_some() {
            break;
        }
    }
    assert_eq!(outcome, Some(not_alive(Ground::NoTurn)));
}

/// Invariant 7: a look-alike who turned the head, and then is doubtful, is not given a pause in which a print of the card holder could be held
/// up: nobody is asked to take off a mask after the head turns, what was seen is not forgotten, and every frame is held against who turned.
#[test]
fn invariant_7_after_the_challenge_nothing_is_forgotten() {
    let print = |number: usize| {
        if number < 3 {
            (0.59, Some(0.1))
        } else {
            (0.3, Some(0.8))
        }
    };
    let mut session = Session::new(rules(Challenge::Always));
    assert_eq!(
        play_after(&mut session, 0.3, print),
        Some(not_alive(Ground::Swapped))
    );
    assert!(session.mask_asked.is_none() && !session.started_over);
    // Who stays doubtful to the fifth frame is doubtful; who is not, matches.
    let mut session = Session::new(rules(Challenge::Always));
    assert_eq!(
        play_after(&mut session, 0.3, |_| (0.59, Some(0.1))),
        Some(FaceOutcome::Doubtful { distance: 0.59 })
    );
    let mut session = Session::new(rules(Challenge::Always));
    let better = |number: usize| (if number < 2 { 0.59 } else { 0.5 }, Some(0.1));
    assert!(matches!(
        play_after(&mut session, 0.3, better),
        Some(FaceOutcome::Matched { .. })
    ));
    // Without own frames there is nobody to be the same as.
    let mut session = Session::new(rules(Challenge::Always));
    assert_eq!(
        play_after(&mut session, 0.3, |_| (0.3, None)),
        Some(not_alive(Ground::Swapped))
    );
}

/// What spoke against somebody who has gone, or whose place another face took, does not speak against the next person in the same try.
#[test]
fn doubt_goes_with_the_person() {
    for another in [
        vec![(300, Observation::One(elsewhere()))],
        vec![(300, Observation::Nobody), (1_150, Observation::Dark)],
        vec![(300, Observation::Several)],
    ] {
        let mut session = session();
        session.look(ms(0), &Observation::One(good()));
        session.doubt(Ground::Infrared);
        let mut started_over = false;
        for (at, observation) in &another {
            started_over |= session.look(ms(*at), observation).started_over;
        }
        assert!(started_over, "{another:?}");
        let mut outcome = None;
        for at in [1_200, 1_300, 1_400] {
            session.look(ms(at), &Observation::One(good()));
            outcome = compared(&mut session, ms(at), 0.3);
        }
        assert!(
            matches!(outcome, Some(FaceOutcome::Matched { .. })),
            "{another:?}: {outcome:?}"
        );
    }
}

/// Invariant 7: a cue in two frames, or a word from outside, is doubt whatever the distance.
#[test]
fn invariant_7_cues_are_doubt() {
    for (cues, ground) in [
        (
            Cues {
                pattern: true,
                framed: false,
            },
            Ground::Pattern,
        ),
        (
            Cues {
                pattern: false,
                framed: true,
            },
            Ground::Framed,
        ),
    ] {
        let mut session = Session::new(rules(Challenge::OnDoubt));
        let mut outcome = None;
        for at in [0, 100, 200] {
            session.look(ms(at), &Observation::One(good()));
            outcome = session.compared(ms(at), 0.3, None, cues);
        }
        assert_eq!(outcome, Some(not_alive(ground)));
    }
    let mut session = session();
    session.doubt(Ground::Infrared);
    let mut outcome = None;
    for at in [0, 100, 200] {
        session.look(ms(at), &Observation::One(good()));
        outcome = compared(&mut session, ms(at), 0.3);
    }
    assert_eq!(outcome, Some(not_alive(Ground::Infrared)));
}

/// In the challenge a face that leaves or jumps ends it; before it, frames count anew.
#[test]
fn a_gap_in_the_challenge_ends_it() {
    for gap in [
        Observation::Nobody,
        Observation::Several,
        Observation::One(elsewhere()),
    ] {
        let mut session = Session::new(rules(Challenge::Always));
        for at in [0, 100, 200] {
            session.look(ms(at), &Observation::One(good()));
            assert_eq!(compared(&mut session, ms(at), 0.3), None);
        }
        assert_eq!(
            session.look(ms(266), &Observation::One(good())).outcome,
            None
        );
        assert_eq!(
            session.look(ms(700), &gap).outcome,
            Some(not_alive(Ground::Interrupted)),
            "{gap:?}"
        );
    }
}

/// A doubtful match asks once for what covers the face, with time to take it off.
#[test]
fn a_mask_is_asked_for_once() {
    let mut session = session();
    for at in [0, 100, 200] {
        session.look(ms(at), &Observation::One(good()));
        assert_eq!(compared(&mut session, ms(at), 0.59), None);
    }
    let (mut said, mut outcome, mut forgotten) = (Vec::new(), None, 0);
    for at in (266..9_000).step_by(66) {
        let step = session.look(ms(at), &Observation::One(good()));
        said.extend(step.guidance);
        // Before the bare face is compared, what was seen with the mask on is forgotten, once.
        forgotten += u32::from(step.started_over);
        if step.compare.is_some() {
            assert_eq!(forgotten, 1);
            assert!(at > 3_000, "{at}");
            outcome = compared(&mut session, ms(at), 0.3);
            if outcome.is_some() {
                break;
            }
        }
    }
    assert!(said.contains(&Guidance::TakeOffMask), "{said:?}");
    assert!(matches!(
        outcome,
        Some(FaceOutcome::Matched { frames: 3, .. })
    ));
}
