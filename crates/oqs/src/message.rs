//! What all messages share: the root `XmlMsg`, and reading and writing in both forms.

use crate::charset::{Charset, Encoded};
use crate::element::{Content, Element};
use crate::error::OqsError;
use crate::record::Value;
use crate::{json, xml};

/// Name of the root of every message.
pub(crate) const ROOT: &str = "XmlMsg";

/// A message of the interface, readable and writable as JSON and XML. The methods are the whole use of
/// the trait; only this crate implements it.
#[expect(
    private_bounds,
    reason = "reading and writing of parts is this crate's own"
)]
pub trait Message: Value {
    /// The message under its root.
    fn to_element(&self) -> Element {
        let content = self.write().unwrap_or(Content::Children(Vec::new()));
        Element::known(ROOT, content)
    }

    /// Reads the message from its root.
    fn from_element(root: Element) -> Result<Self, OqsError> {
        if root.name() != ROOT {
            return Err(OqsError::Root(ROOT));
        }
        Self::read(ROOT, root.content)?.ok_or_else(|| OqsError::Shape(ROOT.to_owned()))
    }

    /// The JSON form, `{"XmlMsg":{…}}`.
    fn to_json(&self) -> String {
        json::write(&self.to_element())
    }

    /// Reads the JSON form.
    fn from_json(bytes: &[u8]) -> Result<Self, OqsError> {
        Self::from_element(json::read(bytes)?)
    }

    /// The XML form with its declaration; `CharacterCodeIdentifier`, where present, names the encoding.
    fn to_xml(&self, charset: Charset) -> Encoded {
        xml::write(&self.to_element(), charset)
    }

    /// Reads the XML form, UTF-8 or Shift_JIS as its byte order mark or declaration says.
    fn from_xml(bytes: &[u8]) -> Result<Self, OqsError> {
        Self::from_element(xml::read(bytes)?)
    }
}

/// Makes a record a message, with serde in its JSON form.
macro_rules! message {
    ($type:ty) => {
        impl $crate::message::Message for $type {}

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::json::serialize(&$crate::message::Message::to_element(self), serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let root = $crate::json::deserialize(deserializer)?;
                $crate::message::Message::from_element(root).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use message;
