//! The token of a viewer session: a secret that a browser has, and of which only the SHA-256 is stored.
//!
//! ```text
//! avs_<43 characters: 256 random bits in base64url>_<6 characters: checksum>
//! ```
//!
//! The checksum is the beginning of the base64url of the SHA-256 of everything before the last `_`. The prefix and the
//! checksum let a secret scanner find a leaked token, and this service refuse a malformed one without a read of the
//! table. A regular expression that matches every token: `avs_[A-Za-z0-9_-]{43}_[A-Za-z0-9_-]{6}`.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::error::ParseError;
use crate::sha256::Sha256;
use crate::text_type::text_type;

/// What every token begins with.
pub const TOKEN_PREFIX: &str = "avs_";
/// What every session id begins with.
const ID_PREFIX: &str = "vs_";
/// Characters of the random bits.
const SECRET_CHARS: usize = 43;
/// Characters of the checksum.
const CHECKSUM_CHARS: usize = 6;
/// Characters of the digest in a session id.
const ID_CHARS: usize = 22;

/// The token of a viewer session.
///
/// # Guarantees
/// It has no `Display`, and its `Debug` does not show it, so that it is in no log by accident.
///
/// # Examples
/// ```
/// use audit_core::SessionToken;
///
/// let token = SessionToken::new([7; 32]);
/// assert_eq!(token.reveal(), "avs_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc_17oinv");
/// assert_eq!(token.reveal().parse(), Ok(token));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// Builds the token of 256 random bits.
    pub fn new(secret: [u8; 32]) -> Self {
        let text = format!("{TOKEN_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(secret));
        let checksum = checksum(&text);
        Self(format!("{text}_{checksum}"))
    }

    /// Returns the text, for the caller who creates the session.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns the digest that is stored in its place.
    pub fn sha256(&self) -> Sha256 {
        Sha256::of(self.0.as_bytes())
    }

    /// Returns the id of its session: the beginning of its digest.
    pub fn session_id(&self) -> SessionId {
        SessionId(format!("{ID_PREFIX}{}", first_chars(self.sha256(), ID_CHARS)))
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken")
    }
}

/// Accepts exactly the texts of [`SessionToken::new`].
impl FromStr for SessionToken {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let read = || {
            let (signed, sum) = text.split_at_checked(TOKEN_PREFIX.len() + SECRET_CHARS)?;
            let secret = BASE64_URL_SAFE_NO_PAD.decode(signed.strip_prefix(TOKEN_PREFIX)?).ok()?;
            let fits = secret.len() == 32 && sum.strip_prefix('_')? == checksum(signed);
            fits.then(|| Self(text.to_owned()))
        };
        read().ok_or(ParseError("the token of a viewer session"))
    }
}

fn checksum(text: &str) -> String {
    first_chars(Sha256::of(text.as_bytes()), CHECKSUM_CHARS)
}

fn first_chars(digest: Sha256, chars: usize) -> String {
    let mut text = BASE64_URL_SAFE_NO_PAD.encode(digest.0);
    text.truncate(chars);
    text
}

/// The id of a viewer session: `vs_` and 22 characters of base64url. It is no secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SessionId(String);

impl SessionId {
    /// What a session id may be, as a text for users.
    pub const ALLOWED: &str = "the id of a viewer session: vs_ and 22 characters of [A-Za-z0-9_-]";
}

text_type!(SessionId, is_id, SessionId::ALLOWED);

fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    text.strip_prefix(ID_PREFIX).is_some_and(|rest| rest.len() == ID_CHARS && rest.bytes().all(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed outside this code, with another implementation of the recipe.
    #[test]
    fn a_token_and_its_session_id_never_change() {
        let token = SessionToken::new(std::array::from_fn(|at| at as u8));
        assert_eq!(token.reveal(), "avs_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8_Za8uv3");
        assert_eq!(token.session_id().as_str(), "vs_fFWVYFKwUiLQBZ9LfbOjlu");
        assert_eq!(token.session_id().as_str().parse(), Ok(token.session_id()));
    }

    #[test]
    fn a_token_that_differs_in_one_character_is_refused() {
        let token = SessionToken::new([0xA5; 32]);
        for at in 0..token.reveal().len() {
            for other in ['A', 'B', '_', '-', '=', ' ', 'é'] {
                let mut altered: Vec<char> = token.reveal().chars().collect();
                if altered[at] == other {
                    continue;
                }
                altered[at] = other;
                let altered: String = altered.into_iter().collect();
                assert!(altered.parse::<SessionToken>().is_err(), "{altered}");
            }
        }
        for bad in ["", "avs_", &token.reveal()[1..], &format!("{}A", token.reveal()), &token.reveal()[..53]] {
            assert!(bad.parse::<SessionToken>().is_err(), "{bad}");
        }
    }

    #[test]
    fn neither_form_of_a_token_that_a_log_writes_shows_it() {
        let token = SessionToken::new([3; 32]);
        assert_eq!(format!("{token:?}"), "SessionToken");
    }
}
