//! A published object that is read by ranges.

use std::ops::Range;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Config, ResponseChecksumValidation};
use aws_sdk_s3::error::ProvideErrorMetadata;
use bytes::Bytes;

use crate::error::{SegmentError, failed, unreadable};

/// An object of the archive bucket.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    pub(crate) client: Client,
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl Remote {
    /// Reads a range that is not empty. Whoever asks compares what it gets.
    ///
    /// *Errors*: [`SegmentError::Unreadable`] where the object ends before the range does.
    pub(crate) async fn get(&self, range: Range<u64>) -> Result<Bytes, SegmentError> {
        let ends_early = |source: &str| unreadable(&self.key, source);
        let got = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&self.key)
            .range(format!("bytes={}-{}", range.start, range.end.saturating_sub(1)))
            .customize()
            // S3 has a checksum of whole objects alone; ours cover every range.
            .config_override(Config::builder().response_checksum_validation(ResponseChecksumValidation::WhenRequired))
            .send()
            .await
            .map_err(|error| match error.code() {
                Some("InvalidRange") => ends_early("it ends before the range begins"),
                _ => failed("GetObject", &self.key)(error),
            })?;
        let body = got.body.collect().await.map_err(|error| SegmentError::Failed {
            operation: "GetObject",
            key: self.key.clone(),
            source: error.into(),
        })?;
        let bytes = body.into_bytes();
        match bytes.len() as u64 == range.end - range.start {
            true => Ok(bytes),
            false => Err(ends_early("it ends before the range does")),
        }
    }
}
