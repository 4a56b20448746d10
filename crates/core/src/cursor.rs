//! The cursor: the position that a scan has reached, bound to its query.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::id::EventId;
use crate::org::OrgId;
use crate::sha256::Sha256;

/// The version of the token's format; the first byte of every cursor.
const VERSION: u8 = 1;

/// The digest of a query: org, order, filters and range, but not the limit, which may change between pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryDigest(pub [u8; 8]);

impl QueryDigest {
    /// Returns the digest of the terms of a query; their order does not count.
    pub(crate) fn of(org_id: &OrgId, mut terms: Vec<String>) -> Self {
        terms.sort();
        terms.dedup();
        let all = std::iter::once(org_id.as_str()).chain(terms.iter().map(String::as_str));
        let parts = all.flat_map(|term| [(term.len() as u64).to_be_bytes().to_vec(), term.into()]);
        Self(Sha256::of_parts(parts).first_8())
    }
}

/// A position in the results of one query: everything up to and including it has been examined.
///
/// # Examples
/// ```
/// use audit_core::{Cursor, CursorError, EventId, QueryDigest, UnixMicros};
///
/// let cursor = Cursor { position: EventId::first_at(UnixMicros::EPOCH), digest: QueryDigest(*b"8 bytes.") };
/// let text = cursor.encode();
/// assert_eq!(Cursor::decode(&text, cursor.digest), Ok(cursor));
/// assert_eq!(Cursor::decode(&text, QueryDigest(*b"another.")), Err(CursorError::OtherQuery));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The last examined position. There may be no event at it.
    pub position: EventId,
    /// The digest of the query.
    pub digest: QueryDigest,
}

/// Why a text is not a cursor of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// This service did not create it.
    #[error("not a cursor")]
    Form,
    /// It belongs to a query of another org, order, range or filter.
    #[error("a cursor of another query")]
    OtherQuery,
}

impl Cursor {
    /// Returns the opaque text: 34 characters of the URL-safe alphabet.
    pub fn encode(&self) -> String {
        let mut bytes = [0; 25];
        bytes[0] = VERSION;
        bytes[1..17].copy_from_slice(&self.position.bits().to_be_bytes());
        bytes[17..].copy_from_slice(&self.digest.0);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor of the query with this digest.
    pub fn decode(text: &str, digest: QueryDigest) -> Result<Self, CursorError> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Form)?;
        let bytes: [u8; 25] = bytes.try_into().map_err(|_| CursorError::Form)?;
        let mut bits = [0; 16];
        bits.copy_from_slice(&bytes[1..17]);
        let position = EventId::from_bits(u128::from_be_bytes(bits)).filter(|_| bytes[0] == VERSION);
        let position = position.ok_or(CursorError::Form)?;
        if bytes[17..] != digest.0 {
            return Err(CursorError::OtherQuery);
        }
        Ok(Self { position, digest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UnixMicros;

    const CURSOR: Cursor = Cursor {
        position: EventId::first_at(UnixMicros::new(1_732_270_530_123_456)),
        digest: QueryDigest(*b"8 bytes."),
    };

    #[test]
    fn a_cursor_comes_back() {
        let text = CURSOR.encode();
        assert_eq!(text.len(), 34);
        assert_eq!(Cursor::decode(&text, CURSOR.digest), Ok(CURSOR));
    }

    #[test]
    fn a_cursor_of_another_query_is_refused() {
        assert_eq!(Cursor::decode(&CURSOR.encode(), QueryDigest(*b"another.")), Err(CursorError::OtherQuery));
    }

    #[test]
    fn what_is_not_a_cursor_is_refused() {
        let text = CURSOR.encode();
        for bad in ["", "!", &text[1..], &format!("{text}A"), &format!("B{}", &text[1..]), &text.replace("A", "_")] {
            assert_eq!(Cursor::decode(bad, CURSOR.digest), Err(CursorError::Form), "{bad}");
        }
    }
}
