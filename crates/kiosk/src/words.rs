//! Languages, and a sentence given in Japanese and English by another part of the product.

use serde::{Deserialize, Serialize};

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Lang {
    /// Japanese, the default after every patient unless the settings name another.
    #[default]
    Ja,
    /// やさしい日本語: short sentences in kana, for learners and children.
    JaEasy,
    /// English.
    En,
    /// 中文, simplified characters.
    ZhHans,
    /// 한국어.
    Ko,
    /// Tiếng Việt.
    Vi,
    /// Português.
    Pt,
}

impl Lang {
    /// Every language of the patient's page, in the order in which the switch shows them.
    pub const ALL: [Lang; 7] = [
        Lang::Ja,
        Lang::JaEasy,
        Lang::En,
        Lang::ZhHans,
        Lang::Ko,
        Lang::Vi,
        Lang::Pt,
    ];
    /// The languages of the staff's page.
    pub const STAFF: [Lang; 2] = [Lang::Ja, Lang::En];

    /// The other language of the staff's page.
    pub(crate) fn other_of_staff(self) -> Self {
        if self == Self::Ja { Self::En } else { Self::Ja }
    }

    /// The tag for the `lang` attribute (BCP 47; やさしい日本語 has a private subtag, as no registered one exists).
    pub fn tag(self) -> &'static str {
        match self {
            Self::JaEasy => "ja-x-easy",
            Self::ZhHans => "zh-Hans",
            other => other.key(),
        }
    }

    /// The language whose plural rules the texts follow.
    pub(crate) fn plural_tag(self) -> &'static str {
        match self {
            Self::JaEasy => "ja",
            other => other.tag(),
        }
    }

    /// The stable name in button ids, settings and the folders of texts and sounds.
    pub fn key(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::JaEasy => "ja-easy",
            Self::En => "en",
            Self::ZhHans => "zh-hans",
            Self::Ko => "ko",
            Self::Vi => "vi",
            Self::Pt => "pt",
        }
    }

    /// The language of that stable name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.key() == key)
    }

    /// The language whose sounds are played for this one: sounds exist in Japanese and English.
    pub fn spoken(self) -> Self {
        match self {
            Self::Ja | Self::JaEasy => Self::Ja,
            _ => Self::En,
        }
    }
}

/// One sentence in Japanese and in English, for what other parts of the product tell the staff.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Words {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Words {
    /// A sentence in both languages.
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ja: ja.into(),
            en: en.into(),
        }
    }

    /// What `of` gives for each language of the staff's page.
    pub fn each(of: impl Fn(Lang) -> String) -> Self {
        Self::new(of(Lang::Ja), of(Lang::En))
    }

    /// Both languages on one line, for what is printed once and read by either.
    pub fn beside(&self) -> String {
        format!("{} / {}", self.ja, self.en)
    }

    /// The sentence in `lang`; the Japanese when there is no other.
    pub fn get(&self, lang: Lang) -> &str {
        if lang.spoken() == Lang::En && !self.en.is_empty() {
            &self.en
        } else {
            &self.ja
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_returns_from_its_key() {
        for lang in Lang::ALL {
            assert_eq!(Lang::from_key(lang.key()), Some(lang));
            assert_eq!(
                serde_json::to_string(&lang).unwrap(),
                format!("\"{}\"", lang.key())
            );
        }
        assert_eq!(Lang::from_key("fr"), None);
    }

    #[test]
    fn staff_sentences_fall_back_to_japanese() {
        let both = Words::new("有効", "Valid");
        assert_eq!(
            (both.get(Lang::En), both.get(Lang::JaEasy)),
            ("Valid", "有効")
        );
        assert_eq!(Words::new("有効", "").get(Lang::En), "有効");
    }
}
