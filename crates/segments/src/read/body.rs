//! The pages of a segment, in memory or in S3. No byte of them is returned before the checksum of its block was
//! verified.

use std::ops::Range;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Config, ResponseChecksumValidation};
use aws_sdk_s3::error::ProvideErrorMetadata;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};

use crate::error::{SegmentError, failed, unreadable};
use crate::format::checksums::Blocks;
use crate::send::Request as _;
use crate::store::cache::Ranges;
use crate::store::objects::collect;

/// Ranges that are closer together than this are read in one request.
const GAP_BYTES: u64 = 256 * 1024;
/// Requests in flight for one read.
const IN_FLIGHT: usize = 8;

/// The source of a segment's pages.
#[derive(Debug)]
pub(crate) struct Body {
    object: Remote,
    blocks: Blocks,
    file: Option<Bytes>,
    /// Ranges of this and other objects that were read before.
    ranges: Ranges,
}

impl Body {
    /// Returns the body of a file that was read whole, or whose pages are read when they are needed.
    ///
    /// # Errors
    /// [`SegmentError::Unreadable`] for damaged pages, so that they are not cached.
    pub(crate) fn new(
        object: Remote,
        blocks: Blocks,
        file: Option<Bytes>,
        ranges: Ranges,
    ) -> Result<Self, SegmentError> {
        if let Some(file) = &file {
            blocks.compare(0, &file[..blocks.end() as usize]).map_err(|damaged| unreadable(&object.key, damaged))?;
        }
        Ok(Self { object, blocks, file, ranges })
    }

    /// Returns the approximate bytes of memory.
    pub(crate) fn held_bytes(&self) -> usize {
        self.blocks.held_bytes() + self.file.as_ref().map_or(0, Bytes::len)
    }

    /// Reads ranges: near ones in one request, and those that were read before from memory.
    pub(crate) async fn read(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, SegmentError> {
        if ranges.iter().any(|range| range.is_empty() || range.end > self.blocks.end()) {
            return Err(unreadable(&self.object.key, "its footer points outside its pages"));
        }
        if let Some(file) = &self.file {
            return Ok(ranges.iter().map(|range| slice(file, 0, range)).collect());
        }
        let known: Vec<_> = ranges.iter().map(|range| self.ranges.get(&self.object.key, range)).collect();
        let missing = ranges.iter().zip(&known).filter(|(_, known)| known.is_none());
        let joined = join_near(missing.map(|(range, _)| self.blocks.around(range)).collect());
        let fetched: Vec<Bytes> = stream::iter(joined.iter().cloned().map(|blocks| self.fetch(blocks)))
            .buffered(IN_FLIGHT)
            .try_collect()
            .await?;
        let part = |(range, known): (&Range<u64>, Option<Bytes>)| {
            known.unwrap_or_else(|| {
                let at = joined.partition_point(|joined| joined.end < range.end);
                // A copy, so that the cached range does not keep what was read around it.
                let part = Bytes::copy_from_slice(&slice(&fetched[at], joined[at].start, range));
                self.ranges.insert(&self.object.key, range, part.clone());
                part
            })
        };
        Ok(ranges.iter().zip(known).map(part).collect())
    }

    async fn fetch(&self, blocks: Range<u64>) -> Result<Bytes, SegmentError> {
        let start = blocks.start;
        let bytes = self.object.get(blocks).await?;
        self.blocks.compare(start, &bytes).map_err(|damaged| unreadable(&self.object.key, damaged))?;
        Ok(bytes)
    }
}

/// An object of the archive bucket.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    pub(crate) client: Client,
    pub(crate) bucket: String,
    pub(crate) key: Arc<str>,
}

impl Remote {
    /// Reads a non-empty range. The caller must verify its checksum.
    ///
    /// # Errors
    /// [`SegmentError::Unreadable`] if the object ends before the range does.
    pub(crate) async fn get(&self, range: Range<u64>) -> Result<Bytes, SegmentError> {
        let ends_early = |source: &str| unreadable(&self.key, source);
        let got = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&*self.key)
            .range(format!("bytes={}-{}", range.start, range.end.saturating_sub(1)))
            .customize()
            // The checksums of S3 cover whole objects only; ours cover every range.
            .config_override(Config::builder().response_checksum_validation(ResponseChecksumValidation::WhenRequired))
            .sent()
            .await
            .map_err(|error| match error.code() {
                Some("InvalidRange") => ends_early("it ends before the range begins"),
                _ => failed("GetObject", &self.key)(error),
            })?;
        let bytes = collect(&self.key, got.body).await?;
        let is_whole = bytes.len() as u64 == range.end - range.start;
        if is_whole { Ok(bytes) } else { Err(ends_early("it ends before the range does")) }
    }
}

/// Returns a range of the file, from bytes that begin at `start`.
fn slice(bytes: &Bytes, start: u64, range: &Range<u64>) -> Bytes {
    bytes.slice((range.start - start) as usize..(range.end - start) as usize)
}

/// Joins ranges that are close together; each range is inside one of the results.
fn join_near(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end + GAP_BYTES => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_joined_and_far_ones_are_not() {
        let far = GAP_BYTES * 3;
        assert_eq!(join_near(vec![5..9, 0..2, far..far + 1, 1..3]), [0..9, far..far + 1]);
        let edge = 2 + GAP_BYTES;
        assert_eq!(join_near(vec![0..2, edge..edge + 1, far..far + 1]), [0..edge + 1, far..far + 1]);
        assert_eq!(join_near(vec![0..2, edge + 1..edge + 2]), [0..2, edge + 1..edge + 2]);
    }
}
