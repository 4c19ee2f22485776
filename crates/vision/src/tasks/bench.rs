//! `uketsuke-vision bench --frames FOLDER`: times of this engine on raw frames, for the comparison with other engines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};
use vision::decision::Threshold;
use vision::decode::jp2;
use vision::examine::Examination;
use vision::frame::Picture;
use vision::models::FaceModels;
use vision::protocol::{Challenge, FaceOutcome};
use vision::recognise::{Half, Recogniser, Sighting};
use vision::session::{Rules, Turn};
use vision::track::Tracker;
use zeroize::Zeroizing;

/// How often each portrait's frames are followed through: the detector looks for other persons in every sixth frame.
const ROUNDS: usize = 4;

/// Options of `bench`.
#[derive(clap::Args)]
pub(crate) struct BenchArguments {
    #[command(flatten)]
    models: super::Models,
    /// Folder with frames.json: `[{"file","width","height","person","portrait","card"}]`, raw RGB files and the cards' photos in JPEG 2000;
    /// decisions.json of the same form, where it is there, lists the frames of decisions, a tenth of a second apart.
    #[arg(long)]
    frames: PathBuf,
}

#[derive(Deserialize)]
struct Listed {
    file: String,
    portrait: String,
    /// The photo on the person's card.
    card: String,
    width: usize,
    height: usize,
}

#[derive(Serialize)]
struct Told {
    recipe: String,
    load_ms: f64,
    /// A frame in which nobody was known, both sides of the face described: median over all frames.
    detect_ms: f64,
    detect_cpu_ms: f64,
    /// A frame of a face that is followed: mean over [`ROUNDS`] rounds through each portrait's frames, the detector's looks for other persons among
    /// them, the first frame not.
    tracked_ms: f64,
    tracked_cpu_ms: f64,
    /// How often the detector ran in the frames that were followed, and how many these were.
    tracked_detections: u32,
    tracked_frames: u32,
    /// A frame of which only the points are looked up: median.
    preview_ms: f64,
    /// From the bytes of the card's photo to the match, the frames one after the other as fast as they are looked at: median.
    decision_ms: f64,
    decision_cpu_ms: f64,
    /// How often that was, and how often no match came of it.
    decisions: usize,
    undecided: u32,
    peak_memory_kb: u64,
    frames: Vec<Described>,
}

#[derive(Serialize)]
struct Described {
    file: String,
    ms: f64,
    cpu_ms: f64,
    descriptor: Option<Vec<f32>>,
}

/// Measures and prints one JSON document.
pub(crate) fn run(arguments: &BenchArguments) -> Result<()> {
    let begun = Instant::now();
    let models: Arc<FaceModels> = arguments.models.load()?;
    let load_ms = ms(begun);
    let recogniser = Recogniser::new(Arc::clone(&models));
    let (listed, pictures) = read(&arguments.frames, "frames.json")?;
    // Warm.
    for picture in pictures.iter().take(2) {
        super::description(&recogniser, picture)?;
    }
    let mut frames = Vec::new();
    for (entry, picture) in listed.iter().zip(&pictures) {
        let begun = Clock::start();
        // As the worker looks at a frame in which nobody was known: detector, landmarks, both sides of the face described.
        let found = super::description(&recogniser, picture)?.one();
        let (ms, cpu_ms) = begun.stop();
        frames.push(Described {
            file: entry.file.clone(),
            ms,
            cpu_ms,
            descriptor: found.map(|found| found.values().to_vec()),
        });
    }
    let (mut tracked, mut preview) = (Vec::new(), Vec::new());
    let mut detections = 0;
    for ((portrait, _), shown) in by_portrait(&listed, &pictures) {
        let (mut tracker, mut half) = (Tracker::default(), Half::default());
        let mut known = false;
        for picture in (0..ROUNDS).flat_map(|_| &shown) {
            let before = tracker.detections();
            let begun = Clock::start();
            let sighting = tracker.look(&recogniser, picture)?;
            let looked = begun.stop();
            let Sighting::One(face) = sighting else {
                bail!("the face of {portrait} was lost");
            };
            recogniser.describe_next(&mut half, picture, &face)?;
            if known {
                preview.push(looked);
                tracked.push(begun.stop());
                detections += tracker.detections() - before;
            }
            known = true;
        }
    }
    let (decisions, undecided) = if arguments.frames.join(DECISIONS).exists() {
        let (listed, pictures) = read(&arguments.frames, DECISIONS)?;
        decisions(&recogniser, arguments, &listed, &pictures)?
    } else {
        decisions(&recogniser, arguments, &listed, &pictures)?
    };
    let wall = |all: &[(f64, f64)]| median(all.iter().map(|(wall, _)| *wall).collect());
    let cpu = |all: &[(f64, f64)]| median(all.iter().map(|(_, cpu)| *cpu).collect());
    let told = Told {
        recipe: models.recipe().into(),
        load_ms,
        detect_ms: median(frames.iter().map(|frame| frame.ms).collect()),
        detect_cpu_ms: median(frames.iter().map(|frame| frame.cpu_ms).collect()),
        tracked_ms: mean(tracked.iter().map(|(wall, _)| *wall)),
        tracked_cpu_ms: mean(tracked.iter().map(|(_, cpu)| *cpu)),
        tracked_detections: detections,
        tracked_frames: tracked.len() as u32,
        preview_ms: wall(&preview),
        decision_ms: wall(&decisions),
        decision_cpu_ms: cpu(&decisions),
        decisions: decisions.len(),
        undecided,
        peak_memory_kb: super::check::peak_memory_kb(),
        frames,
    };
    println!("{}", serde_json::to_string(&told)?);
    Ok(())
}

