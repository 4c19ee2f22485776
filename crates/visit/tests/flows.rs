//! Whole visits under simulated time.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use visit::*;

#[test]
fn a_face_visit_with_all_consents_fetches_medicines_last() {
    let mut desk = Desk::at("choosing-method");
    desk.reach_capture();
    let id = desk.id();
    desk.event(Event::Face(id, FaceAnswer::Matched));
    desk.central(Ask::Nonce, OK);
    assert!(has(&desk.log, |c| matches!(
        c,
        Command::Prove {
            method: Method::Face,
            ..
        }
    )));
    desk.card(CardAnswer::Proved);
    desk.central(Ask::Confirm, OK);
    desk.press(Input::ConsentAll(true));
    desk.ledger(LedgerAnswer::InquiryOpened);
    let commands = desk.central(Ask::Qualification, MEDICINES);
    assert!(
        !has(&commands, |c| matches!(c, Command::AskMedicines { .. })),
        "invariant 9: stored before anything else"
    );
    let commands = desk.ledger(LedgerAnswer::QualificationStored);
    assert!(has(&commands, |c| matches!(
        c,
        Command::AskMedicines { .. }
    )));
    desk.central(Ask::Medicines, OK);
    let commands = desk.ledger(LedgerAnswer::MedicinesStored);
    assert!(has(&commands, |c| matches!(
        c,
        Command::Finish {
            reason: EndReason::Delivered,
            ..
        }
    )));
}

#[test]
fn invariant_1_medicines_need_this_visits_yes_and_the_services_consent() {
    for (yes, allowed) in [(false, true), (true, false), (false, false)] {
        let mut desk = Desk::at("consenting");
        desk.press(Input::ConsentAll(yes));
        desk.ledger(LedgerAnswer::InquiryOpened);
        desk.central(
            Ask::Qualification,
            CentralAnswer::Ok {
                medicines_allowed: allowed,
            },
        );
        desk.ledger(LedgerAnswer::QualificationStored);
        assert!(
            !has(&desk.log, |c| matches!(c, Command::AskMedicines { .. })),
            "yes={yes} allowed={allowed}"
        );
        assert_eq!(desk.machine.state_name(), "farewell");
    }
}

#[test]
fn invariant_2_no_pin_is_sent_at_one_try_and_the_tries_are_shown_first() {
    let mut desk = Desk::at("choosing-method");
    let commands = desk.press(Input::Pin);
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Keypad {
            tries_left: Some(3),
            ..
        })
    )));
    desk.type_digits("1111");
    desk.card(CardAnswer::Pin(Verify::Wrong { tries_left: 2 }));
    desk.type_digits("2222");
    let commands = desk.card(CardAnswer::Pin(Verify::Wrong { tries_left: 1 }));
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Method {
            pin: false,
            notice: Some(Notice::PinNearlyBlocked),
            ..
        })
    )));
    desk.press(Input::Pin);
    assert_eq!(
        desk.machine.state_name(),
        "choosing-method",
        "PIN is no longer on offer"
    );
    assert_eq!(
        desk.log
            .iter()
            .filter(|c| matches!(c, Command::VerifyPin { .. }))
            .count(),
        2
    );
}

#[test]
fn invariant_2_a_card_at_one_try_or_with_an_unreadable_counter_is_never_asked_for_its_pin() {
    for tries in [Some(1), Some(0), None] {
        let mut desk = Desk::at("identifying");
        desk.card(CardAnswer::Identified {
            kind: CardKind::MyNumberCard,
            pin_tries: tries,
            number_tries: Some(10),
            expires_soon: false,
            expiry_known: false,
        });
        desk.press(Input::Pin);
        assert_eq!(desk.machine.state_name(), "choosing-method", "{tries:?}");
    }
}

