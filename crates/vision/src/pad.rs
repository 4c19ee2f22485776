//! An attack-detection model that an operator supplies: one more layer of doubt, never a reason to accept.
//!
//! The small nets in public packages do not separate photographs from people, so none is shipped. What an operator has measured for
//! themselves is described in a manifest: file, SHA-256, preparation, which output, and its threshold.

use std::path::Path;
use std::sync::Arc;

use rten::ThreadPool;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::frame::Picture;
use crate::frame::sample::{Similarity, cut};
use crate::mesh::Mesh;
use crate::models::{ModelError, Net, Preparation, read_manifest, read_verified};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// ONNX file beside the manifest.
    file: String,
    sha256: String,
    input: String,
    output: String,
    /// Which number of the output, counted from 0.
    #[serde(default)]
    index: usize,
    /// Side of the square input, pixels.
    side: usize,
    /// Side of the square that is cut out, in heights of the face's points.
    margin: f32,
    preparation: Preparation,
    /// The lowest and the highest number that the output can be; those of a probability when it is not said.
    #[serde(default = "probability")]
    range: [f32; 2],
    /// Where attacks lie: `above` or `below` the threshold.
    attack: Side,
    threshold: f32,
}

fn probability() -> [f32; 2] {
    [0.0, 1.0]
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Side {
    Above,
    Below,
}

/// A loaded model with its preparation and threshold.
pub struct AttackModel {
    net: Net<1>,
    manifest: Manifest,
    digest: (String, String),
}

impl AttackModel {
    /// Loads a manifest and its model; the SHA-256, the input's and the output's shape are compared at once.
    pub fn load(manifest: &Path) -> Result<Self, ModelError> {
        let (folder, description): (_, Manifest) = read_manifest(manifest)?;
        let bytes = read_verified(&folder, &description.file, &description.sha256)?;
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        let net = Net::load(
            &description.file,
            bytes,
            description.side,
            &description.input,
            [description.output.as_str()],
            &pool,
        )?;
        let digest = (description.file.clone(), description.sha256.clone());
        let unfit = |reason: &str| ModelError::Manifest {
            path: manifest.into(),
            reason: reason.into(),
        };
        if !(description.margin.is_finite()
            && (0.5..=4.0).contains(&description.margin)
            && description.threshold.is_finite())
        {
            return Err(unfit(
                "margin must lie within 0.5 and 4, and the threshold must be a number",
            ));
        }
        let [low, high] = description.range;
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(unfit("range must be two numbers, the lower one first"));
        }
        // At an end of what the net can say, or beyond it, it would refuse everybody or nobody.
        if !(description.threshold > low && description.threshold < high) {
            return Err(unfit(&format!(
                "the threshold must lie between {low} and {high}, what the output can be (`range`, [0, 1] when it is not said)"
            )));
        }
        let [probe] = net.probe(&description.file)?;
        let Some(tried) = probe.get(description.index) else {
            return Err(unfit("the output has fewer numbers than `index` asks for"));
        };
        if !(low..=high).contains(tried) {
            return Err(unfit(&format!(
                "the output was {tried} at a trial, outside its range of {low} to {high}"
            )));
        }
        Ok(Self {
            net,
            manifest: description,
            digest,
        })
    }

    /// File name and SHA-256.
    pub fn digest(&self) -> &(String, String) {
        &self.digest
    }

    /// Does the model call this an attack? What is not a number is one.
    pub fn refuses(&self, picture: &Picture, mesh: &Mesh) -> Result<bool, ModelError> {
        let [left, top, right, bottom] = mesh.bounds();
        let side = self.manifest.margin * (bottom - top).max(right - left);
        let centre = [(left + right) / 2.0, (top + bottom) / 2.0];
        let place = Similarity::square(centre, side, 0.0, self.manifest.side as f32);
        let planes = cut(picture, &place, self.manifest.side);
        let prepared = Zeroizing::new(self.manifest.preparation.apply(&planes));
        let [output] = self.net.run_flat(&prepared)?;
        let value = output.get(self.manifest.index).copied().unwrap_or(f32::NAN);
        Ok(match self.manifest.attack {
            _ if value.is_nan() => true,
            Side::Above => value > self.manifest.threshold,
            Side::Below => value < self.manifest.threshold,
        })
    }
}
