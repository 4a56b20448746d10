//! The guarantees of the service as numbered predicates.
//!
//! The archive pass, the query path, `check`, the property tests and the end-to-end tests call these functions.

mod log;

use std::collections::HashSet;
use std::fmt;

use crate::claim::{ChainEnd, Claim, SealedClaim, explains};
use crate::event::Event;
use crate::id::EventId;
use crate::ledger::{BatchRecord, Head, Home, Phase};
use crate::order::Order;
use crate::org::OrgId;
use crate::segment::{Footer, SegmentRange, SegmentRecord, SegmentRow};
use crate::segment_filters::{FilterPart, SegmentFilters};
use crate::seq::Seq;
use crate::sha256::Sha256;
use crate::time::UnixMicros;
use crate::tree::CompactRange;

pub use log::{
    checkpoint_is_claimed, checkpoint_is_of_tree, checkpoint_is_signed, event_is_proven, log_object_unchanged,
    tiles_are_of_tree, tree_is_of_rows,
};

mod merges;

pub use merges::{
    Siblings, footer_agrees, merge_keeps_rows, merge_replaces, segment_has_writer, targets_are_new,
    visible_segments_tile,
};

use Invariant::{
    ChainExplained, DenseNumbers, NothingLost, NothingTwice, ObjectsUnchanged, OrgsApart, PagesInOrder, PublishedFirst,
};

/// A numbered guarantee. The text is its number, such as `I-4`, or `T-1` for those of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Invariant {
    /// I-1: every matching scan that begins after an event was acknowledged returns the event: [`acknowledged`],
    /// [`search_reaches_segment`].
    NothingLost = 1,
    /// I-2: one scan returns an id once, and at most one visible segment contains it: [`each_once`], [`row_in_place`].
    NothingTwice,
    /// I-3: a hot row is deleted only after a published and compared segment contains it, and a source of a merge only
    /// after its targets do: [`same_object`], [`published_object_exists`], [`merge_keeps_rows`],
    /// [`ranges_are_kept`](crate::merged_leaves::ranges_are_kept).
    PublishedFirst,
    /// I-4: sequence numbers are dense, batches tile `[0, next_seq)`, and visible segments what is visible of it:
    /// [`batches_tile`], [`segments_tile`], [`visible_segments_tile`], [`segment_has_writer`], [`open_batch_is_last`],
    /// [`row_has_leaf`].
    DenseNumbers,
    /// I-5: a published object never changes, and the ledger lists it: [`same_object`], [`record_matches_file`],
    /// [`filters_match_file`], [`footer_agrees`], [`object_is_in_ledger`], [`footer_unchanged`], [`range_unchanged`],
    /// [`row_unchanged`], [`merge_replaces`], [`targets_are_new`].
    ObjectsUnchanged,
    /// I-6: every page is strictly after its cursor, and in strict order: [`in_order_after`].
    PagesInOrder,
    /// I-7: no request and no file contains events of two orgs: [`owned_by`], [`row_in_place`].
    OrgsApart,
    /// I-8: an event is returned as it was sent. Round-trip tests pin it; nothing checks it at run time.
    EventsUnchanged,
    /// I-9: one item that cannot be processed stops no other, is kept, and is counted. Tests pin it.
    FailuresContained,
    /// I-10: the ledger explains the chain of claims, one claim per number, each with the SHA-256 of the one before:
    /// [`ledger_explains`], [`claim_follows`], [`item_is_claimed`].
    ChainExplained,
    /// T-1: an org has one tree. The claim of a batch fixes it, and it is computed again from the published files before
    /// a hot row is deleted: [`tree_is_of_rows`].
    OneTree = TREE + 1,
    /// T-2: a checkpoint states a tree that is claimed, published and stored as tiles: [`checkpoint_is_of_tree`],
    /// [`checkpoint_is_signed`], [`checkpoint_is_claimed`].
    SignedIfPublished,
    /// T-4: tiles and checkpoints are created once, and are what the rows give: [`log_object_unchanged`],
    /// [`tiles_are_of_tree`].
    LogUnchanged = TREE + 4,
    /// T-5: each row below the size of a checkpoint has a proof that other implementations accept: [`event_is_proven`].
    EventsProven,
}

/// Where the guarantees of the tree begin.
const TREE: u8 = 100;

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self as u8 {
            number @ ..TREE => write!(f, "I-{number}"),
            number => write!(f, "T-{}", number - TREE),
        }
    }
}

/// A violated invariant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{invariant} is violated: {what}")]
pub struct Violation {
    /// The invariant.
    pub invariant: Invariant,
    /// What was found.
    pub what: String,
}

