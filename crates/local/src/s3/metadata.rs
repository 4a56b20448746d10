//! The metadata of a stored version of an object: what S3 returns in addition to its bytes.
//!
//! Each version has a metadata file of its own, named by the file id: inode, modification time and size of the object's
//! file, which a rename and a hard link preserve. It is written before the object is published, so a published object
//! always has its own. A crash in between leaves a file without an object, which the next write of the key removes. An
//! object that was copied into the folder manually has none: its digests are computed at the first read, and it has no
//! content type.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};

use bytes::Bytes;
use futures::TryStreamExt;
use http::HeaderMap;
use object_store::path::Path;
use object_store::{GetOptions, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt};
use s3s::S3Result;
use s3s::dto::{self, ETag, Timestamp};
use serde::{Deserialize, Serialize};

use super::checksum::{self, Checksums, Digests, Hashing};
use super::error;
use super::location::Location;
use super::store::Store;

/// The standard headers that a client stores with an object.
const STANDARD: [&str; 5] =
    ["cache-control", "content-disposition", "content-encoding", "content-language", "content-type"];

/// The headers that a client stores with an object.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct StoredHeaders {
    /// By name, with underscores for hyphens.
    #[serde(flatten)]
    standard: BTreeMap<String, Option<String>>,
    metadata: BTreeMap<String, String>,
}

impl StoredHeaders {
    pub(super) fn of(request: &HeaderMap, user_metadata: Option<dto::Metadata>) -> Self {
        let read = |name: &'static str| {
            let value = request.get(name)?.to_str().ok()?;
            // `aws-chunked` describes the framing of the request, not the object.
            let parts = value.split(',').map(str::trim).filter(|part| *part != "aws-chunked" && !part.is_empty());
            let value = if name == "content-encoding" { parts.collect::<Vec<_>>().join(",") } else { value.to_owned() };
            (!value.is_empty()).then(|| (name.replace('-', "_"), Some(value)))
        };
        Self {
            standard: STANDARD.into_iter().filter_map(read).collect(),
            metadata: user_metadata.unwrap_or_default().into_iter().collect(),
        }
    }

    /// Returns a standard header by its name with underscores.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.standard.get(name)?.clone()
    }

    pub(super) fn user_metadata(&self) -> dto::Metadata {
        self.metadata.clone().into_iter().collect()
    }
}

/// The metadata of one version.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Metadata {
    /// The MD5 in hexadecimal, without quotes.
    pub(super) etag: String,
    pub(super) checksums: Checksums,
    #[serde(rename = "described")]
    pub(super) headers: StoredHeaders,
}

impl Metadata {
    pub(super) fn new(digests: Digests, headers: StoredHeaders) -> Self {
        Self { etag: hex::encode(digests.md5), checksums: digests.checksums, headers }
    }

    pub(super) fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }
}

/// A version of an object, open for reading. It stays readable when its key is overwritten or deleted.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) file: File,
    pub(super) stat: ObjectMeta,
    pub(super) metadata: Metadata,
}

impl Version {
    /// The modification time of the object's file.
    pub(super) fn last_modified(&self) -> Timestamp {
        Timestamp::from(std::time::SystemTime::from(self.stat.last_modified))
    }
}

/// The id of a stored file, from the store's own ETag.
pub(super) fn file_id(store_etag: Option<&str>) -> String {
    store_etag.unwrap_or_default().trim_matches('"').to_owned()
}

impl Store {
    /// Opens the object.
    ///
    /// # Errors
    /// `NoSuchKey`.
    pub(super) async fn open(&self, at: &Location) -> S3Result<Version> {
        // Without the lock, an overwrite between two reads would delete the metadata of the opened version.
        let _guard = self.lock(at).await;
        self.open_version(at, &at.path).await
    }

    /// Opens the file of a version of the object at `at`; computes and stores its metadata if there is none yet. The
    /// caller must have locked the key.
    pub(super) async fn open_version(&self, at: &Location, path: &Path) -> S3Result<Version> {
        let found = self.files.get_opts(path, GetOptions::default()).await.map_err(error::from_store)?;
        let stat = found.meta;
        let GetResultPayload::File(file, _) = found.payload else {
            return Err(error::internal(io::Error::other("not a file")));
        };
        let id = file_id(stat.e_tag.as_deref());
        let stored = match self.files.get(&at.metadata_folder().join(id.as_str())).await {
            Ok(found) => found.bytes().await.map_err(error::from_store)?,
            Err(error) if error::is_absent(&error) => Bytes::new(),
            Err(error) => return Err(error::from_store(error)),
        };
        if let Ok(metadata) = serde_json::from_slice(&stored) {
            return Ok(Version { file, stat, metadata });
        }
        let (file, digests) = digest(file, checksum::DEFAULT).await?;
        let metadata = Metadata::new(digests, StoredHeaders::default());
        self.write_metadata(at, &id, &metadata).await?;
        Ok(Version { file, stat, metadata })
    }

    pub(super) async fn write_metadata(&self, at: &Location, file_id: &str, metadata: &Metadata) -> S3Result<()> {
        let text = serde_json::to_vec(metadata).map_err(error::internal)?;
        let path = at.metadata_folder().join(file_id);
        self.files.put(&path, text.into()).await.map_err(error::from_store)?;
        Ok(())
    }

    /// Removes the metadata of all versions but `keep`.
    pub(super) async fn prune_metadata(&self, at: &Location, keep: Option<&str>) -> S3Result<()> {
        let folder = at.metadata_folder();
        let keep = keep.map(|file_id| folder.clone().join(file_id));
        let mut found = self.files.list(Some(&folder));
        while let Some(stat) = found.try_next().await.map_err(error::from_store)? {
            if Some(&stat.location) == keep.as_ref() {
                continue;
            }
            match self.files.delete(&stat.location).await {
                Err(error) if !error::is_absent(&error) => return Err(error::from_store(error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Computes the digests of a whole file, and returns the file rewound to its start.
pub(super) async fn digest(mut file: File, algorithm: &'static str) -> S3Result<(File, Digests)> {
    let read = move || -> io::Result<(File, Digests)> {
        let mut hashing = Hashing::of([algorithm]);
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
    tokio::task::spawn_blocking(read).await.map_err(error::internal)?.map_err(error::internal)
}
