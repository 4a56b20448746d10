//! Checksums of a segment's file: those of its pages, block by block, are in its tail; that of its tail is in the
//! ledger.
//!
//! So a part of a file can be verified without the rest.

use std::ops::Range;
use std::sync::Arc;

use audit_core::{SegmentRecord, Tail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use super::footer::entry;
use crate::error::{SegmentError, unreadable};
use crate::keys;

/// Bytes of a block: small compared to the cost of a request, large compared to its checksum.
const BLOCK_BYTES: u64 = 64 * 1024;

/// The checksums of the blocks of `[0, end)` of a file; the last block may be short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blocks {
    block_bytes: u64,
    end: u64,
    crc32c: Vec<u32>,
}

/// A block whose bytes changed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the block at byte {0} does not have its checksum")]
pub(crate) struct Damaged(u64);

impl Blocks {
    /// Computes the checksums of everything that precedes the tail.
    pub(crate) fn of(pages: &[u8]) -> Self {
        let crc32c = pages.chunks(BLOCK_BYTES as usize).map(crc_fast::crc32_iscsi).collect();
        Self { block_bytes: BLOCK_BYTES, end: pages.len() as u64, crc32c }
    }

    /// Returns where the blocks end and the tail begins.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Returns the approximate bytes of memory.
    pub(crate) fn held_bytes(&self) -> usize {
        size_of_val(self.crc32c.as_slice())
    }

    /// Returns the footer entries.
    pub(crate) fn footer(&self) -> [(&'static str, String); 3] {
        let sums: Vec<u8> = self.crc32c.iter().flat_map(|sum| sum.to_le_bytes()).collect();
        [
            (keys::FOOTER_BLOCK_BYTES, self.block_bytes.to_string()),
            (keys::FOOTER_BLOCKS_END, self.end.to_string()),
            (keys::FOOTER_BLOCKS_CRC32C, BASE64_STANDARD.encode(sums)),
        ]
    }

    /// Reads footer entries; `None` unless they contain exactly one checksum per block.
    pub(crate) fn from_footer<'a>(entry: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let number = |key| entry(key)?.parse::<u64>().ok();
        let block_bytes = number(keys::FOOTER_BLOCK_BYTES).filter(|bytes| *bytes > 0)?;
        let end = number(keys::FOOTER_BLOCKS_END)?;
        let sums = BASE64_STANDARD.decode(entry(keys::FOOTER_BLOCKS_CRC32C)?).ok()?;
        let (sums, []) = sums.as_chunks::<4>() else { return None };
        let crc32c: Vec<u32> = sums.iter().map(|sum| u32::from_le_bytes(*sum)).collect();
        (crc32c.len() as u64 == end.div_ceil(block_bytes)).then_some(Self { block_bytes, end, crc32c })
    }

    /// Returns the whole blocks that a range touches.
    pub(crate) fn around(&self, range: &Range<u64>) -> Range<u64> {
        let start = range.start - range.start % self.block_bytes;
        start..range.end.next_multiple_of(self.block_bytes).min(self.end)
    }

    /// Compares whole blocks, which begin at `start`, with their checksums.
    pub(crate) fn compare(&self, start: u64, blocks: &[u8]) -> Result<(), Damaged> {
        let first = (start / self.block_bytes) as usize;
        for (nth, block) in blocks.chunks(self.block_bytes as usize).enumerate() {
            if self.crc32c.get(first + nth) != Some(&crc_fast::crc32_iscsi(block)) {
                return Err(Damaged(start + nth as u64 * self.block_bytes));
            }
        }
        Ok(())
    }
}

/// Returns the record of a tail.
pub(crate) fn tail(bytes: &[u8]) -> Tail {
    Tail { bytes: bytes.len() as u64, crc32c: crc_fast::crc32_iscsi(bytes) }
}

/// Finds the tail of a whole file, and verifies the pages.
///
/// # Errors
/// The file is not a segment, or its pages do not have the checksums in its footer.
pub fn tail_of(file: &Bytes) -> Result<Tail, ParquetError> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(file)?;
    let no_segment = || ParquetError::General("the footer has no checksums of the pages".to_owned());
    let blocks = Blocks::from_footer(|key| entry(metadata.file_metadata(), key)).ok_or_else(no_segment)?;
    let (pages, end) = file.split_at_checked(blocks.end() as usize).ok_or_else(no_segment)?;
    blocks.compare(0, pages).map_err(|damaged| ParquetError::External(Box::new(damaged)))?;
    Ok(tail(end))
}

