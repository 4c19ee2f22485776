//! XML to element tree: no DTD, no entities but the five and numeric ones, bounded in every direction. One event
//! loop serves whole messages and, with a taker for finished elements, bulk answers read as they come.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::charset::{self, is_xml};
use crate::element::{Content, Element};
use crate::error::OqsError;
use crate::limits::{MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS};

/// An element whose end tag has not come yet.
struct Open {
    name: String,
    text: String,
    children: Vec<Element>,
}

/// Looks at each finished element below the named parents and gives it back to be kept, or keeps it itself.
pub(crate) type Taker<'a> =
    &'a mut dyn FnMut(&[&str], Element) -> Result<Option<Element>, OqsError>;

/// Reads one document.
pub(crate) fn read(bytes: &[u8]) -> Result<Element, OqsError> {
    within_limit(bytes)?;
    let text = charset::decode(bytes)?;
    read_text(&text)
}

/// Reads one document even when bytes of it are no text: they become replacement characters. The flag says that
/// there were some. For people who look into a broken file, never for what is handed on.
pub(crate) fn read_leniently(bytes: &[u8]) -> Result<(Element, bool), OqsError> {
    within_limit(bytes)?;
    let (text, lost) = charset::decode_leniently(bytes)?;
    read_text(&text).map(|element| (element, lost))
}

fn within_limit(bytes: &[u8]) -> Result<(), OqsError> {
    if bytes.len() > MAX_BYTES {
        return Err(OqsError::TooLarge {
            bytes: bytes.len(),
            limit: MAX_BYTES,
        });
    }
    Ok(())
}

fn read_text(text: &str) -> Result<Element, OqsError> {
    let mut reader = Reader::from_str(text);
    let mut tree = Tree::new(None);
    loop {
        let event = reader.read_event();
        let at = reader.error_position();
        let event = event.map_err(|_| OqsError::Xml { at })?;
        if tree.take(event, at)? {
            return tree.finish().ok_or(OqsError::Xml { at });
        }
    }
}

/// Reads UTF-8 XML as it comes, handing finished elements to a taker.
pub(crate) fn read_stream(input: impl BufRead, taker: Taker<'_>) -> Result<(), OqsError> {
    let mut reader = Reader::from_reader(input);
    let mut tree = Tree::new(Some(taker));
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        let at = reader.error_position();
        let event = event.map_err(|error| match error {
            quick_xml::Error::Io(_) => OqsError::Cut,
            _ => OqsError::Xml { at },
        })?;
        if tree.take(event, at)? {
            return tree.finish().map(drop).ok_or(OqsError::Xml { at });
        }
    }
}

struct Tree<'a> {
    open: Vec<Open>,
    root: Option<Element>,
    elements: usize,
    taker: Option<Taker<'a>>,
}

impl<'a> Tree<'a> {
    fn new(taker: Option<Taker<'a>>) -> Self {
        Self {
            open: Vec::new(),
            root: None,
            elements: 0,
            taker,
        }
    }

    /// Takes one event; true at the end of the document.
    fn take(&mut self, event: Event<'_>, at: u64) -> Result<bool, OqsError> {
        let malformed = || OqsError::Xml { at };
        match event {
            Event::Start(start) => self.open(&start)?,
            Event::Empty(start) => {
                self.open(&start)?;
                self.close().ok_or_else(malformed)??;
            }
            Event::End(_) => self.close().ok_or_else(malformed)??,
            Event::Text(text) => self.text(&text.xml10_content()).ok_or_else(malformed)?,
            Event::CData(data) => self.text(&data.xml10_content()).ok_or_else(malformed)?,
            Event::GeneralRef(reference) => {
                let character = resolve(&reference)?;
                self.text(character.encode_utf8(&mut [0; 4]))
                    .ok_or_else(malformed)?;
            }
            Event::DocType(_) => return Err(OqsError::Dtd),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => return Ok(true),
        }
        Ok(false)
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), OqsError> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(OqsError::TooManyElements);
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(OqsError::TooDeep);
        }
        self.open.push(Open {
            // Prefixes carry nothing in these messages.
            name: start.local_name().as_ref().to_owned(),
            text: String::new(),
            children: Vec::new(),
        });
        Ok(())
    }

    /// Ends the innermost element; `None` when there is none, or when it is a second root.
    fn close(&mut self) -> Option<Result<(), OqsError>> {
        let Open {
            name,
            text,
            children,
        } = self.open.pop()?;
        let content = if children.is_empty() {
            Content::Text(text)
        } else if text.trim().is_empty() {
            Content::Children(children)
        } else {
            return Some(Err(OqsError::Shape(name.chars().take(40).collect())));
        };
        let mut element = match Element::new(&name, content) {
            Ok(element) => element,
            Err(error) => return Some(Err(error)),
        };
        if let Some(taker) = &mut self.taker {
            let parents: Vec<_> = self.open.iter().map(|open| open.name.as_str()).collect();
            match taker(&parents, element) {
                Ok(Some(kept)) => element = kept,
                Ok(None) => {
                    self.elements = self.open.len();
                    return Some(Ok(()));
                }
                Err(error) => return Some(Err(error)),
            }
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None if self.root.is_some() => return None,
            None => self.root = Some(element),
        }
        Some(Ok(()))
    }

    /// Appends text; `None` when it stands outside the root.
    fn text(&mut self, text: &str) -> Option<()> {
        match self.open.last_mut() {
            Some(open) => open.text.push_str(text),
            None => return text.trim().is_empty().then_some(()),
        }
        Some(())
    }

    fn finish(self) -> Option<Element> {
        if self.open.is_empty() {
            self.root
        } else {
            None
        }
    }
}

/// The five entities of XML and numeric references to characters that XML can hold.
fn resolve(reference: &BytesRef<'_>) -> Result<char, OqsError> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return if is_xml(character) {
            Ok(character)
        } else {
            Err(OqsError::Entity)
        };
    }
    match reference.xml10_content().as_ref() {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(OqsError::Entity),
    }
}
