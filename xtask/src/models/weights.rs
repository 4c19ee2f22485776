//! Reads the weights of a tfjs manifest: little-endian tensors one after the other, some quantised.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::half;

/// A group of tensors and the files that hold them.
#[derive(Deserialize)]
pub(crate) struct Group {
    paths: Vec<String>,
    weights: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    shape: Vec<usize>,
    dtype: String,
    quantization: Option<Quantization>,
}

#[derive(Deserialize)]
struct Quantization {
    dtype: String,
    #[serde(default)]
    scale: f64,
    #[serde(default)]
    min: f64,
}

/// A tensor with its values in row-major order. Integers are small and exact as f32.
#[derive(Clone)]
pub(crate) struct Tensor {
    /// Sizes, outermost first.
    pub shape: Vec<usize>,
    /// Values.
    pub values: Vec<f32>,
}

/// All tensors of a model by name.
pub(crate) struct Weights(HashMap<String, Tensor>);

impl Weights {
    /// Reads every file of the manifest from `folder`.
    pub(crate) fn read(folder: &Path, manifest: &[Group]) -> Result<Self> {
        let mut tensors = HashMap::new();
        for group in manifest {
            let mut data = Vec::new();
            for path in &group.paths {
                let file = folder.join(path);
                data.extend(
                    std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?,
                );
            }
            let mut rest = data.as_slice();
            for entry in &group.weights {
                let tensor = entry
                    .take(&mut rest)
                    .with_context(|| format!("weights of {}", entry.name))?;
                tensors.insert(entry.name.clone(), tensor);
            }
            ensure!(
                rest.is_empty(),
                "{} bytes are left over behind the last tensor",
                rest.len()
            );
        }
        Ok(Self(tensors))
    }

    /// The tensor of this name.
    pub(crate) fn get(&self, name: &str) -> Result<&Tensor> {
        self.0
            .get(name)
            .with_context(|| format!("no weights named {name}"))
    }

    /// Is there a tensor of this name?
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

impl Entry {
    fn take(&self, rest: &mut &[u8]) -> Result<Tensor> {
        let stored = self
            .quantization
            .as_ref()
            .map_or(self.dtype.as_str(), |q| q.dtype.as_str());
        let width = match stored {
            "uint8" => 1,
            "float16" => 2,
            "float32" | "int32" => 4,
            other => bail!("unknown kind {other}"),
        };
        let count: usize = self.shape.iter().product();
        let (bytes, behind) = rest
            .split_at_checked(count * width)
            .context("file ends early")?;
        *rest = behind;
        let values = bytes
            .chunks_exact(width)
            .map(|b| match (stored, b, &self.quantization) {
                // As tfjs does it: in double precision, rounded once.
                ("uint8", [b], Some(q)) => (f64::from(*b) * q.scale + q.min) as f32,
                ("float16", [a, b], _) => half::to_f32(u16::from_le_bytes([*a, *b])),
                ("int32", [a, b, c, d], _) => i32::from_le_bytes([*a, *b, *c, *d]) as f32,
                (_, [a, b, c, d], _) => f32::from_le_bytes([*a, *b, *c, *d]),
                _ => f32::NAN,
            })
            .collect::<Vec<_>>();
        ensure!(
            values.iter().all(|v| v.is_finite()),
            "not a number among the values"
        );
        Ok(Tensor {
            shape: self.shape.clone(),
            values,
        })
    }
}

impl Tensor {
    /// Convolution filters from tfjs order (height, width, in, out) to ONNX order (out, in, height, width).
    pub(crate) fn filters(&self) -> Result<(Vec<i64>, Vec<f32>)> {
        let [h, w, i, o] = self.shape[..] else {
            bail!("filters need four sizes, not {:?}", self.shape)
        };
        let mut values = Vec::with_capacity(self.values.len());
        for out in 0..o {
            for input in 0..i {
                for place in 0..h * w {
                    values.push(self.values[(place * i + input) * o + out]);
                }
            }
        }
        Ok((sizes(&[o, i, h, w]), values))
    }

    /// Depthwise filters from (height, width, channels, multiplier) to (channels * multiplier, 1, height, width).
    pub(crate) fn depthwise_filters(&self) -> Result<(Vec<i64>, Vec<f32>)> {
        let [h, w, c, m] = self.shape[..] else {
            bail!("filters need four sizes, not {:?}", self.shape)
        };
        let values = (0..c * m)
            .flat_map(|out| (0..h * w).map(move |place| place * c * m + out))
            .map(|at| self.values[at]);
        Ok((sizes(&[c * m, 1, h, w]), values.collect()))
    }

    /// The values as integers.
    pub(crate) fn integers(&self) -> Vec<i64> {
        self.values.iter().map(|value| *value as i64).collect()
    }
}

fn sizes(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|size| *size as i64).collect()
}
