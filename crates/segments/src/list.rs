//! The objects of an org, as the buckets list them.

use audit_core::OrgId;
use futures::{StreamExt, TryStreamExt, stream};

use crate::error::{SegmentError, failed};
use crate::{SegmentStore, keys};

/// Listings in flight.
const IN_FLIGHT: usize = 8;

impl SegmentStore {
    /// The keys of everything that stands where the org's published segments stand, by day.
    ///
    /// *Guarantees*: also what no ledger names, as Athena would find it.
    pub async fn published_keys(&self, org_id: &OrgId) -> Result<Vec<String>, SegmentError> {
        let (days, _) = self.list(&self.buckets.archive, keys::EVENTS, Some("/")).await?;
        let prefixes: Vec<_> = days.iter().map(|day| keys::published_prefix(day, org_id)).collect();
        let listings: Vec<_> = prefixes.iter().map(|prefix| self.list(&self.buckets.archive, prefix, None)).collect();
        let keys = stream::iter(listings).buffered(IN_FLIGHT).map_ok(|(_, keys)| keys);
        Ok(keys.try_collect::<Vec<_>>().await?.concat())
    }

    /// The keys of the org's staged segments that have not expired.
    pub async fn staged_keys(&self, org_id: &OrgId) -> Result<Vec<String>, SegmentError> {
        Ok(self.list(&self.buckets.staging, &keys::staged_prefix(org_id), None).await?.1)
    }

    /// The common prefixes and the keys below a prefix.
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
