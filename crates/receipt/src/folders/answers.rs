//! What stands in answer files: single answers, receipts and answers of bulk requests, and errors, all in the interface's vocabulary.

use super::names::REFERENCES;
use crate::counter::Registration;
use crate::numbers::stored_answer;
use crate::records::{BulkAnswer, BulkRecord};
use crate::store::ResultRecord;
use oqs::{Charset, Content, Deliverable, Element, MessageTree};
use serde_json::Value;

/// The most characters of an error's words, as one vendor's table has it (Sotatek-ChinhVu/smart-test).
const MOST_WORDS: usize = 60;

/// Why a request file was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Name,
    Kind,
    TooLarge,
    Unreadable,
    NameUsed,
    NotByNumber,
    HalfWritten,
    Reception,
    Elements,
    Elsewhere,
    Medical,
}

impl Refusal {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 11] = [
        Self::Name,
        Self::Kind,
        Self::TooLarge,
        Self::Unreadable,
        Self::NameUsed,
        Self::NotByNumber,
        Self::HalfWritten,
        Self::Reception,
        Self::Elements,
        Self::Elsewhere,
        Self::Medical,
    ];

    /// Stable code, Japanese (at most 60 characters, as far as error texts of the interface go), English.
    pub(crate) fn about(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Name => (
                "UK-RCPT-701",
                "要求ファイルの名前ではありません。ファイル名を確認してください。",
                "The name is not one of a request file.",
            ),
            Self::Kind => (
                "UK-RCPT-702",
                "通常のファイルではありません。リンクなどは使えません。",
                "Not a regular file; links and the like are not accepted.",
            ),
            Self::TooLarge => (
                "UK-RCPT-703",
                "ファイルが 4 MiB を超えています。",
                "The file is larger than 4 MiB.",
            ),
            Self::Unreadable => (
                "UK-RCPT-704",
                "XML として読めません。文字コードと内容を確認してください。DTD は使えません。",
                "The file can't be read as a message. Check encoding and content; a DTD is not accepted.",
            ),
            Self::NameUsed => (
                "UK-RCPT-705",
                "このファイル名は使用済みです。新しい名前で出してください。",
                "This file name was used before. Use a new one.",
            ),
            Self::NotByNumber => (
                "UK-RCPT-706",
                "番号による照会として受け付けられません。項目を確認してください。",
                "Not acceptable as a lookup by number. Check the elements.",
            ),
            Self::HalfWritten => (
                "UK-RCPT-707",
                "ファイルが途中までしか書かれていません。",
                "The file was only half written.",
            ),
            Self::Reception => (
                "UK-RCPT-708",
                "この受付番号の一括照会はありません。",
                "There is no bulk request with this reception number.",
            ),
            Self::Elements => (
                "UK-RCPT-709",
                "要求の項目が正しくありません。項目を確認してください。",
                "The elements of the request are not right. Check them.",
            ),
            Self::Elsewhere => (
                "UK-RCPT-710",
                "この要求はフォルダーでは受け付けません。職員画面かソケットで行ってください。",
                "The folders do not take this request. Use the staff page or the socket.",
            ),
            Self::Medical => (
                "UK-RCPT-711",
                "医療情報はフォルダーから取得できません。受付でカードと同意が必要です。",
                "Medical information is never given for a request by folder: it needs the card and a consent.",
            ),
        }
    }
}

fn text(name: &str, value: &str) -> Option<Element> {
    Element::new(name, Content::Text(value.to_owned())).ok()
}

fn group(name: &str, children: Vec<Element>) -> Option<Element> {
    Element::new(name, Content::Children(children)).ok()
}

/// Institution and time for a header.
pub(crate) struct Frame<'a> {
    pub(crate) institution: &'a str,
    pub(crate) now: i64,
    pub(crate) simulated: bool,
    pub(crate) charset: Charset,
}

