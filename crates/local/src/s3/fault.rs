//! Errors of the file system as S3 names them.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use s3s::{S3Error, S3ErrorCode};

/// Maps what the object store says; an absent file becomes `NoSuchKey`.
pub(super) fn from_store(error: object_store::Error) -> S3Error {
    if is_absent(&error) {
        return S3ErrorCode::NoSuchKey.into();
    }
    if is_io(&error, |kind| kind == ErrorKind::InvalidFilename) {
        return S3ErrorCode::KeyTooLongError.into();
    }
    internal(error)
}

/// A fault of the machine, not of the request.
pub(super) fn internal(error: impl StdError + Send + Sync + 'static) -> S3Error {
    tracing::error!(error = &error as &dyn StdError, "the object store failed");
    S3Error::internal_error(error)
}

/// True if nothing is stored there: also where a folder is in the place of a file, or a file in that of a folder.
pub(super) fn is_absent(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. })
        || is_io(error, |kind| matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory))
}

fn is_io(error: &object_store::Error, test: impl Fn(ErrorKind) -> bool) -> bool {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return test(error.kind());
        }
        cause = error.source();
    }
    false
}
