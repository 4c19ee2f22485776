//! One receipt computer of the race, a process of its own and, with `--uid`, a user of its own:
//! `receipt-racer [--uid N] claim SOCKET` reads result ids from standard input up to an empty line, connects, says `ready`, waits for one
//! more line, claims each id and prints each claim; `receipt-racer [--uid N] echo SOCKET ROUNDS THERE BACK` does as much without a meaning.
#![allow(
    clippy::print_stdout,
    reason = "what was measured is told on standard output"
)]

use std::io::BufRead as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use e2e::receipt_race::wire::Wire;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["--uid", uid, rest @ ..] = words.as_slice() {
        let uid = uid.parse().context("--uid N")?;
        // The group stays: the socket is for its group.
        nix::unistd::setuid(nix::unistd::Uid::from_raw(uid))?;
        words = rest.to_vec();
    }
    match words.as_slice() {
        ["claim", socket] => claim(Path::new(socket)),
        ["echo", socket, rounds, there, back] => echo(
            Path::new(socket),
            rounds.parse()?,
            there.parse()?,
            back.parse()?,
        ),
        _ => bail!("receipt-racer [--uid N] claim SOCKET | echo SOCKET ROUNDS THERE BACK"),
    }
}

fn claim(socket: &Path) -> anyhow::Result<()> {
    let ids = told_ids()?;
    let mut wire = Wire::connect(socket)?;
    ready()?;
    let mut claims = Vec::with_capacity(ids.len());
    for id in &ids {
        claims.push(wire.claim(id)?);
    }
    for claim in claims {
        println!("{}", claim.line());
    }
    Ok(())
}

fn echo(socket: &Path, rounds: usize, there: usize, back: usize) -> anyhow::Result<()> {
    let mut wire = Wire::connect(socket)?;
    let (there, mut back) = (vec![b'y'; there], vec![0; back]);
    ready()?;
    let mut took = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        took.push(wire.echo(&there, &mut back)?);
    }
    for one in took {
        println!("{}", one.as_nanos());
    }
    Ok(())
}

fn told_ids() -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        ids.push(line);
    }
    Ok(ids)
}

/// Says so, and waits until all may start.
fn ready() -> anyhow::Result<()> {
    println!("ready");
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line)? == 0 {
        bail!("nobody says when to start");
    }
    Ok(())
}
