//! The project's own tool: `cargo xtask demo`, `cargo xtask test`, `cargo xtask models`, `cargo xtask lint`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its outputs"
)]

mod apt;
mod card;
mod central;
mod chain;
mod demo;
#[cfg(test)]
mod documents;
mod durability;
mod fuzz;
mod gallery;
mod lint;
mod models;
mod page;
mod receipt;
mod sounds;
mod testing;
mod vision;
mod vm;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};

/// Set-up, demonstration, tests and data of uketsuke.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is needed, build, and play the visits of the demonstration.
    Demo(demo::DemoArguments),
    /// Install what is needed, build, and run every test.
    Test(testing::TestArguments),
    /// Rebuild the face models from the registry packages they come from.
    Models(models::ModelsArgs),
    /// Draw every screen in every language, look and size into pictures, and check each.
    Gallery(gallery::GalleryArguments),
    /// Make the spoken guidance again after a text has changed.
    Sounds(sounds::SoundsArguments),
    /// Check format, lints and dependencies.
    Lint,
    /// The camera worker with a real V4L2 device, in a virtual machine: several minutes.
    VmCamera(vm::VmArguments),
    /// The whole terminal under systemd with reader, card and camera, in a virtual machine: several minutes.
    Vm(vm::VmArguments),
    /// Long proofs: play every fault that can happen.
    #[command(subcommand)]
    Sweep(Sweep),
    /// Measure.
    #[command(subcommand)]
    Bench(Bench),
    /// Let a fuzzer look for bytes from outside that a parser can't bear.
    Fuzz(fuzz::FuzzArguments),
}

#[derive(Subcommand)]
enum Sweep {
    /// Every fault of the virtual card at every command of a visit.
    Card(card::sweep::SweepCard),
    /// schemathesis over the receipt computer's OpenAPI document, against the real terminal.
    Api(receipt::SweepApi),
    /// Visits by PIN while the central service fails at random.
    Central(central::SweepCentral),
    /// The face worker is killed at random moments of face visits.
    Vision(vision::sweep::SweepArguments),
    /// The power goes after every operation on the ledger's disk; the daemon is killed at random moments.
    Crash(durability::crash::SweepCrash),
    /// Every operation on the ledger's disk fails.
    Disk(durability::disk::SweepDisk),
    /// Records of the audit chain changed, removed, inserted and cut off at random places.
    Tamper(chain::SweepTamper),
}

#[derive(Subcommand)]
enum Bench {
    /// Commands, bytes and time of the card side.
    Card(card::bench::BenchCard),
    /// Bytes and times of the patient's page in a real browser.
    Page(page::BenchPage),
    /// Ten thousand tickets in one fetch: time, memory, progress.
    Bulk(central::BenchBulk),
    /// Fifty receipt computers claim a thousand results at once.
    Receipt(receipt::BenchReceipt),
    /// The check of the whole audit chain on a full ledger.
    Audit(chain::BenchAudit),
    /// Three face engines on the same frames.
    Face(vision::face::FaceArguments),
    /// The table of presentation attacks in docs/face.md.
    Attacks(vision::tables::TableArguments),
    /// The table of optical reading in docs/face.md.
    Cards(vision::tables::TableArguments),
    /// Live pictures a second while a face is compared.
    Picture(vision::tables::TableArguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Never on the tree it happens to have been built in.
    if e2e::called_in().is_none() {
        eprintln!("xtask: this folder lies in no source tree of uketsuke; call it from inside one");
        return ExitCode::FAILURE;
    }
    let outcome = match arguments.task {
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Test(arguments) => testing::run(&arguments),
        Task::Models(arguments) => models::run(&arguments).map(|()| true),
        Task::Gallery(arguments) => gallery::run(&arguments),
        Task::Sounds(arguments) => sounds::run(&arguments).map(|()| true),
        Task::Lint => lint::run(),
        Task::Sweep(Sweep::Central(arguments)) => central::sweep(&arguments),
        Task::Sweep(Sweep::Vision(arguments)) => vision::sweep::sweep(&arguments),
        Task::Bench(Bench::Bulk(arguments)) => central::bulk(&arguments),
        Task::Bench(Bench::Page(arguments)) => page::bench(&arguments),
        Task::Bench(Bench::Face(arguments)) => vision::face::bench(&arguments),
        Task::Bench(Bench::Attacks(arguments)) => vision::tables::attacks(&arguments),
        Task::Bench(Bench::Cards(arguments)) => vision::tables::cards(&arguments),
        Task::Bench(Bench::Picture(arguments)) => vision::tables::picture(&arguments),
        Task::VmCamera(arguments) => vm::camera(&arguments),
        Task::Vm(arguments) => vm::terminal(&arguments),
        Task::Sweep(Sweep::Crash(arguments)) => durability::crash::sweep(&arguments),
        Task::Sweep(Sweep::Disk(arguments)) => durability::disk::sweep(&arguments),
        Task::Sweep(Sweep::Tamper(arguments)) => chain::tamper(&arguments),
        Task::Bench(Bench::Audit(arguments)) => chain::bench(&arguments),
        Task::Sweep(Sweep::Api(arguments)) => receipt::sweep_api(&arguments),
        Task::Bench(Bench::Receipt(arguments)) => receipt::bench(&arguments),
        Task::Sweep(Sweep::Card(arguments)) => card::sweep::sweep(&arguments),
        Task::Bench(Bench::Card(arguments)) => card::bench::bench(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Root of the source tree that this was called in.
fn root() -> PathBuf {
    e2e::repository()
}

/// Cargo in the source tree, in the environment a person's own call would have: what `cargo run`
/// says about this package would otherwise make build scripts that read it (ring) run again.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let inherited = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if inherited {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command with its output on ours.
fn must(command: &mut Command, what: &str) -> anyhow::Result<()> {
    let status = command.status().with_context(|| {
        format!(
            "{what}: {} can't be started",
            command.get_program().display()
        )
    })?;
    if status.success() {
        Ok(())
    } else {
        bail!("{what} failed ({status})")
    }
}

/// What a proof needs before it begins: the packages, the programs, and a runtime to play it on.
fn prepared(no_install: bool) -> anyhow::Result<tokio::runtime::Runtime> {
    if !no_install {
        apt::install(apt::For::Test)?;
    }
    build()?;
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?)
}

/// Builds all programs; cargo's own output goes to standard error.
fn build() -> anyhow::Result<()> {
    eprintln!("== building the programs (cargo build --workspace)");
    must(
        cargo().args(["build", "--workspace", "--quiet"]),
        "the build",
    )
}
