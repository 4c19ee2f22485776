//! What a visit costs the card: commands, bytes, and whose time it is. Beside it, what OpenSC needs for the same
//! ends, counted by the same virtual card.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use hw_sim::card::vpcd::VirtualReader;
use hw_sim::card::{Engine, Latency, Traffic};
use serde::Serialize;

use super::sweep::PERSON;
use super::table::{Laid, Table, person};
use super::visit::{Kind, Outcome, play};
use crate::PrivatePcscd;

/// Far above anything measured.
const LIMIT: Duration = Duration::from_secs(20);
/// No tool needs longer.
const TOOL_SECONDS: &str = "60";

/// Everything measured.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// The latency profile of the critical path.
    pub latency: &'static str,
    /// One row a visit kind.
    pub visits: Vec<VisitRow>,
    /// The same ends with OpenSC.
    pub opensc: Vec<ToolRow>,
}

/// A visit, from laying the card down to its proof.
#[derive(Debug, Serialize)]
pub struct VisitRow {
    /// Which.
    pub visit: &'static str,
    /// Commands sent to the card.
    pub commands: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// Uses of a private key.
    pub signatures: u64,
    /// From the first question to the last answer, ms.
    pub total_ms: f64,
    /// What the card took of it by its latency profile, ms.
    pub card_ms: f64,
    /// The rest: threads, checks, signatures of the terminal.
    pub ours_ms: f64,
    /// The rest in percent of the whole.
    pub ours_percent: f64,
    /// By step, ms.
    pub steps: Vec<(&'static str, f64)>,
}

/// One call of an OpenSC tool.
#[derive(Debug, Serialize)]
pub struct ToolRow {
    /// What it is for.
    pub purpose: &'static str,
    /// Which tool.
    pub tool: String,
    /// Commands sent to the card.
    pub commands: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// Uses of a private key.
    pub signatures: u64,
}

fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 100_000.0).round() / 100.0
}

/// Measures all visit kinds `times` times each; the run with the least time of ours stands, because what is
/// to be known is our work and not what else the machine had to do.
///
/// # Errors
/// A visit does not finish.
pub fn visits(prepared: &Path, latency: Latency, times: usize) -> anyhow::Result<Vec<VisitRow>> {
    [Kind::Face, Kind::FaceExtended, Kind::Pin]
        .into_iter()
        .map(|kind| {
            let mut best: Option<VisitRow> = None;
            for _ in 0..times.max(1) {
                let row = visit(prepared, latency, kind)?;
                if best.as_ref().is_none_or(|best| row.ours_ms < best.ours_ms) {
                    best = Some(row);
                }
            }
            best.context("no run")
        })
        .collect()
}

fn visit(prepared: &Path, latency: Latency, kind: Kind) -> anyhow::Result<VisitRow> {
    let card = Laid::new(prepared, &[PERSON])?;
    card.engine().set_latency(latency);
    let mut table = Table::with_lengths(prepared, LIMIT, kind.is_extended())?;
    table.lay(&card)?;
    let outcome = play(&mut table, kind, PERSON)?;
    table.end();
    let Outcome {
        finished,
        ended,
        waited,
        steps,
        ..
    } = outcome;
    if !finished {
        bail!("the {} visit ends with {ended}", kind.name());
    }
    let Traffic {
        commands,
        sent,
        received,
        signatures,
        ..
    } = card.engine().traffic();
    let card_time = card.engine().traffic().card_time();
    let ours = waited.saturating_sub(card_time);
    Ok(VisitRow {
        visit: kind.name(),
        commands,
        sent,
        received,
        signatures,
        total_ms: ms(waited),
        card_ms: ms(card_time),
        ours_ms: ms(ours),
        ours_percent: (ours.as_secs_f64() / waited.as_secs_f64() * 10_000.0).round() / 100.0,
        steps: steps
            .into_iter()
            .map(|(step, time)| (step, ms(time)))
            .collect(),
    })
}

/// Lets OpenSC's tools read the authentication certificate and sign, on a card of their own in a pcscd of our own.
///
/// # Errors
/// pcscd, its virtual reader or OpenSC are not there, or a tool fails.
pub fn opensc(prepared: &Path) -> anyhow::Result<Vec<ToolRow>> {
    let folder = tempfile::tempdir()?;
    let pcscd = PrivatePcscd::start(folder.path(), true)?;
    let mut reader = VirtualReader::connect(pcscd.vpcd_port);
    let card = Laid::new(prepared, &[PERSON])?;
    reader
        .insert(Engine::load(&card.folder().join(PERSON))?)
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let pin = person(PERSON)?.card.pin;
    let data = folder.path().join("nonce");
    std::fs::write(&data, super::visit::NONCE)?;
    let (data, out) = (data.display().to_string(), folder.path().join("out"));
    let out = out.display().to_string();
    let run = |program: &str, arguments: &[&str]| -> anyhow::Result<bool> {
        let output = Command::new("timeout")
            .args([TOOL_SECONDS, program])
            .args(arguments)
            .env("PCSCLITE_CSOCK_NAME", pcscd.socket())
            // Certificates are cached below the home folder; each run shall ask the card.
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{program}: apt-get install opensc"))?;
        Ok(output.status.success())
    };
    let until = Instant::now() + LIMIT;
    while !run("opensc-tool", &["-a"])? {
        if Instant::now() > until {
            bail!("OpenSC does not see the card");
        }
    }
    let calls: [(&'static str, &str, Vec<&str>); 2] = [
        (
            "read the authentication certificate",
            "pkcs15-tool",
            vec!["--read-certificate", "01", "-o", &out],
        ),
        (
            "sign with the authentication key",
            "pkcs11-tool",
            vec![
                "--slot-index",
                "0",
                "--login",
                "--pin",
                &pin,
                "--sign",
                "--id",
                "01",
                "-m",
                "SHA256-RSA-PKCS",
                "-i",
                &data,
                "-o",
                &out,
            ],
        ),
    ];
    calls
        .into_iter()
        .map(|(purpose, program, arguments)| {
            let clear = |engine: &mut Engine| engine.clear_transcript();
            reader.with_card(clear).context("the card has gone")?;
            if !run(program, &arguments)? {
                bail!("{program} failed");
            }
            let traffic = reader
                .with_card(|engine| engine.traffic())
                .context("the card has gone")?;
            Ok(ToolRow {
                purpose,
                tool: program.to_owned(),
                commands: traffic.commands,
                sent: traffic.sent,
                received: traffic.received,
                signatures: traffic.signatures,
            })
        })
        .collect()
}
