//! What stands in answer files: single answers, receipts and answers of bulk requests, and errors, all in the interface's vocabulary.

use crate::numbers::stored_answer;
use crate::records::{BulkAnswer, BulkRecord};
use crate::store::ResultRecord;
use oqs::{MessageTree, Charset, Content, Deliverable, Element};
use serde_json::Value;

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
}

impl Refusal {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::Name,
        Self::Kind,
        Self::TooLarge,
        Self::Unreadable,
        Self::NameUsed,
        Self::NotByNumber,
        Self::HalfWritten,
        Self::Reception,
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
        let sentence: String = sentence.chars().take(60).collect();
        let header = vec![
            identifier.and_then(|identifier| text("ArbitraryFileIdentifier", identifier)),
            text("SegmentOfResult", "9"),
            text("ErrorCode", code),
            text("ErrorMessage", &sentence),
        ];
        self.message(header, vec![])
    }

    /// The receipt of a bulk request: its reception number.
    pub(crate) fn reception(&self, job: &BulkRecord) -> Option<Vec<u8>> {
        let header = vec![
            identifier(job),
            text("SegmentOfResult", "1"),
            text("ReceptionNumber", &job.reception),
        ];
        self.message(header, vec![])
    }

    /// 処理中: not all answers are here.
    pub(crate) fn working(&self, job: &BulkRecord) -> Option<Vec<u8>> {
        let header = vec![
            identifier(job),
            text("SegmentOfResult", "2"),
            text("ReceptionNumber", &job.reception),
        ];
        self.message(header, vec![])
    }

    /// The bulk answer: one `BulkConfirmUnit` for each person, in the order of the request.
    pub(crate) fn bulk(&self, job: &BulkRecord, answers: &[BulkAnswer]) -> Option<Vec<u8>> {
        let mut errors = 0_usize;
        let mut units = Vec::new();
        for answer in answers {
            let (unit, failed) = unit(answer)?;
            errors += usize::from(failed);
            units.push(unit);
        }
        let count = |name: &str, value: usize| text(name, &value.to_string());
        let header = vec![
            identifier(job),
            text("SegmentOfResult", "1"),
            text("ReceptionNumber", &job.reception),
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

/// One person's part; says whether it is an error.
fn unit(answer: &BulkAnswer) -> Option<(Element, bool)> {
    // Withheld once more on its way out (invariant 6); the simulation mark stands in the header of the whole.
    let stored = stored_answer(&answer.body_json, false)?;
    if let Some(code) = stored.get("error").and_then(Value::as_str) {
        let children = vec![
            text("ProcessingResultStatus", "2")?,
            text("ProcessingResultCode", code)?,
        ];
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
