//! Where a ledger and a chain of claims differ. Without I/O.

use std::collections::HashMap;

use audit_core::{
    BatchRecord, Decision, Head, MergePhase, MergeRecord, OpenBatch, OpenMerge, OrgId, Phase, SealedClaim,
    SegmentRecord, Violation, invariants::item_is_claimed,
};
use audit_tables::WholeLedger;

use crate::replay::{Replay, Undecided};

/// What a ledger lacks, or contains besides.
#[derive(Debug, Default)]
pub(crate) struct Difference<'a> {
    /// The claims that it lacks, or fixed otherwise.
    pub(crate) claims: Vec<&'a SealedClaim>,
    /// The batches that it lacks, or describes otherwise.
    pub(crate) batches: Vec<&'a BatchRecord>,
    /// The merges that it lacks, or describes otherwise.
    pub(crate) merges: Vec<&'a MergeRecord>,
    /// The segments that it lacks, or describes otherwise.
    pub(crate) segments: Vec<&'a SegmentRecord>,
    /// The items that no claim names.
    strays: Vec<String>,
}

impl<'a> Difference<'a> {
    /// Compares the items of a ledger with claims and what they decided.
    ///
    /// What a merge left behind may be deleted or not, as long as the head says that the merge is not finished.
    pub(crate) fn of(ledger: &WholeLedger, claims: &'a [SealedClaim], replay: &'a Replay) -> Self {
        let mut fixed: HashMap<_, _> = ledger.claims.iter().map(|claim| (claim.number, claim)).collect();
        let mut batches: HashMap<_, _> = ledger.batches.iter().map(|batch| (batch.first_seq, batch)).collect();
        let mut merges: HashMap<_, _> = ledger.merges.iter().map(|merge| (merge.number, merge)).collect();
        let mut segments: HashMap<_, _> = ledger.segments.iter().map(|segment| (segment.name(), segment)).collect();
        let mut found = Self::default();
        found.claims.extend(claims.iter().filter(|claim| fixed.remove(&claim.number) != Some(*claim)));
        found.batches.extend(replay.batches.iter().filter(|batch| batches.remove(&batch.first_seq) != Some(*batch)));
        found.merges.extend(replay.merges.iter().filter(|merge| merges.remove(&merge.number) != Some(*merge)));
        found.segments.extend(replay.segments().filter(|segment| segments.remove(&segment.name()) != Some(*segment)));
        if ledger.head.as_ref().is_some_and(|head| head.merge.is_some()) {
            let left = &replay.leftovers;
            merges.retain(|_, merge| left.merge.as_ref() != Some(*merge));
            segments.retain(|_, segment| !left.segments.contains(*segment));
        }
        found.strays.extend(fixed.into_keys().map(claim_name));
        found.strays.extend(batches.into_values().map(batch_name));
        found.strays.extend(merges.into_values().map(merge_name));
        found.strays.extend(segments.into_values().map(segment_name));
        found
    }

    fn items(&self) -> impl Iterator<Item = String> {
        let claims = self.claims.iter().map(|claim| claim_name(claim.number));
        let batches = self.batches.iter().copied().map(batch_name);
        let merges = self.merges.iter().copied().map(merge_name);
        let segments = self.segments.iter().copied().map(segment_name);
        claims.chain(batches).chain(merges).chain(segments).chain(self.strays.iter().cloned())
    }
}

/// I-10: compares a ledger with the chain of claims, which was read before it; returns what differs, and what the claims
/// decided, those included that the ledger has decided since. `None` if they are no chain.
pub(crate) fn compare(org_id: &OrgId, ledger: &WholeLedger, chain: &[SealedClaim]) -> (Vec<Violation>, Option<Replay>) {
    let next = chain.last().map_or(0, |last| last.number + 1);
    let since = ledger.claims.iter().filter(|claim| claim.number >= next);
    let claims: Vec<SealedClaim> = chain.iter().chain(since).cloned().collect();
    let replay = match Replay::of(org_id, &claims) {
        Ok(replay) => replay,
        Err(broken) => return (vec![broken], None),
    };
    let difference = Difference::of(ledger, &claims, &replay);
    let mut found: Vec<_> = difference.items().filter_map(|item| item_is_claimed(&item, false).err()).collect();
    if let Some(head) = &ledger.head {
        found.extend(item_is_claimed("the head", is_claimed(head, &replay)).err());
    }
    (found, Some(replay))
}

/// Whether a head is one that the claims lead to.
fn is_claimed(head: &Head, replay: &Replay) -> bool {
    let archived = &replay.archived;
    let is_open = match (head.open, &replay.newest, &replay.undecided) {
        (None, _, undecided) => !matches!(undecided, Some(Undecided::Batch(_))),
        (Some(OpenBatch { first_seq, phase: Phase::Committed }), _, Some(Undecided::Batch(batch))) => {
            batch.first_seq == first_seq
        }
        (Some(OpenBatch { first_seq, phase: Phase::Published }), Some(Decision::Published(published)), _) => {
            first_seq == *published
        }
        (Some(OpenBatch { first_seq, phase: Phase::Void }), Some(Decision::Void(void)), _) => first_seq == *void,
        _ => false,
    };
    is_open
        && merge_is_claimed(head, replay)
        && (head.claims, head.claim, head.next_seq) == (archived.claims, archived.newest, archived.next_seq)
        && (head.merges, head.merged) == (archived.merges, archived.merged)
        && head.frontier == archived.frontier
}

/// Whether the open merge of a head is the newest one, in its phase. That its last phase ended is not claimed.
fn merge_is_claimed(head: &Head, replay: &Replay) -> bool {
    let phase = |open: &OpenMerge| (open.number, open.phase);
    match (&head.merge, &replay.undecided) {
        (Some(open), Some(Undecided::Merge(merge))) => phase(open) == (merge.number, MergePhase::Decided),
        (None, Some(Undecided::Merge(_))) => false,
        (Some(open), _) => replay.archived.merge.as_ref().map(phase) == Some(phase(open)),
        (None, _) => true,
    }
}

fn claim_name(number: u64) -> String {
    format!("claim {number}")
}

fn batch_name(batch: &BatchRecord) -> String {
    format!("batch {}", batch.first_seq)
}

fn merge_name(merge: &MergeRecord) -> String {
    format!("merge {}", merge.number)
}

fn segment_name(segment: &SegmentRecord) -> String {
    format!("the record of {}", segment.key)
}
