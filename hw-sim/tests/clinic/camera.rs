//! The camera's stream, read as the vision worker reads it.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use hw_sim::camera::card_front::Print;
use hw_sim::camera::{CameraError, CameraMode, CameraServer, Face, Kind};
use image::{ImageFormat, Rgb, RgbImage};

/// A folder with two plain pictures that can be told apart by their colour.
fn portraits() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, colour) in [("red", [200, 30, 30]), ("blue", [30, 30, 200])] {
        RgbImage::from_pixel(300, 400, Rgb(colour))
            .save_with_format(folder.path().join(format!("{name}.jpg")), ImageFormat::Jpeg)
            .unwrap();
    }
    folder
}

struct Viewer(UnixStream);

impl Viewer {
    fn open(path: &Path) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        Self(stream)
    }

    fn jpeg(&mut self) -> std::io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length)?;
        let mut jpeg = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut jpeg)?;
        Ok(jpeg)
    }

    fn picture(&mut self) -> RgbImage {
        let jpeg = self.jpeg().unwrap();
        image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg)
            .unwrap()
            .into_rgb8()
    }
}

/// Share of the pixels in which the first channel outweighs the last, or the other way round.
fn shares(picture: &RgbImage) -> (f32, f32) {
    let count = |f: fn(&Rgb<u8>) -> bool| {
        picture.pixels().filter(|p| f(p)).count() as f32 / (640.0 * 480.0)
    };
    (
        count(|p| p[0] > p[2].saturating_add(60)),
        count(|p| p[2] > p[0].saturating_add(60)),
    )
}

#[test]
fn frames_are_640x480_and_never_the_same() {
    let (folder, run) = (portraits(), tempfile::tempdir().unwrap());
    let camera = CameraServer::start(&run.path().join("camera.sock"), folder.path()).unwrap();
    camera.set_face(&Face::Portrait("red".to_owned())).unwrap();
    let mut viewer = Viewer::open(camera.socket());
    let begin = Instant::now();
    let frames: Vec<RgbImage> = (0..5).map(|_| viewer.picture()).collect();
    assert!(
        begin.elapsed() >= Duration::from_millis(200),
        "fifteen a second, not faster"
    );
    for (n, frame) in frames.iter().enumerate() {
        assert_eq!(frame.dimensions(), (640, 480));
        assert!(shares(frame).0 > 0.2, "frame {n} shows the portrait");
        assert!(frames.iter().skip(n + 1).all(|other| other != frame));
    }
}

#[test]
fn it_shows_who_is_asked_for() {
    let (folder, run) = (portraits(), tempfile::tempdir().unwrap());
    let camera = CameraServer::start(&run.path().join("camera.sock"), folder.path()).unwrap();
    let mut viewer = Viewer::open(camera.socket());
    let mut see = |face: Face| {
        camera.set_face(&face).unwrap();
        assert_eq!(camera.face(), face);
        // What was in the socket before the change goes by.
        (0..60).find_map(|_| {
            let (red, blue) = shares(&viewer.picture());
            let seen = match (red > 0.05, blue > 0.05) {
                (false, false) => Face::None,
                (true, false) => Face::Portrait("red".to_owned()),
                (false, true) => Face::Portrait("blue".to_owned()),
                (true, true) => Face::Two("red".to_owned(), "blue".to_owned()),
            };
            (seen == face).then_some(())
        })
    };
    for face in ["none", "red", "red+blue", "blue", "none"] {
        assert!(see(face.parse().unwrap()).is_some(), "{face}");
    }
}

#[test]
fn gone_closes_the_stream_and_live_takes_it_again() {
    let (folder, run) = (portraits(), tempfile::tempdir().unwrap());
    let camera = CameraServer::start(&run.path().join("camera.sock"), folder.path()).unwrap();
    let mut viewer = Viewer::open(camera.socket());
    viewer.jpeg().unwrap();
    camera.set_gone(true);
    assert!((0..100).any(|_| viewer.jpeg().is_err()), "the stream ends");
    assert!(
        Viewer::open(camera.socket()).jpeg().is_err(),
        "and none begins"
    );
    camera.set_gone(false);
    Viewer::open(camera.socket()).jpeg().unwrap();
}

