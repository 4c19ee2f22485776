//! Identifying: what lies there? Counters, kind and certificate are read while the page says "reading".

use std::time::Duration;

use super::farewell::Ending;
use super::{Active, CardFacts, Choosing, Cx, Farewell, State, Step, swapped, to_waiting};
use crate::{CardAnswer, Command, Device, Event, Interrupt, NotDelivered, Notice, Page, VisitId};

#[derive(Debug)]
pub(crate) struct Identifying {
    active: Active,
    deadline: Duration,
}

impl Identifying {
    pub(super) fn enter(visit: VisitId, reader: String, cx: &mut Cx<'_>) -> State {
        cx.push(Command::BeginCard {
            visit,
            reader: reader.clone(),
        });
        cx.show(Page::Reading);
        let active = Active {
            visit,
            reader,
            card_present: true,
            card_open: true,
            pending: None,
            facts: CardFacts::default(),
        };
        State::Identifying(Self {
            active,
            deadline: cx.after(cx.limits.device),
        })
    }
}

impl Step for Identifying {
    fn interrupt(self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State {
        match interrupt {
            Interrupt::CardRemoved => Farewell::card_early(self.active, cx),
            Interrupt::CardSwapped { visit, reader } => swapped(self.active, visit, reader, cx),
            Interrupt::Idle => Farewell::trouble(
                self.active,
                "UK-VISIT-101",
                Notice::CardUnreadable,
                NotDelivered::Device,
                cx,
            ),
            Interrupt::DeviceGone(Device::Reader) => Farewell::without_reader(self.active, cx),
            // Neither is needed yet; the next states ask again.
            Interrupt::DeviceGone(Device::Camera) | Interrupt::CentralUnreachable => {
                State::Identifying(self)
            }
            Interrupt::StaffCancel => Farewell::cancelled(self.active, cx),
            Interrupt::Restart => to_waiting(self.active, NotDelivered::Restart, cx),
        }
    }

    fn proceed(mut self, event: &Event, cx: &mut Cx<'_>) -> State {
        match event {
            Event::Card(
                _,
                CardAnswer::Identified {
                    kind,
                    pin_tries,
                    number_tries,
                    expires_soon,
                    expiry_known,
                },
            ) => {
                self.active.facts = CardFacts {
                    kind: Some(*kind),
                    pin_tries: *pin_tries,
                    number_tries: *number_tries,
                    expires_soon: *expires_soon,
                    expiry_known: *expiry_known,
                    changed: self.active.facts.changed,
                    ..CardFacts::default()
                };
                Choosing::enter(self.active, None, cx)
            }
            Event::Card(_, CardAnswer::NotUsable(what)) => Farewell::enter(
                self.active,
                Ending::not_delivered(NotDelivered::NotUsable)
                    .notice(Notice::CannotUse(*what))
                    .code(what.code()),
                cx,
            ),
            Event::Card(_, CardAnswer::Failed { code }) => Farewell::trouble(
                self.active,
                code,
                Notice::CardUnreadable,
                NotDelivered::Device,
                cx,
            ),
            _ => State::Identifying(self),
        }
    }

    fn deadline(&self) -> Option<Duration> {
        Some(self.deadline)
    }

    fn active(&self) -> Option<&Active> {
        Some(&self.active)
    }

    fn active_mut(&mut self) -> Option<&mut Active> {
        Some(&mut self.active)
    }
}
