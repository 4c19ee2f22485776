//! `hw-sim`: the simulated clinic on the command line. `run` starts it, the short commands move a
//! running one.

mod card_commands;
mod central_commands;
mod cli;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use cli::{At, CameraCommand, Cli, Command, Place, RunOptions};
use hw_sim::camera::Kind;
use hw_sim::central::invented::Invented;
use hw_sim::clinic::{Clinic, ClinicOptions};
use hw_sim::control::client;
use hw_sim::persons::Register;
use hw_sim::{photo, pki};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if json {
                let _ = report(true, &json!({"error": format!("{error:#}")}), "");
            }
            if let Some(refused) = error.downcast_ref::<clap::Error>() {
                let _ = refused.print();
                return ExitCode::from(2);
            }
            let _ = writeln!(io::stderr(), "hw-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let json = cli.json;
    let call = |at: At, path: &str, body: Value| {
        let state = client::call(at.control, path, Some(&body))?;
        report(json, &state, &words(&state))
    };
    match cli.command {
        Command::Prepare { place } => prepare(&place, json),
        Command::Run { place, run } => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("the runtime can't be started")?
            .block_on(serve(place, run, json)),
        Command::Photo { input, output } => make_photo(&input, &output, json),
        Command::Lay { person, reader, at } => call(
            at,
            "/api/card/lay",
            json!({"person": person, "reader": reader.reader}),
        ),
        Command::Take { reader, at } => {
            call(at, "/api/card/take", json!({"reader": reader.reader}))
        }
        Command::Card { what } => card_commands::run(what, json),
        Command::Face { name, at } => call(at, "/api/camera", json!({"face": name})),
        Command::HoldUp {
            person,
            away: _,
            at,
        } => call(at, "/api/camera/hold-up", json!({"person": person})),
        Command::Camera { what, at } => {
            let (path, body) = camera_call(what);
            call(at, path, body)
        }
        Command::Central { what, at } => {
            let (path, body) = central_commands::call(what);
            let answer = client::call(at.control, path, Some(&body))?;
            let told = match answer["confirmations"].as_array() {
                Some(log) => log
                    .iter()
                    .map(Value::to_string)
                    .collect::<Vec<_>>()
                    .join("\n"),
                None => words(&answer),
            };
            report(json, &answer, &told)
        }
        Command::State { at } => {
            let state = client::call(at.control, "/api/state", None)?;
            report(json, &state, &words(&state))
        }
        Command::Requests { at } => {
            let answer = client::call(at.control, "/api/central/requests", None)?;
            report(json, &answer, &request_words(&answer))
        }
    }
}

fn camera_call(what: CameraCommand) -> (&'static str, Value) {
    let mode = |word: &str| ("/api/camera", json!({"mode": word}));
    match what {
        CameraCommand::Live => mode("live"),
        CameraCommand::Frozen => mode("frozen"),
        CameraCommand::Gone => mode("gone"),
        CameraCommand::Turn {
            to,
            degrees,
            seconds,
        } => {
            let seconds = (seconds != 0.0).then_some(seconds);
            (
                "/api/camera/turn",
                json!({"to": to.word(), "degrees": degrees, "seconds": seconds}),
            )
        }
        CameraCommand::Present { kind, other } => {
            ("/api/camera/present", json!({"kind": kind, "other": other}))
        }
    }
}

/// Words or one JSON line on standard output.
fn report(json: bool, value: &Value, words: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{value}")?;
    } else if !words.is_empty() {
        writeln!(out, "{words}")?;
    }
    out.flush()?;
    Ok(())
}

fn words(state: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut lines: Vec<String> = state["readers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|r| {
            let seen = if r["person"].is_string() && r["connected"] == false {
                " (not seen by pcscd)"
            } else {
                ""
            };
            format!("reader {}: {}{seen}", r["reader"], text(&r["person"]))
        })
        .collect();
    let (camera, central) = (&state["camera"], &state["central"]);
    let held_up = camera["held_up"]
        .as_str()
        .map(|owner| format!(", the card of {owner} held up"));
    let presented = camera["presented"]
        .as_str()
        .filter(|kind| *kind != Kind::BonaFide.name())
        .map(|kind| format!(", presented as {kind}"));
    let turned = match camera["turned"].as_f64().unwrap_or_default() {
        0.0 => String::new(),
        left if left < 0.0 => format!(", turned left by {} degrees", -left),
        right => format!(", turned right by {right} degrees"),
    };
    lines.push(format!(
        "camera: {}, {}{}{turned}{}",
        text(&camera["face"]),
        text(&camera["mode"]),
        presented.unwrap_or_default(),
        held_up.unwrap_or_default()
    ));
    let up = if central["up"] == true { "up" } else { "down" };
    lines.push(format!(
        "central service: {up}, fault {}, certificate {}",
        central["fault"],
        text(&central["certificate"])
    ));
    lines.join("\n")
}

