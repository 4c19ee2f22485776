//! A card that is not yet registered for insurance use: asked, registered, or told where; nothing without a "yes".
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Desk, NOT_REGISTERED, OK, has};
use visit::*;

fn registers(commands: &[Command]) -> bool {
    has(commands, |c| {
        matches!(c, Command::RegisterInsuranceUse { .. })
    })
}

fn told(commands: &[Command], wanted: Notice, with: &str) -> bool {
    has(
        commands,
        |c| matches!(c, Command::Show(Page::Trouble { notice: Some(notice), code, .. }) if *notice == wanted && *code == with),
    )
}

#[test]
fn after_a_yes_the_same_proof_is_handed_in_again_and_the_visit_goes_on() {
    let mut desk = Desk::at("registering");
    assert!(has(&desk.log, |c| matches!(
        c,
        Command::Show(Page::Register)
    )));
    assert!(!registers(&desk.log), "nothing without a yes");
    let commands = desk.press(Input::Register(true));
    assert!(registers(&commands));
    let commands = desk.central(Ask::Register, OK);
    assert!(has(&commands, |c| matches!(
        c,
        Command::ConfirmCard {
            method: Method::Pin,
            ..
        }
    )));
    assert!(
        !has(&commands, |c| matches!(c, Command::Prove { .. })),
        "the card is not needed again"
    );
    desk.central(Ask::Confirm, OK);
    assert_eq!(desk.machine.state_name(), "consenting");
    desk.press(Input::ConsentAll(false));
    desk.ledger(LedgerAnswer::InquiryOpened);
    desk.central(Ask::Qualification, OK);
    let commands = desk.ledger(LedgerAnswer::QualificationStored);
    assert!(
        has(&commands, |c| matches!(
            c,
            Command::Show(Page::Farewell {
                notice: Some(Notice::Registered),
                ..
            })
        )),
        "{commands:?}"
    );
}

/// "No", silence, "stop" and a card that goes are all no "yes": the person is told where it can be done.
#[test]
fn without_a_yes_nothing_is_registered_and_the_person_is_told_where() {
    type Act = fn(&mut Desk) -> Vec<Command>;
    let acts: [(&str, Act); 4] = [
        ("no", |desk| desk.press(Input::Register(false))),
        ("stop", |desk| desk.press(Input::Cancel)),
        ("silence", Desk::let_time_pass),
        ("card gone", Desk::pull),
    ];
    for (name, act) in acts {
        let mut desk = Desk::at("registering");
        let commands = act(&mut desk);
        assert!(
            told(&commands, Notice::NotRegistered, "UK-VISIT-210"),
            "{name}: {commands:?}"
        );
        assert!(
            has(&commands, |c| matches!(
                c,
                Command::Finish {
                    reason: EndReason::NotDelivered(NotDelivered::Refused),
                    ..
                }
            )),
            "{name}"
        );
        assert!(!registers(&desk.log), "{name}");
    }
}

#[test]
fn a_registration_that_the_service_does_not_make_is_told_without_blame() {
    for answer in [
        CentralAnswer::Unreachable,
        CentralAnswer::Refused(Refusal::Other {
            code: "UK-VISIT-213",
        }),
    ] {
        let mut desk = Desk::at("registering-service");
        let commands = desk.central(Ask::Register, answer);
        assert!(told(&commands, Notice::NotRegisteredNow, "UK-VISIT-215"));
    }
    let mut desk = Desk::at("registering-service");
    let commands = desk.event(Event::CentralReachable(false));
    assert!(told(&commands, Notice::NotRegisteredNow, "UK-VISIT-215"));
    let mut desk = Desk::at("registering-service");
    let commands = desk.let_time_pass();
    assert!(told(&commands, Notice::NotRegisteredNow, "UK-VISIT-215"));
}

/// What was decided goes on without the card, and no consent is asked after it (invariant 11).
#[test]
fn invariant_11_a_card_taken_after_the_yes_is_registered_and_asked_nothing_more() {
    let mut desk = Desk::at("registering-service");
    desk.pull();
    desk.central(Ask::Register, OK);
    let commands = desk.central(Ask::Confirm, OK);
    assert!(has(
        &commands,
        |c| matches!(c, Command::OpenInquiry { consents, .. } if consents.agreed_kinds().is_empty())
    ));
}

/// A service that offers it again after it was done is not asked for ever; without an offer, or without the card, there
/// is no question at all.
#[test]
fn the_question_comes_once_and_only_when_the_service_offers_it() {
    let mut desk = Desk::at("registering-service");
    desk.central(Ask::Register, OK);
    let commands = desk.central(Ask::Confirm, NOT_REGISTERED);
    assert!(told(&commands, Notice::NotRegistered, "UK-VISIT-210"));
    let mut desk = Desk::at("confirming");
    let plain = CentralAnswer::Refused(Refusal::NotRegistered { offered: false });
    let commands = desk.central(Ask::Confirm, plain);
    assert!(told(&commands, Notice::NotRegistered, "UK-VISIT-210"));
    let mut desk = Desk::at("confirming");
    desk.pull();
    let commands = desk.central(Ask::Confirm, NOT_REGISTERED);
    assert!(told(&commands, Notice::NotRegistered, "UK-VISIT-210"));
    assert!(!has(&desk.log, |c| matches!(
        c,
        Command::Show(Page::Register)
    )));
}

/// The proof is registered but not confirmed yet: it is queued as any other, and asked again later.
#[test]
fn a_service_that_goes_after_the_registration_leaves_the_inquiry_in_the_queue() {
    let mut desk = Desk::at("registering-service");
    desk.central(Ask::Register, OK);
    let commands = desk.central(Ask::Confirm, CentralAnswer::Unreachable);
    assert!(has(&commands, |c| matches!(
        c,
        Command::OpenInquiry {
            confirm_first: true,
            ..
        }
    )));
}

/// The service's verdict decides: a certificate that has ended lately gives the qualification and nothing else; no question
/// about records is asked, and person and staff are told why (invariant 1).
#[test]
fn invariant_1_an_ended_certificate_gives_the_qualification_alone() {
    let mut desk = Desk::at("confirming");
    let commands = desk.central(Ask::Confirm, CentralAnswer::QualificationOnly);
    assert!(has(
        &commands,
        |c| matches!(c, Command::OpenInquiry { consents, confirm_first: false, .. } if consents.agreed_kinds().is_empty())
    ));
    assert!(has(&commands, |c| matches!(
        c,
        Command::Alert {
            kind: AlertKind::CertificateEnded,
            ..
        }
    )));
    desk.ledger(LedgerAnswer::InquiryOpened);
    desk.central(Ask::Qualification, common::MEDICINES);
    desk.ledger(LedgerAnswer::QualificationStored);
    assert!(has(&desk.log, |c| matches!(
        c,
        Command::Show(Page::Farewell {
            received: true,
            // Nothing was asked, so nothing was refused.
            agreed: None,
            notice: Some(Notice::CertificateEnded),
            ..
        })
    )));
    for never in ["AskMedicines", "Consents"] {
        assert!(!format!("{:?}", desk.log).contains(never), "{never}");
    }
}
