//! A message of any kind, as its tree of elements: for what is put together or taken apart element by element, such as bulk
//! messages over single ones.

use crate::charset::{Charset, Encoded};
use crate::element::Element;
use crate::error::OqsError;
use crate::message::ROOT;
use crate::{json, xml};

/// The tree of one message; its root is `XmlMsg`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageTree {
    /// The root.
    pub root: Element,
}

impl MessageTree {
    /// A message of this root.
    ///
    /// # Errors
    /// [`OqsError::Root`] when the root is not `XmlMsg`.
    pub fn new(root: Element) -> Result<Self, OqsError> {
        if root.name() == ROOT {
            Ok(Self { root })
        } else {
            Err(OqsError::Root(ROOT))
        }
    }

    /// Reads the XML form, UTF-8 or Shift_JIS.
    ///
    /// # Errors
    /// As for every message: too large, a DTD, not well-formed, another root.
    pub fn from_xml(bytes: &[u8]) -> Result<Self, OqsError> {
        Self::new(xml::read(bytes)?)
    }

    /// Reads the JSON form of an answer; what stands beside `XmlMsg` is passed over.
    ///
    /// # Errors
    /// As for [`MessageTree::from_xml`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, OqsError> {
        Self::new(json::read(bytes)?)
    }

    /// Reads the JSON form of a request, in which nothing stands beside `XmlMsg`.
    ///
    /// # Errors
    /// As for [`MessageTree::from_json`]; [`OqsError::Beside`] names what stands there all the same.
    pub fn request_from_json(bytes: &[u8]) -> Result<Self, OqsError> {
        Self::new(json::read_alone(bytes)?)
    }

    /// The XML form.
    pub fn to_xml(&self, charset: Charset) -> Encoded {
        xml::write(&self.root, charset)
    }

    /// The JSON form.
    pub fn to_json(&self) -> String {
        json::write(&self.root)
    }

    /// Children of a name below the body.
    pub fn in_body<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.root
            .children()
            .iter()
            .filter(|child| child.name() == "MessageBody")
            .flat_map(Element::children)
            .filter(move |child| child.name() == name)
    }

    /// Text of an element of the header or, where `part` is `MessageBody`, of the body.
    pub fn text(&self, part: &str, name: &str) -> Option<&str> {
        self.root
            .children()
            .iter()
            .filter(|child| child.name() == part)
            .flat_map(Element::children)
            .find(|child| child.name() == name)?
            .text()
    }
}
