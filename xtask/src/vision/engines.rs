//! The other engines of the comparison: @vladmandic/face-api on tfjs-wasm in Node, face_recognition (dlib) in Python. Fetched through npm
//! and pip into target/, never shipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Package and version.
const NPM: [&str; 3] = [
    "@vladmandic/face-api@1.7.15",
    "@tensorflow/tfjs@4.22.0",
    "@tensorflow/tfjs-backend-wasm@4.22.0",
];
/// dlib as a ready wheel: building it takes a C++ compiler and half an hour.
const PIP: [&str; 5] = [
    "dlib-bin==20.0.1",
    "numpy",
    "pillow",
    "setuptools<80",
    "face_recognition_models==0.3.0",
];
const PIP_ALONE: &str = "face_recognition==1.3.0";

/// The folder with `node_modules`.
pub(super) fn face_api() -> Result<PathBuf> {
    let folder = crate::root().join("target/bench-face/npm");
    if !folder.join("node_modules/@vladmandic/face-api").exists() {
        eprintln!("== npm install {} (into target/)", NPM.join(" "));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("package.json"), "{\"private\":true}")?;
        quiet(
            Command::new("npm")
                .args(["install", "--silent", "--no-audit", "--no-fund"])
                .args(NPM)
                .current_dir(&folder),
        )?;
    }
    Ok(folder)
}

/// The Python of an environment with dlib and face_recognition.
pub(super) fn dlib() -> Result<PathBuf> {
    let folder = crate::root().join("target/bench-face/python");
    let python = folder.join("bin/python");
    if !ready(&python) {
        eprintln!(
            "== pip install {} {PIP_ALONE} (into target/)",
            PIP.join(" ")
        );
        quiet(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        quiet(
            Command::new(&python)
                .args(["-m", "pip", "install", "-q"])
                .args(PIP),
        )?;
        // Without its dependencies, which would build dlib from source.
        quiet(Command::new(&python).args(["-m", "pip", "install", "-q", "--no-deps", PIP_ALONE]))?;
        ensure!(ready(&python), "face_recognition does not load");
    }
    Ok(python)
}

fn ready(python: &Path) -> bool {
    python.exists()
        && Command::new(python)
            .args(["-c", "import face_recognition"])
            .output()
            .is_ok_and(|output| output.status.success())
}

fn quiet(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("{} can't be started", command.get_program().display()))?;
    ensure!(
        output.status.success(),
        "{}: {}",
        command.get_program().display(),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
