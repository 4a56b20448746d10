//! The record of a segment: one immutable Parquet file of one org and one UTC month.

use crate::day_rows::DayRows;
use crate::event::EventResult;
use crate::id::EventId;
use crate::leaf::{Salt, Seed};
use crate::order::Order;
use crate::org::OrgId;
use crate::seq::{Seq, SeqRun};
use crate::sha256::Sha256;
use crate::span::Span;
use crate::stats::Count;
use crate::time::{Day, Month, UnixMicros};
#[cfg(doc)]
use crate::tree::CompactRange;

/// The version of the stored format. Raised by a change after which older files or Bloom filters return wrong results;
/// a new column or a new value of a closed set is not such a change.
///
/// Version 1 only lower-cased e-mail addresses, and had no canonical IP addresses. Version 2 had a segment for each day.
pub const FORMAT: u32 = 3;

/// The ledger's record of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRecord {
    /// The UTC month of its events.
    pub month: Month,
    /// The lowest sequence number of its rows.
    pub first_seq: Seq,
    /// The merge that wrote it; 0 for a pass.
    pub merge: u64,
    /// Its rows.
    pub rows: u64,
    /// The runs of its sequence numbers, in ascending order; empty if its rows are one run, as those of a pass are.
    pub runs: Vec<SeqRun>,
    /// How many ranges its footer lists: at least as many as there are runs.
    pub ranges: u32,
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
    /// Its rows by UTC day, and how many of them failed.
    pub days: DayRows,
    /// Its distinct actions; `None` for too many to list.
    pub actions: Option<Vec<String>>,
    /// Its distinct categories.
    pub categories: Vec<String>,
}

/// A staged object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// Its key.
    pub key: String,
    /// Its entity tag, so that no other object can be copied in its place.
    pub etag: String,
    /// When it was staged: before its segment was committed, and by the same run of a worker.
    pub at: UnixMicros,
}

/// The name of a segment inside its org.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentName {
    /// The UTC month of its events.
    pub month: Month,
    /// The lowest sequence number of its rows.
    pub first_seq: Seq,
    /// The merge that wrote it; 0 for a pass.
    pub merge: u64,
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
        SegmentName { month: self.month, first_seq: self.first_seq, merge: self.merge }
    }

    /// Returns the runs of its sequence numbers, in ascending order.
    pub fn seqs(&self) -> impl Iterator<Item = SeqRun> {
        let one = SeqRun { first: self.first_seq, rows: self.rows };
        self.runs.is_empty().then_some(one).into_iter().chain(self.runs.iter().copied())
    }

    /// Reports whether its runs of sequence numbers have its rows, and the lowest one is its first.
    pub fn has_its_runs(&self) -> bool {
        let starts = self.runs.first().is_none_or(|run| run.first == self.first_seq);
        let is_one = self.runs.len() != 1;
        starts && is_one && self.seqs().map(|run| run.rows).sum::<u64>() == self.rows
    }

    /// Returns the positions from its first to its last event.
    pub fn span(&self) -> Span {
        Span::ALL.through(self.first, Order::Newest).through(self.last, Order::Oldest)
    }

    /// Reports whether a span may contain an event of the segment: one of the days that have rows overlaps it.
    ///
    /// # Guarantees
    /// Never `false` for a span that contains one.
    pub fn overlaps(&self, span: Span) -> bool {
        let within = self.span().and(span);
        !within.is_empty() && self.days.iter().any(|(day, _)| !Span::of_days(day, day).and(within).is_empty())
    }

    /// Reports whether the event at a position may be one of the segment's.
    ///
    /// # Guarantees
    /// Never `false` for one that is.
    pub fn may_contain(&self, id: EventId) -> bool {
        (self.first..=self.last).contains(&id) && self.days.of(id.occurred_at().day()) > 0
    }

    /// Reports whether it may have an event with this result.
    ///
    /// # Guarantees
    /// Never `false` for a segment that has one, also if a newer version wrote it with results that are not known here.
    pub fn may_have_result(&self, result: &EventResult) -> bool {
        let failed = self.days.failed();
        match result {
            result if *result == EventResult::FAILED => failed > 0,
            result if *result == EventResult::SUCCEEDED => failed < self.rows,
            _ => true,
        }
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
        let days = self.days.iter().count() * size_of::<(Day, Count)>();
        512 + texts + days + actions + self.runs.len() * size_of::<SeqRun>()
    }
}

/// What the footer of a segment states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// The org.
    pub org_id: OrgId,
    /// The lowest sequence number of its rows.
    pub first_seq: Seq,
    /// The rows.
    pub rows: u64,
    /// The batch or merge that wrote it.
    pub written_by: WrittenBy,
    /// Its place among the segments of the batch or merge, from 0.
    pub index: u64,
    /// The totals of the batch or merge; only in its last segment.
    pub totals: Option<Totals>,
    /// The raw bytes of the rows, from which a merge knows how many segments it will write.
    pub raw_bytes: u64,
    /// The sequence numbers of its rows, in ascending order; a segment of a batch has one range.
    pub ranges: Vec<SegmentRange>,
}

