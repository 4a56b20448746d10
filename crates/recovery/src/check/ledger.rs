//! The ledger of an org, by itself.

use std::collections::{HashMap, HashSet};

use audit_core::{
    SegmentName, SegmentRecord,
    invariants::{batches_tile, open_batch_is_last, segment_has_batch, segments_tile},
};
use audit_tables::WholeLedger;

use super::Checked;

/// I-4: batches tile what the head says, segments their batch, and no segment is without one.
pub(super) fn check(checked: &mut Checked, ledger: &WholeLedger) {
    let WholeLedger { head, batches, segments, .. } = ledger;
    (checked.head, checked.batches, checked.segments) = (*head, batches.len(), segments.len());
    if let Some(head) = head {
        checked.note(batches_tile(batches, head.next_seq));
        checked.note(open_batch_is_last(head, batches));
    }
    let name = |segment: &SegmentRecord| SegmentName { dt: segment.dt, first_seq: segment.first_seq };
    let by_name: HashMap<SegmentName, &SegmentRecord> = segments.iter().map(|it| (name(it), it)).collect();
    for batch in batches {
        let found = batch.segments.iter().filter_map(|name| by_name.get(name).copied().cloned());
        checked.note(segments_tile(batch, &found.collect::<Vec<_>>()));
    }
    let named: HashSet<SegmentName> = batches.iter().flat_map(|batch| batch.segments.iter().copied()).collect();
    segments.iter().for_each(|segment| checked.note(segment_has_batch(&named, segment)));
}
