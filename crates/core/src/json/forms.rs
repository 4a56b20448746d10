//! The two forms of a JSON value: as it was sent, and canonical.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use serde_json::value::RawValue;

use super::Place;
use crate::invalid::{InputErrors, quoted};
use crate::limits::DETAILS_DEPTH;

/// A JSON value whose numbers and strings keep the text that was sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Forms {
    /// The value as it was sent, without the white space between its tokens.
    pub compact: String,
    /// The form that equal values share: keys sorted, escapes normalized, numbers as they were sent.
    pub canonical: String,
}

/// Reads a whole value, up to `depth` containers deep, in one walk over its text. The work grows with the bytes only,
/// at any depth, key length and number of errors.
///
/// # Errors
/// Adds an error for each repeated key, each lone surrogate, and each container that is nested too deep.
pub fn forms(raw: &RawValue, depth: usize, pointer: &str, errors: &mut InputErrors) -> Option<Forms> {
    let text = raw.get();
    let known = errors.count();
    let forms = Forms { compact: String::with_capacity(text.len()), canonical: String::with_capacity(text.len()) };
    let mut walk = Walk { text, at: 0, errors, forms };
    walk.value(depth, pointer.into());
    (walk.errors.count() == known).then_some(walk.forms)
}

/// A walk over a text that is valid JSON. After an error, its result is not used.
struct Walk<'a, 'f> {
    text: &'a str,
    at: usize,
    errors: &'f mut InputErrors,
    forms: Forms,
}

impl<'a> Walk<'a, '_> {
    fn value(&mut self, depth: usize, place: Place<'_>) {
        match self.next_byte() {
            Some(b'{' | b'[') if depth == 0 => {
                let allowed = format!("at most {DETAILS_DEPTH} containers inside one another");
                self.errors.add_at(place, "a container one level too deep", allowed);
                self.skip();
            }
            Some(b'{') => self.object(depth - 1, place),
            Some(b'[') => self.array(depth - 1, place),
            Some(b'"') => {
                let token = self.string();
                match unescaped(token) {
                    Some(text) => self.push_string(token, &text),
                    None => self.errors.add_at(place, "a lone surrogate", "Unicode text"),
                }
            }
            _ => {
                let token = self.plain();
                self.push(token);
            }
        }
    }

    fn array(&mut self, depth: usize, place: Place<'_>) {
        self.open("[");
        let mut index = 0;
        while self.has_item(b']') {
            self.value(depth, Place::element(&place, index));
            self.forms.canonical.push(',');
            index += 1;
        }
        self.push("]");
    }

    fn object(&mut self, depth: usize, place: Place<'_>) {
        self.open("{");
        let mut members: Vec<(Cow<'a, str>, Range<usize>)> = Vec::new();
        let mut seen = HashSet::new();
        while self.has_item(b'}') {
            let key = self.string();
            let name = key_once(key, &mut seen, place, self.errors);
            self.next_byte();
            // The colon.
            self.at += 1;
            let Some(name) = name else {
                self.skip();
                continue;
            };
            let start = self.forms.canonical.len();
            self.push_string(key, &name);
            self.push(":");
            self.value(depth, Place::member(&place, &name));
            self.forms.canonical.push(',');
            members.push((name, start..self.forms.canonical.len()));
        }
        self.sort(members);
        self.push("}");
    }

    fn open(&mut self, bracket: &str) {
        self.at += 1;
        self.push(bracket);
    }

    /// Moves to the next item of a container, or past its `end`; reports whether there is an item.
    fn has_item(&mut self, end: u8) -> bool {
        if self.next_byte() == Some(b',') {
            self.at += 1;
            self.forms.compact.push(',');
        }
        let has_item = self.next_byte().is_some_and(|byte| byte != end);
        if !has_item {
            self.at += 1;
        }
        has_item
    }

    /// Sorts the members of an object by name; they are at the end of the canonical form.
    fn sort(&mut self, mut members: Vec<(Cow<'a, str>, Range<usize>)>) {
        let Some(start) = members.first().map(|(_, range)| range.start) else { return };
        if members.is_sorted_by(|(a, _), (b, _)| a < b) {
            return;
        }
        members.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let canonical = &mut self.forms.canonical;
        let sorted: String = members.into_iter().map(|(_, range)| &canonical[range]).collect();
        canonical.truncate(start);
        canonical.push_str(&sorted);
    }

    fn push(&mut self, text: &str) {
        self.forms.compact.push_str(text);
        self.forms.canonical.push_str(text);
    }

    fn push_string(&mut self, token: &str, text: &str) {
        self.forms.compact.push_str(token);
        if token.contains('\\') {
            self.forms.canonical.push_str(&serde_json::Value::from(text).to_string());
        } else {
            self.forms.canonical.push_str(token);
        }
    }

    /// Moves to the next token; returns its first byte.
    fn next_byte(&mut self) -> Option<u8> {
        self.find(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
    }

    /// Reads a string with its quotes.
    fn string(&mut self) -> &'a str {
        let start = self.at;
        self.at += 1;
        while let Some(found) = self.find(|byte| matches!(byte, b'"' | b'\\')) {
            self.at += 1;
            match found {
                b'"' => break,
                // The escaped byte.
                _ => self.at += 1,
            }
        }
        self.token(start)
    }

    /// Reads a number or a word.
    fn plain(&mut self) -> &'a str {
        let start = self.at;
        self.find(|byte| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r'));
        self.token(start)
    }

    /// Skips a value of any depth.
    fn skip(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.next_byte() {
            match byte {
                b'"' => _ = self.string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                b',' | b':' => self.at += 1,
                _ => _ = self.plain(),
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// Moves to the next byte that `is_wanted`, or to the end.
    fn find(&mut self, is_wanted: impl Fn(u8) -> bool) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let found = rest.iter().position(|byte| is_wanted(*byte));
        self.at += found.unwrap_or(rest.len());
        found.map(|found| rest[found])
    }

    fn token(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }
}

/// Returns the text of a key, if it is Unicode and the first of its name in the object at `place`.
pub(super) fn key_once<'a>(
    key: &'a str,
    seen: &mut HashSet<Cow<'a, str>>,
    place: Place<'_>,
    errors: &mut InputErrors,
) -> Option<Cow<'a, str>> {
    let Some(name) = unescaped(key) else {
        errors.add_at(place, format!("the key {}", quoted(key)), "keys without lone surrogates");
        return None;
    };
    if !seen.insert(name.clone()) {
        errors.add_at(Place::member(&place, &name), "the key a second time", "each key once in an object");
        return None;
    }
    Some(name)
}

/// Returns the text of a string token; `None` for a lone surrogate.
fn unescaped(token: &str) -> Option<Cow<'_, str>> {
    if !token.contains('\\') {
        return token.get(1..token.len() - 1).map(Cow::Borrowed);
    }
    serde_json::from_str(token).ok().map(Cow::Owned)
}
