//! The three face models: read, compared with their SHA-256, loaded into the inference engine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use rten::{Model, NodeId, RunOptions, ThreadPool, Value, ValueView};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::nets::{ResidualNet, SmallNet};
use crate::profile::Profile;

/// Largest accepted model file, bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Why the models can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file is missing or can't be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// `models.toml` is not understood, or was written for another recipe.
    #[error("{path} does not fit this program: {reason}")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A model is not the one that the manifest names.
    #[error("{file} has SHA-256 {found}, expected {expected}")]
    Changed {
        /// File name.
        file: String,
        /// SHA-256 in the manifest.
        expected: String,
        /// SHA-256 of the file.
        found: String,
    },
    /// The inference engine refuses a model.
    #[error("{file} cannot be loaded: {reason}")]
    Load {
        /// File name.
        file: String,
        /// What the engine said.
        reason: String,
    },
    /// Running a model failed or gave something of the wrong size.
    #[error("inference failed: {0}")]
    Run(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    recipe: String,
    model: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    sha256: String,
}

/// Detector, landmarks and descriptor, ready to run on one thread.
pub struct FaceModels {
    /// Finds faces.
    pub blazeface: SmallNet<4>,
    /// Finds 468 points of a face.
    pub facemesh: SmallNet<2>,
    /// Describes a face in 128 numbers.
    pub facerec: ResidualNet,
    /// The operator's own nets, in place of ours.
    pub profile: Option<Profile>,
    digests: Vec<(String, String)>,
}

impl FaceModels {
    /// Loads the models of a folder that has a `models.toml`.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        let path = folder.join("models.toml");
        let unfit = |reason: String| ModelError::Manifest {
            path: path.clone(),
            reason,
        };
        let (_, manifest): (_, Manifest) = read_manifest(&path)?;
        if manifest.recipe != crate::RECIPE {
            return Err(unfit(format!("made for recipe {}", manifest.recipe)));
        }
        let mut digests = Vec::new();
        let mut verified = |file: &str| {
            let entry = manifest
                .model
                .iter()
                .find(|entry| entry.file == file)
                .ok_or_else(|| unfit(format!("{file} is not listed")))?;
            let bytes = read_verified(folder, file, &entry.sha256)?;
            digests.push((file.to_owned(), entry.sha256.clone()));
            Ok(bytes)
        };
        let blazeface = verified("blazeface.onnx")?;
        let facemesh = verified("facemesh.onnx")?;
        let facerec = verified("facerec.onnx")?;
        Ok(Self {
            // The order of a model's outputs is not natural: they are asked for by name.
            blazeface: SmallNet::load(
                "blazeface.onnx",
                &blazeface,
                256,
                ["Identity", "Identity_1", "Identity_2", "Identity_3"],
            )?,
            facemesh: SmallNet::load(
                "facemesh.onnx",
                &facemesh,
                192,
                ["Identity_2", "Identity_1"],
            )?,
            facerec: ResidualNet::load("facerec.onnx", &facerec, 150, "face", "embedding")?,
            profile: None,
            digests,
        })
    }

    /// Puts an operator's profile in the place of the shipped recipe.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.digests.extend_from_slice(profile.digests());
        self.profile = Some(profile);
        self
    }

    /// Name of the recipe that distances and threshold belong to.
    pub fn recipe(&self) -> &str {
        self.profile.as_ref().map_or(crate::RECIPE, Profile::name)
    }

    /// File names and SHA-256 in hexadecimal.
    pub fn digests(&self) -> &[(String, String)] {
        &self.digests
    }
}

/// A loaded net with a square RGB input and `N` outputs.
pub struct Net<const N: usize> {
    model: Model,
    input: NodeId,
    outputs: [NodeId; N],
    side: usize,
    pool: Arc<ThreadPool>,
}

impl<const N: usize> Net<N> {
    pub(crate) fn load(
        file: &str,
        bytes: Vec<u8>,
        side: usize,
        input: &str,
        outputs: [&str; N],
        pool: &Arc<ThreadPool>,
    ) -> Result<Self, ModelError> {
        let failed = |reason: String| ModelError::Load {
            file: file.into(),
            reason,
        };
        let model = Model::load(bytes).map_err(|error| failed(error.to_string()))?;
        let node = |name: &str| {
            model
                .node_id(name)
                .map_err(|error| failed(error.to_string()))
        };
        let input = node(input)?;
        let mut ids = [input; N];
        for (id, name) in ids.iter_mut().zip(outputs) {
            *id = node(name)?;
        }
        Ok(Self {
            model,
            input,
            outputs: ids,
            side,
            pool: Arc::clone(pool),
        })
    }

