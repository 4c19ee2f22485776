//! The one thread that owns camera and models. It takes commands from a bounded channel and sends events into another.

mod cameras;
mod reading;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::codes::{self, Code};
use crate::decode::{jp2, jpeg};
use crate::embed::Embedding;
use crate::examine::Examination;
use crate::frame::Frame;
use crate::infrared::Infrared;
use crate::jobs::{Job, Jobs};
use crate::models::FaceModels;
use crate::ocr::Known;
use crate::ocr::tesseract::Tesseract;
use crate::pad::AttackModel;
use crate::protocol::{Challenge, Event, FaceOutcome};
use crate::recognise::{PhotoError, Recogniser};
use crate::session::Rules;
use crate::source::SourceSpec;
use crate::source::camera::Camera;
use crate::source::light::Verdict;
use crate::source::role::Role;

/// Commands that may wait.
const WAITING_COMMANDS: usize = 4;
/// An engine that has not shown for longer, in the middle of a comparison, hangs: a driver or a model does not come back.
const STUCK: Duration = Duration::from_secs(3);
/// The same at any other time: a card's front that is being read can't be looked up from. The service manager is then no longer told that all is
/// well.
pub(crate) const HANGING: Duration = Duration::from_secs(10);
/// Longest wait for a frame before looking whether somebody stopped the comparison.
const SLICE: Duration = Duration::from_millis(100);
/// A camera that says nothing for longer has gone. Long enough to open one again that has stopped delivering (1.5 s to notice,
/// and a first picture may take 2.5 s).
const SILENT_CAMERA: Duration = Duration::from_secs(5);
/// A camera that was opened delivers its first picture within this time.
const FIRST_PICTURE: Duration = Duration::from_millis(2500);
/// Shortest time between previews: every picture of a camera that takes thirty a second, as far as the comparison keeps up.
const PREVIEW_GAP: Duration = Duration::from_millis(30);
const PREVIEW_QUALITY: u8 = 75;
/// A camera's own JPEG is passed on up to this length.
const PREVIEW_BYTES: usize = 256 * 1024;
/// Time from one picture to the next at which fifteen a second are shown: an infrared camera is not waited for beyond it.
const FRAME_TIME: Duration = Duration::from_millis(66);
/// How often an idle engine shows that it lives.
const IDLE_BEAT: Duration = Duration::from_millis(500);

/// What the engine is told to do.
pub enum Command {
    /// Compare.
    Compare {
        /// The open job; the engine gives up when it is closed.
        job: Job,
        /// How it is made.
        rules: Rules,
        /// Send previews?
        preview: bool,
        /// JPEG 2000 from the card.
        photo: Zeroizing<Vec<u8>>,
    },
    /// Read the card's front.
    ReadCard {
        /// The open job.
        job: Job,
        /// Longest duration.
        deadline: Duration,
        /// What is known besides.
        known: Known,
        /// The card may be held up before the face camera.
        held_up: bool,
    },
    /// Look whether the camera is there.
    CheckCamera {
        /// Connection that asked.
        peer: u64,
        /// It must deliver a picture.
        picture: bool,
    },
}

/// An event on its way to a connection.
pub struct Outgoing {
    /// Connection that it is for.
    pub peer: u64,
    /// The event.
    pub event: Event,
    /// Its payload.
    pub payload: Zeroizing<Vec<u8>>,
}

/// The running engine.
pub struct Engine {
    commands: SyncSender<Command>,
    thread: JoinHandle<()>,
    started: Instant,
    beat: Arc<AtomicU64>,
    comparing: Arc<AtomicBool>,
}