#[test]
fn invariant_2_one_confirmed_entry_is_one_verify_also_when_the_outcome_is_unknown() {
    let mut desk = Desk::at("pin");
    desk.type_digits("1234");
    for _ in 0..3 {
        desk.press(Input::Confirm);
    }
    let commands = desk.card(CardAnswer::Pin(Verify::Unknown {
        tries_left: Some(2),
    }));
    assert!(
        has(&commands, |c| matches!(
            c,
            Command::Show(Page::Keypad {
                filled: 0,
                tries_left: Some(2),
                ..
            })
        )),
        "asked again, empty"
    );
    assert_eq!(
        desk.log
            .iter()
            .filter(|c| matches!(c, Command::VerifyPin { .. }))
            .count(),
        1
    );
    desk.type_digits("1234");
    let commands = desk.card(CardAnswer::Pin(Verify::Unknown { tries_left: None }));
    assert!(
        has(&commands, |c| matches!(
            c,
            Command::Show(Page::Method { pin: false, .. })
        )),
        "counter unknown: not again"
    );
}

#[test]
fn invariant_2_incomplete_entries_are_never_sent() {
    let mut desk = Desk::at("pin");
    desk.type_digits("123");
    assert!(!has(&desk.log, |c| matches!(c, Command::VerifyPin { .. })));
}

#[test]
fn invariant_3_matching_number_stops_below_four_tries() {
    let mut desk = Desk::at("choosing-method");
    desk.press(Input::Face);
    for left in [5, 4] {
        desk.type_digits("02011520304321");
        desk.card(CardAnswer::Number(Verify::Wrong { tries_left: left }));
        assert_eq!(desk.machine.state_name(), "face");
    }
    desk.type_digits("02011520304321");
    let commands = desk.card(CardAnswer::Number(Verify::Wrong { tries_left: 3 }));
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Method {
            face: false,
            pin: true,
            ..
        })
    )));
}

#[test]
fn invariant_7_no_face_answer_but_a_match_identifies_anybody() {
    for answer in [
        FaceAnswer::Doubtful,
        FaceAnswer::NotMatched,
        FaceAnswer::NoFace,
        FaceAnswer::SeveralFaces,
        FaceAnswer::PhotoUnusable,
        FaceAnswer::TimedOut,
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

#[test]
fn invariant_8_visual_confirmation_is_for_one_visit_and_names_who() {
    let mut desk = Desk::at("visual");
    desk.event(Event::VisualConfirmed {
        visit: VisitId(1),
        staff: "受付 花子".into(),
    });
    desk.central(Ask::Nonce, OK);
    assert!(has(
        &desk.log,
        |c| matches!(c, Command::Prove { method: Method::Visual { staff }, .. } if staff == "受付 花子")
    ));
    let mut next = Desk::at("visual");
    next.pull();
    next.lay(2);
    next.card(identified());
    next.event(Event::VisualConfirmed {
        visit: VisitId(1),
        staff: "受付 花子".into(),
    });
    assert_eq!(
        next.machine.state_name(),
        "choosing-method",
        "yesterday's confirmation does not help the next person"
    );
}

#[test]
fn invariant_11_a_pulled_card_makes_the_rest_no_and_keeps_what_was_answered() {
    let mut desk = Desk::at("consenting");
    desk.press(Input::Itemise);
    desk.press(Input::Consent(ConsentKind::Medicines, true));
    let commands = desk.pull();
    let Some(Command::OpenInquiry { consents, .. }) = commands
        .iter()
        .find(|c| matches!(c, Command::OpenInquiry { .. }))
    else {
        panic!("the qualification is still delivered: {commands:?}");
    };
    assert_eq!(
        consents.as_array(),
        [Some(false), Some(true), Some(false), Some(false)]
    );
    assert!(
        !has(&desk.log[desk.log.len() - commands.len()..], |c| matches!(
            c,
            Command::Show(Page::Consents { .. })
        )),
        "no question after the card has gone"
    );
    desk.ledger(LedgerAnswer::InquiryOpened);
    desk.central(Ask::Qualification, OK);
    let commands = desk.ledger(LedgerAnswer::QualificationStored);
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Farewell {
            take_card: false,
            ..
        })
    )));
    let shown = desk.time;
    let commands = desk.let_time_pass();
    assert!(desk.time - shown <= std::time::Duration::from_secs(10));
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Waiting)
    )));
}

#[test]
fn invariant_11_silence_is_no() {
    let mut desk = Desk::at("consenting");
    let commands = desk.let_time_pass();
    assert!(has(
        &commands,
        |c| matches!(c, Command::OpenInquiry { consents, .. } if consents.agreed_kinds().is_empty() && consents.as_array() == [Some(false); 4])
    ));
}

