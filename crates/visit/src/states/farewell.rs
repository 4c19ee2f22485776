//! Farewell: the visit is over for the machine; the person reads what was agreed or what went wrong, and
//! takes the card. What was agreed is wiped after ten seconds at most (invariant 11).

use std::time::Duration;

use super::{Active, Cx, State, Step, next_visit};
use crate::{
    AlertKind, Command, ConsentAnswers, ConsentKind, Device, EndReason, Event, Interrupt,
    NotDelivered, Notice, Page,
};

#[derive(Debug)]
pub(crate) struct Farewell {
    active: Active,
    ending: Ending,
    stage: Stage,
    deadline: Option<Duration>,
}

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The person reads the last page.
    Reading,
    /// The page has been wiped, and the card is called out.
    CardLeft,
}

/// What the last page says.
#[derive(Debug)]
pub(crate) struct Ending {
    reason: EndReason,
    agreed: Vec<ConsentKind>,
    notice: Option<Notice>,
    code: Option<&'static str>,
}

impl Ending {
    pub(super) fn new(reason: EndReason) -> Self {
        Self {
            reason,
            agreed: Vec::new(),
            notice: None,
            code: None,
        }
    }

    pub(super) fn not_delivered(why: NotDelivered) -> Self {
        Self::new(EndReason::NotDelivered(why))
    }

    pub(super) fn agreed(mut self, consents: ConsentAnswers) -> Self {
        self.agreed = consents.agreed_kinds();
        self
    }

    pub(super) fn notice(mut self, notice: Notice) -> Self {
        self.notice = Some(notice);
        self
    }

    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// With what the card told, where nothing else is to be said.
    pub(super) fn complete(mut self, active: &Active) -> Self {
        if self.notice.is_none() && active.facts.registered {
            self.notice = Some(Notice::Registered);
        }
        if self.notice.is_none() && active.facts.expires_soon {
            self.notice = Some(Notice::CertificateExpiresSoon);
        }
        self
    }
}

impl Farewell {
    /// Lets go of the card, ends the visit and shows the last page. The reader may be gone, or a card may
    /// wait for its own visit: then that is served at once.
    pub(super) fn enter(active: Active, ending: Ending, cx: &mut Cx<'_>) -> State {
        let until = cx.after(cx.limits.farewell);
        Self::go_on(active, ending, Some(until), cx)
    }

    /// The same where the last page has stood there already, until the given time or until it was wiped.
    pub(super) fn go_on(
        mut active: Active,
        ending: Ending,
        until: Option<Duration>,
        cx: &mut Cx<'_>,
    ) -> State {
        let ending = ending.complete(&active);
        if active.card_open {
            active.card_open = false;
            cx.push(Command::EndCard {
                visit: active.visit,
            });
        }
        cx.push(Command::Finish {
            visit: active.visit,
            reason: ending.reason,
            code: ending.code,
        });
        if active.pending.is_some() {
            return next_visit(active.pending.take(), cx);
        }
        let stage = match until {
            Some(_) => Stage::Reading,
            None if active.card_present => Stage::CardLeft,
            None => return next_visit(None, cx),
        };
        let state = Self {
            active,
            ending,
            stage,
            deadline: Some(until.unwrap_or_else(|| cx.after(cx.limits.card_left))),
        };
        state.show(cx);
        State::Farewell(state)
    }

    pub(super) fn trouble(
        active: Active,
        code: &'static str,
        notice: Notice,
        why: NotDelivered,
        cx: &mut Cx<'_>,
    ) -> State {
        Self::enter(
            active,
            Ending::not_delivered(why).notice(notice).code(code),
            cx,
        )
    }

    pub(super) fn cancelled(active: Active, cx: &mut Cx<'_>) -> State {
        Self::enter(
            active,
            Ending::not_delivered(NotDelivered::Cancelled).notice(Notice::Cancelled),
            cx,
        )
    }

    pub(super) fn idle(active: Active, cx: &mut Cx<'_>) -> State {
        Self::enter(
            active,
            Ending::not_delivered(NotDelivered::Idle).notice(Notice::IdleTimeout),
            cx,
        )
    }

    /// The card went before it had proved itself. The person is told for as long as every last page stands there; a card that is
    /// laid meanwhile is served at once.
    pub(super) fn card_early(mut active: Active, cx: &mut Cx<'_>) -> State {
        active.card_present = false;
        Self::trouble(
            active,
            "UK-VISIT-103",
            Notice::CardTakenEarly,
            NotDelivered::CardRemoved,
            cx,
        )
    }

    pub(super) fn without_reader(mut active: Active, cx: &mut Cx<'_>) -> State {
        active.card_present = false;
        Self::trouble(
            active,
            "UK-VISIT-105",
            Notice::ReaderGone,
            NotDelivered::Device,
            cx,
        )
    }

    fn show(&self, cx: &mut Cx<'_>) {
        cx.show(match self.stage {
            Stage::CardLeft => Page::CardLeft,
            Stage::Reading => Self::page(&self.active, &self.ending),
        });
    }

    /// The last page of an ending.
    pub(super) fn page(active: &Active, ending: &Ending) -> Page {
        let take_card = active.card_present;
        let Ending {
            reason,
            agreed,
            notice,
            code,
        } = ending;
        let received = !matches!(reason, EndReason::NotDelivered(_));
        match code {
            Some(code) => Page::Trouble {
                code,
                take_card,
                notice: *notice,
            },
            None => Page::Farewell {
                received,
                agreed: (received && active.facts.asked).then(|| agreed.clone()),
                take_card,
                notice: *notice,
            },
        }
    }

    /// Time is up: everything about the visit leaves the page; a card left behind is called out, then staff is told.
    fn time_is_up(mut self, cx: &mut Cx<'_>) -> State {
        if !self.active.card_present {
            return next_visit(self.active.pending, cx);
        }
        if self.stage == Stage::CardLeft {
            self.deadline = None;
            cx.push(Command::Alert {
                visit: self.active.visit,
                kind: AlertKind::CardLeft,
            });
            return State::Farewell(self);
        }
        self.ending = Ending::new(self.ending.reason);
        self.stage = Stage::CardLeft;
        self.deadline = Some(cx.after(cx.limits.card_left));
        self.show(cx);
        State::Farewell(self)
    }

    fn card_gone(mut self, cx: &mut Cx<'_>) -> State {
        self.active.card_present = false;
        if self.stage == Stage::CardLeft {
            return next_visit(self.active.pending, cx);
        }
        self.show(cx);
        State::Farewell(self)
    }
}

impl Step for Farewell {
    fn interrupt(self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State {
        match interrupt {
            Interrupt::CardRemoved | Interrupt::DeviceGone(Device::Reader) => self.card_gone(cx),
            Interrupt::CardSwapped { visit, reader } => next_visit(Some((visit, reader)), cx),
            Interrupt::Idle => self.time_is_up(cx),
            // The visit is already over: nothing left to cancel, and no device or service is needed.
            Interrupt::DeviceGone(Device::Camera)
            | Interrupt::CentralUnreachable
            | Interrupt::StaffCancel => State::Farewell(self),
            Interrupt::Restart => next_visit(None, cx),
        }
    }

    fn proceed(self, _event: &Event, _cx: &mut Cx<'_>) -> State {
        State::Farewell(self)
    }

    fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    fn active(&self) -> Option<&Active> {
        Some(&self.active)
    }

    fn active_mut(&mut self) -> Option<&mut Active> {
        Some(&mut self.active)
    }
}