impl Engine {
    /// Starts the thread. It ends when this handle or the receiver of `events` is dropped.
    pub fn spawn(
        sources: Sources,
        simulation: bool,
        models: Arc<FaceModels>,
        ocr: Option<Tesseract>,
        attack_model: Option<Arc<AttackModel>>,
        jobs: Arc<Jobs>,
        events: SyncSender<Outgoing>,
    ) -> std::io::Result<Self> {
        let (commands, inbox) = sync_channel(WAITING_COMMANDS);
        let (started, beat) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let comparing = Arc::new(AtomicBool::new(false));
        let mut worker = Worker {
            known: BTreeSet::new(),
            sources,
            simulation,
            ocr,
            recogniser: Recogniser::new(models),
            attack_model,
            jobs,
            events,
            started,
            beat: Arc::clone(&beat),
            comparing: Arc::clone(&comparing),
        };
        let thread = std::thread::Builder::new()
            .name("vision-engine".into())
            .spawn(move || worker.run(&inbox))?;
        Ok(Self {
            commands,
            thread,
            started,
            beat,
            comparing,
        })
    }

    /// Hands a command over; false when the engine is stuck or has ended.
    pub fn command(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// Whether the engine should have shown that it lives, and did not: a person who waits before the camera is told after [`STUCK`].
    pub fn hangs(&self) -> bool {
        let patience = if self.comparing.load(Ordering::Relaxed) {
            STUCK
        } else {
            HANGING
        };
        self.silent_for().is_none_or(|silent| silent > patience)
    }

    /// Time since the engine last showed that it lives; `None` when it has ended.
    pub fn silent_for(&self) -> Option<Duration> {
        let beat = Duration::from_millis(self.beat.load(Ordering::Relaxed));
        (!self.thread.is_finished()).then(|| self.started.elapsed().saturating_sub(beat))
    }
}

/// The cameras of a terminal.
#[derive(Clone)]
pub struct Sources {
    /// Sees the patient.
    pub face: SourceSpec,
    /// Sees the card's front.
    pub document: Option<SourceSpec>,
    /// Sees the patient in infrared.
    pub infrared: Option<SourceSpec>,
}

impl Sources {
    /// The cameras beside the one for faces.
    fn beside(&self) -> impl Iterator<Item = (Role, &SourceSpec)> {
        [
            (Role::Document, self.document.as_ref()),
            (Role::Infrared, self.infrared.as_ref()),
        ]
        .into_iter()
        .filter_map(|(role, spec)| Some((role, spec?)))
    }
}

struct Worker {
    sources: Sources,
    /// Cameras beside the one for faces that have been there since this process began: the unit names every role, and most sites have one camera
    /// only, but one that was there and is gone was pulled out.
    known: BTreeSet<Role>,
    simulation: bool,
    ocr: Option<Tesseract>,
    recogniser: Recogniser,
    attack_model: Option<Arc<AttackModel>>,
    jobs: Arc<Jobs>,
    events: SyncSender<Outgoing>,
    started: Instant,
    beat: Arc<AtomicU64>,
    comparing: Arc<AtomicBool>,
}

/// The receiver of events has gone.
struct Ended;

impl Worker {
    fn run(&mut self, inbox: &Receiver<Command>) {
        loop {
            self.beat();
            self.notice_cameras();
            let done = match inbox.recv_timeout(IDLE_BEAT) {
                Ok(Command::Compare {
                    job,
                    rules,
                    preview,
                    photo,
                }) => {
                    let begun = Instant::now();
                    self.comparing.store(true, Ordering::Relaxed);
                    let compared = self.compare(job, rules, preview, &photo);
                    self.comparing.store(false, Ordering::Relaxed);
                    match compared {
                        Ok(outcome) => self.finish(job, outcome, begun.elapsed()),
                        Err(ended) => Err(ended),
                    }
                }
                Ok(Command::ReadCard {
                    job,
                    deadline,
                    known,
                    held_up,
                }) => self.read_card(job, deadline, known, held_up),
                Ok(Command::CheckCamera { peer, picture }) => self.check_camera(peer, picture),
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => Err(Ended),
            };
            if done.is_err() {
                return;
            }
        }
    }

