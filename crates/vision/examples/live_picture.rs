//! How many live pictures a second a person sees in a whole comparison with head turns: the worker behind its socket, a camera of thirty pictures a
//! second before it, and a drawn person who turns as asked; without and with an infrared camera.
//!
//! `cargo xtask bench picture` runs this. The pictures are drawn beforehand, so that drawing takes no time from the worker.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool"
)]

use std::io::Write as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use hw_sim::camera::{Head, Kind, Presentation};
use image::codecs::jpeg::JpegEncoder;
use serde::Serialize;
use vision::client::VisionClient;
use vision::engine::Sources;
use vision::models::FaceModels;
use vision::protocol::{Challenge, Event, FaceOutcome, Guidance, Request};
use vision::server::{ServerConfig, serve};
use vision::source::SourceSpec;

/// From one picture of the camera to the next.
const PACE: Duration = Duration::from_millis(33);
/// How far the person turns, degrees, and how far from one picture to the next.
const FAR: i32 = 24;
const STEP: i32 = 2;
/// Pictures of each turn, which differ by the camera's noise.
const OF_EACH: u64 = 2;
const VISIT: u64 = 1;

#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value = "data/models")]
    models: PathBuf,
    #[arg(long, default_value = "data/portraits")]
    portraits: PathBuf,
    /// Comparisons, of each kind.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    trials: u32,
    /// Fail below so many pictures a second.
    #[arg(long, default_value_t = 0.0)]
    at_least: f64,
    #[arg(long)]
    json: bool,
}

/// One comparison.
#[derive(Serialize)]
struct Row {
    infrared: bool,
    pictures: usize,
    /// From the first picture to the last.
    seconds: f64,
    pictures_per_second: f64,
    longest_gap_ms: f64,
}

/// Pictures of a head, from far right to far left.
type Drawn = Vec<Vec<Vec<u8>>>;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let models = Arc::new(FaceModels::load(&arguments.models)?);
    let photo = std::fs::read(arguments.portraits.join("obama.jp2")).context("obama.jp2")?;
    let drawn = Arc::new(draw(&arguments.portraits.join("obama2.jpg"))?);
    let mut rows = Vec::new();
    for infrared in [false, true] {
        for _ in 0..arguments.trials {
            let row = compare(Arc::clone(&models), &photo, Arc::clone(&drawn), infrared)?;
            eprintln!(
                "infrared {infrared}: {} pictures in {:.1} s, {:.1} a second, at most {:.0} ms between two",
                row.pictures, row.seconds, row.pictures_per_second, row.longest_gap_ms
            );
            rows.push(row);
        }
    }
    let fewest = rows
        .iter()
        .map(|row| row.pictures_per_second)
        .fold(f64::INFINITY, f64::min);
    if arguments.json {
        println!(
            "{}",
            serde_json::json!({"ok": fewest >= arguments.at_least, "pictures_per_second": fewest, "comparisons": rows})
        );
    }
    ensure!(
        fewest >= arguments.at_least,
        "{fewest:.1} pictures a second, not {}",
        arguments.at_least
    );
    Ok(())
}

fn draw(portrait: &Path) -> Result<Drawn> {
    let head = Arc::new(Head::open(portrait).context("no points")?);
    let person = Presentation::new(Kind::BonaFide, Arc::clone(&head), head, 0);
    (-FAR..=FAR)
        .map(|yaw| {
            (0..OF_EACH)
                .map(|number| {
                    let mut bytes = Vec::new();
                    JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(&person.frame(
                        number,
                        yaw as f32,
                        yaw != 0,
                    ))?;
                    Ok(bytes)
                })
                .collect()
        })
        .collect()
}

