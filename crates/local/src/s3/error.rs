//! Errors of the file system as S3 errors.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use s3s::{S3Error, S3ErrorCode};

/// Converts an error of the object store; an absent file becomes `NoSuchKey`.
pub(super) fn from_store(error: object_store::Error) -> S3Error {
    if is_absent(&error) {
        return S3ErrorCode::NoSuchKey.into();
    }
    if io_kind(&error) == Some(ErrorKind::InvalidFilename) {
        return S3ErrorCode::KeyTooLongError.into();
    }
    internal(error)
}

/// An error of the machine, not of the request.
pub(super) fn internal(error: impl StdError + Send + Sync + 'static) -> S3Error {
    tracing::error!(error = &error as &dyn StdError, "the object store failed");
    S3Error::internal_error(error)
}

/// Whether no object is stored there: also if a folder has the file's name, or a file the name of one of its folders.
pub(super) fn is_absent(error: &object_store::Error) -> bool {
    use ErrorKind::{IsADirectory, NotADirectory, NotFound};
    matches!(error, object_store::Error::NotFound { .. })
        || matches!(io_kind(error), Some(NotFound | NotADirectory | IsADirectory))
}

/// Whether a file has the name of one of the key's folders.
pub(super) fn is_not_a_folder(error: &object_store::Error) -> bool {
    io_kind(error) == Some(ErrorKind::NotADirectory)
}

/// The kind of the I/O error that caused `error`.
fn io_kind(error: &object_store::Error) -> Option<ErrorKind> {
    let causes = std::iter::successors(Some(error as &(dyn StdError + 'static)), |&error| error.source());
    causes.filter_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind).next()
}
