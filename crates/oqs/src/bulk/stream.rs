//! Reading a bulk answer as it comes, person by person, so that ten thousand tickets need the memory of one. XML in
//! either encoding and JSON; a ZIP is opened with [`crate::zip`] first.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::BulkConfirmUnit;
use crate::answer::MessageHeader;
use crate::charset::{self, Charset};
use crate::element::Element;
use crate::error::OqsError;
use crate::json::{self, Budget, Node, Seed};
use crate::limits::MAX_BYTES;
use crate::message::ROOT;
use crate::record::Value;
use crate::xml;

const HEADER: &str = "MessageHeader";
const BODY: &str = "MessageBody";
const UNIT: &str = "BulkConfirmUnit";
/// Bytes looked at for the declaration.
const HEAD: usize = 256;

/// The form of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// XML, UTF-8 or Shift_JIS by its declaration.
    Xml,
    /// JSON in UTF-8.
    Json,
}

/// Bounds of a bulk answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkLimits {
    /// Bytes of the whole answer, unpacked.
    pub bytes: u64,
    /// Bytes of one person, and of all that stands around the persons.
    pub part: usize,
    /// Persons.
    pub units: usize,
}

impl Default for BulkLimits {
    /// 512 MiB, 4 MiB for a part, 200,000 persons.
    fn default() -> Self {
        Self {
            bytes: 512 * 1024 * 1024,
            part: MAX_BYTES,
            units: 200_000,
        }
    }
}

/// A part of a bulk answer.
pub enum BulkPart {
    /// The header; may come after the persons, as child order is free.
    Header(Box<MessageHeader>),
    /// One person.
    Unit(Box<BulkConfirmUnit>),
}

/// Reads a bulk answer and hands its parts to `each`, in the order found. Gives the number of persons.
///
/// # Errors
/// The answer breaks a bound, is not well-formed, or ends early; [`OqsError::Stopped`] when `each` wants no more.
/// Parts handed over before an error belong to an answer that was not whole: the taker must not use them.
pub fn read_bulk(
    reader: impl Read,
    form: Form,
    limits: &BulkLimits,
    each: &mut dyn FnMut(BulkPart) -> Result<(), OqsError>,
) -> Result<usize, OqsError> {
    let meter = Rc::new(Meter::default());
    let metered = Metered {
        inner: reader,
        meter: Rc::clone(&meter),
        limits: *limits,
    };
    let mut sink = Sink {
        each,
        meter: &meter,
        limits: *limits,
        units: 0,
    };
    let outcome = match form {
        Form::Xml => read_xml(metered, &mut sink),
        Form::Json => read_json(metered, &mut sink),
    };
    let units = sink.units;
    match (outcome, meter.too_large.get()) {
        (Err(_), Some(limit)) => Err(OqsError::TooLarge {
            bytes: limit,
            limit,
        }),
        (outcome, _) => outcome.map(|()| units),
    }
}

/// Bytes read, in all and since the last part.
#[derive(Default)]
struct Meter {
    all: Cell<u64>,
    part: Cell<usize>,
    too_large: Cell<Option<usize>>,
}

struct Metered<R> {
    inner: R,
    meter: Rc<Meter>,
    limits: BulkLimits,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let all = self
            .meter
            .all
            .get()
            .saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        let part = self.meter.part.get().saturating_add(read);
        self.meter.all.set(all);
        self.meter.part.set(part);
        let broken = if all > self.limits.bytes {
            usize::try_from(self.limits.bytes).ok()
        } else {
            (part > self.limits.part).then_some(self.limits.part)
        };
        if broken.is_some() {
            self.meter.too_large.set(broken);
            return Err(io::Error::other("too large"));
        }
        Ok(read)
    }
}

struct Sink<'a> {
    each: &'a mut dyn FnMut(BulkPart) -> Result<(), OqsError>,
    meter: &'a Meter,
    limits: BulkLimits,
    units: usize,
}

impl Sink<'_> {
    fn header(&mut self, element: Element) -> Result<(), OqsError> {
        match MessageHeader::read(HEADER, element.content)? {
            Some(header) => (self.each)(BulkPart::Header(Box::new(header))),
            None => Ok(()),
        }
    }

    fn unit(&mut self, element: Element) -> Result<(), OqsError> {
        self.meter.part.set(0);
        let Some(unit) = BulkConfirmUnit::read(UNIT, element.content)? else {
            return Ok(());
        };
        self.units += 1;
        if self.units > self.limits.units {
            return Err(OqsError::TooManyElements);
        }
        (self.each)(BulkPart::Unit(Box::new(unit)))
    }
}

fn read_xml(mut reader: impl Read, sink: &mut Sink<'_>) -> Result<(), OqsError> {
    let mut head = Vec::with_capacity(HEAD);
    let begun = reader.by_ref().take(HEAD as u64).read_to_end(&mut head);
    begun.map_err(|_| OqsError::Cut)?;
    let (charset, mark) = charset::sniff(&head)?;
    let rest = head.split_off(mark.min(head.len()));
    let bytes = io::Cursor::new(rest).chain(reader);
    let mut taker = |parents: &[&str], element: Element| match (parents, element.name()) {
        ([ROOT], HEADER) => sink.header(element).map(|()| None),
        ([ROOT, BODY], UNIT) => sink.unit(element).map(|()| None),
        ([], ROOT) | ([ROOT], BODY) => Ok(Some(element)),
        ([], _) => Err(OqsError::Root(ROOT)),
        _ => Ok(Some(element)),
    };
    match charset {
        Charset::Utf8 => xml::read_stream(BufReader::new(bytes), &mut taker),
        Charset::ShiftJis => {
            let decoding = Decoding::new(bytes);
            xml::read_stream(BufReader::new(decoding), &mut taker)
        }
    }
}

