//! `calibrate`, and what it shares with `evaluate`: which files are left out, and which show one picture.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::data;
use crate::{faceless, json, run, word};

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
    // The same person twice would pass for the nearest two strangers.
    std::fs::copy(
        data("portraits").join("obama2.jpg"),
        folder.path().join("second.jpg"),
    )
    .unwrap();
    let folder = word(folder.path());
    let told = json(&["calibrate", "--pictures", folder]);
    let alike = told["alike"].as_array().unwrap();
    assert_eq!(alike.len(), 1, "{told}");
    assert_eq!(
        (&alike[0]["one"], &alike[0]["other"]),
        (&"obama.jpg".into(), &"second.jpg".into())
    );
    assert!(told["note"].as_str().unwrap().contains("--same"), "{told}");
    let same = [
        "calibrate",
        "--pictures",
        folder,
        "--same",
        "obama.jpg=second.jpg",
    ];
    let told = json(&same);
    assert_eq!(
        (&told["persons"], &told["alike"]),
        (&3.into(), &serde_json::json!([]))
    );
    let different = [
        "calibrate",
        "--pictures",
        folder,
        "--different",
        "second.jpg=obama.jpg",
    ];
    let told = json(&different);
    assert_eq!(
        (&told["persons"], &told["alike"]),
        (&4.into(), &serde_json::json!([]))
    );
    assert!(
        !run(&["calibrate", "--pictures", folder, "--same", "a=b"])
            .status
            .success()
    );
}

/// A broken picture among many is named, and the rest is measured; with nothing left to compare that is the answer, with the reasons.
#[test]
fn a_calibration_names_broken_pictures_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (nobody, _) = faceless(folder.path());
    std::fs::write(folder.path().join("broken.jpg"), [0xff, 0xd8, 0xff, 0x00]).unwrap();
    let calibrate = ["calibrate", "--pictures", word(folder.path())];
    let output = run(&calibrate);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    for words in [
        "no pair can be compared",
        "broken.jpg: UK-FACE-010",
        "nobody.png: no face",
    ] {
        assert!(said.contains(words), "{said}");
    }
    std::fs::remove_file(nobody).unwrap();
    for (from, to) in [("obama.jpg", "A.JPG"), ("biden.jpg", "biden.jpg")] {
        std::fs::copy(data("portraits").join(from), folder.path().join(to)).unwrap();
    }
    let told = json(&calibrate);
    assert_eq!(
        (&told["persons"], told["distances"].as_array().map(Vec::len)),
        (&2.into(), Some(1)),
        "capital letters name a picture, too: {told}"
    );
    let names = |list: &str| -> Vec<String> {
        let files = told[list].as_array().unwrap();
        files
            .iter()
            .map(|bad| bad["file"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("unreadable"), ["broken.jpg"]);
    assert_eq!(names("undetected"), ["several.png"]);
    let output = run(&calibrate);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(
        said.contains("pictures that can't be read, left out: 1\n  broken.jpg: UK-FACE-010"),
        "{said}"
    );
    let excused = ["--same", "A.JPG=broken.jpg"];
    let output = run(&[&calibrate[..], &excused].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("broken.jpg was left out: UK-FACE-010"),
        "{said}"
    );
}

/// One picture under several names: a copy, a hard link, a symbolic link, another file of the same pixels, another spelling of the path. None of
/// them is a second person, or a comparison: the distance of a picture to itself is 0, whatever the list calls it.
#[test]
fn one_picture_under_several_names_is_compared_once_and_never_with_itself() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["obama.jpg", "obama2.jpg", "biden.jpg"] {
        std::fs::copy(data("portraits").join(name), at(name)).unwrap();
    }
    std::fs::copy(at("obama.jpg"), at("p-copy.jpg")).unwrap();
    std::fs::hard_link(at("obama.jpg"), at("q-hard.jpg")).unwrap();
    std::os::unix::fs::symlink("obama.jpg", at("r-soft.jpg")).unwrap();
    let rewritten = [std::fs::read(at("obama.jpg")).unwrap(), b"a note".to_vec()].concat();
    std::fs::write(at("s-note.jpg"), rewritten).unwrap();

    let calibrate = [
        "calibrate",
        "--pictures",
        word(folder.path()),
        "--same",
        "obama.jpg=obama2.jpg",
    ];
    let told = json(&calibrate);
    assert_eq!(
        (&told["persons"], told["distances"].as_array().map(Vec::len)),
        (&2.into(), Some(1)),
        "{told}"
    );
    let copies: Vec<&str> = told["copies"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|copy| copy["same_as"] == "obama.jpg")
        .map(|copy| copy["file"].as_str().unwrap())
        .collect();
    assert_eq!(
        copies,
        ["p-copy.jpg", "q-hard.jpg", "r-soft.jpg", "s-note.jpg"]
    );
    let contradiction = ["--different", "obama.jpg=obama2.jpg"];
    let output = run(&[&calibrate[..], &contradiction].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("--same says that they are one person"),
        "{said}"
    );

    let list = at("list.csv");
    let pairs = "obama.jpg,obama2.jpg,1\n./obama.jpg,obama2.jpg,1\nobama2.jpg,r-soft.jpg,1\nobama.jpg,p-copy.jpg,1\nq-hard.jpg,s-note.jpg,0\nobama.jpg,biden.jpg,0\np-copy.jpg,biden.jpg,0\n";
    std::fs::write(&list, pairs).unwrap();
    let told = json(&["evaluate", "--pairs", word(&list)]);
    assert_eq!(
        (&told["genuine"]["count"], &told["impostor"]["count"]),
        (&1.into(), &1.into()),
        "{told}"
    );
    assert!(told["genuine"]["min"].as_f64().unwrap() > 0.1, "{told}");
    assert_eq!(
        (&told["pairs_given_again"], &told["pairs_of_one_picture"]),
        (
            &serde_json::json!([
                "./obama.jpg, obama2.jpg",
                "obama2.jpg, r-soft.jpg",
                "p-copy.jpg, biden.jpg"
            ]),
            &serde_json::json!(["obama.jpg, p-copy.jpg", "q-hard.jpg, s-note.jpg"])
        )
    );
    let output = run(&["evaluate", "--pairs", word(&list)]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("pairs of one picture under two names, left out: 2")
            && said.contains("p-copy.jpg: the same picture as obama.jpg"),
        "{said}"
    );
    std::fs::write(&list, "obama.jpg,biden.jpg,0\np-copy.jpg,biden.jpg,1\n").unwrap();
    let output = run(&["evaluate", "--pairs", word(&list)]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("lines 1 and 2"), "{said}");
    assert_eq!(output.status.code(), Some(2));
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
