//! `cargo xtask demo`: the visits of `e2e::scenarios`, played by a simulated patient through the real pcscd and real
//! sockets.

use std::time::Instant;

use clap::Args;
use e2e::scenarios::{NAMES, Step, VisitReport, play};
use e2e::{Bench, BenchOptions, Pcscd};
use serde_json::json;

use crate::apt::{self, For};

/// What `demo` can be told.
#[derive(Args)]
pub(crate) struct DemoArguments {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// Play nothing: leave everything running, print the addresses, stop at Ctrl-C.
    #[arg(long, conflicts_with = "json")]
    interactive: bool,
    /// With `--interactive`: also the folders `req`, `res` and `face` of a receipt computer of today. They then take the results.
    #[arg(long, requires = "interactive")]
    folders: bool,
    /// Play only these visits.
    #[arg(long, value_delimiter = ',', value_parser = clap::builder::PossibleValuesParser::new(NAMES))]
    only: Vec<String>,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
}

/// Plays the demonstration; says whether every visit went as it must.
pub(crate) fn run(arguments: &DemoArguments) -> anyhow::Result<bool> {
    let began = Instant::now();
    if !arguments.no_install {
        apt::install(For::Demo)?;
    }
    crate::build()?;
    let build_ms = milliseconds(began);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    if arguments.interactive {
        runtime
            .block_on(interactive(arguments.folders))
            .map(|()| true)
    } else {
        runtime.block_on(async {
            // Ended from outside, the demonstration leaves nothing running: what it started ends with it.
            let mut term =
                tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
            tokio::select! {
                played = visits(arguments, began, build_ms) => played,
                pressed = tokio::signal::ctrl_c() => {
                    pressed?;
                    anyhow::bail!("stopped by Ctrl-C")
                }
                _ = term.recv() => anyhow::bail!("stopped by SIGTERM"),
            }
        })
    }
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// `build_ms`: installing and building, before the first part was started.
async fn visits(arguments: &DemoArguments, began: Instant, build_ms: u64) -> anyhow::Result<bool> {
    let playing = Instant::now();
    eprintln!(
        "== starting pcscd, the simulated clinic, the face worker and the terminal (everything is simulated: no real patients)"
    );
    let fresh = || {
        Bench::start(BenchOptions {
            pcscd: Pcscd::System,
            // The receipt computer also asks by itself: lookups, bulk fetches, disaster.
            all_rights: true,
            ..BenchOptions::default()
        })
    };
    let mut bench = fresh().await?;
    let mut log = String::new();
    let mut ended = true;
    let mut reports: Vec<VisitReport> = Vec::new();
    for name in NAMES
        .into_iter()
        .filter(|name| arguments.only.is_empty() || arguments.only.iter().any(|only| only == name))
    {
        // What a visit that went wrong has left behind shall not fail the next one.
        if reports.last().is_some_and(|last| !last.ok) {
            eprintln!("== starting all parts anew");
            log.push_str(&bench.daemon_log());
            ended &= bench.stop().await;
            bench = fresh().await?;
        }
        eprintln!("== visit `{name}`");
        let report = play(&mut bench, name, |step: &Step| {
            eprintln!("   {:>6} ms  {}", step.at_ms, step.what)
        })
        .await;
        eprintln!(
            "   {} – {} (the person waited {} ms for the machine)",
            if report.ok { "ok" } else { "NOT OK" },
            report.outcome,
            report.machine_ms
        );
        reports.push(report);
    }
    log.push_str(&bench.daemon_log());
    ended &= bench.stop().await;
    let ok = ended && reports.iter().all(|report| report.ok);
    if !ok {
        eprintln!("== the terminal's log\n{log}");
    }
    // Starting and stopping all parts, and everything in between.
    let playing_ms = milliseconds(playing);
    let total_ms = milliseconds(began);
    if arguments.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&json!({
                "simulation": true,
                "ok": ok,
                "visits": reports,
                "build_ms": build_ms,
                "playing_ms": playing_ms,
                "total_ms": total_ms,
            }))?
        );
    } else {
        received(&reports)?;
        let good = reports.iter().filter(|report| report.ok).count();
        println!(
            "{good} of {} visits went as they must, in {:.1} s (and {:.1} s to install and build)",
            reports.len(),
            playing_ms as f64 / 1000.0,
            build_ms as f64 / 1000.0
        );
    }
    Ok(ok)
}

/// What the receipt computer received, for people.
fn received(reports: &[VisitReport]) -> anyhow::Result<()> {
    println!("What the receipt computer received (シミュレーション: 実在の患者ではありません):");
    for report in reports {
        println!("\n--- {}", report.name);
        if report.received.is_empty() {
            println!("nothing");
        }
        for value in &report.received {
            println!("{}", serde_json::to_string_pretty(value)?);
        }
    }
    println!();
    Ok(())
}

