//! Conditions of a request: `If-Match` and the like.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use s3s::dto::{ETag, ETagCondition, GetObjectInput, Timestamp};
use s3s::{S3ErrorCode, S3Result, s3_error};

/// The condition of a write on the object at its key.
#[derive(Debug)]
pub(super) enum Condition {
    None,
    Absent,
    Matches(ETagCondition),
}

impl Condition {
    /// # Errors
    /// `NotImplemented` for `If-None-Match` with anything but `*`, as in S3.
    pub(super) fn of(if_match: Option<ETagCondition>, if_none_match: Option<ETagCondition>) -> S3Result<Self> {
        match (if_match, if_none_match) {
            (None, None) => Ok(Self::None),
            (Some(etag), None) => Ok(Self::Matches(etag)),
            (None, Some(ETagCondition::Any)) => Ok(Self::Absent),
            _ => Err(s3_error!(NotImplemented, "This combination of conditions is not supported")),
        }
    }

    /// Reads the condition of a copy on its destination, which s3s does not parse. Without it a copy would overwrite.
    pub(super) fn of_copy(headers: &HeaderMap) -> S3Result<Self> {
        let read = |name: &str| {
            let parsed = headers.get(name).map(|value| ETagCondition::parse_http_header(value.as_bytes())).transpose();
            parsed.map_err(|error| s3_error!(error, InvalidArgument, "The header {name} is not valid"))
        };
        Self::of(read("if-match")?, read("if-none-match")?)
    }
}

/// Whether an object with `etag` satisfies `If-Match`.
pub(super) fn matches(condition: &ETagCondition, etag: &ETag) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.strong_cmp(etag),
    }
}

/// Checks the conditions of a read.
///
/// # Errors
/// `PreconditionFailed` or `NotModified`, as HTTP defines them.
pub(super) fn check_read(input: &GetObjectInput, etag: &ETag, modified: SystemTime) -> S3Result<()> {
    // HTTP dates have whole seconds.
    let since_epoch = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let modified = Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_secs(since_epoch.as_secs()));
    let is_met = match (&input.if_match, &input.if_unmodified_since) {
        (Some(wanted), _) => matches(wanted, etag),
        (None, Some(since)) => modified <= *since,
        (None, None) => true,
    };
    if !is_met {
        return Err(S3ErrorCode::PreconditionFailed.into());
    }
    let is_unchanged = match (&input.if_none_match, &input.if_modified_since) {
        (Some(known), _) => matches(known, etag),
        (None, Some(since)) => modified <= *since,
        (None, None) => false,
    };
    if is_unchanged { Err(S3ErrorCode::NotModified.into()) } else { Ok(()) }
}
