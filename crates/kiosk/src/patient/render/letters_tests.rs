//! Every page in every language: no text of another language stands on it.

use super::tests::every_view;
use serde_json::Value;

/// Words that stand in every language as they are: the card's name, what things are called everywhere.
const NAMES: [&str; 8] = [
    "my",
    "number",
    "mynaportal",
    "ic",
    "qr",
    "ok",
    "android",
    "iphone",
];

/// No screen shows an untranslated text: every string a person reads is in the letters of the language chosen.
#[test]
fn no_screen_shows_a_text_of_another_language() {
    let mut looked = 0;
    let mut wrong = std::collections::BTreeSet::new();
    for view in every_view() {
        let value = serde_json::to_value(view).unwrap();
        read(&value, &mut |text| {
            looked += 1;
            let kana = text.chars().any(|c| ('\u{3041}'..='\u{30FA}').contains(&c));
            let han = text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
            let hangul = text.chars().any(|c| ('\u{AC00}'..='\u{D7A3}').contains(&c));
            // A word of Latin letters that is no name, in a language of other letters.
            let latin = text
                .split(|c: char| !c.is_ascii_alphabetic())
                .find(|word| word.len() > 1 && !NAMES.contains(&word.to_lowercase().as_str()));
            let right = match view.lang {
                "ja" => !hangul && latin.is_none(),
                "ja-x-easy" => !han && !hangul && latin.is_none(),
                "zh-Hans" => !kana && !hangul && latin.is_none(),
                "ko" => !kana && !han && latin.is_none(),
                _ => !kana && !han && !hangul,
            };
            if !right {
                wrong.insert((view.lang, text.to_owned()));
            }
        });
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(looked > 10_000, "{looked} texts");
}

/// Goes over what a person reads or hears in words: not ids, names of drawings and sounds, or a language's name for itself.
fn read(value: &Value, look: &mut impl FnMut(&str)) {
    const NO_TEXT: [&str; 18] = [
        "type",
        "page",
        "lang",
        "theme",
        "size",
        "id",
        "icon",
        "look",
        "hint",
        "path",
        "sound",
        "tone",
        "state",
        "voice",
        "signal",
        "picture",
        "code",
        "window_title",
    ];
    match value {
        Value::String(text) => look(text),
        Value::Array(items) => items.iter().for_each(|item| read(item, look)),
        Value::Object(fields) => {
            let id = fields.get("id").and_then(Value::as_str).unwrap_or_default();
            // A language's own name, and the button that has to be found without knowing the present one.
            if id.starts_with("lang-") || id == "open-language" {
                return;
            }
            for (name, value) in fields {
                // A sheet's and a drawing's `name` is an id; a kind's is a word. A step's `spoken` is a word, a button's a sound.
                let named = name == "name" && !fields.contains_key("what");
                let sounds = name == "spoken" && value.is_array();
                if !NO_TEXT.contains(&name.as_str()) && !named && !sounds {
                    read(value, look);
                }
            }
            if let Some(label) = fields
                .get("picture")
                .and_then(|picture| picture.get("label"))
            {
                read(label, look);
            }
        }
        _ => {}
    }
}
