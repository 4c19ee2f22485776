//! An infrared camera beside the one for faces: what it must show, and what follows when it does not.

use vision::protocol::{Event, FaceOutcome, Ground, Guidance};

use crate::bench::{Bench, frames};
use crate::common::{portrait, scene};

/// A face beside the middle of the picture.
fn shifted(right: i32) -> Vec<u8> {
    vision::decode::jpeg::encode(&scene(&["obama.jpg"], 400, right, 0), 88)
        .unwrap()
        .to_vec()
}

/// A picture of one grey.
fn grey(value: u8) -> Vec<u8> {
    let picture = vision::frame::Picture::from_grey(640, 480, &vec![value; 640 * 480]).unwrap();
    vision::decode::jpeg::encode(&picture, 85).unwrap().to_vec()
}

/// Invariant 7: a face that the infrared camera does not see is doubted, however near it is, also when it sees somebody else's, smaller or
/// elsewhere; so is every face before one whose lens or light is
/// covered. A camera that shows every other picture unlit takes nothing away.
#[test]
fn invariant_7_a_face_that_infrared_does_not_show_is_doubted() {
    let faces = || frames(&["obama.jpg"], 400);
    let blinking: Vec<Vec<u8>> = faces().into_iter().flat_map(|lit| [lit, grey(2)]).collect();
    let aside = vec![shifted(190)];
    for (what, infrared, alive) in [
        ("a screen", vec![grey(90)], false),
        ("a face", faces(), true),
        ("a face in every other picture", blinking, true),
        ("a finger on the lens", vec![grey(2)], false),
        ("somebody far behind", frames(&["biden.jpg"], 150), false),
        ("somebody behind", frames(&["biden.jpg"], 190), false),
        ("somebody beside", aside, false),
    ] {
        let bench = Bench::with_infrared(faces(), &infrared);
        bench.begin(11, &portrait("obama.jp2"), 20_000);
        let heard = bench.until_outcome(11);
        let expected = match heard.outcome {
            Some(FaceOutcome::Matched { .. }) => alive,
            Some(FaceOutcome::NotAlive {
                ground: Ground::Infrared,
            }) => !alive,
            _ => false,
        };
        assert!(expected, "{what}: {heard:?}");
    }
}

/// Invariant 7: an infrared camera that was there and can't be opened any more is not left out: head turns are asked for, though the
/// site switched them off. The technician is told.
#[test]
fn invariant_7_an_infrared_camera_that_was_pulled_out_forces_the_head_turns() {
    // So large that the portrait's own straight edges lie beside the face and frame nothing.
    let faces = frames(&["obama.jpg"], 460);
    let bench = Bench::with_infrared(faces.clone(), &faces);
    let seen = bench.cameras();
    assert!(
        matches!(seen.as_slice(), [one] if one.role == "infrared" && one.there && !one.missed),
        "{seen:?}"
    );
    bench.pull_infrared();
    let seen = bench.cameras();
    assert!(
        matches!(seen.as_slice(), [one] if !one.there && one.missed),
        "{seen:?}"
    );
    bench.begin(12, &portrait("obama.jp2"), 20_000);
    let heard = bench.until_outcome(12);
    assert!(
        matches!(
            heard.outcome,
            Some(FaceOutcome::NotAlive {
                ground: Ground::NoTurn | Ground::Interrupted
            })
        ),
        "{heard:?}"
    );
    assert!(
        heard.guidance.contains(&Guidance::TurnLeft)
            || heard.guidance.contains(&Guidance::TurnRight),
        "{heard:?}"
    );
}

/// Whoever stands there only later is not doubted for the time before: the infrared camera is asked while a face is seen.
#[test]
fn an_empty_place_before_the_person_comes_is_no_ground_for_doubt() {
    let faces = frames(&["obama.jpg"], 400);
    let bench = Bench::with_infrared(frames(&[], 1), &frames(&[], 1));
    bench.begin(13, &portrait("obama.jp2"), 20_000);
    for _ in 0..12 {
        while !matches!(bench.next().0, Event::Preview { .. }) {}
    }
    bench.show_infrared(&faces);
    *bench.camera.frames.lock().unwrap() = faces;
    let heard = bench.until_outcome(13);
    assert!(
        matches!(heard.outcome, Some(FaceOutcome::Matched { .. })),
        "{heard:?}"
    );
}

/// What the infrared camera did not show of somebody who has gone, in the dark, is no ground for doubt about whoever comes next in the same try.
#[test]
fn doubt_about_somebody_does_not_stay_when_it_was_dark_in_between() {
    // Too far away to be compared: seen by the colour camera, not by the other.
    let bench = Bench::with_infrared(frames(&["biden.jpg"], 150), &[grey(90)]);
    bench.begin(14, &portrait("obama.jp2"), 40_000);
    let wait = |for_what: &str, fits: &dyn Fn(&Event) -> bool| loop {
        let (event, _) = bench.next();
        assert!(
            !matches!(event, Event::Outcome { .. }),
            "{for_what}: {event:?}"
        );
        if fits(&event) {
            return;
        }
    };
    let closer = Guidance::ComeCloser;
    wait(
        "the first",
        &|event| matches!(event, Event::Guidance { guidance, .. } if *guidance == closer),
    );
    for _ in 0..20 {
        wait("the first, seen well", &|event| {
            matches!(event, Event::Preview { .. })
        });
    }
    // The light goes out; meanwhile the infrared camera's emitter is off, too.
    *bench.camera.frames.lock().unwrap() = vec![grey(1)];
    bench.show_infrared(&[grey(2)]);
    wait("the dark", &|event| {
        matches!(
            event,
            Event::Guidance {
                guidance: Guidance::MoreLight,
                ..
            }
        )
    });
    for _ in 0..20 {
        wait("a second of it", &|event| {
            matches!(event, Event::Preview { .. })
        });
    }
    *bench.camera.frames.lock().unwrap() = frames(&["obama.jpg"], 400);
    for _ in 0..4 {
        wait("the next person", &|event| {
            matches!(event, Event::Preview { .. })
        });
    }
    bench.show_infrared(&frames(&["obama.jpg"], 400)[..1]);
    let heard = bench.until_outcome(14);
    assert!(
        matches!(heard.outcome, Some(FaceOutcome::Matched { .. })),
        "{heard:?}"
    );
}
