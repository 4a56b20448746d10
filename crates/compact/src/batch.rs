//! Encodes the rows of one batch, and stages its segments.

use audit_core::{
    Event, SegmentRecord, Seq,
    capacity::{batch_takes_a_row, batch_takes_a_segment},
};
use audit_segments::{BatchPlace, SegmentError, SegmentStore, SegmentWriter};

use crate::error::Result;

/// A batch that is being staged, a segment at a time.
pub(crate) struct BatchWriter<'a> {
    archive: &'a SegmentStore,
    first_seq: Seq,
    /// Distinguishes the objects of this attempt: another worker may stage other rows under the same sequence numbers.
    attempt: String,
    /// The segments that are staged, their rows, and the bytes of their ledger items.
    staged: Vec<SegmentRecord>,
    staged_rows: u64,
    ledger_bytes: usize,
    open: Option<SegmentWriter>,
}

impl<'a> BatchWriter<'a> {
    /// Begins a batch whose first row gets the number `first_seq`.
    pub(crate) fn new(first_seq: Seq, archive: &'a SegmentStore) -> Self {
        let attempt = uuid::Uuid::new_v4().to_string();
        Self { archive, first_seq, attempt, staged: Vec::new(), staged_rows: 0, ledger_bytes: 0, open: None }
    }

    /// Adds the next row in position order. Returns `false` if the batch is full: the row is left to the next one.
    pub(crate) async fn push(&mut self, event: &Event) -> Result<bool> {
        let is_full = self.open.as_ref().is_some_and(|open| !batch_takes_a_row(self.staged_rows + open.rows()));
        if let Some(done) = self.open.take_if(|open| is_full || !open.takes(event)) {
            let rows = self.staged_rows + done.rows();
            let is_last = !batch_takes_a_segment(self.staged.len(), self.ledger_bytes, rows);
            // Boxed: an upload's state is larger than the rest of the batch's.
            Box::pin(self.stage(done, is_last)).await?;
            if is_last {
                return Ok(false);
            }
        }
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                let place = BatchPlace { first_seq: self.first_seq, index: self.staged.len() };
                let begun = SegmentWriter::begin(event, self.first_seq.plus(self.staged_rows), place);
                self.open.insert(begun.map_err(SegmentError::from)?)
            }
        };
        open.push(event).map_err(SegmentError::from)?;
        Ok(true)
    }

    /// Stages the last segment; returns all segments of the batch.
    pub(crate) async fn finish(mut self) -> Result<Vec<SegmentRecord>> {
        if let Some(last) = self.open.take() {
            Box::pin(self.stage(last, true)).await?;
        }
        Ok(self.staged)
    }

    async fn stage(&mut self, segment: SegmentWriter, is_last: bool) -> Result<()> {
        let encoded = segment.finish(is_last).map_err(SegmentError::from)?;
        let record = self.archive.stage(&self.attempt, self.staged.len(), encoded).await?;
        self.ledger_bytes += record.ledger_bytes();
        self.staged_rows += record.rows;
        self.staged.push(record);
        Ok(())
    }
}
