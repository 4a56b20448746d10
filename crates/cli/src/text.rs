//! Text of events on a terminal.

use std::borrow::Cow;

/// Escapes what could move the cursor, change colors or reorder text: control characters, and the marks that hide or
/// reverse the characters around them.
///
/// # Examples
/// ```
/// assert_eq!(audit::text::escaped("a\u{1b}[2Jb\u{202e}"), r"a\u{1b}[2Jb\u{202e}");
/// assert_eq!(audit::text::escaped("Zoë 🦀"), "Zoë 🦀");
/// ```
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if is_hostile(letter) { safe.extend(letter.escape_unicode()) } else { safe.push(letter) }
    }
    Cow::Owned(safe)
}

/// Escapes the same characters in a JSON document, as JSON does, so that the document stays the same.
///
/// The API escapes the first 32 control characters itself; line breaks between tokens are removed.
pub(crate) fn escaped_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_hostile) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len() + 8);
    for letter in json.chars() {
        match letter {
            '\n' | '\r' | '\t' => {}
            letter if is_hostile(letter) => {
                safe.extend(letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
            }
            letter => safe.push(letter),
        }
    }
    Cow::Owned(safe)
}

fn is_hostile(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_json_document_is_the_same_document() {
        let json = "{\"a\":\"\u{9b}2J\u{202e}\u{e0041}\\u001b\",\n\t\"b\": 1.0}";
        let safe = escaped_json(json);
        assert_eq!(safe, r#"{"a":"\u009b2J\u202e\udb40\udc41\u001b","b": 1.0}"#);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&safe), read(json));
    }
}
