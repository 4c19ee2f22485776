//! Drives a machine by hand under simulated time and writes down what it asks for.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use std::time::Duration;
use visit::*;

pub const READER: &str = "reader-0";

pub struct Desk {
    pub machine: Machine,
    pub time: Duration,
    pub log: Vec<Command>,
}

impl Desk {
    /// A desk with one reader and a working camera, nobody there.
    pub fn ready() -> Self {
        let mut desk = Self {
            machine: Machine::new(Limits::default()),
            time: Duration::from_secs(1000),
            log: Vec::new(),
        };
        desk.event(Event::ReaderArrived {
            reader: READER.into(),
        });
        desk.event(Event::FaceAvailable(true));
        desk.log.clear();
        desk
    }

    pub fn now(&self) -> Now {
        Now {
            mono: self.time,
            wall_ms: 1_795_000_000_000,
        }
    }

    /// Handles an event and returns the commands it caused.
    pub fn event(&mut self, event: Event) -> Vec<Command> {
        let now = self.now();
        self.machine.handle(event, now);
        let mut new = Vec::new();
        while let Some(command) = self.machine.poll_command() {
            new.push(command);
        }
        self.log.extend(new.clone());
        new
    }

    pub fn press(&mut self, input: Input) -> Vec<Command> {
        self.event(Event::Patient(input))
    }

    pub fn type_digits(&mut self, digits: &str) -> Vec<Command> {
        for d in digits.bytes() {
            self.press(Input::Digit(d - b'0'));
        }
        self.press(Input::Confirm)
    }

    pub fn id(&self) -> VisitId {
        self.machine.visit().expect("a visit is on")
    }

    /// Moves time to the deadline of the present state and lets it come.
    pub fn let_time_pass(&mut self) -> Vec<Command> {
        self.time = self
            .machine
            .poll_timeout()
            .expect("the state has a deadline");
        self.event(Event::Timeout)
    }

    pub fn lay(&mut self, number: u64) -> Vec<Command> {
        self.event(Event::CardArrived {
            visit: VisitId(number),
            reader: READER.into(),
        })
    }

    pub fn pull(&mut self) -> Vec<Command> {
        self.event(Event::CardLeft {
            reader: READER.into(),
        })
    }

    pub fn card(&mut self, answer: CardAnswer) -> Vec<Command> {
        let id = self.id();
        self.event(Event::Card(id, answer))
    }

    pub fn central(&mut self, ask: Ask, answer: CentralAnswer) -> Vec<Command> {
        let id = self.id();
        self.event(Event::Central(id, ask, answer))
    }

    pub fn ledger(&mut self, answer: LedgerAnswer) -> Vec<Command> {
        let id = self.id();
        self.event(Event::Ledger(id, answer))
    }

    /// Brings the desk to the named state on the shortest honest way.
    pub fn at(state: &str) -> Self {
        let mut desk = Self::ready();
        if state == "waiting" {
            return desk;
        }
        desk.lay(1);
        if state == "identifying" {
            return desk;
        }
        desk.card(identified());
        match state {
            "choosing-method" => return desk,
            "face" => {
                desk.reach_capture();
                return desk;
            }
            "pin" => {
                desk.press(Input::Pin);
                return desk;
            }
            "visual" => {
                desk.press(Input::Visual);
                return desk;
            }
            _ => {}
        }
        desk.press(Input::Pin);
        desk.type_digits("1234");
        desk.card(CardAnswer::Pin(Verify::Accepted));
        if state == "confirming-nonce" {
            return desk;
        }
        desk.central(Ask::Nonce, OK);
        desk.card(CardAnswer::Proved);
        if state == "confirming" {
            return desk;
        }
        if state.starts_with("registering") {
            desk.central(Ask::Confirm, NOT_REGISTERED);
            if state == "registering-service" {
                desk.press(Input::Register(true));
            }
            return desk;
        }
        desk.central(Ask::Confirm, OK);
        if state == "consenting" {
            return desk;
        }
        desk.press(Input::ConsentAll(true));
        if state == "inquiring-opening" {
            return desk;
        }
        desk.ledger(LedgerAnswer::InquiryOpened);
        if state == "inquiring" {
            return desk;
        }
        desk.central(Ask::Qualification, MEDICINES);
        if state == "delivering" {
            return desk;
        }
        desk.ledger(LedgerAnswer::QualificationStored);
        desk.central(Ask::Medicines, OK);
        desk.ledger(LedgerAnswer::MedicinesStored);
        assert_eq!(state, "farewell");
        desk
    }

    pub fn reach_capture(&mut self) {
        self.press(Input::Face);
        self.type_digits("02011520304321");
        self.card(CardAnswer::Number(Verify::Accepted));
        self.card(CardAnswer::PhotoRead);
    }
}

pub const OK: CentralAnswer = CentralAnswer::Ok {
    medicines_allowed: false,
};
pub const NOT_REGISTERED: CentralAnswer =
    CentralAnswer::Refused(Refusal::NotRegistered { offered: true });
pub const MEDICINES: CentralAnswer = CentralAnswer::Ok {
    medicines_allowed: true,
};

pub fn identified() -> CardAnswer {
    CardAnswer::Identified {
        kind: CardKind::MyNumberCard,
        pin_tries: Some(3),
        number_tries: Some(10),
        expires_soon: false,
        expiry_known: false,
    }
}

/// The names of commands, short enough for a table.
pub fn names(commands: &[Command]) -> String {
    let words: Vec<String> = commands
        .iter()
        .map(|command| match command {
            Command::Show(page) => format!("show {}", page_name(page)),
            Command::Finish { reason, .. } => format!("finish {reason:?}"),
            Command::Alert { kind, .. } => format!("alert {kind:?}"),
            other => {
                let text = format!("{other:?}");
                text.split([' ', '{'])
                    .next()
                    .unwrap_or_default()
                    .to_string()
            }
        })
        .collect();
    words.join(", ")
}

fn page_name(page: &Page) -> String {
    let text = format!("{page:?}");
    text.split([' ', '{'])
        .next()
        .unwrap_or_default()
        .to_string()
}

pub fn has(commands: &[Command], wanted: impl Fn(&Command) -> bool) -> bool {
    commands.iter().any(wanted)
}
