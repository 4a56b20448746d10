//! The key of an org's derived ids.
//!
//! An id outlives the content that it was derived from: a field can be erased, and the id stays. Without a secret in
//! the hash, anyone with the id could test guesses about that field.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit as _, Mac as _};

use crate::error::ParseError;

/// The block of SHA-256. HMAC extends a shorter key to it with zeros.
const BLOCK_BYTES: usize = 64;

/// The key of the ids that an org's events with an idempotency key get: 256 random bits, made when the org is
/// registered.
///
/// # Guarantees
/// It has no `Display` and no JSON, and its `Debug` does not show it, so that it is in no log and no response by
/// accident.
#[derive(Clone, PartialEq, Eq)]
pub struct IdKey([u8; 32]);

impl IdKey {
    /// Builds the key of 256 random bits.
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// Returns the text in which the table stores it: lower-case hex, which an operator can copy with any tool.
    pub fn reveal(&self) -> String {
        hex::encode(self.0)
    }

    /// Returns the first 62 bits of HMAC-SHA-256 over the concatenated parts.
    pub(crate) fn tail(&self, parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> u64 {
        let mut block = [0; BLOCK_BYTES];
        block[..self.0.len()].copy_from_slice(&self.0);
        let mut mac = Hmac::<sha2::Sha256>::new(&block.into());
        parts.into_iter().for_each(|part| mac.update(part.as_ref()));
        let code: [u8; 32] = mac.finalize().into_bytes().into();
        u64::from_be_bytes(std::array::from_fn(|at| code[at])) >> 2
    }
}

/// Accepts exactly the texts of [`IdKey::reveal`].
impl FromStr for IdKey {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut key = Self([0; 32]);
        let decoded = hex::decode_to_slice(text, &mut key.0).is_ok_and(|()| key.reveal() == text);
        if decoded { Ok(key) } else { Err(ParseError("64 lower-case hexadecimal digits")) }
    }
}

impl fmt::Debug for IdKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_beginning_of_the_standard_code() {
        // RFC 4231, test case 1, whose key of 20 bytes is extended with zeros.
        let key = IdKey::new(std::array::from_fn(|at| if at < 20 { 0x0b } else { 0 }));
        assert_eq!(key.tail([&b"Hi "[..], b"There"]), 0xb034_4c61_d8db_3853 >> 2);
    }

    #[test]
    fn only_a_key_of_256_bits_is_read() {
        let key = IdKey::new([0xa7; 32]);
        assert_eq!(key.reveal(), "a7".repeat(32));
        assert_eq!(key.reveal().parse(), Ok(key));
        for bad in ["", &"a7".repeat(31), &"a7".repeat(33), &"A7".repeat(32), &"g7".repeat(32)] {
            assert!(bad.parse::<IdKey>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_not_shown() {
        assert_eq!(format!("{:?}", IdKey::new([7; 32])), "IdKey");
    }
}
