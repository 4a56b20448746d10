//! The chain of an org's claims: each claim in the bucket, compared with the one before it and with the ledger's copy.

use audit_core::{
    ChainEnd, Head, OrgId, SealedClaim, Sha256,
    invariants::{claim_follows, claim_is_fixed, ledger_explains},
};
use audit_segments::{SegmentError, SegmentStore};
use audit_tables::{LedgerTable, TablesError};
use futures::{StreamExt, stream};

use super::{CheckError, Checked};
use crate::rebuild::home;

/// Claims read concurrently.
const IN_FLIGHT: usize = 8;

/// Reads the claims in order, and checks each; returns how many there are.
pub(super) async fn read(
    checked: &mut Checked,
    ledger: &LedgerTable,
    archive: &SegmentStore,
    org_id: &OrgId,
) -> Result<u64, CheckError> {
    let numbers = archive.claim_numbers(org_id).await?;
    let reads: Vec<_> = numbers.iter().map(|number| read_one(ledger, archive, org_id, *number)).collect();
    let mut reads = stream::iter(reads).buffered(IN_FLIGHT);
    let (mut next, mut previous): (u64, Option<Sha256>) = (0, None);
    while let Some(read) = reads.next().await {
        let (claim, fixed) = read?;
        checked.note(claim_follows(org_id, next, previous, &claim));
        match fixed {
            Ok(fixed) => checked.note(claim_is_fixed(fixed.as_ref(), &claim)),
            Err(error) => checked.unreadable_items.push(error),
        }
        (next, previous) = (claim.number + 1, Some(claim.sha256()));
    }
    Ok(next)
}

/// A claim, and the ledger's copy of it.
type Read = (SealedClaim, Result<Option<SealedClaim>, TablesError>);

async fn read_one(
    ledger: &LedgerTable,
    archive: &SegmentStore,
    org_id: &OrgId,
    number: u64,
) -> Result<Read, CheckError> {
    let claim = SealedClaim { number, bytes: archive.claim(org_id, number).await?.to_vec() };
    match ledger.claim(org_id, number).await {
        fixed @ (Ok(_) | Err(TablesError::Malformed { .. })) => Ok((claim, fixed)),
        Err(error) => Err(error.into()),
    }
}

/// I-10: the head, which was read after the chain, explains it.
pub(super) async fn compare(
    checked: &mut Checked,
    archive: &SegmentStore,
    (table, org_id): (&str, &OrgId),
    head: &Head,
    claims: u64,
) -> Result<(), SegmentError> {
    let newest = match head.claims.checked_sub(1) {
        Some(newest) => archive.claim_digest(org_id, newest).await?,
        None => None,
    };
    let end = ChainEnd { has_next: claims > head.claims, newest };
    checked.note(ledger_explains(head, &home(table, archive), end));
    Ok(())
}
