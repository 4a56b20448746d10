//! Staging: a segment is put where no reader looks, before the ledger names it.

use audit_core::SegmentRecord;
use aws_sdk_s3::primitives::ByteStream;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::error::{SegmentError, failed};
use crate::writer::Encoded;
use crate::{SegmentStore, keys};

impl SegmentStore {
    /// Puts a segment under `staging/<org>/<attempt>/<index>` and gives the record that the ledger will hold.
    ///
    /// *Guarantees*: S3 itself compares the checksum of what it stored. Staged objects are never deleted by code, since a
    /// lost request may still land; they expire.
    pub async fn stage(&self, attempt: &str, index: usize, segment: Encoded) -> Result<SegmentRecord, SegmentError> {
        let staged_key = keys::staged(&segment.org_id, attempt, index);
        let put = self
            .client
            .put_object()
            .bucket(&self.buckets.staging)
            .key(&staged_key)
            .content_type("application/vnd.apache.parquet")
            .checksum_sha256(base64_of_hex(&segment.record.sha256))
            .body(ByteStream::from(segment.body))
            .send()
            .await
            .map_err(failed("PutObject", &staged_key))?;
        Ok(SegmentRecord { staged_key, staged_etag: put.e_tag.unwrap_or_default(), ..segment.record })
    }
}

/// A digest in hex as S3 writes it, in base64; what is no hex gives what no checksum equals.
pub(crate) fn base64_of_hex(hex: &str) -> String {
    let digit = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    BASE64_STANDARD.encode((0..hex.len()).step_by(2).filter_map(digit).collect::<Vec<_>>())
}
