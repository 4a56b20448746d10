//! JSON read without loss: raw text level by level, every fault with its pointer.
//!
//! `serde_json` does the parsing; what it lets pass in silence (a key twice, a lone surrogate inside raw text, any
//! depth) is found here. Numbers are never turned into floats: they stay the text they came as.

use std::collections::HashSet;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::fault::{Faults, join, quoted};

/// A JSON value whose numbers and strings keep the text they came as.
#[derive(Debug)]
pub enum Node<'a> {
    /// `null`, `true`, `false`, or a number: its text.
    Plain(&'a str),
    /// A string: its text with quotes and escapes, and what it says.
    Text(&'a str, String),
    /// An array.
    List(Vec<Node<'a>>),
    /// An object: for each member the key's text, what the key says, and the value.
    Members(Vec<(&'a str, String, Node<'a>)>),
}

/// A member of an object: the key's text, what it says, the value's text.
pub type Member<'a> = (&'a str, String, &'a RawValue);

/// What kind of value a JSON text is, for people.
pub fn kind(raw: &str) -> &'static str {
    match raw.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// Checks that `body` is one JSON text.
///
/// *Errors*: a fault at the root, with the line and column where the text stops being JSON.
pub fn document<'a>(body: &'a [u8], faults: &mut Faults) -> Option<&'a RawValue> {
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => {
            faults.add("", format!("invalid UTF-8 at byte {}", error.valid_up_to()), "UTF-8");
            return None;
        }
    };
    match serde_json::from_str(text) {
        Ok(raw) => Some(raw),
        Err(error) => {
            faults.add("", error.to_string(), "one JSON value");
            None
        }
    }
}

/// Reads the members of an object, one level deep.
///
/// *Errors*: a fault where it is not an object, at each key that stands twice, and at each key that is not Unicode.
pub fn members<'a>(raw: &'a RawValue, pointer: &str, faults: &mut Faults) -> Option<Vec<Member<'a>>> {
    let Ok(pairs) = (&mut serde_json::Deserializer::from_str(raw.get())).deserialize_map(PairsVisitor) else {
        faults.add(pointer, kind(raw.get()), "an object");
        return None;
    };
    let mut seen = HashSet::with_capacity(pairs.len());
    let mut members = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        let Ok(name) = serde_json::from_str::<String>(key.get()) else {
            faults.add(pointer, format!("the key {}", quoted(key.get())), "keys without lone surrogates");
            continue;
        };
        if !seen.insert(name.clone()) {
            faults.add(join(pointer, &name), "the key a second time", "each key once in an object");
            continue;
        }
        members.push((key.get(), name, value));
    }
    Some(members)
}

/// Reads the elements of an array, one level deep.
///
/// *Errors*: a fault where it is not an array.
pub fn elements<'a>(raw: &'a RawValue, pointer: &str, faults: &mut Faults) -> Option<Vec<&'a RawValue>> {
    let elements = serde_json::from_str(raw.get()).ok();
    if elements.is_none() {
        faults.add(pointer, kind(raw.get()), "an array");
    }
    elements
}

/// Reads a string.
///
/// *Errors*: a fault where it is not a string, or holds a lone surrogate.
pub fn string(raw: &RawValue, pointer: &str, faults: &mut Faults) -> Option<String> {
    let text = serde_json::from_str(raw.get()).ok();
    if text.is_none() {
        match raw.get().starts_with('"') {
            true => faults.add(pointer, "a lone surrogate", "Unicode text"),
            false => faults.add(pointer, kind(raw.get()), "a string"),
        }
    }
    text
}

/// Reads a whole value, at most `depth` containers deep.
///
/// *Errors*: a fault at each key that stands twice, each lone surrogate, and where it goes deeper.
pub fn node<'a>(raw: &'a RawValue, depth: usize, pointer: &str, faults: &mut Faults) -> Option<Node<'a>> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'{' | b'[') if depth == 0 => {
            faults.add(pointer, "a container one level too deep", "at most 64 containers inside one another");
            None
        }
        Some(b'{') => {
            let mut nodes = Vec::new();
            for (key, name, value) in members(raw, pointer, faults)? {
                let node = node(value, depth - 1, &join(pointer, &name), faults);
                nodes.extend(node.map(|node| (key, name, node)));
            }
            Some(Node::Members(nodes))
        }
        Some(b'[') => {
            let mut nodes = Vec::new();
            for (index, value) in elements(raw, pointer, faults)?.into_iter().enumerate() {
                nodes.extend(node(value, depth - 1, &format!("{pointer}/{index}"), faults));
            }
            Some(Node::List(nodes))
        }
        Some(b'"') => string(raw, pointer, faults).map(|said| Node::Text(text, said)),
        _ => Some(Node::Plain(text)),
    }
}

impl Node<'_> {
    /// Appends the value as it came, without the white space between its tokens.
    pub fn compact(&self, out: &mut String) {
        match self {
            Self::Plain(text) | Self::Text(text, _) => out.push_str(text),
            Self::List(nodes) => {
                out.push('[');
                for (index, node) in nodes.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    node.compact(out);
                }
                out.push(']');
            }
            Self::Members(nodes) => {
                out.push('{');
                for (index, (key, _, node)) in nodes.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    out.push_str(key);
                    out.push(':');
                    node.compact(out);
                }
                out.push('}');
            }
        }
    }

    /// Appends the value in the one form that equal values share: keys sorted, escapes normalised, numbers as they came.
    pub fn canonical(&self, out: &mut String) {
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Text(_, said) => push_string(said, out),
            Self::List(nodes) => {
                out.push('[');
                for node in nodes {
                    node.canonical(out);
                    out.push(',');
                }
                out.push(']');
            }
            Self::Members(nodes) => {
                let mut sorted: Vec<_> = nodes.iter().map(|(_, name, node)| (name, node)).collect();
                sorted.sort_by_key(|(name, _)| *name);
                out.push('{');
                for (name, node) in sorted {
                    push_string(name, out);
                    out.push(':');
                    node.canonical(out);
                    out.push(',');
                }
                out.push('}');
            }
        }
    }
}

fn push_string(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// The members of an object as raw texts, a repeated key included.
struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key()? {
            pairs.push((key, map.next_value()?));
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests;
