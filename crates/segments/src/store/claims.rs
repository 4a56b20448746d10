//! Claims: the objects that fix each decision about an org's archive, one after the other.

use std::time::Duration;

use audit_core::{ChainEnd, Head, OrgId, SealedClaim, Sha256};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use bytes::Bytes;
use futures::future::try_join;

use crate::error::{SegmentError, failed};
use crate::send::Request as _;
use crate::{SegmentStore, keys};

/// How often a claim is put while another worker puts it.
const ATTEMPTS: u32 = 5;
/// The pause before the second attempt; it grows with each attempt.
const PAUSE: Duration = Duration::from_millis(200);

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
    /// An existing claim is never overwritten. S3 verifies the checksum of what it stores. So this may be dropped and
    /// repeated at any moment.
    pub async fn put_claim(&self, org_id: &OrgId, claim: &SealedClaim) -> Result<ClaimPut, SegmentError> {
        let key = keys::claim(org_id, claim.number);
        let sha256 = claim.sha256();
        for attempt in 1.. {
            let put = self
                .client
                .put_object()
                .bucket(&self.buckets.archive)
                .key(&key)
                .content_type("application/json")
                .if_none_match("*")
                .checksum_sha256(sha256.base64())
                .body(ByteStream::from(claim.bytes.clone()))
                .sent()
                .await;
            let Err(error) = put else { return Ok(ClaimPut::Claimed) };
            match error.code() {
                Some("PreconditionFailed") => break,
                // Another worker puts it at this moment.
                Some("ConditionalRequestConflict") if attempt < ATTEMPTS => {
                    tokio::time::sleep(PAUSE * attempt).await;
                }
                _ => return Err(failed("PutObject", &key)(error)),
            }
        }
        let found = self.claim_digest(org_id, claim.number).await?;
        Ok(if found == Some(sha256) { ClaimPut::Claimed } else { ClaimPut::Forked })
    }

    /// Returns the SHA-256 of the claim under a number; `None` if there is no such claim.
    pub async fn claim_digest(&self, org_id: &OrgId, number: u64) -> Result<Option<Sha256>, SegmentError> {
        let key = keys::claim(org_id, number);
        let head = self.client.head_object().bucket(&self.buckets.archive).key(&key);
        let found = match head.checksum_mode(ChecksumMode::Enabled).sent().await.map_err(failed("HeadObject", &key)) {
            Err(SegmentError::Missing { .. }) => return Ok(None),
            found => found?,
        };
        match found.checksum_sha256.as_deref().and_then(Sha256::from_base64) {
            Some(sha256) => Ok(Some(sha256)),
            // A copy that another tool made may have another checksum.
            None => Ok(Some(Sha256::of(&self.claim(org_id, number).await?))),
        }
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
