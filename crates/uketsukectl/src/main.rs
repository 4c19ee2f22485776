//! `uketsukectl`, the technician's command: is the terminal ready, and if not, which layer is broken.

mod args;
mod audit;
mod card;
mod clock;
mod counter;
mod doctor;
mod folders;
mod ledger;
mod message;
mod output;
mod reset;
mod results;
mod settings;
mod staff;
mod status;
mod watch;
mod words;

use std::process::ExitCode;

use args::{Args, Command, MessageAction};
use clap::Parser;

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match &args.command {
        Command::Doctor => Ok(doctor::run(&args)),
        Command::Card(card) => card::run(&args, card),
        Command::ResetReader(reset) => reset::run(&args, reset),
        Command::Status => status::run(&args),
        Command::Watch { events } => watch::run(&args, *events),
        Command::Audit(command) => audit::run(&args, command),
        Command::Ledger(command) => ledger::run(&args, command),
        Command::Results(command) => results::run(&args, command),
        Command::Clock(command) => clock::run(&args, command),
        Command::Counter(command) => counter::run(&args, command),
        Command::Folders(command) => folders::run(&args, command),
        Command::Staff(command) => staff::run(&args, command),
        Command::Message {
            action: MessageAction::Show { files },
        } => message::show(&args, files),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(problem) => {
            output::error(&args, &problem);
            args::Exit::Failed.into()
        }
    }
}
