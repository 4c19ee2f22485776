//! Messages of the central service and of the receipt computer.

use oqs::bulk::{BulkLimits, Form, read_bulk};
use oqs::inspect::inspect;
use oqs::zip;
use oqs::{Charset, MessageKind, TypedMessage};
use std::io::Read as _;

/// A message in XML, UTF-8 or Shift_JIS.
pub(crate) fn message_xml(data: &[u8]) {
    let _ = read_bulk(data, Form::Xml, &BulkLimits::default(), &mut |_| Ok(()));
    let Ok(found) = inspect(data, "") else {
        return;
    };
    // Whatever kind it was taken for, and as the kind that has most: written and read again it is the same.
    for kind in [found.kind, MessageKind::QualificationAnswer] {
        let Ok(message) = TypedMessage::from_bytes(kind, Form::Xml, data) else {
            continue;
        };
        let once = message.to_xml(Charset::Utf8).bytes;
        let again = TypedMessage::from_bytes(kind, Form::Xml, &once).expect("our own XML");
        assert_eq!(again.to_xml(Charset::Utf8).bytes, once);
        let _ = message.to_xml(Charset::ShiftJis);
    }
}

/// A message in JSON.
pub(crate) fn message_json(data: &[u8]) {
    let _ = read_bulk(data, Form::Json, &BulkLimits::default(), &mut |_| Ok(()));
    let Ok(found) = inspect(data, "") else {
        return;
    };
    // Whatever kind it was taken for, and as the kind that has most: written and read again it is the same.
    for kind in [found.kind, MessageKind::QualificationAnswer] {
        let Ok(message) = TypedMessage::from_bytes(kind, Form::Json, data) else {
            continue;
        };
        let once = message.to_json();
        let again =
            TypedMessage::from_bytes(kind, Form::Json, once.as_bytes()).expect("our own JSON");
        assert_eq!(again.to_json(), once);
    }
}

/// Far below what the terminal accepts, so that a bomb shows early.
const LIMIT: u64 = 1 << 20;

/// A zipped message: bombs and damage are refused, what is unpacked is a message or an error.
pub(crate) fn message_zip(data: &[u8]) {
    if !zip::is_zip(data) {
        return;
    }
    let _ = inspect(data, "");
    if let Ok(zipped) = zip::open(data, LIMIT) {
        if let Ok(message) = zipped.unpack(LIMIT as usize) {
            assert!(message.len() as u64 <= LIMIT);
        }
        let mut read = Vec::new();
        let _ = zipped.reader().take(LIMIT + 1).read_to_end(&mut read);
    }
}
