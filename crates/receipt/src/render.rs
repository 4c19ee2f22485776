//! A result as bytes: the message in the form asked for, and around it what every form must say: reader and visit
//! (invariant 9), whether it is only a copy (invariant 9), whether it is simulated (invariant 13).

use crate::clients::Client;
use crate::negotiate::Form;
use crate::problem::{Kind, Problem};
use crate::store::ResultRecord;
use crate::times::japan;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use oqs::delivery::{Deliverable, DeliverableCheckups, DeliverableMedicines};
use oqs::{Charset, Encoded, OqsError};
use serde_json::{Value, json};

/// What a copy is marked with, in headers and bodies.
pub(crate) const NOT_FOR_IMPORT: &str = "not-for-import";
/// The sentence that stands in every simulated body.
pub(crate) const SIMULATION: &str = "SIMULATION (no real patients)";
const SIMULATION_JA: &str = "シミュレーション（実在の患者ではありません）";

/// Lost characters named one by one in the header; more are only counted.
const MAX_LOST_NAMED: usize = 20;

/// Whether this client sees the result only as a copy.
pub(crate) fn is_copy(record: &ResultRecord, client: &Client) -> bool {
    record.owner.as_deref() != Some(client.name.as_str())
}

/// What is said about a result beside its body; also an entry of the list.
pub(crate) fn about(record: &ResultRecord, client: &Client) -> Value {
    let mut value = json!({
        "id": record.id,
        "seq": record.seq,
        "visit": format!("{:016x}", record.visit),
        "reader": record.reader,
        "kind": record.kind,
        "stored_at": japan(record.stored_at),
        "state": record.state.as_str(),
        "owner": record.owner,
        "mine": !is_copy(record, client),
        "lease_until": record.lease_until.map(japan),
        "lapsed": record.lapsed,
        "simulated": record.simulated,
    });
    if let Some(map) = value.as_object_mut() {
        if is_copy(record, client) {
            map.insert("copy".into(), NOT_FOR_IMPORT.into());
        }
        if record.simulated {
            map.insert(
                "simulation".into(),
                format!("{SIMULATION_JA} / {SIMULATION}").into(),
            );
        }
    }
    value
}

/// The body in the form asked for, with its headers.
pub(crate) fn body(
    record: &ResultRecord,
    client: &Client,
    form: Form,
) -> Result<(HeaderMap, Vec<u8>), Problem> {
    let mut headers = headers(record, client, form)?;
    let bytes = match form {
        Form::Json => json_body(record, client)?,
        Form::XmlUtf8 => xml_body(record, client, Charset::Utf8, &mut headers)?,
        Form::XmlShiftJis => xml_body(record, client, Charset::ShiftJis, &mut headers)?,
    };
    let tag = format!("\"{}.{:016x}\"", record.id, fingerprint(&bytes));
    headers.insert(header::ETAG, value(&tag)?);
    Ok((headers, bytes))
}

fn headers(record: &ResultRecord, client: &Client, form: Form) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    let extension = if form == Form::Json { "json" } else { "xml" };
    let mark = if record.simulated { "SIMULATION_" } else { "" };
    let copy = if is_copy(record, client) { "COPY_" } else { "" };
    let file = format!(
        "inline; filename=\"{mark}{copy}{}.{extension}\"",
        plain(&record.id)
    );
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(form.content_type()),
    );
    headers.insert(header::CONTENT_DISPOSITION, value(&file)?);
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    for (name, text) in [
        ("uketsuke-result", record.id.clone()),
        ("uketsuke-visit", format!("{:016x}", record.visit)),
        ("uketsuke-reader", record.reader.clone()),
        ("uketsuke-kind", record.kind.clone()),
        ("uketsuke-state", record.state.as_str().to_owned()),
    ] {
        headers.insert(HeaderName::from_static(name), value(&plain(&text))?);
    }
    if is_copy(record, client) {
        headers.insert("uketsuke-copy", HeaderValue::from_static(NOT_FOR_IMPORT));
    }
    Ok(headers)
}

fn json_body(record: &ResultRecord, client: &Client) -> Result<Vec<u8>, Problem> {
    let text = match Message::of(record)? {
        Message::Qualification(message) => message.to_json(),
        Message::Medicines(message) => message.to_json(),
        Message::Checkups(message) => message.to_json(),
    };
    let mut message: Value =
        serde_json::from_str(&text).map_err(|_| Problem::new(Kind::NotRenderable))?;
    let Some(map) = message.as_object_mut() else {
        return Err(Kind::NotRenderable.into());
    };
    map.insert("Uketsuke".into(), about(record, client));
    serde_json::to_vec(&message).map_err(|_| Kind::NotRenderable.into())
}

fn xml_body(
    record: &ResultRecord,
    client: &Client,
    charset: Charset,
    headers: &mut HeaderMap,
) -> Result<Vec<u8>, Problem> {
    let encoded = match Message::of(record)? {
        Message::Qualification(message) => message
            .to_xml(charset)
            .map_err(|error| unreadable(record, &error))?,
        Message::Medicines(message) => message.to_xml(charset),
        Message::Checkups(message) => message.to_xml(charset),
    };
    if !encoded.lost.is_empty() {
        headers.insert("uketsuke-lost-characters", value(&lost(&encoded))?);
    }
    Ok(with_notice(record, client, &encoded.bytes))
}

