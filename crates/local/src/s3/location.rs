//! Where an object and its metadata are stored in the folder.
//!
//! ```text
//! <folder>/<bucket>/<key>                              an object, as a plain file at its key
//! <folder>/.meta/<bucket>/<sha256 of key>/<file id>    the metadata of one stored version of it
//! <folder>/.tmp/<uuid>                                 a write in progress; emptied at start
//! ```
//!
//! No bucket name starts with a dot, so no key reaches the other two.

use audit_core::Sha256;
use object_store::path::Path;
use s3s::{S3Error, S3Result, s3_error};

/// Writes in progress.
pub(super) const TMP: &str = ".tmp";
/// Metadata of objects.
pub(super) const META: &str = ".meta";

/// The limit of the usual file systems, in bytes.
const LONGEST_PART: usize = 255;

/// An object's bucket and key, and its path below the folder.
#[derive(Debug)]
pub(super) struct Location {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) path: Path,
}

impl Location {
    /// Checks that the key can be a path.
    ///
    /// # Errors
    /// S3 accepts any UTF-8 up to 1,024 bytes as a key. Rejected here: parts between slashes that are empty, `.`, `..`
    /// or longer than 255 bytes, ASCII control characters, and names that end in `#` and digits, which `object_store`
    /// reserves for its own writes.
    pub(super) fn parse(bucket: &str, key: &str) -> S3Result<Self> {
        if !s3s::path::check_bucket_name(bucket) {
            return Err(s3_error!(InvalidBucketName));
        }
        key.split('/').try_for_each(check_part)?;
        if let Some((_, suffix)) = key.rsplit('/').next().and_then(|name| name.split_once('#'))
            && !suffix.is_empty()
            && suffix.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(invalid("a name that ends in `#` and digits"));
        }
        let path = Path::parse(format!("{bucket}/{key}"))
            .map_err(|error| s3_error!(error, InvalidArgument, "The key cannot be a file's path"))?;
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned(), path })
    }

    /// The folder with the metadata of this key's versions.
    pub(super) fn metadata_folder(&self) -> Path {
        let digest = Sha256::of(self.key.as_bytes()).to_string();
        Path::from_iter([META, self.bucket.as_str(), digest.as_str()])
    }
}

fn check_part(part: &str) -> S3Result<()> {
    if matches!(part, "" | "." | "..") {
        return Err(invalid("an empty part, `.` or `..`"));
    }
    if part.len() > LONGEST_PART {
        return Err(s3_error!(
            KeyTooLongError,
            "This store uses keys as paths: a part between slashes has at most {LONGEST_PART} bytes"
        ));
    }
    if part.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(invalid("a control character"));
    }
    Ok(())
}

fn invalid(what: &str) -> S3Error {
    s3_error!(InvalidArgument, "This store uses keys as paths and rejects {what}")
}
