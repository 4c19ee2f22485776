//! The simulated camera: pictures of whoever stands before it, pushed over a Unix socket to the
//! vision worker. A frame is its length (u32, big endian) and a JPEG of 640x480, fifteen times a
//! second. Plain threads, so that it runs with and without Tokio.

pub mod card_front;
mod compose;
mod face;
mod head;
pub mod held_card;
mod hold_up;
mod mesh;
mod plane;
mod present;
mod stage;

use std::fs;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use card_front::Print;
use compose::Scene;
pub use compose::{FACE_HEIGHT, HEIGHT, WIDTH};
pub use face::{CameraMode, Face};
pub use head::Head;
use hold_up::HeldUp;
pub use plane::Pose;
pub use present::{Kind, Presentation};
use stage::{Before, Shared, Shot, State};

/// Time from one frame to the next.
pub const FRAME_TIME: Duration = Duration::from_micros(66_667);
/// Degrees from one frame to the next: 45 a second.
const TURN_STEP: f32 = 3.0;
/// Degrees that a head turns at most.
pub const FARTHEST: f32 = 40.0;
const MAX_VIEWERS: usize = 4;
/// A worker that does not read loses its stream, as a camera's buffers run over.
const WRITE_LIMIT: Duration = Duration::from_secs(2);

/// Why the camera can't show what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CameraError {
    /// The socket can't be made.
    #[error("the camera socket {} can't be made", path.display())]
    Socket {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no such portrait.
    #[error("there is no portrait {name:?} in {}", dir.display())]
    NoSuchFace {
        /// The name asked for.
        name: String,
        /// Where portraits are.
        dir: PathBuf,
    },
    /// A presentation is of one person, and there is none, or there are two.
    #[error("one person must stand before the camera whose picture is presented, not {0}")]
    NotOne(Face),
    /// Somebody else came while the picture of the one before was being made.
    #[error("somebody else stands before the camera now ({0}): nothing was presented")]
    Changed(Face),
    /// A presentation with a second person needs one; one without has none.
    #[error("{}", if .0.has_other() { format!("{} shows another person, too: say who (--other NAME)", .0) } else { format!("{} shows nobody else: leave --other out", .0) })]
    Other(Kind),
    /// Nothing is known of the portrait's shape.
    #[error("{} has no points beside it (NAME.points.json, made by `uketsuke-vision landmarks`): it can neither turn nor be presented", path.display())]
    NoPoints {
        /// The portrait.
        path: PathBuf,
    },
    /// The portrait can't be decoded.
    #[error("the portrait {} can't be decoded", path.display())]
    Undecodable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: image::ImageError,
    },
    /// A frame can't be encoded.
    #[error("a frame can't be encoded")]
    Encode(#[source] image::ImageError),
    /// The letters of a card's front can't be drawn.
    #[error("the font of card fronts can't be loaded (Debian package fonts-noto-cjk)")]
    Font(#[source] io::Error),
}

fn scene(portraits: &Path, face: &Face) -> Result<Scene, CameraError> {
    let pictures = face
        .names()
        .into_iter()
        .map(|name| portrait(portraits, name))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Scene::new(&pictures))
}

fn portrait(dir: &Path, name: &str) -> Result<(PathBuf, image::RgbImage), CameraError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let path = dir.join(format!("{name}.jpg"));
    if name.is_empty() || !name.bytes().all(plain) || !path.is_file() {
        return Err(CameraError::NoSuchFace {
            name: name.to_owned(),
            dir: dir.to_owned(),
        });
    }
    match image::open(&path) {
        Ok(picture) => Ok((path, picture.into_rgb8())),
        Err(source) => Err(CameraError::Undecodable { path, source }),
    }
}

/// A portrait as a head that turns.
fn head(dir: &Path, name: &str) -> Result<Head, CameraError> {
    let (path, picture) = portrait(dir, name)?;
    let scaled = compose::scaled(&picture, FACE_HEIGHT);
    Head::load(&path, scaled, picture.dimensions()).ok_or(CameraError::NoPoints { path })
}

/// The first `count` frames of somebody before the camera, as JPEG: for cameras of another kind than this one.
pub fn frames(portraits: &Path, face: &Face, count: u64) -> Result<Vec<Vec<u8>>, CameraError> {
    let scene = scene(portraits, face)?;
    (0..count)
        .map(|number| scene.jpeg(number, 0.0).map_err(CameraError::Encode))
        .collect()
}

