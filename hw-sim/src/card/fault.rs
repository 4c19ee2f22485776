//! What can go wrong with a card, on demand: every fault a reader or a hurried patient causes.
use std::time::Duration;

/// A fault. Commands are counted from the moment the fault is set; the first one is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Every answer is cut to this many bytes (below two there is not even a status word).
    TruncateAfter(usize),
    /// Every answer is noise of a plausible length.
    Garbage,
    /// Every command is answered with this status word and nothing is done.
    StatusWord(u16),
    /// Only this command is answered with this status word, and nothing is done for it.
    StatusWordAtCommand {
        /// Which command.
        command: u32,
        /// The status word.
        status: u16,
    },
    /// The card is gone when this command comes; it is not carried out.
    RemoveAtCommand(u32),
    /// The card carries out this command and is gone before its answer arrives.
    RemoveAfterCommand(u32),
    /// From this command on the card says nothing; the commands are not carried out.
    SilenceAtCommand(u32),
    /// Every answer takes this much longer.
    Delay(Duration),
}

/// A fault with its count of commands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Armed {
    pub(crate) fault: Fault,
    pub(crate) commands: u32,
}

/// What a fault does before a command is carried out.
pub(crate) enum Before {
    /// Carry it out.
    Go,
    /// Answer this and do nothing.
    Answer(u16),
    /// The card is gone.
    Removed,
    /// No answer.
    Silent,
}

impl Armed {
    pub(crate) fn new(fault: Fault) -> Self {
        Self { fault, commands: 0 }
    }

    /// Counts a command and says what becomes of it.
    pub(crate) fn before(&mut self) -> Before {
        self.commands = self.commands.saturating_add(1);
        match self.fault {
            Fault::StatusWord(status) => Before::Answer(status),
            Fault::StatusWordAtCommand { command, status } if self.commands == command => {
                Before::Answer(status)
            }
            Fault::RemoveAtCommand(n) if self.commands >= n => Before::Removed,
            Fault::SilenceAtCommand(n) if self.commands >= n => Before::Silent,
            _ => Before::Go,
        }
    }
}
