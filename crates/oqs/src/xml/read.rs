//! XML to element tree: no DTD, no entities but the five and numeric ones, bounded in every direction.

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

/// Reads one document.
pub(crate) fn read(bytes: &[u8]) -> Result<Element, OqsError> {
    if bytes.len() > MAX_BYTES {
        return Err(OqsError::TooLarge {
            bytes: bytes.len(),
            limit: MAX_BYTES,
        });
    }
    let text = charset::decode(bytes)?;
    let mut reader = Reader::from_str(&text);
    let mut tree = Tree::default();
    loop {
        let event = reader.read_event();
        let malformed = || OqsError::Xml {
            at: reader.error_position(),
        };
        match event.map_err(|_| malformed())? {
            Event::Start(start) => tree.open(&start)?,
            Event::Empty(start) => {
                tree.open(&start)?;
                tree.close().ok_or_else(malformed)??;
            }
            Event::End(_) => tree.close().ok_or_else(malformed)??,
            Event::Text(text) => tree.text(&text.xml10_content()).ok_or_else(malformed)?,
            Event::CData(data) => tree.text(&data.xml10_content()).ok_or_else(malformed)?,
            Event::GeneralRef(reference) => {
                let character = resolve(&reference)?;
                tree.text(character.encode_utf8(&mut [0; 4]))
                    .ok_or_else(malformed)?;
            }
            Event::DocType(_) => return Err(OqsError::Dtd),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => return tree.finish().ok_or_else(malformed),
        }
    }
}

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
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
        let element = match Element::new(&name, content) {
            Ok(element) => element,
            Err(error) => return Some(Err(error)),
        };
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
