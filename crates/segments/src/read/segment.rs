//! An opened segment: its footer and page index, and its whole body if that is small. How its rows are read.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Schema};
use audit_core::{Event, EventId, OrgId, SegmentName, SegmentRecord, Span, Tail};
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, RowSelection};
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};

use super::body::{Body, Remote};
use crate::error::{SegmentError, unreadable};
use crate::format::checksums::read_tail;
use crate::format::footer::{check_format, entry};
use crate::format::rows::{Columns, column_names, event_column_names};
use crate::{SegmentStore, keys};

/// Up to this size, a segment is read whole, in one request, and cached.
const WHOLE_BYTES: u64 = 512 * 1024;
/// Rows that are decoded at once when they are counted: few batches, so that few dictionaries are looked at.
const COUNTED_ROWS: usize = 65_536;

/// A segment whose footer and page index have been read. Segments never change, so it can be cached without a limit in
/// time.
#[derive(Debug)]
pub struct OpenSegment {
    pub(crate) key: String,
    pub(crate) org_id: OrgId,
    pub(crate) metadata: ArrowReaderMetadata,
    pub(crate) pages: Vec<IdPage>,
    pub(crate) body: Arc<Body>,
    recorded: Recorded,
}

/// The file that was opened, as the ledger recorded it. The key contains only a part of that.
#[derive(Debug, PartialEq, Eq)]
struct Recorded {
    name: SegmentName,
    rows: u64,
    bytes: u64,
    tail: Tail,
}

impl Recorded {
    fn of(record: &SegmentRecord) -> Self {
        let SegmentRecord { rows, bytes, tail, .. } = *record;
        Self { name: record.name(), rows, bytes, tail }
    }
}

/// One page of the id column: consecutive rows of one row group.
#[derive(Debug, Clone)]
pub(crate) struct IdPage {
    pub(crate) row_group: usize,
    /// The page's rows, counted inside the row group.
    pub(crate) rows: Range<usize>,
    pub(crate) first: EventId,
    pub(crate) last: EventId,
}

impl SegmentStore {
    /// Opens a published segment of `org_id`; returns the cached one if it was opened before.
    ///
    /// # Errors
    /// [`SegmentError::Unreadable`], also if the file belongs to another org, or has other columns or rows than the
    /// ledger recorded.
    pub async fn open(&self, org_id: &OrgId, record: &SegmentRecord) -> Result<Arc<OpenSegment>, SegmentError> {
        let opened = self.cache.get_or_insert_async(&record.key, self.read_footer(org_id, record)).await?;
        if opened.org_id != *org_id {
            return Err(unreadable(&record.key, "it belongs to another org"));
        }
        if opened.recorded != Recorded::of(record) {
            return Err(unreadable(&record.key, "the ledger lists it twice, with different lengths or numbers"));
        }
        Ok(opened)
    }

    async fn read_footer(&self, org_id: &OrgId, record: &SegmentRecord) -> Result<Arc<OpenSegment>, SegmentError> {
        let key = &record.key;
        let bucket = self.buckets.archive.clone();
        let object = Remote { client: self.client.clone(), bucket, key: key.as_str().into() };
        let pages_end = record.bytes.checked_sub(record.tail.bytes);
        let pages_end = pages_end.ok_or_else(|| unreadable(key, "its tail is longer than the file"))?;
        let start = if record.bytes <= WHOLE_BYTES { 0 } else { pages_end };
        let read = object.get(start..record.bytes).await?;
        let (metadata, blocks) = read_tail(record, read.slice((pages_end - start) as usize..))?;
        let body = Body::new(object, blocks, (start == 0).then_some(read), self.ranges.clone())?;
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        let metadata = ArrowReaderMetadata::try_new(metadata, options).map_err(|error| unreadable(key, error))?;
        check(org_id, record, &metadata)?;
        let pages = id_pages(&metadata, key)?;
        let (key, org_id, body) = (key.clone(), org_id.clone(), Arc::new(body));
        Ok(Arc::new(OpenSegment { key, org_id, metadata, pages, body, recorded: Recorded::of(record) }))
    }
}

