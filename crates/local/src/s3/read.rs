//! GetObject and HeadObject.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use bytes::Bytes;
use futures::Stream;
use futures::stream::try_unfold;
use s3s::dto::{ChecksumMode, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, StreamingBlob};
use s3s::{S3ErrorCode, S3Response, S3Result, s3_error};

use super::checksum::{self, Checksums};
use super::condition;
use super::location::Location;
use super::store::Store;

/// Bytes read per hop to a blocking thread.
const READ: u64 = 1 << 18;

impl Store {
    /// Streams the object or one range of it, from the version that was opened first.
    ///
    /// # Errors
    /// Object versions and parts do not exist here: a request for one is rejected.
    pub(super) async fn get_object(&self, input: GetObjectInput) -> S3Result<S3Response<GetObjectOutput>> {
        if input.version_id.as_ref().is_some_and(|id| id != "null") {
            return Err(s3_error!(NoSuchVersion));
        }
        if input.part_number.is_some() {
            return Err(s3_error!(NotImplemented, "Reading by part number is not supported"));
        }
        let at = Location::parse(&input.bucket, &input.key)?;
        self.bucket(&input.bucket).await?;
        let version = self.open(&at).await?;
        let (metadata, size) = (&version.metadata, version.stat.size);
        condition::check_read(&input, &metadata.etag(), version.stat.last_modified.into())?;
        let range = match input.range {
            None => None,
            // No range of an empty object can be satisfied; s3s would return an inverted range.
            Some(_) if size == 0 => return Err(S3ErrorCode::InvalidRange.into()),
            Some(range) => Some(range.check(size)?),
        };
        // A checksum covers the whole object, so a range has none.
        let is_checked = input.checksum_mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
        let checksums = if is_checked && range.is_none() { &metadata.checksums } else { &Checksums::new() };
        let headers = checksum::headers(checksums);
        let content_range = range.as_ref().map(|range| format!("bytes {}-{}/{size}", range.start, range.end - 1));
        let range = range.unwrap_or(0..size);
        let output = GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            cache_control: metadata.headers.get("cache_control"),
            content_disposition: metadata.headers.get("content_disposition"),
            content_encoding: metadata.headers.get("content_encoding"),
            content_language: metadata.headers.get("content_language"),
            content_length: i64::try_from(range.end - range.start).ok(),
            content_range,
            content_type: metadata.headers.get("content_type"),
            e_tag: Some(metadata.etag()),
            last_modified: Some(version.last_modified()),
            metadata: Some(metadata.headers.user_metadata()),
            body: Some(StreamingBlob::wrap(stream(version.file, range))),
            ..GetObjectOutput::default()
        };
        Ok(S3Response::with_headers(output, headers))
    }

    /// Returns the same as [`get_object`](Self::get_object), without the body.
    pub(super) async fn head_object(&self, input: HeadObjectInput) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = GetObjectInput {
            bucket: input.bucket,
            key: input.key,
            checksum_mode: input.checksum_mode,
            if_match: input.if_match,
            if_modified_since: input.if_modified_since,
            if_none_match: input.if_none_match,
            if_unmodified_since: input.if_unmodified_since,
            part_number: input.part_number,
            range: input.range,
            version_id: input.version_id,
            ..GetObjectInput::default()
        };
        // The body is a stream that reads nothing until it is polled.
        Ok(self.get_object(input).await?.map_output(|output| HeadObjectOutput {
            accept_ranges: output.accept_ranges,
            cache_control: output.cache_control,
            content_disposition: output.content_disposition,
            content_encoding: output.content_encoding,
            content_language: output.content_language,
            content_length: output.content_length,
            content_range: output.content_range,
            content_type: output.content_type,
            e_tag: output.e_tag,
            last_modified: output.last_modified,
            metadata: output.metadata,
            ..HeadObjectOutput::default()
        }))
    }
}

/// Reads `range` of a file on blocking threads.
///
/// # Errors
/// A file that ends early breaks the connection, so the client does not mistake a part for the whole.
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
