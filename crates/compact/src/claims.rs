//! The claims of a worker: what it compares before it works, and how it fixes and puts a decision.

use std::time::Duration;

use audit_core::{
    BatchRecord, Claim, Decision, Frontier, Head, Home, LogId, MergePhase, OpenBatch, OpenMerge, OrgId, Phase,
    SealedClaim, SegmentRecord, UnixMicros, explains, invariants::segments_tile,
};
use audit_runtime::metrics::{self, Metric};
use audit_segments::ClaimPut;
use audit_tables::{Decided, Written};

use crate::error::Result;
use crate::merge::UnfinishedMerge;
use crate::{CompactError, Compactor};

/// How often the items of the open batch are read. A reader may see the head of a transaction before its other items.
const READS: u32 = 5;
/// The pause after the first read; it grows with each read.
const PAUSE: Duration = Duration::from_millis(50);

/// The open batch, whose newest decision is claimed.
#[derive(Debug)]
pub struct UnfinishedBatch {
    /// Its segments; none of one that is void.
    pub segments: Vec<SegmentRecord>,
    /// The tree with its rows; without them, if it is void.
    pub frontier: Frontier,
}

impl Compactor {
    /// Where this worker keeps ledgers and archives.
    pub(crate) fn home(&self) -> Home {
        Home { table: self.tables.ledger.name().to_owned(), bucket: self.archive.bucket().to_owned() }
    }

    /// I-10: compares a head with the chain in the bucket. Returns `false` if another head is stored meanwhile.
    ///
    /// # Errors
    /// The ledger is missing, behind or foreign: nothing may be numbered or deleted by it.
    pub(crate) async fn check(&self, org_id: &OrgId, head: &Head) -> Result<bool> {
        let chain = self.archive.chain_end(org_id, head).await?;
        let Err(refusal) = explains(head, &self.home(), chain) else { return Ok(true) };
        // Another worker may have decided between the two reads.
        if self.tables.ledger.head(org_id).await? != *head {
            return Ok(false);
        }
        Err(refusal.into())
    }

    /// Returns the log of the org, which its first commit makes, and the claim of a decision at `decided_at`, after `head`.
    pub(crate) fn seal(
        &self,
        org_id: &OrgId,
        head: &Head,
        decided_at: UnixMicros,
        decision: Decision,
    ) -> (LogId, SealedClaim) {
        let log_id = head.log_id.unwrap_or_else(|| LogId::new(rand::random()));
        let claim = Claim {
            org_id: org_id.clone(),
            log_id,
            number: head.claims,
            generation: head.generation(),
            decided_at,
            previous: head.claim,
            decision,
        };
        (log_id, claim.seal())
    }

    /// The beginning of steps 5 and 6: puts the newest claim, whose bytes the ledger fixes.
    ///
    /// # Errors
    /// [`CompactError::Forked`] if another claim has its number: the org stops, and an operator has to rebuild its
    /// ledger. [`CompactError::LedgerIncomplete`] if the ledger lacks an item of the batch.
    pub async fn claim(&self, org_id: &OrgId, head: &Head) -> Result<UnfinishedBatch> {
        let Some(open) = head.open else {
            return Ok(UnfinishedBatch { segments: Vec::new(), frontier: head.frontier.clone() });
        };
        let mut read = 1;
        let (claim, segments) = loop {
            match self.open_items(org_id, head, open).await? {
                Some(items) => break items,
                None if read < READS => tokio::time::sleep(PAUSE * read).await,
                None => return Err(CompactError::LedgerIncomplete(open.first_seq)),
            }
            read += 1;
        };
        let (first_seq, frontier) = match (Claim::read(&claim.bytes)?.decision, open.phase) {
            (Decision::Batch(batch), Phase::Committed) => (Some(batch.first_seq), batch.frontier),
            (Decision::Published(first_seq), Phase::Published) | (Decision::Void(first_seq), Phase::Void) => {
                (Some(first_seq), head.frontier.clone())
            }
            _ => (None, Frontier::default()),
        };
        if first_seq != Some(open.first_seq) {
            return Err(CompactError::Forked(claim.number));
        }
        self.put_newest(org_id, head, &claim).await?;
        Ok(UnfinishedBatch { segments, frontier })
    }

