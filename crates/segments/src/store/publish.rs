//! Staging and publishing: a segment is written where no reader looks, then committed, then copied to its final key.

use std::time::Duration;

use audit_core::{SegmentRecord, Sha256, Staged, UnixMicros, invariants::same_object};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode};

use crate::error::{SegmentError, failed};
use crate::format::file::Encoded;
use crate::send::Request as _;
use crate::{SegmentStore, keys};

/// How often a copy is tried while another worker makes the same copy.
const COPY_ATTEMPTS: u32 = 5;
/// The pause before the second try; it grows with each try.
const COPY_PAUSE: Duration = Duration::from_millis(200);

impl SegmentStore {
    /// Stages a segment under `staging/<org>/<attempt>/<index>` at the instant `at`, and returns its record for the
    /// ledger.
    ///
    /// # Guarantees
    /// S3 verifies the checksum of what it stores. No code deletes staged objects, since a lost request may still
    /// arrive; they expire.
    pub async fn stage(
        &self,
        attempt: &str,
        index: usize,
        at: UnixMicros,
        segment: Encoded,
    ) -> Result<SegmentRecord, SegmentError> {
        let key = keys::staged(&segment.org_id, attempt, index);
        let put = self
            .client
            .put_object()
            .bucket(&self.buckets.staging)
            .key(&key)
            .content_type("application/vnd.apache.parquet")
            .checksum_sha256(segment.record.sha256.base64())
            .body(ByteStream::from(segment.body))
            .sent()
            .await
            .map_err(failed("PutObject", &key))?;
        let staged = Staged { key, etag: put.e_tag.unwrap_or_default(), at };
        Ok(SegmentRecord { staged: Some(staged), ..segment.record })
    }

    /// Ensures that the segment exists under its final key.
    ///
    /// # Guarantees
    /// After `Ok`, the object has the recorded length and checksum, even if another worker copied it. An existing
    /// object is never overwritten.
    ///
    /// # Errors
    /// [`SegmentError::Altered`] if another object exists under the key; [`SegmentError::Missing`] if neither the
    /// staged nor the published object exists.
    pub async fn publish(&self, segment: &SegmentRecord) -> Result<(), SegmentError> {
        for attempt in 1.. {
            let Some(staged) = &segment.staged else { break };
            let copied = self
                .client
                .copy_object()
                .bucket(&self.buckets.archive)
                .key(&segment.key)
                // Neither bucket names nor our keys contain a character that must be escaped in the header.
                .copy_source(format!("{}/{}", self.buckets.staging, staged.key))
                .copy_source_if_match(&staged.etag)
                .checksum_algorithm(ChecksumAlgorithm::Sha256)
                .if_none_match("*")
                .sent()
                .await;
            let Err(error) = copied else { break };
            match error.code() {
                // 412 means that the object exists or that the source changed; 404 that the staged object expired,
                // after another worker published it. The object under the final key decides.
                Some("PreconditionFailed" | "NoSuchKey") => break,
                // Another worker makes this copy at this moment.
                Some("ConditionalRequestConflict") if attempt < COPY_ATTEMPTS => {
                    tokio::time::sleep(COPY_PAUSE * attempt).await;
                }
                _ => return Err(failed("CopyObject", &segment.key)(error)),
            }
        }
        self.compare(segment).await
    }

    /// I-5: compares the length and the checksum of a published object with its record.
    ///
    /// # Errors
    /// [`SegmentError::Missing`] or [`SegmentError::Altered`].
    pub async fn compare(&self, segment: &SegmentRecord) -> Result<(), SegmentError> {
        let head = self
            .client
            .head_object()
            .bucket(&self.buckets.archive)
            .key(&segment.key)
            .checksum_mode(ChecksumMode::Enabled)
            .sent()
            .await
            .map_err(failed("HeadObject", &segment.key))?;
        let bytes = head.content_length.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
        let sha256 = head.checksum_sha256.as_deref().and_then(Sha256::from_base64);
        Ok(same_object(segment, bytes, sha256)?)
    }
}
