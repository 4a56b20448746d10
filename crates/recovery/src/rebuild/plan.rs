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
    let Some(head) = ledger.head.filter(|head| is_whole(ledger, head)) else { return false };
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

/// Whether the ledger is the bucket's, or only older: consistent, and all of its batches are among the `agreed` ones.
pub(super) fn is_older(ledger: &WholeLedger, agreed: usize) -> bool {
    ledger.batches.len() == agreed && ledger.head.is_some_and(|head| is_whole(ledger, &head))
}

/// Whether the bucket confirms everything in the ledger, except for a head that is absent or older.
pub(super) fn is_confirmed(tiling: &Tiling, ledger: &WholeLedger, agreed: usize) -> bool {
    let is_ahead = ledger.head.is_some_and(|head| head.next_seq > tiling.next_seq);
    ledger.batches.len() == agreed && has_no_strays(ledger) && !is_ahead
}

/// Returns the sequence number after these batches, the first ones of the bucket.
pub(super) fn end(batches: &[TiledBatch]) -> Seq {
    batches.last().map_or(Seq(0), |found| found.batch.first_seq.plus(found.batch.rows))
}
