//! Compares a ledger with its bucket: which batches agree, and what the ledger lacks. Without I/O.

use audit_core::{
    BatchRecord, Head, Seq,
    invariants::{batches_tile, open_batch_is_last, record_matches_file, segments_tile},
};
use audit_segments::FullSegment;
use audit_tables::WholeLedger;

use super::tiling::{TiledBatch, Tiling};
use crate::check::ledger::SegmentsByName;

/// Whether the ledger is consistent in itself: head, batches and segments agree, and no other item exists.
fn is_whole(ledger: &WholeLedger, head: &Head) -> bool {
    let by_name = SegmentsByName::of(ledger);
    has_no_strays(ledger)
        && batches_tile(&ledger.batches, head.next_seq).is_ok()
        && open_batch_is_last(head, &ledger.batches).is_ok()
        && ledger.batches.iter().all(|batch| segments_tile(batch, &by_name.of_batch(batch)).is_ok())
}

/// Whether each item can be read, and each segment is one of a batch.
fn has_no_strays(ledger: &WholeLedger) -> bool {
    let in_batches: usize = ledger.batches.iter().map(|batch| batch.segments.len()).sum();
    ledger.malformed.is_empty() && in_batches == ledger.segments.len()
}

/// Whether the ledger lists every object, and every segment that readers need is an object.
pub(super) fn lists_all(ledger: &WholeLedger, objects: &[FullSegment]) -> bool {
    let Some(head) = ledger.head.as_ref().filter(|head| is_whole(ledger, head)) else { return false };
    let by_name = SegmentsByName::of(ledger);
    let described = |object: &FullSegment| {
        let recorded = by_name.get(object.record.name());
        recorded.is_some_and(|recorded| record_matches_file(recorded, &object.record).is_ok())
    };
    let visible = ledger.segments.iter().filter(|segment| segment.first_seq < head.visible_seq()).count();
    let found = objects.iter().filter(|object| object.record.first_seq < head.visible_seq()).count();
    objects.iter().all(described) && visible == found
}

/// Counts the batches from 0 on that are the same in the ledger and in the bucket.
pub(super) fn agreed(ledger: &WholeLedger, tiling: &Tiling) -> usize {
    let by_name = SegmentsByName::of(ledger);
    let same = |(recorded, found): &(&BatchRecord, &TiledBatch)| {
        let segments = by_name.of_batch(recorded);
        **recorded == found.batch
            && segments.len() == found.segments.len()
            && segments.iter().zip(&found.segments).all(|(one, other)| record_matches_file(one, other).is_ok())
    };
    ledger.batches.iter().zip(&tiling.batches).take_while(same).count()
}

/// Whether the bucket confirms everything in the ledger, except for a head that is absent or older.
pub(super) fn is_confirmed(tiling: &Tiling, ledger: &WholeLedger, agreed: usize) -> bool {
    let is_ahead = ledger.head.as_ref().is_some_and(|head| head.next_seq > tiling.next_seq);
    ledger.batches.len() == agreed && has_no_strays(ledger) && !is_ahead
}

/// Returns the sequence number after these batches, the first ones of the bucket.
pub(super) fn end(batches: &[TiledBatch]) -> Seq {
    batches.last().map_or(Seq(0), |found| found.batch.first_seq.plus(found.batch.rows))
}

#[cfg(test)]
mod tests {
    use audit_core::Sha256;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::rebuild::test_objects::{acme, objects};
    use crate::rebuild::tiling::lay;

    /// The ledger after these batches.
    fn ledger(batches: &[TiledBatch]) -> WholeLedger {
        WholeLedger {
            head: Some(Head { next_seq: end(batches), ..Head::default() }),
            batches: batches.iter().map(|found| found.batch.clone()).collect(),
            segments: batches.iter().flat_map(|found| found.segments.clone()).collect(),
            malformed: Vec::new(),
        }
    }

    proptest! {
        #[test]
        fn a_ledger_that_misses_the_last_batches_agrees_up_to_its_end(
            batches in vec(vec(1_u64..4, 1..4), 0..6),
            listed in any::<Index>(),
        ) {
            let found = objects(&batches);
            let tiling = lay(&acme(), found.iter().collect()).unwrap();
            let listed = listed.index(batches.len() + 1);
            let ledger = ledger(&tiling.batches[..listed]);
            prop_assert_eq!(agreed(&ledger, &tiling), listed);
            prop_assert!(is_confirmed(&tiling, &ledger, listed));
            prop_assert_eq!(lists_all(&ledger, &found), listed == batches.len());
        }

        #[test]
        fn a_ledger_agrees_up_to_the_first_segment_that_differs(
            batches in vec(vec(1_u64..4, 1..4), 1..6),
            differs in any::<Index>(),
        ) {
            let found = objects(&batches);
            let tiling = lay(&acme(), found.iter().collect()).unwrap();
            let mut ledger = ledger(&tiling.batches);
            let differs = differs.index(found.len());
            ledger.segments[differs].sha256 = Sha256([1; 32]);
            let first_seq = ledger.segments[differs].first_seq;
            let before = tiling.batches.iter().filter(|found| found.batch.first_seq <= first_seq).count() - 1;
            prop_assert_eq!(agreed(&ledger, &tiling), before);
            prop_assert!(!is_confirmed(&tiling, &ledger, before));
            prop_assert!(!lists_all(&ledger, &found));
        }
    }
}
