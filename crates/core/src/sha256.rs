//! SHA-256 digests: of files, of idempotent events, of searches.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::Digest as _;

use crate::error::ParseError;

/// A SHA-256 digest.
///
/// # Examples
/// ```
/// use audit_core::Sha256;
///
/// let digest = Sha256::of(b"abc");
/// assert!(digest.to_string().starts_with("ba7816bf"));
/// assert_eq!(digest.to_string().parse(), Ok(digest));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// Computes the digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Computes the digest of the concatenated parts.
    pub fn of_parts(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let mut hash = sha2::Sha256::new();
        parts.into_iter().for_each(|part| hash.update(part));
        Self(hash.finalize().into())
    }

    /// Reads a digest in base64, as S3 writes it.
    pub fn from_base64(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Returns the digest in base64, as S3 writes it.
    pub fn base64(&self) -> String {
        BASE64_STANDARD.encode(self.0)
    }

    /// Returns the first 8 bytes.
    pub fn first_8(&self) -> [u8; 8] {
        std::array::from_fn(|at| self.0[at])
    }
}

/// Lower-case hex.
impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Sha256 {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut digest = Self([0; 32]);
        let decoded = hex::decode_to_slice(text, &mut digest.0).is_ok_and(|()| digest.to_string() == text);
        if decoded { Ok(digest) } else { Err(ParseError("64 lower-case hexadecimal digits")) }
    }
}
