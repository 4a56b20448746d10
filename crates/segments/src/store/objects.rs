//! The objects of an org, as they are in their buckets: their keys, and their bytes without a check.

use audit_core::{OrgId, SegmentRecord, Sha256, Violation, invariants::same_object};
use aws_sdk_s3::config::{Builder, ResponseChecksumValidation};
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};

use crate::error::{SegmentError, failed};
use crate::send::Request as _;
use crate::{SegmentStore, keys};

/// Listings in flight.
const IN_FLIGHT: usize = 8;

/// An object, read whole.
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
    /// I-3, I-5: it is the object that the ledger recorded.
    pub fn is_recorded(&self, segment: &SegmentRecord) -> Result<(), Violation> {
        same_object(segment, self.body.len() as u64, Some(Sha256::of(&self.body)))
    }
}

impl SegmentStore {
    /// Reads an object under the key of a published segment.
    ///
    /// # Guarantees
    /// Returns the stored bytes even if S3 has another checksum for them.
    pub async fn published_object(&self, key: &str) -> Result<Object, SegmentError> {
        self.object(&self.buckets.archive, key).await
    }

    /// Reads an object under the key of a staged segment.
    pub async fn staged_object(&self, key: &str) -> Result<Object, SegmentError> {
        self.object(&self.buckets.staging, key).await
    }

    async fn object(&self, bucket: &str, key: &str) -> Result<Object, SegmentError> {
        // With validation, the client would reject changed bytes, and the caller could not report what changed.
        let unchecked = Builder::new().response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        let get = self.client.get_object().bucket(bucket).key(key).customize().config_override(unchecked);
        let got = get.sent().await.map_err(failed("GetObject", key))?;
        let body = collect(key, got.body).await?;
        Ok(Object { key: key.to_owned(), etag: got.e_tag.unwrap_or_default(), body })
    }

    /// Returns the keys of all objects under the prefixes of the org's published segments, by month.
    ///
    /// # Guarantees
    /// Includes objects that are not in the ledger; Athena would find them too.
    pub async fn published_keys(&self, org_id: &OrgId) -> Result<Vec<String>, SegmentError> {
        let (months, _) = self.list(&self.buckets.archive, keys::EVENTS, Some("/")).await?;
        let prefixes: Vec<_> = months.iter().map(|month| keys::published_prefix(month, org_id)).collect();
        let listings: Vec<_> = prefixes.iter().map(|prefix| self.list(&self.buckets.archive, prefix, None)).collect();
        let keys = stream::iter(listings).buffered(IN_FLIGHT).map_ok(|(_, keys)| keys);
        Ok(keys.try_collect::<Vec<_>>().await?.concat())
    }

    /// Returns the keys of the org's staged segments that have not expired.
    pub async fn staged_keys(&self, org_id: &OrgId) -> Result<Vec<String>, SegmentError> {
        Ok(self.list(&self.buckets.staging, &keys::staged_prefix(org_id), None).await?.1)
    }

    /// Lists the common prefixes and the keys below a prefix.
    async fn list(
        &self,
        bucket: &str,
        prefix: &str,
        delimiter: Option<&str>,
    ) -> Result<(Vec<String>, Vec<String>), SegmentError> {
        let listing = self.client.list_objects_v2().bucket(bucket).prefix(prefix);
        let mut pages = listing.set_delimiter(delimiter.map(str::to_owned)).into_paginator().send();
        let (mut prefixes, mut keys) = (Vec::new(), Vec::new());
        while let Some(page) = pages.try_next().await.map_err(failed("ListObjectsV2", prefix))? {
            prefixes.extend(page.common_prefixes.into_iter().flatten().filter_map(|common| common.prefix));
            keys.extend(page.contents.into_iter().flatten().filter_map(|object| object.key));
        }
        Ok((prefixes, keys))
    }
}

/// Reads the body of a response.
pub(crate) async fn collect(key: &str, body: ByteStream) -> Result<Bytes, SegmentError> {
    let failed = |error| SegmentError::Failed { operation: "GetObject", key: key.to_owned(), source: Box::new(error) };
    Ok(body.collect().await.map_err(failed)?.into_bytes())
}
