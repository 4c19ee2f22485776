//! A comparison as the daemon asks for it, one line of JSON for every event but previews, which are counted.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use vision::client::VisionClient;
use vision::protocol::{Event, Request};

/// Any number; every event of the comparison carries it.
const VISIT: u64 = 0x7e57;

/// Options of `face`.
#[derive(clap::Args)]
pub(crate) struct FaceArguments {
    /// The worker's socket.
    #[arg(long, default_value = "/run/uketsuke-vision/vision.sock")]
    socket: PathBuf,
    /// The card's photo, JPEG 2000. Without it only the camera is looked at.
    #[arg(long)]
    photo: Option<PathBuf>,
    /// Longest duration of the comparison, milliseconds.
    #[arg(long, default_value_t = 60_000)]
    deadline_ms: u32,
    /// Longest wait for an event, seconds.
    #[arg(long, default_value_t = 300)]
    patience: u64,
    /// Accept at or below this distance.
    #[arg(long, default_value_t = 0.56)]
    threshold: f32,
}

/// Asks, prints, ends with the outcome.
pub(crate) fn run(arguments: &FaceArguments) -> Result<()> {
    let mut client = VisionClient::connect(&arguments.socket, Duration::from_secs(10))?;
    let events = client.events().context("events")?;
    let begun = Instant::now();
    let request = match &arguments.photo {
        None => client.send(&Request::CheckCamera { picture: true }, &[]),
        Some(path) => {
            let photo =
                std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
            let request = Request::StartFace {
                visit: VISIT,
                deadline_ms: arguments.deadline_ms,
                threshold: arguments.threshold,
                preview: true,
                challenge: vision::protocol::Challenge::Off,
            };
            client.send(&request, &photo)
        }
    };
    request.context("asking the worker")?;
    let (mut previews, mut first, mut last) = (0u32, None, begun);
    loop {
        let (event, _) = events
            .recv_timeout(Duration::from_secs(arguments.patience))
            .context("no event in time")?;
        if matches!(event, Event::Preview { .. }) {
            previews += 1;
            last = Instant::now();
            first.get_or_insert(last);
            continue;
        }
        let end = matches!(event, Event::Outcome { .. } | Event::Camera { .. });
        let at_ms = u64::try_from(begun.elapsed().as_millis())?;
        let span = first.map_or(0.0, |first| last.duration_since(first).as_secs_f64());
        let rate = if span > 0.0 {
            f64::from(previews - 1) / span
        } else {
            0.0
        };
        println!(
            "{}",
            json!({ "at_ms": at_ms, "previews": previews, "previews_a_second": rate, "event": event })
        );
        if end {
            return Ok(());
        }
        if arguments.photo.is_none() && matches!(event, Event::Problem { .. }) {
            bail!("the worker can't look");
        }
    }
}