/// Frames as a worker takes them for a decision, one soon after the other: a head that seems to move fast is asked to hold still.
const DECISIONS: &str = "decisions.json";

/// A list of frames, and what they show.
fn read(folder: &Path, list: &'static str) -> Result<(Vec<Listed>, Vec<Picture>)> {
    let text = std::fs::read_to_string(folder.join(list)).context(list)?;
    let listed: Vec<Listed> = serde_json::from_str(&text).context(list)?;
    ensure!(!listed.is_empty(), "no frames in {list}");
    let pictures = listed
        .iter()
        .map(|entry| {
            let bytes = Zeroizing::new(std::fs::read(folder.join(&entry.file))?);
            Picture::new(entry.width, entry.height, bytes).with_context(|| entry.file.clone())
        })
        .collect::<Result<_>>()?;
    Ok((listed, pictures))
}

/// The times of whole decisions, and how many did not end in a match. The card's photo is decoded and described, then frames come at no pace of
/// their own until the match; no challenge, which is waiting. One decision begins with each frame.
fn decisions(
    recogniser: &Recogniser,
    arguments: &BenchArguments,
    listed: &[Listed],
    pictures: &[Picture],
) -> Result<(Vec<(f64, f64)>, u32)> {
    let (mut decided, mut undecided) = (Vec::new(), 0);
    for ((_, card), shown) in by_portrait(listed, pictures) {
        let photo = Zeroizing::new(std::fs::read(arguments.frames.join(card)).context("card")?);
        for first in 0..shown.len() {
            let begun = Clock::start();
            let card = recogniser.enrol(&jp2::decode(&photo)?)?;
            let rules = Rules {
                threshold: Threshold::DEFAULT,
                deadline: Duration::from_secs(60),
                challenge: Challenge::Off,
                order: [Turn::Left, Turn::Right],
            };
            let mut examination = Examination::new(recogniser, None, card, rules);
            let mut outcome = None;
            for (at, picture) in (0..8u32).zip(shown.iter().cycle().skip(first)) {
                // Frames stand 100 ms apart in the rules' time, so that each may be compared.
                outcome = examination
                    .frame(Duration::from_millis(100) * at, picture)?
                    .outcome;
                if outcome.is_some() {
                    break;
                }
            }
            if let Some(FaceOutcome::Matched { .. }) = outcome {
                decided.push(begun.stop());
            } else {
                undecided += 1;
            }
        }
    }
    Ok((decided, undecided))
}

/// The frames of each portrait and the card they are compared with, in their order.
fn by_portrait<'a>(
    listed: &'a [Listed],
    pictures: &'a [Picture],
) -> BTreeMap<(&'a str, &'a str), Vec<&'a Picture>> {
    let mut all: BTreeMap<(&str, &str), Vec<&Picture>> = BTreeMap::new();
    for (entry, picture) in listed.iter().zip(pictures) {
        let of = (entry.portrait.as_str(), entry.card.as_str());
        all.entry(of).or_default().push(picture);
    }
    all
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len();
    values.sum::<f64>() / count as f64
}

/// Wall and processor time side by side.
struct Clock(Instant, f64);

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), processor_ms())
    }

    fn stop(&self) -> (f64, f64) {
        (ms(self.0), processor_ms() - self.1)
    }
}

/// Processor time of all threads of this process so far, milliseconds.
fn processor_ms() -> f64 {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else {
        return f64::NAN;
    };
    [usage.user_time(), usage.system_time()]
        .iter()
        .map(|time| time.tv_sec() as f64 * 1e3 + time.tv_usec() as f64 / 1e3)
        .sum()
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
