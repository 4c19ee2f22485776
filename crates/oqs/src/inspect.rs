//! Looking into a message file of unknown kind: what it is, what it says in plain words, what is doubtful. For
//! receipt-computer makers and technicians; the withholding of invariant 6 applies here as on every way out.

use std::io::Read;

use crate::answer::{MessageHeader, QualificationAnswer};
use crate::bulk::{self, BulkLimits, BulkPart, Form};
use crate::charset::{self, Charset};
use crate::codes::CharacterCode;
use crate::delivery::Deliverable;
use crate::doubt::{Doubt, DoubtKind, Doubts, Line};
use crate::element::Element;
use crate::error::OqsError;
use crate::interfaces::{self, Interface};
use crate::limits::MAX_BYTES;
use crate::summary::{Summary, summarise};
use crate::typed::{MessageKind, TypedMessage};
use crate::values::check_digit_holds;
use crate::{json, xml, zip};

/// What was found in a file.
pub struct Inspection {
    /// Form of the message.
    pub form: Form,
    /// Encoding, of XML.
    pub charset: Option<Charset>,
    /// Name of the message inside a ZIP.
    pub zipped: Option<String>,
    /// The interface, where the file's name says it.
    pub interface: Option<&'static Interface>,
    /// The message.
    pub kind: MessageKind,
    /// In words, when it is about persons' qualifications.
    pub summaries: Vec<Summary>,
    /// Every value with its meaning.
    pub lines: Vec<Line>,
    /// What is doubtful.
    pub doubts: Vec<Doubt>,
    /// Something was left out as from an unentrusted medical assistance (invariant 6).
    pub withheld: bool,
    /// The encoding that the message names (文字コード識別), as it came.
    pub told_charset: Option<CharacterCode>,
    json: String,
}

impl Inspection {
    /// The normalised JSON form, `{"XmlMsg":{…}}`: known elements in the order of this crate's definitions, unknown
    /// ones behind them.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// It says of itself that it is simulated (invariant 13).
    pub fn simulated(&self) -> bool {
        self.json
            .contains(&format!("\"{}\"", crate::delivery::SIMULATION_ELEMENT))
    }
}

/// Looks into a file: XML in either encoding, JSON, or a ZIP of one of them. `name` is the file's name, which may
/// tell the kind. Bytes that are no text are shown as replacement characters and doubted.
///
/// # Errors
/// It is no message at all, or breaks a bound.
pub fn inspect(bytes: &[u8], name: &str) -> Result<Inspection, OqsError> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    if zip::is_zip(bytes) {
        let zipped = zip::open(bytes, u64::try_from(MAX_BYTES).unwrap_or(u64::MAX))?;
        let message = zipped.unpack(MAX_BYTES)?;
        let inner = if interfaces::of_file_name(&zipped.name).is_some() {
            zipped.name.as_str()
        } else {
            name
        };
        let mut found = message_of(&message, inner)?;
        found.zipped = Some(zipped.name.clone());
        return Ok(found);
    }
    message_of(bytes, name)
}

fn message_of(bytes: &[u8], name: &str) -> Result<Inspection, OqsError> {
    let start = bytes.iter().find(|b| !b.is_ascii_whitespace());
    let is_json = start == Some(&b'{');
    let (root, charset, lost) = if is_json {
        (json::read(bytes)?, None, false)
    } else {
        let (root, lost) = xml::read_leniently(bytes)?;
        (root, Some(charset::sniff(bytes)?.0), lost)
    };
    let kind = MessageKind::detect(name, &root);
    let message = TypedMessage::from_element(kind, root)?;
    let form = if is_json { Form::Json } else { Form::Xml };
    let mut found = describe(message, form, charset);
    found.interface = interfaces::of_file_name(name).map(|(interface, _)| interface);
    if lost {
        found.doubts.insert(0, doubt(DoubtKind::LostBytes));
    }
    Ok(found)
}

fn doubt(kind: DoubtKind) -> Doubt {
    Doubt {
        path: String::new(),
        kind,
    }
}

/// Looks into a bulk answer of any size, person by person: `each` gets one inspection for each.
///
/// # Errors
/// As [`bulk::read_bulk`]; what was handed over before an error is of an answer that is not whole.
pub fn inspect_bulk(
    reader: impl Read,
    form: Form,
    limits: &BulkLimits,
    each: &mut dyn FnMut(Inspection),
) -> Result<usize, OqsError> {
    let mut header = MessageHeader::default();
    bulk::read_bulk(reader, form, limits, &mut |part| {
        match part {
            BulkPart::Header(found) => header = *found,
            BulkPart::Unit(unit) => {
                let answer = unit.into_answer(&header);
                each(describe(
                    TypedMessage::QualificationAnswer(Box::new(answer)),
                    form,
                    None,
                ));
            }
        }
        Ok(())
    })
}

fn describe(message: TypedMessage, form: Form, charset: Option<Charset>) -> Inspection {
    let kind = message.kind();
    // What is doubted is the message as it came, also where parts of it are not shown; what is shown is not.
    let (came, asked) = (doubts_of(&message), message.to_element());
    let told_charset = told_code(&asked).map(CharacterCode::from_code);
    let (message, summaries, withheld) = withheld(message);
    let mut walk = Doubts::listing();
    message.walk(&mut walk);
    let (_, lines) = walk.into_parts();
    let mut doubts = came;
    if withheld {
        let shown = doubts_of(&message);
        let hide = |doubt: Doubt| {
            if shown.contains(&doubt) {
                doubt
            } else {
                doubt.without_value()
            }
        };
        doubts = doubts.into_iter().map(hide).collect();
    }
    if let (Some(charset), Some(told)) = (charset, &told_charset) {
        let agrees = matches!(
            (charset, told),
            (Charset::Utf8, CharacterCode::Utf8) | (Charset::ShiftJis, CharacterCode::ShiftJis)
        );
        if !agrees {
            doubts.push(doubt(DoubtKind::CharacterCode));
        }
    }
    let root = message.to_element();
    if kind.is_assumed() || holds_assumed(&asked) {
        doubts.push(doubt(DoubtKind::Assumed));
    }
    Inspection {
        form,
        charset,
        zipped: None,
        interface: None,
        kind,
        summaries,
        lines,
        doubts,
        withheld,
        told_charset,
        json: json::write(&root),
    }
}

