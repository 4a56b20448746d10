//! The record of a segment: one immutable Parquet file of one org and one UTC day.

use crate::id::EventId;
use crate::org::OrgId;
use crate::segment_counts::SegmentCounts;
use crate::seq::Seq;
use crate::sha256::Sha256;
use crate::time::{Day, UnixMicros};

/// The version of the stored format. Raised by a change after which older files or Bloom filters return wrong results;
/// a new column or a new value of a closed set is not such a change.
///
/// Version 1 only lower-cased e-mail addresses, and had no canonical IP addresses.
pub const FORMAT: u32 = 2;

/// The ledger's record of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRecord {
    /// The UTC day of its events.
    pub dt: Day,
    /// The sequence number of its first row; the others follow without gaps.
    pub first_seq: Seq,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
    /// The digest of its bytes; S3 compares the same one.
    pub sha256: Sha256,
    /// The end of the file, which readers begin with.
    pub tail: Tail,
    /// The key of the published object.
    pub key: String,
    /// The staged object that is copied there; `None` for a record that is read back from the published object.
    pub staged: Option<Staged>,
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
    /// Bloom filter over IP addresses; `None` may contain anything.
    pub addresses: Option<Vec<u8>>,
    /// How many events there are by time, and by what was done; `None` in a record of an older version.
    pub counts: Option<SegmentCounts>,
}

/// A staged object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// Its key.
    pub key: String,
    /// Its entity tag, so that no other object can be copied in its place.
    pub etag: String,
}

/// The name of a segment inside its org.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentName {
    /// The UTC day of its events.
    pub dt: Day,
    /// The sequence number of its first row.
    pub first_seq: Seq,
}

/// The end of a segment's file, after its pages: where the pages are, and the checksums of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    /// Its bytes.
    pub bytes: u64,
    /// Their CRC-32C.
    pub crc32c: u32,
}

impl SegmentRecord {
    /// Returns the name.
    pub fn name(&self) -> SegmentName {
        SegmentName { dt: self.dt, first_seq: self.first_seq }
    }

    /// Returns the record without the staged object, so that only the published object determines it.
    pub fn published(&self) -> Self {
        Self { staged: None, ..self.clone() }
    }

    /// Returns the approximate size of its ledger item, and of a reader's copy of it.
    pub fn ledger_bytes(&self) -> usize {
        let staged = self.staged.as_ref().map_or(0, |staged| staged.key.len() + staged.etag.len());
        let texts = self.key.len() + staged + 2 * self.sha256.0.len();
        let actions: usize = self.actions.iter().flatten().map(String::len).sum();
        let blooms = [&self.actors, &self.targets, &self.addresses].into_iter().flatten().map(Vec::len);
        let counts = self.counts.as_ref().map_or(0, |counts| counts.as_bytes().len());
        512 + texts + actions + blooms.sum::<usize>() + counts
    }
}

/// The place of a segment, as its footer states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// The org.
    pub org_id: OrgId,
    /// The sequence number of the first row.
    pub first_seq: Seq,
    /// The rows.
    pub rows: u64,
    /// The first sequence number of its batch.
    pub batch: Seq,
    /// Its place in its batch, from 0.
    pub index: u64,
    /// The totals of the batch; only in its last segment.
    pub totals: Option<BatchTotals>,
}

/// The totals of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchTotals {
    /// Rows.
    pub rows: u64,
    /// Segments.
    pub segments: u64,
}

/// The place of a row in its segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRow {
    /// Its sequence number.
    pub seq: Seq,
    /// Its position.
    pub id: EventId,
    /// The instant of the event.
    pub occurred_at: UnixMicros,
    /// The org.
    pub org_id: OrgId,
}
