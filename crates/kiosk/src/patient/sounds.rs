//! Spoken sentences and signals. A sentence's sound carries the id of its text, so a screen names what is heard and sends none
//! of it; the files are made from the texts by `cargo xtask sounds` and are part of the program.
//!
//! Architecture invariant: no digit has a sound (invariant 5): digits are labels of keys, not texts.

use crate::Lang;
use crate::texts;
use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

#[path = "sound_files.rs"]
mod files;

/// Texts that stand by themselves and are only looked at, or are heard as part of another.
const NEVER_SPOKEN: [&str; 13] = [
    "patient-page-title",
    "patient-busy",
    "patient-consents-kinds",
    "patient-face-picture",
    "patient-keypad-keys",
    "patient-keypad-part-birth",
    "patient-keypad-part-code",
    "patient-keypad-part-expiry",
    "patient-phone-picture",
    "patient-speech-voice",
    "patient-step-done",
    "patient-step-later",
    "patient-step-now",
];

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The Japanese voice.
    Ja,
    /// The English voice.
    En,
}

impl Voice {
    /// Both voices.
    pub const ALL: [Voice; 2] = [Self::Ja, Self::En];

    /// The language it speaks.
    pub fn lang(self) -> Lang {
        match self {
            Self::Ja => Lang::Ja,
            Self::En => Lang::En,
        }
    }
}

/// One sound of the program.
#[derive(Clone, Copy, Debug)]
pub struct Sound {
    /// Folder: a language's key, or `signals`.
    pub folder: &'static str,
    /// The id of the text it says, or the name of a signal.
    pub name: &'static str,
    /// Ogg with Opus.
    pub bytes: &'static [u8],
}

/// Every sound of the program.
pub fn sounds() -> &'static [Sound] {
    files::SOUNDS
}

/// Every text that is spoken, as (id, sentence): all of the patient's texts that stand by themselves.
pub fn spoken_texts(voice: Voice) -> Vec<(String, String)> {
    texts::standing(voice.lang(), &["patient", "speech"])
        .into_iter()
        .chain(texts::standing(voice.lang(), &["common"]))
        .filter(|(id, _)| {
            !id.starts_with("patient-picture-")
                && !NEVER_SPOKEN.contains(&id.as_str())
                && (!id.starts_with("common-") || id == "common-simulation")
        })
        .collect()
}

/// `/sound/{folder}/{name}`.
pub(super) fn router() -> Router {
    Router::new().route("/sound/{folder}/{name}", get(sound))
}

async fn sound(Path((folder, name)): Path<(String, String)>) -> Response {
    let known = sounds()
        .iter()
        .find(|sound| sound.folder == folder && sound.name == name);
    match known {
        Some(sound) => ([(header::CONTENT_TYPE, "audio/ogg")], sound.bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGEST_PROGRAM_PART: usize = 6 * 1024 * 1024;

    #[test]
    fn every_spoken_text_has_its_sound_in_both_voices_and_no_sound_is_left_over() {
        for voice in Voice::ALL {
            let folder = voice.lang().key();
            let mut made: Vec<&str> = sounds()
                .iter()
                .filter(|sound| sound.folder == folder)
                .map(|sound| sound.name)
                .collect();
            let texts = spoken_texts(voice);
            let mut wanted: Vec<&str> = texts.iter().map(|(id, _)| id.as_str()).collect();
            made.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(made, wanted, "{folder}: run `cargo xtask sounds`");
        }
        for signal in ["chime", "tick"] {
            assert!(
                sounds()
                    .iter()
                    .any(|sound| sound.folder == "signals" && sound.name == signal)
            );
        }
    }

    #[test]
    fn sounds_are_opus_in_ogg_and_small() {
        for sound in sounds() {
            assert!(
                sound.bytes.starts_with(b"OggS"),
                "{}/{}",
                sound.folder,
                sound.name
            );
            assert!(
                sound.bytes.windows(8).any(|part| part == b"OpusHead"),
                "{}",
                sound.name
            );
        }
        let whole: usize = sounds().iter().map(|sound| sound.bytes.len()).sum();
        assert!(whole < LARGEST_PROGRAM_PART, "{whole} bytes");
    }

    #[test]
    fn the_sounds_say_the_present_texts() {
        let list = include_str!("../../../../data/sounds/sentences.tsv");
        for voice in Voice::ALL {
            for (id, text) in spoken_texts(voice) {
                let line = format!("{}\t{id}\t{text}", voice.lang().key());
                assert!(
                    list.lines().any(|known| known == line),
                    "{line}: run `cargo xtask sounds`"
                );
            }
        }
    }

    #[test]
    fn no_digit_key_has_a_sound_invariant_5() {
        for digit in 0..=9 {
            let label = digit.to_string();
            for voice in Voice::ALL {
                assert!(
                    spoken_texts(voice)
                        .iter()
                        .all(|(id, text)| *text != label && *id != format!("key-{digit}"))
                );
            }
        }
    }
}
