//! A bucket's keys in byte order, from one folder at a time.

use std::collections::BTreeMap;
use std::collections::btree_map::IntoIter;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};
use s3s::{S3Result, s3_error};

use super::fault;

/// Where a page starts: after a key, or after everything below a common prefix.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) after: String,
    pub(super) whole_prefix: bool,
}

/// A walk through a bucket's folders in byte order of keys, narrowed to a prefix and a start.
pub(super) struct Walk<'a> {
    files: &'a LocalFileSystem,
    prefix: &'a str,
    start: &'a Start,
    open: Vec<IntoIter<String, Option<ObjectMeta>>>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(files: &'a LocalFileSystem, prefix: &'a str, start: &'a Start) -> Self {
        Self { files, prefix, start, open: Vec::new() }
    }

    /// Opens the deepest folder that holds all keys of the prefix.
    pub(super) async fn begin(&mut self) -> S3Result<()> {
        let folder = self.prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        if folder.split('/').any(|part| matches!(part, "." | "..")) || folder.contains("//") {
            return Ok(());
        }
        match Path::parse(folder) {
            Ok(path) if path.as_ref() == folder => self.enter(&path).await,
            _ => Ok(()),
        }
    }

    async fn enter(&mut self, folder: &Path) -> S3Result<()> {
        let found = match self.files.list_with_delimiter(Some(folder)).await {
            Ok(found) => found,
            // Removed meanwhile, or a file in a folder's place: there is no key below it.
            Err(error) if fault::is_absent(&error) => return Ok(()),
            Err(error) => return Err(fault::from_store(error)),
        };
        let mut entries = BTreeMap::new();
        for meta in found.objects {
            entries.insert(meta.location.to_string(), Some(meta));
        }
        for folder in found.common_prefixes {
            // With its slash a folder sorts where its keys do.
            entries.insert(format!("{folder}/"), None);
        }
        self.open.push(entries.into_iter());
        Ok(())
    }

    /// The next key of the prefix, but for those that start with `skip`.
    pub(super) async fn next(&mut self, skip: Option<&str>) -> S3Result<Option<(String, ObjectMeta)>> {
        while let Some(entries) = self.open.last_mut() {
            let Some((key, found)) = entries.next() else {
                self.open.pop();
                continue;
            };
            if skip.is_some_and(|prefix| key.starts_with(prefix)) {
                continue;
            }
            match found {
                Some(meta) if key.starts_with(self.prefix) && self.start.precedes(&key) => {
                    return Ok(Some((key, meta)));
                }
                None if self.may_hold(&key) => {
                    let path = Path::parse(&key).map_err(fault::internal)?;
                    self.enter(&path).await?;
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn may_hold(&self, folder: &str) -> bool {
        let in_prefix = folder.starts_with(self.prefix) || self.prefix.starts_with(folder);
        let all_before = *folder <= *self.start.after && !self.start.after.starts_with(folder);
        let skipped = self.start.whole_prefix && folder.starts_with(&self.start.after);
        in_prefix && !all_before && !skipped
    }
}

impl Start {
    /// *Errors:* `InvalidArgument` for a token that no page ended with.
    pub(super) fn of(token: Option<&str>, after: Option<&str>) -> S3Result<Self> {
        let Some(token) = token else {
            return Ok(Self { after: after.unwrap_or_default().to_owned(), whole_prefix: false });
        };
        let invalid = || s3_error!(InvalidArgument, "The continuation token provided is incorrect");
        let text = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let text = String::from_utf8(text).map_err(|_| invalid())?;
        match text.split_at_checked(1) {
            Some(("k", after)) => Ok(Self { after: after.to_owned(), whole_prefix: false }),
            Some(("p", after)) => Ok(Self { after: after.to_owned(), whole_prefix: true }),
            _ => Err(invalid()),
        }
    }

    pub(super) fn token(&self) -> String {
        let kind = if self.whole_prefix { "p" } else { "k" };
        BASE64_URL_SAFE_NO_PAD.encode(format!("{kind}{}", self.after))
    }

    fn precedes(&self, key: &str) -> bool {
        *self.after < *key && !(self.whole_prefix && key.starts_with(&self.after))
    }
}
