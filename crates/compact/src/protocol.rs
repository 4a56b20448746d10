//! The archive protocol: moves an org's hot rows into published segments, and never loses or duplicates one.
//!
//! ```text
//! 0  read the head; finish the open batch first
//! 1  read the hot rows of all shards, in position order
//! 2  delete the rows that a published segment already contains
//! 3  encode the other rows and stage them as segments  crash: objects that no reader sees; S3 expires them
//! 4  commit segments, batch and head in one write      <- commit point; crash: the next pass continues from the ledger
//! 5  copy to the final keys, create-only; compare      <- readers see it; crash: the next pass continues
//! 6  delete the rows, then close the batch             crash: rows in both tiers, which readers merge; the next pass
//!                                                             deletes the remaining ones
//! ```
//!
//! Any number of workers may run this for one org concurrently. Every write of the head is conditional on the version
//! that the worker has read, and a worker that loses starts again at step 0. Upholds I-2, I-3, I-4, I-5 and I-9.
//!
//! Each step is a method of [`Compactor`]. In production only a pass calls them; tests stop between them.

use audit_core::{BatchRecord, Head, OpenBatch, OrgId, Phase, SegmentRecord, Seq, Span, invariants::segments_tile};
use audit_tables::Written;
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::{Instant, timeout_at};

use crate::archived_ids::{ArchivedIds, BatchIds, Verdict};
use crate::batch::BatchWriter;
use crate::error::Result;
use crate::hot_rows::{Deletes, HotIds, HotRows};
use crate::lease::OrgLease;
use crate::{CompactError, Compactor};

/// Segments copied concurrently.
const IN_FLIGHT: usize = 8;

/// How step 0 ended.
#[derive(Debug)]
pub(crate) enum Settled {
    /// No batch is open.
    Head(Head),
    /// A batch is open, and another worker has leased the org.
    Busy,
    /// A batch is open, and the time is up.
    Stopped,
}

/// The result of steps 1 to 3.
#[derive(Debug)]
pub struct StagedBatch {
    /// The segments to commit; empty if no row is new.
    pub segments: Vec<SegmentRecord>,
    /// Rows deleted because a published segment contains them.
    pub repeated_rows: u64,
    /// Rows left hot because they, or a segment that may contain them, cannot be read.
    pub rows_quarantined: u64,
    /// Whether every row of the span was examined, and every repeat among them deleted.
    pub reached_end: bool,
}

impl Compactor {
    /// Step 0: reads the head, and takes the open batch through steps 5 and 6 until no batch is open.
    ///
    /// The head is read before any hot row, so that step 4 loses if another worker archived those rows in between.
    /// Adds the batches that this worker closed to `closed`.
    pub(crate) async fn settled_head(
        &self,
        org_id: &OrgId,
        lease: &mut OrgLease,
        stop_at: Option<Instant>,
        closed: &mut Vec<Seq>,
    ) -> Result<Settled> {
        loop {
            let head = self.tables.ledger.head(org_id).await?;
            let Some(open) = head.open else { return Ok(Settled::Head(head)) };
            if !self.may_work(org_id, lease).await {
                return Ok(Settled::Busy);
            }
            // Boxed, like steps 1 to 3: their states are most of a pass's, which callers move and join by the dozen.
            let Some(finished) = until(stop_at, Box::pin(self.finish(org_id, &head, open))).await else {
                return Ok(Settled::Stopped);
            };
            if finished? == Written::Applied && open.phase == Phase::Published {
                closed.push(open.first_seq);
            }
        }
    }

    /// Takes the open batch one phase further, from the ledger only: any worker may have opened it.
    async fn finish(&self, org_id: &OrgId, head: &Head, open: OpenBatch) -> Result<Written> {
        let incomplete = || CompactError::LedgerIncomplete(open.first_seq);
        let batch = self.tables.ledger.batch(org_id, open.first_seq).await?.ok_or_else(incomplete)?;
        let mut segments = Vec::with_capacity(batch.segments.len());
        for name in &batch.segments {
            segments.push(self.tables.ledger.segment(org_id, *name).await?.ok_or_else(incomplete)?);
        }
        segments_tile(&batch, &segments)?;
        match open.phase {
            Phase::Committed => self.publish(org_id, head, &segments).await,
            Phase::Published => self.clean_up(org_id, head, &segments).await,
        }
    }

