//! Merges in the ledger of an org: their records, the transitions of the head, and which segments readers use.
//!
//! ```text
//! none ──> decided ──> switched ──> none      readers use the targets from switched on; the sources are deleted after it
//!             └──────> abandoned ──> none     readers use the sources throughout; the targets are deleted
//! ```
//!
//! The targets are in the ledger from decided on, and the sources until none. So no item that a reader lists changes when
//! readers switch: only the head does, and [`Visible`] is a function of the head.

use crate::claim::SealedClaim;
use crate::ledger::Head;
use crate::segment::{SegmentName, SegmentRecord};
use crate::seq::Seq;
use crate::sha256::Sha256;
use crate::time::{Month, UnixMicros};

/// The phase of an open merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergePhase {
    /// In the ledger. Some targets may not be copied to their final keys yet, so no reader reads them.
    Decided,
    /// Readers use the targets. Some sources may not be deleted yet.
    Switched,
    /// It ended without having been switched: readers use the sources. Some targets may not be deleted yet.
    Abandoned,
}

/// The merge that is not finished yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenMerge {
    /// Its number.
    pub number: u64,
    /// Its phase.
    pub phase: MergePhase,
    /// When the phase was decided.
    pub since: UnixMicros,
}

/// The record of one merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeRecord {
    /// Its number: dense from 1, in the order of the decisions, and never used again.
    pub number: u64,
    /// The month of its segments.
    pub month: Month,
    /// The segments that it replaces, in the order of their names.
    pub sources: Vec<MergeSource>,
    /// The segments that replace them, in the order in which they were written.
    pub targets: Vec<SegmentName>,
    /// The rows of the sources, which are those of the targets.
    pub rows: u64,
    /// When it was decided.
    pub decided_at: UnixMicros,
}

/// A segment that a merge replaces: all that is needed to delete its object and its item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeSource {
    /// Its name.
    pub name: SegmentName,
    /// The key of its object.
    pub key: String,
    /// The digest of its bytes.
    pub sha256: Sha256,
}

impl MergeSource {
    /// Returns the source that a segment is.
    pub fn of(segment: &SegmentRecord) -> Self {
        Self { name: segment.name(), key: segment.key.clone(), sha256: segment.sha256 }
    }
}

/// The transitions of a merge.
impl Head {
    /// Returns the number of the next merge. An abandoned merge keeps its number.
    pub fn next_merge(&self) -> u64 {
        self.merges + 1
    }

    /// Returns the head that decides the next merge at `at`.
    pub fn deciding_merge(&self, at: UnixMicros, claim: &SealedClaim) -> Self {
        let number = self.next_merge();
        let merge = OpenMerge { number, phase: MergePhase::Decided, since: at };
        Self { merges: number, merge: Some(merge), ..self.deciding(claim) }
    }

    /// Returns the head with which readers switch to the targets of the open merge at `at`.
    pub fn switching(&self, at: UnixMicros, claim: &SealedClaim) -> Self {
        let merge = self.merge.map(|merge| OpenMerge { phase: MergePhase::Switched, since: at, ..merge });
        let merged = merge.map_or(self.merged, |merge| merge.number);
        Self { merge, merged, ..self.deciding(claim) }
    }

    /// Returns the head after the open merge, which was never switched, was abandoned at `at`.
    pub fn abandoning(&self, at: UnixMicros, claim: &SealedClaim) -> Self {
        let merge = self.merge.map(|merge| OpenMerge { phase: MergePhase::Abandoned, since: at, ..merge });
        Self { merge, ..self.deciding(claim) }
    }

    /// Returns the head after the sources of a switched merge, or the targets of an abandoned one, were deleted.
    ///
    /// # Guarantees
    /// Their items have to be deleted before this head is written: it shows all segments of the merge that are listed.
    pub fn ending_merge(&self) -> Self {
        Self { version: self.version + 1, merge: None, ..self.clone() }
    }

    /// Returns the merge whose sources may still be in the ledger, though readers use its targets.
    pub fn switched(&self) -> Option<u64> {
        self.merge.filter(|merge| merge.phase == MergePhase::Switched).map(|merge| merge.number)
    }
}

/// Which segments readers use, as of one head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visible {
    /// Segments of batches from this number on are not visible.
    pub seq: Seq,
    /// Segments of later merges are not visible.
    pub merged: u64,
    /// The sources of the switched merge.
    hidden: Vec<SegmentName>,
}

impl Visible {
    /// Returns what `head` shows. `switched` is the record of the merge [`Head::switched`].
    pub fn of(head: &Head, switched: Option<&MergeRecord>) -> Self {
        let record = switched.filter(|record| head.switched() == Some(record.number));
        let hidden = record.into_iter().flat_map(|record| &record.sources).map(|source| source.name);
        Self { seq: head.visible_seq(), merged: head.merged, hidden: hidden.collect() }
    }

