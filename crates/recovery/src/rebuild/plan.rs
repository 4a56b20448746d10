//! What a ledger lacks of what its bucket has: decided from both, without I/O.

use std::collections::HashMap;

use audit_core::{
    BatchRecord, Head, SegmentName, SegmentRecord, Seq,
    invariants::{batches_tile, open_batch_is_last, record_matches_file, segments_tile},
};
use audit_segments::FullSegment;
use audit_tables::WholeLedger;

use super::tiling::{Found, Tiling};

/// The segments of a ledger by name.
struct Named<'a>(HashMap<SegmentName, &'a SegmentRecord>);

impl<'a> Named<'a> {
    fn of(ledger: &'a WholeLedger) -> Self {
        let name = |segment: &SegmentRecord| SegmentName { dt: segment.dt, first_seq: segment.first_seq };
        Self(ledger.segments.iter().map(|segment| (name(segment), segment)).collect())
    }

    /// The batch's segments that the ledger has.
    fn segments(&self, batch: &BatchRecord) -> Vec<SegmentRecord> {
        batch.segments.iter().filter_map(|name| self.0.get(name).copied().cloned()).collect()
    }
}

/// Whether the ledger is whole by itself: head, batches and segments agree, and there is nothing beside them.
fn is_whole(ledger: &WholeLedger, head: &Head) -> bool {
    let named = Named::of(ledger);
    has_no_strays(ledger)
        && batches_tile(&ledger.batches, head.next_seq).is_ok()
        && open_batch_is_last(head, &ledger.batches).is_ok()
        && ledger.batches.iter().all(|batch| segments_tile(batch, &named.segments(batch)).is_ok())
}

/// Whether each item can be read, and each segment is one of a batch.
fn has_no_strays(ledger: &WholeLedger) -> bool {
    let in_batches: usize = ledger.batches.iter().map(|batch| batch.segments.len()).sum();
    ledger.malformed.is_empty() && in_batches == ledger.segments.len()
}

/// Whether the ledger says everything that the bucket says, and the bucket has everything that readers look for.
pub(super) fn names_all(ledger: &WholeLedger, objects: &[FullSegment]) -> bool {
    let Some(head) = ledger.head.filter(|head| is_whole(ledger, head)) else { return false };
    let named = Named::of(ledger);
    let described = |object: &FullSegment| {
        let name = SegmentName { dt: object.record.dt, first_seq: object.record.first_seq };
        named.0.get(&name).is_some_and(|recorded| record_matches_file(recorded, &object.record).is_ok())
    };
    let visible = ledger.segments.iter().filter(|segment| segment.first_seq < head.visible_seq()).count();
    let found = objects.iter().filter(|object| object.record.first_seq < head.visible_seq()).count();
    objects.iter().all(described) && visible == found
}

/// How many of the bucket's batches the ledger has from 0 on, exactly as the bucket has them.
pub(super) fn agreed(ledger: &WholeLedger, tiling: &Tiling) -> usize {
    let named = Named::of(ledger);
    let same = |(recorded, found): &(&BatchRecord, &Found)| {
        let segments = named.segments(recorded);
        **recorded == found.batch
            && segments.len() == found.segments.len()
            && segments.iter().zip(&found.segments).all(|(one, other)| record_matches_file(one, other).is_ok())
    };
    ledger.batches.iter().zip(&tiling.batches).take_while(same).count()
}

/// Whether the ledger is the bucket's, or merely older: whole, and `agreed` with it in all of its batches.
pub(super) fn is_older(ledger: &WholeLedger, agreed: usize) -> bool {
    ledger.batches.len() == agreed && ledger.head.is_some_and(|head| is_whole(ledger, &head))
}

/// Whether the bucket bears out everything that the ledger says, but for a head that is absent or behind.
pub(super) fn bears_out(tiling: &Tiling, ledger: &WholeLedger, agreed: usize) -> bool {
    let is_ahead = ledger.head.is_some_and(|head| head.next_seq > tiling.next_seq);
    ledger.batches.len() == agreed && has_no_strays(ledger) && !is_ahead
}

/// The number behind the first `batches` of the bucket.
pub(super) fn end(tiling: &Tiling, batches: usize) -> Seq {
    tiling.batches[..batches].last().map_or(Seq(0), |found| found.batch.first_seq.plus(found.batch.rows))
}
