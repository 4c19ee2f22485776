//! What a person chose about the page itself: language, colours, letters, height, sound. It holds for one patient.

use crate::Lang;
use crate::patient::Input;

/// Loudest step of the volume.
pub const LOUDEST: u8 = 4;

/// Colours of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// Dark letters on light paper.
    #[default]
    Standard,
    /// Light letters on black, for eyes that are dazzled.
    Dark,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Theme; 2] = [Self::Standard, Self::Dark];

    /// The stable name in ids, settings and the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Dark => "dark",
        }
    }
}

/// A sheet that lies over the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Panel {
    /// Choice of the language.
    Language,
    /// Letters, colours, height, sound.
    Comfort,
    /// The way by one's own telephone.
    Phone,
    /// What each kind of information is that the questions of consent are about.
    Meaning,
}

impl Panel {
    /// Every panel.
    pub const ALL: [Panel; 4] = [Self::Language, Self::Comfort, Self::Phone, Self::Meaning];

    /// The stable name in ids and the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Language => "language",
            Self::Comfort => "comfort",
            Self::Phone => "phone",
            Self::Meaning => "meaning",
        }
    }
}

/// The choices of one patient. They go back to the terminal's own after each patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    /// Language.
    pub lang: Lang,
    /// Colours.
    pub theme: Theme,
    /// Letters up to 9 mm instead of 4.8 mm.
    pub large: bool,
    /// Everything that is touched lies low, for reach from a wheelchair.
    pub low: bool,
    /// Drawings stand still.
    pub still: bool,
    /// Spoken guidance.
    pub speech: bool,
    /// Volume of speech and signals, 0 (silent) to [`LOUDEST`].
    pub volume: u8,
    /// The sheet that is open.
    pub panel: Option<Panel>,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            lang: Lang::default(),
            theme: Theme::default(),
            large: false,
            low: false,
            still: false,
            speech: false,
            volume: 2,
            panel: None,
        }
    }
}

impl Choices {
    /// Takes a press that is about the page itself; `false` for every other, which belongs to the visit.
    pub fn take(&mut self, input: Input) -> bool {
        match input {
            Input::Language(lang) => {
                self.lang = lang;
                self.panel = None;
            }
            Input::Theme(theme) => self.theme = theme,
            Input::Large(large) => self.large = large,
            Input::Low(low) => self.low = low,
            Input::Still(still) => self.still = still,
            Input::Speech(speech) => {
                self.speech = speech;
                // Somebody who asks for speech must hear something.
                self.volume = self.volume.max(u8::from(speech));
            }
            Input::Louder => self.volume = LOUDEST.min(self.volume + 1),
            Input::Softer => self.volume = self.volume.saturating_sub(1),
            Input::Open(panel) => self.panel = Some(panel),
            Input::Close => self.panel = None,
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_closes_the_sheet_it_was_chosen_on() {
        let mut choices = Choices::default();
        assert!(choices.take(Input::Open(Panel::Language)));
        assert!(choices.take(Input::Language(Lang::Vi)));
        assert_eq!((choices.lang, choices.panel), (Lang::Vi, None));
    }

    #[test]
    fn the_volume_keeps_its_bounds_and_speech_is_never_silent() {
        let mut choices = Choices::default();
        for _ in 0..10 {
            choices.take(Input::Softer);
        }
        assert_eq!(choices.volume, 0);
        choices.take(Input::Speech(true));
        assert_eq!(choices.volume, 1);
        for _ in 0..10 {
            choices.take(Input::Louder);
        }
        assert_eq!(choices.volume, LOUDEST);
    }

    #[test]
    fn presses_of_the_visit_are_left_to_the_visit() {
        let mut choices = Choices::default();
        for input in [
            Input::Pin,
            Input::Digit(1),
            Input::Stay,
            Input::ConsentAll(true),
        ] {
            assert!(!choices.take(input));
        }
        assert_eq!(choices, Choices::default());
    }
}