impl Frame<'_> {
    fn message(&self, header: Vec<Option<Element>>, body: Vec<Element>) -> Option<Vec<u8>> {
        let time = oqs::time::to_jst(self.now);
        let mark = self.simulated.then(|| {
            text(
                oqs::delivery::SIMULATION_ELEMENT,
                oqs::delivery::SIMULATION_TEXT,
            )
        });
        let header = [
            text("ProcessExecutionTime", &time),
            text("MedicalInstitutionCode", self.institution),
            text(
                "CharacterCodeIdentifier",
                if self.charset == Charset::Utf8 {
                    "0"
                } else {
                    "1"
                },
            ),
        ]
        .into_iter()
        .chain(header)
        .chain(mark)
        .flatten()
        .collect();
        let parts = vec![group("MessageHeader", header)?, group("MessageBody", body)?];
        let message = MessageTree::new(group("XmlMsg", parts)?).ok()?;
        Some(message.to_xml(self.charset).bytes)
    }

    /// An error answer: 異常終了 with a code and a sentence.
    pub(crate) fn error(
        &self,
        code: &str,
        sentence: &str,
        identifier: Option<&str>,
    ) -> Option<Vec<u8>> {
        let sentence: String = sentence.chars().take(MOST_WORDS).collect();
        let header = vec![
            identifier.and_then(|identifier| text("ArbitraryFileIdentifier", identifier)),
            text("SegmentOfResult", "9"),
            text("ErrorCode", code),
            text("ErrorMessage", &sentence),
        ];
        self.message(header, vec![])
    }

    /// The refusal of a request for medicines or checkups, in whose answers `ResultCode` other than 1 and `MessageContents` say so
    /// (YUKI-ENT/OQSDrug2).
    pub(crate) fn medical_error(
        &self,
        code: &str,
        sentence: &str,
        identifier: Option<&str>,
    ) -> Option<Vec<u8>> {
        let header = vec![
            identifier.and_then(|identifier| text("ArbitraryFileIdentifier", identifier)),
            text("SegmentOfResult", "9"),
            text("ErrorCode", code),
            text("ErrorMessage", sentence),
        ];
        let contents = format!("{code} {sentence}");
        let body = vec![
            text("ResultCode", "9")?,
            text("MessageContents", &contents)?,
        ];
        self.message(header, body)
    }

    /// What became of one registration of a reference number: its elements, and whether it stands.
    pub(crate) fn registered(
        &self,
        identifier: Option<&str>,
        registration: &Registration,
    ) -> Option<Vec<u8>> {
        let said =
            |name: &str, value: &str| (!value.is_empty()).then(|| text(name, value)).flatten();
        let echo = [
            said("ReferenceNumber", &registration.reference_number),
            said("InsurerNumber", &registration.insurer_number),
            said("InsuredCardSymbol", &registration.symbol),
            said("InsuredIdentificationNumber", &registration.number),
            said("InsuredBranchNumber", &registration.branch),
        ];
        let header = vec![
            identifier.and_then(|identifier| text("ArbitraryFileIdentifier", identifier)),
            text("SegmentOfResult", "1"),
        ];
        let body = vec![
            text("ProcessingResultStatus", "1")?,
            group(
                "ReferenceNumberRegistrationInfo",
                echo.into_iter().flatten().collect(),
            )?,
        ];
        self.message(header, body)
    }

    /// The receipt of a bulk request: its reception number.
    pub(crate) fn reception(&self, job: &BulkRecord) -> Option<Vec<u8>> {
        let header = vec![
            identifier(job),
            text("SegmentOfResult", "1"),
            text("ReceptionNumber", number_of(job)),
        ];
        self.message(header, vec![])
    }

    /// 処理中: not all answers are here.
    pub(crate) fn working(&self, job: &BulkRecord) -> Option<Vec<u8>> {
        let header = vec![
            identifier(job),
            text("SegmentOfResult", "2"),
            text("ReceptionNumber", number_of(job)),
        ];
        self.message(header, vec![])
    }

    /// The bulk answer: one `BulkConfirmUnit` for each person, in the order of the request.
    pub(crate) fn bulk(&self, job: &BulkRecord, answers: &[BulkAnswer]) -> Option<Vec<u8>> {
        let mut errors = 0_usize;
        let mut units = Vec::new();
        for answer in answers {
            let (unit, failed) = if job.kind == REFERENCES {
                registration(answer)?
            } else {
                unit(answer)?
            };
            errors += usize::from(failed);
            units.push(unit);
        }
        let count = |name: &str, value: usize| text(name, &value.to_string());
        let header = vec![
            identifier(job),
            text("SegmentOfResult", "1"),
            text("ReceptionNumber", number_of(job)),
            count("NumberOfProcessingResult", units.len()),
            count("NumberOfNormalProcessing", units.len() - errors),
            count("NumberOfError", errors),
        ];
        self.message(header, units)
    }
}

