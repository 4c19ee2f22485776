//! Pages that only tell: waiting, reading, working, out of service, trouble.

use super::{notice, picture};
use crate::patient::view::{Button, Look, StepView, View};
use crate::patient::{Input, Notice, OtherCard, WorkStep};
use crate::texts::Texts;

pub(super) fn starting(view: &mut View, texts: Texts) {
    view.title = texts.get("patient-starting");
    view.lines = vec![texts.get("patient-starting-more")];
    view.picture = picture(texts, "turning", "patient-picture-turning");
}

pub(super) fn out_of_service(view: &mut View, texts: Texts, code: &str) {
    view.title = texts.get("patient-out-of-service");
    view.lines = vec![texts.get("patient-out-of-service-more")];
    view.picture = picture(texts, "staff", "patient-picture-staff");
    view.code = Some(texts.with("patient-code", "code", code));
}

pub(super) fn waiting(view: &mut View, texts: Texts) {
    view.title = texts.get("patient-waiting");
    view.lines = vec![texts.get("patient-waiting-more")];
    view.picture = picture(texts, "lay-card", "patient-picture-lay");
}

pub(super) fn reading(view: &mut View, texts: Texts) {
    view.title = texts.get("patient-reading");
    view.lines = vec![texts.get("patient-reading-more")];
    view.picture = picture(texts, "read-card", "patient-picture-read");
}

pub(super) fn not_my_number_card(view: &mut View, texts: Texts, what: OtherCard, code: &str) {
    view.title = texts.get(match what {
        OtherCard::AndroidPhone | OtherCard::IPhone => "patient-not-card-phone",
        OtherCard::NoChip => "patient-not-card-chip",
        _ => "patient-not-card",
    });
    view.lines = vec![
        texts.get(notice::other_card(what)),
        texts.get("patient-ask-staff"),
    ];
    view.picture = picture(texts, "take-card", "patient-picture-take");
    view.code = Some(texts.with("patient-code", "code", code));
}

pub(super) fn staff_coming(view: &mut View, texts: Texts, why: Option<Notice>) {
    view.title = texts.get("patient-staff-coming");
    view.lines = vec![texts.get("patient-staff-coming-more")];
    view.notice = why.map(|why| notice::view(texts, why));
    view.picture = picture(texts, "staff", "patient-picture-staff");
    view.actions = vec![
        Button::new(Input::Back, texts.get("patient-back"), Look::Plain).icon("back"),
        Button::new(Input::Cancel, texts.get("patient-cancel"), Look::Plain),
    ];
}

pub(super) fn working(view: &mut View, texts: Texts, step: WorkStep) {
    view.title = texts.get("patient-working");
    view.lines = vec![texts.get("patient-working-more")];
    let steps = [
        (WorkStep::CheckingCard, "patient-step-card"),
        (WorkStep::AskingService, "patient-step-service"),
        (WorkStep::Saving, "patient-step-saving"),
    ];
    let now = steps
        .iter()
        .position(|(known, _)| *known == step)
        .unwrap_or_default();
    view.steps = steps
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

pub(super) fn trouble(
    view: &mut View,
    texts: Texts,
    code: &str,
    take_card: bool,
    why: Option<Notice>,
) {
    view.notice = why.map(|why| notice::view(texts, why));
    view.title = texts.get("patient-trouble");
    let line = if take_card {
        "patient-trouble-take"
    } else {
        "patient-trouble-more"
    };
    view.lines = vec![texts.get(line)];
    view.picture = if take_card {
        picture(texts, "take-card", "patient-picture-take")
    } else {
        picture(texts, "staff", "patient-picture-staff")
    };
    view.code = Some(texts.with("patient-code", "code", code));
}
