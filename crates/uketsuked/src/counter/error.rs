//! Why something asked at the counter was not done: a stable code with its sentence, and the service's own words
//! verbatim for the help desk.

use central::CentralError;
use serde_json::{Value, json};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterError {
    /// Stable code.
    pub code: String,
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
    /// The service's code and words, verbatim.
    pub service: Option<(String, String)>,
}

impl CounterError {
    pub(crate) fn new(code: &str, ja: &str, en: &str) -> Self {
        Self {
            code: code.to_owned(),
            ja: ja.to_owned(),
            en: en.to_owned(),
            service: None,
        }
    }

    /// Medical information is not for whoever asks this way.
    pub(crate) fn not_qualified() -> Self {
        Self::new(
            "UK-STAFF-005",
            "医療情報は、有資格者として登録され、2つ目の確認まで済ませた職員だけが見られます。",
            "Medical information is for staff registered as qualified who gave the second factor.",
        )
    }

    /// The call was settled before, by the terminal or by somebody else; this answer was not kept.
    pub(crate) fn closed_already() -> Self {
        Self::new(
            "UK-VISIT-523",
            "この連絡はすでに済みになっています。今の入力は保存していません。一覧で確かめてください。",
            "This call is settled already; what was entered now is not kept. Look at the list.",
        )
    }

    /// What was typed can't be asked.
    pub(crate) fn input() -> Self {
        Self::new(
            "UK-VISIT-501",
            "入力が足りないか、形が正しくありません。",
            "Something is missing or not in the right form.",
        )
    }

    /// The terminal gives qualification only (資格確認限定型).
    pub(crate) fn qualification_only() -> Self {
        Self::new(
            "UK-VISIT-502",
            "この端末は資格確認限定です。医療情報は扱いません。",
            "This terminal confirms qualification only; it handles no medical information.",
        )
    }

    /// The service has not opened what is asked for.
    pub(crate) fn not_open() -> Self {
        Self::new(
            "UK-VISIT-503",
            "この機能は開放されていません。災害時・障害時に、オンライン資格確認等システムが開放した場合だけ使えます。",
            "Not open. It can be used only when the central service has opened it for a disaster or an outage.",
        )
    }

    /// The service answered, and the answer says no.
    pub(crate) fn said_no(code: &str, message: &str) -> Self {
        let mut error = Self::new(
            "UK-VISIT-504",
            "オンライン資格確認等システムが受け付けませんでした。コードを控えて問い合わせてください。",
            "The central service did not accept it. Note its code for the help desk.",
        );
        error.service = Some((code.to_owned(), message.to_owned()));
        error
    }

    /// No such thing.
    pub(crate) fn unknown() -> Self {
        Self::new(
            "UK-VISIT-505",
            "該当するものがありません。",
            "There is no such thing.",
        )
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut error = json!({"code": self.code, "ja": self.ja, "en": self.en});
        if let Some((code, words)) = &self.service {
            error["service_code"] = code.as_str().into();
            error["service_message"] = words.as_str().into();
        }
        json!({ "error": error })
    }
}

impl From<CentralError> for CounterError {
    fn from(error: CentralError) -> Self {
        Self {
            code: error.code().to_owned(),
            ja: error.ja().to_owned(),
            en: error.en().to_owned(),
            service: error
                .service_words()
                .map(|(c, w)| (c.to_owned(), w.to_owned())),
        }
    }
}

impl From<ledger::LedgerError> for CounterError {
    fn from(error: ledger::LedgerError) -> Self {
        Self::new(error.code(), error.ja(), error.en())
    }
}

impl From<crate::ledger_desk::DeskClosed> for CounterError {
    fn from(_: crate::ledger_desk::DeskClosed) -> Self {
        Self::new(
            "UK-VISIT-301",
            "台帳に書き込めません。端末を再起動してください。",
            "The ledger takes nothing. Restart the terminal.",
        )
    }
}
