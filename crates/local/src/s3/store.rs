//! Writes: staged out of sight, then published in one step.
//!
//! 1. stage the body under `.tmp`, hashing it        crash: emptied at the next start
//! 2. compare with what the client promised
//! 3. under the key's lock: check the condition
//! 4. write what is kept about the version           crash: belongs to nothing, removed by the key's next write
//! 5. rename, or link if the key must be new         <- the object is there, whole
//! 6. forget the versions before                     crash: as 4

use std::collections::BTreeSet;
use std::path::PathBuf;

use bytes::BytesMut;
use futures::{Stream, StreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt};
use s3s::{S3ErrorCode, S3Result, s3_error};
use uuid::Uuid;

use super::about::{About, open_file, version};
use super::checksum::{Algorithm, Digests, Hashing};
use super::condition::{Condition, KeyLocks, matches};
use super::fault;
use super::location::{Location, TMP};

/// Bytes gathered before they are written; a hop to a blocking thread costs more than a small write.
const WRITE: usize = 1 << 20;

/// The folder and the locks over its keys.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) folder: PathBuf,
    pub(super) files: LocalFileSystem,
    pub(super) locks: KeyLocks,
}

/// A file in `.tmp`, removed when dropped unless it was renamed away.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) path: Path,
    file: PathBuf,
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Usually gone already; what stays is emptied at the next start.
        drop(std::fs::remove_file(&self.file));
    }
}

impl Store {
    pub(super) fn staging(&self) -> Staged {
        let name = Uuid::new_v4().simple().to_string();
        let file = self.folder.join(TMP).join(&name);
        Staged { path: Path::from_iter([TMP, name.as_str()]), file }
    }

    /// Writes a body where no reader looks; returns the version of the written file and the digests.
    pub(super) async fn stage<S, E>(&self, body: S, wanted: &BTreeSet<Algorithm>) -> S3Result<(Staged, String, Digests)>
    where
        S: Stream<Item = Result<bytes::Bytes, E>> + Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let staged = self.staging();
        let mut hashing = Hashing::of(wanted);
        let mut upload = self.files.put_multipart(&staged.path).await.map_err(fault::from_store)?;
        let mut gathered = BytesMut::new();
        let mut body = std::pin::pin!(body);
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(|error| incomplete(error.into()))?;
            hashing.update(&bytes);
            gathered.extend_from_slice(&bytes);
            if gathered.len() >= WRITE {
                write(upload.as_mut(), &mut gathered).await?;
            }
        }
        write(upload.as_mut(), &mut gathered).await?;
        let written = upload.complete().await.map_err(fault::from_store)?;
        Ok((staged, version(written.e_tag.as_deref()), hashing.finish()))
    }

    /// Makes a staged file the object at `at`, if `condition` holds.
    ///
    /// *Guarantees:* readers see the object before or the object after, whole; of concurrent creates one succeeds.
    ///
    /// *Errors:* `PreconditionFailed`; `NoSuchKey` for `If-Match` on nothing; `InvalidArgument` if the key would be a
    /// folder of another, or another a folder of it.
    pub(super) async fn publish(
        &self,
        staged: &Staged,
        version: &str,
        at: &Location,
        condition: &Condition,
        about: &About,
    ) -> S3Result<()> {
        self.bucket(&at.bucket).await?;
        let _held = self.locks.hold(at).await;
        self.check(at, condition).await?;
        self.write_about(at, version, about).await?;
        let published = match condition {
            // The link fails where a name exists, so another process cannot be overwritten either.
            Condition::Absent => self.files.copy_if_not_exists(&staged.path, &at.path).await,
            Condition::None | Condition::Matches(_) => self.files.rename(&staged.path, &at.path).await,
        };
        if let Err(error) = published {
            self.forget_version(at, version).await;
            self.check_shape(at).await?;
            return Err(match error {
                object_store::Error::AlreadyExists { .. } => S3ErrorCode::PreconditionFailed.into(),
                error => fault::from_store(error),
            });
        }
        self.forget(at, Some(version)).await
    }

    async fn check(&self, at: &Location, condition: &Condition) -> S3Result<()> {
        let wanted = match condition {
            Condition::None => return Ok(()),
            Condition::Absent => None,
            Condition::Matches(wanted) => Some(wanted),
        };
        let (file, meta) = match open_file(&self.files, &at.path).await {
            Ok(found) => found,
            Err(error) if wanted.is_none() && *error.code() == S3ErrorCode::NoSuchKey => return Ok(()),
            Err(error) => return Err(error),
        };
        let Some(wanted) = wanted else {
            return Err(S3ErrorCode::PreconditionFailed.into());
        };
        let about = self.read_about(at, &meta).await?;
        let found = self.complete(at, file, meta, about).await?;
        if !matches(wanted, &found.about.etag()) {
            return Err(S3ErrorCode::PreconditionFailed.into());
        }
        Ok(())
    }

    /// Files cannot be folders: S3 allows `a` beside `a/b`, this store does not.
    async fn check_shape(&self, at: &Location) -> S3Result<()> {
        let mut path = self.folder.join(&at.bucket);
        let mut parts = at.key.split('/').peekable();
        while let Some(part) = parts.next() {
            path.push(part);
            let Ok(found) = tokio::fs::metadata(&path).await else {
                return Ok(());
            };
            if found.is_dir() != parts.peek().is_some() {
                return Err(s3_error!(
                    InvalidArgument,
                    "This store keeps keys as paths: one key cannot be a folder of another"
                ));
            }
        }
        Ok(())
    }

    /// Removes the object if it is there and `condition` allows.
    pub(super) async fn remove(&self, at: &Location, condition: &Condition) -> S3Result<()> {
        let bucket = self.bucket(&at.bucket).await?;
        let _held = self.locks.hold(at).await;
        self.check(at, condition).await?;
        let path = Path::parse(&at.key).map_err(fault::internal)?;
        match bucket.delete(&path).await {
            Err(error) if !fault::is_absent(&error) => return Err(fault::from_store(error)),
            _ => {}
        }
        self.forget(at, None).await
    }

    async fn forget_version(&self, at: &Location, version: &str) {
        // Left behind it does no harm, and the error that led here is the one to report.
        drop(self.files.delete(&at.about().join(version)).await);
    }
}

async fn write(upload: &mut dyn MultipartUpload, gathered: &mut BytesMut) -> S3Result<()> {
    if gathered.is_empty() {
        return Ok(());
    }
    let bytes = gathered.split().freeze();
    upload.put_part(bytes.into()).await.map_err(fault::from_store)
}

fn incomplete(source: Box<dyn std::error::Error + Send + Sync>) -> s3s::S3Error {
    let mut error = s3_error!(IncompleteBody, "The body ended early, or does not match its signature");
    error.set_source(source);
    error
}