fn check(org_id: &OrgId, record: &SegmentRecord, metadata: &ArrowReaderMetadata) -> Result<(), SegmentError> {
    let file = metadata.metadata().file_metadata();
    check_format(entry(file, keys::FOOTER_FORMAT)).map_err(|other| unreadable(&record.key, other))?;
    let has = |key: &str, value: &str| entry(file, key) == Some(value);
    if !has(keys::FOOTER_ORG, org_id.as_str()) || !has(keys::FOOTER_FIRST_SEQ, &record.first_seq.to_string()) {
        return Err(unreadable(&record.key, "its footer has another org or sequence number"));
    }
    if u64::try_from(file.num_rows()) != Ok(record.rows) {
        return Err(unreadable(&record.key, format!("it has {} rows, not {}", file.num_rows(), record.rows)));
    }
    match column_names().find(|name| metadata.schema().field_with_name(name).is_err()) {
        Some(name) => Err(unreadable(&record.key, format!("the column {name} is missing"))),
        None => Ok(()),
    }
}

fn id_pages(metadata: &ArrowReaderMetadata, key: &str) -> Result<Vec<IdPage>, SegmentError> {
    let file = metadata.metadata();
    let index = file.page_index().ok_or_else(|| unreadable(key, "it has no page index"))?;
    let unreadable_because = |error| unreadable(key, error);
    let ids =
        StatisticsConverter::try_new("id", metadata.schema(), metadata.parquet_schema()).map_err(unreadable_because)?;
    let mut pages = Vec::new();
    for group in 0..file.num_row_groups() {
        let least = ids.data_page_mins(index.as_ref(), [&group]).map_err(unreadable_because)?;
        let greatest = ids.data_page_maxes(index.as_ref(), [&group]).map_err(unreadable_because)?;
        let counts = ids
            .data_page_row_counts(index.as_ref(), file.row_groups(), [&group])
            .map_err(unreadable_because)?
            .unwrap_or_else(|| UInt64Array::from(Vec::<u64>::new()));
        let mut row = 0;
        for page in 0..counts.len() {
            let id = |texts: &dyn Array| -> Option<EventId> {
                let texts = texts.as_any().downcast_ref::<StringArray>().filter(|texts| page < texts.len());
                texts.and_then(|texts| texts.value(page).parse().ok())
            };
            let Some((first, last)) = id(&least).zip(id(&greatest)) else {
                return Err(unreadable(key, "its page index contains an invalid id"));
            };
            let end = row + counts.value(page) as usize;
            pages.push(IdPage { row_group: group, rows: row..end, first, last });
            row = end;
        }
        if row as i64 != file.row_group(group).num_rows() {
            return Err(unreadable(key, "its page index does not cover its rows"));
        }
    }
    Ok(pages)
}

impl OpenSegment {
    /// Returns the approximate bytes of memory.
    pub(crate) fn held_bytes(&self) -> u64 {
        let metadata = self.metadata.metadata().memory_size();
        (self.body.held_bytes() + metadata + self.pages.len() * size_of::<IdPage>()) as u64
    }

    /// Reads rows of one row group: the named columns, or all that this version knows.
    ///
    /// `rows` are ascending, disjoint ranges, counted inside the row group.
    pub(crate) async fn read(
        &self,
        row_group: usize,
        rows: &[Range<usize>],
        columns: Option<&[&str]>,
    ) -> Result<Vec<RecordBatch>, SegmentError> {
        let schema = self.metadata.parquet_schema();
        let mask = match columns {
            Some(names) => ProjectionMask::columns(schema, names.iter().copied()),
            None => ProjectionMask::columns(schema, event_column_names()),
        };
        let stream = self.stream(self.metadata.clone(), row_group, rows).with_projection(mask).build();
        let read = async { stream?.try_collect::<Vec<_>>().await };
        read.await.map_err(|error: ParquetError| classify(&self.key, error))
    }

    /// Returns the pages that may contain positions of a span.
    pub(crate) fn pages_of(&self, span: Span) -> Range<usize> {
        let start = self.pages.partition_point(|page| page.last.bits() < span.start);
        let end = self.pages.partition_point(|page| page.first.bits() < span.end);
        if span.is_empty() { start..start } else { start..end.max(start) }
    }

