//! The host's hands inside the virtual machine of `cargo xtask vm-camera` and `cargo xtask vm`. It runs in the guest only: `agent`
//! takes commands from a virtio port and plugs in cameras that the host offers; `face` is a client of the vision worker.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its outputs"
)]

mod agent;
mod cameras;
mod face;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs inside the virtual machine of the bench.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Take commands from the host, and plug in its cameras.
    Agent(agent::AgentArguments),
    /// Have the vision worker compare a photo with whoever is before the camera.
    Face(face::FaceArguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Agent(arguments) => agent::run(&arguments),
        Task::Face(arguments) => face::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vm-guest: {error:#}");
            ExitCode::FAILURE
        }
    }
}
