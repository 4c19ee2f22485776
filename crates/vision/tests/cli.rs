//! The commands for technicians and evaluators, as they are run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod calibration;
mod common;

use std::path::{Path, PathBuf};
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

/// Pictures of nobody and of two persons, `nobody.png` and `several.png`.
fn faceless(folder: &Path) -> (PathBuf, PathBuf) {
    let nobody = folder.join("nobody.png");
    image::RgbImage::from_pixel(640, 480, image::Rgb([128; 3]))
        .save(&nobody)
        .unwrap();
    let portrait = image::open(data("portraits").join("obama.jpg"))
        .unwrap()
        .into_rgb8();
    let (width, height) = portrait.dimensions();
    let mut two = image::RgbImage::new(2 * width, height);
    image::imageops::overlay(&mut two, &portrait, 0, 0);
    image::imageops::overlay(&mut two, &portrait, width.into(), 0);
    let several = folder.join("several.png");
    two.save(&several).unwrap();
    (nobody, several)
}

#[test]
fn two_pictures_are_compared() {
    let portraits = data("portraits");
    let of = |name: &str| portraits.join(name);
    for (left, right, verdict) in [
        ("obama.jpg", "obama2.jp2", "match"),
        ("obama.jpg", "biden.jpg", "no-match"),
    ] {
        let output = run(&["compare", word(&of(left)), word(&of(right)), "--json"]);
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["verdict"], verdict, "{told}");
        assert_eq!(told["recipe"], vision::RECIPE);
    }
    let folder = tempfile::tempdir().unwrap();
    let (nobody, several) = faceless(folder.path());
    let pipe = folder.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let obama = of("obama.jpg");
    let ended = |other: &Path| {
        let output = run(&["compare", word(&obama), word(other), "--json"]);
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), told)
    };
    for (other, code, verdict) in [
        (of("obama2.jp2"), 0, "match"),
        (of("biden.jpg"), 1, "no-match"),
        (nobody, 2, "no-face"),
        (several, 2, "several-faces"),
    ] {
        let (ended, told) = ended(&other);
        assert_eq!((ended, &told["verdict"]), (Some(code), &verdict.into()));
    }
    // Invariant 15: what is no regular file is refused before it is read, at once.
    for other in [pipe, "/dev/zero".into(), folder.path().join("absent.jpg")] {
        let begun = Instant::now();
        let (ended, told) = ended(&other);
        assert_eq!(
            (ended, &told["error"]["code"]),
            (Some(2), &"UK-FACE-010".into()),
            "{told}"
        );
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
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

/// A byte order mark and quotes do not cost the first pair; pictures without one face are named with the reason, in words and in JSON.
#[test]
fn a_spreadsheet_s_list_keeps_its_first_pair_and_faceless_pictures_are_named() {
    let folder = tempfile::tempdir().unwrap();
    faceless(folder.path());
    for name in ["obama.jpg", "obama2.jpg"] {
        std::fs::copy(data("portraits").join(name), folder.path().join(name)).unwrap();
    }
    let list = folder.path().join("list.csv");
    std::fs::write(
        &list,
        "\u{feff}\"obama.jpg\",\"obama2.jpg\",1\r\nobama.jpg,nobody.png,0\r\nobama.jpg,several.png,0\r\n",
    )
    .unwrap();
    let told = json(&["evaluate", "--pairs", word(&list)]);
    assert_eq!(
        (
            &told["genuine"]["count"],
            &told["not_detected"]["errors"],
            &told["undetected"]
        ),
        (
            &1.into(),
            &2.into(),
            &serde_json::json!([
                {"file": "nobody.png", "reason": "no face"},
                {"file": "several.png", "reason": "several faces"},
            ])
        ),
        "{told}"
    );
    let output = run(&["evaluate", "--pairs", word(&list)]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("nobody.png: no face\n  several.png: several faces"),
        "{said}"
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
        format!("{common}index = 3\nmargin = 1.4\nattack = \"above\"\nrange = [-9.0, 9.0]\nthreshold = 8.0\n"),
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

/// A decision is measured from the card's own photo, decoded, to the match with frames of another photograph; one that ends in no match is counted,
/// not left out.
#[test]
fn the_bench_counts_decisions_that_come_to_no_match() {
    let folder = tempfile::tempdir().unwrap();
    let mut listed = Vec::new();
    for (person, card) in [("obama", "obama2.jp2"), ("biden", "obama.jp2")] {
        std::fs::copy(data("portraits").join(card), folder.path().join(card)).unwrap();
        for shift in 0..4 {
            let frame = common::scene(&[&format!("{person}.jpg")], 400, shift, 0);
            let file = format!("{person}-{shift}.rgb");
            std::fs::write(folder.path().join(&file), frame.rgb()).unwrap();
            listed.push(serde_json::json!({
                "file": file, "width": 640, "height": 480, "person": person, "portrait": person, "card": card,
            }));
        }
    }
    let list = serde_json::Value::from(listed).to_string();
    std::fs::write(folder.path().join("frames.json"), list).unwrap();
    let output = run(&["bench", "--frames", word(folder.path())]);
    assert!(output.status.success(), "{output:?}");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&told["decisions"], &told["undecided"]),
        (&4.into(), &4.into()),
        "{told}"
    );
    assert!(told["decision_ms"].as_f64().is_some_and(|ms| ms > 0.0));
}

/// What fails is told as one JSON document with the stable code where there is one, and ends with 2, whatever the command.
#[test]
fn failures_are_told_as_a_document_and_end_alike() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent");
    let (absent, portraits) = (word(&absent), data("portraits"));
    let (obama, pairs) = (portraits.join("obama.jpg"), portraits.join("pairs.csv"));
    let failed = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_uketsuke-vision"))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let message = told["error"]["message"].as_str().unwrap_or_default();
        assert!(!message.is_empty(), "{arguments:?}: {output:?}");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        (told["error"]["code"].clone(), message.to_owned())
    };
    // The same folder without models, the same end.
    for words in [
        vec!["check"],
        vec!["compare", word(&obama), word(&obama)],
        vec!["evaluate", "--pairs", word(&pairs)],
        vec!["calibrate", "--pictures", word(folder.path())],
    ] {
        let (code, message) = failed(&[&words[..], &["--json", "--models", absent]].concat());
        assert_eq!(code, "UK-FACE-001", "{message}");
    }
    for words in [["landmarks", word(&obama)], ["bench", "--frames"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke-vision"));
        command.args(words);
        if words[0] == "bench" {
            command.arg(folder.path());
        }
        let output = command.args(["--models", absent]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
    let models = data("models");
    let (models, pipe) = (word(&models), folder.path().join("pipe"));
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let stream = format!("stream:{absent}");
    for (words, expected) in [
        (vec!["check", "--picture", absent], "UK-FACE-010"),
        (vec!["calibrate", "--pictures", absent], ""),
        (vec!["evaluate", "--pairs", absent], ""),
        (vec!["evaluate", "--pairs", word(&pipe)], ""),
        (
            vec!["calibrate", "--simulation", "--source", &stream],
            "UK-FACE-002",
        ),
        (vec!["calibrate", "--source", &stream], "UK-FACE-006"),
    ] {
        let (code, message) = failed(&[&words[..], &["--json", "--models", models]].concat());
        assert_eq!(code.as_str().unwrap_or_default(), expected, "{message}");
    }
    for (simulation, expected) in [(&["--simulation"][..], "UK-FACE-002"), (&[], "UK-FACE-006")] {
        let words = [&["camera", "--json", "--source", &stream], simulation].concat();
        assert_eq!(failed(&words).0, expected);
    }
}

/// Two pictures may be wrong in two ways: both are named, with their causes.
#[test]
fn a_comparison_names_what_is_wrong_with_each_picture() {
    let folder = tempfile::tempdir().unwrap();
    let (nobody, several) = faceless(folder.path());
    let absent = folder.path().join("absent.jpg");
    let told = |left: &Path, right: &Path| {
        let output = run(&["compare", word(left), word(right), "--json"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let answer = told(&nobody, &several);
    assert_eq!(
        answer["causes"],
        serde_json::json!([
            {"file": nobody, "reason": "no face"},
            {"file": several, "reason": "several faces"},
        ])
    );
    let also = folder.path().join("also-absent.jpg");
    for (left, right, named) in [
        (
            &absent,
            &several,
            ["absent.jpg", "several.png: several faces"],
        ),
        (&nobody, &absent, ["nobody.png: no face", "absent.jpg"]),
        (&absent, &also, ["/absent.jpg", "also-absent.jpg"]),
    ] {
        let answer = told(left, right);
        assert_eq!(answer["error"]["code"], "UK-FACE-010", "{answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(
            named.iter().all(|words| message.contains(words)),
            "{message}"
        );
        assert_eq!(message.matches("UK-FACE-").count(), 1, "{message}");
    }
}

/// A picture that was given and shows nobody, or several, is no picture that the models ran on: the check says which.
#[test]
fn a_check_s_picture_must_show_one_face() {
    let folder = tempfile::tempdir().unwrap();
    let (nobody, several) = faceless(folder.path());
    let obama = data("portraits").join("obama.jpg");
    let empty = run(&["check", "--runs", "1"]);
    assert_eq!(empty.status.code(), Some(0), "{empty:?}");
    for (picture, ends, unfit) in [
        (&obama, 0, None),
        (&nobody, 1, Some("no face")),
        (&several, 1, Some("several faces")),
    ] {
        let words = ["check", "--runs", "1", "--picture", word(picture)];
        let output = run(&[&words[..], &["--json"]].concat());
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (output.status.code(), told["unfit"].as_str()),
            (Some(ends), unfit),
            "{told}"
        );
        let said = run(&words);
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let named = format!("{}: {}", picture.display(), unfit.unwrap_or_default());
        assert_eq!(said.contains(&named), unfit.is_some(), "{said}");
    }
}
