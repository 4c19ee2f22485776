//! `uketsuke-vision camera`: what a camera really delivers. Pictures are measured and forgotten; none is kept or shown.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Serialize;
use vision::source::SourceSpec;
use vision::source::camera::{Camera, Tally};
use vision::source::light::Light;

use super::outcome::Outcome;

/// Longest wait for one frame before looking at the clock.
const SLICE: Duration = Duration::from_millis(100);

/// Options of `camera`.
#[derive(clap::Args)]
pub(crate) struct CameraArguments {
    /// v4l2:DEVICE (outside a simulation only those under /dev/uketsuke).
    #[arg(long)]
    source: SourceSpec,
    /// How long to look.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// End after so many good captures.
    #[arg(long)]
    frames: Option<u32>,
    /// Accept other sources, and devices that udev did not tag.
    #[arg(long)]
    simulation: bool,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Serialize)]
struct Report {
    camera: String,
    width: u32,
    height: u32,
    promised_fps: u32,
    /// From opening to the first frame that may be judged: start of the camera, and settling of its exposure.
    first_frame_ms: Option<u64>,
    fps: f32,
    /// Mean brightness of the last frame, 0..255.
    brightness: Option<f32>,
    #[serde(flatten)]
    tally: Tally,
}

/// Looks, counts, prints.
pub(crate) fn run(arguments: &CameraArguments) -> Result<Outcome> {
    let (source, simulation) = (arguments.source.clone(), arguments.simulation);
    source.accepted(simulation)?;
    let probe = source.probe(simulation)?;
    let begun = Instant::now();
    let mut camera = Camera::new(Box::new(move || source.open(simulation)))?;
    let (mut first_frame_ms, mut brightness) = (None, None);
    let limit = Duration::from_secs(arguments.seconds);
    while begun.elapsed() < limit
        && arguments
            .frames
            .is_none_or(|most| camera.tally().frames < most)
    {
        if let Some(frame) = camera.next(SLICE).context("the camera")? {
            first_frame_ms.get_or_insert(u64::try_from(begun.elapsed().as_millis())?);
            brightness = Some(Light::of(&frame.picture).mean.iter().sum::<f32>() / 3.0);
        }
    }
    let tally = camera.tally();
    let report = Report {
        camera: probe.detail,
        width: probe.width,
        height: probe.height,
        promised_fps: probe.fps,
        first_frame_ms,
        fps: tally.rate(),
        brightness,
        tally,
    };
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!(
            "{}: {}x{}, {} frames a second promised",
            report.camera, report.width, report.height, report.promised_fps
        );
        println!(
            "{} frames, {:.1} a second; dark {}, overexposed {}, broken {}, opened again {}",
            tally.frames, report.fps, tally.dark, tally.overexposed, tally.broken, tally.reopened
        );
    }
    if tally.frames == 0 {
        // The report says so in JSON; for people, in words.
        if !arguments.json {
            println!("no picture came");
        }
        return Ok(Outcome::No);
    }
    Ok(Outcome::Done)
}
