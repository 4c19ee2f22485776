//! Which cameras are there, and whether the one for faces delivers.

use std::time::Instant;

use super::{Ended, FIRST_PICTURE, SLICE, Worker};
use crate::protocol::{Beside, Event};
use crate::source::camera::Camera;
use crate::source::role::Role;
use crate::source::{FrameError, SourceSpec};

impl Worker {
    pub(super) fn notice_cameras(&mut self) {
        let there: Vec<Role> = self
            .sources
            .beside()
            .filter(|(_, spec)| spec.is_there())
            .map(|(role, _)| role)
            .collect();
        self.known.extend(there);
    }

    /// The camera of a role, where the site has one.
    pub(super) fn beside(&self, role: Role) -> Option<&SourceSpec> {
        self.sources
            .beside()
            .find(|(own, spec)| *own == role && (spec.is_there() || self.known.contains(own)))
            .map(|(_, spec)| spec)
    }

    pub(super) fn check_camera(&self, peer: u64, picture: bool) -> Result<(), Ended> {
        let delivers = || {
            if picture { self.one_picture() } else { Ok(()) }
        };
        let probed = self.sources.face.probe(self.simulation);
        let beside = self
            .sources
            .beside()
            .map(|(role, spec)| Beside {
                role: role.name().into(),
                source: spec.to_string(),
                there: spec.is_there(),
                missed: !spec.is_there() && self.known.contains(&role),
            })
            .collect();
        let event = match probed.and_then(|probe| delivers().map(|()| probe)) {
            Ok(probe) => Event::Camera {
                ok: true,
                detail: probe.detail,
                width: probe.width,
                height: probe.height,
                fps: probe.fps,
                beside,
            },
            Err(error) => Event::Camera {
                ok: false,
                detail: error.to_string(),
                width: 0,
                height: 0,
                fps: 0,
                beside,
            },
        };
        self.put(peer, event)
    }

    /// Whether the camera delivers, a sensor two that differ; each picture is wiped as it goes out of scope.
    fn one_picture(&self) -> Result<(), FrameError> {
        let begun = Instant::now();
        let (source, simulation) = (self.sources.face.clone(), self.simulation);
        let mut camera = Camera::new(Box::new(move || source.open(simulation)))?;
        let mut wanted = if camera.is_sensor() { 2 } else { 1 };
        while begun.elapsed() < FIRST_PICTURE {
            self.beat();
            wanted -= u32::from(camera.next(SLICE)?.is_some());
            // Somebody is to be compared now: that finds out by itself.
            if self.jobs.comparing() || wanted == 0 {
                return Ok(());
            }
        }
        Err(FrameError::Gone(if camera.tally().repeated > 0 {
            "it opens, but its picture stands still".into()
        } else {
            "it opens, but delivers no picture".into()
        }))
    }
}