    /// Steps 1 to 3: reads hot rows of `span`, deletes the repeats, and stages up to one batch of the other rows.
    ///
    /// `head` must have no open batch. Stops reading at `stop_at`, and stages the rows read until then.
    ///
    /// # Errors
    /// A store failed. Nothing was committed, and S3 expires the objects that were staged.
    pub async fn stage_batch(
        &self,
        org_id: &OrgId,
        head: &Head,
        span: Span,
        stop_at: Option<Instant>,
    ) -> Result<StagedBatch> {
        let mut rows = HotRows::new(&self.tables, org_id, span); // 1
        let mut archived = ArchivedIds::as_of(head, &self.tables, &self.archive, org_id); // 2
        let mut repeats = Deletes::new(self);
        let mut batch = BatchWriter::new(head, &self.archive); // 3
        let (mut quarantined, mut reached_end) = (0, true);
        while reached_end && let Some(event) = rows.next().await? {
            if is_past(stop_at) {
                reached_end = false;
                break;
            }
            match archived.judge(&event).await? {
                Verdict::New => reached_end = batch.push(&event).await?,
                // A published, compared segment contains the row: delete it even if this batch never commits.
                Verdict::Archived => match until(stop_at, repeats.push(org_id, event.id)).await {
                    Some(pushed) => pushed?,
                    None => reached_end = false,
                },
                Verdict::Unknown => quarantined += 1,
            }
        }
        let segments = batch.finish().await?;
        if !repeats.is_empty() {
            let deleted = until(stop_at, repeats.delete(org_id)).await.transpose()?;
            reached_end &= deleted.is_some();
        }
        let rows_quarantined = quarantined + rows.unreadable();
        Ok(StagedBatch { segments, repeated_rows: repeats.deleted(), rows_quarantined, reached_end })
    }

    /// Step 4, the commit point: either the whole batch is in the ledger, or nothing of it.
    ///
    /// Returns [`Written::Lost`] if another worker changed the head since `head` was read. What was staged then has the
    /// wrong sequence numbers, and S3 expires it.
    ///
    /// # Errors
    /// The segments do not tile the batch (I-4), or the outcome is unknown: the next step 0 finds it in the ledger.
    pub async fn commit(
        &self,
        org_id: &OrgId,
        head: &Head,
        segments: &[SegmentRecord],
    ) -> Result<(BatchRecord, Written)> {
        let batch = BatchRecord::of(head.next_seq, segments);
        segments_tile(&batch, segments)?;
        let next = head.committing(batch.rows);
        let written = self.tables.ledger.commit(org_id, (head, &next), &batch, segments).await?;
        Ok((batch, written))
    }

    /// Step 5: copies all segments of the open batch to their final keys, and then lets readers see them.
    ///
    /// # Errors
    /// A store failed, or another object exists under a final key. The batch stays open, and every row stays hot.
    pub async fn publish(&self, org_id: &OrgId, head: &Head, segments: &[SegmentRecord]) -> Result<Written> {
        self.copy_segments(segments).await?;
        Ok(self.tables.ledger.replace_head(org_id, head, &head.publishing()).await?)
    }

    /// The first half of step 5: copies segments to their final keys.
    ///
    /// # Guarantees
    /// A copy is create-only, and always compared. So this may be dropped and repeated at any moment.
    pub async fn copy_segments(&self, segments: &[SegmentRecord]) -> Result<()> {
        let copies: Vec<_> = segments.iter().map(|segment| self.archive.publish(segment)).collect();
        Ok(stream::iter(copies).buffer_unordered(IN_FLIGHT).try_collect::<()>().await?)
    }

    /// Step 6: deletes the rows of the published batch that are still hot, and then closes the batch.
    ///
    /// # Errors
    /// A store failed. The batch stays open, and the next pass deletes the remaining rows.
    pub async fn clean_up(&self, org_id: &OrgId, head: &Head, segments: &[SegmentRecord]) -> Result<Written> {
        self.delete_rows(org_id, segments).await?;
        Ok(self.tables.ledger.replace_head(org_id, head, &head.closing()).await?)
    }

    /// The first half of step 6: deletes the rows of published segments that are still hot.
    ///
    /// # Guarantees
    /// Only rows are deleted whose ids were read back from the published files. It may be dropped at any moment:
    /// another run, of any worker, deletes the remaining rows, and sends no request for rows that were deleted before.
    /// A row that is put into the range meanwhile stays, unless it repeats a row of these segments.
    pub async fn delete_rows(&self, org_id: &OrgId, segments: &[SegmentRecord]) -> Result<()> {
        let mut files = BatchIds::new(&self.archive, org_id, segments);
        let Some(span) = files.span() else { return Ok(()) };
        let mut hot = HotIds::new(&self.tables, org_id, span);
        let mut rows = Deletes::new(self);
        while let Some(id) = hot.next().await? {
            if files.contain(id).await? {
                rows.push(org_id, id).await?;
            }
        }
        Ok(rows.delete(org_id).await?)
    }
}

/// Whether the moment at which a pass stops has passed.
pub(crate) fn is_past(stop_at: Option<Instant>) -> bool {
    stop_at.is_some_and(|stop_at| Instant::now() >= stop_at)
}

/// Does `work` until `stop_at`; returns `None` if the time was up before the work ended, or before it began.
///
/// The work is dropped where it is. So it must be work that may be killed at any moment: its requests may still be
/// applied, and the next pass continues it from what is stored.
async fn until<T>(stop_at: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match stop_at {
        None => Some(work.await),
        Some(_) if is_past(stop_at) => None,
        Some(stop_at) => timeout_at(stop_at, work).await.ok(),
    }
}
