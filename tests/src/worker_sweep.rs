//! The face worker dies at random moments of face visits. Every visit must still end, by face, PIN or staff's eyes, and the live picture
//! must be there again soon.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use hw_sim::camera::Face;
use serde::Serialize;
use serde_json::Value;

use crate::bench::{Bench, BenchOptions};
use crate::desk::{end, matching_number, status_until, to_method};
use crate::page::PatientPage;

/// The live picture is back within this time, once somebody stands before the camera again.
const PICTURE_BACK: Duration = Duration::from_secs(2);
/// Moments lie within this time after the last digit was typed.
const MOMENTS_MS: u64 = 2_500;

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Told {
    /// Everything as it must be.
    pub ok: bool,
    /// How often the worker was killed.
    pub kills: u32,
    /// Visits that ended by a face match.
    pub by_face: u32,
    /// Visits that ended by the PIN.
    pub by_pin: u32,
    /// Visits that staff ended by sight.
    pub by_visual: u32,
    /// From the kill to a worker that is connected and has its camera, milliseconds: median and longest.
    pub worker_back_ms: [u64; 2],
    /// From the page with the live picture to the first picture on it, milliseconds: median and longest.
    pub picture_ms: [u64; 2],
    /// What went wrong.
    pub problems: Vec<String>,
}

/// Plays the visits.
///
/// # Errors
/// The desk does not come up, or a visit does not end.
pub async fn sweep(kills: u32, seed: u64, tell: impl Fn(&str)) -> anyhow::Result<Told> {
    let mut bench = Bench::start(BenchOptions::default()).await?;
    bench.clinic.face(&Face::Portrait("obama2".into()))?;
    let mut page = bench.patient().await?;
    let mut told = Told {
        kills,
        ..Told::default()
    };
    let (mut back, mut pictures) = (Vec::new(), Vec::new());
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for round in 0..kills {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let moment = Duration::from_millis((random >> 20) % MOMENTS_MS);
        let how = visit(
            &mut bench,
            &mut page,
            round,
            moment,
            &mut back,
            &mut pictures,
        )
        .await
        .with_context(|| {
            format!(
                "round {round}, killed after {moment:?}\n{}",
                bench.daemon_log()
            )
        })?;
        match how {
            "face" => told.by_face += 1,
            "pin" => told.by_pin += 1,
            _ => told.by_visual += 1,
        }
        tell(&format!(
            "{} of {kills}: killed after {} ms, ended by {how}",
            round + 1,
            moment.as_millis()
        ));
    }
    end(bench).await?;
    told.worker_back_ms = middle_and_longest(&mut back);
    told.picture_ms = middle_and_longest(&mut pictures);
    if u128::from(told.picture_ms[1]) > PICTURE_BACK.as_millis() {
        told.problems
            .push(format!("the live picture took {} ms", told.picture_ms[1]));
    }
    if told.by_face + told.by_pin + told.by_visual != kills {
        told.problems.push("not every visit ended".into());
    }
    told.ok = told.problems.is_empty();
    Ok(told)
}

async fn visit(
    bench: &mut Bench,
    page: &mut PatientPage,
    round: u32,
    moment: Duration,
    back: &mut Vec<u64>,
    pictures: &mut Vec<u64>,
) -> anyhow::Result<&'static str> {
    status_until(bench, "the worker", ready).await?;
    to_method(bench, page, "seiho").await?;
    page.press("face").await?;
    page.type_digits(&matching_number("seiho")?).await?;
    tokio::time::sleep(moment).await;
    bench.vision().context("no worker")?.kill()?;
    let killed = Instant::now();
    // As the service manager does.
    bench.restart_vision().await?;
    status_until(bench, "the worker again", ready).await?;
    back.push(killed.elapsed().as_millis() as u64);
    let view = page.wait_for(&["method", "consents"]).await?;
    if view["page"] == "consents" {
        // It had matched already.
        finish(bench, page).await?;
        return Ok("face");
    }
    let how = match round % 3 {
        0 => {
            // Once more by face: the picture must come soon.
            page.wait_until("face on offer again", |view| {
                view["page"] == "method" && view.to_string().contains("\"id\":\"face\"")
            })
            .await?;
            page.press("face").await?;
            page.type_digits(&matching_number("seiho")?).await?;
            page.wait_for(&["face-check", "consents"]).await?;
            let (begun, before) = (Instant::now(), page.frames().await?);
            while page.frames().await? == before && begun.elapsed() < Duration::from_secs(10) {
                let next = page.wait_until("a picture", |_| false);
                let _ = tokio::time::timeout(Duration::from_millis(50), next).await;
            }
            pictures.push(begun.elapsed().as_millis() as u64);
            page.wait_for(&["consents"]).await?;
            "face"
        }
        1 => {
            page.press("pin").await?;
            page.type_digits("1234").await?;
            page.wait_for(&["consents"]).await?;
            "pin"
        }
        _ => {
            page.press("visual").await?;
            page.wait_for(&["staff-coming"]).await?;
            let mut staff = bench.staff().await?;
            staff
                .confirm_visual("架空 受付", crate::settings::PASSCODE)
                .await?;
            page.wait_for(&["consents"]).await?;
            "visual"
        }
    };
    finish(bench, page).await?;
    Ok(how)
}

async fn finish(bench: &Bench, page: &mut PatientPage) -> anyhow::Result<()> {
    page.press("consent-all-no").await?;
    let view = page.wait_for(&["farewell", "trouble"]).await?;
    if view["page"] != "farewell" {
        bail!("{view}");
    }
    bench.clinic.take().await?;
    page.wait_for(&["waiting"]).await?;
    Ok(())
}

fn ready(status: &Value) -> bool {
    status["vision"]["connected"] == true && status["vision"]["camera"]["ok"] == true
}

fn middle_and_longest(all: &mut [u64]) -> [u64; 2] {
    all.sort_unstable();
    [
        all.get(all.len() / 2).copied().unwrap_or(0),
        all.last().copied().unwrap_or(0),
    ]
}