fn check(invariant: Invariant, holds: bool, what: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { invariant, what: what() }) }
}

/// I-1: every acknowledged id was found.
pub fn acknowledged(acknowledged: &HashSet<EventId>, found: &HashSet<EventId>) -> Result<(), Violation> {
    let missing = acknowledged.difference(found).next();
    missing.map_or(Ok(()), |id| check(NothingLost, false, || format!("{id} was acknowledged but was not found")))
}

/// I-1: a search for an event's own values reads the segment that contains it.
pub fn search_reaches_segment(segment: &SegmentRecord, id: EventId, may_match: bool) -> Result<(), Violation> {
    let key = &segment.key;
    check(NothingLost, may_match, || format!("{id} is in {key}, but a search for its own values skips that segment"))
}

/// I-2: no id occurs twice.
///
/// The ids are sorted, since a set of those of a month would need several times their memory.
pub fn each_once(ids: impl IntoIterator<Item = EventId>) -> Result<(), Violation> {
    let mut ids: Vec<_> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.windows(2).try_for_each(|pair| check(NothingTwice, pair[0] != pair[1], || format!("{} occurs twice", pair[0])))
}

/// I-3, I-5: the object under the final key is the one that the ledger recorded. `None` is an unknown digest.
pub fn same_object(recorded: &SegmentRecord, bytes: u64, sha256: Option<Sha256>) -> Result<(), Violation> {
    check(ObjectsUnchanged, recorded.bytes == bytes && sha256 == Some(recorded.sha256), || {
        let found = sha256.map_or("unknown".to_owned(), |digest| digest.to_string());
        format!("{} has {bytes} bytes and the SHA-256 {found}, not the recorded ones", recorded.key)
    })
}

/// I-3: the object of a published segment exists, since its hot rows may be deleted.
pub fn published_object_exists(segment: &SegmentRecord, exists: bool) -> Result<(), Violation> {
    check(PublishedFirst, exists, || format!("the published segment {} is missing", segment.key))
}

/// I-5: the ledger's record of a segment matches its bytes; otherwise a search skips events that the segment contains, or
/// statistics are wrong.
pub fn record_matches_file(recorded: &SegmentRecord, found: &SegmentRecord) -> Result<(), Violation> {
    let matches = recorded.published() == found.published();
    check(ObjectsUnchanged, matches, || format!("the ledger's record of {} does not match the file", recorded.key))
}

/// I-5: the ledger's filters of a segment match its rows, for the same reason. A part that the ledger does not have may
/// contain anything.
pub fn filters_match_file(key: &str, stored: &SegmentFilters, found: &SegmentFilters) -> Result<(), Violation> {
    let is_same = |part: &FilterPart| stored.get(*part).is_none_or(|bytes| found.get(*part) == Some(bytes));
    let matches = FilterPart::ALL.iter().all(is_same);
    check(ObjectsUnchanged, matches, || format!("the ledger's filters of {key} do not match the file"))
}

/// I-5: the footer of a file is the one with which it was written.
pub fn footer_unchanged(found: Option<&Footer>, written: &Footer) -> Result<(), Violation> {
    check(ObjectsUnchanged, found == Some(written), || "the footer is not the one that was written".to_owned())
}

/// I-5: the ledger lists an object that readers of the bucket see.
pub fn object_is_in_ledger(keys: &HashSet<&str>, key: &str) -> Result<(), Violation> {
    check(ObjectsUnchanged, keys.contains(key), || format!("the ledger does not list the object {key}"))
}

/// I-4: the open batch is the last one, which ends at `next_seq`.
pub fn open_batch_is_last(head: &Head, batches: &[BatchRecord]) -> Result<(), Violation> {
    let Some(open) = head.open.filter(|open| open.phase != Phase::Void) else { return Ok(()) };
    let ends =
        |batch: &BatchRecord| batch.first_seq == open.first_seq && open.first_seq.plus(batch.rows) == head.next_seq;
    let is_last = batches.iter().any(ends);
    check(DenseNumbers, is_last, || format!("the open batch {} is not the last one", open.first_seq))
}

/// I-10: the head explains the end of the chain in the bucket; see [`explains`].
pub fn ledger_explains(head: &Head, home: &Home, chain: ChainEnd) -> Result<(), Violation> {
    let explained = explains(head, home, chain);
    explained.map_err(|refusal| Violation { invariant: ChainExplained, what: refusal.to_string() })
}