    /// Returns the rows of a span in consecutive pages of one row group, all of which overlap it.
    ///
    /// Rows are in the order of their ids. So they are one range, whose ends are found by the page index and the ids of
    /// up to two pages.
    pub(crate) async fn rows_of(&self, pages: &Range<usize>, span: Span) -> Result<Range<usize>, SegmentError> {
        let (first, last) = (&self.pages[pages.start], &self.pages[pages.end - 1]);
        let mut rows = first.rows.start..last.rows.end;
        if first.first.bits() < span.start {
            let ids = self.ids_of_page(pages.start).await?;
            rows.start += ids.partition_point(|id| id.bits() < span.start);
        }
        if last.last.bits() >= span.end {
            let ids = self.ids_of_page(pages.end - 1).await?;
            rows.end = last.rows.start + ids.partition_point(|id| id.bits() < span.end);
        }
        Ok(rows)
    }

    /// Reads the named columns of rows of one row group, those in `stored` as the file stores them: as numbers into a
    /// dictionary.
    pub(crate) async fn read_stored(
        &self,
        row_group: usize,
        rows: Range<usize>,
        columns: &[&str],
        stored: &[&str],
    ) -> Result<Vec<RecordBatch>, SegmentError> {
        let dictionary = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let fields = self.metadata.schema().fields().iter().map(|field| {
            let is_stored = stored.contains(&field.name().as_str());
            if is_stored { Arc::new(field.as_ref().clone().with_data_type(dictionary())) } else { Arc::clone(field) }
        });
        let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields.collect::<Vec<_>>())));
        let mask = ProjectionMask::columns(self.metadata.parquet_schema(), columns.iter().copied());
        let read = async {
            let metadata = ArrowReaderMetadata::try_new(Arc::clone(self.metadata.metadata()), options)?;
            let stream = self.stream(metadata, row_group, std::slice::from_ref(&rows)).with_projection(mask);
            stream.with_batch_size(COUNTED_ROWS).build()?.try_collect::<Vec<_>>().await
        };
        read.await.map_err(|error: ParquetError| classify(&self.key, error))
    }

    fn stream(
        &self,
        metadata: ArrowReaderMetadata,
        row_group: usize,
        rows: &[Range<usize>],
    ) -> ParquetRecordBatchStreamBuilder<Reader> {
        let total = self.metadata.metadata().row_group(row_group).num_rows() as usize;
        let selection = RowSelection::from_consecutive_ranges(rows.iter().cloned(), total);
        let reader = Reader { body: Arc::clone(&self.body), metadata: Arc::clone(self.metadata.metadata()) };
        ParquetRecordBatchStreamBuilder::new_with_metadata(reader, metadata)
            .with_row_groups(vec![row_group])
            .with_row_selection(selection)
    }

    /// Returns the name of the segment.
    pub(crate) fn name(&self) -> SegmentName {
        self.recorded.name
    }

    /// Returns how many rows there are in the row groups before one.
    pub(crate) fn rows_before(&self, row_group: usize) -> u64 {
        let groups = self.metadata.metadata().row_groups();
        groups.iter().take(row_group).map(|group| group.num_rows().unsigned_abs()).sum()
    }

    /// Returns the average bytes of a row of one row group before compression.
    pub(crate) fn average_row_bytes(&self, row_group: usize) -> u64 {
        let group = self.metadata.metadata().row_group(row_group);
        (group.total_byte_size().max(1) as u64).div_ceil(group.num_rows().max(1) as u64)
    }

    /// Reads the events of rows of one row group.
    pub(crate) async fn events(&self, row_group: usize, rows: &[Range<usize>]) -> Result<Vec<Event>, SegmentError> {
        let mut events = Vec::new();
        for batch in self.read(row_group, rows, None).await? {
            events.extend(Columns { key: &self.key, batch: &batch }.events(&self.org_id)?);
        }
        Ok(events)
    }
}

/// Distinguishes a failed request, which can be retried, from a damaged file.
fn classify(key: &str, error: ParquetError) -> SegmentError {
    match error {
        ParquetError::External(source) => match source.downcast::<SegmentError>() {
            Ok(error) => *error,
            Err(source) => unreadable(key, source),
        },
        error => unreadable(key, error),
    }
}

/// The bytes of a segment, for the Parquet reader.
struct Reader {
    body: Arc<Body>,
    metadata: Arc<ParquetMetaData>,
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        async move { Ok(self.get_byte_ranges(vec![range]).await?.remove(0)) }.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>, ParquetError>> {
        async move { self.body.read(&ranges).await.map_err(|error| ParquetError::External(Box::new(error))) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        async move { Ok(Arc::clone(&self.metadata)) }.boxed()
    }
}
