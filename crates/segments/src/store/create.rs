//! Objects of the archive bucket that are created once, from bytes, and never changed.

use std::time::Duration;

use audit_core::Sha256;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use bytes::Bytes;

use crate::SegmentStore;
use crate::error::{SegmentError, failed};
use crate::send::Request as _;

/// How often an object is put while another worker puts it.
const ATTEMPTS: u32 = 5;
/// The pause before the second attempt; it grows with each attempt.
const PAUSE: Duration = Duration::from_millis(200);

impl SegmentStore {
    /// Creates an object. Returns `false` if an object exists under its key.
    ///
    /// # Guarantees
    /// An existing object is never overwritten. S3 verifies the checksum of what it stores. So this may be dropped and
    /// repeated at any moment.
    pub(super) async fn create(&self, key: &str, content_type: &str, body: Bytes) -> Result<bool, SegmentError> {
        let sha256 = Sha256::of(&body).base64();
        for attempt in 1.. {
            let put = self
                .client
                .put_object()
                .bucket(&self.buckets.archive)
                .key(key)
                .content_type(content_type)
                .if_none_match("*")
                .checksum_sha256(&sha256)
                .body(ByteStream::from(body.clone()))
                .sent()
                .await;
            let Err(error) = put else { return Ok(true) };
            match error.code() {
                Some("PreconditionFailed") => break,
                // Another worker puts it at this moment.
                Some("ConditionalRequestConflict") if attempt < ATTEMPTS => {
                    tokio::time::sleep(PAUSE * attempt).await;
                }
                _ => return Err(failed("PutObject", key)(error)),
            }
        }
        Ok(false)
    }

    /// Reads such an object; `None` if it does not exist.
    pub(super) async fn created(&self, key: &str) -> Result<Option<Bytes>, SegmentError> {
        match self.published_object(key).await {
            Err(SegmentError::Missing { .. }) => Ok(None),
            object => Ok(Some(object?.body)),
        }
    }

    /// Returns the SHA-256 of such an object; `None` if it does not exist.
    pub(super) async fn created_digest(&self, key: &str) -> Result<Option<Sha256>, SegmentError> {
        let head = self.client.head_object().bucket(&self.buckets.archive).key(key);
        let found = match head.checksum_mode(ChecksumMode::Enabled).sent().await.map_err(failed("HeadObject", key)) {
            Err(SegmentError::Missing { .. }) => return Ok(None),
            found => found?,
        };
        match found.checksum_sha256.as_deref().and_then(Sha256::from_base64) {
            Some(sha256) => Ok(Some(sha256)),
            // A copy that another tool made may have another checksum.
            None => Ok(Some(Sha256::of(&self.published_object(key).await?.body))),
        }
    }
}
