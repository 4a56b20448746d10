//! The ledger of an org: its head, its batches, and the transitions of the head.

use crate::segment::{SegmentName, SegmentRecord};
use crate::seq::Seq;
use crate::time::{Day, Month};

/// The phase of an open batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// In the ledger. Some segments may not be copied to their final keys yet, so no reader reads them.
    Committed,
    /// All segments have their final keys. Some hot rows may not be deleted yet.
    Published,
}

/// The batch that is not finished yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenBatch {
    /// Its first sequence number, which identifies it.
    pub first_seq: Seq,
    /// Its phase.
    pub phase: Phase,
}

/// The gap in version numbers between ledger generations. A version grows by three per batch and one per day, so it
/// cannot reach the next generation, and no worker can have a version that a rebuilt ledger reuses.
const VERSIONS_APART: u64 = 1_000_000;

/// The one item that all workers and readers of an org agree on. The default is an absent head.
///
/// # Guarantees
/// Written only if the stored version is the one that was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// The version; every write raises it.
    pub version: u64,
    /// The sequence number of the next row.
    pub next_seq: Seq,
    /// The batch that must be finished before another one begins.
    pub open: Option<OpenBatch>,
    /// The last UTC day on which the past days were archived.
    pub daily: Option<Day>,
}

impl Head {
    /// Returns the generation of the ledger. A rebuild starts a new one; values cached from another one are stale.
    pub fn generation(&self) -> u64 {
        self.version / VERSIONS_APART
    }

    /// Returns the sequence number below which segments are readable.
    pub fn visible_seq(&self) -> Seq {
        match self.open {
            Some(OpenBatch { first_seq, phase: Phase::Committed }) => first_seq,
            _ => self.next_seq,
        }
    }

    /// Returns the head that commits a batch of `rows`.
    pub fn committing(&self, rows: u64) -> Self {
        let open = OpenBatch { first_seq: self.next_seq, phase: Phase::Committed };
        Self { version: self.version + 1, next_seq: self.next_seq.plus(rows), open: Some(open), ..*self }
    }

    /// Returns the head after the open batch was published.
    pub fn publishing(&self) -> Self {
        let open = self.open.map(|open| OpenBatch { phase: Phase::Published, ..open });
        Self { version: self.version + 1, open, ..*self }
    }

    /// Returns the head after the hot rows of the open batch were deleted.
    pub fn closing(&self) -> Self {
        Self { version: self.version + 1, open: None, ..*self }
    }

    /// Returns the head after a published batch of `rows` was found.
    pub fn recovering(&self, rows: u64) -> Self {
        self.rewound(self.next_seq.plus(rows))
    }

    /// Returns the head of a ledger that will be recovered from `next_seq` on.
    pub fn rewound(&self, next_seq: Seq) -> Self {
        Self { version: self.version + VERSIONS_APART, next_seq, open: None, daily: self.daily }
    }

    /// Returns the head after the past days were archived on `today`.
    pub fn after_daily(&self, today: Day) -> Self {
        Self { version: self.version + 1, daily: Some(today), ..*self }
    }
}

/// The record of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRecord {
    /// Its first sequence number, which identifies it.
    pub first_seq: Seq,
    /// Its rows.
    pub rows: u64,
    /// Its segments, in the order of their sequence numbers.
    pub segments: Vec<SegmentName>,
}

impl BatchRecord {
    /// Returns the batch of these segments, which tile it in order.
    pub fn of(first_seq: Seq, segments: &[SegmentRecord]) -> Self {
        let names = segments.iter().map(SegmentRecord::name);
        Self { first_seq, rows: segments.iter().map(|segment| segment.rows).sum(), segments: names.collect() }
    }

    /// Returns the month of each segment.
    pub fn months(&self) -> impl Iterator<Item = Month> {
        self.segments.iter().map(|name| name.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_becomes_visible_when_it_is_published() {
        let head = Head { version: 4, next_seq: Seq(10), open: None, daily: None };
        let committed = head.committing(5);
        assert_eq!((committed.next_seq, committed.visible_seq(), committed.version), (Seq(15), Seq(10), 5));
        let published = committed.publishing();
        assert_eq!((published.visible_seq(), published.version), (Seq(15), 6));
        assert_eq!(published.closing(), Head { version: 7, next_seq: Seq(15), ..head });
    }

    #[test]
    fn a_recovered_head_has_a_version_that_no_worker_holds() {
        let lost = Head { version: 5_000, next_seq: Seq(15), open: None, daily: Some(Day(20_000)) }.committing(5);
        let recovered = Head::default().recovering(15).recovering(5);
        assert!(recovered.version > lost.closing().version + 100_000);
        assert_eq!((recovered.next_seq, recovered.open), (Seq(20), None));
        let rewound = lost.rewound(Seq(15));
        assert!(rewound.version > lost.version + 100_000 && rewound.next_seq == Seq(15) && rewound.open.is_none());
    }
}