/// The running camera. Dropping it closes the streams and removes the socket.
pub struct CameraServer {
    shared: Arc<Shared>,
    portraits: PathBuf,
    socket: PathBuf,
    /// Closed to end the accepting thread.
    wake: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl CameraServer {
    /// Starts with nobody before the camera. `portraits` holds pictures named `<face>.jpg`.
    pub fn start(socket: &Path, portraits: &Path) -> Result<Self, CameraError> {
        let failed = |source| CameraError::Socket {
            path: socket.to_owned(),
            source,
        };
        let listener = bind(socket).map_err(failed)?;
        let (wake, woken) = UnixStream::pair().map_err(failed)?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State::empty()),
            changed: Condvar::new(),
            viewers: AtomicUsize::new(0),
        });
        let server = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("sim-camera".to_owned())
            .spawn(move || accept(&listener, &woken, &server))
            .map_err(failed)?;
        Ok(Self {
            shared,
            portraits: portraits.to_owned(),
            socket: socket.to_owned(),
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// Where the vision worker connects (`--source stream:SOCKET`).
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Puts somebody before the camera, as they are. A card that is held up goes on being held up, by this person.
    pub fn set_face(&self, face: &Face) -> Result<(), CameraError> {
        let before = Arc::new(Before::Themselves(scene(&self.portraits, face)?));
        let former = self.shared.state().held_up.clone();
        let held_up = former
            .map(|card| HeldUp::draw(&self.portraits, face, &card.owner, &card.print))
            .transpose()?
            .map(Arc::new);
        let mut state = self.shared.state();
        state.face = face.clone();
        state.kind = Kind::BonaFide;
        state.face_front();
        state.before = before;
        state.held_up = held_up;
        Ok(())
    }

    /// Presents something in place of the one person who stands there (whose picture is on the print, screen or mask); [`Kind::BonaFide`] shows
    /// the person again. `other` is whoever else is seen, for the kinds that have such a one. A card that was held up is put down.
    pub fn present(&self, kind: Kind, other: Option<&str>) -> Result<(), CameraError> {
        if kind.has_other() != other.is_some() {
            return Err(CameraError::Other(kind));
        }
        let face = self.face();
        if kind == Kind::BonaFide {
            let themselves = scene(&self.portraits, &face)?;
            return self.put(&face, kind, Before::Themselves(themselves));
        }
        let Face::Portrait(name) = &face else {
            return Err(CameraError::NotOne(face));
        };
        let victim = Arc::new(head(&self.portraits, name)?);
        let attacker = match other {
            Some(other) => Arc::new(head(&self.portraits, other)?),
            None => Arc::clone(&victim),
        };
        let presentation = Presentation::new(kind, victim, attacker, 0);
        self.put(&face, kind, Before::Presented(presentation))
    }

    /// Shows this in place of `face`. Whoever came meanwhile stands there as they are, and it is said.
    fn put(&self, face: &Face, kind: Kind, before: Before) -> Result<(), CameraError> {
        let mut state = self.shared.state();
        if state.face != *face {
            return Err(CameraError::Changed(state.face.clone()));
        }
        state.kind = kind;
        state.face_front();
        state.before = Arc::new(before);
        state.held_up = None;
        Ok(())
    }

    /// What is presented in place of who stands there; [`Kind::BonaFide`]: nothing.
    pub fn presented(&self) -> Kind {
        self.shared.state().kind
    }

    /// Lets whoever stands there hold a card's front up to the camera. `owner` is whose card it is, for [`Self::held_up`]. Drawing it takes
    /// a second.
    pub fn hold_up(&self, owner: &str, print: &Print) -> Result<(), CameraError> {
        let card = HeldUp::draw(&self.portraits, &self.face(), owner, print)?;
        self.shared.state().held_up = Some(Arc::new(card));
        Ok(())
    }

    /// The card is put down; nothing happens when none was held up.
    pub fn put_away(&self) {
        self.shared.state().held_up = None;
    }

    /// Whose card is held up.
    pub fn held_up(&self) -> Option<String> {
        let state = self.shared.state();
        state.held_up.as_ref().map(|card| card.owner.clone())
    }

    /// Who stands there.
    pub fn face(&self) -> Face {
        self.shared.state().face.clone()
    }

    /// Live, frozen or gone.
    pub fn set_mode(&self, mode: CameraMode) {
        self.shared.state().mode = mode;
        self.shared.changed.notify_all();
    }

    /// Lets the person turn the head to a yaw in degrees (positive: the nose to the picture's left, the person's own right), at the pace of
    /// a person.
    pub fn turn(&self, yaw: f32) {
        self.turn_until(yaw, None);
    }

    /// The same for so long; then the head turns back to the front.
    pub fn turn_for(&self, yaw: f32, time: Duration) {
        self.turn_until(yaw, Instant::now().checked_add(time));
    }

    fn turn_until(&self, yaw: f32, until: Option<Instant>) {
        let mut state = self.shared.state();
        state.goal = yaw.clamp(-FARTHEST, FARTHEST);
        state.until = until;
    }

    /// Where the head is being turned to, degrees as in [`Self::turn`].
    pub fn turned(&self) -> f32 {
        self.shared.state().goal()
    }

    /// Unplugs the camera, or plugs it in again.
    pub fn set_gone(&self, gone: bool) {
        self.set_mode(if gone {
            CameraMode::Gone
        } else {
            CameraMode::Live
        });
    }

    /// Live, frozen or gone.
    pub fn mode(&self) -> CameraMode {
        self.shared.state().mode
    }

    /// How many streams are open.
    pub fn viewers(&self) -> usize {
        self.shared.viewers.load(Ordering::Relaxed)
    }

    /// Names of the portraits there are.
    pub fn faces(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.portraits) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| {
                let name = entry.ok()?.file_name().into_string().ok()?;
                name.strip_suffix(".jpg").map(str::to_owned)
            })
            .collect();
        names.sort();
        names
    }

    /// One frame as JPEG, as a viewer gets it once the head is where it is being turned to.
    pub fn snapshot(&self) -> Result<Vec<u8>, CameraError> {
        let shot = Shot::of(&self.shared.state());
        shot.jpeg(0, shot.goal).map_err(CameraError::Encode)
    }

    /// Closes the streams and removes the socket.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for CameraServer {
    fn drop(&mut self) {
        self.shared.state().stop = true;
        self.shared.changed.notify_all();
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = fs::remove_file(&self.socket);
    }
}

