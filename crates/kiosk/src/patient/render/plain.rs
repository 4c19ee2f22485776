//! Pages that only tell: waiting, reading, working, out of service, trouble.

use super::notice;
use super::sheet::Sheet;
use crate::patient::view::StepView;
use crate::patient::{Notice, OtherCard, Side, Terminal, WorkStep};

/// The visit waits for the service, which is asked again by itself.
const QUEUED: &str = "UK-VISIT-201";
/// Seconds after which a card that was left behind is called out again.
const REMINDER_S: u16 = 8;

pub(super) fn starting(s: &mut Sheet) {
    s.title("patient-starting");
    s.line("patient-starting-more");
    s.picture("turning", "patient-picture-turning");
}

pub(super) fn out_of_service(s: &mut Sheet, code: &str, terminal: &Terminal) {
    s.title("patient-out-of-service");
    s.line("patient-out-of-service-more");
    s.picture("staff", "patient-picture-staff");
    s.code(code);
    s.offer_phone(terminal);
}

pub(super) fn waiting(s: &mut Sheet, terminal: &Terminal) {
    s.title("patient-waiting");
    s.line("patient-waiting-more");
    if terminal.qualification_only {
        s.line("patient-waiting-only");
    }
    s.say(match terminal.reader_at {
        Side::Left => "speech-reader-left",
        Side::Right => "speech-reader-right",
        Side::Below => "speech-reader-below",
        Side::Front | Side::Above => "speech-reader-front",
    });
    s.picture("lay-card", "patient-picture-lay");
    s.offer_phone(terminal);
}

pub(super) fn reading(s: &mut Sheet) {
    s.title("patient-reading");
    s.line("patient-reading-more");
    s.picture("read-card", "patient-picture-read");
}

pub(super) fn not_my_number_card(s: &mut Sheet, what: OtherCard, code: &str) {
    s.title(match what {
        OtherCard::AndroidPhone | OtherCard::IPhone => "patient-not-card-phone",
        OtherCard::NoChip => "patient-not-card-chip",
        _ => "patient-not-card",
    });
    s.line(notice::other_card(what));
    s.line("patient-ask-staff");
    s.picture("take-card", "patient-picture-take");
    s.code(code);
}

pub(super) fn staff_coming(s: &mut Sheet, why: Option<Notice>) {
    s.title("patient-staff-coming");
    s.line("patient-staff-coming-more");
    s.notice(why);
    s.picture("staff", "patient-picture-staff");
    s.back_and_cancel("patient-back");
}

pub(super) fn working(s: &mut Sheet, step: WorkStep) {
    s.title("patient-working");
    s.line("patient-working-more");
    let steps = [
        (WorkStep::CheckingCard, "patient-step-card"),
        (WorkStep::AskingService, "patient-step-service"),
        (WorkStep::Saving, "patient-step-saving"),
    ];
    let now = steps
        .iter()
        .position(|(known, _)| *known == step)
        .unwrap_or_default();
    s.say(steps[now].1);
    let texts = s.texts;
    s.view.steps = steps
        .iter()
        .enumerate()
        .map(|(at, (_, key))| {
            let (state, spoken) = match at.cmp(&now) {
                std::cmp::Ordering::Less => ("done", "patient-step-done"),
                std::cmp::Ordering::Equal => ("now", "patient-step-now"),
                std::cmp::Ordering::Greater => ("later", "patient-step-later"),
            };
            StepView {
                text: texts.get(key),
                state,
                spoken: texts.get(spoken),
            }
        })
        .collect();
}

/// Nothing of the visit stands here any more (invariant 11); the card is called out until it is taken.
pub(super) fn card_left(s: &mut Sheet) {
    s.title("patient-card-left");
    s.line("patient-card-left-more");
    s.picture("take-card", "patient-picture-take");
    s.view.sound.signal = Some("chime");
    s.view.sound.again_s = Some(REMINDER_S);
}

/// Ended before anything was received: that is said first, and nobody is told to wait to be called.
pub(super) fn stopped(s: &mut Sheet, take_card: bool, why: Option<Notice>) {
    if take_card {
        s.title("patient-farewell-take");
        s.line("patient-stopped-not");
        s.picture("take-card", "patient-picture-take");
        s.view.sound.signal = Some("chime");
    } else {
        s.title("patient-stopped");
        s.picture("lay-card", "patient-picture-lay");
    }
    s.line("patient-stopped-more");
    s.notice(why);
}

pub(super) fn trouble(
    s: &mut Sheet,
    code: &str,
    take_card: bool,
    why: Option<Notice>,
    terminal: &Terminal,
) {
    match why {
        // The service is away and the check waits: what happens next comes before everything else. Where nothing could be kept
        // (UK-VISIT-202), nobody is told to wait.
        Some(Notice::ServiceUnreachable) if code == QUEUED => queued(s, take_card),
        // "Lay it down again" and "take it and go to the staff" would contradict each other.
        Some(Notice::CardUnreadable | Notice::CardTakenEarly) => {
            s.title("patient-trouble");
            again(s, take_card);
        }
        _ => {
            s.title("patient-trouble");
            to_the_staff(s, take_card);
        }
    }
    s.notice(why);
    s.code(code);
    s.offer_phone(terminal);
}

fn queued(s: &mut Sheet, take_card: bool) {
    if take_card {
        s.title("patient-farewell-take");
        s.line("patient-farewell-queued");
        s.picture("take-card", "patient-picture-take");
        s.view.sound.signal = Some("chime");
    } else {
        s.title("patient-farewell-queued");
        s.picture("done", "patient-picture-done");
    }
    s.line("patient-farewell-queued-more");
}

fn again(s: &mut Sheet, take_card: bool) {
    if take_card {
        s.picture("take-card", "patient-picture-take");
        s.view.sound.signal = Some("chime");
    } else {
        s.picture("lay-card", "patient-picture-lay");
    }
}

fn to_the_staff(s: &mut Sheet, take_card: bool) {
    if take_card {
        s.line("patient-trouble-take");
        s.picture("take-card", "patient-picture-take");
        s.view.sound.signal = Some("chime");
    } else {
        s.line("patient-trouble-more");
        s.picture("staff", "patient-picture-staff");
    }
}
