//! A day at the folders for the sweeps over power cuts and disk errors: `folder-visits FOLDER` says `turn N` when it is the receipt computer's
//! turn and goes on at a line; with `alone` behind it plays the receipt computer too. Ends with 0 when everything went well and with 3 when an
//! error was said with its code; anything else is a fault.
#![allow(
    clippy::print_stdout,
    reason = "what happened is told on standard output"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use e2e::disk::folders::{day, receipt};

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().context("folder-visits FOLDER [alone]")?;
    let folder = Path::new(&folder);
    let alone = arguments.next().is_some();
    let said = day(folder, |number| {
        if alone {
            return receipt(folder, number).map(drop);
        }
        println!("turn {number}");
        std::io::stdout().flush()?;
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        Ok(())
    })?;
    for code in &said {
        println!("error {code}");
    }
    Ok(if said.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    })
}
