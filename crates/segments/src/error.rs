//! Errors, by what the caller can do about them.

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

/// A failed call, or an invalid segment.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The call failed. Whether a write was applied is unknown.
    #[error("S3 {operation} of {key} failed")]
    Failed {
        /// The operation.
        operation: &'static str,
        /// The object.
        key: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The object is missing.
    #[error("{key} is missing")]
    Missing {
        /// The object.
        key: String,
    },
    /// The object is not a segment of its org, or is damaged.
    #[error("{key} cannot be read as a segment")]
    Unreadable {
        /// The object.
        key: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The object under the final key is not the one that the ledger recorded. An operator must examine it first.
    #[error(transparent)]
    Altered(#[from] audit_core::Violation),
    /// A file that was just encoded does not contain the events that it was written from. It was not staged.
    #[error("the encoded {key} does not contain its events")]
    Misencoded {
        /// The key under which it would be published.
        key: String,
        /// What differs.
        #[source]
        source: audit_core::Violation,
    },
    /// Events cannot be written as Parquet.
    #[error("a segment cannot be encoded")]
    Encode(#[from] parquet::errors::ParquetError),
}

/// Returns the error of a failed call.
pub(crate) fn failed<E>(operation: &'static str, key: &str) -> impl Fn(SdkError<E>) -> SegmentError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let key = key.to_owned();
    move |error| match error.code() {
        Some("NoSuchKey" | "NotFound") => SegmentError::Missing { key: key.clone() },
        _ => SegmentError::Failed { operation, key: key.clone(), source: Box::new(error) },
    }
}

/// Returns the error of a segment that cannot be read, with its cause.
pub(crate) fn unreadable(key: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> SegmentError {
    SegmentError::Unreadable { key: key.to_owned(), source: source.into() }
}

/// Returns the error of a file that does not contain what it was written from, with what differs.
pub(crate) fn misencoded(key: &str) -> impl Fn(audit_core::Violation) -> SegmentError {
    move |source| SegmentError::Misencoded { key: key.to_owned(), source }
}
