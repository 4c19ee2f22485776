//! The commands for technicians and evaluators, as they are run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::data;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_uketsuke-vision"))
        .args(arguments)
        .args(["--models", data("models").to_str().unwrap()])
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn json(arguments: &[&str]) -> serde_json::Value {
    let output = run(&[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn two_pictures_are_compared() {
    let portraits = data("portraits");
    let of = |name: &str| portraits.join(name);
    for (left, right, verdict) in [
        ("obama.jpg", "obama2.jp2", "match"),
        ("obama.jpg", "biden.jpg", "no-match"),
    ] {
        let told = json(&["compare", word(&of(left)), word(&of(right))]);
        assert_eq!(told["verdict"], verdict, "{told}");
        assert_eq!(told["recipe"], vision::RECIPE);
    }
    let folder = tempfile::tempdir().unwrap();
    let nobody = folder.path().join("nobody.png");
    image::RgbImage::from_pixel(640, 480, image::Rgb([128; 3]))
        .save(&nobody)
        .unwrap();
    let told = json(&["compare", word(&of("obama.jpg")), word(&nobody)]);
    assert_eq!(told["verdict"], "no-face", "{told}");
}

/// The list of the tree, with a large picture and two that can't be read among it: these are named, and the rest is evaluated.
#[test]
fn a_list_is_evaluated_and_what_cannot_be_read_is_named() {
    let told = json(&[
        "evaluate",
        "--pairs",
        word(&data("portraits").join("pairs.csv")),
    ]);
    assert_eq!(
        (&told["genuine"]["count"], &told["impostor"]["count"]),
        (&2.into(), &10.into())
    );
    assert_eq!(told["pairs_left_out"], 0, "{told}");

    let folder = tempfile::tempdir().unwrap();
    for name in ["obama.jpg", "obama2.jpg", "biden.jpg"] {
        std::fs::copy(data("portraits").join(name), folder.path().join(name)).unwrap();
    }
    let portrait = image::open(data("portraits").join("obama.jpg")).unwrap();
    portrait
        .resize(3000, 3000, image::imageops::FilterType::Triangle)
        .into_rgb8()
        .save(folder.path().join("large.jpg"))
        .unwrap();
    std::fs::write(folder.path().join("damaged.jpg"), [0xff, 0xd8, 0xff, 0x00]).unwrap();
    let list = folder.path().join("list.csv");
    std::fs::write(
        &list,
        "left,right,same\nlarge.jpg,obama2.jpg,1\nlarge.jpg,biden.jpg,0\ndamaged.jpg,biden.jpg,0\nobama.jpg,absent.jpg,1\n",
    )
    .unwrap();
    let told = json(&["evaluate", "--pairs", word(&list)]);
    assert_eq!(
        (&told["genuine"]["count"], &told["impostor"]["count"]),
        (&1.into(), &1.into())
    );
    assert!(told["genuine"]["max"].as_f64().unwrap() < 0.56, "{told}");
    assert_eq!(
        (&told["pairs_left_out"], &told["not_detected"]["errors"]),
        (&2.into(), &0.into())
    );
    let named: Vec<&str> = told["unreadable"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bad| bad["file"].as_str().unwrap())
        .collect();
    assert_eq!(named, ["damaged.jpg", "absent.jpg"]);

    std::fs::write(&list, "obama.jpg,obama2.jpg,yes\nobama.jpg,biden.jpg,0\n").unwrap();
    let output = run(&["evaluate", "--pairs", word(&list)]);
    assert!(
        !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("line 1"),
        "{output:?}"
    );
}

#[test]
fn staff_s_distances_are_measured_and_too_few_persons_give_no_proposal() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["obama.jpg", "biden.jpg", "astronaut.jpg"] {
        std::fs::copy(data("portraits").join(name), folder.path().join(name)).unwrap();
    }
    let told = json(&["calibrate", "--pictures", word(folder.path())]);
    assert_eq!(
        (&told["persons"], &told["proposed"]),
        (&3.into(), &serde_json::Value::Null)
    );
    assert_eq!(told["distances"].as_array().unwrap().len(), 3, "{told}");
}

/// A camera that is not there, or goes, ends the measurement with its reason, at once.
#[test]
fn an_unplugged_camera_ends_the_calibration() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("camera.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    // It is there when it is opened, and unplugged as soon as somebody looks.
    let server = std::thread::spawn(move || drop(listener.accept().unwrap()));
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_uketsuke-vision"))
        .args(["calibrate", "--simulation", "--source"])
        .arg(format!("stream:{}", socket.display()))
        .args(["--models", word(&data("models"))])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut typed = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut typed, b"\n\n\n\n").unwrap();
    let output = child.wait_with_output().unwrap();
    server.join().unwrap();
    drop(typed);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("camera gone"),
        "{said}"
    );
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
}

/// Whoever checks the shipped models checks the site's own, too.
#[test]
fn a_check_loads_a_site_s_own_models() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(
        data("models").join("facerec.onnx"),
        folder.path().join("facerec.onnx"),
    )
    .unwrap();
    let common = "file = \"facerec.onnx\"\nsha256 = \"48a1e949fdca90440317c0faa7781ba337f62425550c53ee54cb8941967ce615\"\ninput = \"face\"\noutput = \"embedding\"\nside = 150\npreparation = { order = \"rgb\", mean = [0, 0, 0], scale = [1, 1, 1] }\n";
    let (profile, attack) = (
        folder.path().join("profile.toml"),
        folder.path().join("attack-model.toml"),
    );
    std::fs::write(
        &profile,
        format!(
            "name = \"clinic/1\"\nthreshold = 1.0\n[describer]\n{common}length = 128\nflip = true\n"
        ),
    )
    .unwrap();
    std::fs::write(
        &attack,
        format!("{common}index = 3\nmargin = 1.4\nattack = \"above\"\nthreshold = 9.0\n"),
    )
    .unwrap();
    let told = json(&[
        "check",
        "--runs",
        "1",
        "--profile",
        word(&profile),
        "--attack-model",
        word(&attack),
    ]);
    assert_eq!(told["recipe"], "clinic/1", "{told}");
    std::fs::write(&attack, "file = \"absent.onnx\"").unwrap();
    let output = run(&["check", "--attack-model", word(&attack)]);
    assert!(
        !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("UK-FACE-"),
        "{output:?}"
    );
}