    /// One comparison. Photo, frames and descriptors are wiped as they go out of scope here (invariant 5, docs/invariants.md).
    fn compare(
        &self,
        job: Job,
        mut rules: Rules,
        preview: bool,
        photo: &[u8],
    ) -> Result<FaceOutcome, Ended> {
        if !self.jobs.is_open(job) {
            return Ok(FaceOutcome::Stopped);
        }
        let begun = Instant::now();
        let card = match self.enrol(photo) {
            Ok(card) => card,
            Err(PhotoUse::Photo(reason)) => return Ok(FaceOutcome::PhotoUnusable { reason }),
            Err(PhotoUse::Model(detail)) => {
                return self.failed(job, codes::INFERENCE_FAILED, detail);
            }
        };
        if !self.jobs.is_open(job) {
            return Ok(FaceOutcome::Stopped);
        }
        self.beat();
        let (source, simulation) = (self.sources.face.clone(), self.simulation);
        let mut camera = match Camera::new(Box::new(move || source.open(simulation))) {
            Ok(camera) => camera,
            Err(error) => return self.failed(job, codes::CAMERA_ABSENT, error.to_string()),
        };
        self.beat();
        let mut infrared = match self
            .beside(Role::Infrared)
            .map(|spec| Infrared::open(spec, simulation))
        {
            Some(Ok(infrared)) => Some(infrared),
            Some(Err(error)) => {
                tracing::warn!(%error, "the infrared camera can't be used: head turns are asked for");
                rules.challenge = Challenge::Always;
                None
            }
            None => None,
        };
        let mut examination =
            Examination::new(&self.recogniser, self.attack_model.as_deref(), card, rules);
        let (mut last_frame, mut last_preview) = (begun.elapsed(), None);
        loop {
            self.beat();
            if !self.jobs.is_open(job) {
                return Ok(FaceOutcome::Stopped);
            }
            if let Some(outcome) = examination.tick(begun.elapsed()) {
                return Ok(outcome);
            }
            let frame = match camera.next(SLICE) {
                Ok(Some(frame)) => frame,
                Ok(None) if begun.elapsed().saturating_sub(last_frame) < SILENT_CAMERA => continue,
                Ok(None) => {
                    return self.failed(
                        job,
                        codes::CAMERA_LOST,
                        "no usable picture for five seconds".into(),
                    );
                }
                Err(error) => return self.failed(job, codes::CAMERA_LOST, error.to_string()),
            };
            let now = begun.elapsed();
            last_frame = now;
            if preview && last_preview.is_none_or(|last| now.saturating_sub(last) >= PREVIEW_GAP) {
                last_preview = Some(now);
                self.preview(job, &frame)?;
            }
            // Dark and overexposed frames are shown and counted, never judged; the person hears what is wrong with the light.
            let light = camera.light().filter(|light| *light != Verdict::Fine);
            let seen = match light {
                Some(light) => Ok(examination.unlit(now, light)),
                None => examination.frame(now, &frame.picture),
            };
            let seen = match seen {
                Ok(seen) => seen,
                Err(error) => {
                    return self.failed(job, codes::INFERENCE_FAILED, error.to_string());
                }
            };
            if let Some(infrared) = &mut infrared {
                if seen.started_over {
                    infrared.start_over();
                }
                let left = FRAME_TIME.saturating_sub(begun.elapsed().saturating_sub(now));
                let looked = match seen.face {
                    Some(place) => infrared.look(now, place, left, &self.recogniser),
                    None => Ok(None),
                };
                match looked {
                    Ok(Some(ground)) => examination.doubt(ground),
                    Ok(None) => {}
                    Err(error) => {
                        return self.failed(job, codes::INFERENCE_FAILED, error.to_string());
                    }
                }
            }
            if let Some(guidance) = seen.guidance {
                let visit = job.visit;
                self.send(job, Event::Guidance { visit, guidance })?;
            }
            let Some(outcome) = seen.outcome else {
                continue;
            };
            let (FaceOutcome::Matched { .. }, Some(infrared)) = (&outcome, infrared.as_mut())
            else {
                return Ok(outcome);
            };
            return match infrared.settle(now, &self.recogniser, || self.beat()) {
                Ok(None) => Ok(outcome),
                Ok(Some(ground)) => Ok(FaceOutcome::NotAlive { ground }),
                Err(error) => self.failed(job, codes::INFERENCE_FAILED, error.to_string()),
            };
        }
    }

