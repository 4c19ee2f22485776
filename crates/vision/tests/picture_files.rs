//! The picture files that the commands for evaluators take, and what they say of those that they don't.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};

use common::data;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _};

/// What a command says in JSON.
fn json(arguments: &[&str]) -> serde_json::Value {
    let output = Command::new(env!("CARGO_BIN_EXE_uketsuke-vision"))
        .args(arguments)
        .args(["--json", "--models", data("models").to_str().unwrap()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Why `evaluate` does not read a file, by its name in the folder.
fn refused(folder: &Path, name: &str) -> String {
    for name in ["obama.jpg", "obama2.jpg"] {
        std::fs::copy(data("portraits").join(name), folder.join(name)).unwrap();
    }
    let list = folder.join("list.csv");
    std::fs::write(
        &list,
        format!("obama.jpg,obama2.jpg,1\nobama.jpg,{name},0\n"),
    )
    .unwrap();
    let told = json(&["evaluate", "--pairs", list.to_str().unwrap()]);
    assert_eq!(told["unreadable"][0]["file"], name, "{told}");
    told["unreadable"][0]["reason"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_no_picture_is_called_so() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("words.jpg", &b"not a picture"[..]),
        ("empty.png", b""),
        ("drawing.jp2", b"GIF89a\x01\0\x01\0"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let expected = format!(
            "UK-FACE-010: {}: not a JPEG, PNG or JPEG 2000",
            path.display()
        );
        let told = json(&["check", "--picture", path.to_str().unwrap()]);
        assert_eq!(told["error"]["message"], expected);
        assert_eq!(refused(folder.path(), name), expected);
    }
}

/// Invariant 15: a small file may announce (and hold) a giant; its pixels are counted before they are decoded.
#[test]
fn a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() {
    const SIDE: u32 = 9000;
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(
        Cursor::new(&mut bytes),
        CompressionType::Default,
        FilterType::NoFilter,
    )
    .write_image(
        &vec![128; (SIDE * SIDE) as usize],
        SIDE,
        SIDE,
        ExtendedColorType::L8,
    )
    .unwrap();
    std::fs::write(folder.path().join("giant.png"), &bytes).unwrap();
    let reason = refused(folder.path(), "giant.png");
    assert!(
        reason.contains("9000x9000 pixels, at most 64 megapixels"),
        "{reason}"
    );
}

/// The general decoder paints a missing rest grey, also in a picture that is scaled down.
#[test]
fn a_large_photograph_that_is_cut_off_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let large = image::open(data("portraits").join("obama.jpg"))
        .unwrap()
        .resize(3000, 3000, image::imageops::FilterType::Triangle)
        .into_rgb8();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90)
        .encode_image(&large)
        .unwrap();
    std::fs::write(
        folder.path().join("cut.jpg"),
        &bytes[..bytes.len() * 9 / 10],
    )
    .unwrap();
    let reason = refused(folder.path(), "cut.jpg");
    assert!(reason.contains("damaged: the end is missing"), "{reason}");
}
