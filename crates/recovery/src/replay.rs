//! What a chain of claims decided about an org's archive. Without I/O.

use audit_core::{
    Archived, BatchRecord, Claim, ClaimedBatch, Decision, Invariant, LogId, OrgId, SealedClaim, SegmentRecord,
    UnixMicros, Violation,
    invariants::{claim_follows, segments_tile},
};

/// The archive of an org after a number of claims.
#[derive(Debug, Clone, Default)]
pub(crate) struct Replay {
    /// The batches that are not void, in order.
    pub(crate) batches: Vec<ClaimedBatch>,
    /// Whether the last one is neither published nor void. No row of such a batch was deleted.
    pub(crate) is_undecided: bool,
    /// The newest decision.
    pub(crate) newest: Option<Decision>,
    /// What the claims say about the head.
    pub(crate) archived: Archived,
}

impl Replay {
    /// Replays the claims of an org.
    ///
    /// # Errors
    /// The first place at which they are not one chain, as of [`add`](Self::add).
    pub(crate) fn of(org_id: &OrgId, claims: &[SealedClaim]) -> Result<Self, Violation> {
        let mut replay = Self::default();
        claims.iter().try_for_each(|claim| replay.add(org_id, claim))?;
        Ok(replay)
    }

    /// Adds the next claim.
    ///
    /// # Errors
    /// I-10: it is not the next claim of the chain, or no ledger of the org can have decided it.
    pub(crate) fn add(&mut self, org_id: &OrgId, claim: &SealedClaim) -> Result<(), Violation> {
        let Archived { claims: number, newest, log_id, generation, next_seq, .. } = self.archived;
        let Claim { log_id: of, generation: by, decision, .. } = claim_follows(org_id, number, newest, claim)?;
        let impossible = |what: &str| {
            let what = format!("claim {number} {what}");
            Err(Violation { invariant: Invariant::ChainExplained, what })
        };
        if log_id.is_some_and(|log_id| log_id != of) {
            return impossible("belongs to another log of the org");
        }
        let ends = match &decision {
            Decision::Rebuild if by <= generation && number > 0 => {
                return impossible("begins no new generation of the ledger");
            }
            Decision::Rebuild => None,
            _ if by != generation && number > 0 => return impossible("is that of another generation of the ledger"),
            Decision::Batch(batch) => {
                let continues = batch.frontier.size() == next_seq.plus(batch.rows).0;
                if self.is_undecided || batch.first_seq != next_seq || !continues {
                    return impossible("does not continue the batches before it");
                }
                segments_tile(&batch_record(batch), &batch.segments)?;
                self.archived.next_seq = next_seq.plus(batch.rows);
                self.batches.push(batch.clone());
                self.is_undecided = true;
                None
            }
            Decision::Published(first_seq) | Decision::Void(first_seq) => Some(*first_seq),
        };
        if let Some(first_seq) = ends {
            if !self.is_undecided || self.batches.last().is_none_or(|batch| batch.first_seq != first_seq) {
                return impossible("ends a batch that is not the newest, or ended before");
            }
            self.is_undecided = false;
            if matches!(decision, Decision::Void(_)) {
                self.batches.pop();
                self.archived.next_seq = first_seq;
            } else if let Some(published) = self.batches.last() {
                self.archived.frontier = published.frontier.clone();
            }
        }
        let next_seq = self.archived.next_seq;
        self.newest = Some(decision);
        self.archived = Archived {
            generation: by,
            next_seq,
            claims: number + 1,
            newest: Some(claim.sha256()),
            log_id: Some(of),
            frontier: std::mem::take(&mut self.archived.frontier),
        };
        Ok(())
    }

    /// Returns the claim of the next decision.
    pub(crate) fn next(
        &self,
        org_id: &OrgId,
        generation: u64,
        log_id: LogId,
        decision: Decision,
        decided_at: UnixMicros,
    ) -> SealedClaim {
        let Archived { claims: number, newest: previous, .. } = self.archived;
        Claim { org_id: org_id.clone(), log_id, number, generation, decided_at, previous, decision }.seal()
    }

    /// Returns the items of the batches.
    pub(crate) fn batch_records(&self) -> Vec<BatchRecord> {
        self.batches.iter().map(batch_record).collect()
    }

    /// Returns the segments of the batches, as they were claimed.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &SegmentRecord> {
        self.batches.iter().flat_map(|batch| &batch.segments)
    }

    /// Returns the batch that is neither published nor void.
    pub(crate) fn undecided(&self) -> Option<&ClaimedBatch> {
        self.batches.last().filter(|_| self.is_undecided)
    }
}

/// Returns the item of a claimed batch.
fn batch_record(batch: &ClaimedBatch) -> BatchRecord {
    BatchRecord { rows: batch.rows, ..BatchRecord::of(batch.first_seq, &batch.segments) }
}

#[cfg(test)]
mod tests;
