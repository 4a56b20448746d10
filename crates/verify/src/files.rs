//! The files of an archive: in a folder, or in a bucket.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use audit_core::{OrgId, Tile, TilePath};
use audit_segments::{FullSegment, Object, SegmentError, SegmentStore};
use walkdir::WalkDir;

/// Where the files are.
#[derive(Debug, Clone)]
pub enum Files {
    /// In a folder, at any depth.
    Folder(PathBuf),
    /// In the archive bucket of a service.
    Bucket(SegmentStore),
}

/// Why the files cannot be listed or read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file or a folder cannot be read.
    #[error("cannot read {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// The bucket did not respond, or a file is not a segment.
    #[error(transparent)]
    Segment(#[from] SegmentError),
}

impl Files {
    /// Returns the names of the Parquet files that can contain rows of the org.
    ///
    /// # Errors
    /// A folder, or the bucket, cannot be listed.
    pub async fn names(&self, org_id: &OrgId) -> Result<Vec<String>, ReadError> {
        match self {
            Self::Bucket(store) => Ok(store.published_keys(org_id).await?),
            Self::Folder(folder) => parquet_files(folder, org_id),
        }
    }

    /// Reads a file in full.
    ///
    /// # Errors
    /// Also if the file is not a segment, or is damaged.
    pub async fn read(&self, name: &str) -> Result<FullSegment, ReadError> {
        let object = match self {
            Self::Bucket(store) => store.published_object(name).await?,
            Self::Folder(folder) => {
                let path = folder.join(name);
                let body = fs::read(&path).map_err(|error| ReadError::File(path, error))?.into();
                Object { key: name.to_owned(), etag: String::new(), body }
            }
        };
        Ok(FullSegment::read_blocking(&object, None).await?)
    }
}

/// Lists a folder; a folder that the archive made for another org is left out.
fn parquet_files(folder: &Path, org_id: &OrgId) -> Result<Vec<String>, ReadError> {
    let own = format!("org_id={org_id}");
    let mut names = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            ReadError::File(path, error.into_io_error().unwrap_or_else(|| io::Error::other("the folders are a loop")))
        })?;
        let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let is_of_other =
            path.iter().filter_map(|part| part.to_str()).any(|part| part.starts_with("org_id=") && part != own);
        if entry.file_type().is_file() && path.extension().is_some_and(|ending| ending == "parquet") && !is_of_other {
            names.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// Reads a tile from the folder of a log; `None` if the file has another length.
///
/// # Errors
/// The file cannot be read.
pub fn tile(log: &Path, path: TilePath) -> Result<Option<Tile>, ReadError> {
    let file = log.join(path.to_string());
    let bytes = fs::read(&file).map_err(|error| ReadError::File(file, error))?;
    Ok(Tile::from_bytes(path, &bytes))
}
