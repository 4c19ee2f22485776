//! Fault scripts as people write them, in TOML or JSON. One table per fault:
//!
//! ```toml
//! [[fault]]
//! does = "truncate"     # what; `bytes`, `status`, `millis` or `card` say more where needed
//! bytes = 10
//! name = "read jpki/auth-certificate"   # when: `command`, `from`, `name` (+ `nth`), `power_on`
//! nth = 2
//! times = 1
//! ```
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fault::{At, Fault, QEMU_LIMIT, Rule, Script};

/// More rules than this are a mistake.
const MAX_RULES: usize = 100;
/// No answer is delayed longer.
const MAX_DELAY: u64 = 10 * 60 * 1000;

/// Why a script was refused.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// Not the TOML of a script.
    #[error("the script is not valid TOML of the expected form: {0}")]
    Toml(String),
    /// A rule makes no sense.
    #[error("fault {rule}: {problem}")]
    Rule {
        /// Which one, from 1.
        rule: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// More than a hundred rules.
    #[error("the script has more than {MAX_RULES} faults")]
    TooLong,
}

/// A script as written.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, rename = "fault")]
    faults: Vec<WrittenRule>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Removed,
    RemovedAfter,
    Silent,
    SilentAfter,
    Garbage,
    Truncate,
    Status,
    StatusAfter,
    Empty,
    EmptyAfter,
    Limit,
    WarmReset,
    PowerLost,
    Swapped,
    SwappedUnseen,
    Delay,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    does: Word,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
    /// Four hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    millis: Option<u64>,
    /// The person whose card it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nth: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    power_on: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// When it is not TOML of this form or a rule makes no sense.
    pub fn from_toml(text: &str) -> Result<Self, ScriptError> {
        let written: Written =
            toml::from_str(text).map_err(|error| ScriptError::Toml(error.message().to_owned()))?;
        Self::try_from(written)
    }
}

