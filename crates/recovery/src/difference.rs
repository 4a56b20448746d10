//! Where a ledger and a chain of claims differ. Without I/O.

use std::collections::HashMap;

use audit_core::{
    BatchRecord, Decision, Head, OpenBatch, OrgId, Phase, SealedClaim, SegmentRecord, Violation,
    invariants::item_is_claimed,
};
use audit_tables::WholeLedger;

use crate::replay::Replay;

/// What a ledger lacks, or contains besides.
#[derive(Debug, Default)]
pub(crate) struct Difference<'a> {
    /// The claims that it lacks, or fixed otherwise.
    pub(crate) claims: Vec<&'a SealedClaim>,
    /// The batches that it lacks, or describes otherwise.
    pub(crate) batches: Vec<BatchRecord>,
    /// The segments that it lacks, or describes otherwise.
    pub(crate) segments: Vec<&'a SegmentRecord>,
    /// The items that no claim names.
    strays: Vec<String>,
}

impl<'a> Difference<'a> {
    /// Compares the items of a ledger with claims and what they decided.
    pub(crate) fn of(ledger: &WholeLedger, claims: &'a [SealedClaim], replay: &'a Replay) -> Self {
        let mut fixed: HashMap<_, _> = ledger.claims.iter().map(|claim| (claim.number, claim)).collect();
        let mut batches: HashMap<_, _> = ledger.batches.iter().map(|batch| (batch.first_seq, batch)).collect();
        let mut segments: HashMap<_, _> = ledger.segments.iter().map(|segment| (segment.name(), segment)).collect();
        let mut found = Self::default();
        found.claims.extend(claims.iter().filter(|claim| fixed.remove(&claim.number) != Some(*claim)));
        let records = replay.batch_records().into_iter();
        found.batches.extend(records.filter(|batch| batches.remove(&batch.first_seq) != Some(batch)));
        found.segments.extend(replay.segments().filter(|segment| segments.remove(&segment.name()) != Some(*segment)));
        found.strays.extend(fixed.into_keys().map(claim_name));
        found.strays.extend(batches.into_values().map(batch_name));
        found.strays.extend(segments.into_values().map(segment_name));
        found
    }

    fn items(&self) -> impl Iterator<Item = String> {
        let claims = self.claims.iter().map(|claim| claim_name(claim.number));
        let batches = self.batches.iter().map(batch_name);
        let segments = self.segments.iter().map(|segment| segment_name(segment));
        claims.chain(batches).chain(segments).chain(self.strays.iter().cloned())
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
    let is_open = match (head.open, &replay.newest) {
        (None, _) => !replay.is_undecided,
        (Some(OpenBatch { first_seq, phase: Phase::Committed }), _) => {
            replay.undecided().is_some_and(|batch| batch.first_seq == first_seq)
        }
        (Some(OpenBatch { first_seq, phase: Phase::Published }), Some(Decision::Published(published))) => {
            first_seq == *published
        }
        (Some(OpenBatch { first_seq, phase: Phase::Void }), Some(Decision::Void(void))) => first_seq == *void,
        _ => false,
    };
    is_open
        && (head.claims, head.claim, head.next_seq) == (archived.claims, archived.newest, archived.next_seq)
        && head.frontier == archived.frontier
}

fn claim_name(number: u64) -> String {
    format!("claim {number}")
}

fn batch_name(batch: &BatchRecord) -> String {
    format!("batch {}", batch.first_seq)
}

fn segment_name(segment: &SegmentRecord) -> String {
    format!("the record of {}", segment.key)
}