    fn enrol(&self, photo: &[u8]) -> Result<Embedding, PhotoUse> {
        let picture = jp2::decode(photo).map_err(|error| PhotoUse::Photo(error.to_string()))?;
        self.beat();
        self.recogniser
            .enrol(&picture)
            .map_err(|error| match error {
                PhotoError::Model(error) => PhotoUse::Model(error.to_string()),
                unusable => PhotoUse::Photo(unusable.to_string()),
            })
    }

    fn preview(&self, job: Job, frame: &Frame) -> Result<(), Ended> {
        let own = frame
            .jpeg
            .as_ref()
            .filter(|bytes| bytes.len() <= PREVIEW_BYTES && jpeg::has_tables(bytes));
        let payload = match own {
            Some(bytes) => bytes.clone(),
            None => match jpeg::encode(&frame.picture, PREVIEW_QUALITY) {
                Ok(bytes) => bytes,
                Err(_) => return Ok(()),
            },
        };
        self.show(job, payload)
    }

    fn show(&self, job: Job, payload: Zeroizing<Vec<u8>>) -> Result<(), Ended> {
        if !self.jobs.is_open(job) {
            return Ok(());
        }
        // A reader that does not keep up loses previews, nothing else.
        match self.events.try_send(Outgoing {
            peer: job.peer,
            event: Event::Preview { visit: job.visit },
            payload,
        }) {
            Ok(()) | Err(TrySendError::Full(_)) => Ok(()),
            Err(TrySendError::Disconnected(_)) => Err(Ended),
        }
    }

    /// The camera or the computation failed: said with a code, and the visit goes on by another way (invariant 7).
    fn failed(&self, job: Job, code: Code, detail: String) -> Result<FaceOutcome, Ended> {
        self.send(
            job,
            Event::Problem {
                code: code.code.into(),
                detail: detail.clone(),
            },
        )?;
        Ok(FaceOutcome::CameraGone { detail })
    }

    fn finish(&self, job: Job, outcome: FaceOutcome, took: Duration) -> Result<(), Ended> {
        let told = serde_json::to_value(&outcome).unwrap_or_default();
        let word = |field: &str| {
            told.get(field)
                .and_then(serde_json::Value::as_str)
                .unwrap_or("-")
        };
        tracing::info!(
            visit = format!("{:016x}", job.visit),
            outcome = word("result"),
            ground = word("ground"),
            ms = took.as_millis() as u64,
            "face check ended"
        );
        if self.jobs.close(job) {
            self.put(
                job.peer,
                Event::Outcome {
                    visit: job.visit,
                    outcome,
                },
            )?;
        }
        Ok(())
    }

    fn send(&self, job: Job, event: Event) -> Result<(), Ended> {
        if self.jobs.is_open(job) {
            self.put(job.peer, event)
        } else {
            Ok(())
        }
    }

    fn put(&self, peer: u64, event: Event) -> Result<(), Ended> {
        self.events
            .send(Outgoing {
                peer,
                event,
                payload: Zeroizing::default(),
            })
            .map_err(|_| Ended)
    }

    fn beat(&self) {
        self.beat
            .store(self.started.elapsed().as_millis() as u64, Ordering::Relaxed);
    }
}

enum PhotoUse {
    Photo(String),
    Model(String),
}
