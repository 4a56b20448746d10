//! The leaf of an event in its org's Merkle tree (RFC 6962); its index in the tree is the event's sequence number.
//!
//! ```text
//! salt  = SHA-256(0F ‖ seed ‖ seq u64be)[..16]              the seed is in the footer of the event's segment
//! k_i   = SHA-256(10 ‖ salt ‖ i u8)[..16]
//! d_i   = SHA-256(11 ‖ k_i ‖ i u8 ‖ (00 | 01 ‖ utf8))       00 means absent
//! T(x)  = u16be length ‖ utf8                               FFFF means absent
//! entry = 01 ‖ id[16] ‖ ingested_at_us i64be
//!            ‖ T(org_id) T(actor_type) T(action) T(category) T(target_type) T(result) ‖ d_1 … d_10
//! leaf  = SHA-256(00 ‖ entry)
//! ```
//!
//! The sealed fields 1 to 10 are `actor_id`, `actor_name`, `actor_email`, `target_id`, `target_name`, `failure_reason`,
//! `ip`, `user_agent`, `request_id` and `details`. Each has a digest of its own, under a key of its own: after a field is
//! erased, its digest is enough to compute the leaf, and reveals nothing without the key.

use std::fmt;

use sha2::{Digest as _, Sha256 as Hash};

use crate::event::Event;
use crate::flat::NAMES;
use crate::id::EventId;
use crate::seq::Seq;
use crate::sha256::Sha256;
use crate::time::UnixMicros;

/// UTF-8 bytes of the longest text that an entry can contain unsealed.
pub const OPEN_TEXT_BYTES: usize = ABSENT as usize - 1;

/// The texts of an event that its entry contains unsealed.
pub const OPEN_TEXTS: [&str; 5] = ["actor_type", "action", "category", "target_type", "result"];

/// Domains: the first byte of each hash's input. `00` and `01` are those of RFC 6962, for leaves and nodes.
const LEAF: u8 = 0x00;
const SALT: u8 = 0x0F;
const KEY: u8 = 0x10;
const SEALED: u8 = 0x11;
/// The version of the entry's layout.
const ENTRY: u8 = 0x01;
/// The length of an absent text.
const ABSENT: u16 = 0xFFFF;

/// The random bytes of a segment from which the salts of its rows are derived. They exist in Parquet files only.
///
/// # Guarantees
/// Its `Debug` does not show it, so that it is in no log by accident.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

impl Seed {
    /// Returns the salt of the row with the number `seq`.
    pub fn salt(&self, seq: Seq) -> Salt {
        let hash = Hash::new().chain_update([SALT]).chain_update(self.0).chain_update(seq.0.to_be_bytes());
        Salt(first_16(hash))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed")
    }
}

/// The salt of a row: with it and the text of a sealed field, a reader can compute the digest of the field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 16]);

impl Salt {
    /// Reads the salt that a row or a proof states; `None` for other than 16 bytes.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns its bytes, for a proof of its event.
    pub fn bytes(&self) -> [u8; 16] {
        self.0
    }

    /// Returns the digest of the sealed field `number`.
    fn digest(&self, number: u8, text: Option<&str>) -> [u8; 32] {
        let key = first_16(Hash::new().chain_update([KEY]).chain_update(self.0).chain_update([number]));
        let mut hash = Hash::new().chain_update([SEALED]).chain_update(key).chain_update([number]);
        match text {
            None => hash.update([0]),
            Some(text) => {
                hash.update([1]);
                hash.update(text);
            }
        }
        hash.finalize().into()
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt")
    }
}

/// Adds a text that is not sealed to an entry.
fn add(entry: &mut Hash, name: &'static str, text: Option<&str>) -> Result<(), TooLong> {
    let length =
        text.map(|text| u16::try_from(text.len()).ok().filter(|length| *length != ABSENT).ok_or(TooLong(name)));
    entry.update(length.transpose()?.unwrap_or(ABSENT).to_be_bytes());
    entry.update(text.unwrap_or_default());
    Ok(())
}

fn first_16(hash: Hash) -> [u8; 16] {
    let digest = hash.finalize();
    std::array::from_fn(|at| digest[at])
}

/// A text that an entry cannot contain; an event cannot have it either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} has more than {OPEN_TEXT_BYTES} bytes")]
pub struct TooLong(pub &'static str);

/// The fields of an event that its leaf covers, borrowed.
///
/// # Examples
/// ```
/// use audit_core::{IdKey, LeafFields, Seed, Seq, UnixMicros, request};
///
/// let body = br#"{"occurred_at": "2026-11-17T10:00:00Z", "actor": {"id": "usr_1"},
///     "action": "member.invited", "result": "succeeded"}"#;
/// let now: UnixMicros = "2026-11-18T00:00:00Z".parse()?;
/// let new = request::read(body, None, now).map_err(|_| "an invalid event")?.remove(0);
/// let event = new.into_event("acme".parse()?, &IdKey::new([7; 32]), now, 0);
///
/// let leaf = |row| LeafFields::of(&event).leaf(&Seed([7; 32]).salt(Seq(row)));
/// assert_eq!(leaf(0), leaf(0));
/// assert_ne!(leaf(0), leaf(1), "each row has a salt of its own");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LeafFields<'a> {
    /// The id.
    pub id: EventId,
    /// When it was stored.
    pub ingested_at: UnixMicros,
    /// The owner.
    pub org_id: &'a str,
    /// The texts, in the order of [`NAMES`].
    pub texts: [Option<&'a str>; NAMES.len()],
}

impl<'a> LeafFields<'a> {
    /// Returns the fields of an event.
    pub fn of(event: &'a Event) -> Self {
        Self { id: event.id, ingested_at: event.ingested_at, org_id: event.org_id.as_str(), texts: event.texts() }
    }

    /// Computes the leaf of the event in the row with this salt.
    ///
    /// # Errors
    /// A text that is not sealed has more than [`OPEN_TEXT_BYTES`].
    ///
    /// # Guarantees
    /// Two different events, or one event with two salts, never have the same entry.
    pub fn leaf(&self, salt: &Salt) -> Result<Sha256, TooLong> {
        let [actor_type, actor_id, actor_name, actor_email, action, category, target @ ..] = self.texts;
        let [target_type, target_id, target_name, result, failure_reason, ip, user_agent, request_id, details] = target;
        let mut hash = Hash::new();
        hash.update([LEAF, ENTRY]);
        hash.update(self.id.bits().to_be_bytes());
        hash.update(self.ingested_at.micros().to_be_bytes());
        add(&mut hash, "org_id", Some(self.org_id))?;
        for (name, text) in OPEN_TEXTS.into_iter().zip([actor_type, action, category, target_type, result]) {
            add(&mut hash, name, text)?;
        }
        let sealed = [
            actor_id,
            actor_name,
            actor_email,
            target_id,
            target_name,
            failure_reason,
            ip,
            user_agent,
            request_id,
            details,
        ];
        (1..).zip(sealed).for_each(|(number, text)| hash.update(salt.digest(number, text)));
        Ok(Sha256(hash.finalize().into()))
    }
}

#[cfg(test)]
mod tests;
