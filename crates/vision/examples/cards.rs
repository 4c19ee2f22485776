//! The table of optical reading: card fronts drawn by the simulator under several conditions, read as in the worker.
//!
//! `cargo xtask bench cards` runs this. What counts most is the last column: digits that were called sure and are wrong.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool"
)]

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use hw_sim::camera::card_front::{Print, Printer, Scene};
use serde::Serialize;
use vision::frame::Picture;
use vision::ocr::tesseract::Tesseract;
use vision::ocr::{CardReader, Known};
use zeroize::Zeroizing;

/// How long the worker looks at a card (`LOOK_MS` in the daemon).
const LOOK: Duration = Duration::from_secs(15);
/// A camera's fifteen frames a second.
const BETWEEN_FRAMES: Duration = Duration::from_millis(66);
/// Conditions that are measured without the chip's expiry, too.
const WITHOUT_CHIP: [&str; 3] = ["1000 px, straight", "700 px, 5 degrees", "300 px"];

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
    /// The chip tells the expiry; a card whose chip does not is harder to be sure of.
    chip: bool,
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
    let printer = Printer::new().context("fonts-noto-cjk")?;
    let engine = Tesseract::load()?;
    let plain = Scene {
        width: 1000.0,
        turn: 0.0,
        worn: 0.0,
        glare: 0.0,
        seed: 0,
    };
    let conditions = [
        ("1000 px, straight", plain),
        (
            "1200 px, straight",
            Scene {
                width: 1200.0,
                ..plain
            },
        ),
        (
            "700 px, 5 degrees",
            Scene {
                width: 700.0,
                turn: 5.0,
                ..plain
            },
        ),
        (
            "1000 px, 15 degrees",
            Scene {
                turn: 15.0,
                ..plain
            },
        ),
        (
            "1000 px, -10 degrees, worn",
            Scene {
                turn: -10.0,
                worn: 0.6,
                ..plain
            },
        ),
        (
            "1000 px, glare",
            Scene {
                glare: 1.0,
                ..plain
            },
        ),
        (
            "500 px, 8 degrees",
            Scene {
                width: 500.0,
                turn: 8.0,
                ..plain
            },
        ),
        (
            "400 px",
            Scene {
                width: 400.0,
                ..plain
            },
        ),
        (
            "300 px",
            Scene {
                width: 300.0,
                ..plain
            },
        ),
    ];
    let mut rows = Vec::new();
    let with_chip = conditions.iter().map(|(name, scene)| (*name, *scene, true));
    let without = conditions
        .iter()
        .filter(|(name, _)| WITHOUT_CHIP.contains(name))
        .map(|(name, scene)| (*name, *scene, false));
    for (name, scene, chip) in with_chip
        .chain(without)
        .filter(|(name, ..)| name.contains(&arguments.only))
    {
        let mut row = Row {
            condition: name.into(),
            chip,
            ..Row::default()
        };
        let (mut time, mut seconds, mut frames) = (0.0, 0.0, 0u32);
        for card in 0..arguments.cards {
            let (print, number, expires) = invented(card);
            let known = Known {
                today: (2026, 11, 22),
                expiry: chip.then_some(expires),
            };
            let mut reader = CardReader::new(&engine, known);
            let mut found = false;
            let mut spent = Duration::ZERO;
            for frame in 0..arguments.frames {
                let scene = Scene {
                    seed: card * 1000 + frame,
                    ..scene
                };
                let image = printer.picture(&print, &scene);
                if let (Some(folder), 0, 0) = (&arguments.pictures, card, frame) {
                    std::fs::create_dir_all(folder)?;
                    image.save(folder.join(format!("{}.jpg", name.replace([' ', ','], "-"))))?;
                }
                let (width, height) = (image.width() as usize, image.height() as usize);
                let picture = Picture::new(width, height, Zeroizing::new(image.into_raw()))
                    .context("size")?;
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
                .zip(&number)
                .filter(|(read, printed)| read != printed)
                .count();
            row.false_digits += wrong as u32;
        }
        row.ms_a_frame = time / f64::from(frames.max(1));
        row.s_a_card = seconds / f64::from(row.cards.max(1));
        eprintln!(
            "{name}, {}: {} whole of {}, {} false digits, {:.0} ms a frame, {:.1} s a card",
            if chip { "chip" } else { "no chip" },
            row.whole,
            row.cards,
            row.false_digits,
            row.ms_a_frame,
            row.s_a_card
        );
        rows.push(row);
    }
    if arguments.json {
        println!(
            "{}",
            serde_json::to_string(
                &serde_json::json!({"ok": problems(&rows).is_empty(), "problems": problems(&rows), "conditions": rows})
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
                if row.chip { "yes" } else { "no" },
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
    }
    ensure!(problems(&rows).is_empty(), "{}", problems(&rows).join("; "));
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
        if row.found < row.cards {
            problems.push(format!(
                "{name}: {} cards were not found",
                row.cards - row.found
            ));
        }
        if row.chip && row.none == row.cards {
            problems.push(format!("{name}: nothing was read"));
        }
    }
    problems
}

/// An invented card with its matching number B and expiry: the eras, first year of an era, Western, with addenda.
fn invented(at: u64) -> (Print, Vec<u8>, (u16, u8, u8)) {
    let mix = at.wrapping_mul(2_654_435_761) >> 7;
    let (month, day) = ((mix % 12 + 1) as u8, (mix / 12 % 28 + 1) as u8);
    let code = mix / 500 % 10_000;
    let expiry = 2027 + mix % 9;
    let (birth, year) = match at % 4 {
        0 if at % 12 == 4 => {
            let year = 10 + mix % 5;
            (format!("大正{year}年{month}月{day}日"), year)
        }
        0 => {
            let year = 20 + mix % 44;
            (format!("昭和{year}年{month}月{day}日"), year)
        }
        1 if at % 12 == 5 => {
            let year = 2 + mix % 6;
            (format!("令和{year}年{month}月{day}日"), year)
        }
        1 => {
            let year = 2 + mix % 28;
            (format!("平成{year}年{month}月{day}日"), year)
        }
        2 => ("平成元年".to_owned() + &format!("{month}月{day}日"), 1),
        _ => {
            let year = 1950 + mix % 55;
            (format!("{year}年{month}月{day}日"), year % 100)
        }
    };
    let addenda = if at % 3 == 2 {
        vec!["令和5年4月3日 架空市架空町三丁目4番5号に転入".to_owned()]
    } else {
        Vec::new()
    };
    let number = format!("{year:02}{month:02}{day:02}{expiry}{code:04}")
        .bytes()
        .map(|digit| digit - b'0')
        .collect();
    let print = Print {
        name: ["架空 太郎", "仮名 花子", "番号 一郎", "見本 桜"][(at % 4) as usize].to_owned(),
        address: format!("東京都架空市架空町{}丁目{}番地", mix % 8 + 1, mix % 40 + 1),
        sex: if at.is_multiple_of(2) { "男" } else { "女" }.to_owned(),
        birth,
        expiry: format!("{expiry}年{month}月{day}日"),
        code: format!("{code:04}"),
        addenda,
    };
    (print, number, (expiry as u16, month, day))
}
