//! Follows the face from frame to frame: the detector looks only when the face was lost, and now and then for other persons.

use crate::frame::Picture;
use crate::mesh::{LOWEST_FLAG, Mesh, follow};
use crate::models::ModelError;
use crate::quality::EYES_LARGE;
use crate::recognise::{Recogniser, Sighting};

/// Frames from one look for other persons to the next.
const RECOUNT: u32 = 5;
/// A point of the followed face must stay this near to where it was, in eye distances: beyond it is another face, or a slip.
const LONGEST_JUMP: f32 = 0.8;

/// What is known from the frame before.
#[derive(Default)]
pub struct Tracker {
    last: Option<Mesh>,
    since_detection: u32,
    detections: u32,
}

impl Tracker {
    /// Looks for the person, where they were before if possible.
    pub fn look(
        &mut self,
        recogniser: &Recogniser,
        picture: &Picture,
    ) -> Result<Sighting, ModelError> {
        let sighting = match self.followed(recogniser, picture)? {
            Some(mesh) => recogniser.aligned(picture, mesh),
            None => {
                self.since_detection = 0;
                self.detections += 1;
                recogniser.look(picture)?
            }
        };
        self.last = match &sighting {
            Sighting::One(face) => Some(face.mesh.clone()),
            Sighting::Nobody | Sighting::Several => None,
        };
        Ok(sighting)
    }

    /// The face of the frame before, for the way it has moved.
    pub fn last(&self) -> Option<&Mesh> {
        self.last.as_ref()
    }

    /// How often the detector ran.
    pub fn detections(&self) -> u32 {
        self.detections
    }

    fn followed(
        &mut self,
        recogniser: &Recogniser,
        picture: &Picture,
    ) -> Result<Option<Mesh>, ModelError> {
        let Some(before) = &self.last else {
            return Ok(None);
        };
        if self.since_detection >= RECOUNT {
            self.since_detection = 0;
            self.detections += 1;
            let large = recogniser
                .detect(picture)?
                .iter()
                .filter(|face| face.eyes() >= EYES_LARGE)
                .count();
            // Nobody or several: the whole look decides, with the landmark net's word on each.
            if large != 1 {
                return Ok(None);
            }
        }
        self.since_detection += 1;
        let mesh = follow(&recogniser.models().facemesh, picture, before)?;
        let near = mesh.moved(before) <= LONGEST_JUMP * before.eyes();
        Ok((mesh.flag >= LOWEST_FLAG && near).then_some(mesh))
    }
}
