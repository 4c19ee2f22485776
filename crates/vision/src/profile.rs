//! A second recipe by configuration: an operator's describing net (ArcFace-style) and, if wanted, an operator's detector (YuNet-style).
//!
//! A threshold belongs to a recipe. So that the terminal's bounds keep their meaning, distances of a profile are scaled until the
//! threshold that its manifest names lies at this program's default, 0.56.

use std::path::Path;
use std::sync::Arc;

use rten::ThreadPool;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::align::{Pair, fit};
use crate::decision::Threshold;
use crate::detect::{Detection, LOWEST_SCORE, distinct};
use crate::embed::Embedding;
use crate::frame::Picture;
use crate::frame::sample::cut;
use crate::frame::shrink::letterbox;
use crate::mesh::Mesh;
use crate::models::{ModelError, Net, Preparation, read_manifest, read_verified};

/// Longest accepted description.
const LONGEST: usize = 4096;
/// Thresholds that a manifest may name. Descriptions have the length one: nothing is farther than 2, and near that every face would match.
/// ArcFace-style nets work between about 1.0 and 1.25.
const THRESHOLDS: std::ops::RangeInclusive<f32> = 0.3..=1.3;
/// Where ArcFace-style nets expect eyes, nose and corners of the mouth, in a square of 112.
const PLACES: [[f32; 2]; 5] = [
    [38.2946, 51.6963],
    [73.5318, 51.5014],
    [56.0252, 71.7366],
    [41.5493, 92.3655],
    [70.7299, 92.2041],
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// Name and version, told in place of the shipped recipe's.
    name: String,
    /// Distance up to which two descriptions are the same person.
    threshold: f32,
    describer: DescriberEntry,
    detector: Option<DetectorEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DescriberEntry {
    file: String,
    sha256: String,
    input: String,
    output: String,
    /// Side of the square input, pixels.
    side: usize,
    /// Numbers of a description.
    length: usize,
    preparation: Preparation,
    /// Average with the mirrored face?
    #[serde(default)]
    flip: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DetectorEntry {
    file: String,
    sha256: String,
    input: String,
    side: usize,
    preparation: Preparation,
    /// Names of the outputs for strides 8, 16, 32: class, object, box, points each.
    outputs: [[String; 4]; 3],
}

/// The loaded profile.
pub struct Profile {
    name: String,
    scale: f32,
    describer: (Net<1>, DescriberEntry),
    detector: Option<(Net<12>, DetectorEntry)>,
    digests: Vec<(String, String)>,
}

impl Profile {
    /// Loads a manifest with its models; a wrong hash, shape or threshold is an error that names it.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        let unfit = |reason: String| ModelError::Manifest {
            path: path.into(),
            reason,
        };
        let (folder, manifest): (_, Manifest) = read_manifest(path)?;
        if !THRESHOLDS.contains(&manifest.threshold)
            || manifest.name.trim().is_empty()
            || manifest.name == crate::RECIPE
        {
            return Err(unfit(format!(
                "it needs a name of its own and a threshold between {} and {} (descriptions have the length one: at 2 every face would match)",
                THRESHOLDS.start(),
                THRESHOLDS.end(),
            )));
        }
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        let entry = manifest.describer;
        let mut digests = vec![(entry.file.clone(), entry.sha256.clone())];
        let bytes = read_verified(&folder, &entry.file, &entry.sha256)?;
        let net = Net::load(
            &entry.file,
            bytes,
            entry.side,
            &entry.input,
            [entry.output.as_str()],
            &pool,
        )?;
        let [probe] = net.probe(&entry.file)?;
        if probe.len() != entry.length || entry.length > LONGEST {
            return Err(unfit(format!(
                "{} gives {} numbers, the manifest says {}",
                entry.file,
                probe.len(),
                entry.length
            )));
        }
        let detector = match manifest.detector {
            None => None,
            Some(entry) => {
                digests.push((entry.file.clone(), entry.sha256.clone()));
                Some(
                    load_detector(&folder, entry, &pool).map_err(|error| match error {
                        ModelError::Run(reason) => unfit(reason),
                        other => other,
                    })?,
                )
            }
        };
        Ok(Self {
            name: manifest.name,
            scale: Threshold::DEFAULT.get() / manifest.threshold,
            describer: (net, entry),
            detector,
            digests,
        })
    }

    /// Name and version of this recipe.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// File names and SHA-256.
    pub fn digests(&self) -> &[(String, String)] {
        &self.digests
    }

    /// Describes a face; the length of the description is one, times the scale that brings the threshold to the default.
    pub(crate) fn describe(&self, picture: &Picture, mesh: &Mesh) -> Result<Embedding, ModelError> {
        let (net, entry) = &self.describer;
        let failed = || ModelError::Run("the face cannot be aligned".into());
        let to = |at: usize| PLACES[at].map(|value| value * entry.side as f32 / 112.0);
        let middle = |a: usize, b: usize| {
            let ([ax, ay], [bx, by]) = (mesh.point(a), mesh.point(b));
            [(ax + bx) / 2.0, (ay + by) / 2.0]
        };
        let from = [
            middle(33, 133),
            middle(362, 263),
            mesh.point(1),
            mesh.point(61),
            mesh.point(291),
        ];
        let pairs: Vec<Pair> = from
            .into_iter()
            .enumerate()
            .map(|(at, point)| (point, to(at)))
            .collect();
        let place = fit(&pairs)
            .and_then(|way| way.inverse())
            .ok_or_else(failed)?;
        let planes = cut(picture, &place, entry.side);
        let mut sum = self.unit(net, &entry.preparation.apply(&planes))?;
        if entry.flip {
            let mirrored: Zeroizing<Vec<f32>> = Zeroizing::new(
                planes
                    .chunks_exact(entry.side)
                    .flat_map(|row| row.iter().rev().copied())
                    .collect(),
            );
            let other = self.unit(net, &entry.preparation.apply(&mirrored))?;
            sum.iter_mut()
                .zip(other.iter())
                .for_each(|(sum, value)| *sum += value);
        }
        let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
        sum.iter_mut()
            .for_each(|value| *value *= self.scale / length.max(f32::MIN_POSITIVE));
        Embedding::new(&sum)
            .ok_or_else(|| ModelError::Run("the description is not made of numbers".into()))
    }

    fn unit(&self, net: &Net<1>, planes: &[f32]) -> Result<Zeroizing<Vec<f32>>, ModelError> {
        let [values] = net.run_flat(planes)?.map(Zeroizing::new);
        Ok(values)
    }

    /// Faces by the operator's detector; `None` when there is none and the shipped one is used.
    pub(crate) fn detect(&self, picture: &Picture) -> Result<Option<Vec<Detection>>, ModelError> {
        let Some((net, entry)) = &self.detector else {
            return Ok(None);
        };
        let (planes, place) = letterbox(picture, entry.side);
        let outputs = net.run_flat(&entry.preparation.apply(&planes))?;
        let mut found = Vec::new();
        for (four, stride) in outputs.as_chunks::<4>().0.iter().zip([8, 16, 32]) {
            collect(&mut found, four, entry.side / stride, stride as f32);
        }
        for face in &mut found {
            face.centre = place.apply(face.centre);
            face.size = face.size.map(|side| side * place.scale());
            face.points = face.points.map(|point| place.apply(point));
        }
        Ok(Some(distinct(found)))
    }
}

