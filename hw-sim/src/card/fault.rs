//! What can go wrong with a card, on demand: every fault that a reader, a hurried patient or another
//! program causes, and the script that says at which command it happens.
use std::time::Duration;

/// Largest answer that QEMU's CCID reader passes on, status word included (measured with QEMU 7.2:
/// its bulk buffer of 384 bytes less the ten of the CCID header).
pub const QEMU_LIMIT: usize = 374;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The card is gone when the command comes; it is not carried out.
    Removed,
    /// The card carries out the command and is gone before its answer arrives.
    RemovedAfter,
    /// The command is not carried out and never answered.
    Silent,
    /// The command is carried out, its answer never arrives.
    SilentAfter,
    /// The command is carried out; the answer is noise of a plausible length, whose status word never asks for one more command.
    Garbage,
    /// The command is carried out; the answer is cut to this many bytes (below two there is not even
    /// a status word).
    Truncate(usize),
    /// The command is not carried out and answered with this status word.
    Status(u16),
    /// The command is carried out, but only this status word comes back.
    StatusAfter(u16),
    /// Success with zero bytes and no card afterwards, as QEMU's reader reports a removal; the command
    /// is not carried out.
    Empty,
    /// The same, but the command was carried out.
    EmptyAfter,
    /// The command is carried out; an answer longer than this (status word included) never arrives.
    Limit(usize),
    /// Somebody resets the card before the command; what survives depends on the interface. The command
    /// is carried out.
    WarmReset,
    /// The card loses its power for a moment before the command, and everything it knew. The command is
    /// carried out by the card as it wakes up.
    PowerLost,
    /// The card is taken away before the command, and this person's card is laid down instead.
    Swapped(String),
    /// The same, but the reader notices nothing: this person's card answers, freshly powered.
    SwappedUnseen(String),
    /// The answer takes this much longer.
    Delay(Duration),
}

/// At which command. Commands are counted from the moment the script is set; the first one is 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// At every command.
    Every,
    /// At this command only.
    Command(u32),
    /// At this command and every one after it.
    From(u32),
    /// At commands of this name (see [`Entry::name`](super::Entry::name)): the whole name, or its
    /// beginning up to a space or a slash, as `read`, `read surface` or `read surface/card-face`.
    Named {
        /// The name or its beginning.
        name: String,
        /// Only the n-th of them, counted from 1.
        nth: Option<u32>,
    },
    /// At the first command after power-on.
    PowerOn,
}

/// One line of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// At which command.
    pub at: At,
    /// What happens there.
    pub fault: Fault,
    /// How often at most; `None` without end.
    pub times: Option<u32>,
}

impl Fault {
    /// At this command, counted from 1.
    pub fn at(self, command: u32) -> Rule {
        self.rule(At::Command(command))
    }

    /// At this command and every one after it.
    pub fn from(self, command: u32) -> Rule {
        self.rule(At::From(command))
    }

    /// At every command of this name.
    pub fn on(self, name: &str) -> Rule {
        let name = name.to_owned();
        self.rule(At::Named { name, nth: None })
    }

    /// At the n-th command of this name, counted from 1.
    pub fn on_nth(self, name: &str, nth: u32) -> Rule {
        let (name, nth) = (name.to_owned(), Some(nth));
        self.rule(At::Named { name, nth })
    }

    /// At the first command after power-on.
    pub fn at_power_on(self) -> Rule {
        self.rule(At::PowerOn)
    }

    /// Every fault that needs no second card, at one command, each with a word for reports. A sweep over
    /// all commands of a visit goes through this list.
    pub fn list(command: u32) -> Vec<(&'static str, Rule)> {
        let faults = [
            ("removed", Self::Removed),
            ("removed-after", Self::RemovedAfter),
            ("silent", Self::Silent),
            ("silent-after", Self::SilentAfter),
            ("garbage", Self::Garbage),
            ("truncate-0", Self::Truncate(0)),
            ("truncate-1", Self::Truncate(1)),
            ("truncate-2", Self::Truncate(2)),
            ("truncate-100", Self::Truncate(100)),
            ("status-6f00", Self::Status(0x6F00)),
            ("status-6982", Self::Status(0x6982)),
            ("status-6984", Self::Status(0x6984)),
            ("status-6a82", Self::Status(0x6A82)),
            ("status-63c0", Self::Status(0x63C0)),
            ("status-9000", Self::Status(0x9000)),
            ("status-6581-after", Self::StatusAfter(0x6581)),
            ("empty", Self::Empty),
            ("empty-after", Self::EmptyAfter),
            ("limit-374", Self::Limit(QEMU_LIMIT)),
            ("warm-reset", Self::WarmReset),
            ("power-lost", Self::PowerLost),
            ("delay-2000", Self::Delay(Duration::from_secs(2))),
        ];
        faults.map(|(word, fault)| (word, fault.at(command))).into()
    }

