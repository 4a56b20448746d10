//! The claim of a rebuild: from it on, every other ledger of the org is refused.

use audit_core::{Claim, Clock as _, Decision, Head, Home, LogId, OrgId, SealedClaim};
use audit_runtime::SystemClock;
use audit_segments::{ClaimPut, SegmentStore};

use super::RebuildError;
use super::refusal::Refusal;

/// A new generation of a ledger.
pub(super) struct Generation {
    pub(super) number: u64,
    pub(super) log_id: LogId,
    pub(super) claim: SealedClaim,
}

/// Returns where the ledgers of a table are, with their archives.
pub(crate) fn home(table: &str, archive: &SegmentStore) -> Home {
    Home { table: table.to_owned(), bucket: archive.bucket().to_owned() }
}

/// Puts a rebuild claim after the newest one in the bucket.
///
/// # Errors
/// [`RebuildError::Busy`] if another process claimed the same number, [`Refusal::Chain`] if the newest claim cannot be
/// read, or a newer version wrote it.
pub(super) async fn begin(archive: &SegmentStore, org_id: &OrgId, head: &Head) -> Result<Generation, RebuildError> {
    let number = archive.claim_numbers(org_id).await?.last().map_or(0, |newest| newest + 1);
    let newest = match number.checked_sub(1) {
        None => None,
        Some(newest) => {
            let bytes = archive.claim(org_id, newest).await?.to_vec();
            let sealed = SealedClaim { number: newest, bytes };
            let claim = Claim::read(&sealed.bytes).map_err(|error| Refusal::Chain(newest, error))?;
            Some((claim, sealed.sha256()))
        }
    };
    let generation = newest.as_ref().map_or(0, |(claim, _)| claim.generation).max(head.generation()) + 1;
    let known = newest.as_ref().map(|(claim, _)| claim.log_id).or(head.log_id);
    let log_id = known.unwrap_or_else(|| LogId::new(rand::random()));
    let claim = Claim {
        org_id: org_id.clone(),
        log_id,
        number,
        generation,
        decided_at: SystemClock.now(),
        previous: newest.map(|(_, sha256)| sha256),
        decision: Decision::Rebuild,
    };
    let claim = claim.seal();
    match archive.put_claim(org_id, &claim).await? {
        ClaimPut::Claimed => Ok(Generation { number: generation, log_id, claim }),
        ClaimPut::Forked => Err(RebuildError::Busy),
    }
}
