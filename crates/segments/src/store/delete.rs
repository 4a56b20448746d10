//! Deletes of published segments that a merge replaced, or that were never used.

use audit_core::{Invariant, Sha256, Violation};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::ChecksumMode;

use crate::SegmentStore;
use crate::error::{SegmentError, failed};
use crate::send::Request as _;

/// How often a delete is tried whose object changed after it was compared.
const ATTEMPTS: u32 = 2;

impl SegmentStore {
    /// Ensures that no object with this digest exists under the key of a published segment.
    ///
    /// # Guarantees
    /// Deletes exactly the object that was compared: another one under the key stays. So this may be dropped and
    /// repeated at any moment.
    ///
    /// # Errors
    /// [`SegmentError::Altered`] if another object exists under the key.
    pub async fn delete(&self, key: &str, sha256: Sha256) -> Result<(), SegmentError> {
        for attempt in 1.. {
            let head = self.client.head_object().bucket(&self.buckets.archive).key(key);
            let head = head.checksum_mode(ChecksumMode::Enabled).sent().await.map_err(failed("HeadObject", key));
            let found = match head {
                Err(SegmentError::Missing { .. }) => return Ok(()),
                found => found?,
            };
            if found.checksum_sha256.as_deref().and_then(Sha256::from_base64) != Some(sha256) {
                let what = format!("the object {key} is not the one that the ledger recorded, and is not deleted");
                return Err(Violation { invariant: Invariant::ObjectsUnchanged, what }.into());
            }
            let delete = self.client.delete_object().bucket(&self.buckets.archive).key(key);
            let deleted = delete.if_match(found.e_tag.unwrap_or_default()).sent().await;
            let Err(error) = deleted else { break };
            match error.code() {
                // Another worker deleted it first, or the response of an earlier attempt was lost.
                Some("NoSuchKey" | "NotFound") => break,
                Some("PreconditionFailed") if attempt < ATTEMPTS => {}
                _ => return Err(failed("DeleteObject", key)(error)),
            }
        }
        Ok(())
    }
}
