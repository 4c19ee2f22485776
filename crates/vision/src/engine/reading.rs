//! Reading the card's front: frames of the document camera until fourteen digits are sure or time is up.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{Ended, Outgoing, SLICE, Worker};
use crate::jobs::Job;
use crate::ocr::{CardReader, Known};
use crate::protocol::Event;
use crate::source::camera::Camera;
use crate::source::role::Role;

/// Longest reading.
const LONGEST: Duration = Duration::from_secs(20);

impl Worker {
    /// Reads, and answers with as many digits as are sure: none is an answer too, and the number is typed.
    pub(super) fn read_card(
        &mut self,
        job: Job,
        deadline: Duration,
        known: Known,
    ) -> Result<(), Ended> {
        let mut digits = Zeroizing::new(Vec::new());
        let detail = match self.digits(job, deadline.min(LONGEST), known, &mut digits) {
            Ok(cards) => format!("{cards} frames with a card"),
            Err(reason) => reason,
        };
        if !self.jobs.close(job) {
            return Ok(());
        }
        let payload: Zeroizing<Vec<u8>> =
            Zeroizing::new(digits.iter().map(|digit| b'0' + digit.min(&9)).collect());
        let event = Event::CardRead {
            visit: job.visit,
            sure: payload.len() as u8,
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

    fn digits(
        &self,
        job: Job,
        deadline: Duration,
        known: Known,
        digits: &mut Zeroizing<Vec<u8>>,
    ) -> Result<u32, String> {
        let (Some(source), Some(engine)) = (self.beside(Role::Document).cloned(), &self.ocr) else {
            return Err("no document camera, or no Tesseract".into());
        };
        let simulation = self.simulation;
        let begun = Instant::now();
        let mut camera = Camera::new(Box::new(move || source.open(simulation)))
            .map_err(|error| error.to_string())?;
        let mut reader = CardReader::new(engine, known);
        let mut cards = 0;
        while begun.elapsed() < deadline && self.jobs.is_open(job) && !reader.complete() {
            self.beat();
            match camera.next(SLICE) {
                Ok(Some(frame)) => {
                    cards += u32::from(
                        reader
                            .frame(&frame.picture)
                            .map_err(|error| error.to_string())?,
                    );
                }
                Ok(None) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        digits.extend(reader.digits().iter());
        Ok(cards)
    }
}
