//! What the link makes of a worker, its camera, and their absence.

use super::*;

fn worker() -> Worker {
    Worker {
        version: PROTOCOL_VERSION,
        recipe: vision::RECIPE.into(),
        source: "v4l2:/dev/uketsuke-camera".into(),
        simulated: false,
        camera: None,
        beside: Vec::new(),
        open: vec!["files".into()],
        reads_cards: false,
    }
}

fn setup(simulated: bool) -> (Setup, mpsc::Receiver<Message>) {
    let (engine, mail) = mpsc::channel(8);
    let setup = Setup {
        socket: PathBuf::new(),
        simulated,
        recipe: vision::RECIPE.into(),
        engine,
        preview: Preview::default(),
        board: Arc::default(),
    };
    (setup, mail)
}

fn hello(of: Worker) -> Event {
    Event::Hello {
        version: of.version,
        recipe: of.recipe,
        source: of.source,
        simulated: of.simulated,
        models: Vec::new(),
        open: of.open,
        reads_cards: of.reads_cards,
    }
}

const CAMERA: Event = Event::Camera {
    ok: true,
    detail: String::new(),
    width: 640,
    height: 480,
    fps: 30,
    beside: Vec::new(),
};

fn no_camera(why: &str) -> Event {
    Event::Camera {
        ok: false,
        detail: why.to_owned(),
        width: 0,
        height: 0,
        fps: 0,
        beside: Vec::new(),
    }
}

/// What the engine was told of the face check, one after the other.
fn told(mail: &mut mpsc::Receiver<Message>) -> Vec<Result<(), &'static str>> {
    let mut told = Vec::new();
    while let Ok(Message::FaceAvailable(state, _)) = mail.try_recv() {
        told.push(state);
    }
    told
}

#[test]
fn invariant_13_a_worker_of_the_other_kind_is_not_used() {
    let spoilt: [fn(&mut Worker); 4] = [
        |w| w.simulated = true,
        |w| w.source = "pictures:/tmp".into(),
        |w| w.version += 1,
        |w| w.recipe = "another/1".into(),
    ];
    for spoil in spoilt {
        let mut of = worker();
        spoil(&mut of);
        let (setup, mut mail) = setup(false);
        let mut known = Known::default();
        assert!(carry(&setup, &mut known, hello(of), Zeroizing::default()).is_some());
        assert!(carry(&setup, &mut known, CAMERA, Zeroizing::default()).is_some());
        assert!(mail.try_recv().is_err(), "face was offered");
        assert!(setup.board.worker().is_none());
    }
}

