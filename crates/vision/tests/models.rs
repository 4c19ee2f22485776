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
range = [-1.0, 1.0]
threshold = -0.999
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
    for (this, refuses) in [("threshold = -0.999", true), ("threshold = 0.999", false)] {
        let path = manifest(&folder, ATTACK, "threshold = -0.999", this);
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
        // At the end of what the output can be it would refuse everybody or nobody.
        ("threshold = -0.999", "threshold = -1.0", "threshold"),
        ("threshold = -0.999", "threshold = 7.5", "threshold"),
        ("range = [-1.0, 1.0]", "range = [1.0, -1.0]", "range"),
        (
            "range = [-1.0, 1.0]",
            "range = [-1.0, -0.99]",
            "outside its range",
        ),
    ] {
        let said = refusal(AttackModel::load(&manifest(&folder, ATTACK, that, this)));
        assert!(said.contains(told), "{this}: {said}");
    }
}

/// The few parts of ONNX (onnx.proto3) that a net of constants needs.
mod onnx {
    fn number(mut value: u64, into: &mut Vec<u8>) {
        while value >= 0x80 {
            into.push(value as u8 | 0x80);
            value >>= 7;
        }
        into.push(value as u8);
    }

    pub(super) fn int(field: u64, value: u64) -> Vec<u8> {
        let mut out = Vec::new();
        number(field << 3, &mut out);
        number(value, &mut out);
        out
    }

    pub(super) fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        number((field << 3) | 2, &mut out);
        number(value.len() as u64, &mut out);
        out.extend_from_slice(value);
        out
    }

    fn tensor(name: &str, shape: &[u64], values: &[f32]) -> Vec<u8> {
        let raw: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let mut out: Vec<u8> = shape.iter().flat_map(|side| int(1, *side)).collect();
        out.extend([int(2, 1), bytes(8, name.as_bytes()), bytes(9, &raw)].concat());
        out
    }

    fn value(name: &str, shape: &[u64]) -> Vec<u8> {
        let sides: Vec<u8> = shape
            .iter()
            .flat_map(|side| bytes(1, &int(1, *side)))
            .collect();
        let of = [int(1, 1), bytes(2, &sides)].concat();
        [bytes(1, name.as_bytes()), bytes(2, &bytes(1, &of))].concat()
    }

    fn node(operation: &str, inputs: &[&str], output: &str, more: &[u8]) -> Vec<u8> {
        let mut out: Vec<u8> = inputs
            .iter()
            .flat_map(|input| bytes(1, input.as_bytes()))
            .collect();
        out.extend(bytes(2, output.as_bytes()));
        out.extend(bytes(4, operation.as_bytes()));
        out.extend_from_slice(more);
        out
    }

    /// A net with an input of `side` that gives these outputs whatever it sees: each plus nothing times the picture's mean.
    pub(super) fn net(side: u64, outputs: &[(String, [u64; 3], Vec<f32>)]) -> Vec<u8> {
        let keep = [bytes(1, b"keepdims"), int(3, 0), int(20, 2)].concat();
        let mut graph = bytes(1, &node("ReduceMean", &["input"], "mean", &bytes(5, &keep)));
        graph.extend(bytes(1, &node("Mul", &["mean", "zero"], "nothing", &[])));
        for (name, ..) in outputs {
            let constant = format!("{name}-constant");
            graph.extend(bytes(1, &node("Add", &[&constant, "nothing"], name, &[])));
        }
        graph.extend(bytes(2, b"constant"));
        graph.extend(bytes(5, &tensor("zero", &[], &[0.0])));
        for (name, shape, values) in outputs {
            graph.extend(bytes(
                5,
                &tensor(&format!("{name}-constant"), shape, values),
            ));
        }
        graph.extend(bytes(11, &value("input", &[1, 3, side, side])));
        for (name, shape, _) in outputs {
            graph.extend(bytes(12, &value(name, shape)));
        }
        let opset = [bytes(1, b""), int(2, 13)].concat();
        [int(1, 7), bytes(7, &graph), bytes(8, &opset)].concat()
    }
}

