//! What `hw-sim card` does: the commands that need no clinic are carried out here, the others asked of the
//! running one.
use std::io::{self, BufRead, Write};
use std::path::Path;

use anyhow::{Context, bail};
use clap::CommandFactory;
use clap::error::ErrorKind;
use hw_sim::card::vpcd::VirtualReader;
use hw_sim::card::vscard::UsbReader;
use hw_sim::card::{Engine, Entry, Latency, Script, atr, hex_bytes, json_lines, readable};
use hw_sim::control::client;
use hw_sim::persons::{Person, Register};
use serde_json::{Map, Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{CardCommand, Cli, Line, Mishap, Place};
use crate::{prepare_place, register, report, words};

pub(crate) fn run(command: CardCommand, json: bool) -> anyhow::Result<()> {
    match command {
        CardCommand::List { persons, catalogue } => {
            list(&register(persons.as_deref(), catalogue)?, json)
        }
        CardCommand::Play {
            person,
            place,
            line,
            atr,
            latency,
            script,
            transcript,
        } => {
            let mut engine = engine(&place, &person)?;
            if let Some(text) = atr {
                engine.set_atr(
                    &self::atr(&text)
                        .ok_or_else(|| bad_word("--atr is neither a name nor hexadecimal"))?,
                );
            }
            let preset =
                Latency::preset(&latency).ok_or_else(|| bad_word("there is no such --latency"))?;
            engine.set_latency(preset);
            if let Some(path) = script {
                engine.set_fault(read_script(&path)?);
            }
            play(engine, line, transcript.as_deref(), json)
        }
        CardCommand::Apdu {
            person,
            place,
            commands,
        } => apdu(engine(&place, &person)?, &commands, json),
        CardCommand::Fault { mishap, reader, at } => {
            let faults = script_of(mishap)?;
            let body = json!({"reader": reader.reader, "faults": faults});
            let state = client::call(at.control, "/api/card/faults", Some(&body))?;
            report(json, &state, &words(&state))
        }
        CardCommand::Latency { preset, reader, at } => {
            let body = json!({"reader": reader.reader, "latency": preset});
            let state = client::call(at.control, "/api/card/latency", Some(&body))?;
            report(json, &state, &words(&state))
        }
        CardCommand::Tries { person, tries, at } => {
            let mut wanted = Map::new();
            for text in &tries {
                let pair = text.split_once('=');
                let pair = pair.and_then(|(name, n)| Some((name, n.parse::<u8>().ok()?)));
                let (name, n) =
                    pair.ok_or_else(|| bad_word(format!("{text}: name=number is needed")))?;
                wanted.insert(name.to_owned(), n.into());
            }
            let body = json!({"person": person, "tries": wanted});
            let state = client::call(at.control, "/api/card/tries", Some(&body))?;
            report(json, &state, &words(&state))
        }
        CardCommand::Transcript { clear, reader, at } => {
            let path = format!("/api/card/transcript?reader={}", reader.reader);
            let answer = client::call(at.control, &path, None)?;
            if clear {
                let body = json!({"reader": reader.reader});
                client::call(at.control, "/api/card/transcript/clear", Some(&body))?;
            }
            let entries: Vec<Entry> = serde_json::from_value(answer["entries"].clone())?;
            report(json, &answer, readable(&entries).trim_end())
        }
    }
}

fn list(register: &Register, json: bool) -> anyhow::Result<()> {
    let number = |person: &Person| person.matching_number_b().unwrap_or_default();
    let cards: Vec<Value> = register
        .persons
        .iter()
        .map(|person| {
            json!({
                "person": person.id,
                "kind": person.card.kind,
                "certificate": person.card.certificate,
                "atr": person.card.atr(),
                "pin": person.card.pin,
                "matching_number": number(person),
            })
        })
        .collect();
    let lines: Vec<String> = register
        .persons
        .iter()
        .zip(&cards)
        .map(|(person, card)| {
            format!(
                "{:<20} {:<16} {:<13} PIN {}  B {}  ATR {}",
                person.id,
                card["kind"].as_str().unwrap_or_default(),
                card["certificate"].as_str().unwrap_or_default(),
                person.card.pin,
                number(person),
                person.card.atr(),
            )
        })
        .collect();
    report(
        json,
        &json!({"simulation": true, "cards": cards}),
        &lines.join("\n"),
    )
}

fn engine(place: &Place, person: &str) -> anyhow::Result<Engine> {
    let mut register = place.register()?;
    let Some(found) = register.person(person) else {
        bail!("there is no person {person} in the register");
    };
    // Keys take seconds each to make. A genuine card needs its own only; a forged one also what it was copied from.
    if found.card.forged.is_none() {
        register.persons.retain(|other| other.id == person);
    }
    Ok(prepare_place(place, &register)?.card(person)?)
}

fn read_script(path: &Path) -> anyhow::Result<Script> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    Script::from_toml(&text).with_context(|| format!("{}", path.display()))
}

