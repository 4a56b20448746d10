//! The guarantees of the tree and the log of an org.

use super::Invariant::{EventsProven, LogUnchanged, OneTree, SignedIfPublished};
use super::{Violation, check};
use crate::checkpoint::Checkpoint;
use crate::id::EventId;
use crate::seq::Seq;
use crate::sha256::Sha256;
use crate::tree::Frontier;

/// T-1: a tree that a head or a claim states is that of the rows, whose leaves were read from their files.
pub fn tree_is_of_rows(stated: &Frontier, rows: &Frontier) -> Result<(), Violation> {
    check(OneTree, stated == rows, || format!("the tree of {} rows is not that of the archived rows", stated.size()))
}

/// T-2: a checkpoint states the origin and the tree that it is stored for. Its signatures may differ: a key can be
/// replaced.
pub fn checkpoint_is_of_tree(stored: &Checkpoint, expected: &Checkpoint) -> Result<(), Violation> {
    check(SignedIfPublished, stored == expected, || {
        format!("the checkpoint of {} rows states another origin, size or root", expected.size)
    })
}

/// T-2: a checkpoint has a valid signature by a key of the service.
pub fn checkpoint_is_signed(size: u64, is_signed: bool) -> Result<(), Violation> {
    check(SignedIfPublished, is_signed, || {
        format!("the checkpoint of {size} rows is not signed by a key of the service")
    })
}

/// T-2: the tree of a checkpoint is that of a published batch, as it was claimed.
pub fn checkpoint_is_claimed(size: u64, is_claimed: bool) -> Result<(), Violation> {
    check(SignedIfPublished, is_claimed, || {
        format!("the checkpoint of {size} rows does not state the tree of a published batch of its log")
    })
}

/// T-4: the object that exists under a key of a log is the one that was to be created.
pub fn log_object_unchanged(key: &str, unchanged: bool) -> Result<(), Violation> {
    check(LogUnchanged, unchanged, || format!("another object exists under {key}"))
}

/// T-4: the tree of the stored tiles is the one that a head or a claim states.
pub fn tiles_are_of_tree(tiles: &Frontier, stated: &Frontier) -> Result<(), Violation> {
    check(LogUnchanged, tiles == stated, || format!("the tiles are not those of the tree of {} rows", stated.size()))
}

/// T-5: the proof of an event leads from its leaf to the root that its checkpoint states.
pub fn event_is_proven(id: EventId, seq: Seq, found: Option<Sha256>, stated: Option<Sha256>) -> Result<(), Violation> {
    check(EventsProven, found.is_some() && found == stated, || {
        format!("the tiles and the checkpoint do not prove {id}, which is row {seq}")
    })
}
