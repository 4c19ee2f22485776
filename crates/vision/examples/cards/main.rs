//! The table of optical reading: card fronts drawn by the simulator under several conditions, read as in the worker.
//!
//! `cargo xtask bench cards` runs this. What counts most is the last column: digits that were called sure and are wrong.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool"
)]

mod conditions;
mod judge;
mod without;

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use conditions::Studio;
use judge::{Layouts, Row, problems};
use vision::ocr::CardReader;
use vision::ocr::tesseract::Tesseract;

/// How long the worker looks at a card (`LOOK_MS` in the daemon).
const LOOK: Duration = Duration::from_secs(15);
/// A camera's fifteen frames a second.
const BETWEEN_FRAMES: Duration = Duration::from_millis(66);
#[derive(Parser)]
struct Arguments {
    /// Cards for each condition: with six, each condition meets every way of writing the year.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..))]
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

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let studio = Studio::new()?;
    let engine = Tesseract::load()?;
    let mut rows = Vec::new();
    let mut layouts = Layouts::default();
    let chosen = conditions::all();
    let chosen = chosen
        .iter()
        .filter(|condition| condition.name.contains(&arguments.only));
    for (first, condition) in (0u64..).step_by(arguments.cards as usize).zip(chosen) {
        let mut row = Row {
            condition: condition.name.into(),
            chip: condition.chip.words(),
            nothing: condition.nothing,
            beyond: condition.beyond,
            ..Row::default()
        };
        let (mut time, mut seconds, mut frames) = (0.0, 0.0, 0u32);
        // The cards go on from row to row, so that all layouts come up however few there are in each.
        for card in first..first + arguments.cards {
            let invented = conditions::invented(card, condition.last_day);
            let mut reader =
                CardReader::new(&engine, condition.shown(), condition.known(&invented));
            let mut found = false;
            let mut spent = Duration::ZERO;
            for frame in 0..arguments.frames {
                let image = studio.frame(condition, card, &invented.print, frame)?;
                if let (Some(folder), 0, 0) = (&arguments.pictures, card - first, frame) {
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
            if !condition.nothing && !condition.beyond {
                for layout in invented.layouts.iter().copied() {
                    layouts.add(layout, digits.len(), wrong);
                }
            }
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
    // Of some conditions only, not every layout need come up.
    let expected: &[&str] = if arguments.only.is_empty() {
        &conditions::LAYOUTS
    } else {
        &[]
    };
    let bare = if without::NAME.contains(&arguments.only) {
        without::measure(&studio, &engine)?
    } else {
        Vec::new()
    };
    let mut problems = problems(&rows, &layouts, expected);
    problems.extend(without::problems(&bare));
    if arguments.json {
        println!(
            "{}",
            serde_json::to_string(
                &serde_json::json!({"ok": problems.is_empty(), "problems": problems, "conditions": rows, "layouts": layouts, "without_card": bare})
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
        print!("{layouts}");
        without::print(&bare);
    }
    ensure!(problems.is_empty(), "{}", problems.join("; "));
    Ok(())
}
