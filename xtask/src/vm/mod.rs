//! `cargo xtask vm-camera` and `cargo xtask vm`: the terminal in a virtual machine, with a kernel, drivers, udev and systemd of its own.
//!
//! Long proofs: on two quiet cores several minutes each, because QEMU computes the face nets without the processor's help.

mod agent;
mod camera;
mod folders;
mod image;
mod install;
mod machine;
mod share;
mod steps;
mod terminal;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::apt::{self, For};
use image::Image;
use steps::Steps;

/// What both proofs can be told.
#[derive(Args)]
pub(crate) struct VmArguments {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// Keep the machine's folder with its console log.
    #[arg(long)]
    keep: bool,
    /// Build the machine's disk anew even when there is one.
    #[arg(long)]
    fresh: bool,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
}

/// The worker and a real V4L2 device.
pub(crate) fn camera(arguments: &VmArguments) -> Result<bool> {
    proof(arguments, camera::prove)
}

/// The whole terminal under systemd.
pub(crate) fn terminal(arguments: &VmArguments) -> Result<bool> {
    proof(arguments, terminal::prove)
}

type Proof = fn(&mut Steps, &Image, &std::path::Path, bool) -> Result<()>;

fn proof(arguments: &VmArguments, prove: Proof) -> Result<bool> {
    if !arguments.no_install {
        apt::install(For::Machine)?;
    }
    crate::build()?;
    eprintln!("== everything in this machine is simulated: no real patients");
    let mut steps = Steps::new();
    let outcome = run(arguments, &mut steps, prove);
    steps.finish(outcome, arguments.json)
}

fn run(arguments: &VmArguments, steps: &mut Steps, prove: Proof) -> Result<()> {
    let store: PathBuf = crate::root().join("target/vm");
    let image = steps.step("a Debian 12 disk", || {
        let image = image::provide(&store, arguments.fresh)?;
        let how = if image.cached {
            "kept from before"
        } else {
            "built from the apt mirror"
        };
        let detail = format!("{how}: {}", image.disk.display());
        Ok((image, detail))
    })?;
    let share = tempfile::Builder::new()
        .prefix("share-")
        .tempdir_in(&store)?;
    steps.step("programs and files for it", || {
        share::lay_out(share.path())?;
        Ok(((), "laid out".into()))
    })?;
    prove(steps, &image, share.path(), arguments.keep)
}