    /// Side of the input square, pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Runs it once on nothing, so that a net of another shape is refused at the start and by name.
    pub(crate) fn probe(&self, file: &str) -> Result<[Vec<f32>; N], ModelError> {
        self.run_flat(&vec![0.0; 3 * self.side * self.side])
            .map_err(|error| ModelError::Load {
                file: file.into(),
                reason: error.to_string(),
            })
    }

    /// Runs the net on three planes of `side` x `side`; each output comes back flat.
    pub fn run_flat(&self, planes: &[f32]) -> Result<[Vec<f32>; N], ModelError> {
        let failed = |error: &dyn std::error::Error| ModelError::Run(error.to_string());
        let view = ValueView::from_shape([1, 3, self.side, self.side], planes)
            .map_err(|error| failed(&error))?;
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)));
        let values = self
            .model
            .run_n(vec![(self.input, view.into())], self.outputs, Some(options))
            .map_err(|error| failed(&error))?;
        let mut flat = [const { Vec::new() }; N];
        for (flat, value) in flat.iter_mut().zip(values) {
            let Value::FloatTensor(tensor) = value else {
                return Err(ModelError::Run(
                    "an output is not made of 32-bit numbers".into(),
                ));
            };
            *flat = tensor.into_data();
        }
        Ok(flat)
    }
}

/// How a net wants its pixels: of 0..255, `(value - mean) * scale` for each channel, in the given order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preparation {
    /// `rgb` or `bgr`.
    #[serde(default)]
    pub order: Order,
    /// Taken away, in the order of the net's channels.
    pub mean: [f32; 3],
    /// Then multiplied.
    pub scale: [f32; 3],
}

/// Order of a net's channels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Red first.
    #[default]
    Rgb,
    /// Blue first.
    Bgr,
}

impl Preparation {
    /// Prepares three planes of red, green, blue.
    pub fn apply(&self, planes: &[f32]) -> Zeroizing<Vec<f32>> {
        let mut prepared = Zeroizing::new(Vec::with_capacity(planes.len()));
        let plane = planes.len() / 3;
        for (channel, (mean, scale)) in self.mean.iter().zip(self.scale).enumerate() {
            let own = if self.order == Order::Bgr {
                2 - channel
            } else {
                channel
            };
            let values = planes
                .get(own * plane..(own + 1) * plane)
                .unwrap_or_default();
            prepared.extend(values.iter().map(|value| (value - mean) * scale));
        }
        prepared
    }
}

/// Reads a TOML manifest; also gives its folder.
pub(crate) fn read_manifest<T: DeserializeOwned>(path: &Path) -> Result<(PathBuf, T), ModelError> {
    let unfit = |reason: String| ModelError::Manifest {
        path: path.to_owned(),
        reason,
    };
    let text = read(path)?;
    let text = std::str::from_utf8(&text).map_err(|error| unfit(error.to_string()))?;
    let manifest = toml::from_str(text).map_err(|error| unfit(error.to_string()))?;
    Ok((
        path.parent().map(Path::to_owned).unwrap_or_default(),
        manifest,
    ))
}

/// Reads a model file and compares its SHA-256.
pub(crate) fn read_verified(
    folder: &Path,
    file: &str,
    expected: &str,
) -> Result<Vec<u8>, ModelError> {
    let bytes = read(&folder.join(file))?;
    let found = hex(digest(&SHA256, &bytes).as_ref());
    if found != expected {
        return Err(ModelError::Changed {
            file: file.into(),
            expected: expected.into(),
            found,
        });
    }
    Ok(bytes)
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    let failed = |source| ModelError::Read {
        path: path.to_owned(),
        source,
    };
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > MAX_BYTES {
        return Err(failed(std::io::Error::other(format!(
            "{length} bytes are too long"
        ))));
    }
    std::fs::read(path).map_err(failed)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
