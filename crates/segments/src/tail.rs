//! The tail of a segment's file: page indexes and footer. The ledger has its checksum, and it has those of all the rest.

use std::sync::Arc;

use audit_core::{SegmentRecord, Tail};
use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use crate::blocks::Blocks;
use crate::error::{SegmentError, unreadable};

/// What the ledger says of a segment's tail, from the bytes of the whole file.
///
/// *Errors*: the file is no segment, or its pages do not have the checksums that its footer names.
pub fn tail_of(file: &Bytes) -> Result<Tail, ParquetError> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(file)?;
    let no_segment = || ParquetError::General("the footer has no checksums of the pages".to_owned());
    let blocks = Blocks::from_footer(|key| footer_entry(&metadata, key)).ok_or_else(no_segment)?;
    let (pages, tail) = file.split_at_checked(blocks.end() as usize).ok_or_else(no_segment)?;
    blocks.compare(0, pages).map_err(|damaged| ParquetError::External(Box::new(damaged)))?;
    Ok(Tail { bytes: tail.len() as u64, crc32c: crc_fast::crc32_iscsi(tail) })
}

/// The value of a footer entry.
pub(crate) fn footer_entry<'a>(metadata: &'a ParquetMetaData, key: &str) -> Option<&'a str> {
    let mut entries = metadata.file_metadata().key_value_metadata()?.iter();
    entries.find(|entry| entry.key == key)?.value.as_deref()
}

/// Compares a tail with the ledger, and reads it.
///
/// *Errors*: [`SegmentError::Unreadable`] where it is another one than the ledger recorded.
pub(crate) fn read_tail(record: &SegmentRecord, tail: Bytes) -> Result<(Arc<ParquetMetaData>, Blocks), SegmentError> {
    let found = Tail { bytes: tail.len() as u64, crc32c: crc_fast::crc32_iscsi(&tail) };
    if found != record.tail {
        return Err(unreadable(&record.key, "its end does not have its checksum"));
    }
    let mut reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
    let read = reader.try_parse_sized(&tail, record.bytes).and_then(|()| reader.finish());
    let metadata = read.map_err(|error| unreadable(&record.key, error))?;
    let blocks = Blocks::from_footer(|key| footer_entry(&metadata, key));
    match blocks.filter(|blocks| blocks.end() + record.tail.bytes == record.bytes) {
        Some(blocks) => Ok((Arc::new(metadata), blocks)),
        None => Err(unreadable(&record.key, "its footer has no checksums of the pages")),
    }
}