/// Compares a tail with the ledger, and reads it.
///
/// # Errors
/// [`SegmentError::Unreadable`] if it is not the tail that the ledger recorded.
pub(crate) fn read_tail(record: &SegmentRecord, bytes: Bytes) -> Result<(Arc<ParquetMetaData>, Blocks), SegmentError> {
    if tail(&bytes) != record.tail {
        return Err(unreadable(&record.key, "its end does not have its checksum"));
    }
    let mut reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
    let read = reader.try_parse_sized(&bytes, record.bytes).and_then(|()| reader.finish());
    let metadata = read.map_err(|error| unreadable(&record.key, error))?;
    let blocks = Blocks::from_footer(|key| entry(metadata.file_metadata(), key));
    match blocks.filter(|blocks| blocks.end() + record.tail.bytes == record.bytes) {
        Some(blocks) => Ok((Arc::new(metadata), blocks)),
        None => Err(unreadable(&record.key, "its footer has no checksums of the pages")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn pages(bytes: u64) -> Vec<u8> {
        (0..bytes).map(|at| (at.wrapping_mul(2_654_435_761) >> 7) as u8).collect()
    }

    #[test]
    fn ranges_are_widened_to_blocks_and_never_beyond_the_pages() {
        let b = BLOCK_BYTES;
        let short = Blocks::of(&pages(2 * b + 100));
        let cases = [
            (0..1, 0..b),
            (0..b, 0..b),
            (b - 1..b + 1, 0..2 * b),
            (b..b + 1, b..2 * b),
            (2 * b + 5..2 * b + 6, 2 * b..2 * b + 100),
            (b + 7..2 * b + 100, b..2 * b + 100),
        ];
        for (range, widened) in cases {
            assert_eq!(short.around(&range), widened, "{range:?}");
        }
        assert_eq!(Blocks::of(&pages(2 * b)).around(&(b + 1..2 * b)), b..2 * b, "pages that end with a block");
    }

    #[test]
    fn a_flipped_bit_is_found_in_its_block_and_in_no_other() {
        for end in [1, BLOCK_BYTES - 1, BLOCK_BYTES, 2 * BLOCK_BYTES, 3 * BLOCK_BYTES + 1] {
            let whole = pages(end);
            let blocks = Blocks::of(&whole);
            assert_eq!(blocks.compare(0, &whole), Ok(()));
            for at in [0, end / 2, end - 1] {
                let mut flipped = whole.clone();
                flipped[at as usize] ^= 0x10;
                let damaged = blocks.around(&(at..at + 1));
                let found = blocks.compare(0, &flipped);
                assert_eq!(found, Err(Damaged(damaged.start)), "bit {at} of {end} bytes");
                assert_eq!(blocks.compare(0, &flipped[..damaged.start as usize]), Ok(()));
                assert_eq!(blocks.compare(damaged.end, &flipped[damaged.end as usize..]), Ok(()));
            }
        }
    }

    #[test]
    fn bytes_behind_the_last_block_have_no_checksum() {
        let blocks = Blocks::of(&pages(BLOCK_BYTES));
        assert_eq!(blocks.compare(BLOCK_BYTES, b"more"), Err(Damaged(BLOCK_BYTES)));
    }

    #[test]
    fn footer_entries_come_back_and_incomplete_ones_are_refused() {
        let blocks = Blocks::of(&pages(BLOCK_BYTES + 1));
        let footer = HashMap::from(blocks.footer());
        assert_eq!(Blocks::from_footer(|key| footer.get(key).map(String::as_str)), Some(blocks));
        let changes = [
            (keys::FOOTER_BLOCK_BYTES, "0"),
            (keys::FOOTER_BLOCK_BYTES, "65537"),
            (keys::FOOTER_BLOCKS_END, "65536"),
            (keys::FOOTER_BLOCKS_END, "131073"),
            (keys::FOOTER_BLOCKS_CRC32C, "AAAA"),
            (keys::FOOTER_BLOCKS_CRC32C, "no base64"),
        ];
        for (changed, value) in changes {
            let entry = |key: &str| if key == changed { Some(value) } else { footer.get(key).map(String::as_str) };
            assert_eq!(Blocks::from_footer(entry), None, "{changed} = {value}");
        }
    }
}