    fn rule(self, at: At) -> Rule {
        Rule {
            at,
            fault: self,
            times: None,
        }
    }
}

impl Rule {
    /// The same rule, at most so often.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

/// All that is to go wrong. Of several rules that fit one command the first happens; delays add up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The rules, in the order in which they are looked at.
    pub rules: Vec<Rule>,
}

impl From<Fault> for Script {
    /// At every command.
    fn from(fault: Fault) -> Self {
        fault.rule(At::Every).into()
    }
}

impl From<Rule> for Script {
    fn from(rule: Rule) -> Self {
        Self { rules: vec![rule] }
    }
}

impl FromIterator<Rule> for Script {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        Self {
            rules: rules.into_iter().collect(),
        }
    }
}

/// A script with its counts.
#[derive(Debug, Default)]
pub(crate) struct Armed {
    rules: Vec<Counted>,
    commands: u32,
}

#[derive(Debug)]
struct Counted {
    rule: Rule,
    /// Commands of the rule's name so far.
    seen: u32,
    fired: u32,
}

/// What is due at one command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) fault: Option<Fault>,
    pub(crate) delay: Duration,
}

impl Armed {
    pub(crate) fn new(script: Script) -> Self {
        let counted = |rule| Counted {
            rule,
            seen: 0,
            fired: 0,
        };
        Self {
            rules: script.rules.into_iter().map(counted).collect(),
            commands: 0,
        }
    }

    pub(crate) fn script(&self) -> Script {
        self.rules.iter().map(|c| c.rule.clone()).collect()
    }

    /// Counts a command and says what becomes of it.
    pub(crate) fn next(&mut self, name: &str, after_power_on: bool) -> Due {
        self.commands = self.commands.saturating_add(1);
        let mut due = Due::default();
        for counted in &mut self.rules {
            if !counted.fits(self.commands, name, after_power_on) {
                continue;
            }
            match &counted.rule.fault {
                Fault::Delay(time) => due.delay = due.delay.saturating_add(*time),
                _ if due.fault.is_some() => continue,
                fault => due.fault = Some(fault.clone()),
            }
            counted.fired = counted.fired.saturating_add(1);
        }
        due
    }
}

impl Counted {
    fn fits(&mut self, command: u32, name: &str, after_power_on: bool) -> bool {
        let fits = match &self.rule.at {
            At::Every => true,
            At::Command(n) => command == *n,
            At::From(n) => command >= *n,
            At::PowerOn => after_power_on,
            At::Named { name: wanted, nth } => {
                let named = is_named(name, wanted);
                self.seen = self.seen.saturating_add(u32::from(named));
                named && nth.is_none_or(|nth| nth == self.seen)
            }
        };
        fits && self.rule.times.is_none_or(|times| self.fired < times)
    }
}

/// Whether a command's name is the wanted one or begins with it.
fn is_named(name: &str, wanted: &str) -> bool {
    name.strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_whole_or_up_to_a_boundary() {
        for (wanted, fits) in [
            ("read surface/card-face", true),
            ("read surface", true),
            ("read", true),
            ("rea", false),
            ("read sur", false),
            ("read surface/card", false),
            ("verify", false),
        ] {
            assert_eq!(is_named("read surface/card-face", wanted), fits, "{wanted}");
        }
    }

    #[test]
    fn rules_count_commands_names_and_how_often() {
        let mut armed = Armed::new(
            [
                Fault::Silent.at(2),
                Fault::Garbage.on_nth("read", 2),
                Fault::Removed.on("verify").times(1),
                Fault::Status(0x6F00).at_power_on(),
                Fault::Delay(Duration::from_millis(3)).from(4),
                Fault::Delay(Duration::from_millis(4)).from(5),
            ]
            .into_iter()
            .collect(),
        );
        let mut next = |name: &str, first: bool| armed.next(name, first);
        assert_eq!(next("select jpki", true).fault, Some(Fault::Status(0x6F00)));
        assert_eq!(next("read jpki/token", false).fault, Some(Fault::Silent));
        assert_eq!(next("read jpki/token", false).fault, Some(Fault::Garbage));
        let due = next("verify jpki/auth-pin", false);
        assert_eq!(due.fault, Some(Fault::Removed));
        assert_eq!(due.delay, Duration::from_millis(3));
        let due = next("verify jpki/auth-pin", false);
        assert_eq!((due.fault, due.delay), (None, Duration::from_millis(7)));
    }
}
