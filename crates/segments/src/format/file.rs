//! Writes the rows of one segment as a Parquet file, in memory, and reads the file back.

use arrow::error::ArrowError;
use audit_core::{
    CompactRange, Event, FilterFields, Footer, LeafFields, OrgId, Salt, Seed, SegmentFilters, SegmentRecord, Seq,
    Totals, UnixMicros, WrittenBy,
    capacity::{row_group_is_full, segment_takes_a_row},
    limits::SEGMENT_ROWS,
};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::checksums::{Blocks, tail};
use super::decoded;
use super::footer;
use super::parts::Parts;
use super::rows::{Rows, SCHEMA};
use super::summary::Summary;
use crate::error::SegmentError;

/// Rows passed to Parquet at once.
pub(super) const CHUNK_ROWS: usize = 1_024;
/// Raw bytes passed to Parquet at once.
const CHUNK_RAW_BYTES: u64 = 1024 * 1024;
/// Rows of a page: what a reader must decode to get one row.
const PAGE_ROWS: usize = 2_048;
/// The writer of a file: `<application> version <version> (build <build>)`. The record reader of parquet-java rejects
/// the pages of a file whose writer it cannot parse, since an old writer wrote them incorrectly (PARQUET-246).
const CREATED_BY: &str = concat!("audit-logs version ", env!("CARGO_PKG_VERSION"), " (build audit-archive)");
/// Bytes of a page before compression.
const PAGE_BYTES: usize = 512 * 1024;

/// The place of a segment in the batch or merge that writes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// What writes it.
    pub(crate) written_by: WrittenBy,
    /// Its place among the segments of the batch or merge, from 0.
    pub(crate) index: usize,
    /// The rows of the segments before it.
    pub(crate) rows_before: u64,
}

/// A row, and its place in the archive.
#[derive(Debug)]
pub(crate) struct PlacedRow<'a> {
    /// The first number of its range.
    pub(crate) range: Seq,
    /// The seed of its range.
    pub(crate) seed: Option<Seed>,
    /// Its number.
    pub(crate) seq: Seq,
    /// The salt that it stores itself.
    pub(crate) salt: Option<&'a [u8]>,
    /// Its event.
    pub(crate) event: &'a Event,
}

/// A finished segment.
#[derive(Debug)]
pub struct Encoded {
    /// The org.
    pub org_id: OrgId,
    /// The Parquet file.
    pub body: Bytes,
    /// The record for the ledger; nothing is staged yet.
    pub record: SegmentRecord,
    /// The filters for the ledger.
    pub filters: SegmentFilters,
    /// The leaves of its rows, range by range.
    pub leaves: Vec<CompactRange>,
}

/// A file under construction.
///
/// # Guarantees
/// Keeps its compressed pages and up to one row group in memory, for any number of rows.
pub(crate) struct FileWriter {
    place: Place,
    /// The first instant after its month.
    end: UnixMicros,
    parquet: ArrowWriter<Vec<u8>>,
    pub(super) pending: Rows,
    pending_bytes: u64,
    group_bytes: u64,
    raw_bytes: u64,
    summary: Summary,
    parts: Parts,
}

impl FileWriter {
    /// Begins a file of the month of `first`, its first event.
    pub(crate) fn begin(first: &Event, place: Place) -> Result<Self, ParquetError> {
        let options = ArrowWriterOptions::new().with_properties(properties()?).with_skip_arrow_metadata(true);
        Ok(Self {
            place,
            end: first.occurred_at.day().month().next().first_day().start(),
            parquet: ArrowWriter::try_new_with_options(Vec::new(), SCHEMA.clone(), options)?,
            pending: Rows::new(),
            pending_bytes: 0,
            group_bytes: 0,
            raw_bytes: 0,
            summary: Summary::begin(first.org_id.clone(), first.id),
            parts: Parts::default(),
        })
    }

    /// Reports whether the file takes the event `next` too, as a row of the range that begins at `range`.
    pub(crate) fn takes(&self, range: Seq, next: &Event) -> bool {
        next.occurred_at < self.end && segment_takes_a_row(self.rows(), self.raw_bytes) && self.parts.takes(range)
    }

    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> u64 {
        self.summary.rows()
    }

