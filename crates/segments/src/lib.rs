//! Segments: events as Parquet files, and their objects in S3. The only crate that names parquet, arrow and the S3 SDK.
//!
//! What it needs of the store: create-only copies, conditional on the source; strong read-after-write; checksums.
//! A segment never changes once it is published, so what is read of it may be kept for ever.

mod blocks;
mod bloom;
mod body;
pub mod cache;
mod columns;
mod decode;
mod encode;
pub mod error;
pub mod full;
pub mod ids;
pub mod keys;
mod list;
pub mod object;
pub mod open;
pub mod prune;
mod publish;
mod read;
mod remote;
pub mod scan;
pub mod stage;
mod summary;
pub mod tail;
pub mod writer;

pub use error::SegmentError;
pub use full::FullSegment;
pub use ids::Ids;
pub use object::Object;
pub use open::OpenSegment;
pub use scan::SegmentScan;
pub use writer::{BatchPlace, Encoded, SegmentWriter};

use std::sync::Arc;

use aws_sdk_s3::Client;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// The names of the two buckets.
#[derive(Debug, Clone)]
pub struct Buckets {
    /// The bucket of published segments.
    pub archive: String,
    /// The bucket of staged segments, which expire.
    pub staging: String,
}

impl Buckets {
    /// Takes the names from settings, by the names that the settings have.
    pub fn from_settings(setting: impl Fn(&'static str) -> String) -> Self {
        Self { archive: setting("ARCHIVE_BUCKET"), staging: setting("STAGING_BUCKET") }
    }
}

/// The archive: staged and published segments.
#[derive(Debug, Clone)]
pub struct SegmentStore {
    client: Client,
    buckets: Buckets,
    open: Arc<Cache<String, Arc<OpenSegment>, ByBytes>>,
}

impl SegmentStore {
    /// Uses these buckets through `client`, and keeps up to `cache_bytes` of what it has read of segments.
    pub fn new(client: Client, buckets: Buckets, cache_bytes: u64) -> Self {
        Self { client, buckets, open: Arc::new(cache::by_bytes(cache_bytes, ByBytes)) }
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<String, Arc<OpenSegment>> for ByBytes {
    fn weight(&self, _: &String, segment: &Arc<OpenSegment>) -> u64 {
        segment.held_bytes()
    }
}