/// The script of the words, in the form of the control interface.
fn script_of(mishap: Mishap) -> anyhow::Result<Value> {
    if let Some(path) = mishap.script {
        return Ok(serde_json::to_value(read_script(&path)?)?);
    }
    let Some(does) = mishap.does else {
        return Ok(json!({"fault": []}));
    };
    let fields = [
        ("does", Some(Value::from(does))),
        ("command", mishap.command.map(Value::from)),
        ("from", mishap.from.map(Value::from)),
        ("name", mishap.name.map(Value::from)),
        ("nth", mishap.nth.map(Value::from)),
        ("times", mishap.times.map(Value::from)),
        ("bytes", mishap.bytes.map(Value::from)),
        ("status", mishap.status.map(Value::from)),
        ("millis", mishap.millis.map(Value::from)),
        ("card", mishap.card.map(Value::from)),
    ];
    let fields = fields.into_iter();
    let rule: Map<String, Value> = fields
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect();
    let script = json!({"fault": [rule]});
    // Refused here in the words of the command line rather than far away.
    let _: Script = serde_json::from_value(script.clone()).map_err(bad_word)?;
    Ok(script)
}

/// A word of the command line that means nothing: told like clap's own refusals, with exit code 2.
fn bad_word(what: impl std::fmt::Display) -> anyhow::Error {
    Cli::command().error(ErrorKind::InvalidValue, what).into()
}

/// A card on a line.
enum Played {
    Vpcd(VirtualReader),
    Qemu(UsbReader),
}

fn play(engine: Engine, line: Line, transcript: Option<&Path>, json: bool) -> anyhow::Result<()> {
    if !engine.has_chip() {
        bail!("this card has no chip: there is nothing to play");
    }
    let person = engine.card().person.clone();
    let atr: String = engine.atr().iter().map(|b| format!("{b:02X}")).collect();
    let mut played = match line.qemu {
        Some(socket) => {
            let mut reader = UsbReader::start(&socket)?;
            reader
                .insert(engine)
                .map_err(|_| anyhow::anyhow!("the reader is taken"))?;
            Played::Qemu(reader)
        }
        None => {
            let mut reader = VirtualReader::connect(line.vpcd);
            reader.insert(engine)?;
            Played::Vpcd(reader)
        }
    };
    report(
        json,
        &json!({"simulation": true, "person": person, "atr": atr}),
        &format!("SIMULATION: the card of {person} lies on the reader, ATR {atr}"),
    )?;
    wait_for_signal()?;
    let engine = match &mut played {
        Played::Vpcd(reader) => reader.remove(),
        Played::Qemu(reader) => reader.remove(),
    };
    if let (Some(engine), Some(path)) = (engine, transcript) {
        std::fs::write(path, json_lines(&engine.transcript()))
            .with_context(|| format!("{}", path.display()))?;
    }
    Ok(())
}

fn wait_for_signal() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let mut terminate = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            Ok(())
        })
}

fn apdu(mut engine: Engine, commands: &[String], json: bool) -> anyhow::Result<()> {
    engine.power_on();
    let mut send = |line: &str| -> anyhow::Result<()> {
        let digits: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.is_empty() {
            return Ok(());
        }
        let command =
            hex_bytes(&digits).ok_or_else(|| bad_word(format!("{line}: not hexadecimal")))?;
        let answer = engine.transmit(&command);
        let answer: String = answer.iter().map(|b| format!("{b:02X}")).collect();
        report(json, &json!({"command": digits, "answer": answer}), &answer)
    };
    if commands.is_empty() {
        for line in io::stdin().lock().lines() {
            send(&line?)?;
        }
    }
    for command in commands {
        send(command)?;
    }
    io::stdout().flush()?;
    Ok(())
}
