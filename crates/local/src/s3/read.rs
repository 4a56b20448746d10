//! GetObject and HeadObject.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::Stream;
use futures::stream::try_unfold;
use http::HeaderMap;
use s3s::dto::{
    self, ChecksumMode, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput,
    StreamingBlob, Timestamp,
};
use s3s::{S3ErrorCode, S3Result, s3_error};

use super::about::Opened;
use super::checksum;
use super::condition::matches;
use super::location::Location;
use super::store::Store;

/// Bytes read per hop to a blocking thread.
const READ: u64 = 1 << 18;

/// The conditions a reader may set.
#[derive(Debug, Default)]
struct Conditions {
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
    if_modified_since: Option<Timestamp>,
    if_unmodified_since: Option<Timestamp>,
}

impl Store {
    /// Streams the object, or one range of it; the version opened first is the one sent, whatever happens meanwhile.
    pub(super) async fn get_object(&self, input: GetObjectInput) -> S3Result<(GetObjectOutput, HeaderMap)> {
        current_version(input.version_id.as_deref(), input.part_number)?;
        let conditions = Conditions {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        let (opened, range) = self.select(&input.bucket, &input.key, conditions, input.range).await?;
        let headers = checksum_headers(&opened, range.as_ref(), input.checksum_mode);
        let content_range = range.as_ref().map(|range| content_range(range, opened.meta.size));
        let range = range.unwrap_or(0..opened.meta.size);
        let described = opened.about.described.clone();
        let output = GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            cache_control: described.cache_control,
            content_disposition: described.content_disposition,
            content_encoding: described.content_encoding,
            content_language: described.content_language,
            content_length: Some(length(&range)),
            content_range,
            content_type: described.content_type,
            e_tag: Some(opened.about.etag()),
            last_modified: Some(last_modified(&opened.meta)),
            metadata: Some(described.metadata.into_iter().collect()),
            body: Some(StreamingBlob::wrap(stream(opened.file, range))),
            ..GetObjectOutput::default()
        };
        Ok((output, headers))
    }

    /// As [`get_object`](Self::get_object) without the body.
    pub(super) async fn head_object(&self, input: HeadObjectInput) -> S3Result<(HeadObjectOutput, HeaderMap)> {
        current_version(input.version_id.as_deref(), input.part_number)?;
        let conditions = Conditions {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        let (opened, range) = self.select(&input.bucket, &input.key, conditions, input.range).await?;
        let headers = checksum_headers(&opened, range.as_ref(), input.checksum_mode);
        let content_range = range.as_ref().map(|range| content_range(range, opened.meta.size));
        let range = range.unwrap_or(0..opened.meta.size);
        let e_tag = Some(opened.about.etag());
        let described = opened.about.described;
        let output = HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            cache_control: described.cache_control,
            content_disposition: described.content_disposition,
            content_encoding: described.content_encoding,
            content_language: described.content_language,
            content_length: Some(length(&range)),
            content_range,
            content_type: described.content_type,
            e_tag,
            last_modified: Some(last_modified(&opened.meta)),
            metadata: Some(described.metadata.into_iter().collect()),
            ..HeadObjectOutput::default()
        };
        Ok((output, headers))
    }

    async fn select(
        &self,
        bucket: &str,
        key: &str,
        conditions: Conditions,
        range: Option<dto::Range>,
    ) -> S3Result<(Opened, Option<Range<u64>>)> {
        let at = Location::parse(bucket, key)?;
        self.bucket(bucket).await?;
        let opened = self.open(&at).await?;
        conditions.check(&opened)?;
        let size = opened.meta.size;
        let range = match range {
            None => None,
            // No range of nothing can be satisfied; the library would answer one with an inverted range.
            Some(_) if size == 0 => return Err(S3ErrorCode::InvalidRange.into()),
            Some(range) => Some(range.check(size)?),
        };
        Ok((opened, range))
    }
}

impl Conditions {
    fn check(&self, opened: &Opened) -> S3Result<()> {
        let etag = opened.about.etag();
        // HTTP dates have whole seconds.
        let changed = Timestamp::from(seconds(&opened.meta));
        let unmet = match (&self.if_match, &self.if_unmodified_since) {
            (Some(wanted), _) => !matches(wanted, &etag),
            (None, Some(since)) => changed > *since,
            (None, None) => false,
        };
        if unmet {
            return Err(S3ErrorCode::PreconditionFailed.into());
        }
        let unchanged = match (&self.if_none_match, &self.if_modified_since) {
            (Some(known), _) => matches(known, &etag),
            (None, Some(since)) => changed <= *since,
            (None, None) => false,
        };
        if unchanged {
            return Err(S3ErrorCode::NotModified.into());
        }
        Ok(())
    }
}

/// *Errors:* versions and parts of objects are not kept, and an answer about another would be wrong.
fn current_version(version: Option<&str>, part: Option<i32>) -> S3Result<()> {
    if version.is_some_and(|version| version != "null") {
        return Err(s3_error!(NoSuchVersion));
    }
    if part.is_some() {
        return Err(s3_error!(NotImplemented, "Reading by part number is not supported"));
    }
    Ok(())
}

/// A checksum covers the whole object, so a range goes without.
fn checksum_headers(opened: &Opened, range: Option<&Range<u64>>, mode: Option<ChecksumMode>) -> HeaderMap {
    let enabled = mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
    if enabled && range.is_none() { checksum::headers(&opened.about.checksums) } else { HeaderMap::new() }
}

fn content_range(range: &Range<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", range.start, range.end - 1)
}

fn length(range: &Range<u64>) -> i64 {
    i64::try_from(range.end - range.start).unwrap_or(i64::MAX)
}

/// The time of the object's file, as S3 reports times.
pub(super) fn last_modified(meta: &object_store::ObjectMeta) -> Timestamp {
    Timestamp::from(SystemTime::from(meta.last_modified))
}

fn seconds(meta: &object_store::ObjectMeta) -> SystemTime {
    let seconds = u64::try_from(meta.last_modified.timestamp()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Reads `range` of a file on blocking threads.
///
/// *Errors:* a file that ends early breaks the connection, so that the client does not take the part for the whole.
fn stream(file: File, range: Range<u64>) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync {
    try_unfold((file, range), async |(mut file, range)| {
        if range.is_empty() {
            return Ok(None);
        }
        let end = range.end.min(range.start + READ);
        let read = move || -> io::Result<(Bytes, File)> {
            let mut bytes = vec![0; (end - range.start) as usize];
            file.seek(SeekFrom::Start(range.start))?;
            file.read_exact(&mut bytes)?;
            Ok((Bytes::from(bytes), file))
        };
        let (bytes, file) = tokio::task::spawn_blocking(read).await.map_err(io::Error::other)??;
        Ok(Some((bytes, (file, end..range.end))))
    })
}
