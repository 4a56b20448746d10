//! The leaves of a segment's rows, computed as rows are read, and compared with the digests in its footer.

use crate::invariants::{Violation, range_unchanged, row_has_leaf};
use crate::leaf::LeafFields;
use crate::segment::SegmentRange;
use crate::seq::Seq;
use crate::sha256::Sha256;
use crate::tree::CompactRange;

/// The leaves of the rows that were read so far, range by range.
///
/// # Guarantees
/// Keeps no leaf, only the roots of complete subtrees. The ranges may be interleaved; the rows of each range come in the
/// order of their numbers, since both ascend with the id.
#[derive(Debug)]
pub struct SegmentLeaves<'a> {
    ranges: &'a [SegmentRange],
    found: Vec<CompactRange>,
}

impl<'a> SegmentLeaves<'a> {
    /// Begins a segment with these ranges, which are in ascending order.
    pub fn new(ranges: &'a [SegmentRange]) -> Self {
        Self { ranges, found: ranges.iter().map(|range| CompactRange::new(range.first_seq)).collect() }
    }

    /// Adds the row with the number `seq`, and with the salt that it stores itself, if it stores one. Returns its leaf.
    ///
    /// # Errors
    /// The row is not the next one of a range, or has no leaf.
    pub fn add(&mut self, seq: Seq, stored: Option<&[u8]>, fields: &LeafFields<'_>) -> Result<Sha256, Violation> {
        let at = self.ranges.partition_point(|range| range.first_seq <= seq).checked_sub(1);
        let place = at.and_then(|at| self.ranges.get(at).zip(self.found.get_mut(at)));
        let next = place.filter(|(range, found)| found.end() == seq && found.rows() < range.rows);
        let leaf = next.as_ref().and_then(|(range, _)| fields.leaf(&range.salt(seq, stored)?).ok());
        let leaf = row_has_leaf(fields.id, seq, next.is_some(), leaf)?;
        if let Some((_, found)) = next {
            found.push(leaf);
        }
        Ok(leaf)
    }

    /// Returns the leaves of each range.
    ///
    /// # Errors
    /// A range does not have its digest, or not all of its rows.
    pub fn finish(self) -> Result<Vec<CompactRange>, Violation> {
        self.ranges.iter().zip(&self.found).try_for_each(|(range, found)| range_unchanged(range, found))?;
        Ok(self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::flat::NAMES;
    use crate::id::EventId;
    use crate::invariants::Invariant;
    use crate::leaf::Seed;
    use crate::sha256::Sha256;
    use crate::time::UnixMicros;

    fn stored(is_stored: bool) -> Option<&'static [u8]> {
        is_stored.then_some([9; 16].as_slice())
    }

    fn event(seq: u64) -> Event {
        let mut texts = [const { None }; NAMES.len()];
        for (name, text) in [(0, "user"), (1, "usr_1"), (4, "a.b"), (5, "other"), (9, "failed")] {
            texts[name] = Some(text.to_owned());
        }
        let at = UnixMicros::new(1_795_000_000_000_000 + seq as i64);
        Event::from_texts(EventId::first_at(at), "acme".parse().unwrap(), at, texts).unwrap()
    }

    fn range(first: u64, rows: u64, seed: Option<Seed>) -> SegmentRange {
        let mut leaves = CompactRange::new(Seq(first));
        let mut range = SegmentRange { first_seq: Seq(first), rows, seed, digest: Sha256([0; 32]) };
        for seq in first..first + rows {
            let salt = range.salt(Seq(seq), stored(seed.is_none())).unwrap();
            leaves.push(LeafFields::of(&event(seq)).leaf(&salt).unwrap());
        }
        range.digest = leaves.digest();
        range
    }

    /// Adds rows, each by its number and the number of the event in it.
    fn read(ranges: &[SegmentRange], rows: &[(u64, u64)]) -> Result<Vec<CompactRange>, Violation> {
        let mut leaves = SegmentLeaves::new(ranges);
        for (seq, of) in rows {
            let is_own = ranges.iter().any(|range| range.seed.is_none() && range.first_seq <= Seq(*seq));
            leaves.add(Seq(*seq), stored(is_own), &LeafFields::of(&event(*of)))?;
        }
        leaves.finish()
    }

    fn same(seqs: &[u64]) -> Vec<(u64, u64)> {
        seqs.iter().map(|seq| (*seq, *seq)).collect()
    }

    #[test]
    fn interleaved_ranges_are_found_as_they_were_written() {
        let ranges = [range(3, 2, Some(Seed([1; 32]))), range(7, 3, Some(Seed([2; 32]))), range(10, 1, None)];
        let found = read(&ranges, &same(&[7, 3, 8, 10, 9, 4])).unwrap();
        assert!(found.iter().map(CompactRange::digest).eq(ranges.iter().map(|range| range.digest)));
        assert!(found.iter().map(|found| (found.first(), found.rows())).eq([(Seq(3), 2), (Seq(7), 3), (Seq(10), 1)]));
    }

    #[test]
    fn rows_that_differ_are_missing_or_are_in_no_range_are_found() {
        let ranges = [range(3, 2, Some(Seed([1; 32]))), range(7, 3, Some(Seed([2; 32])))];
        let number = |rows: &[(u64, u64)]| read(&ranges, rows).unwrap_err().invariant;
        assert!(read(&ranges, &same(&[3, 4, 7, 8, 9])).is_ok());
        assert_eq!(number(&[(3, 3), (4, 5), (7, 7), (8, 8), (9, 9)]), Invariant::ObjectsUnchanged, "another event");
        assert_eq!(number(&[(3, 4), (4, 3), (7, 7), (8, 8), (9, 9)]), Invariant::ObjectsUnchanged, "exchanged events");
        for seqs in [[3, 4, 7, 8].as_slice(), &[7, 8, 9]] {
            assert_eq!(number(&same(seqs)), Invariant::ObjectsUnchanged, "missing rows");
        }
        for seqs in [[2].as_slice(), &[4], &[3, 3], &[3, 4, 5], &[3, 4, 7, 9], &[7, 8, 9, 10]] {
            assert_eq!(number(&same(seqs)), Invariant::DenseNumbers, "{seqs:?}");
        }
    }

    #[test]
    fn a_row_without_a_salt_or_with_an_invalid_one_has_no_leaf() {
        let (ranges, seeded) = ([range(3, 2, None)], range(3, 2, Some(Seed([1; 32]))));
        assert!(read(&ranges, &same(&[3, 4])).is_ok());
        for (range, stored) in [(&ranges[0], None), (&ranges[0], Some([9; 15].as_slice())), (&seeded, Some(&[]))] {
            let refused =
                SegmentLeaves::new(std::slice::from_ref(range)).add(Seq(3), stored, &LeafFields::of(&event(3)));
            assert_eq!(refused.unwrap_err().invariant, Invariant::ObjectsUnchanged);
        }
    }
}