impl Serialize for Script {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let faults = self.rules.iter().map(WrittenRule::from).collect();
        Written { faults }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Script {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Written::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl TryFrom<Written> for Script {
    type Error = ScriptError;

    fn try_from(written: Written) -> Result<Self, ScriptError> {
        if written.faults.len() > MAX_RULES {
            return Err(ScriptError::TooLong);
        }
        let rules = written.faults.into_iter().enumerate();
        rules
            .map(|(index, rule)| {
                rule.read().map_err(|problem| ScriptError::Rule {
                    rule: index + 1,
                    problem,
                })
            })
            .collect()
    }
}

impl WrittenRule {
    fn read(self) -> Result<Rule, &'static str> {
        let used = [
            (self.bytes.is_some(), &[Word::Truncate, Word::Limit][..]),
            (
                self.status.is_some(),
                &[Word::Status, Word::StatusAfter][..],
            ),
            (self.millis.is_some(), &[Word::Delay][..]),
            (
                self.card.is_some(),
                &[Word::Swapped, Word::SwappedUnseen][..],
            ),
        ];
        if used
            .iter()
            .any(|(given, words)| *given && !words.contains(&self.does))
        {
            return Err("bytes, status, millis or card is given where it means nothing");
        }
        let at = match (self.command, self.from, self.name, self.power_on) {
            (None, None, None, false) => At::Every,
            (Some(0), ..) | (_, Some(0), ..) => return Err("commands are counted from 1"),
            (Some(n), None, None, false) => At::Command(n),
            (None, Some(n), None, false) => At::From(n),
            (None, None, Some(name), false) if !name.is_empty() => At::Named {
                name,
                nth: self.nth,
            },
            (None, None, None, true) => At::PowerOn,
            _ => return Err("only one of command, from, name and power_on can be given"),
        };
        if self.nth.is_some() && !matches!(at, At::Named { nth: Some(1..), .. }) {
            return Err("nth goes with name and is counted from 1");
        }
        let status = || {
            let bytes = self.status.as_deref().and_then(super::hex_bytes);
            let pair = bytes.and_then(|bytes| <[u8; 2]>::try_from(bytes).ok());
            pair.map(u16::from_be_bytes)
                .ok_or("status must be four hexadecimal digits")
        };
        let card = || {
            let id = self.card.clone().filter(|id| crate::persons::is_id(id));
            id.ok_or("card must name a person")
        };
        let fault = match self.does {
            Word::Removed => Fault::Removed,
            Word::RemovedAfter => Fault::RemovedAfter,
            Word::Silent => Fault::Silent,
            Word::SilentAfter => Fault::SilentAfter,
            Word::Garbage => Fault::Garbage,
            Word::Truncate => Fault::Truncate(self.bytes.ok_or("truncate needs bytes")?),
            Word::Status => Fault::Status(status()?),
            Word::StatusAfter => Fault::StatusAfter(status()?),
            Word::Empty => Fault::Empty,
            Word::EmptyAfter => Fault::EmptyAfter,
            Word::Limit => Fault::Limit(self.bytes.unwrap_or(QEMU_LIMIT)),
            Word::WarmReset => Fault::WarmReset,
            Word::PowerLost => Fault::PowerLost,
            Word::Swapped => Fault::Swapped(card()?),
            Word::SwappedUnseen => Fault::SwappedUnseen(card()?),
            Word::Delay => {
                let millis = self.millis.filter(|millis| *millis <= MAX_DELAY);
                Fault::Delay(Duration::from_millis(
                    millis.ok_or("delay needs millis, at most ten minutes")?,
                ))
            }
        };
        Ok(Rule {
            at,
            fault,
            times: self.times,
        })
    }
}

impl From<&Rule> for WrittenRule {
    fn from(rule: &Rule) -> Self {
        let (mut bytes, mut status, mut millis, mut card) = (None, None, None, None);
        let does = match &rule.fault {
            Fault::Removed => Word::Removed,
            Fault::RemovedAfter => Word::RemovedAfter,
            Fault::Silent => Word::Silent,
            Fault::SilentAfter => Word::SilentAfter,
            Fault::Garbage => Word::Garbage,
            Fault::Truncate(n) => {
                bytes = Some(*n);
                Word::Truncate
            }
            Fault::Status(sw) => {
                status = Some(format!("{sw:04X}"));
                Word::Status
            }
            Fault::StatusAfter(sw) => {
                status = Some(format!("{sw:04X}"));
                Word::StatusAfter
            }
            Fault::Empty => Word::Empty,
            Fault::EmptyAfter => Word::EmptyAfter,
            Fault::Limit(n) => {
                bytes = Some(*n);
                Word::Limit
            }
            Fault::WarmReset => Word::WarmReset,
            Fault::PowerLost => Word::PowerLost,
            Fault::Swapped(id) => {
                card = Some(id.clone());
                Word::Swapped
            }
            Fault::SwappedUnseen(id) => {
                card = Some(id.clone());
                Word::SwappedUnseen
            }
            Fault::Delay(time) => {
                millis = u64::try_from(time.as_millis()).ok();
                Word::Delay
            }
        };
        let (mut command, mut from, mut name, mut nth) = (None, None, None, None);
        match &rule.at {
            At::Every | At::PowerOn => {}
            At::Command(n) => command = Some(*n),
            At::From(n) => from = Some(*n),
            At::Named { name: n, nth: k } => (name, nth) = (Some(n.clone()), *k),
        }
        Self {
            does,
            bytes,
            status,
            millis,
            card,
            command,
            from,
            name,
            nth,
            power_on: rule.at == At::PowerOn,
            times: rule.times,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_can_be_written_and_read_back() {
        let script: Script = [
            Fault::Removed.at(12),
            Fault::RemovedAfter.from(3),
            Fault::Silent.on("verify"),
            Fault::SilentAfter.on_nth("read", 2),
            Fault::Garbage.at_power_on(),
            Fault::Truncate(0).at(1).times(1),
            Fault::Status(0x6F00).at(1),
            Fault::StatusAfter(0x9000).at(1),
            Fault::Empty.at(1),
            Fault::EmptyAfter.at(1),
            Fault::Limit(374).at(1),
            Fault::WarmReset.at(1),
            Fault::PowerLost.at(1),
            Fault::Swapped("futari".into()).at(1),
            Fault::SwappedUnseen("futari".into()).at(1),
            Fault::Delay(Duration::from_millis(7)).at(1),
        ]
        .into_iter()
        .chain(Script::from(Fault::Garbage).rules)
        .collect();
        let text = toml::to_string(&script).unwrap();
        assert_eq!(Script::from_toml(&text).unwrap(), script, "{text}");
        let json = serde_json::to_string(&script).unwrap();
        assert_eq!(serde_json::from_str::<Script>(&json).unwrap(), script);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_reason() {
        for (line, reason) in [
            ("does = \"nothing\"", "unknown variant"),
            ("does = \"truncate\"", "needs bytes"),
            ("does = \"garbage\"\nbytes = 1", "means nothing"),
            ("does = \"status\"\nstatus = \"6F0\"", "four hexadecimal"),
            ("does = \"status\"\nstatus = \"+F00\"", "four hexadecimal"),
            ("does = \"swapped\"\ncard = \"../x\"", "name a person"),
            ("does = \"delay\"", "needs millis"),
            ("does = \"removed\"\ncommand = 0", "from 1"),
            ("does = \"removed\"\ncommand = 1\nfrom = 2", "only one of"),
            ("does = \"removed\"\nnth = 2", "goes with name"),
            ("does = \"removed\"\nwhen = 2", "unknown field"),
        ] {
            let error = Script::from_toml(&format!("[[fault]]\n{line}")).unwrap_err();
            assert!(error.to_string().contains(reason), "{line}: {error}");
        }
        let long = "[[fault]]\ndoes = \"removed\"\n".repeat(101);
        assert!(matches!(
            Script::from_toml(&long),
            Err(ScriptError::TooLong)
        ));
        assert_eq!(Script::from_toml("").unwrap(), Script::default());
    }
}