    /// Reports whether readers use the segment with a name that is in the ledger.
    ///
    /// # Guarantees
    /// The segments of one head that it shows contain each row below its number exactly once (I-2, I-4).
    pub fn shows(&self, name: SegmentName) -> bool {
        let is_in_effect = if name.merge == 0 { name.first_seq < self.seq } else { name.merge <= self.merged };
        is_in_effect && !self.hidden.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Day;

    const MONTH: fn() -> Month = || Day(20_000).month();

    fn at(us: i64) -> UnixMicros {
        UnixMicros::new(us)
    }

    fn claim(number: u64) -> SealedClaim {
        SealedClaim { number, bytes: number.to_string().into_bytes() }
    }

    fn name(first_seq: u64, merge: u64) -> SegmentName {
        SegmentName { month: MONTH(), first_seq: Seq(first_seq), merge }
    }

    fn head() -> Head {
        Head { version: 4, next_seq: Seq(30), claims: 2, claim: Some(claim(1).sha256()), ..Head::default() }
    }

    fn record(number: u64, sources: &[SegmentName]) -> MergeRecord {
        let source = |name: &SegmentName| MergeSource { name: *name, key: String::new(), sha256: Sha256([0; 32]) };
        MergeRecord {
            number,
            month: MONTH(),
            sources: sources.iter().map(source).collect(),
            targets: vec![name(0, number)],
            rows: 20,
            decided_at: at(1),
        }
    }

    /// Which of two sources of a merge, another segment, and its target a head shows.
    fn shown(head: &Head, record: Option<&MergeRecord>) -> [bool; 4] {
        let visible = Visible::of(head, record);
        [name(0, 0), name(10, 0), name(20, 0), name(0, 1)].map(|name| visible.shows(name))
    }

    #[test]
    fn readers_use_the_sources_until_the_merge_is_switched_and_its_targets_from_then_on() {
        let record = record(1, &[name(0, 0), name(10, 0)]);
        let decided = head().deciding_merge(at(1), &claim(2));
        assert_eq!((decided.version, decided.claims, decided.merged, decided.merges), (5, 3, 0, 1));
        assert_eq!((shown(&decided, None), decided.switched()), ([true, true, true, false], None));
        let switched = decided.switching(at(2), &claim(3));
        assert_eq!((switched.claims, switched.merged, switched.switched()), (4, 1, Some(1)));
        assert_eq!(switched.merge, Some(OpenMerge { number: 1, phase: MergePhase::Switched, since: at(2) }));
        assert_eq!(shown(&switched, Some(&record)), [false, false, true, true]);
        let ended = switched.ending_merge();
        assert_eq!((ended.merge, ended.merged, ended.claims, ended.version), (None, 1, 4, 7));
    }

    #[test]
    fn an_abandoned_merge_is_never_seen_and_keeps_its_number() {
        let abandoned = head().deciding_merge(at(1), &claim(2)).abandoning(at(2), &claim(3));
        assert_eq!((abandoned.merged, abandoned.claims, abandoned.switched()), (0, 4, None));
        assert_eq!(shown(&abandoned, None), [true, true, true, false]);
        let next = abandoned.ending_merge().deciding_merge(at(3), &claim(4));
        assert_eq!((next.merge.unwrap().number, next.merges), (2, 2));
    }

    #[test]
    fn a_batch_that_is_committed_while_a_merge_is_switched_stays_hidden_until_it_is_published() {
        let record = record(1, &[name(0, 0), name(10, 0)]);
        let switched = head().deciding_merge(at(1), &claim(2)).switching(at(2), &claim(3));
        let (home, log_id) = (Default::default(), crate::LogId::new([7; 16]));
        let committed = switched.committing(5, &home, log_id, &claim(4));
        let shows = |head: &Head| Visible::of(head, Some(&record)).shows(name(30, 0));
        assert!(!shows(&committed) && shows(&committed.publishing(&Default::default(), &claim(5))));
        assert_eq!(committed.merge, switched.merge);
    }

    #[test]
    fn a_merge_of_targets_hides_them() {
        let first = head().deciding_merge(at(1), &claim(2)).switching(at(2), &claim(3)).ending_merge();
        let second = first.deciding_merge(at(3), &claim(4));
        let of = |head: &Head| {
            let visible = Visible::of(head, Some(&record(2, &[name(0, 1), name(20, 0)])));
            [name(0, 1), name(20, 0), name(0, 2)].map(|name| visible.shows(name))
        };
        assert_eq!(of(&second), [true, true, false]);
        assert_eq!(of(&second.switching(at(4), &claim(5))), [false, false, true]);
    }
}
