//! Asks the vision worker itself, over its own socket.

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use vision::client::VisionClient;
use vision::protocol::{Event, Request};
use zeroize::Zeroizing;

use super::vision_worker::{CameraSeen, Worker, WorkerSeen};
use crate::admin::BesideStatus;
use crate::input::Limits;
use crate::pcsc_walk::{SocketState, socket_state};

/// Greets the worker and has it try its camera.
pub(crate) fn probe(socket: &Path, limits: &Limits) -> (WorkerSeen, Option<CameraSeen>) {
    let state = socket_state(socket);
    if state != SocketState::Listening {
        return (WorkerSeen::Socket(state), None);
    }
    let silent = |reason: String| (WorkerSeen::Silent(reason), None);
    let mut client = match VisionClient::connect(socket, limits.local) {
        Ok(client) => client,
        Err(error) => return silent(error.to_string()),
    };
    let Some(events) = client.events() else {
        return silent("no events".into());
    };
    if let Err(error) = client.send(&Request::Hello, &[]) {
        return silent(error.to_string());
    }
    let hello = wait(&events, limits.local, |event| match event {
        Event::Hello {
            version,
            recipe,
            source,
            simulated,
            models,
            open,
            reads_cards: _,
        } => Some(Worker {
            version: format!("protocol {version}"),
            recipe,
            source,
            simulated: Some(simulated),
            models: Some(models.len()),
            beside: Vec::new(),
            open,
        }),
        _ => None,
    });
    let Some(mut worker) = hello else {
        return silent("no greeting".into());
    };
    let camera = client
        .send(&Request::CheckCamera { picture: true }, &[])
        .ok()
        .and_then(|()| {
            wait(&events, limits.camera, |event| match event {
                Event::Camera {
                    ok,
                    detail,
                    width,
                    height,
                    fps,
                    beside,
                } => {
                    let seen = CameraSeen {
                        ok,
                        detail,
                        size: (width, height),
                        fps: fps as f32,
                    };
                    Some((seen, beside))
                }
                _ => None,
            })
        });
    let camera = camera.map(|(seen, beside)| {
        worker.beside = beside
            .into_iter()
            .map(|camera| BesideStatus {
                role: camera.role,
                there: camera.there,
                missed: camera.missed,
            })
            .collect();
        seen
    });
    (WorkerSeen::Answered(worker), camera)
}

fn wait<T>(
    events: &Receiver<(Event, Zeroizing<Vec<u8>>)>,
    limit: Duration,
    pick: impl Fn(Event) -> Option<T>,
) -> Option<T> {
    let deadline = Instant::now() + limit;
    loop {
        let left = deadline.checked_duration_since(Instant::now())?;
        let (event, _payload) = events.recv_timeout(left).ok()?;
        if let Some(found) = pick(event) {
            return Some(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use vision::protocol::{Beside, read_message, write_message};

    use super::*;

    fn limits() -> Limits {
        let short = Duration::from_millis(300);
        Limits {
            local: Duration::from_secs(2),
            camera: short,
            ..Limits::default()
        }
    }

    /// A worker that speaks the real protocol and answers camera checks only when it has a camera.
    fn worker(path: &Path, camera: bool) {
        let listener = UnixListener::bind(path).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                while let Ok((request, _)) = read_message::<Request>(&mut stream) {
                    let event = match request {
                        Request::Hello => Event::Hello {
                            version: 1,
                            recipe: "r/1".into(),
                            source: "pictures:x".into(),
                            simulated: true,
                            models: vec![("m".into(), "00".into())],
                            open: vec!["files".into()],
                            reads_cards: false,
                        },
                        Request::CheckCamera { .. } if camera => Event::Camera {
                            ok: true,
                            detail: "d".into(),
                            width: 640,
                            height: 480,
                            fps: 30,
                            beside: vec![Beside {
                                role: "infrared".into(),
                                source: "pictures:y".into(),
                                there: false,
                                missed: true,
                            }],
                        },
                        _ => continue,
                    };
                    write_message(&mut stream, &event, &[]).unwrap();
                }
            }
        });
    }

    #[test]
    fn a_worker_with_a_camera_is_asked_for_both() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.sock");
        worker(&path, true);
        let (seen, camera) = probe(&path, &limits());
        assert_eq!(
            seen,
            WorkerSeen::Answered(Worker {
                version: "protocol 1".into(),
                recipe: "r/1".into(),
                source: "pictures:x".into(),
                simulated: Some(true),
                models: Some(1),
                beside: vec![BesideStatus {
                    role: "infrared".into(),
                    there: false,
                    missed: true,
                }],
                open: vec!["files".into()],
            })
        );
        assert_eq!(
            camera,
            Some(CameraSeen {
                ok: true,
                detail: "d".into(),
                size: (640, 480),
                fps: 30.0
            })
        );
    }

    #[test]
    fn a_camera_that_hangs_does_not_make_the_worker_look_broken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.sock");
        worker(&path, false);
        let (seen, camera) = probe(&path, &limits());
        assert!(
            matches!(seen, WorkerSeen::Answered(_)) && camera.is_none(),
            "{seen:?}"
        );
    }
}
