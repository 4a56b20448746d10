//! What a write waits for, and what must hold for it to happen.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use s3s::dto::{ETag, ETagCondition};
use s3s::{S3Result, s3_error};
use tokio::sync::{Mutex, MutexGuard};

use super::location::Location;

/// One lock for many keys, so that it needs no bookkeeping; held for a few file operations at a time.
#[derive(Debug)]
pub(super) struct KeyLocks([Mutex<()>; 64]);

impl KeyLocks {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }

    pub(super) async fn hold(&self, at: &Location) -> MutexGuard<'_, ()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(at.path.as_ref());
        self.0[hash as usize % self.0.len()].lock().await
    }
}

/// What must hold of the key for a write to happen.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    None,
    Absent,
    Matches(ETagCondition),
}

impl Condition {
    /// *Errors:* `NotImplemented` for `If-None-Match` with anything but `*`, as in S3.
    pub(super) fn of(if_match: Option<ETagCondition>, if_none_match: Option<ETagCondition>) -> S3Result<Self> {
        match (if_match, if_none_match) {
            (None, None) => Ok(Self::None),
            (Some(tag), None) => Ok(Self::Matches(tag)),
            (None, Some(ETagCondition::Any)) => Ok(Self::Absent),
            _ => Err(s3_error!(NotImplemented, "This combination of conditions is not supported")),
        }
    }
}

/// True if an object with `etag` satisfies `If-Match`.
pub(super) fn matches(condition: &ETagCondition, etag: &ETag) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.strong_cmp(etag),
    }
}
