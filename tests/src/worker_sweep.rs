//! The face worker dies at random moments of face visits, with and without head turns. Every visit must still end, by face, PIN or staff's
//! eyes, and the live picture must be there again soon: counted from the kill, with the pause that the shipped unit makes before a new worker.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use hw_sim::camera::Face;
use serde::Serialize;
use serde_json::Value;

use crate::bench::{Bench, BenchOptions};
use crate::desk::{end, matching_number, status, to_method};
use crate::page::PatientPage;
use crate::service_manager::unit_pause;

/// From the kill to a live picture on the page of the person who presses "face" as soon as it is offered again.
const PICTURE_BACK: Duration = Duration::from_secs(2);
/// Longest wait for what must come within [`PICTURE_BACK`].
const PATIENCE: Duration = Duration::from_secs(30);
/// Visits at one desk: a card has only so many tries in an hour.
const AT_ONE_DESK: u32 = 13;
/// How far the simulated head turns, degrees.
const FAR: f32 = 24.0;

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Told {
    /// Everything as it must be.
    pub ok: bool,
    /// How often the worker was killed.
    pub kills: u32,
    /// Of these, while the face check went on; the others came after it had ended, or while the card was still read for it.
    pub in_the_check: u32,
    /// Of these, in visits that ask for head turns.
    pub in_checks_with_head_turns: u32,
    /// Visits that ended by a face match.
    pub by_face: u32,
    /// Visits that ended by the PIN.
    pub by_pin: u32,
    /// Visits that staff ended by sight.
    pub by_visual: u32,
    /// The shipped unit's pause before a new worker is started, milliseconds; every figure below holds it.
    pub unit_pause_ms: u64,
    /// From the last digit to the end of an undisturbed check, milliseconds: without and with head turns. The moments of the kills are spread over it.
    pub check_ms: [u64; 2],
    /// From the kill to a worker that is connected and has its camera, milliseconds: median and longest.
    pub worker_back_ms: [u64; 2],
    /// From the kill to the first live picture on the page, of persons who press "face" and type at once, milliseconds: median and longest.
    pub picture_back_ms: [u64; 2],
    /// How many live pictures that is.
    pub pictures: usize,
    /// What went wrong.
    pub problems: Vec<String>,
}

#[derive(Default)]
struct Times {
    back: Vec<u64>,
    pictures: Vec<u64>,
}

/// Plays the visits: half of them at desks that ask for head turns.
///
/// # Errors
/// The desk does not come up, or a visit does not end.
pub async fn sweep(kills: u32, seed: u64, tell: impl Fn(&str)) -> anyhow::Result<Told> {
    let pause = unit_pause()?;
    let mut told = Told {
        kills,
        unit_pause_ms: pause.as_millis() as u64,
        ..Told::default()
    };
    let mut times = Times::default();
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut round = 0;
    let mut head_turns = false;
    while round < kills {
        // The last desks share what is left, so that both kinds get their half.
        let left = kills - round;
        let here = if head_turns {
            left.min(AT_ONE_DESK)
        } else {
            left.div_ceil(2).min(AT_ONE_DESK)
        };
        let mut desk = Desk::open(head_turns, pause).await?;
        let check = desk.undisturbed().await.with_context(|| desk.logs())?;
        let known = &mut told.check_ms[usize::from(head_turns)];
        *known = check.as_millis() as u64;
        for _ in 0..here {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let moment = Duration::from_millis((random >> 20) % (check.as_millis() as u64).max(1));
            let (how, in_the_check) =
                desk.visit(round, moment, &mut times)
                    .await
                    .with_context(|| {
                        format!("round {round}, killed after {moment:?}\n{}", desk.logs())
                    })?;
            match how {
                "face" => told.by_face += 1,
                "pin" => told.by_pin += 1,
                _ => told.by_visual += 1,
            }
            told.in_the_check += u32::from(in_the_check);
            told.in_checks_with_head_turns += u32::from(in_the_check && head_turns);
            round += 1;
            tell(&format!(
                "{round} of {kills}: killed after {} ms of {} ({} head turns, {}), ended by {how}",
                moment.as_millis(),
                check.as_millis(),
                if head_turns { "with" } else { "without" },
                if in_the_check {
                    "in the check"
                } else {
                    "before or after it"
                },
            ));
        }
        end(desk.bench).await?;
        head_turns = !head_turns;
    }
    told.pictures = times.pictures.len();
    told.worker_back_ms = middle_and_longest(&mut times.back);
    told.picture_back_ms = middle_and_longest(&mut times.pictures);
    told.judge();
    Ok(told)
}

