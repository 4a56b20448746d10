//! What the ledger says of a segment: one immutable Parquet file of one org and one UTC day.

use crate::id::EventId;
use crate::ledger::Seq;
use crate::time::Day;

/// The ledger's record of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRecord {
    /// The UTC day of its events.
    pub dt: Day,
    /// The sequence number of its first row; the others follow without gap.
    pub first_seq: Seq,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, lower-case hex. Also what S3 compares: its checksum is the same digest in base64.
    pub sha256: String,
    /// The end of the file, which readers begin with.
    pub tail: Tail,
    /// The key of the published object.
    pub key: String,
    /// The key of the staged object that is copied there.
    pub staged_key: String,
    /// The entity tag of the staged object, so that nothing else can be copied in its place.
    pub staged_etag: String,
    /// The position of its first event.
    pub first: EventId,
    /// The position of its last event.
    pub last: EventId,
    /// Its distinct actions; `None` for too many to list.
    pub actions: Option<Vec<String>>,
    /// Its distinct categories.
    pub categories: Vec<String>,
    /// Bloom filter over actor ids and folded e-mail addresses; `None` may contain anything.
    pub actors: Option<Vec<u8>>,
    /// Bloom filter over target ids; `None` may contain anything.
    pub targets: Option<Vec<u8>>,
}

/// The end of a segment's file, behind its pages: where the pages are, and the checksums of all that lies before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    /// Its bytes.
    pub bytes: u64,
    /// Their CRC-32C.
    pub crc32c: u32,
}

impl SegmentRecord {
    /// About how many bytes its ledger item has, and a reader holds for it.
    pub fn ledger_bytes(&self) -> usize {
        let texts = self.key.len() + self.staged_key.len() + self.staged_etag.len() + self.sha256.len();
        let actions: usize = self.actions.iter().flatten().map(String::len).sum();
        let blooms = self.actors.as_ref().map_or(0, Vec::len) + self.targets.as_ref().map_or(0, Vec::len);
        512 + texts + actions + blooms
    }
}