    /// Adds the next row; rows come in the order of their ids.
    pub(crate) fn push(&mut self, row: &PlacedRow<'_>) -> Result<(), ParquetError> {
        let PlacedRow { range, seed, seq, salt, event } = *row;
        let own = salt.map(Salt::from_stored).unwrap_or_else(|| seed.map(|seed| seed.salt(seq)));
        let own = own.ok_or_else(|| ParquetError::General(format!("the row {seq} has no salt")))?;
        let leaf = LeafFields::of(event).leaf(&own).map_err(|error| ParquetError::External(Box::new(error)))?;
        self.parts.push(range, seed, seq, leaf).map_err(|error| ParquetError::External(Box::new(error)))?;
        let bytes = self.pending.push(seq, salt, event);
        self.pending_bytes += bytes;
        self.raw_bytes += bytes;
        self.summary.add(event.id, &FilterFields::of(event));
        if self.pending.count() >= CHUNK_ROWS || self.pending_bytes >= CHUNK_RAW_BYTES {
            self.flush_pending()?;
        }
        Ok(())
    }

    fn flush_pending(&mut self) -> Result<(), ParquetError> {
        if self.pending.count() == 0 {
            return Ok(());
        }
        let batch = self.pending.take().map_err(|error: ArrowError| ParquetError::ArrowError(error.to_string()))?;
        self.parquet.write(&batch)?;
        self.group_bytes += std::mem::take(&mut self.pending_bytes);
        if row_group_is_full(self.group_bytes) {
            self.parquet.flush()?;
            self.group_bytes = 0;
        }
        Ok(())
    }

    /// Finishes the file on a separate thread, see [`Self::finish`].
    pub(crate) async fn finish_blocking(self, is_last: bool) -> Result<Encoded, SegmentError> {
        let finished = tokio::task::spawn_blocking(move || self.finish(is_last)).await;
        finished.unwrap_or_else(|error| Err(ParquetError::External(Box::new(error)).into()))
    }

    /// Finishes the file; the last one of a batch or merge also carries the totals.
    ///
    /// # Errors
    /// Also if the file, decoded, does not contain the rows.
    pub(crate) fn finish(mut self, is_last: bool) -> Result<Encoded, SegmentError> {
        self.flush_pending()?;
        // After these two, all pages and Bloom filters are in the vector; what follows is the tail.
        self.parquet.flush()?;
        self.parquet.sync().map_err(ParquetError::from)?;
        let Place { written_by, index, rows_before } = self.place;
        let rows = self.summary.rows();
        let ranges = self.parts.ranges();
        let totals = Totals { rows: rows_before + rows, segments: index as u64 + 1 };
        let footer = Footer {
            org_id: self.summary.org_id().clone(),
            first_seq: ranges.first().map(|range| range.first_seq).unwrap_or_default(),
            rows,
            written_by,
            index: index as u64,
            totals: is_last.then_some(totals),
            raw_bytes: self.raw_bytes,
            ranges,
        };
        let blocks = Blocks::of(self.parquet.inner());
        for (key, value) in footer::entries(&footer).into_iter().chain(blocks.footer()) {
            self.parquet.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        let body = Bytes::from(self.parquet.into_inner()?);
        let tail = tail(&body[blocks.end() as usize..]);
        let (record, filters) = self.summary.finish(&footer, &body, tail);
        decoded::compare(&record.key, &body, &footer)?;
        Ok(Encoded { org_id: footer.org_id, body, record, filters, leaves: self.parts.into_leaves() })
    }
}

/// Uses only encodings that Athena engine 3, Spark, DuckDB and pyarrow all read.
fn properties() -> Result<WriterProperties, ParquetError> {
    let column = |name: &str| ColumnPath::from(name);
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(None)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_write_batch_size(256)
        .set_sorting_columns(Some(vec![SortingColumn { column_idx: 0, descending: false, nulls_first: false }]))
        .set_column_dictionary_enabled(column("id"), false)
        .set_column_encoding(column("id"), Encoding::DELTA_BYTE_ARRAY)
        .set_column_dictionary_enabled(column("details"), false)
        .set_column_dictionary_enabled(column("salt"), false)
        .set_column_statistics_enabled(column("details"), EnabledStatistics::None);
    for name in ["seq", "occurred_at", "occurred_at_us", "ingested_at"] {
        properties = properties
            .set_column_dictionary_enabled(column(name), false)
            .set_column_encoding(column(name), Encoding::DELTA_BINARY_PACKED);
    }
    for name in ["id", "actor_id"] {
        properties = properties
            .set_column_bloom_filter_enabled(column(name), true)
            .set_column_bloom_filter_fpp(column(name), 0.01)
            .set_column_bloom_filter_max_ndv(column(name), SEGMENT_ROWS);
    }
    Ok(properties.build())
}
