//! A worker on a thread with a frame server before it and a client behind it.

use std::io::Write;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use vision::client::VisionClient;
use vision::decode::jpeg;
use vision::engine::Sources;
use vision::protocol::{Challenge, Event, FaceOutcome, Guidance, Request};
use vision::server::{ServeError, ServerConfig, serve};
use vision::source::SourceSpec;
use zeroize::Zeroizing;

use crate::common::{models, scene};

pub(crate) const LONG: Duration = Duration::from_secs(60);

/// One comparison at a time, as in life: several at once on a small machine leave each too few frames a second.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Pushes frames at 15 a second to whoever connects, until dropped; nothing while it is empty.
pub(crate) struct FrameServer {
    pub(crate) frames: Arc<Mutex<Vec<Vec<u8>>>>,
    pub(crate) cut: Arc<AtomicBool>,
    pub(crate) stop: Option<Sender<()>>,
    pub(crate) thread: Option<JoinHandle<()>>,
}

impl FrameServer {
    pub(crate) fn start(path: &Path, frames: Vec<Vec<u8>>) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (stop, stopped) = channel::<()>();
        let frames = Arc::new(Mutex::new(frames));
        let cut = Arc::new(AtomicBool::new(false));
        let (shown, unplugged) = (Arc::clone(&frames), Arc::clone(&cut));
        let thread = std::thread::spawn(move || {
            let mut viewers: Vec<UnixStream> = Vec::new();
            for number in 0usize.. {
                if let Ok((stream, _)) = listener.accept() {
                    stream.set_nonblocking(false).unwrap();
                    stream
                        .set_write_timeout(Some(Duration::from_secs(1)))
                        .unwrap();
                    viewers.push(stream);
                }
                if unplugged.load(Ordering::SeqCst) {
                    viewers.clear();
                }
                let frames = shown.lock().unwrap().clone();
                if let Some(frame) = frames.get(number % frames.len().max(1)) {
                    let framed = [&(frame.len() as u32).to_be_bytes(), frame.as_slice()].concat();
                    viewers.retain_mut(|viewer| viewer.write_all(&framed).is_ok());
                }
                if stopped.recv_timeout(Duration::from_millis(66))
                    != Err(std::sync::mpsc::RecvTimeoutError::Timeout)
                {
                    return;
                }
            }
        });
        Self {
            frames,
            cut,
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for FrameServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Frames of the same scene, each moved by a pixel at most.
pub(crate) fn frames(files: &[&str], height: usize) -> Vec<Vec<u8>> {
    let moves = [(0, 0), (1, 0), (1, 1), (0, 1)];
    moves
        .map(|(dx, dy)| {
            jpeg::encode(&scene(files, height, dx, dy), 88)
                .unwrap()
                .to_vec()
        })
        .to_vec()
}

/// A worker on a thread, its frame server, and a client of it.
pub(crate) struct Bench {
    pub(crate) client: VisionClient,
    pub(crate) events: Receiver<(Event, Zeroizing<Vec<u8>>)>,
    pub(crate) camera: FrameServer,
    pub(crate) socket: PathBuf,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) worker: Option<JoinHandle<Result<(), ServeError>>>,
    pub(crate) _folder: tempfile::TempDir,
    pub(crate) _turn: MutexGuard<'static, ()>,
}

impl Bench {
    pub(crate) fn start(frames: Vec<Vec<u8>>) -> Self {
        Self::with_infrared(frames, &[])
    }

    /// The infrared camera's pictures vanish, as when its cable is pulled.
    pub(crate) fn pull_infrared(&self) {
        std::fs::remove_dir_all(self._folder.path().join("infrared")).unwrap();
    }

    /// The infrared camera shows something else now.
    pub(crate) fn show_infrared(&self, pictures: &[Vec<u8>]) {
        let folder = self._folder.path().join("infrared");
        for (number, picture) in pictures.iter().enumerate() {
            let new = folder.join("new");
            std::fs::write(&new, picture).unwrap();
            std::fs::rename(new, folder.join(format!("{number}.jpg"))).unwrap();
        }
    }

    /// What the worker says of the cameras beside the one for faces.
    pub(crate) fn cameras(&self) -> Vec<vision::protocol::Beside> {
        self.client
            .send(&Request::CheckCamera { picture: false }, &[])
            .unwrap();
        let (Event::Camera { beside, .. }, _) = self.next() else {
            panic!("no word on the cameras")
        };
        beside
    }

    /// With an infrared camera that shows these pictures over and over; without one when there are none.
    pub(crate) fn with_infrared(frames: Vec<Vec<u8>>, infrared: &[Vec<u8>]) -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let camera_socket = folder.path().join("camera.sock");
        let camera = FrameServer::start(&camera_socket, frames);
        let pictures = folder.path().join("infrared");
        std::fs::create_dir(&pictures).unwrap();
        for (number, picture) in infrared.iter().enumerate() {
            std::fs::write(pictures.join(format!("{number}.jpg")), picture).unwrap();
        }
        let socket = folder.path().join("vision.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let config = ServerConfig {
            sources: Sources {
                face: SourceSpec::Stream(camera_socket),
                document: None,
                infrared: (!infrared.is_empty()).then_some(SourceSpec::Pictures(pictures)),
            },
            ocr: None,
            simulation: true,
            models: models(),
            attack_model: None,
            open: Vec::new(),
        };
        let worker = std::thread::spawn(move || serve(&listener, config, &stopping, || {}));
        let mut client = VisionClient::connect(&socket, Duration::from_secs(5)).unwrap();
        let events = client.events().unwrap();
        Self {
            client,
            events,
            camera,
            socket,
            stop,
            worker: Some(worker),
            _folder: folder,
            _turn: turn,
        }
    }

    pub(crate) fn begin(&self, visit: u64, photo: &[u8], deadline_ms: u32) {
        let request = Request::StartFace {
            visit,
            deadline_ms,
            threshold: 0.56,
            preview: true,
            challenge: Challenge::Off,
        };
        self.client.send(&request, photo).unwrap();
    }

    pub(crate) fn next(&self) -> (Event, Zeroizing<Vec<u8>>) {
        self.events.recv_timeout(LONG).expect("an event in time")
    }

    /// Everything up to the outcome of a visit: previews, guidance, problems, outcome.
    pub(crate) fn until_outcome(&self, wanted: u64) -> Heard {
        let mut heard = Heard::default();
        loop {
            match self.next() {
                (Event::Preview { visit }, payload) => {
                    assert_eq!(visit, wanted);
                    let picture = jpeg::decode(&payload).unwrap();
                    assert_eq!((picture.width(), picture.height()), (640, 480));
                    heard.previews += 1;
                }
                (Event::Guidance { visit, guidance }, _) => {
                    assert_eq!(visit, wanted);
                    heard.guidance.push(guidance);
                }
                (Event::Problem { code, .. }, _) => heard.problems.push(code),
                (Event::Outcome { visit, outcome }, _) => {
                    assert_eq!(visit, wanted);
                    heard.outcome = Some(outcome);
                    return heard;
                }
                (other, _) => panic!("{other:?}"),
            }
        }
    }

    pub(crate) fn nothing_more(&self) {
        let more = self.events.recv_timeout(Duration::from_millis(700));
        assert!(more.is_err(), "{:?}", more.map(|(event, _)| event));
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let ended = self.worker.take().unwrap().join().unwrap();
        if !std::thread::panicking() {
            ended.unwrap();
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) previews: u32,
    pub(crate) guidance: Vec<Guidance>,
    pub(crate) problems: Vec<String>,
    pub(crate) outcome: Option<FaceOutcome>,
}
