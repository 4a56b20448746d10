//! Claims: the objects that fix each decision about an org's archive, one after the other.

use audit_core::{ChainEnd, Head, OrgId, SealedClaim, Sha256};
use bytes::Bytes;
use futures::future::try_join;

use crate::error::SegmentError;
use crate::{SegmentStore, keys};

/// Which claim is stored under a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimPut {
    /// The one that was put, by this worker or another one.
    Claimed,
    /// Another one. It stays as it is.
    Forked,
}

impl SegmentStore {
    /// Returns the name of the archive bucket.
    pub fn bucket(&self) -> &str {
        &self.buckets.archive
    }

    /// Ensures that a claim exists under its number.
    ///
    /// # Guarantees
    /// An existing claim is never overwritten, so this may be dropped and repeated at any moment.
    pub async fn put_claim(&self, org_id: &OrgId, claim: &SealedClaim) -> Result<ClaimPut, SegmentError> {
        let key = keys::claim(org_id, claim.number);
        if self.create(&key, "application/json", claim.bytes.clone().into()).await? {
            return Ok(ClaimPut::Claimed);
        }
        let found = self.created_digest(&key).await?;
        Ok(if found == Some(claim.sha256()) { ClaimPut::Claimed } else { ClaimPut::Forked })
    }

    /// Returns the SHA-256 of the claim under a number; `None` if there is no such claim.
    pub async fn claim_digest(&self, org_id: &OrgId, number: u64) -> Result<Option<Sha256>, SegmentError> {
        self.created_digest(&keys::claim(org_id, number)).await
    }

    /// Reads the bytes of a claim.
    pub async fn claim(&self, org_id: &OrgId, number: u64) -> Result<Bytes, SegmentError> {
        Ok(self.published_object(&keys::claim(org_id, number)).await?.body)
    }

    /// Returns the orgs that have claims, in one listing. A prefix that is not that of an org is skipped.
    pub async fn claimed_orgs(&self) -> Result<Vec<OrgId>, SegmentError> {
        let (found, _) = self.list(&self.buckets.archive, keys::CLAIMS, Some("/")).await?;
        Ok(found.iter().filter_map(|prefix| keys::read_claims(prefix)).collect())
    }

    /// Returns the numbers of an org's claims, in order. A key that is not that of a claim is skipped.
    pub async fn claim_numbers(&self, org_id: &OrgId) -> Result<Vec<u64>, SegmentError> {
        let (_, found) = self.list(&self.buckets.archive, &keys::claims(org_id), None).await?;
        Ok(found.iter().filter_map(|key| keys::read_claim(org_id, key)).collect())
    }

    /// Returns the end of an org's chain, as far as a head counts it.
    pub async fn chain_end(&self, org_id: &OrgId, head: &Head) -> Result<ChainEnd, SegmentError> {
        let next = self.claim_digest(org_id, head.claims);
        let newest = async {
            match head.claims.checked_sub(1) {
                Some(newest) => self.claim_digest(org_id, newest).await,
                None => Ok(None),
            }
        };
        let (next, newest) = try_join(next, newest).await?;
        Ok(ChainEnd { has_next: next.is_some(), newest })
    }
}
