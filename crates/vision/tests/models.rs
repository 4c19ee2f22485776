//! Models that are not exactly the named ones are refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use vision::models::{FaceModels, ModelError};

/// A copy of data/models that may be spoilt.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in [
        "models.toml",
        "blazeface.onnx",
        "facemesh.onnx",
        "facerec.onnx",
    ] {
        std::fs::copy(common::data("models").join(file), folder.path().join(file)).unwrap();
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
