//! Typed records over the element tree: one definition gives the struct, its reading and its writing, for
//! JSON and XML alike. Child order does not matter; unknown elements are kept in `extra`.

use crate::element::{Content, Element};
use crate::error::OqsError;

/// A value that one element can hold.
pub(crate) trait Value: Sized {
    /// Reads an element's content; `None` when it is blank. The name is for errors only.
    fn read(name: &str, content: Content) -> Result<Option<Self>, OqsError>;
    /// The content to write; `None` when there is nothing to write.
    fn write(&self) -> Option<Content>;
    /// A value with every part filled, so that tests cover fields added later.
    #[cfg(test)]
    fn sample() -> Self;
}

impl Value for String {
    fn read(name: &str, content: Content) -> Result<Option<Self>, OqsError> {
        match content {
            _ if content.is_blank() => Ok(None),
            Content::Text(text) => Ok(Some(text)),
            Content::Children(_) => Err(OqsError::Shape(name.to_owned())),
        }
    }

    fn write(&self) -> Option<Content> {
        // Empty optional elements are omitted, as in published result files.
        (!self.trim().is_empty()).then(|| Content::Text(self.clone()))
    }

    #[cfg(test)]
    fn sample() -> Self {
        "見本".to_owned()
    }
}

/// A field of a record: takes its elements out of the children, or puts them in.
pub(crate) trait Slot: Sized {
    /// Takes the elements named `name` (or `Wrapper/Item`) out of `children`.
    fn take(name: &str, children: &mut Vec<Element>) -> Result<Self, OqsError>;
    /// Appends the elements.
    fn put(&self, name: &str, out: &mut Vec<Element>);
    /// True when something would be written.
    fn is_present(&self) -> bool;
    /// One sample value.
    #[cfg(test)]
    fn sample() -> Self;
}

impl<T: Value> Slot for Option<T> {
    fn take(name: &str, children: &mut Vec<Element>) -> Result<Self, OqsError> {
        let mut found = extract(name, children).into_iter();
        let Some(first) = found.next() else {
            return Ok(None);
        };
        if found.next().is_some() {
            // Two different insurer numbers in one result can't be imported safely: nobody may choose.
            return Err(OqsError::Duplicate(name.to_owned()));
        }
        T::read(name, first.content)
    }

    fn put(&self, name: &str, out: &mut Vec<Element>) {
        if let Some(content) = self.as_ref().and_then(Value::write) {
            out.push(Element::known(name, content));
        }
    }

    fn is_present(&self) -> bool {
        self.is_some()
    }

    #[cfg(test)]
    fn sample() -> Self {
        Some(T::sample())
    }
}

/// `Wrapper/Item`: the items stand under one wrapper; items found without it are accepted too (bulk
/// answers do that). Unknown children of the wrapper move up to the record's `extra`.
impl<T: Value> Slot for Vec<T> {
    fn take(name: &str, children: &mut Vec<Element>) -> Result<Self, OqsError> {
        let (wrapper, item) = name.split_once('/').unwrap_or(("", name));
        let mut found = extract(item, children);
        if !wrapper.is_empty() {
            for element in extract(wrapper, children) {
                match element.content {
                    content if content.is_blank() => {}
                    Content::Text(_) => return Err(OqsError::Shape(wrapper.to_owned())),
                    Content::Children(mut inner) => {
                        found.append(&mut extract(item, &mut inner));
                        children.append(&mut inner);
                    }
                }
            }
        }
        let read = found
            .into_iter()
            .map(|element| T::read(item, element.content));
        read.filter_map(Result::transpose).collect()
    }

    fn put(&self, name: &str, out: &mut Vec<Element>) {
        let (wrapper, item) = name.split_once('/').unwrap_or(("", name));
        let elements = self
            .iter()
            .filter_map(Value::write)
            .map(|content| Element::known(item, content));
        if wrapper.is_empty() {
            out.extend(elements);
        } else if !self.is_empty() {
            out.push(Element::known(
                wrapper,
                Content::Children(elements.collect()),
            ));
        }
    }

    fn is_present(&self) -> bool {
        !self.is_empty()
    }

    #[cfg(test)]
    fn sample() -> Self {
        vec![T::sample()]
    }
}

/// Takes all elements of a name out, keeping the order of the others.
fn extract(name: &str, children: &mut Vec<Element>) -> Vec<Element> {
    let (found, rest) = std::mem::take(children)
        .into_iter()
        .partition(|child| child.name() == name);
    *children = rest;
    found
}

/// Defines a record: `field: Type = "ElementName"` or `field: Vec<Type> = "Wrapper/Item"`.
macro_rules! record {
    ($(#[$meta:meta])* pub struct $record:ident {
        $($(#[$field_meta:meta])* $field:ident : $type:ty = $name:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Default)]
        pub struct $record {
            $($(#[$field_meta])* pub $field: $type,)*
            /// Elements of names not known here, kept as they came.
            pub extra: Vec<$crate::element::Element>,
        }

        impl $crate::record::Value for $record {
            fn read(
                name: &str,
                content: $crate::element::Content,
            ) -> Result<Option<Self>, $crate::error::OqsError> {
                let mut children = match content {
                    content if content.is_blank() => return Ok(None),
                    $crate::element::Content::Children(children) => children,
                    $crate::element::Content::Text(_) => {
                        return Err($crate::error::OqsError::Shape(name.to_owned()));
                    }
                };
                Ok(Some(Self {
                    $($field: $crate::record::Slot::take($name, &mut children)?,)*
                    extra: children,
                }))
            }

            fn write(&self) -> Option<$crate::element::Content> {
                let mut children = Vec::new();
                $($crate::record::Slot::put(&self.$field, $name, &mut children);)*
                children.extend(self.extra.iter().cloned());
                Some($crate::element::Content::Children(children))
            }

            #[cfg(test)]
            fn sample() -> Self {
                Self {
                    $($field: $crate::record::Slot::sample(),)*
                    extra: Vec::new(),
                }
            }
        }

        /// Names of the elements present, never their values.
        impl std::fmt::Debug for $record {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut set = f.debug_set();
                $(if $crate::record::Slot::is_present(&self.$field) {
                    set.entry(&$name);
                })*
                set.entries(self.extra.iter().map(|element| element.name())).finish()
            }
        }
    };
}
pub(crate) use record;