#[test]
fn invariant_11_no_question_when_the_card_went_during_confirmation() {
    let mut desk = Desk::at("confirming");
    desk.pull();
    let commands = desk.central(Ask::Confirm, OK);
    assert!(has(
        &commands,
        |c| matches!(c, Command::OpenInquiry { consents, .. } if consents.as_array() == [Some(false); 4])
    ));
    assert!(!has(&desk.log, |c| matches!(
        c,
        Command::Show(Page::Consents { .. })
    )));
}

#[test]
fn invariant_9_a_full_disk_tells_nobody_and_keeps_the_inquiry() {
    let mut desk = Desk::at("delivering");
    let commands = desk.ledger(LedgerAnswer::Failed {
        code: "UK-LEDG-001",
    });
    assert!(has(&commands, |c| matches!(
        c,
        Command::Finish {
            reason: EndReason::Queued,
            ..
        }
    )));
    assert!(has(&commands, |c| matches!(
        c,
        Command::Alert {
            kind: AlertKind::NotStored {
                code: "UK-LEDG-001"
            },
            ..
        }
    )));
    desk.pull();
    desk.let_time_pass();
    desk.lay(2);
    assert_eq!(
        desk.machine.state_name(),
        "identifying",
        "the next patient is served"
    );
}

#[test]
fn a_face_only_card_is_told_that_it_needs_no_pin_and_of_its_certificate_at_the_end() {
    let mut desk = Desk::at("identifying");
    let commands = desk.card(CardAnswer::Identified {
        kind: CardKind::FaceOnlyCard,
        pin_tries: Some(3),
        number_tries: Some(10),
        expires_soon: true,
        expiry_known: false,
    });
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Method {
            face: true,
            pin: false,
            pin_tries: None,
            notice: Some(Notice::NoPinNeeded),
            ..
        })
    )));
    desk.reach_capture();
    let id = desk.id();
    desk.event(Event::Face(id, FaceAnswer::Matched));
    desk.central(Ask::Nonce, OK);
    desk.card(CardAnswer::Proved);
    desk.central(Ask::Confirm, OK);
    desk.press(Input::ConsentAll(false));
    desk.ledger(LedgerAnswer::InquiryOpened);
    desk.central(Ask::Qualification, OK);
    let commands = desk.ledger(LedgerAnswer::QualificationStored);
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Farewell {
            notice: Some(Notice::CertificateExpiresSoon),
            ..
        })
    )));
}

/// Invariant 17: up to the last page the commands to the page are the same whatever the service
/// answers, because the answer's content never enters this crate.
#[test]
fn invariant_17_pages_do_not_depend_on_the_answer() {
    let pages = |allowed: bool| {
        let mut desk = Desk::at("consenting");
        desk.press(Input::ConsentAll(false));
        desk.ledger(LedgerAnswer::InquiryOpened);
        desk.central(
            Ask::Qualification,
            CentralAnswer::Ok {
                medicines_allowed: allowed,
            },
        );
        desk.ledger(LedgerAnswer::QualificationStored);
        desk.log
            .into_iter()
            .filter(|c| matches!(c, Command::Show(_)))
            .collect::<Vec<_>>()
    };
    assert_eq!(pages(true), pages(false));
}

#[test]
fn a_card_left_behind_keeps_being_asked_for_without_any_content() {
    let mut desk = Desk::at("farewell");
    let commands = desk.let_time_pass();
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::CardLeft)
    )));
    // Called out for a while, then staff is told, once; the page stays.
    let commands = desk.let_time_pass();
    assert!(has(&commands, |c| matches!(
        c,
        Command::Alert {
            kind: AlertKind::CardLeft,
            ..
        }
    )));
    assert!(!has(&commands, |c| matches!(c, Command::Show(_))));
    assert_eq!(desk.machine.poll_timeout(), None);
    assert!(has(&desk.pull(), |c| matches!(
        c,
        Command::Show(Page::Waiting)
    )));
}