/// A stored body, read back through the types of what may leave the terminal (invariant 6): a qualification is
/// withheld once more on the way, medicines were narrowed by it when they were stored. Other kinds have no such
/// type and do not leave at all.
enum Message {
    Qualification(Box<Deliverable>),
    Medicines(Box<DeliverableMedicines>),
    Checkups(Box<DeliverableCheckups>),
}

impl Message {
    fn of(record: &ResultRecord) -> Result<Self, Problem> {
        let body = record.body_json.as_str();
        match record.kind.as_str() {
            "qualification" => {
                let mut message = Deliverable::from_stored_json(body)
                    .map_err(|error| unreadable(record, &error))?;
                if message.is_simulated() && !record.simulated {
                    return Err(Kind::OtherWorld.into());
                }
                if record.simulated {
                    message.mark_simulated();
                }
                Ok(Self::Qualification(Box::new(message)))
            }
            "medicines" => {
                let mut message = DeliverableMedicines::from_stored_json(body)
                    .map_err(|error| unreadable(record, &error))?;
                if record.simulated {
                    message.mark_simulated();
                }
                Ok(Self::Medicines(Box::new(message)))
            }
            "checkups" | "treatment" | "operations" => {
                let mut message = DeliverableCheckups::from_stored_json(body)
                    .map_err(|error| unreadable(record, &error))?;
                if record.simulated {
                    message.mark_simulated();
                }
                Ok(Self::Checkups(Box::new(message)))
            }
            _ => {
                tracing::error!(
                    code = "UK-RCPT-019",
                    result = record.id,
                    "a stored result is of a kind that nobody has judged"
                );
                Err(Kind::NotRenderable.into())
            }
        }
    }
}

fn unreadable(record: &ResultRecord, error: &OqsError) -> Problem {
    tracing::error!(code = "UK-RCPT-019", result = record.id, %error, "a stored result cannot be rendered");
    Kind::NotRenderable.into()
}

/// `2; Name=U+20BB7 Address=U+2A6D6`: how many characters the encoding could not hold, and which.
fn lost(encoded: &Encoded) -> String {
    let mut text = format!("{};", encoded.lost.len());
    for lost in encoded.lost.iter().take(MAX_LOST_NAMED) {
        text.push_str(&format!(
            " {}=U+{:04X}",
            plain(&lost.element),
            u32::from(lost.character)
        ));
    }
    text
}

/// Puts a processing instruction after the XML declaration. It is plain ASCII, so it is right in both encodings, and
/// programs that do not know it pass over it.
fn with_notice(record: &ResultRecord, client: &Client, xml: &[u8]) -> Vec<u8> {
    let copy = if is_copy(record, client) {
        format!(" copy=\"{NOT_FOR_IMPORT}\"")
    } else {
        String::new()
    };
    let mut notice = format!(
        "\n<?uketsuke result=\"{}\" visit=\"{:016x}\" reader=\"{}\" stored-at=\"{}\" simulated=\"{}\"{copy}?>",
        plain(&record.id),
        record.visit,
        plain(&record.reader),
        japan(record.stored_at),
        record.simulated,
    );
    if record.simulated {
        notice.push_str(&format!("\n<!-- {SIMULATION} -->"));
    }
    let declaration = if xml.starts_with(b"<?xml") {
        xml.windows(2)
            .position(|pair| pair == b"?>")
            .map_or(0, |at| at + 2)
    } else {
        0
    };
    let (before, after) = xml.split_at(declaration);
    // Without a declaration nothing may stand before the notice, not even the line end.
    let notice = if declaration == 0 {
        notice.trim_start()
    } else {
        &notice
    };
    [before, notice.as_bytes(), after].concat()
}

/// The unreserved characters of RFC 3986 as they are, every other byte of the UTF-8 text percent-encoded, so that a
/// reader's name can stand anywhere and any URL library gives it back.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn value(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(text).map_err(|_| Kind::NotRenderable.into())
}

/// FNV-1a: tells two forms of one result apart in its ETag; nothing secret rests on it.
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Whether an `If-None-Match` names this tag.
pub(crate) fn none_match(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == "*" || tag.to_str().is_ok_and(|tag| tag == one))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_readers_name_is_percent_encoded_as_documented() {
        for (name, encoded) in [
            (
                "desk-1/Virtual PCD 00 00",
                "desk-1%2FVirtual%20PCD%2000%2000",
            ),
            (
                "ACS ACR1252 [SAM] (1:2)~_.",
                "ACS%20ACR1252%20%5BSAM%5D%20%281%3A2%29~_.",
            ),
            ("受付\"\r\n%?>", "%E5%8F%97%E4%BB%98%22%0D%0A%25%3F%3E"),
        ] {
            assert_eq!(plain(name), encoded);
        }
    }
}