/// Shift_JIS bytes as UTF-8 bytes.
struct Decoding<R> {
    inner: R,
    decoder: encoding_rs::Decoder,
    raw: Vec<u8>,
    /// What of `raw` has not been decoded yet.
    from: usize,
    ended: bool,
}

impl<R: Read> Decoding<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            decoder: encoding_rs::SHIFT_JIS.new_decoder_without_bom_handling(),
            raw: Vec::new(),
            from: 0,
            ended: false,
        }
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A decoder needs room for the longest character.
        let mut small = [0; 16];
        let short = buffer.len() < small.len();
        loop {
            if self.from >= self.raw.len() && !self.ended {
                self.raw.resize(8 * 1024, 0);
                let read = self.inner.read(&mut self.raw)?;
                self.raw.truncate(read);
                self.from = 0;
                self.ended = read == 0;
            }
            let source = self.raw.get(self.from..).unwrap_or_default();
            let target = if short { &mut small[..4] } else { &mut *buffer };
            let (result, used, written) = self
                .decoder
                .decode_to_utf8_without_replacement(source, target, self.ended);
            self.from += used;
            if matches!(result, encoding_rs::DecoderResult::Malformed(..)) {
                return Err(io::Error::other("not Shift_JIS"));
            }
            if short && written > buffer.len() {
                return Err(io::Error::other("buffer too small for a character"));
            }
            if written > 0 || self.ended {
                if short {
                    buffer[..written].copy_from_slice(&small[..written]);
                }
                return Ok(written);
            }
        }
    }
}

fn read_json(reader: impl Read, sink: &mut Sink<'_>) -> Result<(), OqsError> {
    let budget = Budget::default();
    let failed = Cell::new(None);
    // Unbuffered, a byte would cost a call of the meter.
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(reader));
    let level = Level {
        at: At::Root,
        sink,
        budget: &budget,
        failed: &failed,
    };
    let outcome = level.deserialize(&mut json).and_then(|()| json.end());
    outcome.map_err(|error| {
        failed
            .take()
            .or_else(|| budget.broken())
            .unwrap_or(if error.is_io() || error.is_eof() {
                OqsError::Cut
            } else {
                OqsError::Json {
                    line: error.line(),
                    column: error.column(),
                }
            })
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Root,
    Message,
    Body,
    Units,
}

/// One level of the JSON message on the way to its persons.
struct Level<'a, 'b> {
    at: At,
    sink: &'a mut Sink<'b>,
    budget: &'a Budget,
    failed: &'a Cell<Option<OqsError>>,
}

impl<'b> Level<'_, 'b> {
    fn fail<E: serde::de::Error>(&self, error: OqsError) -> E {
        let said = E::custom(&error);
        self.failed.set(Some(error));
        said
    }

    fn inner(&mut self, at: At) -> Level<'_, 'b> {
        Level {
            at,
            sink: self.sink,
            budget: self.budget,
            failed: self.failed,
        }
    }

    fn unit<E: serde::de::Error>(&mut self, node: Node) -> Result<(), E> {
        self.budget.renew();
        let elements = json::elements(UNIT, node).map_err(|error| self.fail(error))?;
        for element in elements {
            self.sink.unit(element).map_err(|error| self.fail(error))?;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bulk answer")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<(), A::Error> {
        if self.at == At::Units {
            // A single person may stand without an array.
            let node = Seed::root(self.budget).visit_map(access)?;
            return self.unit(node);
        }
        let mut found = false;
        while let Some(name) = access.next_key::<String>()? {
            match (self.at, name.as_str()) {
                (At::Root, ROOT) if !found => {
                    found = true;
                    access.next_value_seed(self.inner(At::Message))?;
                }
                (At::Message, BODY) if !found => {
                    found = true;
                    access.next_value_seed(self.inner(At::Body))?;
                }
                (At::Body, UNIT) => access.next_value_seed(self.inner(At::Units))?,
                (At::Message, HEADER) => {
                    let node = access.next_value_seed(Seed::root(self.budget))?;
                    let elements = json::elements(HEADER, node).map_err(|e| self.fail(e))?;
                    for element in elements {
                        self.sink
                            .header(element)
                            .map_err(|error| self.fail(error))?;
                    }
                }
                _ => {
                    let _: IgnoredAny = access.next_value()?;
                }
            }
        }
        if self.at == At::Root && !found {
            return Err(self.fail(OqsError::Root(ROOT)));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<(), A::Error> {
        if self.at != At::Units {
            return Err(A::Error::custom("a list where none belongs"));
        }
        while let Some(node) = access.next_element_seed(Seed::root(self.budget))? {
            self.unit(node)?;
        }
        Ok(())
    }
}
