//! Every state under every interrupt: what is shown, what is let go of, how the visit ends.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Desk, READER, names};
use visit::*;

const STATES: [&str; 15] = [
    "waiting",
    "identifying",
    "choosing-method",
    "face",
    "pin",
    "visual",
    "confirming-nonce",
    "confirming",
    "registering",
    "registering-service",
    "consenting",
    "inquiring-opening",
    "inquiring",
    "delivering",
    "farewell",
];

fn strike(desk: &mut Desk, interrupt: &str) -> Vec<Command> {
    match interrupt {
        "removed" => desk.pull(),
        "swapped" => {
            let mut commands = desk.pull();
            commands.extend(desk.lay(2));
            commands
        }
        "idle" => match desk.machine.poll_timeout() {
            Some(_) => desk.let_time_pass(),
            None => desk.event(Event::Timeout),
        },
        "reader-gone" => desk.event(Event::ReaderLeft {
            reader: READER.into(),
        }),
        "camera-gone" => desk.event(Event::FaceAvailable(false)),
        "central-down" => desk.event(Event::CentralReachable(false)),
        "staff-cancel" => desk.event(Event::StaffCancel { visit: VisitId(1) }),
        "staff-restart" => desk.event(Event::StaffRestart {
            visit: VisitId(1),
            next: VisitId(2),
        }),
        "restart" => desk.event(Event::Restart),
        other => panic!("{other}"),
    }
}

fn table() -> String {
    let mut rows = String::new();
    for state in STATES {
        for interrupt in [
            "removed",
            "swapped",
            "idle",
            "reader-gone",
            "camera-gone",
            "central-down",
            "staff-cancel",
            "staff-restart",
            "restart",
        ] {
            let mut desk = Desk::at(state);
            let commands = strike(&mut desk, interrupt);
            rows.push_str(&format!(
                "{state} + {interrupt} -> {}: {}\n",
                desk.machine.state_name(),
                names(&commands)
            ));
        }
    }
    rows
}

#[test]
fn every_state_answers_every_interrupt_as_written_down() {
    let expected = include_str!("ways_out.txt");
    let found = table();
    if std::env::var_os("UPDATE_TABLE").is_some() {
        std::fs::write("tests/ways_out.txt", &found).unwrap();
    }
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.lines().count(), expected.lines().count());
}

/// Invariant 16: whatever the state, a card that leaves or is swapped is let go of, and its visit is
/// finished before another begins.
#[test]
fn invariant_16_a_swapped_card_never_inherits() {
    for state in STATES.into_iter().skip(1) {
        let mut desk = Desk::at(state);
        desk.pull();
        desk.lay(2);
        // Let the first visit run to its end, whatever it still does.
        for answer in [
            LedgerAnswer::InquiryOpened,
            LedgerAnswer::QualificationStored,
        ] {
            if desk.machine.visit() == Some(VisitId(1)) {
                desk.event(Event::Central(VisitId(1), Ask::Register, common::OK));
                desk.event(Event::Central(VisitId(1), Ask::Confirm, common::OK));
                desk.event(Event::Ledger(VisitId(1), answer));
                desk.event(Event::Central(VisitId(1), Ask::Qualification, common::OK));
                desk.event(Event::Ledger(VisitId(1), answer));
                desk.event(Event::Central(
                    VisitId(1),
                    Ask::Medicines,
                    CentralAnswer::Unreachable,
                ));
            }
        }
        assert_eq!(desk.machine.visit(), Some(VisitId(2)), "{state}");
        assert_eq!(desk.machine.state_name(), "identifying", "{state}");
        let begins: Vec<usize> = desk
            .log
            .iter()
            .enumerate()
            .filter(|(_, c)| matches!(c, Command::BeginCard { .. }))
            .map(|(i, _)| i)
            .collect();
        let finish = desk
            .log
            .iter()
            .position(|c| {
                matches!(
                    c,
                    Command::Finish {
                        visit: VisitId(1),
                        ..
                    }
                )
            })
            .expect(state);
        let end = desk
            .log
            .iter()
            .position(|c| matches!(c, Command::EndCard { visit: VisitId(1) }))
            .expect(state);
        assert!(
            begins.len() == 2 && end < begins[1] && finish < begins[1],
            "{state}: {:?}",
            desk.log
        );
    }
}

