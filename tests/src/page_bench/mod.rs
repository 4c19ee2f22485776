//! Measures the patient's page in a real browser before a real daemon: bytes of the first view, time from a touch to the
//! painted answer, rate and delay of the live picture.

mod camera;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use serde_json::Value;

use crate::bench::{Bench, BenchOptions};
use crate::browser::Browser;
use crate::desk::matching_number;
use camera::NumberedCamera;

const PROBE: &str = include_str!("probe.js");
/// How long the live picture is watched.
const WATCHED: Duration = Duration::from_secs(6);
/// Touches of one round, from the choice of method to the PIN's third digit and back.
const ROUND: [&str; 16] = [
    "open-language",
    "lang-en",
    "open-comfort",
    "theme-dark",
    "size-large",
    "size-standard",
    "theme-standard",
    "close",
    "open-language",
    "lang-ja",
    "pin",
    "key-3",
    "key-4",
    "key-5",
    "erase",
    "back",
];

/// Milliseconds of many measurements.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Spread {
    /// How many.
    pub count: usize,
    /// Half are shorter.
    pub median: f64,
    /// 95 of 100 are shorter.
    pub p95: f64,
    /// The longest.
    pub longest: f64,
}

impl Spread {
    fn of(mut all: Vec<f64>) -> Self {
        all.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let index = (all.len() as f64 * part).ceil() as usize;
            let value = all.get(index.saturating_sub(1)).copied().unwrap_or(0.0);
            (value * 10.0).round() / 10.0
        };
        Self {
            count: all.len(),
            median: at(0.5),
            p95: at(0.95),
            longest: at(1.0),
        }
    }
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct PageReport {
    /// Everything fetched until the first screen stands, with headers, and what came over the socket.
    pub first_view_bytes: u64,
    /// Each file and its bytes.
    pub first_view_files: Vec<(String, u64)>,
    /// From the start of the navigation until the first screen stood.
    pub first_view_ms: f64,
    /// From the lifted finger to the painted answer, through the daemon.
    pub touch_to_paint_ms: Spread,
    /// From a view's arrival to its painting.
    pub view_to_paint_ms: Spread,
    /// Size of the live picture.
    pub picture: String,
    /// Live pictures painted in a second.
    pub pictures_per_second: f64,
    /// From the camera to the painted picture.
    pub picture_delay_ms: Spread,
}

/// Measures; `rounds` of touches.
///
/// # Errors
/// The bench or the browser does not come up, or a page does not come.
pub async fn measure(rounds: usize, told: impl Fn(&str)) -> anyhow::Result<PageReport> {
    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("camera.sock");
    let camera = NumberedCamera::start(&socket)?;
    let bench = Bench::start(BenchOptions {
        camera: Some(socket),
        ..BenchOptions::default()
    })
    .await?;
    let mut browser = Browser::start(1280, 800).await?;
    browser.before_every_page(PROBE).await?;
    let url = std::fs::read_to_string(bench.path("kiosk.url"))?;
    browser.open(url.trim()).await?;
    browser.wait_for_page("waiting").await?;
    let (files, first_view_ms, over_socket) = first_view(&mut browser).await?;
    told("the first view stands");

    bench.clinic.lay("seiho").await?;
    browser.wait_for_page("method").await?;
    for round in 0..rounds {
        for id in ROUND {
            let before = presses(&mut browser).await?;
            browser.tap(id).await?;
            browser
                .wait_for_quickly(&format!("probe.presses.length > {before}"))
                .await
                .with_context(|| format!("no answer to `{id}`"))?;
        }
        browser.wait_for_page("method").await?;
        told(&format!("round {} of {rounds}", round + 1));
    }

    browser.tap("face").await?;
    browser.wait_for_page("keypad").await?;
    for (count, digit) in matching_number("seiho")?.chars().enumerate() {
        browser.tap(&format!("key-{digit}")).await?;
        let filled = count + 1;
        browser
            .wait_for(&format!(
                "document.querySelectorAll('.dot.filled').length === {filled}"
            ))
            .await?;
    }
    browser.tap("confirm").await?;
    browser.wait_for_page("face-check").await?;
    // The first picture says that the camera is open; what was painted until now does not count.
    browser.wait_for("probe.pictures.length > 2").await?;
    browser.evaluate("probe.pictures = []").await?;
    let begun = Instant::now();
    let (mut painted, mut delays) = (0, Vec::new());
    while begun.elapsed() < WATCHED {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let new = browser.evaluate("probe.pictures.splice(0)").await?;
        for picture in new.as_array().into_iter().flatten() {
            let (Some(number), Some(at)) = (picture[0].as_u64(), picture[1].as_f64()) else {
                continue;
            };
            painted += 1;
            delays.push(at - camera.taken(number as usize));
        }
    }
    let watched = begun.elapsed().as_secs_f64();
    let page = browser.evaluate("document.body.dataset.page").await?;
    ensure!(page == "face-check", "the page shows {page} by now");
    told("the live picture was watched");

    let report = PageReport {
        first_view_bytes: files.iter().map(|(_, bytes)| bytes).sum::<u64>() + over_socket,
        first_view_files: files,
        first_view_ms,
        touch_to_paint_ms: Spread::of(numbers(&mut browser, "probe.presses").await?),
        view_to_paint_ms: Spread::of(numbers(&mut browser, "probe.views").await?),
        picture: browser
            .evaluate("probe.size")
            .await?
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        pictures_per_second: (f64::from(painted) / watched * 10.0).round() / 10.0,
        picture_delay_ms: Spread::of(delays),
    };
    let _ = bench.stop().await;
    Ok(report)
}

/// What was fetched, how long it took, and what came over the socket.
async fn first_view(browser: &mut Browser) -> anyhow::Result<(Vec<(String, u64)>, f64, u64)> {
    let seen = browser
        .evaluate(
            "({ files: [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
                 .map((e) => [new URL(e.name).pathname, e.transferSize]),
               ms: performance.now(), socket: probe.bytes })",
        )
        .await?;
    let files = seen["files"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|file| Some((file[0].as_str()?.to_owned(), file[1].as_u64()?)))
        .filter(|(path, _)| !path.starts_with("/sound/"))
        .collect();
    Ok((
        files,
        seen["ms"].as_f64().unwrap_or(0.0).round(),
        seen["socket"].as_u64().unwrap_or(0),
    ))
}

async fn presses(browser: &mut Browser) -> anyhow::Result<u64> {
    let count = browser.evaluate("probe.presses.length").await?;
    count.as_u64().context("the probe does not count")
}

async fn numbers(browser: &mut Browser, list: &str) -> anyhow::Result<Vec<f64>> {
    let found = browser.evaluate(list).await?;
    Ok(found
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64)
        .collect())
}
