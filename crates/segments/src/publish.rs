//! Publishing: a committed segment is copied to its final key, once, and compared.

use std::time::Duration;

use audit_core::{SegmentRecord, invariants::same_object};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::copy_object::{CopyObjectError, CopyObjectOutput};
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode};

use crate::SegmentStore;
use crate::error::{SegmentError, failed};
use crate::stage::base64_of_hex;

/// How often a copy is tried that another worker makes at the same snapshot.
const COPY_ATTEMPTS: u32 = 5;
/// How long it waits before the second try; longer before each further one.
const COPY_PAUSE: Duration = Duration::from_millis(200);

impl SegmentStore {
    /// Makes sure that the segment stands under its final key.
    ///
    /// *Guarantees*: when it returns `Ok`, the object there has the recorded length and checksum, whoever copied it. An
    /// object that stands there is never overwritten.
    /// *Errors*: [`SegmentError::Altered`] where another object stands there; [`SegmentError::Missing`] where neither the
    /// staged nor the published object is left.
    pub async fn publish(&self, segment: &SegmentRecord) -> Result<(), SegmentError> {
        for attempt in 1.. {
            match self.copy(segment).await {
                Ok(_) => break,
                Err(error) => match error.code() {
                    // 412 stands for "already there" and for "the source changed", 404 for a staged object that expired
                    // after somebody published it; what is there now decides.
                    Some("PreconditionFailed" | "NoSuchKey") => break,
                    // Another worker copies at this snapshot.
                    Some("ConditionalRequestConflict") if attempt < COPY_ATTEMPTS => {
                        tokio::time::sleep(COPY_PAUSE * attempt).await;
                    }
                    _ => return Err(failed("CopyObject", &segment.key)(error)),
                },
            }
        }
        self.compare(segment).await
    }

    async fn copy(&self, segment: &SegmentRecord) -> Result<CopyObjectOutput, SdkError<CopyObjectError>> {
        self.client
            .copy_object()
            .bucket(&self.buckets.archive)
            .key(&segment.key)
            // Neither bucket names nor our keys hold a character that the header would need escaped.
            .copy_source(format!("{}/{}", self.buckets.staging, segment.staged_key))
            .copy_source_if_match(&segment.staged_etag)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .if_none_match("*")
            .send()
            .await
    }

    async fn compare(&self, segment: &SegmentRecord) -> Result<(), SegmentError> {
        let head = self
            .client
            .head_object()
            .bucket(&self.buckets.archive)
            .key(&segment.key)
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .map_err(failed("HeadObject", &segment.key))?;
        let bytes = head.content_length.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
        let checksum = head.checksum_sha256.unwrap_or_default();
        let sha256 = if checksum == base64_of_hex(&segment.sha256) { &segment.sha256 } else { &checksum };
        Ok(same_object(segment, bytes, sha256)?)
    }
}
