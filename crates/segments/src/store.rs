//! The two buckets of segments.

pub mod cache;
pub(crate) mod claims;
mod create;
mod delete;
mod log;
pub(crate) mod objects;
mod publish;

use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_types::SdkConfig;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::read::segment::OpenSegment;

/// The names of the two buckets.
#[derive(Debug, Clone)]
pub struct Buckets {
    /// The bucket of published segments.
    pub archive: String,
    /// The bucket of staged segments, which expire.
    pub staging: String,
}

impl Buckets {
    /// Reads the names from settings.
    pub fn from_settings(setting: impl Fn(&'static str) -> String) -> Self {
        Self { archive: setting("ARCHIVE_BUCKET"), staging: setting("STAGING_BUCKET") }
    }
}

/// The staged and published segments, in S3.
#[derive(Debug, Clone)]
pub struct SegmentStore {
    pub(crate) client: Client,
    pub(crate) buckets: Buckets,
    pub(crate) cache: Arc<Cache<String, Arc<OpenSegment>, ByBytes>>,
    pub(crate) ranges: cache::Ranges,
}

impl SegmentStore {
    /// Uses these buckets on AWS, and caches up to `cache_bytes` of opened segments and of what was read of them.
    ///
    /// `path_style` puts the bucket into the path of a URL and not into its host, for a store that needs it.
    pub fn connect(config: &SdkConfig, buckets: Buckets, path_style: bool, cache_bytes: u64) -> Self {
        let config = Builder::from(config).force_path_style(path_style).build();
        Self::new(Client::from_conf(config), buckets, cache_bytes)
    }

    /// Uses these buckets through `client`, and caches up to `cache_bytes` of opened segments and of what was read of
    /// them.
    pub fn new(client: Client, buckets: Buckets, cache_bytes: u64) -> Self {
        let opened = cache_bytes / 2;
        let ranges = cache::Ranges::new(cache_bytes - opened);
        Self { client, buckets, cache: Arc::new(cache::by_bytes(opened, ByBytes)), ranges }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct ByBytes;

impl Weighter<String, Arc<OpenSegment>> for ByBytes {
    fn weight(&self, _: &String, segment: &Arc<OpenSegment>) -> u64 {
        segment.held_bytes()
    }
}
