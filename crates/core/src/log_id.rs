//! The id of an org's log: made by the first commit of the org, and part of every claim.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;

/// 128 random bits.
///
/// # Examples
/// ```
/// use audit_core::LogId;
///
/// let log_id = LogId::new([171; 16]);
/// assert_eq!(log_id.to_string(), "ab".repeat(16));
/// assert_eq!(log_id.to_string().parse(), Ok(log_id));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LogId([u8; 16]);

impl LogId {
    /// Builds the id of 128 random bits.
    pub fn new(bits: [u8; 16]) -> Self {
        Self(bits)
    }
}

/// Lower-case hex.
impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for LogId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut log_id = Self([0; 16]);
        let decoded = hex::decode_to_slice(text, &mut log_id.0).is_ok_and(|()| log_id.to_string() == text);
        if decoded { Ok(log_id) } else { Err(ParseError("32 lower-case hexadecimal digits")) }
    }
}