    /// The beginning of steps M3 and M5, and of a commit beside an open merge: puts the newest claim, whose bytes the
    /// ledger fixes. Returns `None` for an abandoned merge whose items were deleted.
    ///
    /// # Errors
    /// [`CompactError::Forked`] if another claim has its number, as of [`Self::claim`].
    /// [`CompactError::MergeIncomplete`] if the ledger lacks an item of the merge.
    pub async fn claim_merge(&self, org_id: &OrgId, head: &Head, open: OpenMerge) -> Result<Option<UnfinishedMerge>> {
        let mut read = 1;
        let (claim, merge) = loop {
            match self.merge_items(org_id, head, open).await? {
                Some((claim, merge)) if merge.is_some() || open.phase == MergePhase::Abandoned => break (claim, merge),
                _ if read < READS => tokio::time::sleep(PAUSE * read).await,
                _ => return Err(CompactError::MergeIncomplete(open.number)),
            }
            read += 1;
        };
        let decides = |decision| matches!(decision, Decision::Merge(merge) if merge.number == open.number);
        // After the switch, the newest decision may be that of a batch.
        if open.phase == MergePhase::Decided && !decides(Claim::read(&claim.bytes)?.decision) {
            return Err(CompactError::Forked(claim.number));
        }
        self.put_newest(org_id, head, &claim).await?;
        Ok(merge)
    }

    /// Puts the newest claim as the ledger fixes it.
    async fn put_newest(&self, org_id: &OrgId, head: &Head, claim: &SealedClaim) -> Result<()> {
        let is_newest = head.claim == Some(claim.sha256());
        if is_newest && self.archive.put_claim(org_id, claim).await? == ClaimPut::Claimed {
            return Ok(());
        }
        Err(CompactError::Forked(claim.number))
    }

    /// Ends the committed batch: no row of it was deleted, since its `published` claim does not exist.
    pub(crate) async fn void(
        &self,
        org_id: &OrgId,
        head: &Head,
        batch: &BatchRecord,
        missing: &str,
    ) -> Result<Written> {
        let (_, claim) = self.seal(org_id, head, self.clock.now(), Decision::Void(batch.first_seq));
        let next = head.voiding(&claim);
        let decided = Decided { read: head, next: &next, claim: &claim };
        let written = self.tables.ledger.forget(org_id, decided, batch).await?;
        let (first_seq, is_void) = (batch.first_seq.0, written == Written::Applied);
        tracing::error!(%org_id, first_seq, missing, is_void, "a segment is neither staged nor published; void");
        metrics::count_of_org(Metric::BatchesVoided, org_id, u64::from(is_void));
        Ok(written)
    }

    /// Deletes the objects of a void batch that were copied before, and then closes it.
    pub(crate) async fn clear_void(&self, org_id: &OrgId, head: &Head) -> Result<Written> {
        let ledger = &self.tables.ledger;
        // The decision before the newest one committed the batch.
        if let Some(number) = head.claims.checked_sub(2)
            && let Some(claim) = ledger.claim(org_id, number).await?
            && let Decision::Batch(batch) = Claim::read(&claim.bytes)?.decision
        {
            self.delete_objects(batch.segments.iter().map(|segment| (&segment.key, segment.sha256))).await?;
        }
        Ok(ledger.replace_head(org_id, head, &head.closing()).await?)
    }

    /// Reads the newest claim, and the open merge, from the ledger; `None` without the claim.
    async fn merge_items(
        &self,
        org_id: &OrgId,
        head: &Head,
        open: OpenMerge,
    ) -> Result<Option<(SealedClaim, Option<UnfinishedMerge>)>> {
        let ledger = &self.tables.ledger;
        let Some(claim) = ledger.claim(org_id, head.claims.saturating_sub(1)).await? else { return Ok(None) };
        let Some(record) = ledger.merge(org_id, open.number).await? else { return Ok(Some((claim, None))) };
        let mut targets = Vec::with_capacity(record.targets.len());
        for name in &record.targets {
            match ledger.segment(org_id, *name).await? {
                Some(target) => targets.push(target),
                // Deleted by a step M5 that stopped, after its object.
                None if open.phase == MergePhase::Abandoned => {}
                None => return Ok(Some((claim, None))),
            }
        }
        Ok(Some((claim, Some(UnfinishedMerge { record, targets }))))
    }

    /// Reads the newest claim and the segments of the open batch from the ledger; `None` if it lacks one.
    async fn open_items(
        &self,
        org_id: &OrgId,
        head: &Head,
        open: OpenBatch,
    ) -> Result<Option<(SealedClaim, Vec<SegmentRecord>)>> {
        let ledger = &self.tables.ledger;
        let Some(claim) = ledger.claim(org_id, head.claims.saturating_sub(1)).await? else { return Ok(None) };
        if open.phase == Phase::Void {
            return Ok(Some((claim, Vec::new())));
        }
        let Some(batch) = ledger.batch(org_id, open.first_seq).await? else { return Ok(None) };
        let mut segments = Vec::with_capacity(batch.segments.len());
        for name in &batch.segments {
            let Some(segment) = ledger.segment(org_id, *name).await? else { return Ok(None) };
            segments.push(segment);
        }
        segments_tile(&batch, &segments)?;
        Ok(Some((claim, segments)))
    }
}
