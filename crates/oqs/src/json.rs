//! The JSON form of the element tree, as the public Web API clients show it: an element with children is
//! an object, a `…List` is an array of `{ItemName: item}`, any other repeated element is an array under its
//! name, everything else a string.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::element::{Content, Element, is_name};
use crate::error::OqsError;
use crate::limits::{MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS};
use crate::message::ROOT;

/// Ending of the names of list wrappers (ResultList, PublicExpenseResultList, …).
const LIST: &str = "List";

/// Reads a message; what stands beside its root is passed over.
pub(crate) fn read(bytes: &[u8]) -> Result<Element, OqsError> {
    root(node(bytes)?)
}

/// Reads a message beside whose root nothing may stand.
pub(crate) fn read_alone(bytes: &[u8]) -> Result<Element, OqsError> {
    let node = node(bytes)?;
    if let Node::Object(entries) = &node
        && let Some((name, _)) = entries.iter().find(|(name, _)| name != ROOT)
    {
        return Err(if is_name(name) {
            OqsError::Beside(short(name))
        } else {
            OqsError::Name
        });
    }
    root(node)
}

fn node(bytes: &[u8]) -> Result<Node, OqsError> {
    if bytes.len() > MAX_BYTES {
        return Err(OqsError::TooLarge {
            bytes: bytes.len(),
            limit: MAX_BYTES,
        });
    }
    let budget = Budget::default();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let malformed = |error: &serde_json::Error| OqsError::Json {
        line: error.line(),
        column: error.column(),
    };
    let node = Seed::root(&budget)
        .deserialize(&mut json)
        .map_err(|error| budget.broken().unwrap_or_else(|| malformed(&error)))?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(node)
}

/// Reads a message out of any serde format, within the same bounds.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Element, D::Error> {
    let budget = Budget::default();
    let node = Seed::root(&budget).deserialize(deserializer)?;
    root(node).map_err(D::Error::custom)
}

/// Writes a message.
pub(crate) fn write(root: &Element) -> String {
    // Writing strings and maps to memory can't fail; were it to, the reader would refuse the empty text.
    serde_json::to_string(&Root(root)).unwrap_or_default()
}

/// Writes a message into any serde format.
pub(crate) fn serialize<S: Serializer>(root: &Element, serializer: S) -> Result<S::Ok, S::Error> {
    Root(root).serialize(serializer)
}

/// A JSON value, bounded while it is read.
pub(crate) enum Node {
    Null,
    Text(String),
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
}

/// What one message, or one part of a streamed one, may use up.
#[derive(Default)]
pub(crate) struct Budget {
    used: Cell<usize>,
    broken: Cell<Option<OqsError>>,
}

impl Budget {
    /// Why reading was ended, when it was for its size or depth.
    pub(crate) fn broken(&self) -> Option<OqsError> {
        self.broken.take()
    }

    /// Begins anew for the next part.
    pub(crate) fn renew(&self) {
        self.used.set(0);
    }
}

/// Reads one bounded value.
pub(crate) struct Seed<'a> {
    budget: &'a Budget,
    depth: usize,
}

impl<'a> Seed<'a> {
    pub(crate) fn root(budget: &'a Budget) -> Self {
        Self { budget, depth: 0 }
    }

    fn deeper<E: serde::de::Error>(&self) -> Result<Self, E> {
        // Each element may cost two levels: its object and the array around it.
        if self.depth >= 2 * MAX_DEPTH {
            return Err(self.refuse(OqsError::TooDeep));
        }
        Ok(Self {
            budget: self.budget,
            depth: self.depth + 1,
        })
    }

    fn count<E: serde::de::Error>(&self) -> Result<(), E> {
        let used = self.budget.used.get() + 1;
        self.budget.used.set(used);
        if used > MAX_ELEMENTS {
            return Err(self.refuse(OqsError::TooManyElements));
        }
        Ok(())
    }

    fn refuse<E: serde::de::Error>(&self, why: OqsError) -> E {
        let error = E::custom(&why);
        self.budget.broken.set(Some(why));
        error
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self.deeper()?)? {
            items.push(item);
        }
        Ok(Node::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = access.next_key::<String>()? {
            entries.push((name, access.next_value_seed(self.deeper()?)?));
        }
        Ok(Node::Object(entries))
    }
}

/// The root: an object with the key `XmlMsg`, or any single key.
fn root(node: Node) -> Result<Element, OqsError> {
    let Node::Object(mut entries) = node else {
        return Err(OqsError::Root(ROOT));
    };
    if entries.len() > 1 {
        entries.retain(|(name, _)| name == ROOT);
    }
    let mut children = Vec::new();
    for (name, node) in entries {
        add(&mut children, &name, node, 1)?;
    }
    match children.pop() {
        Some(root) if children.is_empty() => Ok(root),
        _ => Err(OqsError::Root(ROOT)),
    }
}

