//! Why a message could not be read or written. Texts never contain values of the message.

/// A message that can't be understood or produced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OqsError {
    /// The message is larger than [`crate::limits::MAX_BYTES`].
    #[error("the message has {bytes} bytes, more than the accepted {limit}")]
    TooLarge {
        /// Size found.
        bytes: usize,
        /// Size accepted.
        limit: usize,
    },
    /// Elements are nested deeper than [`crate::limits::MAX_DEPTH`].
    #[error("elements are nested too deeply")]
    TooDeep,
    /// More elements than [`crate::limits::MAX_ELEMENTS`].
    #[error("the message has too many elements")]
    TooManyElements,
    /// A document type definition, which is refused whatever it says.
    #[error("a document type definition is not accepted")]
    Dtd,
    /// An entity other than the five of XML and numeric references.
    #[error("an entity reference is not accepted")]
    Entity,
    /// An encoding other than UTF-8 and Shift_JIS.
    #[error("the encoding is neither UTF-8 nor Shift_JIS")]
    Encoding,
    /// Bytes that are not text in the declared encoding.
    #[error("the bytes are not {0} text")]
    NotText(&'static str),
    /// Not well-formed XML.
    #[error("the XML is not well-formed near byte {at}")]
    Xml {
        /// Byte offset in the decoded text.
        at: u64,
    },
    /// Not well-formed JSON.
    #[error("the JSON is not well-formed at line {line}, column {column}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The root element is not the one expected.
    #[error("the root element is not {0}")]
    Root(&'static str),
    /// Something stands beside the root of a message in which nothing may.
    #[error("{0} stands beside the root element")]
    Beside(String),
    /// An element name that XML can't carry.
    #[error("an element name can't be carried in XML")]
    Name,
    /// An element that may occur once occurs more than once.
    #[error("{0} occurs more than once")]
    Duplicate(String),
    /// Text where elements belong, or elements where text belongs.
    #[error("{0} has the wrong shape")]
    Shape(String),
    /// A 照会番号 that can't be registered: empty, longer than 50 characters, or with control characters.
    #[error("the reference number can't be registered")]
    ReferenceNumber,
    /// A bulk answer that comes in a ZIP which is damaged, encrypted, or holds no single message.
    #[error("the ZIP is not one message ({0})")]
    Zip(&'static str),
    /// A ZIP that would unpack to far more than its size.
    #[error("the ZIP unpacks to more than is accepted")]
    ZipBomb,
    /// The bytes could not be read to their end.
    #[error("the message could not be read to its end")]
    Cut,
    /// Whoever takes the parts of a bulk answer wants no more.
    #[error("reading was ended by its taker")]
    Stopped,
}
