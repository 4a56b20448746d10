//! The members of a JSON object, each with its place.

use std::str::FromStr;

use serde_json::value::RawValue;

use super::{Member, kind, members, string};
use crate::invalid::{InputErrors, join, quoted};
use crate::limits::{FRACTION_DIGITS, FUTURE, TEXT_BYTES};
use crate::time::{TimeError, UnixMicros};

/// A JSON object, read one level deep. A member that is `null` counts as absent.
pub struct Object<'a> {
    members: Vec<Member<'a>>,
    /// The RFC 6901 pointer.
    pub pointer: &'a str,
    /// The length of the JSON text.
    pub bytes: usize,
}

impl<'a> Object<'a> {
    /// Reads an object.
    ///
    /// # Errors
    /// Adds an error if it is not an object, and for each repeated or malformed key.
    pub fn read(raw: &'a RawValue, pointer: &'a str, errors: &mut InputErrors) -> Option<Self> {
        Some(Self { members: members(raw, pointer, errors)?, pointer, bytes: raw.get().len() })
    }

    /// Adds an error for each member that `allowed` does not name.
    pub fn only(self, allowed: &[&str], errors: &mut InputErrors) -> Self {
        for (name, value) in self.members.iter().filter(|(name, _)| !allowed.contains(&name.as_str())) {
            let found = format!("an unknown member, {}", kind(value.get()));
            errors.add(join(self.pointer, name), found, allowed.join(", "));
        }
        self
    }

    /// Returns the value of a member, also if it is `null`.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        let (_, raw) = self.members.iter().find(|(key, _)| key == name)?;
        Some(Value { raw, pointer: join(self.pointer, name) })
    }

    /// Returns the value of a member, unless it is `null`.
    pub fn optional(&self, name: &str) -> Option<Value<'a>> {
        self.get(name).filter(|value| value.raw.get() != "null")
    }

    /// Returns the value of a member, or adds an error if it is absent.
    pub fn required(&self, name: &str, errors: &mut InputErrors) -> Option<Value<'a>> {
        let value = self.optional(name);
        if value.is_none() {
            errors.add(join(self.pointer, name), "nothing", "a value; it is required");
        }
        value
    }

    /// Reads an optional text of up to [`TEXT_BYTES`].
    pub fn text(&self, name: &str, errors: &mut InputErrors) -> Option<String> {
        self.optional(name)?.text_within(TEXT_BYTES, errors)
    }
}

/// A JSON value and its place.
pub struct Value<'a> {
    /// The JSON text.
    pub raw: &'a RawValue,
    /// The RFC 6901 pointer.
    pub pointer: String,
}

impl Value<'_> {
    /// Reads a text of up to `limit_bytes`.
    pub fn text_within(&self, limit_bytes: usize, errors: &mut InputErrors) -> Option<String> {
        let text = string(self.raw, &self.pointer, errors)?;
        if text.len() > limit_bytes {
            let found = format!("{} bytes", text.len());
            errors.add(&self.pointer, found, format!("at most {limit_bytes} bytes of UTF-8"));
            return None;
        }
        Some(text)
    }

    /// Reads a text and parses it.
    pub fn parsed<T: FromStr>(&self, allowed: &str, errors: &mut InputErrors) -> Option<T> {
        self.checked(|text| text.parse().map_err(|_| allowed.to_owned()), errors)
    }

    /// Reads a text and checks it; the error of `check` is what is allowed.
    pub fn checked<T>(&self, check: impl Fn(&str) -> Result<T, String>, errors: &mut InputErrors) -> Option<T> {
        let text = string(self.raw, &self.pointer, errors)?;
        check(&text).map_err(|allowed| errors.add(&self.pointer, quoted(&text), allowed)).ok()
    }

    /// Reads an instant from `first` to [`FUTURE`] after `now`.
    pub fn instant(&self, first: UnixMicros, now: UnixMicros, errors: &mut InputErrors) -> Option<UnixMicros> {
        let latest = now.plus(FUTURE);
        let check = |text: &str| match text.parse() {
            Ok(at) if at < first => Err(format!("{first} or later")),
            Ok(at) if at > latest => {
                Err(format!("at most {} minutes ahead of our clock, {latest}", FUTURE.as_secs() / 60))
            }
            Ok(at) => Ok(at),
            Err(TimeError::Form) => Err("RFC 3339 with an offset, such as 2026-11-22T10:15:30.123456Z".to_owned()),
            Err(TimeError::Fraction) => Err(format!("at most {FRACTION_DIGITS} fraction digits")),
            Err(TimeError::LeapSecond) => Err("a second from 00 to 59".to_owned()),
        };
        self.checked(check, errors)
    }

    /// Reads `true` or `false`.
    pub fn flag(&self, errors: &mut InputErrors) -> Option<bool> {
        let flag = self.raw.get().parse().ok();
        if flag.is_none() {
            errors.add(&self.pointer, kind(self.raw.get()), "true or false");
        }
        flag
    }
}

/// Accepts a text of 1 to `limit` characters.
///
/// # Errors
/// What is allowed.
pub(crate) fn characters(text: &str, limit: usize) -> Result<String, String> {
    let fits = (1..=limit).contains(&text.chars().count());
    if fits { Ok(text.to_owned()) } else { Err(format!("1 to {limit} characters")) }
}
