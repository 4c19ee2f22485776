//! What a reader of a message should doubt: nothing here refuses a message. A clinic's technician sees it in
//! `uketsukectl message show`, a receipt-computer maker in the normalised form beside it.

use std::fmt;

use crate::charset::is_unreadable;
use crate::element::Element;

/// Most doubts kept of one message; a message of a hundred thousand strange elements needs no longer list.
const MOST: usize = 500;
/// Longest unknown code repeated in a doubt, in characters.
const CODE: usize = 40;

/// One doubt, with the place in the message (`MessageBody/ResultList/…[2]/Name`).
#[derive(Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The place.
    pub path: String,
    /// What is doubtful.
    pub kind: DoubtKind,
}

/// What can be doubtful.
#[derive(Clone, PartialEq, Eq)]
pub enum DoubtKind {
    /// An element of a name that is not known; it is kept.
    UnknownElement,
    /// A code that is not in its table (OQSCD…); it is kept.
    UnknownCode {
        /// Number of the table.
        table: u8,
        /// The code, verbatim (shortened); `None` where it stands in a part that is withheld (invariant 6).
        code: Option<String>,
    },
    /// ●, 〓, a replacement character or an external character: something was lost before.
    Unreadable,
    /// Not a date, month or time that exists.
    NotATime {
        /// The form expected.
        form: &'static str,
    },
    /// Longer than the interface allows.
    TooLong {
        /// Characters allowed.
        limit: usize,
    },
    /// The customary check digit does not agree. A warning only: published samples fail it too.
    CheckDigit,
    /// Bytes that are not text in the declared encoding.
    LostBytes,
    /// A character that the other encoding can't hold.
    NotInShiftJis {
        /// The character; `None` where it stands in a part that is withheld.
        character: Option<char>,
    },
    /// The message says another encoding than the one it is in.
    CharacterCode,
    /// An element whose form is an assumption of this project.
    Assumed,
}

impl DoubtKind {
    /// The kind as a stable word, for the normalised form.
    pub fn word(&self) -> &'static str {
        match self {
            Self::UnknownElement => "unknown-element",
            Self::UnknownCode { .. } => "unknown-code",
            Self::Unreadable => "unreadable-character",
            Self::NotATime { .. } => "not-a-time",
            Self::TooLong { .. } => "too-long",
            Self::CheckDigit => "check-digit",
            Self::LostBytes => "lost-bytes",
            Self::NotInShiftJis { .. } => "not-in-shift-jis",
            Self::CharacterCode => "character-code",
            Self::Assumed => "assumed",
        }
    }

    /// In Japanese.
    pub fn ja(&self) -> String {
        match self {
            Self::UnknownElement => "未知の要素です（そのまま保持します）".to_owned(),
            Self::UnknownCode { table, code } => match code {
                Some(code) => {
                    format!("コード表OQSCD{table:03}にない値「{code}」です（そのまま保持します）")
                }
                None => format!("コード表OQSCD{table:03}にない値です（値は伏せています）"),
            },
            Self::Unreadable => {
                "表示できなかった文字（●・〓・外字など）を含みます。登録済みの文字を上書きしないでください".to_owned()
            }
            Self::NotATime { form } => format!("{form}の形の日時ではありません"),
            Self::TooLong { limit } => format!("{limit}文字を超えています"),
            Self::CheckDigit => "検証番号が合いません（参考。入力誤りの可能性）".to_owned(),
            Self::LostBytes => "宣言された文字コードとして読めないバイトがあります".to_owned(),
            Self::NotInShiftJis { character } => match character {
                Some(one) => {
                    format!("「{one}」（U+{:04X}）はShift_JISで表せません", u32::from(*one))
                }
                None => "Shift_JISで表せない文字を含みます（値は伏せています）".to_owned(),
            },
            Self::CharacterCode => "文字コード識別が実際の文字コードと違います".to_owned(),
            Self::Assumed => "公開されていない部分で、本ソフトの想定による形です".to_owned(),
        }
    }

    /// In English.
    pub fn en(&self) -> String {
        match self {
            Self::UnknownElement => "an unknown element (kept as it is)".to_owned(),
            Self::UnknownCode { table, code } => match code {
                Some(code) => {
                    format!("“{code}” is not in code table OQSCD{table:03} (kept as it is)")
                }
                None => format!("a code that is not in table OQSCD{table:03} (its value is withheld)"),
            },
            Self::Unreadable => {
                "holds characters that could not be shown (●, 〓, external): do not overwrite a stored text".to_owned()
            }
            Self::NotATime { form } => format!("not a time of the form {form}"),
            Self::TooLong { limit } => format!("longer than {limit} characters"),
            Self::CheckDigit => "the customary check digit does not agree (a hint only)".to_owned(),
            Self::LostBytes => "bytes that are not text in the declared encoding".to_owned(),
            Self::NotInShiftJis { character } => match character {
                Some(one) => {
                    format!("“{one}” (U+{:04X}) can't be written in Shift_JIS", u32::from(*one))
                }
                None => "holds a character that can't be written in Shift_JIS (withheld)".to_owned(),
            },
            Self::CharacterCode => "the message names another encoding than its own".to_owned(),
            Self::Assumed => "not public: a form assumed by this project".to_owned(),
        }
    }
}

