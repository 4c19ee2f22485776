//! The table of optical reading: card fronts drawn by the simulator under several conditions, read as in the worker.
//!
//! `cargo xtask bench cards` runs this. What counts most is the last column: digits that were called sure and are wrong.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool"
)]

mod conditions;
mod without;

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use conditions::Studio;
use serde::Serialize;
use vision::ocr::CardReader;
use vision::ocr::tesseract::Tesseract;

/// How long the worker looks at a card (`LOOK_MS` in the daemon).
const LOOK: Duration = Duration::from_secs(15);
/// A camera's fifteen frames a second.
const BETWEEN_FRAMES: Duration = Duration::from_millis(66);
#[derive(Parser)]
struct Arguments {
    /// Cards for each condition.
    #[arg(long, default_value_t = 4)]
    cards: u64,
    /// Most frames of each card; the worker has no such limit, only the time.
    #[arg(long, default_value_t = 60)]
    frames: u64,
    #[arg(long)]
    json: bool,
    /// Writes one picture of each condition there.
    #[arg(long)]
    pictures: Option<std::path::PathBuf>,
    /// Conditions whose name holds this.
    #[arg(long, default_value = "")]
    only: String,
}

#[derive(Default, Serialize)]
struct Row {
    condition: String,
    /// Whether the chip tells the expiry; a card whose chip does not is harder to be sure of.
    chip: &'static str,
    /// Nothing may be sure.
    nothing: bool,
    /// No claim but that no digit is false.
    beyond: bool,
    cards: u32,
    found: u32,
    whole: u32,
    ten: u32,
    six: u32,
    none: u32,
    false_digits: u32,
    ms_a_frame: f64,
    s_a_card: f64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let studio = Studio::new()?;
    let engine = Tesseract::load()?;
    let mut rows = Vec::new();
    for condition in conditions::all()
        .iter()
        .filter(|condition| condition.name.contains(&arguments.only))
    {
        let mut row = Row {
            condition: condition.name.into(),
            chip: condition.chip.words(),
            nothing: condition.nothing,
            beyond: condition.beyond,
            ..Row::default()
        };
        let (mut time, mut seconds, mut frames) = (0.0, 0.0, 0u32);
        for card in 0..arguments.cards {
            let invented = conditions::invented(card, condition.last_day);
            let mut reader =
                CardReader::new(&engine, condition.shown(), condition.known(&invented));
            let mut found = false;
            let mut spent = Duration::ZERO;
            for frame in 0..arguments.frames {
                let image = studio.frame(condition, card, &invented.print, frame)?;
                if let (Some(folder), 0, 0) = (&arguments.pictures, card, frame) {
                    std::fs::create_dir_all(folder)?;
                    let name = condition.name.replace([' ', ','], "-");
                    image.save(folder.join(format!("{name}.jpg")))?;
                }
                let picture = conditions::picture(image)?;
                let begun = std::time::Instant::now();
                found |= reader.frame(&picture)?;
                let took = begun.elapsed();
                time += took.as_secs_f64() * 1000.0;
                frames += 1;
                // Drawing the next frame is no time of the worker's.
                spent += took.max(BETWEEN_FRAMES);
                if reader.complete() || spent >= LOOK {
                    break;
                }
            }
            seconds += spent.as_secs_f64();
            let digits = reader.digits();
            row.cards += 1;
            row.found += u32::from(found);
            match digits.len() {
                14 => row.whole += 1,
                10 => row.ten += 1,
                6 => row.six += 1,
                _ => row.none += 1,
            }
            let wrong = digits
                .iter()
                .zip(&invented.number)
                .filter(|(read, printed)| read != printed)
                .count();
            row.false_digits += wrong as u32;
        }
        row.ms_a_frame = time / f64::from(frames.max(1));
        row.s_a_card = seconds / f64::from(row.cards.max(1));
        eprintln!(
            "{}, expiry from the chip: {}: {} whole of {}, {} false digits, {:.0} ms a frame, {:.1} s a card",
            condition.name,
            condition.chip.words(),
            row.whole,
            row.cards,
            row.false_digits,
            row.ms_a_frame,
            row.s_a_card
        );
        rows.push(row);
    }
    let bare = if without::NAME.contains(&arguments.only) {
        without::measure(&studio, &engine)?
    } else {
        Vec::new()
    };
    let mut problems = problems(&rows);
    problems.extend(without::problems(&bare));
    if arguments.json {
        println!(
            "{}",
            serde_json::to_string(
                &serde_json::json!({"ok": problems.is_empty(), "problems": problems, "conditions": rows, "without_card": bare})
            )?
        );
    } else {
        println!(
            "| condition | expiry from the chip | cards | found | all 14 sure | 10 sure | 6 sure | none | false digits | ms a frame | s a card |\n|---|---|---|---|---|---|---|---|---|---|---|"
        );
        for row in &rows {
            println!(
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} | {:.1} |",
                row.condition,
                row.chip,
                row.cards,
                row.found,
                row.whole,
                row.ten,
                row.six,
                row.none,
                row.false_digits,
                row.ms_a_frame,
                row.s_a_card
            );
        }
        without::print(&bare);
    }
    ensure!(problems.is_empty(), "{}", problems.join("; "));
    Ok(())
}

/// What makes the table a failure: a digit that was called sure and is wrong costs one of ten tries; a condition in which no card is found,
/// or nothing of it is sure, is not supported, whatever the table's heading says.
fn problems(rows: &[Row]) -> Vec<String> {
    let mut problems = Vec::new();
    for row in rows {
        let name = &row.condition;
        if row.false_digits > 0 {
            problems.push(format!("{name}: {} false digits", row.false_digits));
        }
        if row.found < row.cards && !row.nothing && !row.beyond {
            problems.push(format!(
                "{name}: {} cards were not found",
                row.cards - row.found
            ));
        }
        if row.nothing && row.none < row.cards {
            problems.push(format!("{name}: sure of what the chip denies"));
        }
        if row.chip == "yes" && !row.nothing && !row.beyond && row.none == row.cards {
            problems.push(format!("{name}: nothing was read"));
        }
    }
    problems
}
