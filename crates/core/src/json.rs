//! JSON read without loss: the members of an event level by level, its details in one walk, every error with its
//! pointer.
//!
//! `serde_json` parses. What it accepts silently (a repeated key, a lone surrogate in raw text, any depth) is found
//! here. Numbers never become floats: they keep the text that was sent.

use std::collections::HashSet;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::invalid::InputErrors;

mod forms;
mod object;
mod place;

use forms::key_once;
pub use forms::{Forms, forms};
pub(crate) use object::characters;
pub use object::{Object, Value};
pub use place::Place;

/// A member of an object: its name and its value.
pub type Member<'a> = (String, &'a RawValue);

/// Returns the kind of a JSON value, as a text for users.
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
/// # Errors
/// Adds an error at the root, with the line and column where the text is not JSON.
pub fn document<'a>(body: &'a [u8], errors: &mut InputErrors) -> Option<&'a RawValue> {
    let raw = serde_json::from_str(utf8(body, errors)?);
    raw.map_err(|error| errors.add("", error.to_string(), "one JSON value")).ok()
}

/// Checks that `body` is UTF-8.
///
/// # Errors
/// Adds an error at the root, with the first invalid byte.
pub fn utf8<'a>(body: &'a [u8], errors: &mut InputErrors) -> Option<&'a str> {
    let text = std::str::from_utf8(body);
    text.map_err(|error| errors.add("", format!("invalid UTF-8 at byte {}", error.valid_up_to()), "UTF-8")).ok()
}

/// Reads the members of an object, one level deep.
///
/// # Errors
/// Adds an error if it is not an object, for each repeated key, and for each key that is not Unicode.
pub fn members<'a>(raw: &'a RawValue, pointer: &str, errors: &mut InputErrors) -> Option<Vec<Member<'a>>> {
    let Ok(pairs) = (&mut serde_json::Deserializer::from_str(raw.get())).deserialize_map(PairsVisitor) else {
        errors.add(pointer, kind(raw.get()), "an object");
        return None;
    };
    let mut seen = HashSet::with_capacity(pairs.len());
    let mut members = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        if let Some(name) = key_once(key.get(), &mut seen, pointer.into(), errors) {
            members.push((name.into_owned(), value));
        }
    }
    Some(members)
}

/// Reads the elements of an array, one level deep.
///
/// # Errors
/// Adds an error if it is not an array.
pub fn elements<'a>(raw: &'a RawValue, pointer: &str, errors: &mut InputErrors) -> Option<Vec<&'a RawValue>> {
    let elements = serde_json::from_str(raw.get()).ok();
    if elements.is_none() {
        errors.add(pointer, kind(raw.get()), "an array");
    }
    elements
}

/// Reads a string.
///
/// # Errors
/// Adds an error if it is not a string, or contains a lone surrogate.
pub fn string(raw: &RawValue, pointer: &str, errors: &mut InputErrors) -> Option<String> {
    let text = serde_json::from_str(raw.get()).ok();
    if text.is_none() {
        let is_string = raw.get().starts_with('"');
        let (found, allowed) =
            if is_string { ("a lone surrogate", "Unicode text") } else { (kind(raw.get()), "a string") };
        errors.add(pointer, found, allowed);
    }
    text
}

/// Reads the members of an object as raw texts, including repeated keys.
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
mod cost_tests;
#[cfg(test)]
mod tests;