/// I-10: reads the claim with the number `next`, which follows the one with the SHA-256 `previous` in its org's chain.
pub fn claim_follows(
    org_id: &OrgId,
    next: u64,
    previous: Option<Sha256>,
    claim: &SealedClaim,
) -> Result<Claim, Violation> {
    let number = claim.number;
    check(ChainExplained, number == next, || {
        format!("claim {next} is missing from the archive bucket, and claim {number} exists")
    })?;
    let read = Claim::read(&claim.bytes)
        .map_err(|error| Violation { invariant: ChainExplained, what: format!("claim {number}: {error}") })?;
    check(OrgsApart, read.org_id == *org_id, || format!("claim {number} belongs to another org"))?;
    let follows = (read.number, read.previous) == (number, previous);
    check(ChainExplained, follows, || format!("claim {number} does not follow the claim before it"))?;
    Ok(read)
}

/// I-10: an item of the ledger is what the claims say.
pub fn item_is_claimed(item: &str, is_claimed: bool) -> Result<(), Violation> {
    check(ChainExplained, is_claimed, || format!("{item} of the ledger is not what the claims say"))
}

/// I-2, I-5, I-7: a row of a segment has the org, month and order of its place. For its number, see [`row_has_leaf`].
pub fn row_in_place(footer: &Footer, before: Option<&SegmentRow>, row: &SegmentRow) -> Result<(), Violation> {
    let SegmentRow { id, occurred_at, org_id, .. } = row;
    check(OrgsApart, *org_id == footer.org_id, || format!("{id} belongs to another org"))?;
    let same_instant = *occurred_at == id.occurred_at();
    check(ObjectsUnchanged, same_instant, || format!("the instant of {id} is not the one in its id"))?;
    let Some(before) = before else { return Ok(()) };
    check(NothingTwice, before.id < *id, || format!("{id} comes after {}", before.id))?;
    let same_month = before.occurred_at.day().month() == occurred_at.day().month();
    check(ObjectsUnchanged, same_month, || format!("{id} has another month than {}", before.id))
}

/// I-4, I-5: the row of an event is the next one of a range of its segment, and has a leaf, which is returned.
pub fn row_has_leaf(id: EventId, seq: Seq, is_next: bool, leaf: Option<Sha256>) -> Result<Sha256, Violation> {
    check(DenseNumbers, is_next, || format!("{id} has the sequence number {seq}, which no range continues with"))?;
    let what = || format!("{id} has no leaf: its salt is missing, or a text is too long");
    leaf.ok_or_else(|| Violation { invariant: ObjectsUnchanged, what: what() })
}

/// I-5: the rows of a range have the leaves with which they were written.
pub fn range_unchanged(range: &SegmentRange, found: &CompactRange) -> Result<(), Violation> {
    let SegmentRange { first_seq, rows, digest, .. } = range;
    let unchanged = (found.first(), found.rows(), found.digest()) == (*first_seq, *rows, *digest);
    check(ObjectsUnchanged, unchanged, || format!("the {rows} rows from {first_seq} on do not have their digest"))
}

/// I-5: what a row repeats for other readers, its instants and the addresses in its `ip`, is what its event contains.
pub fn row_unchanged(id: EventId, occurred_at: [UnixMicros; 2], addresses: [Option<&str>; 2]) -> Result<(), Violation> {
    let [found, expected] = addresses;
    let unchanged = occurred_at == [id.occurred_at(); 2] && found == expected;
    check(ObjectsUnchanged, unchanged, || format!("an instant or an address of {id} is not the one of its event"))
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
        check(DenseNumbers, *first == next && *rows > 0, || {
            format!("a part of {rows} rows starts at {first}, not at {next}")
        })?;
        next = next.plus(*rows);
    }
    check(DenseNumbers, next == end, || format!("the parts end at {next}, not at {end}"))
}

/// I-6: ids are in strict order, the first one strictly after the cursor.
pub fn in_order_after(
    cursor: Option<EventId>,
    order: Order,
    ids: impl IntoIterator<Item = EventId>,
) -> Result<(), Violation> {
    let mut last = cursor;
    ids.into_iter().try_for_each(|id| {
        let before = last.replace(id);
        before.map_or(Ok(()), |it| check(PagesInOrder, order.before(it, id), || format!("{id} is not after {it}")))
    })
}

/// I-7: the event belongs to the requested org.
pub fn owned_by(org_id: &OrgId, event: &Event) -> Result<(), Violation> {
    check(OrgsApart, event.org_id == *org_id, || format!("{} belongs to another org", event.id))
}

#[cfg(test)]
mod merge_tests;
#[cfg(test)]
mod segment_tests;

#[cfg(test)]
mod tests {
    use super::*;

    fn id(us: i64) -> EventId {
        EventId::first_at(UnixMicros::new(us))
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
            assert_eq!(batches_tile(&batches, Seq(next)).unwrap_err().invariant, Invariant::DenseNumbers);
        }
    }
}