impl Doubt {
    /// The same without anything of the value: the place by the names of its elements, and those without what may be a number.
    pub(crate) fn without_value(mut self) -> Self {
        match &mut self.kind {
            DoubtKind::UnknownCode { code, .. } => *code = None,
            DoubtKind::NotInShiftJis { character } => *character = None,
            _ => {}
        }
        let plain = |name: &str| {
            let digits = name.chars().filter(char::is_ascii_digit).count();
            // `[12]` counts items of a list.
            let counted = name
                .rsplit_once('[')
                .map_or(0, |(_, n)| n.len().saturating_sub(1));
            if digits > counted + 2 {
                "?".to_owned()
            } else {
                name.to_owned()
            }
        };
        let names: Vec<_> = self.path.split('/').map(plain).collect();
        self.path = names.join("/");
        self
    }
}

/// Place and kind; a code is data of the message and belongs in no log (invariant 5).
impl fmt::Debug for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.kind.word())
    }
}

impl fmt::Debug for DoubtKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One value of a message with its meaning.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// The place.
    pub path: String,
    /// The value, verbatim.
    pub value: String,
    /// What it means, Japanese and English: a code's name, a date with its era.
    pub meaning: Option<(String, String)>,
}

/// The place only: values belong in no log (invariant 5).
impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// Collects doubts, and on demand every value, while a message is walked through.
#[derive(Default)]
pub struct Doubts {
    path: Vec<(&'static str, Option<usize>)>,
    found: Vec<Doubt>,
    lines: Option<Vec<Line>>,
}

impl Doubts {
    /// A walk that also lists every value.
    pub(crate) fn listing() -> Self {
        Self {
            lines: Some(Vec::new()),
            ..Self::default()
        }
    }

    /// The doubts found, and the values listed.
    pub(crate) fn into_parts(self) -> (Vec<Doubt>, Vec<Line>) {
        (self.found, self.lines.unwrap_or_default())
    }

    /// Lists a value.
    pub(crate) fn value(&mut self, value: &str, meaning: Option<(String, String)>) {
        let path = self.place();
        if let Some(lines) = &mut self.lines {
            lines.push(Line {
                path,
                value: value.to_owned(),
                meaning,
            });
        }
    }

    /// The doubts found, in the order of the message.
    pub fn into_vec(self) -> Vec<Doubt> {
        self.found
    }

    /// Walks on below an element; `index` counts the items of a list from 0.
    pub(crate) fn within(
        &mut self,
        name: &'static str,
        index: Option<usize>,
        walk: impl FnOnce(&mut Self),
    ) {
        self.path.push((name, index));
        walk(self);
        self.path.pop();
    }

    /// Notes a doubt about the element at hand.
    pub(crate) fn note(&mut self, kind: DoubtKind) {
        let path = self.place();
        self.push(path, kind);
    }

    fn push(&mut self, path: String, kind: DoubtKind) {
        if self.found.len() < MOST {
            self.found.push(Doubt { path, kind });
        }
    }

    fn place(&self) -> String {
        let parts = self.path.iter().map(|(name, index)| {
            let name = name.trim_start_matches('(').replacen(")/", "/", 1);
            index.map_or(name.clone(), |index| format!("{name}[{}]", index + 1))
        });
        parts.collect::<Vec<_>>().join("/")
    }

    pub(crate) fn unknown_code(&mut self, table: u8, code: &str) {
        let code = Some(code.chars().take(CODE).collect());
        self.note(DoubtKind::UnknownCode { table, code });
    }

    pub(crate) fn unknown_element(&mut self, element: &Element) {
        if crate::delivery::is_own_mark(element) {
            return;
        }
        let path = match self.place() {
            place if place.is_empty() => element.name().to_owned(),
            place => format!("{place}/{}", element.name()),
        };
        if element.any(&|element| element.text().is_some_and(is_unreadable)) {
            self.push(path.clone(), DoubtKind::Unreadable);
        }
        if let (Some(lines), Some(text)) = (&mut self.lines, element.text()) {
            lines.push(Line {
                path: path.clone(),
                value: text.to_owned(),
                meaning: None,
            });
        }
        self.push(path, DoubtKind::UnknownElement);
    }

    /// Lists a text and looks for characters lost on the way.
    pub(crate) fn text(&mut self, text: &str) {
        self.value(text, None);
        self.unreadable(text);
    }

    /// Looks for characters lost on the way.
    pub(crate) fn unreadable(&mut self, text: &str) {
        if is_unreadable(text) {
            self.note(DoubtKind::Unreadable);
        }
    }
}
