//! Looks into a JSON object without reading more of it than is asked for.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// A JSON object whose members are still text.
///
/// What nobody asks for is only checked to be JSON, so that a number no machine type holds refuses no record.
#[derive(Debug, Default)]
pub(super) struct Object<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Object<'a> {
    /// Reads an object.
    ///
    /// *Errors*: the text is not one JSON object.
    pub(super) fn read(json: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json).map(Self)
    }

    /// Whether it has no members.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A member that is a text and not empty.
    pub(super) fn text(&self, member: &str) -> Option<String> {
        serde_json::from_str(self.json(member)?).ok().filter(|text: &String| !text.is_empty())
    }

    /// A member that is an object; an empty object where it is absent or something else.
    pub(super) fn object(&self, member: &str) -> Object<'a> {
        self.json(member).and_then(|json| Self::read(json).ok()).unwrap_or_default()
    }

    /// The first element of a member that is a list, if that is an object; or else an empty object.
    pub(super) fn first(&self, member: &str) -> Object<'a> {
        let list = self.json(member).and_then(|json| serde_json::from_str::<Vec<&RawValue>>(json).ok());
        let first = list.and_then(|list| list.first().copied());
        first.and_then(|first| Self::read(first.get()).ok()).unwrap_or_default()
    }

    /// The text of a member that is not null.
    pub(super) fn json(&self, member: &str) -> Option<&'a str> {
        self.0.get(member).map(|raw| raw.get()).filter(|json| *json != "null")
    }
}
