//! The pages of a segment, held or at S3: no byte of them is given away before its block was compared.

use std::ops::Range;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};

use crate::blocks::Blocks;
use crate::error::{SegmentError, unreadable};
use crate::remote::Remote;

/// Ranges that lie closer together than this are asked for in one request.
const GAP_BYTES: u64 = 256 * 1024;
/// Requests in flight for one read.
const IN_FLIGHT: usize = 8;

/// Where the bytes of a segment's pages come from.
#[derive(Debug)]
pub(crate) struct Body {
    object: Remote,
    blocks: Blocks,
    held: Option<Bytes>,
}

impl Body {
    /// Pages that are asked for as they are needed.
    pub(crate) fn remote(object: Remote, blocks: Blocks) -> Self {
        Self { object, blocks, held: None }
    }

    /// The pages of a file that was read whole, as far as its tail.
    ///
    /// *Errors*: [`SegmentError::Unreadable`] for damaged ones, so that they are not kept.
    pub(crate) fn held(object: Remote, blocks: Blocks, file: Bytes) -> Result<Self, SegmentError> {
        blocks.compare(0, &file[..blocks.end() as usize]).map_err(|damaged| unreadable(&object.key, damaged))?;
        Ok(Self { object, blocks, held: Some(file) })
    }

    /// About how many bytes of memory it holds.
    pub(crate) fn held_bytes(&self) -> usize {
        self.blocks.held_bytes() + self.held.as_ref().map_or(0, Bytes::len)
    }

    /// Reads ranges, near ones together.
    pub(crate) async fn read(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, SegmentError> {
        if ranges.iter().any(|range| range.is_empty() || range.end > self.blocks.end()) {
            return Err(unreadable(&self.object.key, "its footer points beside its pages"));
        }
        if let Some(file) = &self.held {
            return Ok(ranges.iter().map(|range| slice(file, 0, range)).collect());
        }
        let joined = join_near(ranges.iter().map(|range| self.blocks.around(range)).collect());
        let fetched: Vec<Bytes> = stream::iter(joined.iter().cloned().map(|blocks| self.fetch(blocks)))
            .buffered(IN_FLIGHT)
            .try_collect()
            .await?;
        let part = |range: &Range<u64>| {
            let at = joined.partition_point(|joined| joined.end < range.end);
            slice(&fetched[at], joined[at].start, range)
        };
        Ok(ranges.iter().map(part).collect())
    }

    async fn fetch(&self, blocks: Range<u64>) -> Result<Bytes, SegmentError> {
        let start = blocks.start;
        let bytes = self.object.get(blocks).await?;
        self.blocks.compare(start, &bytes).map_err(|damaged| unreadable(&self.object.key, damaged))?;
        Ok(bytes)
    }
}

/// A range of the file, of bytes that begin at `start`.
fn slice(bytes: &Bytes, start: u64, range: &Range<u64>) -> Bytes {
    bytes.slice((range.start - start) as usize..(range.end - start) as usize)
}

/// Joins ranges that lie close together; each given range lies in one of the answer's.
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