impl Told {
    fn judge(&mut self) {
        let longest = self.picture_back_ms[1];
        if u128::from(longest) > PICTURE_BACK.as_millis() {
            self.problems
                .push(format!("the live picture was back only after {longest} ms"));
        }
        if self.by_face + self.by_pin + self.by_visual != self.kills {
            self.problems.push("not every visit ended".into());
        }
        if self.in_the_check * 2 < self.kills {
            self.problems
                .push("most kills came after the check had ended: they prove nothing".into());
        }
        if self.kills >= 4 && (self.pictures == 0 || self.in_checks_with_head_turns == 0) {
            self.problems
                .push("no live picture was waited for, or no check asked for head turns".into());
        }
        self.ok = self.problems.is_empty();
    }
}

struct Desk {
    bench: Bench,
    page: PatientPage,
    pause: Duration,
}

impl Desk {
    async fn open(head_turns: bool, pause: Duration) -> anyhow::Result<Self> {
        let bench = Bench::start(BenchOptions {
            head_turns,
            ..BenchOptions::default()
        })
        .await?;
        bench.clinic.face(&Face::Portrait("obama2".into()))?;
        let page = bench.patient().await?;
        Ok(Self { bench, page, pause })
    }

    fn logs(&self) -> String {
        self.bench.daemon_log()
    }

    /// How long a check takes that nobody disturbs. On a machine too busy for three frames a second a challenge may break off; then once more.
    async fn undisturbed(&mut self) -> anyhow::Result<Duration> {
        for _ in 0..5 {
            self.until_the_check().await?;
            let begun = Instant::now();
            let matched = self.turn_as_asked(PATIENCE * 2).await? == "consents";
            let took = begun.elapsed();
            if !matched {
                self.page.press("pin").await?;
                self.page.type_digits("1234").await?;
            }
            self.finish().await?;
            if matched {
                return Ok(took);
            }
        }
        bail!("nobody is recognised here, even undisturbed")
    }

    /// The card, face, and the last digit.
    async fn until_the_check(&mut self) -> anyhow::Result<()> {
        self.bench.clinic.camera().turn(0.0);
        to_method(&self.bench, &mut self.page, "seiho").await?;
        self.face_pressed().await
    }

    async fn face_pressed(&mut self) -> anyhow::Result<()> {
        self.page.press("face").await?;
        self.page.type_digits(&matching_number("seiho")?).await
    }

    /// Does what the page says until the check is over or the time is; gives the page that is shown then, `working` while the card is still read.
    async fn turn_as_asked(&mut self, time: Duration) -> anyhow::Result<String> {
        let until = Instant::now() + time;
        let mut said = String::new();
        loop {
            let next = self.page.wait_until("the next instruction", |view| {
                ["consents", "method", "trouble"].contains(&page_of(view))
                    || view["page"] == "face-check" && instruction(view) != said
            });
            let left = until.saturating_duration_since(Instant::now());
            let Ok(view) = tokio::time::timeout(left, next).await else {
                let compared = page_is(&mut self.page, "face-check").await?;
                return Ok(if compared { "face-check" } else { "working" }.into());
            };
            let view = view?;
            if view["page"] != "face-check" {
                return Ok(page_of(&view).to_owned());
            }
            said = instruction(&view).to_owned();
            // The person's own left is where the picture's right is.
            self.bench.clinic.camera().turn(match said.as_str() {
                "顔をゆっくり左に向けてください" => -FAR,
                "顔をゆっくり右に向けてください" => FAR,
                _ => 0.0,
            });
        }
    }

