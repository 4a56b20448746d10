//! The ledger of an org.

use std::collections::{HashMap, HashSet};

use audit_core::{
    BatchRecord, SegmentName, SegmentRecord,
    invariants::{batches_tile, open_batch_is_last, segment_has_batch, segments_tile},
};
use audit_tables::WholeLedger;

use super::Checked;

/// The segments of a ledger by name.
pub(crate) struct SegmentsByName<'a>(HashMap<SegmentName, &'a SegmentRecord>);

impl<'a> SegmentsByName<'a> {
    pub(crate) fn of(ledger: &'a WholeLedger) -> Self {
        Self(ledger.segments.iter().map(|segment| (segment.name(), segment)).collect())
    }

    pub(crate) fn get(&self, name: SegmentName) -> Option<&'a SegmentRecord> {
        self.0.get(&name).copied()
    }

    /// Returns the batch's segments that the ledger contains.
    pub(crate) fn of_batch(&self, batch: &BatchRecord) -> Vec<SegmentRecord> {
        batch.segments.iter().filter_map(|name| self.get(*name).cloned()).collect()
    }
}

/// I-4: batches tile the sequence numbers of the head, segments tile their batch, and each segment has a batch.
pub(super) fn check(checked: &mut Checked, ledger: &WholeLedger) {
    let WholeLedger { head, batches, segments, .. } = ledger;
    (checked.head, checked.batches, checked.segments) = (head.clone(), batches.len(), segments.len());
    if let Some(head) = head {
        checked.note(batches_tile(batches, head.next_seq));
        checked.note(open_batch_is_last(head, batches));
    }
    let by_name = SegmentsByName::of(ledger);
    batches.iter().for_each(|batch| checked.note(segments_tile(batch, &by_name.of_batch(batch))));
    let named: HashSet<SegmentName> = batches.iter().flat_map(|batch| batch.segments.iter().copied()).collect();
    segments.iter().for_each(|segment| checked.note(segment_has_batch(&named, segment)));
}
