//! The ledger of an org: its head, its batches, and how the head may change.

use std::fmt;

use serde::Serialize;

use crate::segment::SegmentRecord;
use crate::time::{Day, Month};

/// The number of a row in its org's archive: dense from 0, in commit order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// The number `rows` further on.
    pub fn plus(self, rows: u64) -> Self {
        Self(self.0 + rows)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far an open batch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// In the ledger; its segments may still be on their way to their final keys, so no reader looks at them.
    Committed,
    /// All its segments stand under their final keys; its hot rows may still be on their way out.
    Published,
}

/// The batch that a pass has not finished yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenBatch {
    /// Its first sequence number: its name.
    pub first_seq: Seq,
    /// How far it has come.
    pub phase: Phase,
}

/// How much a recovered batch raises the version: more than it and all days without one can have raised it before, three
/// a batch and one a day. So no worker that read the lost ledger holds a version that the recovered one takes.
const VERSIONS_APART: u64 = 1_000_000;

/// The one item that all workers and readers of an org agree on.
///
/// *Guarantees*: written only under the condition that its version is the one that was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// Raised by every write.
    pub version: u64,
    /// The sequence number of the next row.
    pub next_seq: Seq,
    /// The batch to finish before another may begin.
    pub open: Option<OpenBatch>,
    /// The last UTC day on which the past days were archived.
    pub daily: Option<Day>,
}

impl Head {
    /// Which making of the ledger it belongs to: whatever was read of another one may be wrong now.
    pub fn generation(&self) -> u64 {
        self.version / VERSIONS_APART
    }

    /// The sequence number below which segments are readable.
    pub fn visible_seq(&self) -> Seq {
        match self.open {
            Some(OpenBatch { first_seq, phase: Phase::Committed }) => first_seq,
            _ => self.next_seq,
        }
    }

    /// The head that commits a batch of `rows`.
    pub fn committing(&self, rows: u64) -> Self {
        let open = OpenBatch { first_seq: self.next_seq, phase: Phase::Committed };
        Self { version: self.version + 1, next_seq: self.next_seq.plus(rows), open: Some(open), ..*self }
    }

    /// The head after the open batch was published.
    pub fn publishing(&self) -> Self {
        let open = self.open.map(|open| OpenBatch { phase: Phase::Published, ..open });
        Self { version: self.version + 1, open, ..*self }
    }

    /// The head after the open batch's hot rows are gone.
    pub fn closing(&self) -> Self {
        Self { version: self.version + 1, open: None, ..*self }
    }

    /// The head after a batch of `rows` was found published.
    pub fn recovering(&self, rows: u64) -> Self {
        Self {
            version: self.version + VERSIONS_APART,
            next_seq: self.next_seq.plus(rows),
            open: None,
            daily: self.daily,
        }
    }

    /// The head before the batches from `next_seq` on, of a ledger that will be recovered from there.
    pub fn rewound(&self, next_seq: Seq) -> Self {
        Self { version: self.version + VERSIONS_APART, next_seq, open: None, daily: self.daily }
    }

    /// The head after the past days were archived on `today`.
    pub fn after_daily(&self, today: Day) -> Self {
        Self { version: self.version + 1, daily: Some(today), ..*self }
    }
}

/// The ledger's record of one archive commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRecord {
    /// Its first sequence number: its name.
    pub first_seq: Seq,
    /// Its rows.
    pub rows: u64,
    /// Its segments, in the order of their sequence numbers.
    pub segments: Vec<SegmentName>,
}

/// The name of a segment inside its org.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentName {
    /// The UTC day of its events.
    pub dt: Day,
    /// The sequence number of its first row.
    pub first_seq: Seq,
}

impl BatchRecord {
    /// The batch of these segments, which tile it in order.
    pub fn of(first_seq: Seq, segments: &[SegmentRecord]) -> Self {
        let names = segments.iter().map(|segment| SegmentName { dt: segment.dt, first_seq: segment.first_seq });
        Self { first_seq, rows: segments.iter().map(|segment| segment.rows).sum(), segments: names.collect() }
    }

    /// The months whose segments it adds to.
    pub fn months(&self) -> impl Iterator<Item = Month> {
        self.segments.iter().map(|name| name.dt.month())
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