async fn interactive(with_folders: bool) -> anyhow::Result<()> {
    // A simulated folder's own name has to say so.
    let place = tempfile::Builder::new().prefix("simulation-").tempdir()?;
    let folder = |name: &str| place.path().join(name).display().to_string();
    let settings = if with_folders {
        format!(
            "[folders]\nreq = \"{}\"\nres = \"{}\"\nface = \"{}\"\n",
            folder("req"),
            folder("res"),
            folder("face")
        )
    } else {
        String::new()
    };
    let mut bench = Bench::start(BenchOptions {
        settings,
        // Every example of the OpenAPI document works.
        all_rights: true,
        // `hw-sim hold-up` reaches the keypad.
        reads_held_cards: true,
        pcscd: Pcscd::System,
        control_port: Some(0),
        reader: "Virtual PCD 00 00".into(),
        ..BenchOptions::default()
    })
    .await?;
    // A card for other programs: the terminal holds its own reader's card alone while a visit is on.
    bench.clinic.lay_on("futari", 1).await?;
    let url = |name: &str| {
        std::fs::read_to_string(bench.path(name))
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let file = |name: &str| bench.path(name).display().to_string();
    let settings = bench.settings();
    let ctl = format!("target/debug/uketsukectl --config {}", settings.display());
    let curl = format!("curl --unix-socket {}", file("receipt.sock"));
    let control = bench.clinic.addresses().control.unwrap_or_default();
    println!(
        "Everything runs, and everything is simulated (シミュレーション: 実在の患者ではありません)."
    );
    println!();
    println!("Three addresses for a browser on this machine:");
    println!("  patient page   {}", url("kiosk.url"));
    println!("  staff page     {}   (passcode 4649)", url("staff.url"));
    println!("  control page   {control}   (lay a card, choose a face, take the service down)");
    println!("The first two work once. The next ones are then in these files:");
    println!("  {}", file("kiosk.url"));
    println!("  {}", file("staff.url"));
    println!();
    println!("Try, in another terminal, from this folder:");
    println!(
        "  a visit        on the control page lay `hoken`'s card; on the patient page PIN 3456"
    );
    println!(
        "                 or by face: lay `seiho`'s card, choose the face that the control page shows beside `seiho`"
    );
    let port = control
        .trim_end_matches('/')
        .rsplit(':')
        .next()
        .unwrap_or_default();
    println!(
        "                 the same by commands: target/debug/hw-sim lay --control {port} hoken"
    );
    println!("  technician     {ctl} status");
    println!("                 {ctl} doctor");
    println!("                 {ctl} watch --lang en");
    println!("  results        {curl} http://terminal/v1/results");
    println!("                 {curl} -H 'Accept: application/xml' http://terminal/v1/results/ID");
    println!(
        "                 {curl} -H 'Accept: application/xml; charset=Shift_JIS' http://terminal/v1/results/ID"
    );
    println!(
        "  Python client  mkdir -p /tmp/results && python3 clients/python/receive.py --socket {} --out /tmp/results --once",
        file("receipt.sock")
    );
    if with_folders {
        println!("  folders        ls {}   (after a visit)", folder("face"));
        println!(
            "                 requests go to {}, answers come in {}; see man docs/man/uketsuke-folders.7",
            folder("req"),
            folder("res")
        );
    }
    println!("  the cards      opensc-tool -l");
    println!(
        "                 opensc-tool -r 1 -s 00A4040C0AD392F000260100000001   (answers 9000)"
    );
    println!(
        "                 the second reader's card is for other programs; the first reader's is the terminal's alone during a visit"
    );
    println!();
    println!("Ctrl-C stops everything and leaves nothing behind.");
    attend(&mut bench).await?;
    let _ = bench.stop().await;
    Ok(())
}

/// Until Ctrl-C: says when a program ends that systemd would start again, and starts it when Enter is pressed.
async fn attend(bench: &mut Bench) -> anyhow::Result<()> {
    let (pressed, mut enter) = tokio::sync::mpsc::channel(1);
    // A thread of its own: what waits for the keyboard can't be stopped otherwise when the demonstration ends.
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if line.is_err() || pressed.blocking_send(()).is_err() {
                break;
            }
        }
    });
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let mut look = tokio::time::interval(std::time::Duration::from_secs(1));
    let mut ended = [false; 2];
    loop {
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => return Ok(pressed?),
            _ = term.recv() => return Ok(()),
            Some(()) = enter.recv() => {
                if !bench.daemon().runs() {
                    restarted("uketsuked", bench.restart_daemon().await);
                }
                if bench.vision().is_some_and(|worker| !worker.runs()) {
                    restarted("uketsuke-vision", bench.restart_vision().await);
                }
            }
            _ = look.tick() => {
                let now = [
                    !bench.daemon().runs(),
                    bench.vision().is_some_and(|worker| !worker.runs()),
                ];
                for ((name, now), before) in ["uketsuked", "uketsuke-vision"].iter().zip(now).zip(ended) {
                    if now && !before {
                        println!("{name} ended. systemd would start it again; here Enter does. Until then the doctor says what is missing.");
                    }
                }
                ended = now;
            }
        }
    }
}

fn restarted(name: &str, outcome: anyhow::Result<()>) {
    match outcome {
        Ok(()) => println!("{name} runs again. The pages' new addresses are in the files above."),
        Err(error) => println!("{name} does not come up: {error:#}"),
    }
}
