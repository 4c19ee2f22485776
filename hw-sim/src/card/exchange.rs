//! One command on its way to the card and its answer on the way back, with everything that the script
//! puts between them.
use std::time::Duration;

use ring::rand::SecureRandom;

use super::engine::{Engine, Reply};
use super::fault::Fault;
use super::transcript::Exchange;

impl Engine {
    /// One command; a card that is gone or silent answers with nothing.
    pub fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        match self.exchange(command) {
            Reply::Answer(bytes) => bytes,
            Reply::Removed | Reply::Silent => Vec::new(),
        }
    }

    /// One command, with the ways in which it may not be answered at all. Returns at once; how long the
    /// card takes for it is told by [`Engine::delay`].
    pub fn exchange(&mut self, command: &[u8]) -> Reply {
        if !self.powered {
            return Reply::Answer(Vec::new());
        }
        let name = self.command_name(command);
        let due = self.script.next(&name, self.session.commands == 0);
        let before = self.signatures;
        let fault = due.fault.as_ref().map(describe);
        let reply = match due.fault {
            None => self.answered(command),
            Some(fault) => self.disturbed(&fault, command),
        };
        let received = match &reply {
            Reply::Answer(bytes) => bytes.len(),
            Reply::Removed | Reply::Silent => 0,
        };
        let signatures = self.signatures.wrapping_sub(before);
        let bytes = command.len().saturating_add(received);
        self.last_time = self
            .latency
            .time(bytes, signatures)
            .saturating_add(due.delay);
        self.transcript.record(Exchange {
            name,
            command,
            reply: &reply,
            time: self.last_time,
            signatures,
            fault: fault
                .or_else(|| (!due.delay.is_zero()).then(|| describe(&Fault::Delay(due.delay)))),
        });
        if reply == Reply::Removed {
            self.power_off();
        }
        reply
    }

    fn answered(&mut self, command: &[u8]) -> Reply {
        Reply::Answer(self.carry_out(command).bytes())
    }

    fn disturbed(&mut self, fault: &Fault, command: &[u8]) -> Reply {
        match fault {
            Fault::Removed => Reply::Removed,
            Fault::Silent => self.ignored(Reply::Silent),
            Fault::Status(status) => self.ignored(Reply::Answer(status.to_be_bytes().to_vec())),
            Fault::Empty => {
                self.power_off();
                Reply::Answer(Vec::new())
            }
            Fault::RemovedAfter => {
                let _ = self.carry_out(command);
                Reply::Removed
            }
            Fault::SilentAfter => {
                let _ = self.carry_out(command);
                Reply::Silent
            }
            Fault::StatusAfter(status) => {
                let _ = self.carry_out(command);
                Reply::Answer(status.to_be_bytes().to_vec())
            }
            Fault::EmptyAfter => {
                let _ = self.carry_out(command);
                self.power_off();
                Reply::Answer(Vec::new())
            }
            Fault::Truncate(n) => {
                let mut answer = self.carry_out(command).bytes();
                answer.truncate(*n);
                Reply::Answer(answer)
            }
            Fault::Garbage => {
                let mut answer = self.carry_out(command).bytes();
                let length = answer.len().max(4);
                answer.resize(length, 0);
                let _ = self.random.fill(&mut answer);
                // 61xx and 6Cxx ask the terminal for one more command, which a card would answer well: no noise.
                let status = answer.len() - 2;
                if matches!(answer[status], 0x61 | 0x6C) {
                    answer[status] ^= 0x80;
                }
                Reply::Answer(answer)
            }
            Fault::Limit(n) => match self.carry_out(command).bytes() {
                answer if answer.len() > *n => Reply::Silent,
                answer => Reply::Answer(answer),
            },
            Fault::WarmReset => {
                self.reset();
                self.reset_seen = true;
                self.answered(command)
            }
            Fault::PowerLost => {
                self.power_on();
                self.reset_seen = true;
                self.answered(command)
            }
            Fault::Swapped(person) => {
                self.swapped = self.swap(person);
                Reply::Removed
            }
            Fault::SwappedUnseen(person) => {
                if !self.swap(person) {
                    return Reply::Removed;
                }
                self.power_on();
                self.answered(command)
            }
            // Delays are added up by the script; none arrives here.
            Fault::Delay(_) => self.answered(command),
        }
    }

    /// A command that the card counts but does not carry out.
    fn ignored(&mut self, reply: Reply) -> Reply {
        self.session.commands += 1;
        reply
    }

    /// Becomes another person's card; false when there is none.
    fn swap(&mut self, person: &str) -> bool {
        match self.become_card(person) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, person, "there is no such card to swap with");
                false
            }
        }
    }
}

/// A fault in a transcript's words.
fn describe(fault: &Fault) -> String {
    match fault {
        Fault::Removed => "removed".into(),
        Fault::RemovedAfter => "removed after the command".into(),
        Fault::Silent => "silent".into(),
        Fault::SilentAfter => "silent after the command".into(),
        Fault::Garbage => "garbage".into(),
        Fault::Truncate(n) => format!("truncated to {n} B"),
        Fault::Status(status) => format!("status {status:04X}"),
        Fault::StatusAfter(status) => format!("status {status:04X} after the command"),
        Fault::Empty => "empty answer, card gone".into(),
        Fault::EmptyAfter => "empty answer after the command, card gone".into(),
        Fault::Limit(n) => format!("limited to {n} B"),
        Fault::WarmReset => "warm reset".into(),
        Fault::PowerLost => "power lost".into(),
        Fault::Swapped(person) => format!("swapped for {person}"),
        Fault::SwappedUnseen(person) => format!("swapped unseen for {person}"),
        Fault::Delay(time) => format!("delayed {} ms", whole_millis(*time)),
    }
}

fn whole_millis(time: Duration) -> u128 {
    time.as_millis()
}
