//! Signed notes ([c2sp.org/signed-note](https://c2sp.org/signed-note)) with Ed25519 keys.
//!
//! ```text
//! <text, which ends in a line break>
//!
//! — <name of a key> base64(<id of the key, 4 bytes> ‖ <signature>)
//! ```
//!
//! A note can have signatures of further keys, such as those of witnesses. They are ignored.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::signature::{ED25519, UnparsedPublicKey};

use crate::error::ParseError;
use crate::sha256::Sha256;

/// The type of an Ed25519 key, in its id and in its text.
const ED25519_TYPE: u8 = 0x01;
/// Bytes of a key's id.
const ID_BYTES: usize = 4;
/// The most signatures of a note; every verifier accepts as many.
const MOST_SIGNATURES: usize = 16;
/// What separates the text of a note from its signatures.
const SEPARATOR: &str = "\n\n";
/// What a line with a signature begins with.
const DASH: &str = "— ";

/// Why a note is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is not a note.
    #[error("this is not a signed note")]
    Malformed,
    /// No signature is by the key.
    #[error("the note has no signature by this key")]
    Unsigned,
    /// A signature under the name and the id of the key is not by the key.
    #[error("a signature of the note is invalid")]
    Invalid,
}

/// A public key with its name, which verifies notes.
///
/// # Examples
/// ```
/// use audit_core::VerifierKey;
///
/// let text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
/// let key: VerifierKey = text.parse()?;
/// assert_eq!((key.name(), key.to_string().as_str()), ("sum.golang.org", text));
/// # Ok::<(), audit_core::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    public: [u8; 32],
}

impl VerifierKey {
    /// What a text has to be.
    const ALLOWED: &str = "<name>+<id in hex>+<Ed25519 key in base64>";

    /// Builds a key.
    ///
    /// # Errors
    /// The name is empty, or contains a space, a plus or a control character.
    pub fn new(name: &str, public: [u8; 32]) -> Result<Self, ParseError> {
        if is_name(name) { Ok(Self { name: name.to_owned(), public }) } else { Err(ParseError(Self::ALLOWED)) }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the id: with the name, it tells which key signed.
    pub fn id(&self) -> [u8; ID_BYTES] {
        let digest = Sha256::of_parts([self.name.as_bytes(), b"\n", &[ED25519_TYPE], &self.public]);
        std::array::from_fn(|at| digest.0[at])
    }

    fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(text.as_bytes(), signature).is_ok()
    }

    /// Returns the note of a text and its signature by this key.
    ///
    /// # Errors
    /// The signature is invalid, or no note can have the text.
    pub fn note(&self, text: &str, signature: &[u8]) -> Result<String, NoteError> {
        let signed = BASE64_STANDARD.encode([self.id().as_slice(), signature].concat());
        let note = format!("{text}\n{DASH}{} {signed}\n", self.name);
        if self.open(&note)? == text { Ok(note) } else { Err(NoteError::Malformed) }
    }

    /// Returns the text of a note that the key signed.
    ///
    /// # Errors
    /// Also if one of several signatures under the name and the id of this key is invalid: an id has only four bytes, so
    /// another key can have the same one.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (text, signatures) = split(note)?;
        let mut is_signed = false;
        for (name, signature) in signatures {
            let Some((id, signature)) = signature.split_first_chunk() else { return Err(NoteError::Malformed) };
            if name == self.name && *id == self.id() {
                is_signed = self.verifies(text, signature);
                if !is_signed {
                    return Err(NoteError::Invalid);
                }
            }
        }
        if is_signed { Ok(text) } else { Err(NoteError::Unsigned) }
    }
}

/// The text with which other programs are configured: name, id and key.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64_STANDARD.encode([[ED25519_TYPE].as_slice(), &self.public].concat());
        write!(f, "{}+{}+{key}", self.name, hex::encode(self.id()))
    }
}

impl FromStr for VerifierKey {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refused = || ParseError(Self::ALLOWED);
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(refused());
        };
        let key = BASE64_STANDARD.decode(key).map_err(|_| refused())?;
        let Some((&ED25519_TYPE, public)) = key.split_first() else { return Err(refused()) };
        let key = Self::new(name, public.try_into().map_err(|_| refused())?)?;
        // The id is a digest of the rest: a text that lost a character is noticed.
        if key.to_string() == text { Ok(key) } else { Err(refused()) }
    }
}

/// Returns the text of a note without verifying its signatures.
///
/// # Errors
/// [`NoteError::Malformed`]
pub fn unverified_text(note: &str) -> Result<&str, NoteError> {
    split(note).map(|(text, _)| text)
}

/// The name of a key, its id and the signature.
type Signature<'a> = (&'a str, Vec<u8>);

/// Returns the text of a note and its signatures.
fn split(note: &str) -> Result<(&str, Vec<Signature<'_>>), NoteError> {
    let is_control = |letter: char| letter < ' ' && letter != '\n';
    let at = note.rfind(SEPARATOR).filter(|_| !note.contains(is_control)).ok_or(NoteError::Malformed)?;
    let (text, lines) = (&note[..=at], &note[at + SEPARATOR.len()..]);
    let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed)?;
    let signatures = lines.split('\n').map(signature).collect::<Option<Vec<_>>>().ok_or(NoteError::Malformed)?;
    if signatures.len() <= MOST_SIGNATURES { Ok((text, signatures)) } else { Err(NoteError::Malformed) }
}

fn signature(line: &str) -> Option<Signature<'_>> {
    let (name, signature) = line.strip_prefix(DASH)?.split_once(' ')?;
    let signature = BASE64_STANDARD.decode(signature).ok()?;
    (is_name(name) && signature.len() > ID_BYTES).then_some((name, signature))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|letter: char| letter.is_whitespace() || letter < ' ' || letter == '+')
}

#[cfg(test)]
mod tests;
