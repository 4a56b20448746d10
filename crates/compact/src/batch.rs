//! Steps 1 to 4: one batch, from hot rows to the commit.

use audit_core::{
    BatchRecord, Event, Head, OrgId, SegmentRecord, Span,
    capacity::{batch_takes_a_row, batch_takes_a_segment},
    invariants::segments_tile,
};
use audit_segments::{BatchPlace, SegmentError, SegmentWriter};
use audit_tables::Written;
use tokio::time::Instant;

use crate::deletes::Archived;
use crate::error::CompactError;
use crate::repeats::{ArchivedIds, Verdict};
use crate::rows::HotRows;
use crate::{Compactor, stop};

/// What became of a batch.
#[derive(Debug)]
pub(crate) struct BatchOutcome {
    /// Its commit, where there were rows.
    pub(crate) commit: Option<Commit>,
    /// Rows deleted because the archive held them already.
    pub(crate) repeated_rows: u64,
    /// Rows left where they are because they, or a segment, cannot be read.
    pub(crate) rows_quarantined: u64,
    /// Whether every row of the span was examined, and every repeat among them deleted.
    pub(crate) reached_end: bool,
}

/// A commit that was attempted.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) batch: BatchRecord,
    pub(crate) written: Written,
}

/// The segments of a batch that have been staged so far.
struct Staged {
    attempt: String,
    segments: Vec<SegmentRecord>,
    ledger_bytes: usize,
    rows: u64,
}

impl Staged {
    /// Whether no further segment fits.
    fn is_full_after(&self, writer: &SegmentWriter) -> bool {
        !batch_takes_a_segment(self.segments.len(), self.ledger_bytes, self.rows + writer.rows())
    }
}

impl Compactor {
    /// Archives hot rows of `span` up to the commit, as many as a batch contains; once `stop_at` is past, those read so far.
    pub(crate) async fn batch(
        &self,
        org_id: &OrgId,
        head: &Head,
        span: Span,
        stop_at: Option<Instant>,
    ) -> Result<BatchOutcome, CompactError> {
        let mut rows = HotRows::new(&self.tables, org_id, span);
        let mut published = ArchivedIds::as_of(head, &self.tables, &self.archive, org_id);
        let attempt = uuid::Uuid::new_v4().to_string();
        let mut staged = Staged { attempt, segments: Vec::new(), ledger_bytes: 0, rows: 0 };
        let mut writer: Option<SegmentWriter> = None;
        // A published, compared segment contains these rows, so they may be deleted whatever becomes of the batch.
        let mut repeats = Archived::new(self);
        let (mut set_aside, mut reached_end) = (0, true);
        while let Some(event) = rows.next().await? {
            if stop::is_past(stop_at) {
                reached_end = false;
                break;
            }
            match published.judge(&event).await? {
                Verdict::New => {}
                Verdict::Archived => {
                    match stop::until(stop_at, repeats.push(org_id, event.id)).await {
                        Some(pushed) => pushed?,
                        None => {
                            reached_end = false;
                            break;
                        }
                    }
                    continue;
                }
                Verdict::Unknown => {
                    set_aside += 1;
                    continue;
                }
            }
            let full = writer.as_ref().is_some_and(|open| !batch_takes_a_row(staged.rows + open.rows()));
            if let Some(done) = writer.take_if(|open| full || !open.takes(&event)) {
                let last = staged.is_full_after(&done);
                self.stage(&mut staged, done, last).await?;
                if last {
                    reached_end = false;
                    break;
                }
            }
            push(&mut writer, &event, head, &staged)?;
        }
        if let Some(done) = writer {
            self.stage(&mut staged, done, true).await?;
        }
        if !repeats.is_empty() {
            let deleted = stop::until(stop_at, repeats.delete(org_id)).await.transpose()?;
            reached_end &= deleted.is_some();
        }
        let commit = match staged.segments.is_empty() {
            true => None,
            false => Some(self.commit(org_id, head, &staged.segments).await?),
        };
        let rows_quarantined = set_aside + rows.unreadable();
        Ok(BatchOutcome { commit, repeated_rows: repeats.deleted(), rows_quarantined, reached_end })
    }

    async fn stage(&self, staged: &mut Staged, writer: SegmentWriter, last: bool) -> Result<(), CompactError> {
        let encoded = writer.finish(last).map_err(SegmentError::from)?;
        let record = self.archive.stage(&staged.attempt, staged.segments.len(), encoded).await?;
        staged.ledger_bytes += record.ledger_bytes();
        staged.rows += record.rows;
        staged.segments.push(record);
        Ok(())
    }

    /// From here on the batch is decided: either the whole of it is in the ledger, or nothing.
    async fn commit(&self, org_id: &OrgId, head: &Head, segments: &[SegmentRecord]) -> Result<Commit, CompactError> {
        let batch = BatchRecord::of(head.next_seq, segments);
        segments_tile(&batch, segments)?;
        let written = self.tables.commit(org_id, head, &batch, segments).await?;
        Ok(Commit { batch, written })
    }
}

fn push(writer: &mut Option<SegmentWriter>, event: &Event, head: &Head, staged: &Staged) -> Result<(), CompactError> {
    let writer = match writer {
        Some(open) => open,
        None => {
            let place = BatchPlace { first_seq: head.next_seq, index: staged.segments.len() };
            let begun = SegmentWriter::begin(event, head.next_seq.plus(staged.rows), place);
            writer.insert(begun.map_err(SegmentError::from)?)
        }
    };
    Ok(writer.push(event).map_err(SegmentError::from)?)
}
