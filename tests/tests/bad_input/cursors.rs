//! Cursors: arbitrary texts, and one bit or letter of a real one changed.

use audit_core::{Cursor, CursorError, EventId, QueryDigest, UnixMicros};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use proptest::prelude::*;

use crate::cases::config;

/// Cursors at positions that events can have.
fn cursor() -> impl Strategy<Value = Cursor> {
    let position = (0..=UnixMicros::LATEST.micros(), any::<u64>());
    (position, any::<[u8; 8]>()).prop_map(|((us, tail), digest)| Cursor {
        position: EventId::new(UnixMicros::new(us), tail),
        digest: QueryDigest(digest),
    })
}

/// What is accepted is exactly what this service writes for that query.
fn check(text: &str, digest: QueryDigest) -> Result<Option<Cursor>, TestCaseError> {
    let decoded = Cursor::decode(text, digest).ok();
    if let Some(cursor) = decoded {
        prop_assert_eq!(cursor.encode(), text);
        prop_assert_eq!(cursor.digest, digest);
        prop_assert!(cursor.position.occurred_at() <= UnixMicros::LATEST);
    }
    Ok(decoded)
}

proptest! {
    #![proptest_config(config(1))]

    #[test]
    fn arbitrary_text_is_no_cursor_or_one_that_this_service_writes(text: String, digest: [u8; 8]) {
        check(&text, QueryDigest(digest))?;
    }

    #[test]
    fn arbitrary_bytes_in_the_right_alphabet_are_no_cursor_or_one_that_this_service_writes(bytes: [u8; 25]) {
        let mut digest = [0; 8];
        digest.copy_from_slice(&bytes[17..]);
        check(&BASE64_URL_SAFE_NO_PAD.encode(bytes), QueryDigest(digest))?;
    }

    #[test]
    fn a_cursor_comes_back(cursor in cursor()) {
        prop_assert_eq!(check(&cursor.encode(), cursor.digest)?, Some(cursor));
    }

    #[test]
    fn a_flipped_bit_is_refused_or_another_position_of_the_same_query(cursor in cursor(), bit in 0..200_usize) {
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor.encode()).unwrap();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let text = BASE64_URL_SAFE_NO_PAD.encode(&bytes);
        let decoded = check(&text, cursor.digest)?;
        match bit / 8 {
            0 => prop_assert_eq!(decoded, None, "another version"),
            1..17 => prop_assert!(decoded.is_none_or(|other| other.position != cursor.position)),
            _ => prop_assert_eq!(Cursor::decode(&text, cursor.digest), Err(CursorError::OtherQuery)),
        }
    }

    #[test]
    fn another_letter_is_refused_or_another_position(cursor in cursor(), at in 0..34_usize, letter: char) {
        let mut letters: Vec<char> = cursor.encode().chars().collect();
        letters[at] = letter;
        let text: String = letters.into_iter().collect();
        let decoded = check(&text, cursor.digest)?;
        prop_assert!(decoded != Some(cursor) || text == cursor.encode());
    }
}
