//! R4: the items that the claims name, in the ledger.

use audit_core::{Head, OrgId, SealedClaim};
use audit_tables::{LedgerItem, LedgerTable, WholeLedger, Written};

use super::RebuildError;
use crate::difference::Difference;
use crate::replay::Replay;

/// Writes the items that a ledger lacks or describes otherwise, and deletes those that no claim names.
///
/// # Guarantees
/// Writes nothing under another head than the one that was read. Safe to repeat.
pub(super) async fn write(
    table: &LedgerTable,
    org_id: &OrgId,
    (ledger, head): (&WholeLedger, &Head),
    (claims, replay): (&[SealedClaim], &Replay),
) -> Result<(), RebuildError> {
    let difference = Difference::of(ledger, claims, replay);
    let items = difference.claims.iter().copied().map(LedgerItem::Claim);
    let items = items.chain(difference.batches.iter().copied().map(LedgerItem::Batch));
    let items = items.chain(difference.merges.iter().copied().map(LedgerItem::Merge));
    let items = items.chain(difference.segments.iter().copied().map(LedgerItem::Segment));
    let items: Vec<_> = items.chain(left(replay)).collect();
    unless_lost(table.put_under(org_id, head, &items).await?)?;
    let kept = claims.iter().map(LedgerItem::Claim).chain(replay.batches.iter().map(LedgerItem::Batch));
    let kept = kept.chain(replay.merges.iter().map(LedgerItem::Merge));
    let kept = kept.chain(replay.segments().map(LedgerItem::Segment)).chain(left(replay));
    unless_lost(table.keep_under(org_id, head, kept).await?)
}

/// What the newest merge left behind. The next pass deletes it, with its objects: some of them may still exist.
fn left(replay: &Replay) -> impl Iterator<Item = LedgerItem<'_>> {
    let left = &replay.leftovers;
    left.merge.iter().map(LedgerItem::Merge).chain(left.segments.iter().map(LedgerItem::Segment))
}

fn unless_lost(written: Written) -> Result<(), RebuildError> {
    match written {
        Written::Applied => Ok(()),
        Written::Lost => Err(RebuildError::Busy),
    }
}
