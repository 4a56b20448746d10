//! What is kept about a stored version of an object, beside its bytes.
//!
//! Each version is one file of its own, named by the version: inode, modification time and size of the object's file,
//! which a rename and a hard link leave alone. It is written before the object is published, so a published object
//! always has the one that belongs to it; a crash in between leaves one that belongs to nothing, and the next write
//! of the key removes it. A file that came here by other means (copied by hand) has none: its digests are computed
//! when it is first read, and its content type is the default.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};

use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt};
use s3s::dto::ETag;
use s3s::{S3ErrorCode, S3Result};
use serde::{Deserialize, Serialize};

use super::checksum::{Algorithm, Checksums, Digests, Hashing};
use super::fault;
use super::location::{Location, hex};
use super::store::Store;

/// The headers that a client stores with an object.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Described {
    pub(super) content_type: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) metadata: BTreeMap<String, String>,
}

/// Everything about a version but its bytes, size and time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct About {
    /// Without quotes: the MD5 in hexadecimal.
    pub(super) etag: String,
    pub(super) checksums: Checksums,
    pub(super) described: Described,
}

impl About {
    pub(super) fn new(digests: &Digests, described: Described) -> Self {
        Self { etag: hex(&digests.md5), checksums: digests.checksums.clone(), described }
    }

    pub(super) fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }
}

/// An object opened for reading: one version, whatever happens to its key meanwhile.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) meta: ObjectMeta,
    pub(super) about: About,
}

/// Names the version of a stored file.
pub(super) fn version(etag: Option<&str>) -> String {
    etag.unwrap_or_default().trim_matches('"').to_owned()
}

impl Store {
    /// Opens the object.
    ///
    /// *Errors:* `NoSuchKey`.
    pub(super) async fn open(&self, at: &Location) -> S3Result<Opened> {
        // Without the lock, an overwrite between the two reads would take the description of the opened version away.
        let held = self.locks.hold(at).await;
        let (file, meta) = open_file(&self.files, &at.path).await?;
        let about = self.read_about(at, &meta).await?;
        drop(held);
        self.complete(at, file, meta, about).await
    }

    /// As [`open`](Self::open) for what a listing found; `None` if it is gone by now.
    pub(super) async fn about_listed(&self, at: &Location, meta: &ObjectMeta) -> S3Result<Option<About>> {
        if let Some(about) = self.read_about(at, meta).await? {
            return Ok(Some(about));
        }
        match self.open(at).await {
            Ok(opened) => Ok(Some(opened.about)),
            Err(error) if *error.code() == S3ErrorCode::NoSuchKey => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Fills in what is kept nowhere yet, from the bytes.
    pub(super) async fn complete(
        &self,
        at: &Location,
        file: File,
        meta: ObjectMeta,
        about: Option<About>,
    ) -> S3Result<Opened> {
        if let Some(about) = about {
            return Ok(Opened { file, meta, about });
        }
        let (file, digests) = digest(file, [Algorithm::Crc64Nvme]).await?;
        let about = About::new(&digests, Described::default());
        self.write_about(at, &version(meta.e_tag.as_deref()), &about).await?;
        Ok(Opened { file, meta, about })
    }

    pub(super) async fn read_about(&self, at: &Location, meta: &ObjectMeta) -> S3Result<Option<About>> {
        let path = at.about().join(version(meta.e_tag.as_deref()));
        let found = match self.files.get(&path).await {
            Ok(found) => found.bytes().await.map_err(fault::from_store)?,
            Err(error) if fault::is_absent(&error) => return Ok(None),
            Err(error) => return Err(fault::from_store(error)),
        };
        Ok(serde_json::from_slice(&found).ok())
    }

    pub(super) async fn write_about(&self, at: &Location, version: &str, about: &About) -> S3Result<()> {
        let text = serde_json::to_vec(about).map_err(fault::internal)?;
        let path = at.about().join(version);
        let written = self.files.put(&path, text.into()).await;
        written.map(drop).map_err(fault::from_store)
    }

    /// Removes what is kept about all versions but `keep`.
    pub(super) async fn forget(&self, at: &Location, keep: Option<&str>) -> S3Result<()> {
        let folder = at.about();
        let keep = keep.map(|version| folder.clone().join(version));
        let kept = self.files.list(Some(&folder));
        let stale = kept.try_filter(|meta| std::future::ready(Some(&meta.location) != keep.as_ref()));
        let removed = stale.try_for_each(|meta| async move {
            match self.files.delete(&meta.location).await {
                Err(error) if !fault::is_absent(&error) => Err(error),
                _ => Ok(()),
            }
        });
        removed.await.map_err(fault::from_store)
    }
}

/// Opens a stored file: the handle keeps this version, whatever happens to its name.
pub(super) async fn open_file(files: &LocalFileSystem, path: &Path) -> S3Result<(File, ObjectMeta)> {
    let found = files.get_opts(path, GetOptions::default()).await;
    let found = found.map_err(fault::from_store)?;
    match found.payload {
        GetResultPayload::File(file, _) => Ok((file, found.meta)),
        GetResultPayload::Stream(_) => Err(fault::internal(io::Error::other("not a file"))),
    }
}

/// Reads a whole file for its digests; the file comes back at its start.
pub(super) async fn digest(mut file: File, wanted: impl IntoIterator<Item = Algorithm>) -> S3Result<(File, Digests)> {
    let mut hashing = Hashing::of(&wanted.into_iter().collect());
    let read = move || -> io::Result<(File, Digests)> {
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                n => hashing.update(&buffer[..n]),
            }
        }
        io::Seek::rewind(&mut file)?;
        Ok((file, hashing.finish()))
    };
    let done = tokio::task::spawn_blocking(read).await;
    done.map_err(fault::internal)?.map_err(fault::internal)
}
