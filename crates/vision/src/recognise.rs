//! The whole way from a picture to faces and descriptors: detector, landmarks, chip, light.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::align::chip;
use crate::detect::{Detection, detect};
use crate::embed::Embedding;
use crate::frame::Picture;
use crate::mesh::{LOWEST_FLAG, Mesh, locate};
use crate::models::{FaceModels, ModelError};
use crate::quality::{EYES_LARGE, EYES_ON_CARD, Light, Measure};
use crate::session::Observation;

/// Most detections whose points are looked up in one picture.
const MOST_LOOKED_AT: usize = 4;

/// Why a card photo can't be compared with.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// No face is found.
    #[error("no face on the photo")]
    NoFace,
    /// Two or more.
    #[error("{0} faces on the photo")]
    Several(usize),
    /// Eyes nearer than [`EYES_ON_CARD`].
    #[error("the face on the photo is too small")]
    TooSmall,
    /// The computation failed.
    #[error("the photo could not be described")]
    Model(#[from] ModelError),
}

/// A face in a picture, aligned but not described yet.
pub struct Face {
    /// Its points.
    pub mesh: Mesh,
    /// Light and sharpness.
    pub light: Light,
    chip: Zeroizing<Vec<f32>>,
    picture: [f32; 2],
}

impl Face {
    /// Where it is.
    pub fn place(&self) -> Place {
        Place::of(&self.mesh, self.picture)
    }

    /// What the quality rules look at; `before` is the face in the frame before.
    pub fn measure(&self, before: Option<&Mesh>) -> Measure {
        let eyes = self.mesh.eyes();
        Measure {
            eyes,
            bounds: self.mesh.bounds(),
            picture: self.picture,
            pose: self.mesh.pose,
            parallax: self.mesh.parallax(),
            light: self.light,
            moved: before.map(|before| self.mesh.moved(before) / eyes.max(1.0)),
        }
    }
}

/// Where a face is in a picture and how large: in heights of the picture, from its middle, so that pictures of two cameras side by side can be
/// held against each other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    middle: [f32; 2],
    eyes: f32,
}

impl Place {
    /// Farthest that the same face lies from itself in the other camera's picture: lenses stand beside each other and differ in width.
    const APART: f32 = 0.25;
    /// Most that it differs in size.
    const LARGER: f32 = 2.0;

    /// Of a face in a picture of this width and height.
    pub(crate) fn of(mesh: &Mesh, [width, height]: [f32; 2]) -> Self {
        let [left, top, right, bottom] = mesh.bounds();
        Self {
            middle: [
                (left + right - width) / (2.0 * height),
                (top + bottom - height) / (2.0 * height),
            ],
            eyes: mesh.eyes() / height,
        }
    }

    /// Could both be the same face? What is not a number is nowhere.
    pub(crate) fn is_near(&self, other: &Self) -> bool {
        let ([x, y], [u, v]) = (self.middle, other.middle);
        let larger = self.eyes.max(other.eyes) / self.eyes.min(other.eyes);
        (x - u).hypot(y - v) <= Self::APART && larger <= Self::LARGER
    }
}

/// The side that was looked at last, of a face that is followed. To be forgotten when it may be another face.
#[derive(Default)]
pub struct Half {
    mirrored: bool,
    before: Option<Embedding>,
}

/// What a picture shows.
pub enum Sighting {
    /// No face.
    Nobody,
    /// Several large ones.
    Several,
    /// One; smaller ones in the background are ignored.
    One(Box<Face>),
}

impl Sighting {
    /// In the words of the session's rules.
    pub fn observation(&self, before: Option<&Mesh>) -> Observation {
        match self {
            Self::Nobody => Observation::Nobody,
            Self::Several => Observation::Several,
            Self::One(face) => Observation::One(face.measure(before)),
        }
    }
}

/// The models at work.
#[derive(Clone)]
pub struct Recogniser {
    models: Arc<FaceModels>,
}

impl Recogniser {
    /// Takes loaded models.
    pub fn new(models: Arc<FaceModels>) -> Self {
        Self { models }
    }