/// Takes over the path of a socket that nobody listens on any more, and of nothing else.
fn bind(path: &Path) -> io::Result<UnixListener> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_socket());
    if is_socket && UnixStream::connect(path).is_err() {
        fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn accept(listener: &UnixListener, woken: &UnixStream, shared: &Arc<Shared>) {
    let mut viewers: Vec<JoinHandle<()>> = Vec::new();
    loop {
        let mut fds = [
            PollFd::new(listener.as_fd(), PollFlags::POLLIN),
            PollFd::new(woken.as_fd(), PollFlags::POLLIN),
        ];
        if poll(&mut fds, PollTimeout::NONE).is_err() && !shared.state().stop {
            continue;
        }
        if shared.state().stop {
            break;
        }
        viewers.retain(|viewer| !viewer.is_finished());
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) => {
                if error.kind() != io::ErrorKind::WouldBlock {
                    // Out of file descriptors, most likely: turning at full speed would not help.
                    let state = shared.state();
                    let _ = shared.changed.wait_timeout(state, FRAME_TIME);
                }
                continue;
            }
        };
        if viewers.len() >= MAX_VIEWERS {
            // Who has gone is noticed with the next frame; somebody who looks again at once is not to be turned away for that.
            let state = shared.state();
            drop(shared.changed.wait_timeout(state, 2 * FRAME_TIME));
            viewers.retain(|viewer| !viewer.is_finished());
        }
        if viewers.len() >= MAX_VIEWERS {
            continue;
        }
        let shared = Arc::clone(shared);
        let spawned = thread::Builder::new()
            .name("sim-camera-view".to_owned())
            .spawn(move || {
                shared.viewers.fetch_add(1, Ordering::Relaxed);
                if let Err(error) = push(stream, &shared) {
                    tracing::debug!(%error, "a camera stream ended");
                }
                shared.viewers.fetch_sub(1, Ordering::Relaxed);
            });
        match spawned {
            Ok(viewer) => viewers.push(viewer),
            Err(error) => tracing::warn!(%error, "no thread for a camera stream"),
        }
    }
    for viewer in viewers {
        let _ = viewer.join();
    }
}

fn push(mut stream: UnixStream, shared: &Shared) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(WRITE_LIMIT))?;
    let mut due = Instant::now();
    let mut number = 0u64;
    let mut yaw = 0.0f32;
    while let Some(shot) = shared.wait(due) {
        yaw += (shot.goal - yaw).clamp(-TURN_STEP, TURN_STEP);
        let jpeg = shot.jpeg(number, yaw).map_err(io::Error::other)?;
        let length = u32::try_from(jpeg.len()).map_err(io::Error::other)?;
        stream.write_all(&length.to_be_bytes())?;
        stream.write_all(&jpeg)?;
        number = number.wrapping_add(1);
        // Never try to catch up: a camera drops what it could not deliver.
        due = (due + FRAME_TIME).max(Instant::now());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody came while the picture of who stood there before was being made: it is not shown, and it is said who is there.
    #[test]
    fn what_was_made_of_somebody_who_has_gone_is_not_presented() {
        let run = tempfile::tempdir().unwrap();
        let white = image::RgbImage::from_pixel(60, 80, image::Rgb([255; 3]));
        for name in ["first", "second"] {
            white.save(run.path().join(format!("{name}.jpg"))).unwrap();
        }
        let camera = CameraServer::start(&run.path().join("camera.sock"), run.path()).unwrap();
        let [first, second] = ["first", "second"].map(|name| Face::Portrait(name.to_owned()));
        camera.set_face(&second).unwrap();
        camera.turn_for(20.0, Duration::from_secs(60));
        let nothing = || Before::Themselves(Scene::empty());
        let error = camera.put(&first, Kind::Phone, nothing()).unwrap_err();
        assert!(matches!(&error, CameraError::Changed(there) if *there == second));
        assert!(error.to_string().contains("second"), "{error}");
        assert_eq!(
            (camera.presented(), camera.face()),
            (Kind::BonaFide, second.clone())
        );
        assert!(camera.turned() > 19.0, "nothing has changed");
        camera.put(&second, Kind::Phone, nothing()).unwrap();
        assert_eq!((camera.presented(), camera.turned()), (Kind::Phone, 0.0));
        assert!(camera.shared.state().until.is_none());
    }
}
