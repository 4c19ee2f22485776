//! What a frame costs in which nobody holds a card up: the finder takes posters, shelves, windows and bare sheets for one, and each of
//! these is read. Beside it a frame with a card, in the same run.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use hw_sim::camera::Pose;
use hw_sim::camera::held_card::{Bare, Held};
use serde::Serialize;
use vision::ocr::tesseract::Tesseract;
use vision::ocr::{CardReader, Shown, quads};

use crate::conditions::{self, Drawing, Studio};

/// Name of this part, for `--only`.
pub(crate) const NAME: &str = "without a card";
/// A frame without a card may take so many times that of one with a card.
const MOST_TIMES: f64 = 3.0;
/// Persons, the last place being empty, and frames of each.
const PERSONS: u64 = 4;
const FRAMES: u64 = 6;

/// One row.
#[derive(Serialize)]
pub(crate) struct Row {
    scene: String,
    frames: u32,
    /// Things with a card's edges that are read, of all frames.
    candidates: usize,
    /// Looking for edges alone, mean.
    find_ms: f64,
    /// Looking and reading, mean and worst.
    ms_a_frame: f64,
    worst_ms: f64,
    /// The same of a held card in a frame of this size, mean.
    with_card_ms: f64,
    times: f64,
    /// Digits that were called sure where there is no card.
    false_digits: usize,
}

/// Frames of what is looked at, one reader for each person as the worker has it.
struct Look<'a> {
    engine: &'a Tesseract,
    frames: u32,
    candidates: usize,
    finding: Duration,
    reading: Duration,
    worst: Duration,
    digits: usize,
}

impl<'a> Look<'a> {
    fn new(engine: &'a Tesseract) -> Self {
        Self {
            engine,
            frames: 0,
            candidates: 0,
            finding: Duration::ZERO,
            reading: Duration::ZERO,
            worst: Duration::ZERO,
            digits: 0,
        }
    }

    fn person(&mut self, mut frame: impl FnMut(u64) -> Result<image::RgbImage>) -> Result<()> {
        let card = conditions::invented(1, false);
        let known = vision::ocr::Known {
            today: (2026, 11, 23),
            expiry: Some(card.expires),
        };
        let mut reader = CardReader::new(self.engine, Shown::HeldUp, known);
        for number in 0..FRAMES {
            let picture = conditions::picture(frame(number)?)?;
            let begun = Instant::now();
            self.candidates += quads::quads(&picture, 3).len();
            self.finding += begun.elapsed();
            let begun = Instant::now();
            reader.frame(&picture)?;
            let took = begun.elapsed();
            self.reading += took;
            self.worst = self.worst.max(took);
            self.frames += 1;
        }
        self.digits += reader.digits().len();
        Ok(())
    }

    fn mean(&self, of: Duration) -> f64 {
        of.as_secs_f64() * 1000.0 / f64::from(self.frames.max(1))
    }
}

/// Measures.
pub(crate) fn measure(studio: &Studio, engine: &Tesseract) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (frame, width, like) in [
        ((640, 480), 450.0, "held, 640x480, 450 px, clutter"),
        ((1280, 720), 700.0, "held, 1280x720, 700 px, clutter"),
    ] {
        let all = conditions::all();
        let condition = all
            .iter()
            .find(|row| row.name == like && matches!(row.drawing, Drawing::Held(_)))
            .context(like)?;
        let mut with = Look::new(engine);
        for person in 0..PERSONS {
            // The chip of another card is told: it is read to the end in every frame, and never complete.
            let print = conditions::invented(person + 4, false).print;
            with.person(|number| studio.frame(condition, person, &print, number))?;
        }
        let with_card_ms = with.mean(with.reading);
        for (bare, words) in [
            (Bare::Nothing, "nothing held up"),
            (Bare::Sheet, "a bare sheet held up"),
        ] {
            for clutter in [false, true] {
                let held = Held {
                    frame,
                    width,
                    pose: Pose::default(),
                    clutter,
                    blur: 0.6,
                    seed: 0,
                };
                let mut look = Look::new(engine);
                for person in 0..PERSONS {
                    look.person(|number| studio.without_card(bare, &held, person, number))?;
                }
                let ms_a_frame = look.mean(look.reading);
                let row = Row {
                    scene: format!(
                        "{}x{}, {words}{}",
                        frame.0,
                        frame.1,
                        if clutter { ", clutter" } else { "" }
                    ),
                    frames: look.frames,
                    candidates: look.candidates,
                    find_ms: look.mean(look.finding),
                    ms_a_frame,
                    worst_ms: look.worst.as_secs_f64() * 1000.0,
                    with_card_ms,
                    times: ms_a_frame / with_card_ms,
                    false_digits: look.digits,
                };
                eprintln!(
                    "{}: {ms_a_frame:.0} ms a frame, {:.2} times one with a card",
                    row.scene, row.times
                );
                rows.push(row);
            }
        }
    }
    Ok(rows)
}

/// Whoever holds nothing up must not cost the worker more than whoever does, and no digit is read off a poster.
pub(crate) fn problems(rows: &[Row]) -> Vec<String> {
    let mut problems = Vec::new();
    for row in rows {
        if row.times > MOST_TIMES {
            problems.push(format!(
                "{}: {:.1} times a frame with a card",
                row.scene, row.times
            ));
        }
        if row.false_digits > 0 {
            problems.push(format!("{}: {} digits", row.scene, row.false_digits));
        }
    }
    problems
}

/// As a table.
pub(crate) fn print(rows: &[Row]) {
    println!(
        "\n| without a card | frames | candidates | finding, ms | a frame, ms | worst, ms | with a card, ms | times | digits |\n|---|---|---|---|---|---|---|---|---|"
    );
    for row in rows {
        println!(
            "| {} | {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {:.2} | {} |",
            row.scene,
            row.frames,
            row.candidates,
            row.find_ms,
            row.ms_a_frame,
            row.worst_ms,
            row.with_card_ms,
            row.times,
            row.false_digits
        );
    }
}
