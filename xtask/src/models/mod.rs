//! `cargo xtask models`: makes the three face models from the weights in two npm packages and compares them with the manifest.
//!
//! The files lie in the tree already; this shows where they come from, and makes them again after a change here.

mod facerec;
mod graph_model;
mod half;
mod onnx;
mod protobuf;
mod weights;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

const HUMAN: &str = "@vladmandic/human@3.3.6";
const FACE_API: &str = "@vladmandic/face-api@1.7.15";

/// Options of `cargo xtask models`.
#[derive(clap::Args)]
pub(crate) struct ModelsArgs {
    /// Compare only; write nothing.
    #[arg(long)]
    check: bool,
    /// Write also where the result differs from the manifest (then change models.toml and the documents by hand).
    #[arg(long, conflicts_with = "check")]
    accept: bool,
    /// Folder with the unpacked packages `human` and `face-api`, instead of asking npm.
    #[arg(long)]
    packages: Option<PathBuf>,
    /// Where the models and models.toml lie.
    #[arg(long, default_value = "data/models")]
    into: PathBuf,
}

#[derive(Deserialize)]
struct Manifest {
    model: Vec<ManifestEntry>,
}

#[derive(Deserialize)]
struct ManifestEntry {
    file: String,
    sha256: String,
}

/// Converts, compares with models.toml, writes.
pub(crate) fn run(args: &ModelsArgs) -> Result<()> {
    let temporary = tempfile::tempdir().context("temporary folder")?;
    let packages = match &args.packages {
        Some(folder) => folder.clone(),
        None => {
            fetch(temporary.path())?;
            temporary.path().to_owned()
        }
    };
    let manifest_path = args.into.join("models.toml");
    let manifest = std::fs::read_to_string(&manifest_path)
        .with_context(|| format!("reading {}", manifest_path.display()))?;
    let manifest: Manifest = toml::from_str(&manifest).context("models.toml")?;

    let mut wrong = Vec::new();
    for (file, bytes) in convert(&packages)? {
        let digest = sha256(&bytes);
        let expected = manifest
            .model
            .iter()
            .find(|entry| entry.file == file)
            .map(|entry| entry.sha256.as_str());
        let path = args.into.join(file);
        let same = expected == Some(digest.as_str());
        let in_tree = std::fs::read(&path).is_ok_and(|present| sha256(&present) == digest);
        say(&format!(
            "{file}: {} bytes, sha256 {digest}, {}, {}",
            bytes.len(),
            if same {
                "as in models.toml"
            } else {
                "NOT as in models.toml"
            },
            if in_tree {
                "the file in the tree is equal"
            } else {
                "the file in the tree DIFFERS"
            },
        ));
        if args.check {
            if !same || !in_tree {
                wrong.push(file);
            }
        } else if same || args.accept {
            std::fs::write(&path, &bytes).with_context(|| format!("writing {}", path.display()))?;
        } else {
            wrong.push(file);
        }
    }
    ensure!(wrong.is_empty(), "not as expected: {}", wrong.join(", "));
    Ok(())
}

/// The three models by file name.
fn convert(packages: &Path) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let human = packages.join("human/models");
    let blazeface = graph_model::convert(
        &human.join("blazeface.json"),
        &[
            ("Identity", &[1, 512, 1]),
            ("Identity_2", &[1, 512, 16]),
            ("Identity_1", &[1, 384, 1]),
            ("Identity_3", &[1, 384, 16]),
        ],
        "MediaPipe BlazeFace (back, 256) as packaged in npm @vladmandic/human 3.3.6, MIT",
    )
    .context("blazeface")?;
    let facemesh = graph_model::convert(
        &human.join("facemesh.json"),
        &[("Identity_2", &[1, 1404]), ("Identity_1", &[1, 1])],
        "MediaPipe FaceMesh (468) as packaged in npm @vladmandic/human 3.3.6, MIT",
    )
    .context("facemesh")?;
    let facerec = facerec::convert(
        &packages.join("face-api/model/face_recognition_model-weights_manifest.json"),
        "dlib face recognition ResNet by Davis King (CC0 1.0) as packaged in npm @vladmandic/face-api 1.7.15, MIT",
    )
    .context("facerec")?;
    Ok(vec![
        ("blazeface.onnx", blazeface),
        ("facemesh.onnx", facemesh),
        ("facerec.onnx", facerec),
    ])
}

/// Lets npm fetch both packages and unpacks them as `human` and `face-api`.
fn fetch(into: &Path) -> Result<()> {
    command(
        Command::new("npm")
            .args(["pack", "--silent", HUMAN, FACE_API])
            .current_dir(into),
    )?;
    for (archive, folder) in [
        ("vladmandic-human-3.3.6.tgz", "human"),
        ("vladmandic-face-api-1.7.15.tgz", "face-api"),
    ] {
        std::fs::create_dir(into.join(folder))?;
        command(
            Command::new("tar")
                .args(["xzf", archive, "--strip-components=1", "-C", folder])
                .current_dir(into),
        )?;
    }
    Ok(())
}

fn command(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        bail!(
            "{command:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[allow(
    clippy::print_stdout,
    reason = "a command-line tool speaks on standard output"
)]
fn say(line: &str) {
    println!("{line}");
}
