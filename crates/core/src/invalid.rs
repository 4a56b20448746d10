//! The errors of an input, each with its place, what was found and what is allowed.

use serde::Serialize;

use crate::json::Place;
use crate::limits::{ERRORS_BYTES, ERRORS_LISTED};

/// One error of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputError {
    /// The RFC 6901 JSON pointer into the request body; for a query parameter, `?` and its name.
    pub pointer: String,
    /// The rejected value, truncated.
    pub found: String,
    /// What is accepted.
    pub allowed: String,
}

/// All errors of one input.
///
/// # Guarantees
/// Counts every error, and lists them up to [`ERRORS_LISTED`] and [`ERRORS_BYTES`], so that the response to a hostile
/// body stays small.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputErrors {
    listed: Vec<InputError>,
    listed_bytes: usize,
    count: usize,
}

impl InputErrors {
    /// Adds an error.
    pub fn add(&mut self, pointer: impl Into<String>, found: impl Into<String>, allowed: impl Into<String>) {
        let pointer = pointer.into();
        self.add_with(pointer.len(), || pointer, found.into(), allowed.into());
    }

    /// Adds an error at a place; the pointer is written out only if the error is listed.
    pub fn add_at(&mut self, place: Place<'_>, found: impl Into<String>, allowed: impl Into<String>) {
        self.add_with(place.bytes, || place.to_string(), found.into(), allowed.into());
    }

    fn add_with(&mut self, pointer_bytes: usize, pointer: impl FnOnce() -> String, found: String, allowed: String) {
        self.count += 1;
        let bytes = pointer_bytes + found.len() + allowed.len();
        if self.listed.len() < ERRORS_LISTED && self.listed_bytes + bytes <= ERRORS_BYTES {
            self.listed_bytes += bytes;
            self.listed.push(InputError { pointer: pointer(), found, allowed });
        }
    }

    /// Reports whether there are no errors.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the number of errors, listed or not.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Returns the listed errors, in the order in which they were found.
    pub fn listed(&self) -> &[InputError] {
        &self.listed
    }

    /// Returns `value` if there are no errors.
    ///
    /// # Errors
    /// These errors.
    pub fn or<T>(self, value: Option<T>) -> Result<T, InputErrors> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(self),
        }
    }
}

/// Quotes a text for [`InputError::found`], truncated to 60 characters.
///
/// The result is a JSON string. Invisible characters, and those that change the direction of text, are escaped too.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for (index, char) in text.chars().enumerate() {
        match char {
            _ if index == 60 => {
                quoted.push('…');
                break;
            }
            '"' | '\\' => quoted.extend(['\\', char]),
            _ if is_invisible(char) => quoted.push_str(&format!("\\u{:04x}", u32::from(char))),
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// Control characters, line and paragraph separators, and formatting characters of the Basic Multilingual Plane.
fn is_invisible(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(char, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Appends one reference token to a JSON pointer, escaped by the rules of RFC 6901.
pub fn join(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input_errors(count: usize, bytes_each: usize) -> InputErrors {
        let mut errors = InputErrors::default();
        (0..count).for_each(|_| errors.add("", "x".repeat(bytes_each), ""));
        errors
    }

    #[test]
    fn a_quoted_text_is_escaped_as_json_and_cut_at_60_characters() {
        assert_eq!(quoted("a\"b\\é\n\0\u{202e}𝄞"), r#""a\"b\\é\u000a\u0000\u202e𝄞""#);
        let back: String = serde_json::from_str(&quoted("\u{85}\u{7f}\t\"")).unwrap();
        assert_eq!(back, "\u{85}\u{7f}\t\"");
        assert_eq!(quoted(&"é".repeat(60)), format!("\"{}\"", "é".repeat(60)));
        assert_eq!(quoted(&"é".repeat(61)), format!("\"{}…\"", "é".repeat(60)));
    }

    #[test]
    fn a_pointer_that_is_not_listed_is_counted() {
        let key = "k".repeat(ERRORS_BYTES);
        let root = Place::from("");
        let mut errors = InputErrors::default();
        errors.add_at(Place::member(&root, &key), "found", "allowed");
        errors.add_at(Place::member(&root, "k"), "found", "allowed");
        assert_eq!((errors.count(), errors.listed().len(), errors.listed()[0].pointer.as_str()), (2, 1, "/k"));
    }

    #[test]
    fn a_thousand_errors_are_listed_and_further_ones_counted() {
        assert_eq!((input_errors(1_000, 1).listed().len(), input_errors(1_000, 1).count()), (1_000, 1_000));
        assert_eq!((input_errors(1_001, 1).listed().len(), input_errors(1_001, 1).count()), (1_000, 1_001));
    }

    #[test]
    fn errors_of_256_kib_are_listed_and_further_ones_counted() {
        assert_eq!(input_errors(2, 131_072).listed().len(), 2);
        assert_eq!((input_errors(2, 131_073).listed().len(), input_errors(2, 131_073).count()), (1, 2));
    }
}
