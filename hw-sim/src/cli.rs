//! The words of the command line.

mod camera;
mod card;
mod service;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use hw_sim::card::vpcd;
use hw_sim::{central, control};

/// A simulated clinic for the uketsuke terminal: virtual My Number Cards, a central service, a camera.
/// Everything is invented; no real patient, card or service is touched.
#[derive(Parser)]
#[command(name = "hw-sim", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// One JSON document on standard output instead of words.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make keys, certificates and cards; what exists is kept.
    Prepare {
        #[command(flatten)]
        place: Place,
    },
    /// Start everything and run until SIGTERM or Ctrl-C. Prepares what is missing.
    Run {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        run: RunOptions,
    },
    /// Turn a picture into a card photo: JPEG 2000, grey, 240x320, about 8 kB.
    Photo {
        /// The picture (JPEG or PNG).
        input: PathBuf,
        /// Where the JPEG 2000 file goes.
        output: PathBuf,
    },
    /// Lay a person's card on a reader of the running clinic.
    Lay {
        /// Person id, as in the register (for example `seiho`).
        person: String,
        #[command(flatten)]
        reader: Reader,
        #[command(flatten)]
        at: At,
    },
    /// Take the card away from a reader.
    Take {
        #[command(flatten)]
        reader: Reader,
        #[command(flatten)]
        at: At,
    },
    /// Put somebody before the camera.
    Face {
        /// A portrait's name, `none`, or two names as `obama+biden`.
        name: String,
        #[command(flatten)]
        at: At,
    },
    /// Hold a card's front up to the camera, as a person does where no document camera reads it. Laying it on a reader puts it away.
    HoldUp {
        /// Whose card: person id, as in the register.
        #[arg(required_unless_present = "away")]
        person: Option<String>,
        /// Put the card away again.
        #[arg(long, conflicts_with = "person")]
        away: bool,
        #[command(flatten)]
        at: At,
    },
    /// Unplug the camera, freeze it, let it run; turn the head before it, or present something instead.
    Camera {
        #[command(subcommand)]
        what: CameraCommand,
        #[command(flatten)]
        at: At,
    },
    /// Take the central service down or bring it up, make it fail, or let something happen there. `up` ends every fault.
    Central {
        #[command(subcommand)]
        what: CentralCommand,
        #[command(flatten)]
        at: At,
    },
    /// Play, disturb and watch cards.
    Card {
        #[command(subcommand)]
        what: CardCommand,
    },
    /// Show how the running clinic stands.
    State {
        #[command(flatten)]
        at: At,
    },
    /// Show what was asked of the central service.
    Requests {
        #[command(flatten)]
        at: At,
    },
}

pub(crate) use camera::CameraCommand;
pub(crate) use card::{CardCommand, Line, Mishap};
pub(crate) use service::{AuthorityWord, CareWord, CentralCommand, ModeWord};

#[derive(Args)]
pub(crate) struct Place {
    /// Folder for keys, certificates and cards.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Register of persons (TOML); the simulator's own when absent.
    #[arg(long)]
    pub(crate) persons: Option<PathBuf>,
    /// Add a card of every kind (phones, foreign cards, forgeries) to the register.
    #[arg(long, conflicts_with = "persons")]
    pub(crate) catalogue: bool,
    /// Folder of portraits named `<name>.jpg`; `data/portraits` of the source tree when absent.
    #[arg(long)]
    pub(crate) portraits: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct RunOptions {
    #[command(flatten)]
    pub(crate) at: At,
    /// TCP port of vpcd's first slot on this machine; the second reader is the next port.
    #[arg(long, default_value_t = vpcd::DEFAULT_PORT)]
    pub(crate) vpcd_port: u16,
    /// Socket of a CCID reader in QEMU (`ccid-card-passthru`); may be given several times. These are
    /// readers 2 and on.
    #[arg(long, value_name = "SOCKET")]
    pub(crate) qemu: Vec<PathBuf>,
    /// Port of the central service; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) central_port: u16,
    /// Code of the clinic, ten digits; tickets for it are entrusted.
    #[arg(long, default_value = central::INSTITUTION_CODE)]
    pub(crate) institution: String,
    /// Socket of the camera; `camera.sock` in the folder when absent.
    #[arg(long)]
    pub(crate) camera: Option<PathBuf>,
    /// So many invented persons beside the register, for load; every second one has a ticket for the clinic, and the last of each fifty
    /// is told apart from another by branch and address alone.
    #[arg(long, default_value_t = 0)]
    pub(crate) invented: u32,
    /// Seed of the invented persons.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Args)]
pub(crate) struct At {
    /// Port of the control page (for `run`: 0 takes a free one).
    #[arg(long, global = true, default_value_t = control::DEFAULT_PORT)]
    pub(crate) control: u16,
}

#[derive(Args)]
pub(crate) struct Reader {
    /// Which reader: 0 or 1, from 2 on those in QEMU.
    #[arg(long, default_value_t = 0)]
    pub(crate) reader: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        let cli = Cli::try_parse_from(["hw-sim", "lay", "seiho", "--reader", "1", "--json"]);
        let Ok(Cli {
            json: true,
            command: Command::Lay { person, reader, at },
        }) = cli
        else {
            panic!("not understood");
        };
        assert_eq!((person.as_str(), reader.reader), ("seiho", 1));
        assert_eq!(at.control, control::DEFAULT_PORT);
        assert!(
            Cli::try_parse_from(["hw-sim", "run"]).is_err(),
            "a folder is needed"
        );
        for words in [&["hold-up"][..], &["hold-up", "seiho", "--away"]] {
            let line = ["hw-sim"].iter().chain(words);
            assert!(Cli::try_parse_from(line).is_err(), "{words:?}: one of both");
        }
    }
}
