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
    // Ids of one day are only in segments of that day, so one day at a time is enough.
    objects.sort_by_key(|object| object.record.dt);
    for day in objects.chunk_by(|a, b| a.record.dt == b.record.dt) {
        each_once(day.iter().flat_map(|object| object.ids.iter().copied()))?;
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
