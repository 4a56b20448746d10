//! The predicates about merges, and about segments that a batch or a merge wrote.

use std::collections::HashSet;

use super::Invariant::{DenseNumbers, ObjectsUnchanged, PublishedFirst};
use super::{Violation, check};
use crate::claim::ClaimedMerge;
use crate::ledger::BatchRecord;
use crate::merge::{MergeRecord, MergeSource, Visible};
use crate::org::OrgId;
use crate::segment::{Footer, SegmentName, SegmentRecord, Totals, WrittenBy};
use crate::seq::SeqRun;

/// The segments that one batch or merge wrote.
#[derive(Debug, Clone, Copy)]
pub enum Siblings<'a> {
    /// Those of a batch.
    Batch(&'a BatchRecord),
    /// Those of a merge.
    Merge(&'a MergeRecord),
}

impl<'a> Siblings<'a> {
    /// Returns their names, in the order in which they were written.
    pub fn names(self) -> &'a [SegmentName] {
        match self {
            Self::Batch(batch) => &batch.segments,
            Self::Merge(merge) => &merge.targets,
        }
    }

    fn written_by(self) -> WrittenBy {
        match self {
            Self::Batch(batch) => WrittenBy::Batch(batch.first_seq),
            Self::Merge(merge) => WrittenBy::Merge(merge.number),
        }
    }

    fn totals(self) -> Totals {
        let rows = match self {
            Self::Batch(batch) => batch.rows,
            Self::Merge(merge) => merge.rows,
        };
        Totals { rows, segments: self.names().len() as u64 }
    }
}

/// I-5: the footer states the segment's org, rows and place, and the ranges that make up its runs of sequence numbers. A
/// segment of a batch has one range.
///
/// The last segment of a batch or merge has totals. The last one in the ledger may have none, if the rest of its batch was
/// never published.
pub fn footer_agrees(
    org_id: &OrgId,
    siblings: Siblings<'_>,
    segment: &SegmentRecord,
    footer: &Footer,
) -> Result<(), Violation> {
    let runs = footer.ranges.iter().map(|range| SeqRun { first: range.first_seq, rows: range.rows });
    let has_its_ranges = SeqRun::joined(runs).into_iter().eq(segment.seqs())
        && footer.ranges.len() == segment.ranges as usize
        && (segment.merge > 0 || footer.ranges.len() == 1);
    let names = siblings.names();
    let index = names.iter().position(|name| *name == segment.name());
    let is_last = index.is_some_and(|index| index + 1 == names.len());
    let expected = Footer {
        org_id: org_id.clone(),
        first_seq: segment.first_seq,
        rows: segment.rows,
        written_by: siblings.written_by(),
        index: index.map_or(u64::MAX, |index| index as u64),
        totals: footer.totals.and(is_last.then_some(siblings.totals())),
        raw_bytes: footer.raw_bytes,
        ranges: footer.ranges.clone(),
    };
    check(ObjectsUnchanged, has_its_ranges && *footer == expected, || {
        let place = match siblings.written_by() {
            WrittenBy::Batch(first_seq) => format!("batch {first_seq}"),
            WrittenBy::Merge(number) => format!("merge {number}"),
        };
        format!("the footer of {} does not match its place in {place}", segment.key)
    })
}

/// I-4: a batch or a merge of the ledger lists a segment.
pub fn segment_has_writer(names: &HashSet<SegmentName>, segment: &SegmentRecord) -> Result<(), Violation> {
    check(DenseNumbers, names.contains(&segment.name()), || {
        format!("no batch or merge lists the segment {}", segment.key)
    })
}

/// I-4: the sequence numbers of the visible segments, in any order, tile `[0, visible)`: each row is in one of them.
pub fn visible_segments_tile<'a>(
    visible: &Visible,
    segments: impl IntoIterator<Item = &'a SegmentRecord>,
) -> Result<(), Violation> {
    let shown = segments.into_iter().filter(|segment| visible.shows(segment.name()));
    let mut runs: Vec<_> = shown.flat_map(SegmentRecord::seqs).map(|run| (run.first, run.rows)).collect();
    runs.sort_unstable();
    super::tile(&runs, super::Seq(0), visible.seq)
}

/// I-3: the targets of a merge have the months and the sequence numbers of its sources, each once.
pub fn merge_keeps_rows(sources: &[&SegmentRecord], targets: &[SegmentRecord]) -> Result<(), Violation> {
    let runs = |segments: &mut dyn Iterator<Item = &SegmentRecord>| {
        let mut runs: Vec<_> = segments.flat_map(|segment| segment.seqs()).collect();
        runs.sort_unstable();
        SeqRun::joined(runs)
    };
    let mut all = sources.iter().copied().chain(targets);
    let month = all.next().map(|segment| segment.month);
    let is_one_month = all.all(|segment| Some(segment.month) == month);
    let keeps = runs(&mut sources.iter().copied()) == runs(&mut targets.iter());
    check(PublishedFirst, is_one_month && keeps, || "a merge does not keep the rows of its segments".to_owned())
}

/// I-5: a merge replaces at least two segments that are in the ledger, each as it is there; returns their records.
pub fn merge_replaces<'a>(
    segments: impl Fn(SegmentName) -> Option<&'a SegmentRecord>,
    sources: &[MergeSource],
) -> Result<Vec<&'a SegmentRecord>, Violation> {
    let found = |source: &MergeSource| segments(source.name).filter(|segment| MergeSource::of(segment) == *source);
    let found: Option<Vec<_>> = sources.iter().map(found).collect();
    let ascend = sources.windows(2).all(|pair| pair[0].name < pair[1].name);
    let found = found.filter(|found| found.len() >= 2 && ascend);
    found.ok_or_else(|| Violation {
        invariant: ObjectsUnchanged,
        what: "a merge replaces a segment that is not in the ledger".to_owned(),
    })
}

/// I-5: the targets of a merge have its number and keys of their own: none is an object of a source or of another target.
pub fn targets_are_new(merge: &ClaimedMerge) -> Result<(), Violation> {
    let mut keys: HashSet<&str> = merge.sources.iter().map(|source| source.key.as_str()).collect();
    let is_new = |target: &SegmentRecord| target.merge == merge.number && merge.number > 0;
    let are_new = merge.targets.iter().all(is_new)
        && merge.targets.iter().all(|target| keys.insert(&target.key))
        && merge.targets.iter().map(SegmentRecord::name).collect::<HashSet<_>>().len() == merge.targets.len();
    check(ObjectsUnchanged, are_new, || format!("a target of merge {} is another segment's object", merge.number))
}
