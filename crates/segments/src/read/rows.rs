//! Reads the rows of a segment in order, with everything that is stored of them, a window at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{Array as _, BinaryArray, Int64Array, RecordBatch};
use audit_core::{Event, EventId, OrgId, Seq};

use super::segment::OpenSegment;
use crate::error::SegmentError;
use crate::format::rows::{Columns, column_names};

/// Rows of the widest window.
const WINDOW_ROWS: u64 = 8_192;
/// Rows that are decoded as events at once: events take several times the memory of their columns.
const DECODED_ROWS: usize = 64;

/// A row as it is stored.
#[derive(Debug)]
pub(crate) struct StoredRow {
    /// Its number.
    pub(crate) seq: Seq,
    /// The salt that it stores itself.
    pub(crate) salt: Option<Vec<u8>>,
    /// Its event.
    pub(crate) event: Event,
}

/// The rows of one segment, in their order.
#[derive(Debug)]
pub(crate) struct StoredRows {
    segment: Arc<OpenSegment>,
    /// Raw bytes of a window, on average.
    window_bytes: u64,
    /// The row group and the row in it at which the next window begins.
    next: (usize, usize),
    window: VecDeque<RecordBatch>,
    decoded: VecDeque<StoredRow>,
}

impl StoredRows {
    /// Begins at the first row.
    pub(crate) fn new(segment: Arc<OpenSegment>, window_bytes: u64) -> Self {
        Self { segment, window_bytes, next: (0, 0), window: VecDeque::new(), decoded: VecDeque::new() }
    }

    /// Returns the id of the next row; `None` at the end.
    pub(crate) async fn next_id(&mut self) -> Result<Option<EventId>, SegmentError> {
        while self.decoded.is_empty() {
            match self.window.pop_front() {
                Some(batch) if batch.num_rows() > DECODED_ROWS => {
                    self.window.push_front(batch.slice(DECODED_ROWS, batch.num_rows() - DECODED_ROWS));
                    self.decode(&batch.slice(0, DECODED_ROWS))?;
                }
                Some(batch) => self.decode(&batch)?,
                None if !self.read_window().await? => return Ok(None),
                None => {}
            }
        }
        Ok(self.decoded.front().map(|row| row.event.id))
    }

    /// Takes the row whose id [`Self::next_id`] returned.
    pub(crate) fn take(&mut self) -> Option<StoredRow> {
        self.decoded.pop_front()
    }

    /// Reads the next rows of one row group; returns `false` at the end.
    async fn read_window(&mut self) -> Result<bool, SegmentError> {
        let groups = self.segment.metadata.metadata().row_groups();
        let (row_group, start) = self.next;
        let Some(group) = groups.get(row_group) else { return Ok(false) };
        let total = group.num_rows() as usize;
        let rows = (self.window_bytes / self.segment.average_row_bytes(row_group)).clamp(1, WINDOW_ROWS) as usize;
        let end = (start + rows).min(total);
        self.next = if end == total { (row_group + 1, 0) } else { (row_group, end) };
        if start < end {
            let columns: Vec<_> = column_names().collect();
            let range = start..end;
            self.window = self.segment.read(row_group, std::slice::from_ref(&range), Some(&columns)).await?.into();
        }
        Ok(true)
    }

    fn decode(&mut self, batch: &RecordBatch) -> Result<(), SegmentError> {
        let columns = Columns { key: &self.segment.key, batch };
        let org_id: &OrgId = &self.segment.org_id;
        let (seqs, salts): (&Int64Array, &BinaryArray) = (columns.array("seq")?, columns.array("salt")?);
        for (row, event) in columns.events(org_id)?.into_iter().enumerate() {
            let salt = (!salts.is_null(row)).then(|| salts.value(row).to_vec());
            self.decoded.push_back(StoredRow { seq: Seq(seqs.value(row).cast_unsigned()), salt, event });
        }
        Ok(())
    }
}