/// Everything doubtful in a message: its elements, check digits, and characters that Shift_JIS can't hold.
fn doubts_of(message: &TypedMessage) -> Vec<Doubt> {
    let mut walk = Doubts::default();
    message.walk(&mut walk);
    let mut doubts = walk.into_vec();
    let root = message.to_element();
    recipient_numbers(&root, &mut doubts);
    let lost = xml::write(&root, Charset::ShiftJis).lost;
    doubts.extend(lost.into_iter().take(100).map(|lost| Doubt {
        path: lost.element,
        kind: DoubtKind::NotInShiftJis {
            character: Some(lost.character),
        },
    }));
    doubts
}

/// Whether a message of a public kind asks for, or brings, treatment (SRJ) or operations (SHJ), whose own form is not public.
fn holds_assumed(root: &Element) -> bool {
    let assumed = ["ViewingConsentKind", "TreatmentList", "OperationList"];
    root.any(&|element: &Element| assumed.contains(&element.name()))
}

/// The message as this terminal would hand it on.
fn withheld(message: TypedMessage) -> (TypedMessage, Vec<Summary>, bool) {
    match message {
        TypedMessage::QualificationAnswer(answer) => {
            let (answer, summaries, withheld) = judged(&answer);
            match withheld {
                Some(shown) => (
                    TypedMessage::QualificationAnswer(Box::new(shown)),
                    summaries,
                    true,
                ),
                None => (
                    TypedMessage::QualificationAnswer(Box::new(answer)),
                    summaries,
                    false,
                ),
            }
        }
        TypedMessage::BulkAnswer(mut answer) => {
            let header = answer.header.clone().unwrap_or_default();
            let mut summaries = Vec::new();
            let mut any = false;
            for unit in answer.body.iter_mut().flat_map(|body| &mut body.units) {
                let (_, words, shown) = judged(&unit.clone().into_answer(&header));
                summaries.extend(words);
                if let Some(shown) = shown {
                    any = true;
                    let body = shown.body.unwrap_or_default();
                    unit.search_info = body.search_info;
                    unit.processing_result_code = body.processing_result_code;
                    unit.processing_result_message = body.processing_result_message;
                    unit.prescription_issue_select = body.prescription_issue_select;
                    unit.results = body.results;
                    unit.reference_numbers = body.reference_numbers;
                    unit.extra = body.extra;
                }
            }
            if any && let Some(header) = &mut answer.header {
                // Words of the service beside an unentrusted person may hold its numbers.
                header.error_message = None;
                header.arbitrary_file_identifier = None;
                header.extra.clear();
            }
            (TypedMessage::BulkAnswer(answer), summaries, any)
        }
        other => (other, Vec::new(), false),
    }
}

/// An answer, its words, and its narrowed form when something in it is unentrusted.
fn judged(
    answer: &QualificationAnswer,
) -> (
    QualificationAnswer,
    Vec<Summary>,
    Option<QualificationAnswer>,
) {
    let header = answer.header.as_ref();
    let code = header.and_then(|header| header.medical_institution_code.as_deref());
    let deliverable = Deliverable::from_answer(answer, code.unwrap_or(""));
    let summaries = summarise(&deliverable);
    let narrowed = deliverable
        .any_unentrusted()
        .then(|| deliverable.answer().clone());
    (answer.clone(), summaries, narrowed)
}

fn told_code(root: &Element) -> Option<&str> {
    let header = root
        .children()
        .iter()
        .find(|part| part.name() == "MessageHeader")?;
    let mut children = header.children().iter();
    children
        .find(|child| child.name() == "CharacterCodeIdentifier")?
        .text()
}

/// 受給者番号 has a customary check digit; other numbers under the same element name have none.
fn recipient_numbers(element: &Element, doubts: &mut Vec<Doubt>) {
    let text = |name: &str| {
        let child = element.children().iter().find(|child| child.name() == name);
        child.and_then(Element::text).unwrap_or_default().trim()
    };
    let number = text("InsuredIdentificationNumber");
    if text("InsuredCardClassification") == "A1" && !number.is_empty() && !check_digit_holds(number)
    {
        doubts.push(Doubt {
            path: format!("{}/InsuredIdentificationNumber", element.name()),
            kind: DoubtKind::CheckDigit,
        });
    }
    for child in element.children() {
        recipient_numbers(child, doubts);
    }
}

/// The message of an inspection as XML or JSON once more, for tests of round trips.
impl TypedMessage {
    /// Reads a message of a kind from bytes in a form.
    ///
    /// # Errors
    /// It is not such a message, or breaks a bound.
    pub fn from_bytes(kind: MessageKind, form: Form, bytes: &[u8]) -> Result<Self, OqsError> {
        let root = match form {
            Form::Xml => xml::read(bytes)?,
            Form::Json => json::read(bytes)?,
        };
        Self::from_element(kind, root)
    }

    /// The JSON form.
    pub fn to_json(&self) -> String {
        json::write(&self.to_element())
    }

    /// The XML form.
    pub fn to_xml(&self, charset: Charset) -> charset::Encoded {
        xml::write(&self.to_element(), charset)
    }
}