#[test]
fn a_second_reader_waits_for_its_turn() {
    let mut desk = Desk::at("pin");
    assert!(
        desk.event(Event::CardArrived {
            visit: VisitId(7),
            reader: "reader-1".into()
        })
        .is_empty()
    );
    assert_eq!(desk.id(), VisitId(1));
    desk.press(Input::Cancel);
    assert_eq!(desk.id(), VisitId(7));
}

/// The chip told the year of expiry: ten digits are enough, all fourteen as printed are taken as well.
#[test]
fn matching_number_without_the_year_of_expiry() {
    for (known, typed, sent) in [
        (true, "5502172285", true),
        (true, "55021720352285", true),
        (true, "55021720352", false),
        (true, "550217228", false),
        (false, "5502172285", false),
        (false, "55021720352285", true),
    ] {
        let mut desk = Desk::ready();
        desk.lay(1);
        desk.card(CardAnswer::Identified {
            kind: CardKind::MyNumberCard,
            pin_tries: Some(3),
            number_tries: Some(10),
            expires_soon: false,
            expiry_known: known,
        });
        let asked = desk.press(Input::Face);
        let length = if known { 10 } else { 14 };
        assert!(
            matches!(&asked[..], [Command::LookAtCamera { .. }, Command::Show(Page::Keypad { length: l, .. })] if *l == length),
            "{asked:?}"
        );
        let commands = desk.type_digits(typed);
        let number = commands.iter().find_map(|command| match command {
            Command::VerifyNumber { number, .. } => Some(number.expose().to_vec()),
            _ => None,
        });
        assert_eq!(
            number,
            sent.then(|| typed.as_bytes().to_vec()),
            "{known} {typed}"
        );
    }
}

/// Whatever lies there, the person is told what it is, under a code of its own, and the card is let go.
#[test]
fn what_cannot_be_used_is_named() {
    let kinds = [
        Unusable::OldJukiCard,
        Unusable::AndroidPhone,
        Unusable::IPhone,
        Unusable::DrivingLicence,
        Unusable::FidoToken,
        Unusable::TransitCard,
        Unusable::NoChip,
        Unusable::Other,
        Unusable::Certificate {
            code: "UK-CARD-207",
        },
    ];
    let mut codes = std::collections::BTreeSet::new();
    for what in kinds {
        let mut desk = Desk::ready();
        desk.lay(1);
        let commands = desk.card(CardAnswer::NotUsable(what));
        assert!(commands.contains(&Command::EndCard { visit: VisitId(1) }));
        assert!(
            commands.contains(&Command::Show(Page::Trouble {
                code: what.code(),
                take_card: true,
                notice: Some(Notice::CannotUse(what)),
            })),
            "{commands:?}"
        );
        assert!(codes.insert(what.code()));
        // The next card is served.
        desk.pull();
        desk.let_time_pass();
        assert!(!desk.lay(2).is_empty());
        assert_eq!(desk.id(), VisitId(2));
    }
}

/// 資格確認限定型: no question is asked and no medical information fetched, also when the service would allow it.
#[test]
fn invariant_1_a_qualification_only_terminal_asks_no_consent_and_no_medicines() {
    let mut desk = Desk::ready();
    desk.machine = Machine::new(Limits {
        asks_consents: false,
        ..Limits::default()
    });
    desk.event(Event::ReaderArrived {
        reader: READER.into(),
    });
    desk.event(Event::FaceAvailable(true));
    desk.lay(1);
    desk.card(identified());
    desk.press(Input::Pin);
    desk.type_digits("1234");
    desk.card(CardAnswer::Pin(Verify::Accepted));
    desk.central(Ask::Nonce, OK);
    desk.card(CardAnswer::Proved);
    desk.central(Ask::Confirm, OK);
    desk.ledger(LedgerAnswer::InquiryOpened);
    desk.central(Ask::Qualification, MEDICINES);
    desk.ledger(LedgerAnswer::QualificationStored);
    assert_eq!(desk.machine.state_name(), "farewell");
    assert!(!has(&desk.log, |c| matches!(
        c,
        Command::Show(Page::Consents { .. })
    )));
    assert!(!has(&desk.log, |c| matches!(
        c,
        Command::AskMedicines { .. }
    )));
    assert!(has(
        &desk.log,
        |c| matches!(c, Command::OpenInquiry { consents, .. } if consents.agreed_kinds().is_empty())
    ));
}
