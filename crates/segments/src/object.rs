//! An object as it stands in its bucket, in one request and unjudged.

use audit_core::{SegmentRecord, Violation, invariants::same_object};
use aws_sdk_s3::config::{Builder, ResponseChecksumValidation};
use bytes::Bytes;

use crate::SegmentStore;
use crate::error::{SegmentError, failed};
use crate::summary::sha256;

/// The whole of an object.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its entity tag.
    pub etag: String,
    /// Its bytes.
    pub body: Bytes,
}

impl Object {
    /// I-3, I-5: whether it is the one that the ledger recorded.
    pub fn is_recorded(&self, segment: &SegmentRecord) -> Result<(), Violation> {
        same_object(segment, self.body.len() as u64, &sha256(&self.body))
    }
}

impl SegmentStore {
    /// Reads an object under the key of a published segment.
    ///
    /// *Guarantees*: gives the bytes that are there, also where S3 has another checksum for them.
    pub async fn published_object(&self, key: &str) -> Result<Object, SegmentError> {
        self.object(&self.buckets.archive, key).await
    }

    /// Reads an object under the key of a staged segment.
    pub async fn staged_object(&self, key: &str) -> Result<Object, SegmentError> {
        self.object(&self.buckets.staging, key).await
    }

    async fn object(&self, bucket: &str, key: &str) -> Result<Object, SegmentError> {
        // The client would else refuse bytes that have changed, and nobody could say in what.
        let unjudged = Builder::new().response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        let get = self.client.get_object().bucket(bucket).key(key).customize().config_override(unjudged);
        let got = get.send().await.map_err(failed("GetObject", key))?;
        let body = got.body.collect().await.map_err(|error| SegmentError::Failed {
            operation: "GetObject",
            key: key.to_owned(),
            source: error.into(),
        })?;
        Ok(Object { key: key.to_owned(), etag: got.e_tag.unwrap_or_default(), body: body.into_bytes() })
    }
}
