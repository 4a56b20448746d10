//! ListObjectsV2: pages of keys and common prefixes, in byte order of keys.

use std::io::ErrorKind;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures::{StreamExt, TryStreamExt};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{CommonPrefix, EncodingType, ListObjectsV2Input, ListObjectsV2Output, Object, ObjectStorageClass};
use s3s::{S3ErrorCode, S3Response, S3Result, s3_error};
use walkdir::{DirEntry, WalkDir};

use super::error;
use super::location::Location;
use super::store::Store;

const PAGE: i32 = 1000;

/// The characters that `encoding-type=url` leaves unchanged.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// One line of a page; a prefix replaces all keys that start with it.
#[derive(Debug)]
enum Line {
    Key(Location),
    Prefix(String),
}

/// The lines that a page may contain.
struct Listing {
    bucket: String,
    prefix: String,
    delimiter: Option<String>,
    start_after: String,
    /// The last line of the page before: the next lines are greater.
    last_line: String,
    limit: usize,
}

impl Store {
    /// Returns one page of keys. A key that is written or deleted meanwhile may be missing or listed.
    pub(super) async fn list_objects(&self, input: ListObjectsV2Input) -> S3Result<S3Response<ListObjectsV2Output>> {
        let folder = self.bucket(&input.bucket).await?;
        let listing = Listing {
            bucket: input.bucket.clone(),
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone().filter(|delimiter| !delimiter.is_empty()),
            start_after: input.start_after.clone().unwrap_or_default(),
            last_line: input.continuation_token.as_deref().map_or(Ok(String::new()), decode_token)?,
            limit: usize::try_from(input.max_keys.unwrap_or(PAGE).min(PAGE))
                .map_err(|_| s3_error!(InvalidArgument, "max-keys is negative"))?,
        };
        let read = tokio::task::spawn_blocking(move || listing.read(&folder)).await.map_err(error::internal)?;
        let (lines, is_truncated) = read.map_err(error::internal)?;
        let token =
            |(Line::Key(Location { key: last, .. }) | Line::Prefix(last)): &Line| BASE64_URL_SAFE_NO_PAD.encode(last);
        let next_token = lines.last().filter(|_| is_truncated).map(token);

        let is_encoded = input.encoding_type.as_ref().is_some_and(|encoding| encoding.as_str() == EncodingType::URL);
        let encode =
            |text: &str| if is_encoded { utf8_percent_encode(text, PLAIN).to_string() } else { text.to_owned() };
        let key_count = i32::try_from(lines.len()).ok();
        let (mut common_prefixes, mut keys) = (Vec::new(), Vec::new());
        for line in lines {
            match line {
                Line::Prefix(prefix) => common_prefixes.push(CommonPrefix { prefix: Some(encode(&prefix)) }),
                Line::Key(at) => keys.push(async move { self.describe(&at, encode(&at.key)).await }),
            }
        }
        let objects = futures::stream::iter(keys).buffered(8).try_collect::<Vec<_>>().await?;
        Ok(S3Response::new(ListObjectsV2Output {
            prefix: Some(encode(input.prefix.as_deref().unwrap_or_default())),
            max_keys: Some(input.max_keys.unwrap_or(PAGE)),
            key_count,
            continuation_token: input.continuation_token,
            is_truncated: Some(is_truncated),
            next_continuation_token: next_token,
            contents: Some(objects.into_iter().flatten().collect()),
            common_prefixes: Some(common_prefixes),
            delimiter: input.delimiter.as_deref().map(encode),
            encoding_type: input.encoding_type,
            start_after: input.start_after.as_deref().map(encode),
            name: Some(input.bucket),
            request_charged: None,
        }))
    }

    /// The entry of a listed object; `None` if it was deleted meanwhile.
    async fn describe(&self, at: &Location, key: String) -> S3Result<Option<Object>> {
        let version = match self.open(at).await {
            Ok(version) => version,
            Err(error) if *error.code() == S3ErrorCode::NoSuchKey => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(Object {
            e_tag: Some(version.metadata.etag()),
            key: Some(key),
            last_modified: Some(version.last_modified()),
            size: i64::try_from(version.stat.size).ok(),
            storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
            ..Object::default()
        }))
    }
}

impl Listing {
    /// Reads the lines of a page from the bucket's folder, and whether more follow.
    fn read(&self, bucket: &Path) -> walkdir::Result<(Vec<Line>, bool)> {
        let mut lines = Vec::new();
        // The deepest folder that contains every key with the prefix.
        let root = self.prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_path = root.is_empty() || Location::parse(&self.bucket, &format!("{root}/key")).is_ok();
        if self.limit == 0 || !is_path {
            return Ok((lines, false));
        }
        let walk = WalkDir::new(bucket.join(root)).min_depth(1).follow_links(true);
        // With its slash a folder sorts where its keys do.
        let mut walk = walk.sort_by_key(|entry| name(entry, entry.file_name().as_encoded_bytes())).into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if is_absent(&error) => continue,
                Err(error) => return Err(error),
            };
            let path = entry.path().strip_prefix(bucket).unwrap_or(entry.path());
            let key = String::from_utf8(name(&entry, path.as_os_str().as_encoded_bytes()));
            // A name that is not UTF-8 cannot be a key.
            let key = key.unwrap_or_default();
            let prefix = self.common_prefix(&key);
            let is_listed = prefix.is_some_and(|prefix| {
                prefix <= self.last_line.as_str() || matches!(lines.last(), Some(Line::Prefix(last)) if last == prefix)
            });
            if entry.file_type().is_dir() {
                if is_listed || !self.may_contain(&key) {
                    walk.skip_current_dir();
                }
                continue;
            }
            let is_before_start = key <= self.start_after || prefix.is_none() && key <= self.last_line;
            if is_listed || is_before_start || !key.starts_with(&self.prefix) {
                continue;
            }
            // A file that was put here manually under a name that no request can use is not an object.
            let Ok(at) = Location::parse(&self.bucket, &key) else { continue };
            if lines.len() == self.limit {
                return Ok((lines, true));
            }
            lines.push(prefix.map_or(Line::Key(at), |prefix| Line::Prefix(prefix.to_owned())));
        }
        Ok((lines, false))
    }

    /// The part of a key up to the first delimiter after the prefix.
    fn common_prefix<'a>(&self, key: &'a str) -> Option<&'a str> {
        let (rest, delimiter) = (key.strip_prefix(&self.prefix)?, self.delimiter.as_deref()?);
        Some(&key[..self.prefix.len() + rest.find(delimiter)? + delimiter.len()])
    }

    /// Whether a folder may contain keys of the page.
    fn may_contain(&self, folder: &str) -> bool {
        let is_before = |start: &str| folder <= start && !start.starts_with(folder);
        let may_match = folder.starts_with(&self.prefix) || self.prefix.starts_with(folder);
        may_match && !is_before(&self.start_after) && !is_before(&self.last_line)
    }
}

/// # Errors
/// `InvalidArgument` for a token that no page returned.
fn decode_token(token: &str) -> S3Result<String> {
    let text = BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|text| String::from_utf8(text).ok());
    text.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}

/// Whether the entry was deleted meanwhile, or the prefix is not a folder.
fn is_absent(error: &walkdir::Error) -> bool {
    let kind = error.io_error().map(std::io::Error::kind);
    matches!(kind, Some(ErrorKind::NotFound | ErrorKind::NotADirectory))
}

/// A name with a slash at its end if the entry is a folder.
fn name(entry: &DirEntry, name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if entry.file_type().is_dir() { b"/" } else { b"" };
    [name, slash].concat()
}
