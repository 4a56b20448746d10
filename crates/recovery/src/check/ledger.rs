//! The ledger of an org.

use std::collections::{HashMap, HashSet};

use audit_core::{
    SegmentName, SegmentRecord,
    invariants::{batches_tile, open_batch_is_last, segment_has_batch, segments_tile},
};
use audit_tables::WholeLedger;

use super::Checked;

/// I-4: batches tile the sequence numbers of the head, segments tile their batch, and each segment has a batch.
pub(super) fn check(checked: &mut Checked, ledger: &WholeLedger) {
    let WholeLedger { head, batches, segments, .. } = ledger;
    (checked.head, checked.batches, checked.segments) = (head.clone(), batches.len(), segments.len());
    if let Some(head) = head {
        checked.note(batches_tile(batches, head.next_seq));
        checked.note(open_batch_is_last(head, batches));
    }
    let by_name: HashMap<SegmentName, &SegmentRecord> = segments.iter().map(|it| (it.name(), it)).collect();
    for batch in batches {
        let listed: Vec<_> = batch.segments.iter().filter_map(|name| by_name.get(name).copied().cloned()).collect();
        checked.note(segments_tile(batch, &listed));
    }
    let named: HashSet<SegmentName> = batches.iter().flat_map(|batch| batch.segments.iter().copied()).collect();
    segments.iter().for_each(|segment| checked.note(segment_has_batch(&named, segment)));
}
