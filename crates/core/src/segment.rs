//! What the ledger says of a segment: one immutable Parquet file of one org and one UTC day.

use crate::id::EventId;
use crate::ledger::Seq;
use crate::org::OrgId;
use crate::time::{Day, UnixMicros};

/// The version of the stored format, raised by a change that makes older files or Bloom filters answer wrongly. Another
/// column or another value of a closed set is no such change.
///
/// 1 folded e-mail addresses by lower case alone, and had no canonical addresses.
pub const FORMAT: u32 = 2;

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
    /// The record as it is after the staged object is gone: what can be told from the published one alone.
    pub fn published(&self) -> Self {
        Self { staged_key: String::new(), staged_etag: String::new(), ..self.clone() }
    }

    /// About how many bytes its ledger item has, and a reader holds for it.
    pub fn ledger_bytes(&self) -> usize {
        let texts = self.key.len() + self.staged_key.len() + self.staged_etag.len() + self.sha256.len();
        let actions: usize = self.actions.iter().flatten().map(String::len).sum();
        let blooms = self.actors.as_ref().map_or(0, Vec::len) + self.targets.as_ref().map_or(0, Vec::len);
        512 + texts + actions + blooms
    }
}

/// What the footer of a segment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// Whose events.
    pub org_id: OrgId,
    /// The sequence number of the first row.
    pub first_seq: Seq,
    /// The rows.
    pub rows: u64,
    /// The first sequence number of its batch.
    pub batch: Seq,
    /// Its place in its batch, from 0.
    pub index: u64,
    /// In the last segment of a batch alone: what the batch has.
    pub totals: Option<BatchTotals>,
}

/// What a batch has, as its last segment says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchTotals {
    /// Rows.
    pub rows: u64,
    /// Segments.
    pub segments: u64,
}

/// A row of a segment, as far as it has to agree with the segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRow {
    /// Its sequence number.
    pub seq: Seq,
    /// Its position.
    pub id: EventId,
    /// When it happened.
    pub occurred_at: UnixMicros,
    /// Whose it is.
    pub org_id: OrgId,
}
