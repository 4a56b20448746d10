//! Writes the rows of one segment as Parquet, in memory, and reads the file back.

use arrow::error::ArrowError;
use audit_core::{
    BatchTotals, CompactRange, Event, FilterFields, Footer, LeafFields, OrgId, Seed, SegmentFilters, SegmentRange,
    SegmentRecord, Seq, UnixMicros,
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

/// The place of a segment in its batch.
#[derive(Debug, Clone, Copy)]
pub struct BatchPlace {
    /// The first sequence number of the batch.
    pub first_seq: Seq,
    /// The segment's place in it, from 0.
    pub index: usize,
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
    /// The leaves of its rows.
    pub leaves: CompactRange,
}

/// A segment under construction.
///
/// # Guarantees
/// Keeps its compressed pages and up to one row group in memory, for any number of rows.
///
/// # Examples
/// ```
/// use audit_core::{IdKey, Seed, Seq, UnixMicros, request};
/// use audit_segments::{BatchPlace, SegmentWriter};
///
/// let body = br#"{"occurred_at": "2026-11-17T10:00:00Z", "actor": {"id": "usr_1"},
///     "action": "member.invited", "result": "succeeded"}"#;
/// let now: UnixMicros = "2026-11-18T00:00:00Z".parse()?;
/// let new = request::read(body, None, now).map_err(|_| "an invalid event")?.remove(0);
/// let event = new.into_event("acme".parse()?, &IdKey::new([7; 32]), now, 0);
///
/// let place = BatchPlace { first_seq: Seq(0), index: 0 };
/// let mut writer = SegmentWriter::begin(&event, Seq(0), place, Seed([7; 32]))?;
/// writer.push(&event)?;
/// assert!(writer.finish(true)?.body.starts_with(b"PAR1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SegmentWriter {
    place: BatchPlace,
    /// The first instant after its month.
    end: UnixMicros,
    parquet: ArrowWriter<Vec<u8>>,
    pending: Rows,
    pending_bytes: u64,
    group_bytes: u64,
    raw_bytes: u64,
    summary: Summary,
    seed: Seed,
    leaves: CompactRange,
}

impl SegmentWriter {
    /// Begins a segment of the month of `first`, its first event. No other segment may have the `seed`.
    pub fn begin(first: &Event, first_seq: Seq, place: BatchPlace, seed: Seed) -> Result<Self, ParquetError> {
        let options = ArrowWriterOptions::new().with_properties(properties()?).with_skip_arrow_metadata(true);
        Ok(Self {
            place,
            end: first.occurred_at.day().month().next().first_day().start(),
            parquet: ArrowWriter::try_new_with_options(Vec::new(), SCHEMA.clone(), options)?,
            pending: Rows::new(),
            pending_bytes: 0,
            group_bytes: 0,
            raw_bytes: 0,
            summary: Summary::begin(first.org_id.clone(), first_seq, first.id),
            seed,
            leaves: CompactRange::new(first_seq),
        })
    }

    /// Reports whether the segment takes `next` too, whose id is after those of its events.
    pub fn takes(&self, next: &Event) -> bool {
        next.occurred_at < self.end && segment_takes_a_row(self.rows(), self.raw_bytes)
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> u64 {
        self.summary.rows
    }

    /// Adds the next event; events come in the order of their ids.
    pub fn push(&mut self, event: &Event) -> Result<(), ParquetError> {
        let seq = self.leaves.end();
        let leaf = LeafFields::of(event).leaf(&self.seed.salt(seq));
        self.leaves.push(leaf.map_err(|error| ParquetError::External(Box::new(error)))?);
        let bytes = self.pending.push(seq, event);
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
    pub async fn finish_blocking(self, last_of_batch: bool) -> Result<Encoded, SegmentError> {
        let finished = tokio::task::spawn_blocking(move || self.finish(last_of_batch)).await;
        finished.unwrap_or_else(|error| Err(ParquetError::External(Box::new(error)).into()))
    }

    /// Finishes the file; the last segment of a batch also carries the batch's rows and number of segments.
    ///
    /// # Errors
    /// Also if the file, decoded, does not contain the events.
    pub fn finish(mut self, last_of_batch: bool) -> Result<Encoded, SegmentError> {
        self.flush_pending()?;
        // After these two, all pages and Bloom filters are in the vector; what follows is the tail.
        self.parquet.flush()?;
        self.parquet.sync().map_err(ParquetError::from)?;
        let Summary { first_seq, rows, .. } = self.summary;
        let BatchPlace { first_seq: batch, index } = self.place;
        let totals = BatchTotals { rows: first_seq.plus(rows).0 - batch.0, segments: index as u64 + 1 };
        let footer = Footer {
            org_id: self.summary.org_id.clone(),
            first_seq,
            rows,
            batch,
            index: index as u64,
            totals: last_of_batch.then_some(totals),
            ranges: vec![SegmentRange { first_seq, rows, seed: Some(self.seed), digest: self.leaves.digest() }],
        };
        let blocks = Blocks::of(self.parquet.inner());
        for (key, value) in footer::entries(&footer).into_iter().chain(blocks.footer()) {
            self.parquet.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        let body = Bytes::from(self.parquet.into_inner()?);
        let tail = tail(&body[blocks.end() as usize..]);
        let (record, filters) = self.summary.finish(&body, tail);
        decoded::compare(&record.key, &body, &footer)?;
        Ok(Encoded { org_id: footer.org_id, body, record, filters, leaves: self.leaves })
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

#[cfg(test)]
mod tests;
