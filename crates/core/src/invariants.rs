//! The promises of the service as predicates, each with its number.
//!
//! The archive pass, the query path, the property tests and the end-to-end tests call these same functions.
//!
//! - **I-1** an acknowledged event is returned by every matching scan begun after the acknowledgement: [`acknowledged`],
//!   [`search_reaches_segment`]
//! - **I-2** one id is returned once by one scan and lies in at most one published segment: [`each_once`], [`row_in_place`]
//! - **I-3** no hot row is deleted before a published, compared segment holds it: [`same_object`], [`published_object_exists`]
//! - **I-4** sequence numbers are dense, batches tile `[0, next_seq)`: [`batches_tile`], [`segments_tile`],
//!   [`segment_has_batch`], [`open_batch_is_last`], [`row_in_place`]
//! - **I-5** a published object never changes, and is one that the ledger names: [`same_object`], [`record_matches_file`],
//!   [`footer_agrees`], [`object_is_in_ledger`]
//! - **I-6** every page is strictly after its cursor and in strict order: [`in_order_after`]
//! - **I-7** no request and no file crosses an org: [`owned_by`], [`row_in_place`]
//! - **I-8** an event comes back as it went in: pinned by round-trip tests; there is nothing to check at run time
//! - **I-9** what cannot be handled stops nothing else, is kept, and is counted: pinned by tests

use std::collections::HashSet;

use crate::event::Event;
use crate::id::EventId;
use crate::ledger::{BatchRecord, Head, SegmentName, Seq};
use crate::org::OrgId;
use crate::segment::{BatchTotals, Footer, SegmentRecord, SegmentRow};
use crate::span::Order;

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("I-{number} is broken: {what}")]
pub struct Violation {
    /// The number of the invariant.
    pub number: u8,
    /// What was seen.
    pub what: String,
}

fn broken(number: u8, what: String) -> Result<(), Violation> {
    Err(Violation { number, what })
}

/// I-1: every acknowledged id was found.
pub fn acknowledged(acknowledged: &HashSet<EventId>, found: &HashSet<EventId>) -> Result<(), Violation> {
    match acknowledged.difference(found).next() {
        Some(id) => broken(1, format!("{id} was acknowledged and is not found")),
        None => Ok(()),
    }
}

/// I-1: a search for an event's own values looks at the segment that holds it.
pub fn search_reaches_segment(segment: &SegmentRecord, id: EventId, may_match: bool) -> Result<(), Violation> {
    match may_match {
        true => Ok(()),
        false => broken(1, format!("{id} stands in {}, and a search for its own values passes that over", segment.key)),
    }
}

/// I-2: no id stands twice.
pub fn each_once(ids: impl IntoIterator<Item = EventId>) -> Result<(), Violation> {
    let mut seen = HashSet::new();
    match ids.into_iter().find(|id| !seen.insert(*id)) {
        Some(id) => broken(2, format!("{id} stands twice")),
        None => Ok(()),
    }
}

/// I-3, I-5: the object that stands under the final key is the one that the ledger recorded.
pub fn same_object(recorded: &SegmentRecord, bytes: u64, sha256: &str) -> Result<(), Violation> {
    if recorded.bytes == bytes && recorded.sha256 == sha256 {
        return Ok(());
    }
    broken(5, format!("{} has {bytes} bytes and SHA-256 {sha256}, not the recorded ones", recorded.key))
}

/// I-3: the object of a published segment is there, now that its hot rows may be gone.
pub fn published_object_exists(segment: &SegmentRecord, is_there: bool) -> Result<(), Violation> {
    if is_there { Ok(()) } else { broken(3, format!("the published segment {} is missing", segment.key)) }
}

/// I-5: what the ledger says of a segment is what its bytes say; else a search passes over events that it holds.
pub fn record_matches_file(recorded: &SegmentRecord, found: &SegmentRecord) -> Result<(), Violation> {
    if recorded.published() == found.published() {
        return Ok(());
    }
    broken(5, format!("{} holds something else than the ledger says of it", recorded.key))
}

/// I-5: the footer names the segment's org, rows and place in its batch.
///
/// The last segment of a batch has totals; one that has none may be the last all the same, where the rest of its batch
/// was never published.
pub fn footer_agrees(
    org_id: &OrgId,
    batch: &BatchRecord,
    segment: &SegmentRecord,
    footer: &Footer,
) -> Result<(), Violation> {
    let index = batch.segments.iter().position(|name| name.first_seq == segment.first_seq);
    let is_last = index.is_some_and(|index| index + 1 == batch.segments.len());
    let totals = BatchTotals { rows: batch.rows, segments: batch.segments.len() as u64 };
    let expected = Footer {
        org_id: org_id.clone(),
        first_seq: segment.first_seq,
        rows: segment.rows,
        batch: batch.first_seq,
        index: index.map_or(u64::MAX, |index| index as u64),
        totals: footer.totals.and(is_last.then_some(totals)),
    };
    if *footer == expected {
        return Ok(());
    }
    broken(5, format!("the footer of {} is not that of its place in batch {}", segment.key, batch.first_seq))
}

/// I-5: an object that readers of the bucket see is one that the ledger names.
pub fn object_is_in_ledger(keys: &HashSet<&str>, key: &str) -> Result<(), Violation> {
    if keys.contains(key) { Ok(()) } else { broken(5, format!("no segment of the ledger has the object {key}")) }
}

