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
    let items = items.chain(difference.batches.iter().map(LedgerItem::Batch));
    let items: Vec<_> = items.chain(difference.segments.iter().copied().map(LedgerItem::Segment)).collect();
    unless_lost(table.put_under(org_id, head, &items).await?)?;
    let batches = replay.batch_records();
    let kept = claims.iter().map(LedgerItem::Claim).chain(batches.iter().map(LedgerItem::Batch));
    let kept = kept.chain(replay.segments().map(LedgerItem::Segment));
    unless_lost(table.keep_under(org_id, head, kept).await?)
}

fn unless_lost(written: Written) -> Result<(), RebuildError> {
    match written {
        Written::Applied => Ok(()),
        Written::Lost => Err(RebuildError::Busy),
    }
}
