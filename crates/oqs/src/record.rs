//! Typed records over the element tree: one definition gives the struct, its reading and its writing, for
//! JSON and XML alike. Child order does not matter; unknown elements are kept in `extra`.

use crate::doubt::Doubts;
use crate::element::{Content, Element};
use crate::error::OqsError;

/// A value that one element can hold.
pub(crate) trait Value: Sized {
    /// Reads an element's content; `None` when it is blank. The name is for errors only.
    fn read(name: &str, content: Content) -> Result<Option<Self>, OqsError>;
    /// The content to write; `None` when there is nothing to write.
    fn write(&self) -> Option<Content>;
    /// Notes what is doubtful about the value.
    fn doubts(&self, doubts: &mut Doubts);
    /// A value with every part filled, so that tests cover fields added later.
    #[cfg(test)]
    fn sample() -> Self;
    /// A value with parts filled at random.
    #[cfg(test)]
    fn any(random: &mut Random) -> Self;
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

    fn doubts(&self, doubts: &mut Doubts) {
        doubts.text(self);
    }

    #[cfg(test)]
    fn sample() -> Self {
        "見本".to_owned()
    }

    #[cfg(test)]
    fn any(random: &mut Random) -> Self {
        random.text()
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
    /// Notes what is doubtful.
    fn doubts(&self, name: &'static str, doubts: &mut Doubts);
    /// One sample value.
    #[cfg(test)]
    fn sample() -> Self;
    /// None, one or several values at random.
    #[cfg(test)]
    fn any(random: &mut Random) -> Self;
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

    fn doubts(&self, name: &'static str, doubts: &mut Doubts) {
        if let Some(value) = self {
            doubts.within(name, None, |doubts| value.doubts(doubts));
        }
    }

    #[cfg(test)]
    fn sample() -> Self {
        Some(T::sample())
    }

    #[cfg(test)]
    fn any(random: &mut Random) -> Self {
        (random.below(3) > 0).then(|| T::any(random))
    }
}

/// Wrapper and item of a list's name: `Item`, `Wrapper/Item`, or `(Wrapper)/Item` where the wrapper is
/// accepted in reading and left out in writing.
fn parts(name: &str) -> (&str, &str, bool) {
    let (wrapper, item) = name.split_once('/').unwrap_or(("", name));
    let bare = wrapper.strip_prefix('(').and_then(|w| w.strip_suffix(')'));
    bare.map_or((wrapper, item, !wrapper.is_empty()), |bare| {
        (bare, item, false)
    })
}

/// `Wrapper/Item`: the items stand under one wrapper; items found without it are accepted too (bulk
/// answers do that). Unknown children of the wrapper stay under its name in the record's `extra`: one level up
/// they could bear the name of a field of the record and give it a value that nobody gave.
impl<T: Value> Slot for Vec<T> {
    fn take(name: &str, children: &mut Vec<Element>) -> Result<Self, OqsError> {
        let (wrapper, item, _) = parts(name);
        let mut found = extract(item, children);
        let mut unknown = Vec::new();
        if !wrapper.is_empty() {
            for element in extract(wrapper, children) {
                match element.content {
                    content if content.is_blank() => {}
                    Content::Text(_) => return Err(OqsError::Shape(wrapper.to_owned())),
                    Content::Children(mut inner) => {
                        found.append(&mut extract(item, &mut inner));
                        unknown.append(&mut inner);
                    }
                }
            }
        }
        if !unknown.is_empty() {
            children.push(Element::known(wrapper, Content::Children(unknown)));
        }
        let read = found
            .into_iter()
            .map(|element| T::read(item, element.content));
        read.filter_map(Result::transpose).collect()
    }

    fn put(&self, name: &str, out: &mut Vec<Element>) {
        let (wrapper, item, wrapped) = parts(name);
        let elements = self
            .iter()
            .filter_map(Value::write)
            .map(|content| Element::known(item, content));
        if !wrapped {
            out.extend(elements);
            return;
        }
        let items: Vec<_> = elements.collect();
        if !items.is_empty() {
            out.push(Element::known(wrapper, Content::Children(items)));
        }
    }

    fn is_present(&self) -> bool {
        !self.is_empty()
    }

    fn doubts(&self, name: &'static str, doubts: &mut Doubts) {
        for (index, value) in self.iter().enumerate() {
            doubts.within(name, Some(index), |doubts| value.doubts(doubts));
        }
    }

    #[cfg(test)]
    fn sample() -> Self {
        vec![T::sample()]
    }

    #[cfg(test)]
    fn any(random: &mut Random) -> Self {
        (0..random.below(4)).map(|_| T::any(random)).collect()
    }
}

/// Numbers and texts for generated messages: a multiplicative congruential sequence, so that a failing seed can
/// be run again.
#[cfg(test)]
pub(crate) struct Random(pub(crate) u64);

#[cfg(test)]
impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    /// A text that both encodings hold.
    pub(crate) fn text(&mut self) -> String {
        const PIECES: [&str; 14] = [
            "架空", "髙﨑", "　", "ｶﾅ", "<&>", "\"'", "A1", "0012", "①", "～", "\\", "]]>", "表",
            "x",
        ];
        let first = self.below(PIECES.len());
        let mut text = format!("字{}", PIECES[first]);
        for _ in 0..self.below(4) {
            text.push_str(PIECES[self.below(PIECES.len())]);
        }
        text
    }

    pub(crate) fn unknown_elements(&mut self) -> Vec<Element> {
        if self.below(5) > 0 {
            return Vec::new();
        }
        let inner = Element::text_of("FutureInner", &self.text());
        vec![
            Element::text_of("FutureText", &self.text()),
            Element::known("FutureGroup", Content::Children(vec![inner])),
        ]
    }

    /// What may stand unknown in the wrapper of a list, under the wrapper; nothing where the field has none.
    pub(crate) fn unknown_in_list(&mut self, name: &str) -> Option<Element> {
        let (wrapper, _, _) = parts(name);
        if wrapper.is_empty() || self.below(3) > 0 {
            return None;
        }
        let inner = Element::text_of("FutureInner", &self.text());
        let group = Element::known("FutureGroup", Content::Children(vec![inner]));
        let text = Element::text_of("Name", &self.text());
        let unknown = match self.below(3) {
            0 => vec![group],
            1 => vec![text],
            _ => vec![group.clone(), group, text],
        };
        Some(Element::known(wrapper, Content::Children(unknown)))
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
                // An element without anything in it is read as absent, so it is not written either.
                (!children.is_empty()).then_some($crate::element::Content::Children(children))
            }

            fn doubts(&self, doubts: &mut $crate::doubt::Doubts) {
                $($crate::record::Slot::doubts(&self.$field, $name, doubts);)*
                for element in &self.extra {
                    doubts.unknown_element(element);
                }
            }

            #[cfg(test)]
            fn sample() -> Self {
                Self {
                    $($field: $crate::record::Slot::sample(),)*
                    extra: Vec::new(),
                }
            }

            #[cfg(test)]
            fn any(random: &mut $crate::record::Random) -> Self {
                let mut extra = random.unknown_elements();
                $(extra.extend(random.unknown_in_list($name));)*
                Self {
                    $($field: $crate::record::Slot::any(random),)*
                    extra,
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
