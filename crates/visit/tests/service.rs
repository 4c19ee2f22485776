//! When the service can't be reached or says no, and when the inquiry can't be written down: what the person
//! is told, what staff is told, what stays in the queue.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Desk, has};
use visit::*;

#[test]
fn an_unreachable_service_queues_the_proof_and_tells_the_person() {
    let mut desk = Desk::at("confirming");
    let commands = desk.central(Ask::Confirm, CentralAnswer::Unreachable);
    assert!(has(&commands, |c| matches!(
        c,
        Command::OpenInquiry {
            confirm_first: true,
            ..
        }
    )));
    let commands = desk.ledger(LedgerAnswer::InquiryOpened);
    assert!(has(&commands, |c| matches!(
        c,
        Command::Finish {
            reason: EndReason::Queued,
            ..
        }
    )));
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Trouble {
            notice: Some(Notice::ServiceUnreachable),
            ..
        })
    )));
    assert!(!has(&desk.log, |c| matches!(
        c,
        Command::AskQualification { .. }
    )));
}

#[test]
fn consents_given_before_the_service_went_stay_with_the_queued_inquiry() {
    let mut desk = Desk::at("consenting");
    let commands = desk.press(Input::ConsentAll(true));
    assert!(has(
        &commands,
        |c| matches!(c, Command::OpenInquiry { consents, confirm_first: false, .. } if consents.agreed_kinds().len() == 4)
    ));
    desk.ledger(LedgerAnswer::InquiryOpened);
    let commands = desk.central(Ask::Qualification, CentralAnswer::Unreachable);
    assert!(has(&commands, |c| matches!(
        c,
        Command::Finish {
            reason: EndReason::Queued,
            ..
        }
    )));
}

/// The person is told that nothing was stored: a write that comes through later must not bring a result.
#[test]
fn an_inquiry_whose_writing_takes_too_long_is_taken_back() {
    let mut desk = Desk::at("inquiring-opening");
    let commands = desk.let_time_pass();
    assert!(has(&commands, |c| matches!(
        c,
        Command::DropInquiry {
            code: "UK-VISIT-301",
            ..
        }
    )));
    assert!(has(&commands, |c| matches!(
        c,
        Command::Finish {
            reason: EndReason::NotDelivered(NotDelivered::Device),
            ..
        }
    )));
}

/// What the service refuses is told apart by its code, to the person and to the staff alike.
#[test]
fn each_refusal_has_its_own_code() {
    for (refusal, expected) in [
        (Refusal::NotRegistered { offered: false }, "UK-VISIT-210"),
        (Refusal::UnknownPerson, "UK-VISIT-211"),
        (Refusal::Certificate, "UK-VISIT-212"),
        (
            Refusal::Other {
                code: "UK-CENT-301",
            },
            "UK-CENT-301",
        ),
    ] {
        for (state, ask) in [
            ("confirming", Ask::Confirm),
            ("inquiring", Ask::Qualification),
        ] {
            let mut desk = Desk::at(state);
            let commands = desk.central(ask, CentralAnswer::Refused(refusal));
            assert!(
                has(
                    &commands,
                    |c| matches!(c, Command::Show(Page::Trouble { code, .. }) if *code == expected)
                ),
                "{state}: {commands:?}"
            );
            assert!(
                has(
                    &commands,
                    |c| matches!(c, Command::Alert { kind: AlertKind::Refused { code }, .. } if *code == expected)
                ),
                "{state}: {commands:?}"
            );
            let dropped = has(
                &commands,
                |c| matches!(c, Command::DropInquiry { code, .. } if *code == expected),
            );
            assert_eq!(dropped, ask == Ask::Qualification, "{state}: {commands:?}");
        }
    }
}

/// Nothing could be queued without a nonce: the page must not promise that the inquiry goes on.
#[test]
fn without_a_nonce_nobody_is_told_that_the_inquiry_goes_on() {
    let mut desk = Desk::at("confirming-nonce");
    let commands = desk.central(Ask::Nonce, CentralAnswer::Unreachable);
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Trouble {
            code: "UK-VISIT-202",
            ..
        })
    )));
    assert!(!has(&desk.log, |c| matches!(
        c,
        Command::OpenInquiry { .. }
    )));
}
