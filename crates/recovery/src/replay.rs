//! What a chain of claims decided about an org's archive. Without I/O.

use std::collections::BTreeMap;

use audit_core::{
    Archived, BatchRecord, Claim, ClaimedBatch, ClaimedMerge, Decision, Frontier, Invariant, LogId, MergePhase,
    MergeRecord, OpenMerge, OrgId, SealedClaim, SegmentName, SegmentRecord, Seq, UnixMicros, Violation,
    invariants::{claim_follows, merge_keeps_rows, merge_replaces, segments_tile, targets_are_new},
};

/// The archive of an org after a number of claims.
#[derive(Debug, Clone, Default)]
pub(crate) struct Replay {
    /// The batches that are not void, in order.
    pub(crate) batches: Vec<BatchRecord>,
    /// The merges that were not abandoned, in order.
    pub(crate) merges: Vec<MergeRecord>,
    /// The batch or merge that was decided, and neither took effect nor ended. Nothing was deleted for it.
    pub(crate) undecided: Option<Undecided>,
    /// What the newest merge left behind.
    pub(crate) leftovers: Leftovers,
    /// The newest decision.
    pub(crate) newest: Option<Decision>,
    /// What the claims say about the head.
    pub(crate) archived: Archived,
    /// The tree after each published batch, in order.
    pub(crate) trees: Vec<Frontier>,
    /// The newest published batch.
    pub(crate) published: Option<ClaimedBatch>,
    /// The segments that readers use, and those of the undecided batch or merge.
    segments: BTreeMap<SegmentName, SegmentRecord>,
}

/// A batch or merge that was decided, and neither took effect nor ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Undecided {
    Batch(ClaimedBatch),
    Merge(ClaimedMerge),
}

/// What may still be in the ledger after the newest merge, though no reader uses it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leftovers {
    /// The record of the merge, if it was abandoned.
    pub(crate) merge: Option<MergeRecord>,
    /// The sources of a switched merge, or the targets of an abandoned one.
    pub(crate) segments: Vec<SegmentRecord>,
}

impl Undecided {
    /// Returns its segments.
    pub(crate) fn segments(&self) -> &[SegmentRecord] {
        match self {
            Self::Batch(batch) => &batch.segments,
            Self::Merge(merge) => &merge.targets,
        }
    }
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
        let Archived { claims: number, newest, log_id, generation, .. } = self.archived;
        let Claim { log_id: of, generation: by, decision, decided_at, .. } =
            claim_follows(org_id, number, newest, claim)?;
        let impossible = |what: &str| {
            let what = format!("claim {number} {what}");
            Err(Violation { invariant: Invariant::ChainExplained, what })
        };
        if log_id.is_some_and(|log_id| log_id != of) {
            return impossible("belongs to another log of the org");
        }
        let is_possible = match &decision {
            Decision::Rebuild if by <= generation && number > 0 => {
                return impossible("begins no new generation of the ledger");
            }
            Decision::Rebuild => Ok(()),
            _ if by != generation && number > 0 => return impossible("is that of another generation of the ledger"),
            Decision::Batch(batch) => self.begin_batch(batch)?,
            Decision::Published(first_seq) => self.end_batch(*first_seq, true),
            Decision::Void(first_seq) => self.end_batch(*first_seq, false),
            Decision::Merge(merge) => self.begin_merge(merge, decided_at)?,
            Decision::Switched(number) => self.end_merge(*number, MergePhase::Switched, decided_at),
            Decision::Abandoned(number) => self.end_merge(*number, MergePhase::Abandoned, decided_at),
        };
        if let Err(what) = is_possible {
            return impossible(what);
        }
        self.newest = Some(decision);
        self.archived.generation = by;
        self.archived.claims = number + 1;
        self.archived.newest = Some(claim.sha256());
        self.archived.log_id = Some(of);
        Ok(())
    }

    fn begin_batch(&mut self, batch: &ClaimedBatch) -> Result<Result<(), &'static str>, Violation> {
        let next_seq = self.archived.next_seq;
        let continues = batch.first_seq == next_seq && batch.frontier.size() == next_seq.plus(batch.rows).0;
        if self.undecided.is_some() || !continues {
            return Ok(Err("does not continue the batches before it"));
        }
        let record = BatchRecord { rows: batch.rows, ..BatchRecord::of(batch.first_seq, &batch.segments) };
        segments_tile(&record, &batch.segments)?;
        self.batches.push(record);
        self.list(&batch.segments);
        self.archived.next_seq = next_seq.plus(batch.rows);
        self.undecided = Some(Undecided::Batch(batch.clone()));
        Ok(Ok(()))
    }

    fn end_batch(&mut self, first_seq: Seq, is_published: bool) -> Result<(), &'static str> {
        let is_it = |open: &mut Undecided| matches!(open, Undecided::Batch(batch) if batch.first_seq == first_seq);
        let Some(Undecided::Batch(batch)) = self.undecided.take_if(is_it) else {
            return Err("ends a batch that is not the newest, or ended before");
        };
        if is_published {
            self.archived.frontier = batch.frontier.clone();
            self.trees.push(batch.frontier.clone());
            self.published = Some(batch);
        } else {
            self.batches.pop();
            batch.segments.iter().for_each(|segment| _ = self.segments.remove(&segment.name()));
            self.archived.next_seq = first_seq;
        }
        Ok(())
    }

    fn begin_merge(
        &mut self,
        merge: &ClaimedMerge,
        decided_at: UnixMicros,
    ) -> Result<Result<(), &'static str>, Violation> {
        let is_next = merge.number == self.archived.merges + 1;
        if self.undecided.is_some() || !is_next {
            return Ok(Err("does not continue the merges before it"));
        }
        let sources = merge_replaces(|name| self.segments.get(&name), &merge.sources)?;
        merge_keeps_rows(&sources, &merge.targets)?;
        targets_are_new(merge)?;
        self.merges.push(merge.record(decided_at));
        self.list(&merge.targets);
        self.archived.merges = merge.number;
        self.archived.merge = None;
        self.leftovers = Leftovers::default();
        self.undecided = Some(Undecided::Merge(merge.clone()));
        Ok(Ok(()))
    }

    fn end_merge(&mut self, number: u64, phase: MergePhase, since: UnixMicros) -> Result<(), &'static str> {
        let is_it = |open: &mut Undecided| matches!(open, Undecided::Merge(merge) if merge.number == number);
        let Some(Undecided::Merge(merge)) = self.undecided.take_if(is_it) else {
            return Err("ends a merge that is not the newest, or ended before");
        };
        let names: Vec<SegmentName> = if phase == MergePhase::Switched {
            self.archived.merged = number;
            merge.sources.iter().map(|source| source.name).collect()
        } else {
            self.leftovers.merge = self.merges.pop();
            merge.targets.iter().map(SegmentRecord::name).collect()
        };
        self.leftovers.segments = names.iter().filter_map(|name| self.segments.remove(name)).collect();
        self.archived.merge = Some(OpenMerge { number, phase, since });
        Ok(())
    }

    fn list(&mut self, segments: &[SegmentRecord]) {
        self.segments.extend(segments.iter().map(|segment| (segment.name(), segment.clone())));
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

    /// Returns the segments that readers use, and those of the undecided batch or merge, as they were claimed.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &SegmentRecord> {
        self.segments.values()
    }
}

#[cfg(test)]
mod tests;
