//! Models that are not exactly the named ones are refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{data, picture, recogniser};
use vision::models::{FaceModels, ModelError};
use vision::pad::AttackModel;
use vision::profile::Profile;
use vision::recognise::{Recogniser, Sighting};

/// A copy of data/models that may be spoilt.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in [
        "models.toml",
        "blazeface.onnx",
        "facemesh.onnx",
        "facerec.onnx",
    ] {
        std::fs::copy(data("models").join(file), folder.path().join(file)).unwrap();
    }
    folder
}

#[test]
fn the_tree_s_models_load() {
    let folder = copy();
    let models = FaceModels::load(folder.path()).unwrap();
    assert_eq!(models.digests().len(), 3);
}

#[test]
fn a_changed_byte_a_missing_file_and_another_recipe_are_refused() {
    let folder = copy();
    let path = folder.path().join("facemesh.onnx");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert!(
        matches!(FaceModels::load(folder.path()), Err(ModelError::Changed { file, .. }) if file == "facemesh.onnx")
    );
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(
        FaceModels::load(folder.path()),
        Err(ModelError::Read { .. })
    ));
    let manifest = folder.path().join("models.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("flip/2", "flip/3")).unwrap();
    assert!(matches!(
        FaceModels::load(folder.path()),
        Err(ModelError::Manifest { .. })
    ));
    std::fs::write(&manifest, "recipe = 3").unwrap();
    assert!(matches!(
        FaceModels::load(folder.path()),
        Err(ModelError::Manifest { .. })
    ));
}

/// The describing net of the tree, in the place of an operator's own.
const PROFILE: &str = r#"
name = "clinic/1"
threshold = 1.0
[describer]
file = "facerec.onnx"
sha256 = "HASH"
input = "INPUT"
output = "OUTPUT"
side = 150
length = 128
preparation = { order = "rgb", mean = [0, 0, 0], scale = [1, 1, 1] }
flip = true
"#;

const ATTACK: &str = r#"
file = "facerec.onnx"
sha256 = "HASH"
input = "INPUT"
output = "OUTPUT"
index = 3
side = 150
margin = 1.4
preparation = { mean = [0, 0, 0], scale = [1, 1, 1] }
attack = "above"
threshold = -1000.0
"#;

/// The manifest with the tree's net behind it, and this put in place of that.
fn manifest(folder: &tempfile::TempDir, text: &str, that: &str, this: &str) -> std::path::PathBuf {
    let (input, output) = ("face", "embedding");
    let hash = "48a1e949fdca90440317c0faa7781ba337f62425550c53ee54cb8941967ce615";
    std::fs::copy(
        data("models").join("facerec.onnx"),
        folder.path().join("facerec.onnx"),
    )
    .unwrap();
    let text = text.replace(that, this);
    let text = text
        .replace("HASH", hash)
        .replace("INPUT", input)
        .replace("OUTPUT", output);
    let path = folder.path().join("manifest.toml");
    std::fs::write(&path, text).unwrap();
    path
}

/// What a technician reads when a manifest does not fit.
fn refusal<T>(loaded: Result<T, ModelError>) -> String {
    match loaded {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_operator_s_profile_recognises_and_a_wrong_one_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let profile = Profile::load(&manifest(&folder, PROFILE, "", "")).unwrap();
    let models = FaceModels::load(&data("models"))
        .unwrap()
        .with_profile(profile);
    assert_eq!(models.recipe(), "clinic/1");
    let recogniser = Recogniser::new(std::sync::Arc::new(models));
    let card = recogniser.enrol(&picture("obama.jp2")).unwrap();
    let near = card.distance(&recogniser.enrol(&picture("obama2.jp2")).unwrap());
    let far = card.distance(&recogniser.enrol(&picture("biden.jp2")).unwrap());
    assert!(near < far, "{near} {far}");
    for (that, this, told) in [
        ("HASH", &"0".repeat(64)[..], "facerec.onnx"),
        (
            "length = 128",
            "length = 512",
            "gives 128 numbers, the manifest says 512",
        ),
        ("side = 150", "side = 112", "facerec.onnx"),
        ("OUTPUT", "nothing", "nothing"),
        (
            "threshold = 1.0",
            "threshold = -1.0",
            "a threshold between 0.3 and 1.3",
        ),
        // Every face would match.
        (
            "threshold = 1.0",
            "threshold = 2.0",
            "a threshold between 0.3 and 1.3",
        ),
        (
            "threshold = 1.0",
            "threshold = nan",
            "a threshold between 0.3 and 1.3",
        ),
        ("clinic/1", vision::RECIPE, "a name of its own"),
        ("flip = true", "flop = true", "flop"),
        ("facerec.onnx", "../facerec.onnx", "../facerec.onnx"),
        ("facerec.onnx", "absent.onnx", "absent.onnx"),
    ] {
        let said = refusal(Profile::load(&manifest(&folder, PROFILE, that, this)));
        assert!(said.contains(told), "{this}: {said}");
    }
    // A detector of another build.
    let detector = r#"
[detector]
file = "facerec.onnx"
sha256 = "HASH"
input = "INPUT"
side = 640
preparation = { mean = [0, 0, 0], scale = [1, 1, 1] }
outputs = [["a", "b", "c", "d"], ["e", "f", "g", "h"], ["i", "j", "k", "l"]]
"#;
    let with = format!("{PROFILE}{detector}");
    let said = refusal(Profile::load(&manifest(&folder, &with, "", "")));
    assert!(said.contains("facerec.onnx"), "{said}");
    let said = refusal(Profile::load(&manifest(
        &folder,
        &with,
        "side = 640",
        "side = 600",
    )));
    assert!(said.contains("multiple of 32"), "{said}");
}

/// Invariant 7: an operator's attack model can only refuse, and one that does not fit is not used.
#[test]
fn invariant_7_an_operator_s_attack_model_refuses_and_a_wrong_one_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let frame = common::scene(&["obama.jpg"], 400, 0, 0);
    let Sighting::One(face) = recogniser().look(&frame).unwrap() else {
        panic!("one face")
    };
    for (this, refuses) in [("threshold = -1000.0", true), ("threshold = 1000.0", false)] {
        let path = manifest(&folder, ATTACK, "threshold = -1000.0", this);
        let model = AttackModel::load(&path).unwrap();
        assert_eq!(model.digest().0, "facerec.onnx");
        assert_eq!(model.refuses(&frame, &face.mesh).unwrap(), refuses);
    }
    for (that, this, told) in [
        ("HASH", &"0".repeat(64)[..], "facerec.onnx"),
        ("index = 3", "index = 128", "index"),
        ("margin = 1.4", "margin = 40.0", "margin"),
        ("side = 150", "side = 32", "facerec.onnx"),
        ("above", "beside", "beside"),
    ] {
        let said = refusal(AttackModel::load(&manifest(&folder, ATTACK, that, this)));
        assert!(said.contains(told), "{this}: {said}");
    }
}
