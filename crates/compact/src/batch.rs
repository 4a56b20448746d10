//! Encodes the rows of one batch, and stages its segments.
//!
//! Rows come in position order, so each month is one series of rows. It is cut where a segment is full, and between
//! *late* rows (see `plan.rs`) and others. So late events do not widen the time range of the segments that most searches
//! look at.

use audit_core::{
    CompactRange, Event, Head, Seed, SegmentRecord, Seq, UnixMicros,
    capacity::{batch_takes_a_row, batch_takes_a_segment},
};
use audit_segments::{BatchPlace, Encoded, SegmentError, SegmentWriter};

use crate::error::Result;
use crate::{Compactor, plan};

/// A batch that is being staged, a segment at a time.
pub(crate) struct BatchWriter<'a> {
    worker: &'a Compactor,
    first_seq: Seq,
    /// Rows before this instant are late.
    fresh_from: UnixMicros,
    /// Distinguishes the objects of this attempt: another worker may stage other rows under the same sequence numbers.
    attempt: String,
    /// The segments that are staged, their rows, and the bytes of their ledger items.
    staged: Vec<SegmentRecord>,
    /// The leaves of their rows.
    leaves: CompactRange,
    ledger_bytes: usize,
    open: Option<OpenSegment>,
}

/// The segment that takes rows.
struct OpenSegment {
    writer: SegmentWriter,
    is_late: bool,
}

impl<'a> BatchWriter<'a> {
    /// Begins the batch after a head without an open one.
    pub(crate) fn new(head: &Head, worker: &'a Compactor) -> Self {
        let attempt = uuid::Uuid::new_v4().to_string();
        Self {
            worker,
            first_seq: head.next_seq,
            fresh_from: plan::fresh_from(head),
            attempt,
            staged: Vec::new(),
            leaves: CompactRange::new(head.next_seq),
            ledger_bytes: 0,
            open: None,
        }
    }

    /// Adds the next row in position order. Returns `false` if the batch is full: the row is left to the next one.
    pub(crate) async fn push(&mut self, event: &Event) -> Result<bool> {
        let is_late = event.occurred_at < self.fresh_from;
        let takes = |open: &OpenSegment| open.is_late == is_late && open.writer.takes(event);
        let is_full =
            self.open.as_ref().is_some_and(|open| !batch_takes_a_row(self.leaves.rows() + open.writer.rows()));
        if let Some(OpenSegment { writer: done, .. }) = self.open.take_if(|open| is_full || !takes(open)) {
            let rows = self.leaves.rows() + done.rows();
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
                let begun = SegmentWriter::begin(event, self.leaves.end(), place, Seed(rand::random()));
                self.open.insert(OpenSegment { writer: begun.map_err(SegmentError::from)?, is_late })
            }
        };
        open.writer.push(event).map_err(SegmentError::from)?;
        Ok(true)
    }

    /// Stages the last segment; returns all segments of the batch, and the leaves of its rows.
    pub(crate) async fn finish(mut self) -> Result<(Vec<SegmentRecord>, CompactRange)> {
        if let Some(last) = self.open.take() {
            Box::pin(self.stage(last.writer, true)).await?;
        }
        Ok((self.staged, self.leaves))
    }

    async fn stage(&mut self, segment: SegmentWriter, is_last: bool) -> Result<()> {
        let encoded = segment.finish_blocking(is_last).await?;
        encoded.leaves.iter().try_for_each(|leaves| self.leaves.extend(leaves))?;
        let record = self.worker.stage_file(&self.attempt, self.staged.len(), encoded).await?;
        self.ledger_bytes += record.ledger_bytes();
        self.staged.push(record);
        Ok(())
    }
}

impl Compactor {
    /// Puts the filters of a file, then stages it. Of an attempt that is never committed, both stay: no record names the
    /// filters.
    pub(crate) async fn stage_file(&self, attempt: &str, index: usize, file: Encoded) -> Result<SegmentRecord> {
        self.tables.ledger.put_filters(&file.org_id, &file.record, &file.filters).await?;
        Ok(self.archive.stage(attempt, index, self.clock.now(), file).await?)
    }
}
