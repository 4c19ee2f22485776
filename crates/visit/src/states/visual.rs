//! Visual: staff compares face and card, for this visit only (invariant 8).

use std::time::Duration;

use super::{Active, Choosing, Confirming, Cx, Farewell, State, Step, swapped, to_waiting};
use crate::{
    CardAnswer, Command, Device, Event, Input, Interrupt, Method, NotDelivered, Notice, Page,
};

#[derive(Debug)]
pub(crate) struct Visual {
    active: Active,
    deadline: Duration,
}

impl Visual {
    pub(super) fn enter(active: Active, cx: &mut Cx<'_>) -> State {
        cx.push(Command::CallStaff {
            visit: active.visit,
        });
        cx.show(Page::StaffComing);
        State::Visual(Self {
            active,
            deadline: cx.after(cx.limits.staff),
        })
    }
}

impl Step for Visual {
    fn interrupt(self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State {
        match interrupt {
            Interrupt::CardRemoved => Farewell::card_early(self.active, cx),
            Interrupt::CardSwapped { visit, reader } => swapped(self.active, visit, reader, cx),
            Interrupt::Idle => Choosing::enter(self.active, Some(Notice::StaffTimeout), cx),
            Interrupt::DeviceGone(Device::Reader) => Farewell::without_reader(self.active, cx),
            Interrupt::DeviceGone(Device::Camera) | Interrupt::CentralUnreachable => {
                State::Visual(self)
            }
            Interrupt::StaffCancel => Farewell::cancelled(self.active, cx),
            Interrupt::Restart => to_waiting(self.active, NotDelivered::Restart, cx),
        }
    }

    fn proceed(self, event: &Event, cx: &mut Cx<'_>) -> State {
        match event {
            Event::VisualConfirmed { staff, .. } => Confirming::enter(
                self.active,
                Method::Visual {
                    staff: staff.clone(),
                },
                cx,
            ),
            // Nobody can be confirmed for 15 minutes: not left waiting for it (invariant 8).
            Event::VisualLocked { .. } => {
                Choosing::enter(self.active, Some(Notice::VisualLocked), cx)
            }
            Event::Patient(Input::Back) => Choosing::enter(self.active, None, cx),
            Event::Patient(Input::Cancel) => Farewell::cancelled(self.active, cx),
            Event::Card(_, CardAnswer::Failed { code }) => Farewell::trouble(
                self.active,
                code,
                Notice::CardUnreadable,
                NotDelivered::Device,
                cx,
            ),
            _ => State::Visual(self),
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
