//! The questions of consent and the summary of their answers.

use super::{notice, picture};
use crate::patient::view::{AgreedView, Button, KindView, Look, View};
use crate::patient::{ConsentKind, Input, Notice};
use crate::texts::Texts;

/// Both answers look alike and are equally large: neither is suggested.
fn answer(texts: Texts, input: Input, yes: bool) -> Button {
    let (key, icon) = if yes {
        ("patient-consent-yes", "yes")
    } else {
        ("patient-consent-no", "no")
    };
    Button::new(input, texts.get(key), Look::Answer).icon(icon)
}

pub(super) fn questions(
    view: &mut View,
    texts: Texts,
    answers: &[Option<bool>; 4],
    itemised: bool,
) {
    view.kinds_label = Some(texts.get("patient-consents-kinds"));
    view.kinds = ConsentKind::ALL
        .into_iter()
        .map(|kind| kind_view(texts, kind))
        .collect();
    if itemised {
        view.title = texts.get("patient-consents-each");
        view.lines = vec![texts.get("patient-consents-each-more")];
        for (kind, row) in ConsentKind::ALL.into_iter().zip(&mut view.kinds) {
            let given = answers[kind.index()];
            row.answers = [true, false]
                .map(|yes| {
                    answer(texts, Input::Consent(kind, yes), yes).pressed(given == Some(yes))
                })
                .into();
        }
        view.actions = vec![Button::new(
            Input::ConsentDone,
            texts.get("patient-consent-done"),
            Look::Primary,
        )];
    } else {
        view.title = texts.get("patient-consents");
        view.lines = vec![texts.get("patient-consents-more")];
        view.choices = [true, false]
            .map(|yes| answer(texts, Input::ConsentAll(yes), yes))
            .into();
        view.actions = vec![Button::new(
            Input::Itemise,
            texts.get("patient-consent-itemise"),
            Look::Plain,
        )];
    }
}

fn kind_view(texts: Texts, kind: ConsentKind) -> KindView {
    let (name, what) = match kind {
        ConsentKind::Checkups => ("patient-checkups", "patient-checkups-what"),
        ConsentKind::Medicines => ("patient-medicines", "patient-medicines-what"),
        ConsentKind::Treatment => ("patient-treatment", "patient-treatment-what"),
        ConsentKind::Operations => ("patient-operations", "patient-operations-what"),
    };
    KindView {
        id: kind.name(),
        name: texts.get(name),
        what: texts.get(what),
        answers: Vec::new(),
    }
}

pub(super) fn farewell(
    view: &mut View,
    texts: Texts,
    agreed: &[ConsentKind],
    take_card: bool,
    why: Option<Notice>,
) {
    if take_card {
        view.title = texts.get("patient-farewell-take");
        view.lines = vec![
            texts.get("patient-farewell-done"),
            texts.get("patient-farewell-more"),
        ];
        view.picture = picture(texts, "take-card", "patient-picture-take");
    } else {
        view.title = texts.get("patient-farewell");
        view.lines = vec![texts.get("patient-farewell-more")];
        view.picture = picture(texts, "done", "patient-picture-done");
    }
    view.notice = why.map(|why| notice::view(texts, why));
    // In the questions' own order, each once, whatever order they were handed over in.
    let items: Vec<String> = ConsentKind::ALL
        .into_iter()
        .filter(|kind| agreed.contains(kind))
        .map(|kind| kind_view(texts, kind).name)
        .collect();
    let title = if items.is_empty() {
        "patient-agreed-none"
    } else {
        "patient-agreed"
    };
    view.agreed = Some(AgreedView {
        title: texts.get(title),
        items,
    });
}
