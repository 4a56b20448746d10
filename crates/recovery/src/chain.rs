//! The chain of an org's claims, as the archive bucket contains it.

use audit_core::{ChainEnd, Head, Home, OrgId, SealedClaim};
use audit_segments::{SegmentError, SegmentStore};
use futures::{StreamExt, TryStreamExt, stream};

/// Claims read concurrently.
const IN_FLIGHT: usize = 16;

/// Reads all claims of an org, in the order of their numbers, of which some may be missing.
pub(crate) async fn read(archive: &SegmentStore, org_id: &OrgId) -> Result<Vec<SealedClaim>, SegmentError> {
    let read_one = async |number| {
        let bytes = archive.claim(org_id, number).await?.to_vec();
        Ok::<_, SegmentError>(SealedClaim { number, bytes })
    };
    let reads: Vec<_> = archive.claim_numbers(org_id).await?.into_iter().map(read_one).collect();
    stream::iter(reads).buffered(IN_FLIGHT).try_collect().await
}

/// Returns the end of a chain of claims that was read before the head.
///
/// # Guarantees
/// A worker that decides meanwhile cannot make a sound head look refused: what it claims after `claims` were read does
/// not count as a next claim, and counts as the newest.
pub(crate) async fn end(
    archive: &SegmentStore,
    org_id: &OrgId,
    head: &Head,
    claims: &[SealedClaim],
) -> Result<ChainEnd, SegmentError> {
    let newest = match head.claims.checked_sub(1) {
        Some(newest) => archive.claim_digest(org_id, newest).await?,
        None => None,
    };
    Ok(ChainEnd { has_next: claims.last().is_some_and(|last| last.number >= head.claims), newest })
}

/// Returns where the ledgers of a table are, with their archives.
pub(crate) fn home(table: &str, archive: &SegmentStore) -> Home {
    Home { table: table.to_owned(), bucket: archive.bucket().to_owned() }
}
