//! Buckets: the folders directly below the store's.

use std::io;
use std::time::SystemTime;

use object_store::local::LocalFileSystem;
use s3s::dto::{
    Bucket, CreateBucketInput, CreateBucketOutput, HeadBucketInput, HeadBucketOutput, ListBucketsOutput, Timestamp,
};
use s3s::{S3ErrorCode, S3Result, s3_error};

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

    pub(super) async fn head_bucket(&self, input: HeadBucketInput) -> S3Result<HeadBucketOutput> {
        self.bucket(&input.bucket).await?;
        Ok(HeadBucketOutput::default())
    }

    pub(super) async fn create_bucket(&self, input: CreateBucketInput) -> S3Result<CreateBucketOutput> {
        if !s3s::path::check_bucket_name(&input.bucket) {
            return Err(s3_error!(InvalidBucketName));
        }
        match tokio::fs::create_dir(self.folder.join(&input.bucket)).await {
            Ok(()) => Ok(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(S3ErrorCode::BucketAlreadyOwnedByYou.into())
            }
            Err(error) => Err(fault::internal(error)),
        }
    }

    pub(super) async fn list_buckets(&self) -> S3Result<ListBucketsOutput> {
        let mut buckets = Vec::new();
        let mut entries = tokio::fs::read_dir(&self.folder).await.map_err(fault::internal)?;
        while let Some(entry) = entries.next_entry().await.map_err(fault::internal)? {
            let found = entry.metadata().await.map_err(fault::internal)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if found.is_dir() && s3s::path::check_bucket_name(&name) {
                let created = found.created().or_else(|_| found.modified());
                buckets.push(Bucket {
                    name: Some(name),
                    creation_date: Some(Timestamp::from(created.unwrap_or(SystemTime::UNIX_EPOCH))),
                    bucket_region: None,
                });
            }
        }
        buckets.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(ListBucketsOutput { buckets: Some(buckets), ..ListBucketsOutput::default() })
    }
}
