//! The face check and what closes it: another way, never acceptance (invariant 7).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use visit::*;

#[test]
fn invariant_7_no_face_answer_but_a_match_identifies_anybody() {
    for answer in [
        FaceAnswer::Doubtful,
        FaceAnswer::NotMatched,
        FaceAnswer::NoFace,
        FaceAnswer::PhotoUnusable,
        FaceAnswer::TimedOut,
        FaceAnswer::TooOften,
    ] {
        let mut desk = Desk::at("face");
        for _ in 0..5 {
            let id = desk.id();
            desk.event(Event::Face(id, answer));
        }
        assert_eq!(desk.machine.state_name(), "choosing-method", "{answer:?}");
        assert!(
            !has(&desk.log, |c| matches!(
                c,
                Command::FetchNonce { .. } | Command::Prove { .. }
            )),
            "{answer:?}"
        );
        desk.press(Input::Face);
        assert_eq!(
            desk.machine.state_name(),
            "choosing-method",
            "{answer:?}: face is closed for this visit"
        );
        assert!(
            desk.log
                .iter()
                .filter(|c| matches!(c, Command::StartFace { .. }))
                .count()
                <= 3
        );
    }
}

fn methods(commands: &[Command]) -> Vec<(bool, Option<Notice>)> {
    let method = |command: &Command| match command {
        Command::Show(Page::Method { face, notice, .. }) => Some((*face, *notice)),
        _ => None,
    };
    commands.iter().filter_map(method).collect()
}

#[test]
fn a_dead_camera_is_found_before_the_digits_are_typed_and_face_comes_back_with_it() {
    let mut desk = Desk::at("choosing-method");
    let commands = desk.press(Input::Face);
    assert!(
        has(&commands, |c| matches!(c, Command::LookAtCamera { .. })),
        "the camera is looked at as soon as face is chosen: {commands:?}"
    );
    desk.press(Input::Digit(1));
    let commands = desk.event(Event::FaceAvailable(false));
    assert_eq!(methods(&commands), [(false, Some(Notice::CameraGone))]);
    desk.press(Input::Face);
    assert_eq!(desk.machine.state_name(), "choosing-method");
    let commands = desk.event(Event::FaceAvailable(true));
    assert_eq!(
        methods(&commands),
        [(true, None)],
        "offered again, no reproach left"
    );
    desk.press(Input::Face);
    assert_eq!(desk.machine.state_name(), "face");
    assert!(!has(&desk.log, |c| matches!(
        c,
        Command::VerifyNumber { .. }
    )));
}

#[test]
fn without_a_camera_face_is_not_offered_and_the_page_says_why() {
    let mut desk = Desk::ready();
    desk.event(Event::FaceAvailable(false));
    desk.lay(1);
    let commands = desk.card(identified());
    assert_eq!(methods(&commands), [(false, Some(Notice::CameraGone))]);
}

#[test]
fn invariant_7_a_camera_that_fails_again_and_again_is_not_tried_for_ever() {
    let mut desk = Desk::at("choosing-method");
    for _ in 0..3 {
        desk.reach_capture();
        let id = desk.id();
        desk.event(Event::Face(id, FaceAnswer::Gone));
        assert_eq!(desk.machine.state_name(), "choosing-method");
    }
    desk.press(Input::Face);
    assert_eq!(desk.machine.state_name(), "choosing-method");
}

/// Two people who stay before the camera are asked for a whole try to let one stand alone; then it is the other ways' turn, staff knows, and the
/// page says why. It is no match, and no more often than a face may be tried at all.
#[test]
fn invariant_7_several_people_lead_to_another_way_and_staff_is_told() {
    let mut desk = Desk::at("choosing-method");
    for attempt in 1..=3 {
        desk.reach_capture();
        let id = desk.id();
        let commands = desk.event(Event::Face(id, FaceAnswer::SeveralFaces));
        assert_eq!(
            methods(&commands),
            [(attempt < 3, Some(Notice::SeveralFaces))],
            "try {attempt}"
        );
        assert!(
            has(&commands, |c| matches!(
                c,
                Command::Alert {
                    kind: AlertKind::SeveralFaces,
                    ..
                }
            )),
            "{commands:?}"
        );
        assert!(
            !has(&commands, |c| matches!(c, Command::StartFace { .. })),
            "not looked at again at once: {commands:?}"
        );
    }
    desk.press(Input::Face);
    assert_eq!(desk.machine.state_name(), "choosing-method");
    assert!(!has(&desk.log, |c| matches!(
        c,
        Command::FetchNonce { .. } | Command::Prove { .. }
    )));
}

#[test]
fn invariant_8_nobody_is_sent_to_wait_for_staff_who_cannot_confirm() {
    let mut desk = Desk::ready();
    desk.machine = Machine::new(Limits {
        visual: false,
        ..Limits::default()
    });
    desk.event(Event::ReaderArrived {
        reader: READER.into(),
    });
    desk.lay(1);
    let commands = desk.card(identified());
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Method { visual: false, .. })
    )));
    desk.press(Input::Visual);
    assert_eq!(desk.machine.state_name(), "choosing-method");
}

#[test]
fn invariant_7_an_untrusted_photo_closes_face() {
    let mut desk = Desk::at("choosing-method");
    desk.press(Input::Face);
    desk.type_digits("02011520304321");
    desk.card(CardAnswer::Number(Verify::Accepted));
    desk.card(CardAnswer::PhotoRefused);
    assert_eq!(desk.machine.state_name(), "choosing-method");
    assert!(!has(&desk.log, |c| matches!(c, Command::StartFace { .. })));
}