fn request_words(answer: &Value) -> String {
    let lines: Vec<String> = answer["requests"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|r| {
            let text = |name: &str| r[name].as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} {} {}",
                r["seq"],
                r["status"],
                text("path"),
                text("summary")
            )
        })
        .collect();
    lines.join("\n")
}

impl Place {
    fn register(&self) -> anyhow::Result<Register> {
        register(self.persons.as_deref(), self.catalogue)
    }

    fn portraits(&self) -> PathBuf {
        self.portraits
            .clone()
            .unwrap_or_else(|| ClinicOptions::default().portraits)
    }
}

fn register(persons: Option<&Path>, catalogue: bool) -> anyhow::Result<Register> {
    Ok(match persons {
        Some(path) => Register::load(path)?,
        None if catalogue => Register::with_catalogue()?,
        None => Register::default_register()?,
    })
}

fn prepare_place(place: &Place, register: &Register) -> anyhow::Result<pki::Prepared> {
    pki::prepare_with(&place.dir, register, &place.portraits())
        .with_context(|| format!("{} can't be prepared", place.dir.display()))
}

fn prepare(place: &Place, json: bool) -> anyhow::Result<()> {
    let register = place.register()?;
    prepare_place(place, &register)?;
    let persons: Vec<&str> = register.persons.iter().map(|p| p.id.as_str()).collect();
    report(
        json,
        &json!({"dir": place.dir, "persons": persons, "simulation": true}),
        &format!(
            "{} is ready with the cards of {}",
            place.dir.display(),
            persons.join(", ")
        ),
    )
}

fn make_photo(input: &Path, output: &Path, json: bool) -> anyhow::Result<()> {
    photo::card_photo(input, output)
        .with_context(|| format!("no photo from {}", input.display()))?;
    let bytes = std::fs::metadata(output).map_or(0, |m| m.len());
    let face = photo::shows_one_face(output);
    let note = match face {
        Some(true) => "",
        Some(false) => {
            "\nwarning: the face models do not find one face in this photo; no comparison with it can match"
        }
        None => {
            "\nwhether it shows a face was not looked at: uketsuke-vision or its models are not there"
        }
    };
    report(
        json,
        &json!({"output": output, "bytes": bytes, "one_face": face}),
        &format!("{}: {bytes} bytes{note}", output.display()),
    )
}

async fn serve(place: Place, run: RunOptions, json: bool) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .with_writer(io::stderr)
        .init();
    // Before the start, which takes long when keys have to be made: a signal must not be lost.
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM can't be caught")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT can't be caught")?;
    let options = ClinicOptions {
        register: Some(place.register()?),
        portraits: place.portraits(),
        vpcd_port: run.vpcd_port,
        qemu_readers: run.qemu,
        control_port: Some(run.at.control),
        central_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, run.central_port)),
        institution_code: run.institution,
        camera_socket: run.camera,
        dir: place.dir,
        invented: Invented {
            seed: run.seed,
            persons: run.invented,
        },
        ..ClinicOptions::default()
    };
    let clinic = tokio::select! {
        clinic = Clinic::start(options) => clinic?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    let addresses = clinic.addresses();
    let ready = serde_json::to_value(&addresses)?;
    let lines = format!(
        "SIMULATION (no real patients)\ncontrol page:    {}\ncentral service: https://{}:{}\n\
         camera:          stream:{}\nvirtual readers: vpcd ports {:?}",
        addresses.control.as_deref().unwrap_or("-"),
        addresses.central_host,
        addresses.central_port,
        addresses.camera.display(),
        addresses.vpcd_ports
    );
    report(json, &ready, &lines)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    clinic.shutdown().await;
    Ok(())
}
