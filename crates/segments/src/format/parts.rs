//! The ranges of a file under construction, with the leaves of the rows that it contains of each.

use std::collections::BTreeMap;

use audit_core::{CompactRange, Seed, SegmentRange, Seq, Sha256, limits::SEGMENT_RANGES, tree::NotAdjacent};

/// Parts of ranges, by the first number of the range that they are a part of. A file of a pass has one whole range.
#[derive(Debug, Default)]
pub(super) struct Parts(BTreeMap<Seq, (Option<Seed>, CompactRange)>);

impl Parts {
    /// Reports whether the file takes a row of the range that begins at `range`.
    pub(super) fn takes(&self, range: Seq) -> bool {
        self.0.len() < SEGMENT_RANGES || self.0.contains_key(&range)
    }

    /// Adds the leaf of a row of the range that begins at `range`. The rows of a range come in the order of their
    /// numbers.
    ///
    /// # Errors
    /// The file does not contain the row before it, but one before that.
    pub(super) fn push(&mut self, range: Seq, seed: Option<Seed>, seq: Seq, leaf: Sha256) -> Result<(), NotAdjacent> {
        let (_, part) = self.0.entry(range).or_insert_with(|| (seed, CompactRange::new(seq)));
        if part.end() != seq {
            return Err(NotAdjacent { expected: part.end(), found: seq });
        }
        part.push(leaf);
        Ok(())
    }

    /// Returns the ranges as the footer states them.
    pub(super) fn ranges(&self) -> Vec<SegmentRange> {
        let range = |(seed, part): &(Option<Seed>, CompactRange)| SegmentRange {
            first_seq: part.first(),
            rows: part.rows(),
            seed: *seed,
            digest: part.digest(),
        };
        self.0.values().map(range).collect()
    }

    /// Returns the leaves of each range.
    pub(super) fn into_leaves(self) -> Vec<CompactRange> {
        self.0.into_values().map(|(_, part)| part).collect()
    }
}
