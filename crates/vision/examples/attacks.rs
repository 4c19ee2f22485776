//! The table of attacks: presentations drawn by the simulator go through the same examination as in the worker, in simulated time.
//!
//! `cargo xtask bench attacks` runs this. Drawn attacks show failure, never success; what they do not contain is listed in docs/face.md.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use hw_sim::camera::{Head, Kind, Presentation};
use image::codecs::jpeg::JpegEncoder;
use serde::Serialize;
use vision::decision::Threshold;
use vision::decode::{jp2, jpeg};
use vision::embed::Embedding;
use vision::examine::Examination;
use vision::models::FaceModels;
use vision::protocol::{Challenge, FaceOutcome, Guidance};
use vision::recognise::Recogniser;
use vision::session::{Rules, Turn};

/// Frames a second.
const PACE: u64 = 15;
/// Degrees a frame that a head turns.
const STEP: f32 = 3.0;

#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value = "data/models")]
    models: PathBuf,
    #[arg(long, default_value = "data/portraits")]
    portraits: PathBuf,
    /// Presentations of each kind and card holder.
    #[arg(long, default_value_t = 4)]
    rounds: u64,
    /// Only this kind.
    #[arg(long)]
    kind: Option<Kind>,
    /// `always`, `on-doubt` or `off`.
    #[arg(long, default_value = "always")]
    challenge: String,
    #[arg(long)]
    json: bool,
    /// Writes one picture of each kind there.
    #[arg(long)]
    pictures: Option<PathBuf>,
}

#[derive(Default, Serialize)]
struct Row {
    presented: u32,
    accepted: u32,
    not_matched: u32,
    other: u32,
    grounds: BTreeMap<String, u32>,
    /// Largest values that were seen.
    pattern: f32,
    sides: u32,
    turned: f32,
    seconds: f64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let challenge: Challenge = serde_json::from_value(serde_json::json!(arguments.challenge))?;
    let models = Arc::new(FaceModels::load(&arguments.models)?);
    let recogniser = Recogniser::new(models);
    // Card holder, picture before the camera (another photo where there is one), somebody else.
    let cast = [
        ("obama", "obama", "biden"),
        ("obama2", "obama2", "biden"),
        ("biden", "biden", "obama"),
        ("astronaut", "astronaut", "obama"),
    ];
    let mut table: BTreeMap<&str, Row> = BTreeMap::new();
    for (card, shown, attacker) in cast {
        let card = enrol(
            &recogniser,
            &arguments.portraits.join(format!("{card}.jp2")),
        )?;
        let head = |name: &str| {
            let path = arguments.portraits.join(format!("{name}.jpg"));
            Head::open(&path)
                .map(Arc::new)
                .with_context(|| format!("{}: no points", path.display()))
        };
        let (victim, other) = (head(shown)?, head(attacker)?);
        for kind in Kind::ALL
            .into_iter()
            .filter(|kind| arguments.kind.is_none_or(|only| only == *kind))
        {
            for round in 0..arguments.rounds {
                let presentation =
                    Presentation::new(kind, Arc::clone(&victim), Arc::clone(&other), round);
                if let (Some(folder), 0) = (&arguments.pictures, round) {
                    std::fs::create_dir_all(folder)?;
                    for (name, yaw) in [("front", 0.0), ("turned", 22.0)] {
                        presentation
                            .frame(40, yaw, yaw > 0.0)
                            .save(folder.join(format!("{kind}-{shown}-{name}.jpg")))?;
                    }
                }
                let row = table.entry(kind.name()).or_default();
                play(
                    &recogniser,
                    Embedding::new(card.values()).context("card")?,
                    &presentation,
                    challenge,
                    round,
                    row,
                )?;
            }
            let row = &table[kind.name()];
            eprintln!(
                "{shown} {kind}: {} of {} accepted {:?}",
                row.accepted, row.presented, row.grounds
            );
        }
    }
    if arguments.json {
        println!(
            "{}",
            serde_json::json!({"recipe": vision::RECIPE, "challenge": challenge, "kinds": table})
        );
    } else {
        println!(
            "| presentation | shown | accepted | refused for | strongest pattern / sides / own distance | seconds |"
        );
        println!("|---|---|---|---|---|---|");
        for (kind, row) in &table {
            let mut grounds: Vec<String> = row
                .grounds
                .iter()
                .map(|(ground, count)| format!("{ground} {count}"))
                .collect();
            grounds
                .extend((row.not_matched > 0).then(|| format!("another face {}", row.not_matched)));
            grounds.extend((row.other > 0).then(|| format!("other {}", row.other)));
            println!(
                "| {kind} | {} | {} | {} | {:.2} / {} / {:.2} | {:.1} |",
                row.presented,
                row.accepted,
                grounds.join(", "),
                row.pattern,
                row.sides,
                row.turned,
                row.seconds / f64::from(row.presented.max(1)),
            );
        }
    }
    Ok(())
}

fn enrol(recogniser: &Recogniser, path: &std::path::Path) -> Result<Embedding> {
    let photo = jp2::decode(&std::fs::read(path).with_context(|| path.display().to_string())?)?;
    Ok(recogniser.enrol(&photo)?)
}

/// One presentation from the first frame to the outcome. The person (or attacker) does what the guidance says, half a second later.
fn play(
    recogniser: &Recogniser,
    card: Embedding,
    presentation: &Presentation,
    challenge: Challenge,
    round: u64,
    row: &mut Row,
) -> Result<()> {
    let rules = Rules {
        threshold: Threshold::DEFAULT,
        deadline: Duration::from_secs(30),
        challenge,
        order: Turn::order((round % 4) as u8),
    };
    let mut examination = Examination::new(recogniser, None, card, rules);
    let (mut yaw, mut goal, mut asked) = (0.0f32, 0.0f32, false);
    let mut heard: Vec<(u64, Guidance)> = Vec::new();
    for number in 0..PACE * 30 {
        if let Some((_, guidance)) = heard.pop_if(|(at, _)| number >= *at + PACE / 2) {
            (goal, asked) = match guidance {
                // The person's own left: the nose goes to the picture's right.
                Guidance::TurnLeft => (-24.0, true),
                Guidance::TurnRight => (24.0, true),
                _ => (0.0, false),
            };
        }
        yaw += (goal - yaw).clamp(-STEP, STEP);
        let picture = presentation.frame(number, yaw, asked);
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(&picture)?;
        let seen = examination.frame(
            Duration::from_millis(number * 1000 / PACE),
            &jpeg::decode(&bytes)?,
        )?;
        heard.extend(seen.guidance.map(|guidance| (number, guidance)));
        if let Some(outcome) = seen.outcome {
            row.presented += 1;
            match outcome {
                FaceOutcome::Matched { .. } => row.accepted += 1,
                FaceOutcome::NotMatched { .. } => row.not_matched += 1,
                FaceOutcome::NotAlive { ground } => {
                    let ground = serde_json::to_value(ground)?;
                    *row.grounds
                        .entry(ground.as_str().unwrap_or_default().to_owned())
                        .or_default() += 1;
                }
                _ => row.other += 1,
            }
            row.seconds += number as f64 / PACE as f64;
            break;
        }
    }
    row.pattern = row.pattern.max(examination.measures().pattern);
    row.sides = row.sides.max(examination.measures().sides);
    row.turned = row.turned.max(examination.distances().0.unwrap_or(0.0));
    Ok(())
}