/// An operator's YuNet-style detector is used in place of the shipped one: what it says is where the landmarks are looked for.
#[test]
fn an_operator_s_detector_finds_the_face_where_it_says() {
    const SIDE: usize = 640;
    let frame = common::scene(&["obama.jpg"], 400, 0, 0);
    let Sighting::One(shipped) = recogniser().look(&frame).unwrap() else {
        panic!("one face")
    };
    let mesh = &shipped.mesh;
    let middle = |a: usize, b: usize| {
        let ([ax, ay], [bx, by]) = (mesh.point(a), mesh.point(b));
        [f32::midpoint(ax, bx), f32::midpoint(ay, by)]
    };
    let [left, top, right, bottom] = mesh.bounds();
    let centre = [f32::midpoint(left, right), f32::midpoint(top, bottom)];
    let points = [
        middle(33, 133),
        middle(362, 263),
        mesh.point(1),
        mesh.point(61),
        mesh.point(291),
    ];
    // The frame of 640x480 lies in the middle of the detector's square.
    let beside = (SIDE as f32 - 480.0) / 2.0;
    for says in [true, false] {
        let mut outputs = Vec::new();
        for stride in [8usize, 16, 32] {
            let cells = SIDE / stride;
            let cell = |place: f32| (place / stride as f32) as usize;
            let (column, row) = (cell(centre[0]), cell(centre[1] + beside));
            let at = row * cells + column;
            for (kind, each) in [("cls", 1usize), ("obj", 1), ("bbox", 4), ("kps", 10)] {
                let mut values = vec![0.0f32; cells * cells * each];
                let within = |[x, y]: [f32; 2]| {
                    [
                        x / stride as f32 - column as f32,
                        (y + beside) / stride as f32 - row as f32,
                    ]
                };
                let said: Vec<f32> = match kind {
                    "cls" | "obj" => vec![0.9],
                    "bbox" => {
                        let size = [right - left, bottom - top];
                        let log = size.map(|side| (side / stride as f32).ln());
                        [within(centre), log].concat()
                    }
                    _ => points.iter().flat_map(|point| within(*point)).collect(),
                };
                if says && stride == 16 {
                    values[at * each..(at + 1) * each].copy_from_slice(&said);
                }
                let shape = [1, (cells * cells) as u64, each as u64];
                outputs.push((format!("{kind}_{stride}"), shape, values));
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let bytes = onnx::net(SIDE as u64, &outputs);
        std::fs::write(folder.path().join("detector.onnx"), &bytes).unwrap();
        let hash: String = ring::digest::digest(&ring::digest::SHA256, &bytes)
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let names = |stride: u32| {
            format!("[\"cls_{stride}\", \"obj_{stride}\", \"bbox_{stride}\", \"kps_{stride}\"]")
        };
        let detector = format!(
            "[detector]\nfile = \"detector.onnx\"\nsha256 = \"{hash}\"\ninput = \"input\"\nside = {SIDE}\n\
             preparation = {{ order = \"bgr\", mean = [0, 0, 0], scale = [1, 1, 1] }}\noutputs = [{}, {}, {}]\n",
            names(8),
            names(16),
            names(32)
        );
        let path = manifest(&folder, &format!("{PROFILE}{detector}"), "", "");
        let profile = match Profile::load(&path) {
            Ok(profile) => profile,
            Err(error) => panic!("{error:?}"),
        };
        let models = FaceModels::load(&data("models"))
            .unwrap()
            .with_profile(profile);
        assert_eq!(models.digests().last().unwrap().0, "detector.onnx");
        let own = Recogniser::new(std::sync::Arc::new(models));
        match own.look(&frame).unwrap() {
            Sighting::One(face) if says => {
                let away = face.mesh.moved(mesh) / mesh.eyes();
                assert!(away < 0.05, "{away} eye distances away");
                assert!(own.describe(&frame, &face).is_ok());
            }
            Sighting::Nobody if !says => {}
            Sighting::One(_) => panic!("a face that the detector did not name"),
            Sighting::Nobody | Sighting::Several => panic!("not found, though it was named"),
        }
    }
}
