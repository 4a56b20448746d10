//! The action of an event: `object.verb`.

use std::fmt;

use serde::Serialize;

use crate::limits::ACTION_BYTES;

/// An action: two to four lower-case words joined by dots, `member.role_changed`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Action(String);

impl Action {
    /// What [`Action::parse`] takes, for people.
    pub const ALLOWED: &str = "2 to 4 words of [a-z][a-z0-9_]* joined by dots, at most 128 bytes";

    /// Parses an action.
    pub fn parse(text: &str) -> Option<Self> {
        let words = text.split('.').count();
        ((2..=4).contains(&words) && text.len() <= ACTION_BYTES && text.split('.').all(is_word))
            .then(|| Self(text.to_owned()))
    }

    /// Takes an action as it was stored, which a newer version may have allowed.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `text` is one word of an action.
pub fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_to_four_words_are_an_action() {
        for good in ["a.b", "member.role_changed", "a1.b_2.c.d", &format!("a.{}", "b".repeat(126))] {
            assert!(Action::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "a",
            "a.",
            ".a",
            "a..b",
            "a.b.c.d.e",
            "A.b",
            "a.1b",
            "a._b",
            "a.b ",
            "ä.b",
            &format!("a.{}", "b".repeat(127)),
        ] {
            assert!(Action::parse(bad).is_none(), "{bad}");
        }
    }
}
