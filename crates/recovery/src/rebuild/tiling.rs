//! Lays objects end to end and groups them into batches, by their footers. Without I/O.

use audit_core::{
    BatchRecord, OrgId, SegmentRecord, Seq,
    invariants::{each_once, footer_agrees},
};
use audit_segments::FullSegment;

use super::refusal::Refusal;

/// A batch as its objects describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TiledBatch {
    pub(super) batch: BatchRecord,
    pub(super) segments: Vec<SegmentRecord>,
    /// Whether the footer of its last segment contains the batch's totals.
    pub(super) is_complete: bool,
}

/// An org's objects, laid end to end.
#[derive(Debug)]
pub(super) struct Tiling {
    /// The batches from sequence number 0 on, without a gap.
    pub(super) batches: Vec<TiledBatch>,
    /// Where they end.
    pub(super) next_seq: Seq,
    /// The objects after the gap that begins there.
    pub(super) stranded: Vec<SegmentRecord>,
}

/// Lays objects end to end, and groups them into batches by their footers.
///
/// # Errors
///
/// Two objects have the same sequence number or id, or a footer does not match its place.
pub(super) fn lay(org_id: &OrgId, mut objects: Vec<&FullSegment>) -> Result<Tiling, Refusal> {
    objects.sort_by_key(|object| (object.record.first_seq, object.record.rows));
    let mut next_seq = Seq(0);
    let mut laid = 0;
    for object in &objects {
        if object.record.first_seq < next_seq {
            let other = objects[laid - 1].record.key.clone();
            return Err(Refusal::Overlap(other, object.record.key.clone()));
        }
        if object.record.first_seq > next_seq {
            break;
        }
        next_seq = next_seq.plus(object.record.rows);
        laid += 1;
    }
    let stranded = objects.split_off(laid).into_iter().map(|object| object.record.clone()).collect();
    let batches = objects.chunk_by(|a, b| a.footer.batch == b.footer.batch).map(|objects| batch(org_id, objects));
    let batches = batches.collect::<Result<_, _>>()?;
    // Ids of one month are only in segments of that month, so one month at a time is enough.
    objects.sort_by_key(|object| object.record.month);
    for month in objects.chunk_by(|a, b| a.record.month == b.record.month) {
        each_once(month.iter().flat_map(|object| object.ids.iter().copied()))?;
    }
    Ok(Tiling { batches, next_seq, stranded })
}

fn batch(org_id: &OrgId, objects: &[&FullSegment]) -> Result<TiledBatch, Refusal> {
    let segments: Vec<_> = objects.iter().map(|object| object.record.clone()).collect();
    let batch = BatchRecord::of(segments[0].first_seq, &segments);
    for object in objects {
        footer_agrees(org_id, &batch, &object.record, &object.footer)?;
    }
    let is_complete = objects.last().is_some_and(|object| object.footer.totals.is_some());
    Ok(TiledBatch { batch, segments, is_complete })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::rebuild::test_objects::{acme, objects};

    proptest! {
        #[test]
        fn objects_in_any_order_are_laid_the_same_and_each_is_laid_or_stranded_once(
            batches in vec(vec(1_u64..4, 1..4), 0..5),
            missing in vec(any::<Index>(), 0..3),
            swaps in vec((any::<Index>(), any::<Index>()), 0..20),
        ) {
            let mut found = objects(&batches);
            for index in missing.iter().filter(|_| !batches.is_empty()) {
                if !found.is_empty() {
                    found.remove(index.index(found.len()));
                }
            }
            let sorted = lay(&acme(), found.iter().collect()).unwrap();
            let mut shuffled: Vec<_> = found.iter().collect();
            for (a, b) in swaps.iter().filter(|_| !found.is_empty()) {
                shuffled.swap(a.index(found.len()), b.index(found.len()));
            }
            let laid = lay(&acme(), shuffled).unwrap();
            prop_assert_eq!(&laid.batches, &sorted.batches);
            prop_assert_eq!(laid.next_seq, sorted.next_seq);
            let tiled = laid.batches.iter().flat_map(|batch| &batch.segments).chain(&laid.stranded);
            let keys: Vec<_> = tiled.map(|segment| segment.key.as_str()).collect();
            let expected: Vec<_> = found.iter().map(|object| object.record.key.as_str()).collect();
            prop_assert_eq!(keys, expected, "nothing is lost, and nothing exists twice");
            let tiled_rows: u64 = laid.batches.iter().map(|batch| batch.batch.rows).sum();
            prop_assert_eq!(laid.next_seq, Seq(tiled_rows));
            let complete = laid.batches.iter().filter(|batch| batch.is_complete).count();
            prop_assert!(complete + 1 >= laid.batches.len(), "only the last batch lacks its end");
        }

        #[test]
        fn an_object_with_the_numbers_of_another_one_is_refused(
            batches in vec(vec(1_u64..4, 1..4), 1..5),
            which in any::<Index>(),
        ) {
            let found = objects(&batches);
            let mut twin = found[which.index(found.len())].clone();
            twin.record.key.push_str("-twin");
            let all: Vec<_> = found.iter().chain([&twin]).collect();
            prop_assert!(matches!(lay(&acme(), all), Err(Refusal::Overlap(..))));
        }
    }
}