    /// Looks for the person in a camera picture.
    pub fn look(&self, picture: &Picture) -> Result<Sighting, ModelError> {
        let mut meshes = self.faces(picture)?;
        let large = meshes
            .iter()
            .filter(|mesh| mesh.eyes() >= EYES_LARGE)
            .count();
        if large > 1 {
            return Ok(Sighting::Several);
        }
        // The only large one, or the surest of small ones, who is then asked to come closer. Sureness, never area: what is taken for a
        // face by mistake is often large.
        let chosen = meshes
            .iter()
            .position(|mesh| large == 0 || mesh.eyes() >= EYES_LARGE);
        let Some(mesh) = chosen.map(|at| meshes.swap_remove(at)) else {
            return Ok(Sighting::Nobody);
        };
        Ok(self.aligned(picture, mesh))
    }

    /// The loaded models.
    pub(crate) fn models(&self) -> &FaceModels {
        &self.models
    }

    /// Wipes what the nets still hold of the last picture (invariant 5, docs/invariants.md).
    pub fn wipe(&self) {
        self.models.blazeface.wipe();
        self.models.facemesh.wipe();
        self.models.facerec.wipe();
    }

    /// A face whose points are known.
    pub fn aligned(&self, picture: &Picture, mesh: Mesh) -> Sighting {
        self.cut_out(picture, mesh)
            .map_or(Sighting::Nobody, |face| Sighting::One(Box::new(face)))
    }

    /// Describes a face.
    pub fn describe(&self, picture: &Picture, face: &Face) -> Result<Embedding, ModelError> {
        if let Some(profile) = &self.models.profile {
            return profile.describe(picture, &face.mesh);
        }
        Embedding::of(&self.models.facerec, &face.chip)
    }

    /// Describes a face that is followed: each frame is looked at from one side, the other side is the frame before. Half the work of
    /// [`Self::describe`]; a test holds how far the distances may differ from it. A first frame is looked at from both sides.
    pub fn describe_next(
        &self,
        half: &mut Half,
        picture: &Picture,
        face: &Face,
    ) -> Result<Embedding, ModelError> {
        if self.models.profile.is_some() {
            return self.describe(picture, face);
        }
        let net = &self.models.facerec;
        let mut both = match half.before.take() {
            Some(before) => {
                let mut both = Embedding::sides(net, &face.chip, [half.mirrored])?;
                both.push(before);
                both
            }
            None => Embedding::sides(net, &face.chip, [half.mirrored, !half.mirrored])?,
        };
        let mean = Embedding::mean(&both)
            .ok_or_else(|| ModelError::Run("nothing was described".into()))?;
        let own = both.swap_remove(0);
        *half = Half {
            mirrored: !half.mirrored,
            before: Some(own),
        };
        Ok(mean)
    }

    /// Describes the one face of a card photo.
    pub fn enrol(&self, photo: &Picture) -> Result<Embedding, PhotoError> {
        let mut meshes = self.faces(photo)?;
        let usable = meshes
            .iter()
            .filter(|mesh| mesh.eyes() >= EYES_ON_CARD)
            .count();
        match (usable, meshes.len()) {
            (0, 0) => return Err(PhotoError::NoFace),
            (0, _) => return Err(PhotoError::TooSmall),
            (1, _) => {}
            (several, _) => return Err(PhotoError::Several(several)),
        }
        let chosen = meshes
            .iter()
            .position(|mesh| mesh.eyes() >= EYES_ON_CARD)
            .map(|at| meshes.swap_remove(at));
        let face = chosen
            .and_then(|mesh| self.cut_out(photo, mesh))
            .ok_or(PhotoError::NoFace)?;
        Ok(self.describe(photo, &face)?)
    }

    /// What the detector calls a face, the surest first.
    pub(crate) fn detect(&self, picture: &Picture) -> Result<Vec<Detection>, ModelError> {
        if let Some(profile) = &self.models.profile
            && let Some(found) = profile.detect(picture)?
        {
            return Ok(found);
        }
        detect(&self.models.blazeface, picture)
    }

    /// What both detector and landmarks call a face, the surest first.
    pub(crate) fn faces(&self, picture: &Picture) -> Result<Vec<Mesh>, ModelError> {
        let mut meshes = Vec::new();
        for found in self.detect(picture)?.iter().take(MOST_LOOKED_AT) {
            let mesh = locate(&self.models.facemesh, picture, found)?;
            if mesh.flag >= LOWEST_FLAG {
                meshes.push(mesh);
            }
        }
        Ok(meshes)
    }

    fn cut_out(&self, picture: &Picture, mesh: Mesh) -> Option<Face> {
        let chip = chip(picture, &mesh)?;
        let light = Light::of(&chip);
        Some(Face {
            mesh,
            light,
            chip,
            picture: [picture.width() as f32, picture.height() as f32],
        })
    }
}
