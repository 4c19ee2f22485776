//! Waiting: nobody is there. The first card begins a visit.

use std::time::Duration;

use super::{Active, Cx, Identifying, State, Step};
use crate::{Event, Interrupt, Page};

#[derive(Debug)]
pub(crate) struct Waiting;

/// The page of a terminal nobody uses: ready, or out of service for want of a reader.
pub(crate) fn waiting_page(reader_present: bool) -> Page {
    if reader_present {
        Page::Waiting
    } else {
        Page::OutOfService {
            code: "UK-VISIT-001",
        }
    }
}

impl Waiting {
    pub(super) fn enter(cx: &mut Cx<'_>) -> State {
        let page = waiting_page(cx.reader_present);
        cx.show(page);
        State::Waiting(Self)
    }
}

impl Step for Waiting {
    fn interrupt(self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State {
        match interrupt {
            Interrupt::Restart => Self::enter(cx),
            // Nobody is there, so nothing is lost; a new visit finds out by itself what works.
            Interrupt::CardRemoved
            | Interrupt::CardSwapped { .. }
            | Interrupt::Idle
            | Interrupt::DeviceGone(_)
            | Interrupt::CentralUnreachable
            | Interrupt::StaffCancel => State::Waiting(self),
        }
    }

    fn proceed(self, event: &Event, cx: &mut Cx<'_>) -> State {
        match event {
            Event::CardArrived { visit, reader } => Identifying::enter(*visit, reader.clone(), cx),
            Event::ReaderArrived { .. } | Event::ReaderLeft { .. } => Self::enter(cx),
            _ => State::Waiting(self),
        }
    }

    fn deadline(&self) -> Option<Duration> {
        None
    }

    fn active(&self) -> Option<&Active> {
        None
    }

    fn active_mut(&mut self) -> Option<&mut Active> {
        None
    }
}
