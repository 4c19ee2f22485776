//! The words of `hw-sim card`.
use std::path::PathBuf;

use clap::{Args, Subcommand};
use hw_sim::card::vpcd;

use super::{At, Place, Reader};

#[derive(Subcommand)]
pub(crate) enum CardCommand {
    /// List the cards of the register with what opens them.
    List {
        /// Register of persons (TOML); the simulator's own when absent.
        #[arg(long)]
        persons: Option<PathBuf>,
        /// Add a card of every kind to the register.
        #[arg(long, conflicts_with = "persons")]
        catalogue: bool,
    },
    /// Play one card without a clinic, until SIGTERM or Ctrl-C.
    Play {
        /// Person id, as in the register.
        person: String,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        line: Line,
        /// Another answer to reset: a name (`contact`, `unknown`, …) or hexadecimal.
        #[arg(long)]
        atr: Option<String>,
        /// How long the card takes: instant, contactless-106, contactless-424 or contact.
        #[arg(long, default_value = "instant")]
        latency: String,
        /// What goes wrong (TOML, see docs/simulator.md).
        #[arg(long)]
        script: Option<PathBuf>,
        /// Write the transcript here at the end, one JSON document a line.
        #[arg(long)]
        transcript: Option<PathBuf>,
    },
    /// Send commands to a card in process and print what it answers.
    Apdu {
        /// Person id, as in the register.
        person: String,
        #[command(flatten)]
        place: Place,
        /// Commands in hexadecimal; from standard input, one a line, when absent.
        commands: Vec<String>,
    },
    /// Let something go wrong with the card on a reader of the running clinic.
    Fault {
        #[command(flatten)]
        mishap: Mishap,
        #[command(flatten)]
        reader: Reader,
        #[command(flatten)]
        at: At,
    },
    /// Set how long cards on a reader of the running clinic take.
    Latency {
        /// instant, contactless-106, contactless-424 or contact.
        preset: String,
        #[command(flatten)]
        reader: Reader,
        #[command(flatten)]
        at: At,
    },
    /// Set the tries left on a person's card of the running clinic.
    Tries {
        /// Person id, as in the register.
        person: String,
        /// For example `auth_pin=1`, `surface_b=3`.
        #[arg(required = true)]
        tries: Vec<String>,
        #[command(flatten)]
        at: At,
    },
    /// Show the last commands of the card on a reader of the running clinic.
    Transcript {
        /// Forget them afterwards.
        #[arg(long)]
        clear: bool,
        #[command(flatten)]
        reader: Reader,
        #[command(flatten)]
        at: At,
    },
}

/// Where a card is played.
#[derive(Args)]
pub(crate) struct Line {
    /// TCP port of a vpcd slot on this machine.
    #[arg(long, default_value_t = vpcd::DEFAULT_PORT, conflicts_with = "qemu")]
    pub(crate) vpcd: u16,
    /// Socket of a CCID reader in QEMU instead.
    #[arg(long, value_name = "SOCKET")]
    pub(crate) qemu: Option<PathBuf>,
}

/// One fault in words, or a script.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Mishap {
    /// removed, removed-after, silent, silent-after, garbage, truncate, status, status-after, empty,
    /// empty-after, limit, warm-reset, power-lost, swapped, swapped-unseen or delay.
    #[arg(conflicts_with_all = ["script", "clear"])]
    pub(crate) does: Option<String>,
    /// A script of faults (TOML).
    #[arg(long, conflicts_with = "clear")]
    pub(crate) script: Option<PathBuf>,
    /// End every fault.
    #[arg(long)]
    pub(crate) clear: bool,
    /// At this command only, counted from now, the first is 1.
    #[arg(long, requires = "does")]
    pub(crate) command: Option<u32>,
    /// At this command and every one after it.
    #[arg(long, requires = "does")]
    pub(crate) from: Option<u32>,
    /// At commands of this name, as `verify` or `read surface/card-face`.
    #[arg(long, requires = "does")]
    pub(crate) name: Option<String>,
    /// Only the n-th command of that name.
    #[arg(long, requires = "name")]
    pub(crate) nth: Option<u32>,
    /// At most so often.
    #[arg(long, requires = "does")]
    pub(crate) times: Option<u32>,
    /// Bytes left by truncate, or let through by limit.
    #[arg(long, requires = "does")]
    pub(crate) bytes: Option<usize>,
    /// Status word of status and status-after, four hexadecimal digits.
    #[arg(long, requires = "does")]
    pub(crate) status: Option<String>,
    /// Milliseconds of delay.
    #[arg(long, requires = "does")]
    pub(crate) millis: Option<u64>,
    /// Whose card is swapped in.
    #[arg(long, requires = "does")]
    pub(crate) card: Option<String>,
}
