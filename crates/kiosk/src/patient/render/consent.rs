//! The questions of consent and the summary of their answers.
//!
//! All at once, or one after the other: each question then has a screen of its own with what it means in one sentence, and
//! at the end every answer can still be changed.

use super::sheet::Sheet;
use crate::patient::view::{AgreedView, Button, KindView, Look};
use crate::patient::{ConsentKind, Input, Notice, Panel};

/// Both answers look alike and are equally large: neither is suggested.
fn answers(s: &Sheet, input: impl Fn(bool) -> Input) -> Vec<Button> {
    let yes = s.button(input(true), "patient-consent-yes", Look::Answer);
    let no = s.button(input(false), "patient-consent-no", Look::Answer);
    vec![yes.icon("yes"), no.icon("no")]
}

pub(super) fn questions(s: &mut Sheet, given: &[Option<bool>; 4], itemised: bool) {
    if !itemised {
        return all_at_once(s);
    }
    let open = ConsentKind::ALL
        .into_iter()
        .find(|kind| given[kind.index()].is_none());
    match open {
        Some(kind) => one(s, kind),
        None => review(s, given),
    }
}

/// Whether to register the card for use at receptions. Nothing is registered without a "yes", and neither answer is
/// suggested.
pub(super) fn register(s: &mut Sheet) {
    s.title("patient-register");
    s.line("patient-register-more");
    s.say("speech-choose");
    let yes = s.button(Input::Register(true), "patient-register-yes", Look::Answer);
    let no = s.button(Input::Register(false), "patient-register-no", Look::Answer);
    s.view.choices = vec![yes.icon("yes"), no.icon("no")];
}

fn all_at_once(s: &mut Sheet) {
    s.title("patient-consents");
    s.line("patient-consents-more");
    for kind in ConsentKind::ALL {
        s.say(words(kind).0);
    }
    s.say("speech-choose");
    s.view.kinds_label = Some(s.texts.get("patient-consents-kinds"));
    s.view.kinds = ConsentKind::ALL
        .into_iter()
        .map(|kind| kind_view(s, kind))
        .collect();
    s.view.choices = answers(s, Input::ConsentAll);
    let itemise = s.button(Input::Itemise, "patient-consent-itemise", Look::Plain);
    // Where the screen is too small for a sentence to each kind, the sentences are one touch away.
    let meaning = s.button(
        Input::Open(Panel::Meaning),
        "patient-consents-meaning",
        Look::Plain,
    );
    s.view.actions = vec![meaning.icon("info"), itemise];
}

fn one(s: &mut Sheet, kind: ConsentKind) {
    let at = kind.index() + 1;
    let total = ConsentKind::ALL.len();
    s.view.progress = Some(
        s.texts
            .with_two("patient-consents-at", ("at", at), ("total", total)),
    );
    let (name, what) = words(kind);
    s.title(name);
    s.say(format!("speech-question-{at}"));
    s.line(what);
    s.line("patient-consents-each");
    s.say("speech-choose");
    s.view.choices = answers(s, |yes| Input::Consent(kind, yes));
    s.view.actions = vec![
        s.button(Input::Back, "patient-back", Look::Plain)
            .icon("back"),
    ];
}

fn review(s: &mut Sheet, given: &[Option<bool>; 4]) {
    s.title("patient-consents-review");
    s.line("patient-consents-review-more");
    s.say("speech-choose");
    let mut choices = Vec::new();
    for kind in ConsentKind::ALL {
        let yes = given[kind.index()] == Some(true);
        let (answer, icon) = if yes {
            ("patient-consent-yes", "yes")
        } else {
            ("patient-consent-no", "no")
        };
        let name = words(kind).0;
        choices.push(
            s.button(Input::Change(kind), name, Look::Given)
                .detail(s.texts.get(answer))
                .icon(icon)
                .pressed(yes)
                .spoken(&[name, answer]),
        );
    }
    s.view.choices = choices;
    s.view.actions = vec![
        s.button(Input::Back, "patient-back", Look::Plain)
            .icon("back"),
        s.button(Input::ConsentDone, "patient-consent-done", Look::Primary),
    ];
}

pub(super) fn words(kind: ConsentKind) -> (&'static str, &'static str) {
    match kind {
        ConsentKind::Checkups => ("patient-checkups", "patient-checkups-what"),
        ConsentKind::Medicines => ("patient-medicines", "patient-medicines-what"),
        ConsentKind::Treatment => ("patient-treatment", "patient-treatment-what"),
        ConsentKind::Operations => ("patient-operations", "patient-operations-what"),
    }
}

pub(super) fn kind_view(s: &Sheet, kind: ConsentKind) -> KindView {
    let (name, what) = words(kind);
    KindView {
        id: kind.name(),
        name: s.texts.get(name),
        what: s.texts.get(what),
    }
}

pub(super) fn farewell(
    s: &mut Sheet,
    agreed: Option<&[ConsentKind]>,
    take_card: bool,
    why: Option<Notice>,
) {
    if take_card {
        s.title("patient-farewell-take");
        s.line("patient-farewell-done");
        s.line("patient-farewell-more");
        s.picture("take-card", "patient-picture-take");
        s.view.sound.signal = Some("chime");
    } else {
        s.title("patient-farewell");
        s.line("patient-farewell-more");
        s.picture("done", "patient-picture-done");
    }
    s.notice(why);
    // Nothing was asked, so there is nothing to sum up, and nobody is told of a refusal that nobody made.
    let Some(agreed) = agreed else {
        return;
    };
    // In the questions' own order, each once, whatever order they were handed over in.
    let kinds: Vec<ConsentKind> = ConsentKind::ALL
        .into_iter()
        .filter(|kind| agreed.contains(kind))
        .collect();
    let title = if kinds.is_empty() {
        "patient-agreed-none"
    } else {
        "patient-agreed"
    };
    s.say(title);
    for kind in &kinds {
        s.say(words(*kind).0);
    }
    s.view.agreed = Some(AgreedView {
        title: s.texts.get(title),
        items: kinds.iter().map(|kind| kind_view(s, *kind).name).collect(),
    });
}