fn identifier(job: &BulkRecord) -> Option<Element> {
    let header: Value = serde_json::from_str(&job.header_json).ok()?;
    text(
        "ArbitraryFileIdentifier",
        header.get("ArbitraryFileIdentifier")?.as_str()?,
    )
}

/// The reception number; what follows `#` tells repeated fetches under one number apart.
fn number_of(job: &BulkRecord) -> &str {
    job.reception.split('#').next().unwrap_or(&job.reception)
}

/// What became of one registration in a bulk answer; says whether it is an error.
fn registration(answer: &BulkAnswer) -> Option<(Element, bool)> {
    let stored: Value = serde_json::from_str(&answer.body_json).ok()?;
    let word = |name: &str| stored.get(name).and_then(Value::as_str);
    let failed = stored.get("registered").and_then(Value::as_bool) != Some(true);
    let reference = word("reference_number").and_then(|number| {
        let number = text("ReferenceNumber", number)?;
        group("ReferenceNumberRegistrationInfo", vec![number])
    });
    let children = [
        text("ProcessingResultStatus", if failed { "2" } else { "1" }),
        word("service_code").and_then(|code| text("ProcessingResultCode", code)),
        word("service_message").and_then(|words| text("ProcessingResultMessage", words)),
        reference,
    ];
    let unit = group(
        "BulkRegistrationUnit",
        children.into_iter().flatten().collect(),
    )?;
    Some((unit, failed))
}

/// One person's part; says whether it is an error.
fn unit(answer: &BulkAnswer) -> Option<(Element, bool)> {
    // Withheld once more on its way out (invariant 6); the simulation mark stands in the header of the whole.
    let stored = stored_answer(&answer.body_json, false)?;
    if let Some(code) = stored.get("error").and_then(Value::as_str) {
        let children = vec![
            text("ProcessingResultStatus", "2")?,
            text("ProcessingResultCode", code)?,
        ];
        let said = |name: &str| stored.get(name).and_then(Value::as_str);
        let said = match (said("service_code"), said("service_message")) {
            (None, None) => None,
            (code, words) => text(
                "ProcessingResultMessage",
                format!("{} {}", code.unwrap_or_default(), words.unwrap_or_default()).trim(),
            ),
        };
        let children = children.into_iter().chain(said).collect();
        return Some((group("BulkConfirmUnit", children)?, true));
    }
    let message = MessageTree::from_json(stored.to_string().as_bytes()).ok()?;
    let failed = message.text("MessageHeader", "SegmentOfResult") != Some("1")
        || message.text("MessageBody", "ProcessingResultStatus") == Some("2");
    let mut children = Vec::new();
    for child in message
        .root
        .children()
        .iter()
        .filter(|part| part.name() == "MessageBody")
        .flat_map(Element::children)
    {
        if child.name() == "ResultList" {
            children.extend(child.children().iter().cloned());
        } else {
            children.push(child.clone());
        }
    }
    Some((group("BulkConfirmUnit", children)?, failed))
}

/// A single answer: the result as it may leave the terminal. Also gives the characters that the encoding could not hold.
pub(crate) fn single(record: &ResultRecord, charset: Charset) -> Option<(Vec<u8>, usize)> {
    let mut message = Deliverable::from_stored_json(&record.body_json).ok()?;
    if message.is_simulated() && !record.simulated {
        return None;
    }
    if record.simulated {
        message.mark_simulated();
    }
    let encoded = message.to_xml(charset).ok()?;
    Some((encoded.bytes, encoded.lost.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_documented_and_short_enough_for_the_interface() {
        let page = include_str!("../../../../docs/errors-receipt.md");
        for refusal in Refusal::ALL {
            let (code, ja, en) = refusal.about();
            assert!(ja.chars().count() <= 60, "{code}");
            assert!(
                page.contains(&format!("| {code} | {ja} | {en} |")),
                "{code}"
            );
        }
    }
}
