//! The ledger of an org.

use std::collections::{HashMap, HashSet};

use audit_core::{
    Head, SegmentName, SegmentRecord, Seq, Visible,
    invariants::{batches_tile, open_batch_is_last, segment_has_writer, segments_tile, visible_segments_tile},
};
use audit_tables::WholeLedger;

use super::Checked;

/// Returns which segments readers use, as of the ledger's head; all, if it cannot be read.
pub(super) fn visible(ledger: &WholeLedger) -> Visible {
    let all = || Head { next_seq: Seq(u64::MAX), merged: u64::MAX, ..Head::default() };
    let head = ledger.head.clone().unwrap_or_else(all);
    let switched = ledger.merges.iter().find(|merge| head.switched() == Some(merge.number));
    Visible::of(&head, switched)
}

/// I-4: batches tile the sequence numbers of the head, visible segments tile those that readers see, other segments tile
/// their batch, and each segment has a batch or a merge.
pub(super) fn check(checked: &mut Checked, ledger: &WholeLedger, visible: &Visible) {
    let WholeLedger { head, batches, merges, segments, .. } = ledger;
    (checked.head, checked.batches, checked.segments) = (head.clone(), batches.len(), segments.len());
    if let Some(head) = head {
        checked.note(batches_tile(batches, head.next_seq));
        checked.note(open_batch_is_last(head, batches));
        checked.note(visible_segments_tile(visible, segments));
    }
    let by_name: HashMap<SegmentName, &SegmentRecord> = segments.iter().map(|it| (it.name(), it)).collect();
    // Segments of a visible batch may have been merged.
    for batch in batches.iter().filter(|batch| batch.first_seq >= visible.seq) {
        let listed: Vec<_> = batch.segments.iter().filter_map(|name| by_name.get(name).copied().cloned()).collect();
        checked.note(segments_tile(batch, &listed));
    }
    let of_batches = batches.iter().flat_map(|batch| &batch.segments);
    let named: HashSet<SegmentName> =
        of_batches.chain(merges.iter().flat_map(|merge| &merge.targets)).copied().collect();
    segments.iter().for_each(|segment| checked.note(segment_has_writer(&named, segment)));
}
