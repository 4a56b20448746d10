//! I-3 for merges: the ranges of the targets are those of the sources, with the same leaves.
//!
//! A target contains the rows between two ids, and the numbers of a range ascend with the ids. So a range that several
//! targets share is divided into parts with consecutive numbers, and the leaves of the parts join to those of the range.

use crate::invariants::{Invariant, Violation, range_unchanged};
use crate::segment::SegmentRange;
use crate::tree::CompactRange;

/// I-3: the leaves of the targets, part by part in any order, join to the digests of the sources' ranges.
///
/// # Errors
/// A row is missing, was added, is in two targets, or differs.
pub fn ranges_are_kept(sources: &[SegmentRange], mut parts: Vec<CompactRange>) -> Result<(), Violation> {
    let violated = |what: String| Violation { invariant: Invariant::PublishedFirst, what };
    let mut sources: Vec<_> = sources.iter().collect();
    sources.sort_by_key(|range| range.first_seq);
    parts.sort_by_key(CompactRange::first);
    let mut parts = parts.iter().peekable();
    for range in sources {
        let mut joined = CompactRange::new(range.first_seq);
        while let Some(part) = parts.next_if(|part| part.first() < range.first_seq.plus(range.rows)) {
            joined.extend(part).map_err(|error| violated(format!("the targets of a merge: {error}")))?;
        }
        range_unchanged(range, &joined)?;
    }
    match parts.next() {
        None => Ok(()),
        Some(part) => Err(violated(format!("no source has the rows from {} on of a target", part.first()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seq::Seq;
    use crate::sha256::Sha256;

    fn leaves(rows: std::ops::Range<u64>) -> CompactRange {
        let mut leaves = CompactRange::new(Seq(rows.start));
        rows.for_each(|row| leaves.push(Sha256::of(&row.to_be_bytes())));
        leaves
    }

    fn range(rows: std::ops::Range<u64>) -> SegmentRange {
        let digest = leaves(rows.clone()).digest();
        SegmentRange { first_seq: Seq(rows.start), rows: rows.end - rows.start, seed: None, digest }
    }

    #[test]
    fn parts_of_ranges_in_any_order_join_to_the_ranges() {
        let sources = [range(20..31), range(3..17), range(17..18)];
        assert!(ranges_are_kept(&sources, vec![leaves(20..31), leaves(3..17), leaves(17..18)]).is_ok());
        let parts = vec![leaves(8..17), leaves(21..31), leaves(17..18), leaves(3..4), leaves(20..21), leaves(4..8)];
        assert!(ranges_are_kept(&sources, parts).is_ok());
    }

    #[test]
    fn rows_that_are_missing_doubled_added_or_different_are_found() {
        let sources = [range(3..17), range(20..31)];
        for (what, parts) in [
            ("a range is missing", vec![leaves(3..17)]),
            ("the last row is missing", vec![leaves(3..17), leaves(20..30)]),
            ("the first row is missing", vec![leaves(4..17), leaves(20..31)]),
            ("a row in between is missing", vec![leaves(3..9), leaves(10..17), leaves(20..31)]),
            ("a row is doubled", vec![leaves(3..9), leaves(8..17), leaves(20..31)]),
            ("a part is doubled", vec![leaves(3..17), leaves(3..17), leaves(20..31)]),
            ("a row is added", vec![leaves(3..18), leaves(20..31)]),
            ("a range is added", vec![leaves(3..17), leaves(20..31), leaves(40..41)]),
            ("nothing is left", vec![]),
        ] {
            assert!(ranges_are_kept(&sources, parts).is_err(), "{what}");
        }
        let mut changed = leaves(3..16);
        changed.push(Sha256::of(b"another row"));
        assert!(ranges_are_kept(&sources, vec![changed, leaves(20..31)]).is_err());
    }
}