/// I-4: the ledger's segment is one of a batch.
pub fn segment_has_batch(names: &HashSet<SegmentName>, segment: &SegmentRecord) -> Result<(), Violation> {
    let name = SegmentName { dt: segment.dt, first_seq: segment.first_seq };
    if names.contains(&name) { Ok(()) } else { broken(4, format!("no batch has the segment {}", segment.key)) }
}

/// I-4: the open batch is the one that ends at `next_seq`.
pub fn open_batch_is_last(head: &Head, batches: &[BatchRecord]) -> Result<(), Violation> {
    let Some(open) = head.open else { return Ok(()) };
    let ends =
        |batch: &BatchRecord| batch.first_seq == open.first_seq && open.first_seq.plus(batch.rows) == head.next_seq;
    if batches.iter().any(ends) { Ok(()) } else { broken(4, format!("no batch is the open one, {}", open.first_seq)) }
}

/// I-2, I-4, I-5, I-7: the row at `index` of a segment is its org's, has its number, its day and its order.
pub fn row_in_place(
    footer: &Footer,
    index: u64,
    before: Option<&SegmentRow>,
    row: &SegmentRow,
) -> Result<(), Violation> {
    let SegmentRow { seq, id, occurred_at, org_id } = row;
    let expected = footer.first_seq.plus(index);
    if *org_id != footer.org_id {
        return broken(7, format!("{id} belongs to another org"));
    }
    if *seq != expected {
        return broken(4, format!("{id} has the sequence number {seq}, not {expected}"));
    }
    if *occurred_at != id.occurred_at() {
        return broken(5, format!("{id} happened at another instant than its id says"));
    }
    match before {
        Some(before) if before.id >= *id => broken(2, format!("{id} stands behind {}", before.id)),
        Some(before) if before.occurred_at.day() != occurred_at.day() => {
            broken(5, format!("{id} is of another day than {}", before.id))
        }
        _ => Ok(()),
    }
}

/// I-4: batches, in any order, tile `[0, next_seq)`.
pub fn batches_tile(batches: &[BatchRecord], next_seq: Seq) -> Result<(), Violation> {
    let mut sorted: Vec<_> = batches.iter().map(|batch| (batch.first_seq, batch.rows)).collect();
    sorted.sort_unstable();
    tile(&sorted, Seq(0), next_seq)
}

/// I-4: the segments tile their batch, in the batch's order.
pub fn segments_tile(batch: &BatchRecord, segments: &[SegmentRecord]) -> Result<(), Violation> {
    let parts: Vec<_> = segments.iter().map(|segment| (segment.first_seq, segment.rows)).collect();
    tile(&parts, batch.first_seq, batch.first_seq.plus(batch.rows))
}

fn tile(parts: &[(Seq, u64)], start: Seq, end: Seq) -> Result<(), Violation> {
    let mut next = start;
    for (first, rows) in parts {
        if *first != next || *rows == 0 {
            return broken(4, format!("a part of {rows} rows begins at {first}, not at {next}"));
        }
        next = next.plus(*rows);
    }
    if next != end { broken(4, format!("the parts end at {next}, not at {end}")) } else { Ok(()) }
}

/// I-6: ids follow one another strictly, the first one strictly after the cursor.
pub fn in_order_after(
    cursor: Option<EventId>,
    order: Order,
    ids: impl IntoIterator<Item = EventId>,
) -> Result<(), Violation> {
    let mut last = cursor;
    for id in ids {
        if let Some(last) = last.filter(|last| !order.before(*last, id)) {
            return broken(6, format!("{id} is not after {last}"));
        }
        last = Some(id);
    }
    Ok(())
}

/// I-7: the event belongs to the org it was asked for.
pub fn owned_by(org_id: &OrgId, event: &Event) -> Result<(), Violation> {
    if event.org_id == *org_id { Ok(()) } else { broken(7, format!("{} belongs to another org", event.id)) }
}

#[cfg(test)]
mod segment_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UnixMicros;

    fn id(us: i64) -> EventId {
        EventId::first_at(UnixMicros(us))
    }

    fn batch(first_seq: u64, rows: u64) -> BatchRecord {
        BatchRecord { first_seq: Seq(first_seq), rows, segments: Vec::new() }
    }

    #[test]
    fn each_predicate_holds_and_breaks() {
        let set = |ids: &[i64]| ids.iter().map(|us| id(*us)).collect::<HashSet<_>>();
        assert!(acknowledged(&set(&[1]), &set(&[1, 2])).is_ok() && acknowledged(&set(&[1, 3]), &set(&[1])).is_err());
        assert!(each_once([id(1), id(2)]).is_ok() && each_once([id(1), id(2), id(1)]).is_err());
        assert!(in_order_after(Some(id(3)), Order::Newest, [id(2), id(1)]).is_ok());
        assert!(in_order_after(Some(id(2)), Order::Newest, [id(2), id(1)]).is_err());
        assert!(in_order_after(None, Order::Oldest, [id(1), id(1)]).is_err());
    }

    #[test]
    fn a_gap_an_overlap_an_empty_part_and_a_short_end_break_density() {
        assert!(batches_tile(&[batch(5, 2), batch(0, 5)], Seq(7)).is_ok() && batches_tile(&[], Seq(0)).is_ok());
        for (batches, next) in [
            (vec![batch(0, 5), batch(6, 1)], 7),
            (vec![batch(0, 5), batch(4, 3)], 7),
            (vec![batch(0, 5), batch(5, 0), batch(5, 2)], 7),
            (vec![batch(0, 5)], 7),
            (vec![batch(1, 6)], 7),
        ] {
            assert_eq!(batches_tile(&batches, Seq(next)).unwrap_err().number, 4);
        }
    }
}
