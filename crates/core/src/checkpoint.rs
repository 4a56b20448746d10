//! Checkpoints ([c2sp.org/tlog-checkpoint](https://c2sp.org/tlog-checkpoint)): signed statements of how many events the
//! log of an org has, and of the root of their tree.
//!
//! ```text
//! <host>/log/<log_id>
//! <size>
//! <root in base64>
//! ```
//!
//! The first line is the origin. One key, with the name `<host>/log`, signs the checkpoints of all orgs of a service, so
//! that an auditor configures one key. Origins differ by their log.

use crate::log_id::LogId;
use crate::note::{self, NoteError, VerifierKey};
use crate::sha256::Sha256;
use crate::tree::{Frontier, MOST_LEAVES};

/// Why a note is not a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note is not accepted.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Its text is not that of a checkpoint.
    #[error("the text of the note is not that of a checkpoint")]
    Malformed,
    /// Its origin is not a log of the key.
    #[error("the origin of the checkpoint is not a log of this key")]
    Foreign,
}

/// The text of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The origin: which log.
    pub origin: String,
    /// How many events the log has.
    pub size: u64,
    /// The root of their tree.
    pub root: Sha256,
}

impl Checkpoint {
    /// Returns the checkpoint of a tree in a log whose checkpoints a key with this name signs.
    pub fn new(key_name: &str, log_id: LogId, tree: &Frontier) -> Self {
        Self { origin: format!("{key_name}/{log_id}"), size: tree.size(), root: tree.root() }
    }

    /// Returns the text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.base64())
    }

    /// Reads a checkpoint that `key` signed.
    ///
    /// # Errors
    /// Also if its origin is not a log of the key: a key that signs other notes as well proves nothing about a log.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, CheckpointError> {
        let checkpoint = Self::read(key.open(note)?).ok_or(CheckpointError::Malformed)?;
        let log = checkpoint.origin.strip_prefix(key.name()).and_then(|rest| rest.strip_prefix('/'));
        let is_of_key = log.is_some_and(|log| log.parse::<LogId>().is_ok());
        if is_of_key { Ok(checkpoint) } else { Err(CheckpointError::Foreign) }
    }

    /// Reads a checkpoint without verifying its signatures.
    ///
    /// # Errors
    /// It is not a note, or its text is not that of a checkpoint.
    pub fn open_unverified(note: &str) -> Result<Self, CheckpointError> {
        Self::read(note::unverified_text(note)?).ok_or(CheckpointError::Malformed)
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?.parse().ok()?, lines.next()?);
        let checkpoint = Self { origin: origin.to_owned(), size, root: Sha256::from_base64(root)? };
        // Neither a second form of a number nor further lines.
        (!origin.is_empty() && size <= MOST_LEAVES && checkpoint.text() == text).then_some(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{Ed25519KeyPair, KeyPair as _};

    use super::*;

    fn pair() -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap()
    }

    fn key(name: &str) -> VerifierKey {
        VerifierKey::new(name, pair().public_key().as_ref().try_into().unwrap()).unwrap()
    }

    fn signed(text: &str) -> String {
        key("example.com/log").note(text, pair().sign(text.as_bytes()).as_ref()).unwrap()
    }

    fn tree(size: u64) -> Frontier {
        let mut tree = Frontier::default();
        (0..size).for_each(|leaf| tree.push(Sha256::of(&leaf.to_be_bytes())));
        tree
    }

    #[test]
    fn a_signed_checkpoint_comes_back() {
        for size in [0, 1, 255, 256, 257, 65_536] {
            let checkpoint = Checkpoint::new("example.com/log", LogId::new([0xAB; 16]), &tree(size));
            assert_eq!(checkpoint.origin, format!("example.com/log/{}", "ab".repeat(16)));
            let note = signed(&checkpoint.text());
            assert_eq!(Checkpoint::open(&note, &key("example.com/log")).as_ref(), Ok(&checkpoint));
            assert_eq!(Checkpoint::open_unverified(&note), Ok(checkpoint));
        }
    }

    #[test]
    fn the_origin_is_a_log_of_the_key() {
        let log = "ab".repeat(16);
        for (origin, is_own) in [
            (format!("example.com/log/{log}"), true),
            (format!("example.com/logs/{log}"), false),
            (format!("example.org/log/{log}"), false),
            (format!("example.com/log{log}"), false),
            ("example.com/log/ab".to_owned(), false),
            (format!("example.com/log/{}", log.to_uppercase()), false),
            (format!("example.com/log/{log}/"), false),
            ("example.com/log".to_owned(), false),
        ] {
            let checkpoint = Checkpoint { origin: origin.clone(), size: 1, root: Sha256::of(b"") };
            let found = Checkpoint::open(&signed(&checkpoint.text()), &key("example.com/log"));
            assert_eq!(found, if is_own { Ok(checkpoint) } else { Err(CheckpointError::Foreign) }, "{origin}");
        }
    }

    #[test]
    fn a_text_that_is_no_checkpoint_is_refused() {
        let (origin, root) = (format!("example.com/log/{}", "ab".repeat(16)), Sha256::of(b"").base64());
        let open = |text: &str| Checkpoint::open(&signed(text), &key("example.com/log"));
        assert!(open(&format!("{origin}\n7\n{root}\n")).is_ok());
        for bad in [
            "a\n".to_owned(),
            format!("{origin}\n7\n"),
            format!("{origin}\n07\n{root}\n"),
            format!("{origin}\n+7\n{root}\n"),
            format!("{origin}\n-7\n{root}\n"),
            format!("{origin}\n9223372036854775808\n{root}\n"),
            format!("{origin}\n7\n{}\n", &root[4..]),
            format!("{origin}\n7\n{}\n", Sha256::of(b"")),
            format!("{origin}\n7\n{root}\nmore\n"),
            format!("\n7\n{root}\n"),
        ] {
            assert_eq!(open(&bad), Err(CheckpointError::Malformed), "{bad:?}");
        }
    }
}
