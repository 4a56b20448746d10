//! An opened segment: its footer and page index, and its whole body where that is small.

use std::ops::Range;

use arrow::array::{Array, StringArray, UInt64Array};
use audit_core::{EventId, FORMAT, OrgId, SegmentRecord, Seq, Tail};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::PageIndexPolicy;
use std::sync::Arc;

use crate::body::Body;
use crate::columns::NAMES;
use crate::error::{SegmentError, unreadable};
use crate::remote::Remote;
use crate::tail::{footer_entry, read_tail};
use crate::{SegmentStore, keys};

/// Up to this size a segment is read whole, in one request, and kept.
const WHOLE_BYTES: u64 = 512 * 1024;

/// A segment whose footer and page index have been read. Segments never change, so it may be kept for ever.
#[derive(Debug)]
pub struct OpenSegment {
    pub(crate) key: String,
    pub(crate) org_id: OrgId,
    pub(crate) metadata: ArrowReaderMetadata,
    pub(crate) pages: Vec<IdPage>,
    pub(crate) body: Arc<Body>,
    described: Described,
}

/// What the ledger said of the file that was opened. Its key names no more than the beginning of that.
#[derive(Debug, PartialEq, Eq)]
struct Described {
    first_seq: Seq,
    rows: u64,
    bytes: u64,
    tail: Tail,
}

impl Described {
    fn of(record: &SegmentRecord) -> Self {
        let SegmentRecord { first_seq, rows, bytes, tail, .. } = *record;
        Self { first_seq, rows, bytes, tail }
    }
}

/// One page of the id column: rows of one row group that follow one another.
#[derive(Debug, Clone)]
pub(crate) struct IdPage {
    pub(crate) row_group: usize,
    /// The page's rows, counted inside the row group.
    pub(crate) rows: Range<usize>,
    pub(crate) first: EventId,
    pub(crate) last: EventId,
}

impl SegmentStore {
    /// Opens a published segment of `org_id`, or gives it as it was opened before.
    ///
    /// *Errors*: [`SegmentError::Unreadable`] also where the file is of another org, has other columns, or other rows
    /// than the ledger recorded.
    pub async fn open(&self, org_id: &OrgId, record: &SegmentRecord) -> Result<Arc<OpenSegment>, SegmentError> {
        let opened = self.open.get_or_insert_async(&record.key, self.read_footer(org_id, record)).await?;
        if opened.org_id != *org_id {
            return Err(unreadable(&record.key, "it belongs to another org"));
        }
        if opened.described != Described::of(record) {
            return Err(unreadable(&record.key, "the ledger lists it twice, with different lengths or numbers"));
        }
        Ok(opened)
    }

    async fn read_footer(&self, org_id: &OrgId, record: &SegmentRecord) -> Result<Arc<OpenSegment>, SegmentError> {
        let key = &record.key;
        let object =
            Remote { client: self.client.clone(), bucket: self.buckets.archive.clone(), key: record.key.clone() };
        let pages_end = record.bytes.checked_sub(record.tail.bytes);
        let pages_end = pages_end.ok_or_else(|| unreadable(key, "its tail is longer than the file"))?;
        let start = if record.bytes <= WHOLE_BYTES { 0 } else { pages_end };
        let read = object.get(start..record.bytes).await?;
        let (metadata, blocks) = read_tail(record, read.slice((pages_end - start) as usize..))?;
        let body = match start {
            0 => Body::held(object, blocks, read)?,
            _ => Body::remote(object, blocks),
        };
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        let metadata = ArrowReaderMetadata::try_new(metadata, options).map_err(|error| unreadable(key, error))?;
        check(org_id, record, &metadata)?;
        let pages = id_pages(&metadata, key)?;
        let (key, org_id, body) = (key.clone(), org_id.clone(), Arc::new(body));
        Ok(Arc::new(OpenSegment { key, org_id, metadata, pages, body, described: Described::of(record) }))
    }
}

impl OpenSegment {
    /// About how many bytes of memory it holds.
    pub(crate) fn held_bytes(&self) -> u64 {
        let metadata = self.metadata.metadata().memory_size();
        (self.body.held_bytes() + metadata + self.pages.len() * size_of::<IdPage>()) as u64
    }
}

fn check(org_id: &OrgId, record: &SegmentRecord, metadata: &ArrowReaderMetadata) -> Result<(), SegmentError> {
    let file = metadata.metadata().file_metadata();
    check_format(footer_entry(metadata.metadata(), keys::FOOTER_FORMAT))
        .map_err(|other| unreadable(&record.key, other))?;
    let says = |key: &str, value: &str| footer_entry(metadata.metadata(), key) == Some(value);
    if !says(keys::FOOTER_ORG, org_id.as_str()) || !says(keys::FOOTER_FIRST_SEQ, &record.first_seq.to_string()) {
        return Err(unreadable(&record.key, "its footer names another org or sequence number"));
    }
    if u64::try_from(file.num_rows()) != Ok(record.rows) {
        return Err(unreadable(&record.key, format!("it has {} rows, not {}", file.num_rows(), record.rows)));
    }
    match NAMES.iter().find(|name| metadata.schema().field_with_name(name).is_err()) {
        Some(name) => Err(unreadable(&record.key, format!("the column {name} is missing"))),
        None => Ok(()),
    }
}

/// A file of another version of the format.
#[derive(Debug, thiserror::Error)]
#[error("it has the format {0}, and this version of the service reads the format {FORMAT} only")]
pub(crate) struct OtherFormat(String);

/// Checks the format that a footer names; the first one named none.
pub(crate) fn check_format(entry: Option<&str>) -> Result<(), OtherFormat> {
    let found = entry.unwrap_or("1");
    if found == FORMAT.to_string() { Ok(()) } else { Err(OtherFormat(found.to_owned())) }
}

fn id_pages(metadata: &ArrowReaderMetadata, key: &str) -> Result<Vec<IdPage>, SegmentError> {
    let file = metadata.metadata();
    let index = file.page_index().ok_or_else(|| unreadable(key, "it has no page index"))?;
    let groups: Vec<usize> = (0..file.num_row_groups()).collect();
    let unreadable_because = |error| unreadable(key, error);
    let ids =
        StatisticsConverter::try_new("id", metadata.schema(), metadata.parquet_schema()).map_err(unreadable_because)?;
    let mut pages = Vec::new();
    for group in groups {
        let least = ids.data_page_mins(index.as_ref(), [&group]).map_err(unreadable_because)?;
        let greatest = ids.data_page_maxes(index.as_ref(), [&group]).map_err(unreadable_because)?;
        let counts = ids
            .data_page_row_counts(index.as_ref(), file.row_groups(), [&group])
            .map_err(unreadable_because)?
            .unwrap_or_else(|| UInt64Array::from(Vec::<u64>::new()));
        let mut row = 0;
        for page in 0..counts.len() {
            let id = |texts: &dyn Array| {
                let texts = texts.as_any().downcast_ref::<StringArray>().filter(|texts| page < texts.len());
                texts.and_then(|texts| EventId::parse(texts.value(page)))
            };
            let Some((first, last)) = id(&least).zip(id(&greatest)) else {
                return Err(unreadable(key, "its page index holds what is no id"));
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
