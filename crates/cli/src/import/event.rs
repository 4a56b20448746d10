//! Checks that a line is one JSON object, and adds an idempotency key to it.
//!
//! The text is spliced, never serialized again: `details` must arrive byte for byte, with its numbers beyond 2^53, its
//! `1.0` as well as `1`, its escapes and the order of its keys.

use audit_core::Sha256;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The one member that matters here. The others are only checked to be JSON.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    idempotency_key: Option<&'a RawValue>,
}

/// Keeps a null, whose text must be replaced. Serde's own `Option` would make it absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Returns the event of a line with an idempotency key.
///
/// Every byte except the key is the line's own. A line without a key (absent or null) gets the SHA-256 of its bytes, so
/// the same line is the same event on every run.
///
/// # Errors
///
/// Why the line cannot be sent.
pub(super) fn keyed(line: &str) -> Result<String, String> {
    let object = line.trim();
    // Without this check serde would accept an array of members as the object.
    let Some(members) = object.strip_prefix('{') else {
        return Err("not a JSON object".to_owned());
    };
    let head: Head<'_> = serde_json::from_str(object).map_err(|error| json_error(&error))?;
    let key = || Sha256::of(line.as_bytes());
    Ok(match head.idempotency_key {
        Some(found) if found.get() == "null" => {
            let start = found.get().as_ptr().addr() - object.as_ptr().addr();
            format!("{}\"{}\"{}", &object[..start], key(), &object[start + "null".len()..])
        }
        Some(_) => object.to_owned(),
        None => {
            let comma = if members.trim_start().starts_with('}') { "" } else { "," };
            format!("{{\"idempotency_key\":\"{}\"{comma}{members}", key())
        }
    })
}

/// Describes an error in the JSON of a line.
pub(super) fn json_error(error: &serde_json::Error) -> String {
    // The file's line number is printed with the reason; serde's "line 1" would contradict it.
    format!("not a JSON object: {error}").replace(" at line 1 column ", " at column ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_key_is_sent_as_it_is() {
        let line = r#"{"action":"a.b", "details":{"b":9007199254740993,"a":1.0,"t":"\u00e9\/"},"idempotency_key":"k"}"#;
        assert_eq!(keyed(line).unwrap(), line);
    }

    #[test]
    fn a_missing_key_is_the_hash_of_the_line() {
        let hash = |line: &str| Sha256::of(line.as_bytes()).to_string();
        let line = r#" {"details":{"n":1e400,"n2":-0}} "#;
        let expected = format!(r#"{{"idempotency_key":"{}","details":{{"n":1e400,"n2":-0}}}}"#, hash(line));
        assert_eq!(keyed(line).unwrap(), expected);
        assert_eq!(keyed("{ }").unwrap(), format!(r#"{{"idempotency_key":"{}" }}"#, hash("{ }")));
        assert_eq!(hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn a_null_key_is_replaced_in_place() {
        let line = r#"{"a":null,"idempotency\u005fkey" : null ,"b":{"idempotency_key":null}}"#;
        let hash = Sha256::of(line.as_bytes());
        let expected = format!(r#"{{"a":null,"idempotency\u005fkey" : "{hash}" ,"b":{{"idempotency_key":null}}}}"#);
        assert_eq!(keyed(line).unwrap(), expected);
    }

    #[test]
    fn anything_but_one_object_is_rejected() {
        for line in
            ["1", "[]", r#"["key"]"#, "null", r#"{"a":1"#, "{}{}", "{} ]}", r#"{"a":01}"#, "{\"a\":\"\t\"}", "x"]
        {
            let reason = keyed(line).unwrap_err();
            assert!(reason.starts_with("not a JSON object") && !reason.contains("line 1"), "{line}: {reason}");
        }
        assert!(keyed(r#"{"idempotency_key":"a","idempotency_key":"b"}"#).unwrap_err().contains("duplicate field"));
    }
}
