//! The proof of an event ([c2sp.org/tlog-proof](https://c2sp.org/tlog-proof)): one text that an auditor can verify offline
//! with the event and a verifier key.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra base64(00 ‖ <salt of the event's row>)
//! index <sequence number>
//! <hash in base64>                                      one line each, from the leaf's sibling on
//!
//! <checkpoint, a signed note>
//! ```
//!
//! With the salt, the auditor computes the leaf from the event. The salt opens the fields of this event only.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::leaf::{LeafFields, Salt, TooLong};
use crate::note::VerifierKey;
use crate::proof::included_root;
use crate::seq::Seq;
use crate::sha256::Sha256;

const HEADER: &str = "c2sp.org/tlog-proof@v1\n";
/// The first byte of the extra data: a salt follows.
const WITH_SALT: u8 = 0x00;
/// No tree has a longer path.
const MOST_HASHES: usize = 63;

/// Why a proof does not prove an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It is not a proof.
    #[error("this is not the proof of an event")]
    Malformed,
    /// Its checkpoint is not accepted.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// No entry can contain the event.
    #[error("no log can contain this event")]
    Event(#[from] TooLong),
    /// The event is another one than the log contains.
    #[error("the log does not contain this event under the sequence number of the proof")]
    NotIncluded,
}

/// The proof that a log contains an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventProof {
    /// The salt of the event's row.
    pub salt: Salt,
    /// The sequence number of the event.
    pub seq: Seq,
    /// The hashes from the leaf's sibling to the root's child.
    pub hashes: Vec<Sha256>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

/// The text of the proof.
impl fmt::Display for EventProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extra = BASE64_STANDARD.encode([[WITH_SALT].as_slice(), &self.salt.bytes()].concat());
        write!(f, "{HEADER}extra {extra}\nindex {}\n", self.seq)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", hash.base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl EventProof {
    /// Reads the text of a proof. Its parts are not verified yet.
    ///
    /// # Errors
    /// [`ProofError::Malformed`], also for extra data that does not begin with `00`.
    pub fn read(text: &str) -> Result<Self, ProofError> {
        Self::parts(text).filter(|proof| proof.to_string() == text).ok_or(ProofError::Malformed)
    }

    fn parts(text: &str) -> Option<Self> {
        let (head, checkpoint) = text.strip_prefix(HEADER)?.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let extra = BASE64_STANDARD.decode(lines.next()?.strip_prefix("extra ")?).ok()?;
        let salt = Salt::from_stored(extra.strip_prefix(&[WITH_SALT])?)?;
        let seq = Seq(lines.next()?.strip_prefix("index ")?.parse().ok()?);
        let hashes = lines.map(Sha256::from_base64).take(MOST_HASHES + 1).collect::<Option<Vec<_>>>()?;
        (hashes.len() <= MOST_HASHES).then(|| Self { salt, seq, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Verifies that the log contains the event, and returns the checkpoint.
    ///
    /// # Errors
    /// Also if the checkpoint is not signed by `key`.
    pub fn verify(&self, event: &LeafFields<'_>, key: &VerifierKey) -> Result<Checkpoint, ProofError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let root = included_root(self.seq, event.leaf(&self.salt)?, checkpoint.size, &self.hashes);
        if root == Some(checkpoint.root) { Ok(checkpoint) } else { Err(ProofError::NotIncluded) }
    }
}

#[cfg(test)]
mod tests;
