//! The archive protocol: moves an org's hot rows into published segments, and never loses or duplicates one.
//!
//! ```text
//! 0  read the head; if there is work, compare it with   a ledger that is missing, behind or foreign numbers and deletes
//!    the chain of claims; finish the open batch first   nothing
//! 1  read the hot rows of all shards, in position order
//! 2  delete the rows that a published segment already contains
//! 3  encode the other rows, decode and compare each    crash: objects that no reader sees, which S3 expires, and
//!    file; put its filters, and stage it as a segment   filters that no record names
//! 4  commit claim, batch, segments and head at once    <- commit point; crash: the next pass continues from the ledger
//! 5  put the claim; copy to the final keys, create-
//!    only; compare; decide that the batch is published <- readers see it; crash: the next pass continues
//! 6  put the claim of that; read the files back,       crash: tiles, which are put again; rows in both tiers, which
//!    compare them with the tree, and put its tiles;    readers merge; the next pass deletes the remaining ones
//!    delete the rows; close
//! 7  at the end of a pass, sign the tree               crash: the next pass signs it, or a larger one
//! ```
//!
//! Each decision (commit, published, void) is written to the ledger, then claimed in the bucket, and only then has its
//! effect, so that no older copy of the ledger can be mistaken for the present one (I-10, `audit_core::claim`). A batch
//! whose segments can be neither copied nor found in step 5 becomes void: its rows are still hot, and join a later one.
//!
//! Any number of workers may run this for one org concurrently. Every write of the head is conditional on the version
//! that the worker has read, and a worker that loses starts again at step 0. Upholds I-2, I-3, I-4, I-5, I-9 and I-10.
//!
//! Each step is a method of [`Compactor`]. In production only a pass calls them; tests stop between them.