#[test]
fn what_the_worker_says_of_itself_and_its_camera_is_kept_for_the_technician() {
    let (setup, mut mail) = setup(false);
    let mut known = Known::default();
    assert!(carry(&setup, &mut known, hello(worker()), Zeroizing::default()).is_none());
    // The engine's mailbox is bounded and blocking; a plain test thread may use it.
    assert!(carry(&setup, &mut known, CAMERA, Zeroizing::default()).is_none());
    assert!(matches!(
        mail.try_recv(),
        Ok(Message::FaceAvailable(Ok(()), _))
    ));
    let told = setup.board.worker().unwrap();
    assert_eq!(told.recipe, vision::RECIPE);
    assert_eq!(told.camera.unwrap().width, 640);
    assert_eq!(told.open, ["files"]);
    // The cameras beside it; told once, they stay known while a comparison goes on.
    let infrared = vision::protocol::Beside {
        role: "infrared".into(),
        source: "v4l2:/dev/uketsuke/infrared-camera".into(),
        there: true,
        missed: false,
    };
    for beside in [vec![infrared.clone()], Vec::new()] {
        let event = Event::Camera {
            ok: true,
            detail: String::new(),
            width: 640,
            height: 480,
            fps: 30,
            beside,
        };
        assert!(carry(&setup, &mut known, event, Zeroizing::default()).is_none());
    }
    assert_eq!(setup.board.worker().unwrap().beside, [infrared]);
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged meanwhile by this thread, line by line.
fn logged(work: impl FnOnce()) -> Vec<String> {
    // As in the engine's test of the log: side by side with tests that have no subscriber, what is logged here must not be switched off.
    let _ = tracing::subscriber::set_global_default(
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(std::io::sink)
            .finish(),
    );
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, work);
    let bytes = written.0.lock().unwrap().clone();
    String::from_utf8(bytes)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

fn warnings(lines: &[String]) -> Vec<&String> {
    lines.iter().filter(|line| line.contains("WARN")).collect()
}

/// A camera that freezes is told to the engine and to the log with its code, once, and so is that it is back.
#[test]
fn a_frozen_camera_is_logged_with_its_code() {
    let (setup, mut mail) = setup(false);
    let frozen = || no_camera("it opens, but delivers no picture");
    let lines = logged(|| {
        let mut known = Known::default();
        for event in [hello(worker()), CAMERA, frozen(), frozen(), CAMERA] {
            assert!(carry(&setup, &mut known, event, Zeroizing::default()).is_none());
        }
    });
    let warned = warnings(&lines);
    let [line] = warned.as_slice() else {
        panic!("{lines:#?}")
    };
    for word in ["UK-FACE-002", "delivers no picture", "camera"] {
        assert!(line.contains(word), "{line}");
    }
    assert!(lines.iter().any(|line| line.contains("is there again")));
    let told = told(&mut mail);
    assert_eq!(told, [Ok(()), Err("UK-FACE-002"), Ok(())]);
}

/// A worker that dies is told to the engine and to the log with its code.
#[test]
fn a_worker_that_dies_is_logged_with_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("vision.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let (mut setup, mut mail) = setup(false);
    setup.socket = socket;
    let dying = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for event in [hello(worker()), CAMERA] {
            vision::protocol::write_message(&mut stream, &event, &[]).unwrap();
        }
        let there = mail.blocking_recv();
        assert!(matches!(there, Some(Message::FaceAvailable(Ok(()), _))));
        drop(stream);
        drop(listener);
        let gone = mail.blocking_recv();
        assert!(matches!(
            gone,
            Some(Message::FaceAvailable(Err("UK-FACE-011"), _))
        ));
        // The engine's end ends the link.
    });
    let lines = logged(|| keep_linked(&setup, &VisionLink::default()));
    dying.join().unwrap();
    let warned = warnings(&lines);
    let [line] = warned.as_slice() else {
        panic!("{lines:#?}")
    };
    for word in ["UK-FACE-011", "the face worker is gone", "hung up"] {
        assert!(line.contains(word), "{line}");
    }
}

/// A worker that is there, or back, without its camera: that is told and logged, also where the worker's own absence was told before; and the
/// other way round.
#[test]
fn a_camera_that_is_missing_is_told_where_the_worker_was_missing_before() {
    let (setup, mut mail) = setup(false);
    let absent = || no_camera("no such device");
    let lines = logged(|| {
        let mut known = Known::default();
        available(&setup, &mut known, Err(GONE), "at the start");
        for event in [hello(worker()), absent(), absent()] {
            assert!(carry(&setup, &mut known, event, Zeroizing::default()).is_none());
        }
        assert!(matches!(
            known.look(),
            Request::CheckCamera { picture: true }
        ));
        available(&setup, &mut known, Err(GONE), "it died");
        available(&setup, &mut known, Err(GONE), "it died");
    });
    let warned = warnings(&lines);
    let [line] = warned.as_slice() else {
        panic!("{lines:#?}")
    };
    for word in ["UK-FACE-002", "no such device"] {
        assert!(line.contains(word), "{line}");
    }
    let told = told(&mut mail);
    let (gone, camera) = (Err("UK-FACE-011"), Err("UK-FACE-002"));
    assert_eq!(told, [gone, camera, gone]);
}
