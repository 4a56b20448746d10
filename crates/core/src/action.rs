//! The action of an event: `object.verb`.

use serde::Serialize;

use crate::limits::ACTION_BYTES;
use crate::text_type::text_type;

/// An action: two to four lower-case words joined by dots, `member.role_changed`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Action(String);

impl Action {
    /// What a new action may be, as a text for users.
    pub const ALLOWED: &str = "2 to 4 words of [a-z][a-z0-9_]* joined by dots, at most 128 bytes";

    /// Accepts a stored action, which a newer version may have allowed.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

text_type!(Action, fits, Action::ALLOWED);

fn fits(text: &str) -> bool {
    (2..=4).contains(&text.split('.').count()) && text.len() <= ACTION_BYTES && text.split('.').all(is_word)
}

/// Reports whether `text` is one word of an action.
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
            assert!(good.parse::<Action>().is_ok(), "{good}");
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
            assert!(bad.parse::<Action>().is_err(), "{bad}");
        }
    }
}
