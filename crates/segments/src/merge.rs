//! Merges segments: all their rows in the order of their ids, each as it is stored, in as few files as they fit into.
//!
//! Memory contains one window of rows of each source, and one file. A file is decoded and compared with the rows that it
//! was given, and the leaves of all files together with the digests of the sources' ranges (I-3). So no error of a reader
//! or encoder loses, doubles or changes a row unnoticed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use audit_core::{
    CompactRange, EventId, Footer, Month, OrgId, SegmentRange, SegmentRecord, WrittenBy, merged_leaves::ranges_are_kept,
};

use crate::SegmentStore;
use crate::error::{SegmentError, misencoded, unreadable};
use crate::format::file::{Encoded, FileWriter, Place, PlacedRow};
use crate::format::footer;
use crate::format::rows::column_names;
use crate::read::rows::{StoredRow, StoredRows};
use crate::read::segment::OpenSegment;

/// Raw bytes of the windows of all sources, on average.
const WINDOWS_BYTES: u64 = 64 * 1024 * 1024;
/// Raw bytes of the smallest and of the widest window, on average.
const WINDOW_BYTES: (u64, u64) = (1024 * 1024, 8 * 1024 * 1024);
/// Rows after which other tasks of the thread have their turn.
const ROWS_AT_ONCE: u64 = 1_024;

/// A segment that can be merged.
#[derive(Debug)]
pub struct OpenSource {
    /// Its record.
    pub record: SegmentRecord,
    /// Its footer.
    pub footer: Footer,
    segment: Arc<OpenSegment>,
}

impl SegmentStore {
    /// Opens a published segment to merge it; returns `None` if it has a column that this version does not know, and
    /// would not write.
    ///
    /// # Errors
    /// As of [`SegmentStore::open`], also for a file of another format.
    pub async fn open_source(&self, org_id: &OrgId, record: SegmentRecord) -> Result<Option<OpenSource>, SegmentError> {
        let segment = self.open(org_id, &record).await?;
        let metadata = segment.metadata.metadata();
        let footer = footer::read(metadata.file_metadata())
            .ok_or_else(|| unreadable(&record.key, "its footer does not state its place"))?;
        let fields = segment.metadata.schema().fields();
        let is_known = fields.iter().map(|field| field.name().as_str()).eq(column_names());
        Ok(is_known.then_some(OpenSource { record, footer, segment }))
    }
}

/// A merge of segments of one month.
#[derive(Debug)]
pub struct Merger {
    number: u64,
    month: Month,
    sources: Vec<(Footer, String, StoredRows)>,
    /// The next id of each source, or before its first row was read, the recorded one.
    heads: BinaryHeap<Reverse<(EventId, usize)>>,
    last: Option<EventId>,
    /// The row that the file before did not take, and its source.
    waiting: Option<(usize, StoredRow)>,
    /// The number of files, their rows, and the leaves of these.
    files: usize,
    rows: u64,
    leaves: Vec<CompactRange>,
}

impl Merger {
    /// Begins the merge with this number. The sources are of one month.
    pub fn new(number: u64, month: Month, sources: Vec<OpenSource>) -> Self {
        let (narrowest, widest) = WINDOW_BYTES;
        let window_bytes = (WINDOWS_BYTES / (sources.len() as u64).max(1)).clamp(narrowest, widest);
        let heads = sources.iter().enumerate().map(|(at, source)| Reverse((source.record.first, at))).collect();
        let rows =
            |source: OpenSource| (source.footer, source.record.key, StoredRows::new(source.segment, window_bytes));
        Self {
            number,
            month,
            sources: sources.into_iter().map(rows).collect(),
            heads,
            last: None,
            waiting: None,
            files: 0,
            rows: 0,
            leaves: Vec::new(),
        }
    }

    /// Returns the next file; `None` after the last one.
    ///
    /// # Guarantees
    /// The last file is returned only if all files together contain exactly the rows of the sources.
    ///
    /// # Errors
    /// [`SegmentError::Unreadable`] for a source whose rows are not in order or not those of its footer, and
    /// [`SegmentError::Misencoded`] for files without exactly the rows of the sources.
    pub async fn next_file(&mut self) -> Result<Option<Encoded>, SegmentError> {
        let mut file: Option<FileWriter> = None;
        while let Some((at, row)) = self.next_row().await? {
            let range = self.range_of(at, &row)?;
            if file.as_ref().is_some_and(|file| !file.takes(range.first_seq, &row.event)) {
                self.waiting = Some((at, row));
                break;
            }
            let file = match &mut file {
                Some(file) => file,
                None => {
                    let written_by = WrittenBy::Merge(self.number);
                    let place = Place { written_by, index: self.files, rows_before: self.rows };
                    file.insert(FileWriter::begin(&row.event, place)?)
                }
            };
            let StoredRow { seq, salt, event } = &row;
            let (range, seed, salt) = (range.first_seq, range.seed, salt.as_deref());
            file.push(&PlacedRow { range, seed, seq: *seq, salt, event })?;
            if file.rows().is_multiple_of(ROWS_AT_ONCE) {
                tokio::task::yield_now().await;
            }
        }
        let Some(file) = file else { return Ok(None) };
        let is_last = self.waiting.is_none();
        let encoded = file.finish_blocking(is_last).await?;
        self.files += 1;
        self.rows += encoded.record.rows;
        self.leaves.extend_from_slice(&encoded.leaves);
        if is_last {
            let sources = self.sources.iter().flat_map(|(footer, ..)| &footer.ranges).cloned();
            let kept = ranges_are_kept(&sources.collect::<Vec<_>>(), std::mem::take(&mut self.leaves));
            kept.map_err(misencoded(&encoded.record.key))?;
        }
        Ok(Some(encoded))
    }

    /// Takes the row with the next id, and the number of its source.
    async fn next_row(&mut self) -> Result<Option<(usize, StoredRow)>, SegmentError> {
        if self.waiting.is_some() {
            return Ok(self.waiting.take());
        }
        let Some(Reverse((id, at))) = self.heads.pop() else { return Ok(None) };
        let (_, key, rows) = &mut self.sources[at];
        let row = if rows.next_id().await? == Some(id) { rows.take() } else { None };
        let row = row.ok_or_else(|| unreadable(key, format!("it does not begin with {id}")))?;
        if self.last.replace(id).is_some_and(|last| last >= id) {
            return Err(unreadable(
                key,
                format!("{id} is not after the row before it, or another segment contains it"),
            ));
        }
        if row.event.occurred_at.day().month() != self.month {
            return Err(unreadable(key, format!("{id} is not of {}", self.month)));
        }
        if let Some(next) = rows.next_id().await? {
            self.heads.push(Reverse((next, at)));
        }
        Ok(Some((at, row)))
    }

    /// Returns the range of its source that a row is in.
    fn range_of(&self, at: usize, row: &StoredRow) -> Result<SegmentRange, SegmentError> {
        let (footer, key, _) = &self.sources[at];
        let place = footer.ranges.partition_point(|range| range.first_seq <= row.seq).checked_sub(1);
        let range = place.map(|place| &footer.ranges[place]);
        let range = range.filter(|range| row.seq < range.first_seq.plus(range.rows)).cloned();
        range.ok_or_else(|| {
            unreadable(key, format!("{} has the sequence number {}, of no range", row.event.id, row.seq))
        })
    }
}
