//! The details of an event: any JSON object, stored as it was sent.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::invalid::InputErrors;
use crate::json::{self, kind};
use crate::limits::DETAILS_DEPTH;

/// A JSON object with the keys, order, numbers and escapes it was sent with; only white space between tokens is
/// removed.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Details(Box<RawValue>);

impl Details {
    /// Reads the details of a request, and their canonical form for the hash of an id.
    pub fn read(raw: &RawValue, pointer: &str, errors: &mut InputErrors) -> Option<(Self, String)> {
        if !raw.get().starts_with('{') {
            errors.add(pointer, kind(raw.get()), "an object");
            return None;
        }
        let forms = json::forms(raw, DETAILS_DEPTH, pointer, errors)?;
        Some((Self::from_stored(forms.compact)?, forms.canonical))
    }

    /// Accepts stored details; `None` if the text is not a JSON object.
    pub fn from_stored(text: String) -> Option<Self> {
        let raw = RawValue::from_string(text).ok()?;
        raw.get().starts_with('{').then_some(Self(raw))
    }

    /// Returns the JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for Details {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Details {}
