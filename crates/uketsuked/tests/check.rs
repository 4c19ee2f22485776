//! `uketsuked --check` as a technician runs it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;

const GOOD: &str = include_str!("good.toml");

/// Settings whose card files are there, in a folder of their own.
struct Site(tempfile::TempDir);

impl Site {
    fn new(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let issuers = folder.path().join("issuers.toml");
        std::fs::write(&issuers, "").unwrap();
        let text = GOOD.replace("/x/issuers.toml", issuers.to_str().unwrap());
        std::fs::write(folder.path().join("uketsuke.toml"), text + more).unwrap();
        Self(folder)
    }

    fn models(&self) -> PathBuf {
        self.0.path().join("models")
    }

    /// Whether the settings are accepted, and what is said on standard error.
    fn check(&self) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_uketsuked"))
            .arg("--config")
            .arg(self.0.path().join("uketsuke.toml"))
            .arg("--check")
            .arg("--site-models")
            .arg(self.models())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            told.contains("設定に問題はありません。") && told.contains("The settings are sound"),
            output.status.success(),
            "a closing line where all is well, and only there: {told}"
        );
        (
            output.status.success(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    /// A profile of the site's own, made of the shipped describer.
    fn with_profile(self, name: &str) -> Self {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models");
        std::fs::create_dir(self.models()).unwrap();
        std::fs::copy(
            data.join("facerec.onnx"),
            self.models().join("facerec.onnx"),
        )
        .unwrap();
        let manifest = format!(
            "name = \"{name}\"\nthreshold = 1.0\n[describer]\nfile = \"facerec.onnx\"\nsha256 = \"48a1e949fdca90440317c0faa7781ba337f62425550c53ee54cb8941967ce615\"\ninput = \"face\"\noutput = \"embedding\"\nside = 150\npreparation = {{ order = \"rgb\", mean = [0, 0, 0], scale = [1, 1, 1] }}\nlength = 128\nflip = true\n"
        );
        std::fs::write(self.models().join("profile.toml"), manifest).unwrap();
        self
    }
}

const NAMED: &str = "\n[vision]\nrecipe = \"clinic/1\"\n";

/// Invariant 7: the recipe that the threshold belongs to is the one by which the worker will measure, or the check says so: the worker would not be used.
#[test]
fn invariant_7_a_recipe_that_the_worker_has_not_is_refused() {
    assert_eq!(Site::new("").check(), (true, String::new()));
    let (accepted, said) = Site::new(NAMED).check();
    assert!(!accepted, "there is no such profile: {said}");
    for word in ["UK-CONF-003", "vision.recipe", "clinic/1", vision::RECIPE] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let (accepted, said) = Site::new(NAMED).with_profile("clinic/1").check();
    assert!(accepted, "{said}");
    for (more, name) in [(NAMED, "clinic/2"), ("", "clinic/2")] {
        let (accepted, said) = Site::new(more).with_profile(name).check();
        assert!(!accepted && said.contains("clinic/2"), "{said}");
    }
    // A net that the worker would not load.
    let site = Site::new(NAMED).with_profile("clinic/1");
    std::fs::write(site.models().join("facerec.onnx"), b"something else").unwrap();
    let (accepted, said) = site.check();
    assert!(!accepted && said.contains("UK-FACE-001"), "{said}");
    let site = Site::new("");
    std::fs::create_dir(site.models()).unwrap();
    std::fs::write(site.models().join("attack-model.toml"), "file = \"no\"").unwrap();
    let (accepted, said) = site.check();
    assert!(!accepted && said.contains("UK-FACE-001"), "{said}");
}

/// What TOML says in English has a Japanese sentence before it.
#[test]
fn a_mistake_of_writing_is_told_in_japanese_first() {
    let (accepted, said) = Site::new("\n[vision\n").check();
    assert!(!accepted);
    let japanese = said.find("設定ファイルの書き方に誤りがあります。");
    let english = said.find("is not valid");
    assert!(said.contains("UK-CONF-002"), "{said}");
    assert!(japanese.is_some() && japanese < english, "{said}");
}

/// What is wrong is said once.
#[test]
fn a_mistake_is_told_once_and_with_its_bounds() {
    let (accepted, said) = Site::new("\n[vision]\nhourly_tries = 300\n").check();
    assert!(!accepted);
    assert_eq!(said.matches("vision.hourly_tries").count(), 1, "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("between 1 and 60"), "{said}");
}