#[test]
fn frozen_stays_connected_and_silent() {
    let (folder, run) = (portraits(), tempfile::tempdir().unwrap());
    let camera = CameraServer::start(&run.path().join("camera.sock"), folder.path()).unwrap();
    let mut viewer = Viewer::open(camera.socket());
    viewer.jpeg().unwrap();
    camera.set_mode(CameraMode::Frozen);
    viewer
        .0
        .set_read_timeout(Some(Duration::from_millis(400)))
        .unwrap();
    let end = (0..100).find_map(|_| viewer.jpeg().err()).unwrap();
    assert_eq!(
        end.kind(),
        std::io::ErrorKind::WouldBlock,
        "silent, not closed"
    );
    assert_eq!(camera.viewers(), 1);
    camera.set_mode(CameraMode::Live);
    viewer.jpeg().unwrap();
}

#[test]
fn unknown_faces_and_broken_pictures_are_refused_and_change_nothing() {
    let (folder, run) = (portraits(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("broken.jpg"), b"no picture").unwrap();
    let camera = CameraServer::start(&run.path().join("camera.sock"), folder.path()).unwrap();
    let red = Face::Portrait("red".to_owned());
    camera.set_face(&red).unwrap();
    for bad in ["nobody", "../red", "", "red+nobody"] {
        let error = camera.set_face(&bad.parse().unwrap()).unwrap_err();
        assert!(matches!(error, CameraError::NoSuchFace { .. }), "{bad}");
    }
    let error = camera.set_face(&Face::Portrait("broken".to_owned()));
    assert!(matches!(error, Err(CameraError::Undecodable { .. })));
    assert_eq!(camera.face(), red);
    assert_eq!(camera.faces(), ["blue", "broken", "red"]);
}

#[test]
fn the_socket_goes_with_the_camera_and_a_stale_one_is_taken_over() {
    let (folder, run) = (portraits(), tempfile::tempdir().unwrap());
    let path = run.path().join("camera.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "stale");
    let camera = CameraServer::start(&path, folder.path()).unwrap();
    assert!(
        CameraServer::start(&path, folder.path()).is_err(),
        "one that is in use is left alone"
    );
    let mut viewer = Viewer::open(&path);
    viewer.jpeg().unwrap();
    camera.shutdown();
    assert!(!path.exists());
    assert!((0..100).any(|_| viewer.jpeg().is_err()), "the stream ends");
    std::fs::write(&path, b"a file of somebody").unwrap();
    assert!(CameraServer::start(&path, folder.path()).is_err());
    assert!(path.exists());
}

/// The card is seen at once, before whoever stands there, also when somebody else takes the place; put away, the person is seen again.
#[test]
fn a_card_is_held_up_and_put_away() {
    let (folder, run) = (portraits(), tempfile::tempdir().unwrap());
    let camera = CameraServer::start(&run.path().join("camera.sock"), folder.path()).unwrap();
    camera.set_face(&Face::Portrait("red".to_owned())).unwrap();
    let print = Print {
        name: "架空 太郎".into(),
        address: "東京都架空市".into(),
        sex: "男".into(),
        birth: "昭和55年2月17日".into(),
        expiry: "2035年2月17日".into(),
        code: "2285".into(),
        addenda: Vec::new(),
    };
    // The middle of the picture is the card's light ground, or the person in red.
    let light = |picture: &RgbImage| {
        picture
            .get_pixel(330, 300)
            .0
            .iter()
            .all(|value| *value > 170)
    };
    let red = |picture: &RgbImage| shares(picture).0;
    assert_eq!(camera.held_up(), None);
    camera.hold_up("taro", &print).unwrap();
    assert_eq!(camera.held_up().as_deref(), Some("taro"));
    let mut viewer = Viewer::open(camera.socket());
    let (first, second) = (viewer.picture(), viewer.picture());
    assert!(light(&first) && red(&first) > 0.02, "{}", red(&first));
    assert_ne!(first, second, "a hand is never still");
    camera.set_face(&Face::Portrait("blue".to_owned())).unwrap();
    let other = image::load_from_memory(&camera.snapshot().unwrap()).unwrap();
    let other = other.into_rgb8();
    assert!(light(&other) && shares(&other).1 > red(&other));
    camera.put_away();
    let without = image::load_from_memory(&camera.snapshot().unwrap()).unwrap();
    let without = without.into_rgb8();
    assert!(!light(&without) && shares(&without).1 > 0.2);
    assert_eq!(camera.held_up(), None);
}

/// Somebody is seen as they are, then on paper, then themselves again; a turn ends by itself; and what can't be presented changes nothing.
#[test]
fn something_else_is_presented_and_heads_turn_for_a_time() {
    let (plain, run) = (portraits(), tempfile::tempdir().unwrap());
    let camera = CameraServer::start(
        &run.path().join("camera.sock"),
        &crate::support::portraits(),
    )
    .unwrap();
    let see = || {
        let frame = camera.snapshot().unwrap();
        image::load_from_memory(&frame).unwrap().into_rgb8()
    };
    let differs = |one: &RgbImage, other: &RgbImage| {
        let pairs = one.as_raw().iter().zip(other.as_raw());
        let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / one.as_raw().len() as f64
    };
    let refused = camera.present(Kind::Phone, None).unwrap_err();
    assert!(matches!(refused, CameraError::NotOne(Face::None)));
    camera.set_face(&Face::Portrait("obama".into())).unwrap();
    let themselves = see();
    let mut kinds: Vec<(Kind, RgbImage)> = Vec::new();
    for kind in Kind::ALL.into_iter().skip(1) {
        let other = kind.has_other().then_some("biden");
        camera.present(kind, other).unwrap();
        assert_eq!((camera.presented(), camera.turned()), (kind, 0.0));
        camera.turn(-24.0);
        let turned = see();
        let before = differs(&themselves, &turned);
        assert!(before > 3.0, "{kind}: {before}");
        for (earlier, picture) in &kinds {
            let far = differs(picture, &turned);
            // Both are the other person, when turned.
            let alike = [Kind::Other, Kind::Swap, Kind::LateSwap];
            let same = alike.contains(&kind) && alike.contains(earlier);
            assert!(same || far > 0.3, "{kind} and {earlier}: {far}");
        }
        kinds.push((kind, turned));
    }
    for (kind, other, known) in [
        (Kind::Swap, None, false),
        (Kind::Phone, Some("biden"), false),
        (Kind::Swap, Some("nobody"), true),
    ] {
        let error = camera.present(kind, other).unwrap_err();
        assert_eq!(matches!(error, CameraError::NoSuchFace { .. }), known);
        assert_eq!(camera.presented(), Kind::LateSwap);
    }
    camera.present(Kind::BonaFide, None).unwrap();
    assert_eq!(see(), themselves);
    camera.turn_for(24.0, Duration::from_millis(300));
    assert!(camera.turned() > 23.0 && differs(&themselves, &see()) > 1.0);
    let end = Instant::now() + Duration::from_millis(350);
    while Instant::now() < end {
        std::thread::park_timeout(Duration::from_millis(50));
    }
    assert_eq!((camera.turned(), see()), (0.0, themselves));

    let shapeless = CameraServer::start(&run.path().join("other.sock"), plain.path()).unwrap();
    let red = Face::Portrait("red".to_owned());
    shapeless.set_face(&red).unwrap();
    let error = shapeless.present(Kind::Phone, None).unwrap_err();
    assert!(matches!(error, CameraError::NoPoints { .. }), "{error}");
}
