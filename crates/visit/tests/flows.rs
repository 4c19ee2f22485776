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

/// "Back" asks the question before once more and keeps the answers to those before it; from the first it leads to the question about all.
#[test]
fn back_leads_to_the_question_before() {
    let mut desk = Desk::at("consenting");
    let at = |commands: &[Command]| match commands.last() {
        Some(Command::Show(Page::Consents { answers, itemised })) => {
            (answers.as_array(), *itemised)
        }
        other => panic!("{other:?}"),
    };
    desk.press(Input::Itemise);
    desk.press(Input::Consent(ConsentKind::Checkups, true));
    desk.press(Input::Consent(ConsentKind::Medicines, true));
    let second = ([Some(true), None, None, None], true);
    assert_eq!(at(&desk.press(Input::Back)), second, "from the third");
    for kind in ConsentKind::ALL {
        desk.press(Input::Consent(kind, true));
    }
    let fourth = ([Some(true), Some(true), Some(true), None], true);
    assert_eq!(at(&desk.press(Input::Back)), fourth, "from the summary");
    // Invariant 11: what was taken back and not answered again is "no".
    let mut gone = desk;
    let commands = gone.pull();
    let closed = commands.iter().find_map(|command| match command {
        Command::OpenInquiry { consents, .. } => Some(consents.as_array()),
        _ => None,
    });
    let [yes, no] = [Some(true), Some(false)];
    assert_eq!(closed, Some([yes, yes, yes, no]));

    let mut desk = Desk::at("consenting");
    desk.press(Input::Itemise);
    desk.press(Input::Consent(ConsentKind::Checkups, false));
    assert_eq!(at(&desk.press(Input::Back)), ([None; 4], true));
    assert_eq!(at(&desk.press(Input::Back)), ([None; 4], false));
}

/// Who had answered everything and took the card before confirming is not told that something counts as "no" (invariant 11); who had not, is.
#[test]
fn a_card_that_goes_after_the_last_answer_made_no_no() {
    for (answered, told) in [(4, false), (3, true)] {
        let mut desk = Desk::at("consenting");
        desk.press(Input::Itemise);
        for kind in ConsentKind::ALL.into_iter().take(answered) {
            desk.press(Input::Consent(kind, true));
        }
        desk.pull();
        desk.ledger(LedgerAnswer::InquiryOpened);
        desk.central(
            Ask::Qualification,
            CentralAnswer::Ok {
                medicines_allowed: false,
            },
        );
        let commands = desk.ledger(LedgerAnswer::QualificationStored);
        let notice = commands.iter().find_map(|command| match command {
            Command::Show(Page::Farewell { notice, .. }) => Some(*notice),
            _ => None,
        });
        let wanted = told.then_some(Notice::ConsentsEndedCardGone);
        assert_eq!(notice, Some(wanted), "{answered}: {commands:?}");
    }
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
fn invariant_17_the_last_page_comes_and_goes_alike_whether_or_not_medicines_are_fetched() {
    let shown = |commands: &[Command]| -> Vec<Page> {
        commands
            .iter()
            .filter_map(|command| match command {
                Command::Show(page) => Some(page.clone()),
                _ => None,
            })
            .collect()
    };
    for card_taken in [true, false] {
        let visit = |fetches: bool| {
            let mut desk = Desk::at("consenting");
            desk.press(Input::ConsentAll(true));
            desk.ledger(LedgerAnswer::InquiryOpened);
            desk.central(
                Ask::Qualification,
                CentralAnswer::Ok {
                    medicines_allowed: fetches,
                },
            );
            let mut pages = shown(&desk.ledger(LedgerAnswer::QualificationStored));
            assert_eq!(
                desk.machine.state_name(),
                if fetches { "delivering" } else { "farewell" }
            );
            if card_taken {
                pages.extend(shown(&desk.pull()));
            }
            // The service takes longer than the person's time with the last page.
            pages.extend(shown(&desk.let_time_pass()));
            (desk, pages)
        };
        let ((mut fetching, one), (_, other)) = (visit(true), visit(false));
        assert_eq!(one, other, "card taken: {card_taken}");
        assert!(one.len() >= 2, "{one:?}");
        let commands = fetching.central(Ask::Medicines, OK);
        assert!(has(&commands, |c| matches!(
            c,
            Command::StoreMedicines { .. }
        )));
        let commands = fetching.ledger(LedgerAnswer::MedicinesStored);
        assert!(has(&commands, |c| matches!(
            c,
            Command::Finish {
                reason: EndReason::Delivered,
                ..
            }
        )));
        let state = if card_taken { "waiting" } else { "farewell" };
        assert_eq!(fetching.machine.state_name(), state);
    }
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
