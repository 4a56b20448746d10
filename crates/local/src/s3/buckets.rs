//! Buckets: the folders directly below the store's.

use object_store::local::LocalFileSystem;
use s3s::{S3ErrorCode, S3Result};

use super::fault;
use super::store::Store;

impl Store {
    /// The store of one bucket; it removes folders that a delete leaves empty.
    ///
    /// *Errors:* `NoSuchBucket`.
    pub(super) async fn bucket(&self, name: &str) -> S3Result<LocalFileSystem> {
        let folder = self.folder.join(name);
        let is_bucket =
            s3s::path::check_bucket_name(name) && tokio::fs::metadata(&folder).await.is_ok_and(|found| found.is_dir());
        if !is_bucket {
            return Err(S3ErrorCode::NoSuchBucket.into());
        }
        let files = LocalFileSystem::new_with_prefix(folder).map_err(fault::internal)?;
        Ok(files.with_automatic_cleanup(true))
    }
}
