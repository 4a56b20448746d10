//! Objects laid end to end: decided from what they say, without I/O.

use audit_core::{
    BatchRecord, OrgId, SegmentRecord, Seq,
    invariants::{each_once, footer_agrees},
};
use audit_segments::FullSegment;

use super::refusal::Refusal;

/// A batch as its objects have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) batch: BatchRecord,
    pub(super) segments: Vec<SegmentRecord>,
    /// Whether its last segment says that it is the last.
    pub(super) is_complete: bool,
}

/// What an org's objects amount to.
#[derive(Debug)]
pub(super) struct Tiling {
    /// The batches from sequence number 0 on, without a gap.
    pub(super) batches: Vec<Found>,
    /// Where they end.
    pub(super) next_seq: Seq,
    /// The objects behind the gap that begins there.
    pub(super) stranded: Vec<SegmentRecord>,
}

/// Lays objects end to end, and batches them as their footers say.
///
/// *Errors*: two objects claim one number or one id, or a footer is not that of its place.
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
    // Ids of one day lie in segments of that day alone, so a day at a time is enough.
    objects.sort_by_key(|object| object.record.dt);
    for day in objects.chunk_by(|a, b| a.record.dt == b.record.dt) {
        each_once(day.iter().flat_map(|object| object.ids.iter().copied()))?;
    }
    Ok(Tiling { batches, next_seq, stranded })
}

fn batch(org_id: &OrgId, objects: &[&FullSegment]) -> Result<Found, Refusal> {
    let segments: Vec<_> = objects.iter().map(|object| object.record.clone()).collect();
    let batch = BatchRecord::of(segments[0].first_seq, &segments);
    for object in objects {
        footer_agrees(org_id, &batch, &object.record, &object.footer)?;
    }
    let is_complete = objects.last().is_some_and(|object| object.footer.totals.is_some());
    Ok(Found { batch, segments, is_complete })
}
