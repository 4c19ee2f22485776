//! The table of optical reading: card fronts drawn by the simulator under several conditions, read as in the worker.
//!
//! `cargo xtask bench cards` runs this. What counts most is the last column: digits that were called sure and are wrong.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool"
)]

use anyhow::{Context, Result};
use clap::Parser;
use hw_sim::camera::card_front::{Print, Printer, Scene};
use serde::Serialize;
use vision::frame::Picture;
use vision::ocr::tesseract::Tesseract;
use vision::ocr::{CardReader, Known};
use zeroize::Zeroizing;

#[derive(Parser)]
struct Arguments {
    /// Cards for each condition.
    #[arg(long, default_value_t = 4)]
    cards: u64,
    /// Frames of each card.
    #[arg(long, default_value_t = 4)]
    frames: u64,
    #[arg(long)]
    json: bool,
    /// Writes one picture of each condition there.
    #[arg(long)]
    pictures: Option<std::path::PathBuf>,
    /// The chip tells the expiry (as in a visit).
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
    chip: bool,
}

#[derive(Default, Serialize)]
struct Row {
    condition: String,
    cards: u32,
    found: u32,
    whole: u32,
    ten: u32,
    six: u32,
    none: u32,
    false_digits: u32,
    ms_a_frame: f64,
}


fn main() -> Result<()> {
    let printer = Printer::new().context("fonts-noto-cjk")?;
    let engine = Tesseract::load()?;
    let plain = Scene { width: 1000.0, turn: 0.0, worn: 0.0, glare: 0.0, seed: 0 };
    let conditions = [
        ("1000", plain), ("1200", Scene { width: 1200.0, ..plain }), ("700/5", Scene { width: 700.0, turn: 5.0, ..plain }),
        ("1000/15", Scene { turn: 15.0, ..plain }), ("1000/-10/worn", Scene { turn: -10.0, worn: 0.6, ..plain }), ("glare", Scene { glare: 1.0, ..plain }),
        ("500/8", Scene { width: 500.0, turn: 8.0, ..plain }), ("400", Scene { width: 400.0, ..plain }), ("300", Scene{width: 300.0, ..plain}),
    ];
    for (name, scene) in conditions {
        for card in 0..4u64 {
            let (print, number, expires) = invented(card);
            let known = Known { today: (2026, 11, 22), expiry: Some(expires) };
            let scene = Scene { seed: card * 1000, ..scene };
            let image = printer.picture(&print, &scene);
            let (width, height) = (image.width() as usize, image.height() as usize);
            let picture = Picture::new(width, height, Zeroizing::new(image.into_raw())).context("size")?;
            println!("== {name} card {card} want {} {} {} {}", number.iter().map(|d| d.to_string()).collect::<String>(), print.birth, print.expiry, print.code);
            let Some(found) = vision::ocr::find::card(&picture) else { println!("   not found"); continue; };
            if card == 0 { image::GrayImage::from_raw(found.width as u32, found.height as u32, found.grey.to_vec()).unwrap().save(format!("target/tmp/card-{}.png", name.replace('/', "_")))?; }
            for line in engine.lines(&found.grey, found.width, found.height, vision::ocr::tesseract::Layout::Sparse)? {
                let text: String = line.iter().map(|s| s.letter).collect();
                let low = line.iter().map(|s| s.confidence).fold(100.0, f32::min);
                if text.chars().any(|c| c.is_ascii_digit()) { println!("   {low:.0} {text}  {:?}", line.iter().filter(|s| s.confidence < 90.0).map(|s| (s.letter, s.confidence as i32)).collect::<Vec<_>>()); }
            }
            let lines = engine.lines(&found.grey, found.width, found.height, vision::ocr::tesseract::Layout::Sparse)?;
            let reading = vision::ocr::text::understand(&lines, known, 80.0);
            println!("   first  {:?} {:?} {:?}", reading.birth.map(|f| (f.value, f.confidence)), reading.expiry.map(|f| (f.value, f.confidence)), reading.code.map(|f| (f.value, f.confidence)));
            for place in reading.places() {
                if let Some(strip) = found.strip(place) {
                    let again = engine.lines(&strip.grey, strip.width, strip.height, vision::ocr::tesseract::Layout::Line)?;
                    let text: String = again.iter().flatten().map(|s| s.letter).collect();
                    println!("   again {place:?} {text}");
                }
            }
        }
    }
    Ok(())
}
/// An invented card with its matching number B and expiry: era, first year of an era, Western, with addenda.
fn invented(at: u64) -> (Print, Vec<u8>, (u16, u8, u8)) {
    let mix = at.wrapping_mul(2_654_435_761) >> 7;
    let (month, day) = ((mix % 12 + 1) as u8, (mix / 12 % 28 + 1) as u8);
    let code = mix / 500 % 10_000;
    let expiry = 2027 + mix % 9;
    let (birth, year) = match at % 4 {
        0 => {
            let year = 20 + mix % 44;
            (format!("昭和{year}年{month}月{day}日"), year)
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