/// Invariant 10: answers of an earlier visit are dropped, said so, and change nothing.
#[test]
fn invariant_10_late_answers_are_dropped_in_every_state() {
    for state in STATES {
        let mut desk = Desk::at(state);
        let before = (desk.machine.state_name(), desk.machine.poll_timeout());
        for event in [
            Event::Card(VisitId(99), CardAnswer::Pin(Verify::Accepted)),
            Event::Face(VisitId(99), FaceAnswer::Matched),
            Event::Central(VisitId(99), Ask::Qualification, common::MEDICINES),
            Event::Ledger(VisitId(99), LedgerAnswer::QualificationStored),
            Event::VisualConfirmed {
                visit: VisitId(99),
                staff: "x".into(),
            },
        ] {
            assert_eq!(
                desk.event(event),
                vec![Command::Dropped { visit: VisitId(99) }],
                "{state}"
            );
        }
        assert_eq!(
            (desk.machine.state_name(), desk.machine.poll_timeout()),
            before,
            "{state}"
        );
    }
}

/// Every state but waiting ends by itself: nobody has to press anything for the next patient to be served.
#[test]
fn every_state_ends_by_itself_once_the_card_is_gone() {
    for state in STATES.into_iter().skip(1) {
        let mut desk = Desk::at(state);
        desk.pull();
        for _ in 0..20 {
            if desk.machine.state_name() == "waiting" {
                break;
            }
            desk.let_time_pass();
        }
        assert_eq!(desk.machine.state_name(), "waiting", "{state}");
        assert!(
            desk.log
                .iter()
                .filter(|c| matches!(c, Command::Finish { .. }))
                .count()
                == 1,
            "{state} finishes once"
        );
    }
}

/// Invariants 10 and 16: begun anew by staff, the same card's visit inherits nothing; without a card nothing begins.
#[test]
fn a_visit_begun_anew_by_staff_starts_from_nothing() {
    let restart = |desk: &mut Desk| {
        desk.event(Event::StaffRestart {
            visit: VisitId(1),
            next: VisitId(7),
        })
    };
    for state in [
        "choosing-method",
        "face",
        "pin",
        "visual",
        "confirming",
        "registering",
        "registering-service",
        "consenting",
    ] {
        let mut desk = Desk::at(state);
        restart(&mut desk);
        assert_eq!(desk.machine.visit(), Some(VisitId(7)), "{state}");
        assert_eq!(desk.machine.state_name(), "identifying", "{state}");
        let card: Vec<&Command> = desk
            .log
            .iter()
            .filter(|c| matches!(c, Command::BeginCard { .. } | Command::EndCard { .. }))
            .collect();
        assert!(
            matches!(
                card[..],
                [
                    Command::BeginCard { .. },
                    Command::EndCard { visit: VisitId(1) },
                    Command::BeginCard {
                        visit: VisitId(7),
                        ..
                    }
                ]
            ),
            "{state}: {card:?}"
        );
    }
    let mut gone = Desk::at("consenting");
    gone.pull();
    restart(&mut gone);
    assert_ne!(gone.machine.visit(), Some(VisitId(7)));
    let mut storing = Desk::at("delivering");
    assert!(
        restart(&mut storing).is_empty(),
        "what is being stored goes on"
    );
    let mut over = Desk::at("choosing-method");
    over.press(Input::Cancel);
    restart(&mut over);
    assert_eq!(
        over.machine.visit(),
        Some(VisitId(7)),
        "its card still lies there"
    );
}

/// What the last page of an ended visit says of what was received, of consents, and why.
fn last_page(commands: &[Command]) -> (bool, Option<Vec<ConsentKind>>, Option<Notice>) {
    commands
        .iter()
        .rev()
        .find_map(|command| match command {
            Command::Show(Page::Farewell {
                received,
                agreed,
                notice,
                ..
            }) => Some((*received, agreed.clone(), *notice)),
            _ => None,
        })
        .unwrap_or_else(|| panic!("no last page: {commands:?}"))
}