/// One comparison, until the person is recognised.
fn compare(
    models: Arc<FaceModels>,
    photo: &[u8],
    drawn: Arc<Drawn>,
    infrared: bool,
) -> Result<Row> {
    let folder = tempfile::tempdir()?;
    let (camera, socket) = (
        folder.path().join("camera.sock"),
        folder.path().join("vision.sock"),
    );
    let goal = Arc::new(AtomicI32::new(0));
    let films = UnixListener::bind(&camera)?;
    let (ended, end) = channel::<()>();
    let wanted = Arc::clone(&goal);
    let filming = std::thread::spawn(move || film(&films, &drawn, &wanted, &end));
    let source = SourceSpec::Stream(camera);
    let config = ServerConfig {
        sources: Sources {
            infrared: infrared.then(|| source.clone()),
            face: source,
            document: None,
        },
        ocr: None,
        simulation: true,
        models,
        attack_model: None,
        open: Vec::new(),
    };
    let listener = UnixListener::bind(&socket)?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let worker = std::thread::spawn(move || serve(&listener, config, &stopping, || {}));
    let row = watch(&socket, photo, &goal, infrared);
    stop.store(true, Ordering::SeqCst);
    drop(ended);
    worker
        .join()
        .map_err(|_| anyhow::anyhow!("the worker panicked"))??;
    filming
        .join()
        .map_err(|_| anyhow::anyhow!("the camera panicked"))??;
    row
}

/// The camera, which is not late however long a viewer takes, until `end` closes.
fn film(
    films: &UnixListener,
    drawn: &Drawn,
    goal: &AtomicI32,
    end: &std::sync::mpsc::Receiver<()>,
) -> std::io::Result<()> {
    films.set_nonblocking(true)?;
    let mut watching: Vec<UnixStream> = Vec::new();
    let (mut yaw, begun) = (0, Instant::now());
    for number in 1u32.. {
        while let Ok((viewer, _)) = films.accept() {
            viewer.set_nonblocking(false)?;
            viewer.set_write_timeout(Some(Duration::from_secs(1)))?;
            watching.push(viewer);
        }
        yaw += (goal.load(Ordering::Relaxed) - yaw).clamp(-STEP, STEP);
        let of_yaw = drawn.get((yaw + FAR) as usize);
        let picture = of_yaw.and_then(|all| all.get(number as usize % all.len()));
        if let Some(picture) = picture {
            let framed = [&(picture.len() as u32).to_be_bytes(), picture.as_slice()].concat();
            watching.retain_mut(|viewer| viewer.write_all(&framed).is_ok());
        }
        let next = (PACE * number).saturating_sub(begun.elapsed());
        if end.recv_timeout(next) == Err(RecvTimeoutError::Disconnected) {
            return Ok(());
        }
    }
    Ok(())
}

/// Counts the live pictures, and turns as the guidance says.
fn watch(socket: &Path, photo: &[u8], goal: &AtomicI32, infrared: bool) -> Result<Row> {
    let mut client = VisionClient::connect(socket, Duration::from_secs(5))?;
    let events = client.events().context("events")?;
    let request = Request::StartFace {
        visit: VISIT,
        deadline_ms: 30_000,
        threshold: 0.56,
        preview: true,
        challenge: Challenge::Always,
    };
    client.send(&request, photo)?;
    let (mut shown, mut longest): (Vec<Instant>, Duration) = Default::default();
    loop {
        match events.recv_timeout(Duration::from_secs(40))?.0 {
            Event::Preview { .. } => {
                let now = Instant::now();
                if let Some(last) = shown.last() {
                    longest = longest.max(now - *last);
                }
                shown.push(now);
            }
            Event::Guidance { guidance, .. } => goal.store(
                match guidance {
                    // The person's own left: the nose goes to the picture's right.
                    Guidance::TurnLeft => -FAR,
                    Guidance::TurnRight => FAR,
                    _ => 0,
                },
                Ordering::Relaxed,
            ),
            Event::Outcome {
                outcome: FaceOutcome::Matched { .. },
                ..
            } => break,
            other => bail!("the person was not recognised: {other:?}"),
        }
    }
    let (Some(first), Some(last)) = (shown.first(), shown.last()) else {
        bail!("no picture was shown");
    };
    let seconds = (*last - *first).as_secs_f64();
    Ok(Row {
        infrared,
        pictures: shown.len(),
        seconds,
        pictures_per_second: (shown.len() - 1) as f64 / seconds.max(1e-3),
        longest_gap_ms: longest.as_secs_f64() * 1000.0,
    })
}
