//! Which segments of a month are merged, decided without I/O.
//!
//! A merge takes the smallest segments of a month, as many as it can. The largest of them is at most four times the others
//! together, so each merge makes the segment of a row at least a fourth larger, and a row is written O(log n) times. A
//! segment of half the full size is left as it is: a late event does not write it again.

use std::time::Duration;

use audit_core::limits::{SEGMENT_RANGES, SEGMENT_RAW_BYTES, SEGMENT_ROWS};
use audit_core::{Month, SegmentRecord, UnixMicros};

/// Sources of one merge.
const SOURCES: usize = 64;
/// Targets of one merge.
const TARGETS: u64 = 8;
/// The most that the largest source can be of the others together.
const LARGEST: u64 = 4;
/// How old a source is at least. No worker lives that long that may still copy it.
const AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a month has been over before its segments are merged, unless there are many: late events come until then.
const MONTH_OVER: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// Small segments that are merged before their month is over.
const MANY: usize = 64;
/// Bytes of a file beside its rows.
const FILE_BYTES: u64 = 16 * 1024;
/// Bytes for which a row counts beside its own, so that a segment with the most rows, or the most raw bytes, is full.
const ROW_BYTES: u64 = SEGMENT_RAW_BYTES.div_ceil(SEGMENT_ROWS);

/// What a segment adds to a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Size {
    /// Its rows and raw bytes. Rows of [`SEGMENT_RAW_BYTES`] fill one segment, or more if both limits are met.
    bytes: u64,
    ranges: u64,
}

impl Size {
    /// The size of a segment whose raw bytes are not known: they are at least those of its file.
    fn recorded(segment: &SegmentRecord) -> Self {
        Self::of(segment, segment.bytes.saturating_sub(FILE_BYTES))
    }

    /// The size of a segment with these raw bytes.
    pub(crate) fn of(segment: &SegmentRecord, raw_bytes: u64) -> Self {
        Self { bytes: segment.rows * ROW_BYTES + raw_bytes, ranges: segment.ranges.into() }
    }

    fn is_small(self) -> bool {
        self.bytes < SEGMENT_RAW_BYTES / 2 && self.ranges <= SEGMENT_RANGES as u64 / 2
    }
}

/// Returns the sources of the next merge of a month, the smallest first; empty for none.
///
/// `segments` are those of the month that readers use.
pub(crate) fn sources(month: Month, mut segments: Vec<SegmentRecord>, now: UnixMicros) -> Vec<SegmentRecord> {
    let is_old = |segment: &SegmentRecord| segment.staged.as_ref().is_none_or(|staged| staged.at.plus(AGE) <= now);
    segments.retain(|segment| is_old(segment) && Size::recorded(segment).is_small());
    let is_over = month.next().first_day().start().plus(MONTH_OVER) <= now;
    if !is_over && segments.len() < MANY {
        return Vec::new();
    }
    segments.sort_by_key(|segment| (Size::recorded(segment).bytes, segment.first_seq));
    let sizes: Vec<_> = segments.iter().map(Size::recorded).collect();
    segments.truncate(fitting(&sizes));
    segments
}

/// Returns how many of the segments of these sizes, the smallest first, are merged: the most that are allowed; 0 for none.
///
/// # Guarantees
/// They become fewer, at most [`TARGETS`], and none has more than [`SEGMENT_RANGES`] ranges.
pub(crate) fn fitting(sizes: &[Size]) -> usize {
    let (mut bytes, mut ranges, mut most) = (0, 0, 0);
    for (count, size) in (1..).zip(sizes.iter().take(SOURCES)) {
        let others = bytes;
        bytes += size.bytes;
        ranges += size.ranges;
        // Each full target takes at least this many of the bytes.
        let targets = bytes / SEGMENT_RAW_BYTES + 1;
        if targets > TARGETS || ranges > SEGMENT_RANGES as u64 {
            break;
        }
        if size.bytes <= LARGEST * others && targets < count {
            most = count as usize;
        }
    }
    most
}

#[cfg(test)]
mod tests;