use audit_core::{
    BatchRecord, ClaimedBatch, CompactRange, Decision, Head, OpenBatch, OrgId, Phase, SegmentRecord, Seq, Span,
    invariants::segments_tile,
};
use audit_segments::SegmentError;
use audit_tables::{Decided, Written};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use crate::archived_ids::{ArchivedIds, BatchIds, Verdict};
use crate::batch::BatchWriter;
use crate::claims::UnfinishedBatch;
use crate::deadline::{is_past, until};
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
    Head(Box<Head>),
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
    /// The leaves of their rows, which extend the org's tree.
    pub leaves: CompactRange,
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
        let mut lost_at = None;
        loop {
            let head = self.tables.ledger.head(org_id).await?;
            let Some(open) = head.open else { return Ok(Settled::Head(Box::new(head))) };
            // The winner of a decision raised the head. If the head did not move, a stray item occupies a key.
            if lost_at == Some(head.version) {
                return Err(CompactError::LedgerStray(open.first_seq));
            }
            if !self.may_work(org_id, lease).await {
                return Ok(Settled::Busy);
            }
            if !self.check(org_id, &head).await? {
                continue;
            }
            // Boxed, like steps 1 to 3: their states are most of a pass's, which callers move and join by the dozen.
            let Some(finished) = until(stop_at, Box::pin(self.finish(org_id, &head, open))).await else {
                return Ok(Settled::Stopped);
            };
            match finished? {
                Written::Lost => lost_at = Some(head.version),
                Written::Applied if open.phase == Phase::Published => closed.push(open.first_seq),
                Written::Applied => {}
            }
        }
    }

    /// Takes the open batch one phase further, from the ledger only: any worker may have opened it.
    async fn finish(&self, org_id: &OrgId, head: &Head, open: OpenBatch) -> Result<Written> {
        let batch = self.claim(org_id, head).await?;
        match open.phase {
            Phase::Committed => self.publish(org_id, head, &batch).await,
            Phase::Published => self.clean_up(org_id, head, &batch.segments).await,
            Phase::Void => self.clear_void(org_id, head).await,
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
        let mut archived = ArchivedIds::as_of(head, &self.tables, &self.archive, org_id).await?; // 2
        let mut repeats = Deletes::new(self);
        let mut batch = BatchWriter::new(head, self); // 3
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
        let (segments, leaves) = batch.finish().await?;
        if !repeats.is_empty() {
            let deleted = until(stop_at, repeats.delete(org_id)).await.transpose()?;
            reached_end &= deleted.is_some();
        }
        let rows_quarantined = quarantined + rows.unreadable();
        Ok(StagedBatch { segments, leaves, repeated_rows: repeats.deleted(), rows_quarantined, reached_end })
    }

    /// Step 4, the commit point: either the whole batch is in the ledger, or nothing of it.
    ///
    /// Returns [`Written::Lost`] if another worker changed the head since `head` was read. What was staged then has the
    /// wrong sequence numbers, and S3 expires it.
    ///
    /// # Errors
    /// The segments do not tile the batch (I-4), its leaves do not follow the tree, or the outcome is unknown: the next
    /// step 0 finds it in the ledger.
    pub async fn commit(&self, org_id: &OrgId, head: &Head, staged: &StagedBatch) -> Result<(BatchRecord, Written)> {
        let segments = &staged.segments;
        let batch = BatchRecord::of(head.next_seq, segments);
        segments_tile(&batch, segments)?;
        let mut frontier = head.frontier.clone();
        frontier.extend(&staged.leaves)?;
        let (first_seq, rows, segments) = (batch.first_seq, batch.rows, segments.clone());
        let claimed = ClaimedBatch { first_seq, rows, frontier, segments };
        let (log_id, claim) = self.seal(org_id, head, self.clock.now(), Decision::Batch(claimed));
        let next = head.committing(batch.rows, &self.home(), log_id, &claim);
        let decided = Decided { read: head, next: &next, claim: &claim };
        let written = self.tables.ledger.commit(org_id, decided, &batch, &staged.segments).await?;
        Ok((batch, written))
    }

    /// Step 5, after its claim: copies all segments of the open batch to their final keys, and then lets readers see
    /// them. A batch of which one can be neither copied nor found becomes void.
    ///
    /// # Errors
    /// A store failed, or another object exists under a final key. The batch stays open, and every row stays hot.
    pub async fn publish(&self, org_id: &OrgId, head: &Head, unfinished: &UnfinishedBatch) -> Result<Written> {
        let batch = BatchRecord::of(head.visible_seq(), &unfinished.segments);
        match self.copy_segments(&unfinished.segments).await {
            Err(CompactError::Segment(SegmentError::Missing { key })) => self.void(org_id, head, &batch, &key).await,
            Err(error) => Err(error),
            Ok(()) => {
                let (_, claim) = self.seal(org_id, head, self.clock.now(), Decision::Published(batch.first_seq));
                let next = head.publishing(&unfinished.frontier, &claim);
                Ok(self.tables.ledger.decide(org_id, Decided { read: head, next: &next, claim: &claim }).await?)
            }
        }
    }

    /// A part of step 5: copies segments to their final keys.
    ///
    /// # Guarantees
    /// A copy is create-only, and always compared. So this may be dropped and repeated at any moment.
    pub async fn copy_segments(&self, segments: &[SegmentRecord]) -> Result<()> {
        let copies: Vec<_> = segments.iter().map(|segment| self.archive.publish(segment)).collect();
        Ok(stream::iter(copies).buffer_unordered(IN_FLIGHT).try_collect::<()>().await?)
    }

    /// Step 6, after its claim: compares the published files with the tree (T-1) and puts its tiles, deletes the rows of
    /// the batch that are still hot, and then closes the batch.
    ///
    /// # Errors
    /// A store failed, or a file or tile is another one. The batch stays open, and the next pass continues here.
    pub async fn clean_up(&self, org_id: &OrgId, head: &Head, segments: &[SegmentRecord]) -> Result<Written> {
        let log_id = head.log_id.ok_or(CompactError::LedgerIncomplete(head.next_seq))?;
        self.archive.extend_log(org_id, log_id, &head.frontier, segments).await?;
        self.delete_rows(org_id, segments).await?;
        Ok(self.tables.ledger.replace_head(org_id, head, &head.closing()).await?)
    }

    /// A part of step 6: deletes the rows of published segments that are still hot.
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
