//! Writes: staged where no reader looks, then published in one step.
//!
//! 1. stage the body under `.tmp`, hashing it        crash: emptied at the next start
//! 2. compare with the checksums that the client sent
//! 3. under the key's lock: check the condition
//! 4. write the metadata of the new version          crash: the key's next write removes it
//! 5. rename, or link if the key must be new         <- the object exists, complete
//! 6. remove the metadata of earlier versions        crash: as in 4

use std::collections::BTreeSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::PathBuf;

use futures::StreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStoreExt, WriteMultipart};
use s3s::dto::StreamingBlob;
use s3s::{S3ErrorCode, S3Result, s3_error};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use super::checksum::{Digests, Hashing};
use super::condition::{Condition, matches};
use super::error;
use super::location::{Location, TMP};
use super::metadata::{Metadata, file_id};

/// Bytes buffered before they are written; a hop to a blocking thread costs more than a small write.
const WRITE: usize = 1 << 20;

/// The folder and the locks over its keys.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    pub(super) files: LocalFileSystem,
    /// One lock for many keys, so that it needs no bookkeeping; taken for a few file operations at a time.
    locks: [Mutex<()>; 64],
}

/// A file in `.tmp`, removed when dropped unless it was renamed.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) path: Path,
    file: PathBuf,
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Usually renamed already; what remains is deleted at the next start.
        let _ = std::fs::remove_file(&self.file);
    }
}

impl Store {
    pub(super) fn new(folder: PathBuf) -> object_store::Result<Self> {
        let files = LocalFileSystem::new_with_prefix(&folder)?;
        Ok(Self { folder, files, locks: std::array::from_fn(|_| Mutex::default()) })
    }

    /// Locks the key, and others with it.
    pub(super) async fn lock(&self, at: &Location) -> MutexGuard<'_, ()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(at.path.as_ref());
        self.locks[hash as usize % self.locks.len()].lock().await
    }

    /// The folder of a bucket.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub(super) async fn bucket(&self, name: &str) -> S3Result<PathBuf> {
        let folder = self.folder.join(name);
        let exists = tokio::fs::metadata(&folder).await.is_ok_and(|found| found.is_dir());
        if s3s::path::check_bucket_name(name) && exists { Ok(folder) } else { Err(S3ErrorCode::NoSuchBucket.into()) }
    }

    pub(super) fn staging(&self) -> Staged {
        let name = Uuid::new_v4().simple().to_string();
        let file = self.folder.join(TMP).join(&name);
        Staged { path: Path::from_iter([TMP, name.as_str()]), file }
    }

    /// Writes a body where no reader looks; returns the id of the written file and the digests.
    pub(super) async fn stage(
        &self,
        mut body: StreamingBlob,
        wanted: BTreeSet<&'static str>,
    ) -> S3Result<(Staged, String, Digests)> {
        let staged = self.staging();
        let mut hashing = Hashing::of(wanted);
        let upload = self.files.put_multipart(&staged.path).await.map_err(error::from_store)?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, WRITE);
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(incomplete)?;
            hashing.update(&bytes);
            writer.put(bytes);
            writer.wait_for_capacity(1).await.map_err(error::from_store)?;
        }
        let written = writer.finish().await.map_err(error::from_store)?;
        Ok((staged, file_id(written.e_tag.as_deref()), hashing.finish()))
    }

    /// Makes a staged file the object at `at`, if `condition` is met.
    ///
    /// # Guarantees
    /// Readers see the old or the new object, complete. Of concurrent creates exactly one succeeds.
    ///
    /// # Errors
    /// `PreconditionFailed`; `NoSuchKey` for `If-Match` on an absent object; `InvalidArgument` if one key would be a
    /// folder of another.
    pub(super) async fn publish(
        &self,
        staged: &Staged,
        file_id: &str,
        at: &Location,
        condition: &Condition,
        metadata: &Metadata,
    ) -> S3Result<()> {
        self.bucket(&at.bucket).await?;
        let _guard = self.lock(at).await;
        self.check(at, condition).await?;
        self.write_metadata(at, file_id, metadata).await?;
        let published = match condition {
            // The link fails if the name exists, so another process cannot be overwritten either.
            Condition::Absent => self.files.copy_if_not_exists(&staged.path, &at.path).await,
            Condition::None | Condition::Matches(_) => self.files.rename(&staged.path, &at.path).await,
        };
        if let Err(error) = published {
            // If this fails, the key's next write removes the file. The error to report is the one above.
            let _ = self.files.delete(&at.metadata_folder().join(file_id)).await;
            // A file cannot be a folder: S3 allows both `a` and `a/b`, this store does not.
            let is_folder = tokio::fs::metadata(self.folder.join(at.path.as_ref())).await.is_ok_and(|at| at.is_dir());
            return Err(match error {
                error if is_folder || error::is_not_a_folder(&error) => {
                    s3_error!(InvalidArgument, "This store uses keys as paths: one key cannot be a folder of another")
                }
                object_store::Error::AlreadyExists { .. } => S3ErrorCode::PreconditionFailed.into(),
                error => error::from_store(error),
            });
        }
        self.prune_metadata(at, Some(file_id)).await
    }

    async fn check(&self, at: &Location, condition: &Condition) -> S3Result<()> {
        if matches!(condition, Condition::None) {
            return Ok(());
        }
        let is_met = match (condition, self.open_version(at, &at.path).await) {
            (Condition::Matches(wanted), Ok(found)) => matches(wanted, &found.metadata.etag()),
            (_, Ok(_)) => false,
            (Condition::Absent, Err(error)) if *error.code() == S3ErrorCode::NoSuchKey => true,
            (_, Err(error)) => return Err(error),
        };
        if is_met { Ok(()) } else { Err(S3ErrorCode::PreconditionFailed.into()) }
    }

    /// Removes the object, if it exists and `condition` is met, and the folders that become empty.
    pub(super) async fn remove(&self, at: &Location, condition: &Condition) -> S3Result<()> {
        let bucket = LocalFileSystem::new_with_prefix(self.bucket(&at.bucket).await?).map_err(error::internal)?;
        let _guard = self.lock(at).await;
        self.check(at, condition).await?;
        let path = Path::parse(&at.key).map_err(error::internal)?;
        match bucket.with_automatic_cleanup(true).delete(&path).await {
            Err(error) if !error::is_absent(&error) => return Err(error::from_store(error)),
            _ => {}
        }
        self.prune_metadata(at, None).await
    }
}

fn incomplete(source: Box<dyn std::error::Error + Send + Sync>) -> s3s::S3Error {
    let mut error = s3_error!(IncompleteBody, "The body ended early or does not match its signature");
    error.set_source(source);
    error
}
