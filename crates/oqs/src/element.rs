//! The tree that JSON and XML share: named elements holding either text or further elements.
//!
//! XML attributes, comments and processing instructions have no counterpart in these messages and are
//! dropped on reading.

use std::fmt;

use crate::error::OqsError;
use crate::limits::MAX_NAME;

/// What an element holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// Text, verbatim (padding included).
    Text(String),
    /// Child elements in the order found.
    Children(Vec<Element>),
}

/// One element of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Element {
    name: String,
    /// What the element holds.
    pub content: Content,
}

impl Element {
    /// An element of a given name. Fails when XML could not carry the name.
    pub fn new(name: &str, content: Content) -> Result<Self, OqsError> {
        if is_name(name) {
            Ok(Self::known(name, content))
        } else {
            Err(OqsError::Name)
        }
    }

    /// An element whose name is one of this crate's constants.
    pub(crate) fn known(name: &str, content: Content) -> Self {
        debug_assert!(is_name(name));
        Self {
            name: name.to_owned(),
            content,
        }
    }

    /// A text element whose name is one of this crate's constants.
    pub(crate) fn text_of(name: &str, text: &str) -> Self {
        Self::known(name, Content::Text(text.to_owned()))
    }

    /// The element's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether any text stands in it, at whatever depth.
    pub fn has_value(&self) -> bool {
        match &self.content {
            Content::Text(text) => !text.trim().is_empty(),
            Content::Children(children) => children.iter().any(Self::has_value),
        }
    }

    /// The element's text, when it holds text.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Children(_) => None,
        }
    }

    /// The element's children; none when it holds text.
    pub fn children(&self) -> &[Element] {
        match &self.content {
            Content::Text(_) => &[],
            Content::Children(children) => children,
        }
    }

    /// True when the element or one below it meets the condition.
    pub(crate) fn any(&self, condition: &dyn Fn(&Element) -> bool) -> bool {
        condition(self) || self.children().iter().any(|child| child.any(condition))
    }
}

impl Content {
    /// True for no children and for text of white space only.
    pub fn is_blank(&self) -> bool {
        match self {
            Content::Text(text) => text.trim().is_empty(),
            Content::Children(children) => children.is_empty(),
        }
    }
}

/// Names and structure only: values are about patients and belong in no log (invariant 5).
impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        match &self.content {
            Content::Text(_) => write!(f, "=…"),
            Content::Children(children) => f.debug_list().entries(children).finish(),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Text(_) => write!(f, "…"),
            Content::Children(children) => f.debug_list().entries(children).finish(),
        }
    }
}

/// True for a name that can stand in XML in both encodings: an ASCII letter or `_`, then letters, digits, `_`, `-`, `.`.
pub(crate) fn is_name(name: &str) -> bool {
    let first = name.bytes().next();
    name.len() <= MAX_NAME
        && first.is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}