/// What wrote a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenBy {
    /// The batch that begins at this number.
    Batch(Seq),
    /// The merge with this number.
    Merge(u64),
}

impl WrittenBy {
    /// Returns the number of the merge; 0 for a batch.
    pub fn merge(self) -> u64 {
        match self {
            Self::Batch(_) => 0,
            Self::Merge(number) => number,
        }
    }
}

/// Rows of a segment with consecutive sequence numbers, as its footer states them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRange {
    /// The sequence number of the first row.
    pub first_seq: Seq,
    /// The rows.
    pub rows: u64,
    /// What the salts of its rows are derived from; `None` if each row stores its own.
    pub seed: Option<Seed>,
    /// The digest of the leaves of its rows, see [`CompactRange::digest`].
    pub digest: Sha256,
}

impl SegmentRange {
    /// Returns the salt of the row with the number `seq`, which may store one itself; `None` for none or an invalid one.
    pub fn salt(&self, seq: Seq, stored: Option<&[u8]>) -> Option<Salt> {
        match stored {
            Some(bytes) => Salt::from_stored(bytes),
            None => Some(self.seed.as_ref()?.salt(seq)),
        }
    }
}

/// The totals of a batch or merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sha256::Sha256;

    fn at(text: &str) -> EventId {
        EventId::first_at(text.parse().unwrap())
    }

    /// A segment with rows on two days of November.
    fn segment() -> SegmentRecord {
        let (first, last) = (at("2026-11-03T10:00:00Z"), at("2026-11-19T12:00:00Z"));
        let month = first.occurred_at().day().month();
        SegmentRecord {
            month,
            first_seq: Seq(0),
            merge: 0,
            rows: 5,
            runs: Vec::new(),
            ranges: 1,
            bytes: 1,
            sha256: Sha256([0; 32]),
            tail: Tail { bytes: 1, crc32c: 0 },
            key: String::new(),
            staged: None,
            first,
            last,
            days: DayRows::from_text(month, "03:2 19:3").unwrap(),
            actions: None,
            categories: Vec::new(),
        }
    }

    #[test]
    fn a_span_without_a_day_that_has_rows_does_not_overlap_a_segment() {
        let overlaps = |from: &str, to: &str| {
            segment().overlaps(Span::between(Some(from.parse().unwrap()), Some(to.parse().unwrap())))
        };
        assert!(segment().overlaps(Span::ALL) && overlaps("2026-11-03T10:00:00Z", "2026-11-03T10:00:00.000001Z"));
        assert!(overlaps("2026-11-03T23:59:59Z", "2026-11-04T00:00:00Z"), "a day is one number");
        assert!(overlaps("2026-11-18T00:00:00Z", "2026-11-19T00:00:00.000001Z"));
        assert!(!overlaps("2026-11-04T00:00:00Z", "2026-11-19T00:00:00Z"), "no day of it has rows");
        assert!(!overlaps("2026-11-03T00:00:00Z", "2026-11-03T10:00:00Z"), "its first row is later");
        assert!(!overlaps("2026-11-19T12:00:00.000001Z", "2026-11-20T00:00:00Z"), "its last row is earlier");
        assert!(!overlaps("2026-11-19T01:00:00Z", "2026-11-19T01:00:00Z"));
    }

    #[test]
    fn a_result_that_no_row_has_is_not_in_a_segment_and_an_unknown_one_may_be() {
        let may_have = |days: &str, result: EventResult| {
            let days = DayRows::from_text(segment().month, days).unwrap();
            SegmentRecord { rows: days.total(), days, ..segment() }.may_have_result(&result)
        };
        for (days, failed, succeeded) in
            [("03:2 19:3", false, true), ("03:2 19:3/1", true, true), ("03:2/2 19:3/3", true, false)]
        {
            assert_eq!(may_have(days, EventResult::FAILED), failed, "{days}");
            assert_eq!(may_have(days, EventResult::SUCCEEDED), succeeded, "{days}");
            assert!(may_have(days, EventResult::from_stored("partly".to_owned())), "{days}");
        }
    }

    #[test]
    fn a_segment_may_contain_the_positions_of_its_days_from_its_first_to_its_last_row() {
        for (text, may) in [
            ("2026-11-03T09:59:59Z", false),
            ("2026-11-03T10:00:00Z", true),
            ("2026-11-03T23:59:59.999999Z", true),
            ("2026-11-04T00:00:00Z", false),
            ("2026-11-19T00:00:00Z", true),
            ("2026-11-19T12:00:00Z", true),
            ("2026-11-19T12:00:00.000001Z", false),
        ] {
            assert_eq!(segment().may_contain(at(text)), may, "{text}");
        }
    }
}