    /// One visit with a kill; how it ended, and whether the kill met the check.
    async fn visit(
        &mut self,
        round: u32,
        moment: Duration,
        times: &mut Times,
    ) -> anyhow::Result<(&'static str, bool)> {
        self.until_the_check().await?;
        let shown = self.turn_as_asked(moment).await?;
        self.bench.vision().context("no worker")?.kill()?;
        let killed = Instant::now();
        // As the service manager does.
        tokio::time::sleep(self.pause).await;
        self.bench.start_vision_again()?;
        self.bench.clinic.camera().turn(0.0);
        let in_the_check = shown == "face-check"
            && self.page.wait_for(&["method", "consents"]).await?["page"] == "method";
        if page_is(&mut self.page, "consents").await? {
            // It had matched already.
            self.back(killed, times).await?;
            self.finish().await?;
            return Ok(("face", in_the_check));
        }
        // The card was still at its number or photo: what it answers is no longer heard, and face stays closed in this visit.
        let before_it = shown == "working";
        if before_it {
            self.page.wait_for(&["method", "consents"]).await?;
        }
        // Every other person tries by face again, and half of these change their minds once they see themselves.
        let how = match round % 4 {
            way @ (0 | 2) if !before_it => {
                self.page
                    .wait_until("face on offer again", |view| {
                        view["page"] == "method" && view.to_string().contains("\"id\":\"face\"")
                    })
                    .await?;
                let before = self.page.frames().await?;
                self.face_pressed().await?;
                while self.page.frames().await? == before {
                    ensure!(killed.elapsed() < PATIENCE, "no live picture");
                    let next = self.page.wait_until("a picture", |_| false);
                    let _ = tokio::time::timeout(Duration::from_millis(10), next).await;
                }
                if in_the_check {
                    times.pictures.push(killed.elapsed().as_millis() as u64);
                }
                self.back(killed, times).await?;
                if way == 0 && self.turn_as_asked(PATIENCE * 2).await? == "consents" {
                    "face"
                } else {
                    self.by_pin().await?
                }
            }
            0..=2 => self.by_pin().await?,
            _ => {
                self.page.press("visual").await?;
                self.page.wait_for(&["staff-coming"]).await?;
                let mut staff = self.bench.staff().await?;
                staff
                    .confirm_visual("架空 受付", crate::settings::PASSCODE)
                    .await?;
                self.page.wait_for(&["consents"]).await?;
                "visual"
            }
        };
        if round % 2 == 1 || before_it {
            self.back(killed, times).await?;
        }
        self.finish().await?;
        Ok((how, in_the_check))
    }

    async fn by_pin(&mut self) -> anyhow::Result<&'static str> {
        if page_is(&mut self.page, "consents").await? {
            return Ok("face");
        }
        self.page.press("pin").await?;
        self.page
            .wait_until("the keypad, or an end by face", |view| {
                ["keypad", "consents"].contains(&page_of(view))
            })
            .await?;
        if page_is(&mut self.page, "consents").await? {
            return Ok("face");
        }
        self.page.type_digits("1234").await?;
        self.page.wait_for(&["consents"]).await?;
        Ok("pin")
    }

    /// Waits until the worker is connected and has its camera; only where nobody waits for a picture is this the time of it.
    async fn back(&self, killed: Instant, times: &mut Times) -> anyhow::Result<()> {
        loop {
            let status = status(&self.bench).await?;
            if status["vision"]["connected"] == true && status["vision"]["camera"]["ok"] == true {
                times.back.push(killed.elapsed().as_millis() as u64);
                return Ok(());
            }
            ensure!(
                killed.elapsed() < PATIENCE,
                "the worker is not back: {status:#}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn finish(&mut self) -> anyhow::Result<()> {
        self.page.wait_for(&["consents"]).await?;
        self.page.press("consent-all-no").await?;
        let view = self.page.wait_for(&["farewell", "trouble"]).await?;
        if view["page"] != "farewell" {
            bail!("{view}");
        }
        self.bench.clinic.take().await?;
        self.page.wait_for(&["waiting"]).await?;
        Ok(())
    }
}

fn page_of(view: &Value) -> &str {
    view["page"].as_str().unwrap_or_default()
}

fn instruction(view: &Value) -> &str {
    view["face"]["instruction"].as_str().unwrap_or_default()
}

/// Whether this page is shown now.
async fn page_is(page: &mut PatientPage, name: &str) -> anyhow::Result<bool> {
    let view = page
        .wait_until("any page", |view| !page_of(view).is_empty())
        .await?;
    Ok(page_of(&view) == name)
}

fn middle_and_longest(all: &mut [u64]) -> [u64; 2] {
    all.sort_unstable();
    [
        all.get(all.len() / 2).copied().unwrap_or(0),
        all.last().copied().unwrap_or(0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sweep that met no check, or came back late, must not say that all is well.
    #[test]
    fn what_proves_nothing_is_a_problem() {
        let good = || Told {
            kills: 8,
            in_the_check: 8,
            in_checks_with_head_turns: 4,
            by_face: 3,
            by_pin: 3,
            by_visual: 2,
            pictures: 4,
            picture_back_ms: [900, 1_900],
            ..Told::default()
        };
        let mut told = good();
        told.judge();
        assert!(told.ok, "{:?}", told.problems);
        let spoilt: [fn(&mut Told); 5] = [
            |told| told.picture_back_ms[1] = 2_001,
            |told| told.by_pin = 2,
            |told| told.in_the_check = 3,
            |told| told.in_checks_with_head_turns = 0,
            |told| told.pictures = 0,
        ];
        for spoil in spoilt {
            let mut told = good();
            spoil(&mut told);
            told.judge();
            assert!(!told.ok && told.problems.len() == 1, "{told:?}");
        }
    }
}