fn load_detector(
    folder: &Path,
    entry: DetectorEntry,
    pool: &Arc<ThreadPool>,
) -> Result<(Net<12>, DetectorEntry), ModelError> {
    let bytes = read_verified(folder, &entry.file, &entry.sha256)?;
    let flat: Vec<&str> = entry.outputs.iter().flatten().map(String::as_str).collect();
    let names: [&str; 12] = flat
        .try_into()
        .map_err(|_| ModelError::Run("twelve outputs are needed".into()))?;
    if entry.side == 0 || !entry.side.is_multiple_of(32) {
        return Err(ModelError::Run(
            "the detector's side must be a multiple of 32".into(),
        ));
    }
    let net = Net::load(&entry.file, bytes, entry.side, &entry.input, names, pool)?;
    let outputs = net.probe(&entry.file)?;
    for (four, stride) in outputs.as_chunks::<4>().0.iter().zip([8, 16, 32]) {
        let cells = (entry.side / stride) * (entry.side / stride);
        if four
            .iter()
            .zip([1, 1, 4, 10])
            .any(|(output, each)| output.len() != cells * each)
        {
            return Err(ModelError::Run(format!(
                "{}: outputs of stride {stride} have another shape",
                entry.file
            )));
        }
    }
    Ok((net, entry))
}

/// Class, object, box and five points of each cell, as YuNet lays them out.
fn collect(
    found: &mut Vec<Detection>,
    [class, object, boxes, points]: &[Vec<f32>; 4],
    cells: usize,
    stride: f32,
) {
    let rows = boxes
        .as_chunks::<4>()
        .0
        .iter()
        .zip(points.as_chunks::<10>().0);
    for (at, ((class, object), (place, points))) in class.iter().zip(object).zip(rows).enumerate() {
        let score = (class.clamp(0.0, 1.0) * object.clamp(0.0, 1.0)).sqrt();
        let plausible = place
            .iter()
            .chain(points)
            .all(|value| value.is_finite() && value.abs() < 1e4);
        if !plausible || score.is_nan() || score < LOWEST_SCORE {
            continue;
        }
        let (column, row) = ((at % cells) as f32, (at / cells) as f32);
        let point = |at: usize| {
            [
                (column + points[2 * at]) * stride,
                (row + points[2 * at + 1]) * stride,
            ]
        };
        let mouth = [
            (point(3)[0] + point(4)[0]) / 2.0,
            (point(3)[1] + point(4)[1]) / 2.0,
        ];
        found.push(Detection {
            score,
            centre: [(column + place[0]) * stride, (row + place[1]) * stride],
            size: [
                place[2].clamp(-8.0, 8.0).exp() * stride,
                place[3].clamp(-8.0, 8.0).exp() * stride,
            ],
            // It knows no ears.
            points: [point(0), point(1), point(2), mouth, point(0), point(1)],
        });
    }
}