/// Ended by the person, by staff or by silence before anything was asked of the service: the last page must not say that the visit
/// went through, whatever had been answered until then.
#[test]
fn a_visit_that_is_ended_early_received_nothing() {
    for state in ["choosing-method", "pin", "visual", "face"] {
        let told = last_page(&Desk::at(state).press(Input::Cancel));
        assert_eq!(told, (false, None, Some(Notice::Cancelled)), "{state}");
    }
    for state in ["choosing-method", "pin"] {
        let told = last_page(&Desk::at(state).let_time_pass());
        assert_eq!(told, (false, None, Some(Notice::IdleTimeout)), "{state}");
    }
    for state in STATES
        .into_iter()
        .filter(|state| !["waiting", "delivering", "farewell"].contains(state))
    {
        let mut desk = Desk::at(state);
        let commands = desk.event(Event::StaffCancel { visit: VisitId(1) });
        let told = last_page(&commands);
        assert_eq!(told, (false, None, Some(Notice::Cancelled)), "{state}");
    }
    let mut whole = Desk::at("delivering");
    whole.ledger(LedgerAnswer::QualificationStored);
    let (received, agreed, notice) = last_page(&whole.log);
    assert_eq!((received, notice), (true, None));
    assert_eq!(agreed, Some(ConsentKind::ALL.to_vec()));
}

/// The same where staff ends the fetching of medicines: the qualification is there.
#[test]
fn a_visit_whose_result_is_stored_was_received_also_when_staff_ends_it() {
    let mut desk = Desk::at("delivering");
    desk.ledger(LedgerAnswer::QualificationStored);
    let commands = desk.event(Event::StaffCancel { visit: VisitId(1) });
    assert!(last_page(&commands).0);
}

/// Pulled before it has proved itself, after a single digit say: the person is told so, for some seconds and at most ten (as long as
/// a last page may stand there, invariant 11), unless another card is laid.
#[test]
fn a_card_pulled_early_is_told_for_some_seconds_unless_another_is_laid() {
    let told = |commands: &[Command]| {
        commands.contains(&Command::Show(Page::Trouble {
            code: "UK-VISIT-103",
            take_card: false,
            notice: Some(Notice::CardTakenEarly),
        }))
    };
    let waits = |commands: &[Command]| commands.contains(&Command::Show(Page::Waiting));
    for state in [
        "identifying",
        "choosing-method",
        "face",
        "pin",
        "visual",
        "confirming-nonce",
    ] {
        let mut desk = Desk::at(state);
        if state == "pin" {
            desk.press(Input::Digit(1));
        }
        let commands = desk.pull();
        assert!(
            told(&commands) && !waits(&commands),
            "{state}: {commands:?}"
        );
        let shown = desk.time;
        let commands = desk.let_time_pass();
        let stood = (desk.time - shown).as_secs();
        assert!((3..=10).contains(&stood), "{state}: {stood} s");
        assert!(waits(&commands), "{state}: {commands:?}");

        let mut desk = Desk::at(state);
        desk.pull();
        let commands = desk.lay(2);
        assert!(commands.contains(&Command::Show(Page::Reading)), "{state}");
        assert_eq!(desk.id(), VisitId(2), "{state}");
    }
}

/// A card laid in another one's place: the choice says so once, whatever was done with the card before.
#[test]
fn who_swaps_the_card_is_told_that_it_starts_again() {
    let notice = |commands: &[Command]| {
        commands.iter().rev().find_map(|command| match command {
            Command::Show(Page::Method { notice, .. }) => Some(*notice),
            _ => None,
        })
    };
    for state in ["identifying", "choosing-method", "face", "pin", "visual"] {
        let mut desk = Desk::at(state);
        desk.lay(2);
        let shown = desk.card(common::identified());
        assert_eq!(notice(&shown), Some(Some(Notice::CardChanged)), "{state}");
        desk.press(Input::Pin);
        let shown = desk.press(Input::Back);
        assert_eq!(notice(&shown), Some(None), "{state}: once is enough");
    }
    let mut first = Desk::at("identifying");
    assert_eq!(notice(&first.card(common::identified())), Some(None));
}