/// The elements that one key of a message stands for.
pub(crate) fn elements(name: &str, node: Node) -> Result<Vec<Element>, OqsError> {
    let mut out = Vec::new();
    add(&mut out, name, node, 2)?;
    Ok(out)
}

/// Appends what one key stands for.
fn add(out: &mut Vec<Element>, name: &str, node: Node, depth: usize) -> Result<(), OqsError> {
    if depth > MAX_DEPTH {
        return Err(OqsError::TooDeep);
    }
    match node {
        Node::Null => {}
        Node::Text(text) => out.push(Element::new(name, Content::Text(text))?),
        Node::Object(entries) => {
            let children = children(entries, depth)?;
            out.push(Element::new(name, Content::Children(children))?);
        }
        Node::Array(items) if is_wrapper(name, &items) => {
            let mut inner = Vec::new();
            for item in items {
                if let Node::Object(entries) = item {
                    inner.append(&mut children(entries, depth)?);
                }
            }
            out.push(Element::new(name, Content::Children(inner))?);
        }
        Node::Array(items) => {
            for item in items {
                if matches!(item, Node::Array(_)) {
                    return Err(OqsError::Shape(short(name)));
                }
                add(out, name, item, depth)?;
            }
        }
    }
    Ok(())
}

fn children(entries: Vec<(String, Node)>, depth: usize) -> Result<Vec<Element>, OqsError> {
    let mut children = Vec::new();
    for (name, node) in entries {
        add(&mut children, &name, node, depth + 1)?;
    }
    Ok(children)
}

/// True for `"ResultList": [{"ResultOf…": {…}}, …]`: the key is the wrapper of the items.
fn is_wrapper(name: &str, items: &[Node]) -> bool {
    let wraps = |item: &Node| match item {
        Node::Object(entries) => {
            matches!(entries.as_slice(), [(_, Node::Object(_) | Node::Array(_))])
        }
        _ => false,
    };
    name.ends_with(LIST) && items.iter().all(wraps)
}

/// A name of the input, for an error text.
fn short(name: &str) -> String {
    name.chars().take(40).collect()
}

struct Root<'a>(&'a Element);

impl Serialize for Root<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Object(vec![self.0]).serialize(serializer)
    }
}

/// Siblings as an object; siblings of one name share a key.
struct Object<'a>(Vec<&'a Element>);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut groups: Vec<(&str, Vec<&Element>)> = Vec::new();
        // A message may hold a hundred thousand different names: looking through the list for each would
        // take minutes (invariant 15).
        let mut places: HashMap<&str, usize> = HashMap::new();
        for element in &self.0 {
            let place = *places.entry(element.name()).or_insert(groups.len());
            match groups.get_mut(place) {
                Some((_, group)) => group.push(element),
                None => groups.push((element.name(), vec![element])),
            }
        }
        for (name, group) in groups {
            map.serialize_entry(name, &Group(name, &group))?;
        }
        map.end()
    }
}

/// All siblings of one name.
struct Group<'a>(&'a str, &'a [&'a Element]);

impl Serialize for Group<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_list = self.0.ends_with(LIST);
        match self.1 {
            [one] => match &one.content {
                Content::Children(items) if is_list => {
                    List(items.iter().collect()).serialize(serializer)
                }
                content => Body(content).serialize(serializer),
            },
            // Several lists, each of one kind of items, look like one list: they are written as what they are read as.
            many if is_list && many.iter().all(|list| looks_like_an_item(list)) => {
                let items = many.iter().flat_map(|list| list.children());
                List(items.collect()).serialize(serializer)
            }
            many => serializer.collect_seq(many.iter().map(|element| Body(&element.content))),
        }
    }
}

/// True for what is written as an object of one key with an object or an array: see [`is_wrapper`].
fn looks_like_an_item(list: &Element) -> bool {
    match list.children() {
        [] => false,
        [one] => one.text().is_none(),
        [first, others @ ..] => others.iter().all(|other| other.name() == first.name()),
    }
}

/// What one list holds.
struct List<'a>(Vec<&'a Element>);

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.iter().all(|item| item.text().is_none()) {
            serializer.collect_seq(self.0.iter().map(|item| Object(vec![item])))
        } else {
            serializer.collect_seq([Object(self.0.clone())])
        }
    }
}

/// What one element holds.
struct Body<'a>(&'a Content);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Content::Text(text) => serializer.serialize_str(text),
            Content::Children(children) => Object(children.iter().collect()).serialize(serializer),
        }
    }
}
