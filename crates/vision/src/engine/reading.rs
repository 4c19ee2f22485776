//! Reading the card's front: frames of the document camera, or of the face camera with the card held up before it, until fourteen digits are sure
//! or time is up.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{Ended, Outgoing, PREVIEW_GAP, SLICE, Worker};
use crate::decode::jpeg;
use crate::frame::Picture;
use crate::jobs::Job;
use crate::ocr::{CardReader, Known, Shown};
use crate::order::LONGEST_READING;
use crate::protocol::Event;
use crate::source::SourceSpec;
use crate::source::camera::Camera;
use crate::source::role::Role;

/// Longest side of the picture by which a person finds out where the card is held. A card as wide as the whole picture has less than a pixel for a
/// millimetre there: neither its print nor a face can be made out by whoever stands beside.
const COARSE: usize = 72;
const COARSE_QUALITY: u8 = 80;

impl Worker {
    /// Reads, and answers with as many digits as are sure: none is an answer too, and the number is typed.
    pub(super) fn read_card(
        &mut self,
        job: Job,
        deadline: Duration,
        known: Known,
        held_up: bool,
    ) -> Result<(), Ended> {
        let mut digits = Zeroizing::new(Vec::new());
        let limit = deadline.min(LONGEST_READING);
        let (another, detail) = match self.digits(job, limit, known, held_up, &mut digits) {
            Ok((cards, another)) => (another, format!("{cards} frames with a card")),
            Err(reason) => (false, reason),
        };
        if !self.jobs.close(job) {
            return Ok(());
        }
        let payload: Zeroizing<Vec<u8>> =
            Zeroizing::new(digits.iter().map(|digit| b'0' + digit.min(&9)).collect());
        let event = Event::CardRead {
            visit: job.visit,
            sure: payload.len() as u8,
            another,
            detail,
        };
        self.events
            .send(Outgoing {
                peer: job.peer,
                event,
                payload,
            })
            .map_err(|_| Ended)
    }

    /// The camera that sees the card's front. The one for faces only when it is asked for and there is no other: it shows the person, too.
    fn card_camera(&self, held_up: bool) -> Option<(SourceSpec, Shown)> {
        let own = self.beside(Role::Document).cloned();
        match own.filter(|spec| *spec != self.sources.face) {
            Some(spec) => Some((spec, Shown::Lying)),
            None => held_up.then(|| (self.sources.face.clone(), Shown::HeldUp)),
        }
    }

    fn digits(
        &self,
        job: Job,
        deadline: Duration,
        known: Known,
        held_up: bool,
        digits: &mut Zeroizing<Vec<u8>>,
    ) -> Result<(u32, bool), String> {
        let (Some((source, shown)), Some(engine)) = (self.card_camera(held_up), &self.ocr) else {
            return Err("no document camera, or no Tesseract".into());
        };
        let simulation = self.simulation;
        let begun = Instant::now();
        // The face camera, too, is asked for as many pixels as print needs.
        let mut camera = Camera::new(Box::new(move || source.open_as(Role::Document, simulation)))
            .map_err(|error| error.to_string())?;
        let mut reader = CardReader::new(engine, shown, known);
        let (mut cards, mut shown_at) = (0, None::<Duration>);
        while begun.elapsed() < deadline && self.jobs.is_open(job) && !reader.decided() {
            self.beat();
            let frame = match camera.next(SLICE) {
                Ok(Some(frame)) => frame,
                Ok(None) => continue,
                Err(error) => return Err(error.to_string()),
            };
            let now = begun.elapsed();
            if shown == Shown::HeldUp
                && shown_at.is_none_or(|last| now.saturating_sub(last) >= PREVIEW_GAP)
            {
                shown_at = Some(now);
                self.coarse_preview(job, &frame.picture)
                    .map_err(|Ended| "stopping")?;
            }
            cards += u32::from(
                reader
                    .frame(&frame.picture)
                    .map_err(|error| error.to_string())?,
            );
        }
        digits.extend(reader.digits().iter());
        Ok((cards, reader.another()))
    }

    fn coarse_preview(&self, job: Job, picture: &Picture) -> Result<(), Ended> {
        let Some(coarse) = coarse(picture) else {
            return Ok(());
        };
        match jpeg::encode(&coarse, COARSE_QUALITY) {
            Ok(payload) => self.show(job, payload),
            Err(_) => Ok(()),
        }
    }
}

/// The picture in a few large pixels, each the mean of what it covers.
fn coarse(picture: &Picture) -> Option<Picture> {
    let scale = picture
        .width()
        .max(picture.height())
        .div_ceil(COARSE)
        .max(1);
    let (columns, rows) = (picture.width() / scale, picture.height() / scale);
    let mut rgb = Zeroizing::new(Vec::with_capacity(columns * rows * 3));
    for row in 0..rows {
        for column in 0..columns {
            let mut sum = [0u32; 3];
            for y in row * scale..(row + 1) * scale {
                let start = (y * picture.width() + column * scale) * 3;
                for pixel in picture.rgb()[start..start + scale * 3].as_chunks::<3>().0 {
                    for (sum, value) in sum.iter_mut().zip(pixel) {
                        *sum += u32::from(*value);
                    }
                }
            }
            rgb.extend(sum.map(|sum| (sum / (scale * scale) as u32) as u8));
        }
    }
    Picture::new(columns, rows, rgb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_held_card_is_too_coarse_to_read() {
        // Lines of print, four pixels high, four apart.
        let grey: Vec<u8> = (0..1280 * 720)
            .map(|at| if at / 1280 / 4 % 2 == 0 { 20 } else { 240 })
            .collect();
        let picture = Picture::from_grey(1280, 720, &grey).unwrap();
        let shown = coarse(&picture).unwrap();
        assert!(shown.width() <= COARSE && shown.height() <= COARSE);
        assert!(shown.rgb().iter().all(|value| (90..170).contains(value)));
        let small = Picture::from_grey(30, 20, &[7; 600]).unwrap();
        assert_eq!(coarse(&small).unwrap().width(), 30);
    }
}
