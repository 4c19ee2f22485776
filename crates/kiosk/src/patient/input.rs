//! What a press on the patient's page means. The page sends a button's id and nothing else.

use crate::Lang;
use crate::patient::{ConsentKind, Panel, Theme};
use std::fmt;

/// One press of the patient.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Identify by face.
    Face,
    /// Identify by PIN.
    Pin,
    /// Ask for staff (目視確認).
    Visual,
    /// One step back.
    Back,
    /// End the visit.
    Cancel,
    /// A digit key.
    Digit(u8),
    /// Hold the card up to the camera instead of typing what it says.
    HoldCard,
    /// Take the last digit away.
    Erase,
    /// Take all digits back.
    Clear,
    /// Confirm the digits.
    Confirm,
    /// Consent to everything, or to nothing.
    ConsentAll(bool),
    /// Ask each consent apart.
    Itemise,
    /// The answer for one kind.
    Consent(ConsentKind, bool),
    /// The other answer for one kind, from the button that shows the present one. Its id stays while the answer changes, so that
    /// the button keeps the focus; the view turns it into [`Input::Consent`], and the visit never sees it.
    Change(ConsentKind),
    /// The answers are complete; what was not answered is "no" (invariant 11).
    ConsentDone,
    /// Register the card for use at receptions, or not.
    Register(bool),
    /// "I need more time" on the idle warning.
    Stay,
    /// Change the language.
    Language(Lang),
    /// Change the colours.
    Theme(Theme),
    /// Large letters, or the standard.
    Large(bool),
    /// Everything that is touched low, or the standard.
    Low(bool),
    /// Drawings that stand still, or move.
    Still(bool),
    /// Spoken guidance on or off.
    Speech(bool),
    /// One step louder.
    Louder,
    /// One step softer.
    Softer,
    /// Open a sheet over the screen.
    Open(Panel),
    /// Close it.
    Close,
}

/// A digit is never printed: it may be part of a PIN (invariant 5).
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digit(_) => f.write_str("Digit(_)"),
            Self::ConsentAll(yes) => write!(f, "ConsentAll({yes})"),
            Self::Consent(kind, yes) => write!(f, "Consent({kind:?}, {yes})"),
            Self::Change(kind) => write!(f, "Change({kind:?})"),
            Self::Language(lang) => write!(f, "Language({lang:?})"),
            Self::Theme(theme) => write!(f, "Theme({theme:?})"),
            other => f.write_str(other.plain_id().unwrap_or("Input")),
        }
    }
}

impl Input {
    const PLAIN: [(&'static str, Input); 31] = [
        ("face", Input::Face),
        ("pin", Input::Pin),
        ("visual", Input::Visual),
        ("back", Input::Back),
        ("cancel", Input::Cancel),
        ("hold-card", Input::HoldCard),
        ("erase", Input::Erase),
        ("clear", Input::Clear),
        ("confirm", Input::Confirm),
        ("consent-all-yes", Input::ConsentAll(true)),
        ("consent-all-no", Input::ConsentAll(false)),
        ("itemise", Input::Itemise),
        ("consent-done", Input::ConsentDone),
        ("register-yes", Input::Register(true)),
        ("register-no", Input::Register(false)),
        ("stay", Input::Stay),
        ("size-standard", Input::Large(false)),
        ("size-large", Input::Large(true)),
        ("layout-standard", Input::Low(false)),
        ("layout-low", Input::Low(true)),
        ("motion-on", Input::Still(false)),
        ("motion-off", Input::Still(true)),
        ("speech-on", Input::Speech(true)),
        ("speech-off", Input::Speech(false)),
        ("louder", Input::Louder),
        ("softer", Input::Softer),
        ("open-language", Input::Open(Panel::Language)),
        ("open-comfort", Input::Open(Panel::Comfort)),
        ("open-phone", Input::Open(Panel::Phone)),
        ("open-meaning", Input::Open(Panel::Meaning)),
        ("close", Input::Close),
    ];

    fn plain_id(&self) -> Option<&'static str> {
        Self::PLAIN
            .iter()
            .find(|(_, input)| input == self)
            .map(|(id, _)| *id)
    }

    /// The id of the button that makes this press.
    pub fn id(&self) -> String {
        match self {
            Self::Digit(digit) => format!("key-{digit}"),
            Self::Consent(kind, yes) => format!(
                "consent-{}-{}",
                kind.name(),
                if *yes { "yes" } else { "no" }
            ),
            Self::Change(kind) => format!("consent-{}-change", kind.name()),
            Self::Language(lang) => format!("lang-{}", lang.key()),
            Self::Theme(theme) => format!("theme-{}", theme.name()),
            other => other.plain_id().unwrap_or_default().to_owned(),
        }
    }

    /// The press a button id stands for; `None` for an id that no button has.
    pub fn from_id(id: &str) -> Option<Self> {
        if let Some((_, input)) = Self::PLAIN.iter().find(|(plain, _)| *plain == id) {
            return Some(*input);
        }
        if let Some(key) = id.strip_prefix("key-") {
            return match key.as_bytes() {
                [digit @ b'0'..=b'9'] => Some(Self::Digit(digit - b'0')),
                _ => None,
            };
        }
        if let Some(key) = id.strip_prefix("lang-") {
            return Lang::from_key(key).map(Self::Language);
        }
        if let Some(name) = id.strip_prefix("theme-") {
            return Theme::ALL
                .into_iter()
                .find(|theme| theme.name() == name)
                .map(Self::Theme);
        }
        let (kind, answer) = id.strip_prefix("consent-")?.rsplit_once('-')?;
        let kind = ConsentKind::ALL
            .into_iter()
            .find(|known| known.name() == kind)?;
        match answer {
            "yes" => Some(Self::Consent(kind, true)),
            "no" => Some(Self::Consent(kind, false)),
            "change" => Some(Self::Change(kind)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_press_returns_from_its_id() {
        let mut all: Vec<Input> = Input::PLAIN.iter().map(|(_, input)| *input).collect();
        all.extend((0..=9).map(Input::Digit));
        all.extend(Lang::ALL.map(Input::Language));
        all.extend(Theme::ALL.map(Input::Theme));
        all.extend(Panel::ALL.map(Input::Open));
        for kind in ConsentKind::ALL {
            all.extend([Input::Consent(kind, true), Input::Consent(kind, false)]);
            all.push(Input::Change(kind));
        }
        for input in all {
            assert_eq!(Input::from_id(&input.id()), Some(input), "{input:?}");
        }
    }

    #[test]
    fn unknown_ids_are_nothing() {
        for id in [
            "",
            "key-",
            "key-10",
            "key-a",
            "key-٣",
            "lang-",
            "lang-fr",
            "theme-",
            "open-",
            "consent-",
            "consent-x-yes",
            "consent-medicines-maybe",
            "Face",
            "face ",
        ] {
            assert_eq!(Input::from_id(id), None, "{id:?}");
        }
    }

    #[test]
    fn a_digit_is_never_printed_invariant_5() {
        let printed: Vec<String> = (0..=9)
            .map(|digit| format!("{:?}", Input::Digit(digit)))
            .collect();
        assert!(printed.iter().all(|text| text == "Digit(_)"), "{printed:?}");
    }
}
