//! An org with many small segments, and a merge that stops after any of its steps.

use std::time::Duration;

use audit_compact::PassReport;
use audit_compact::merge::{StagedMerge, Switch};
use audit_core::{Head, OrgId, SegmentRecord};
use audit_tables::Written;

use crate::TestStack;
use crate::acme::events_of_days;
use crate::api::Api;

/// How long after it was staged a segment may be merged.
pub const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long sources stay after the switch.
pub const SOURCES_STAY: Duration = Duration::from_secs(120);
/// How long the targets of an abandoned merge stay.
pub const TARGETS_STAY: Duration = Duration::from_secs(20 * 60);

/// The step after which a merge stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// The targets are staged.
    Staged,
    /// The merge is decided.
    Decided,
    /// Its claim is put.
    Claimed,
    /// The first target is copied.
    Copied,
    /// Readers use the targets.
    Switched,
    /// The claim of that is put.
    SwitchedClaimed,
    /// The object of one source is deleted.
    PartlyDeleted,
    /// The objects of all sources are deleted.
    Deleted,
    /// The item of one source is deleted.
    PartlyDropped,
    /// The items of all sources are deleted; the merge is still open.
    Dropped,
}

/// All of them, in order.
pub const STOPS: [Stop; 10] = [
    Stop::Staged,
    Stop::Decided,
    Stop::Claimed,
    Stop::Copied,
    Stop::Switched,
    Stop::SwitchedClaimed,
    Stop::PartlyDeleted,
    Stop::Deleted,
    Stop::PartlyDropped,
    Stop::Dropped,
];

/// Archives events of January and February 2026 in `batches` passes, two segments each, whose ids are interleaved; then a
/// day passes.
pub async fn small_segments(stack: &TestStack, api: &Api, org_id: &OrgId, batches: usize) {
    for batch in 0..batches {
        api.record(org_id.as_str(), &events_of_days(40, 2, 1_000 * batch)).await;
        stack.compactor().pass(org_id, true, None).await.expect("a pass");
    }
    stack.clock.advance(A_DAY);
}

/// The segments that the ledger lists of the first month of an org, whether readers use them or not.
pub async fn of_first_month(stack: &TestStack, org_id: &OrgId) -> Vec<SegmentRecord> {
    let mut segments = stack.tables().ledger.whole(org_id).await.expect("the ledger").segments;
    let first = segments.iter().map(|segment| segment.month).min();
    segments.retain(|segment| Some(segment.month) == first);
    segments
}

/// Runs the steps of a merge of all segments of the first month, up to and including `stop`.
pub async fn merge_until(stack: &TestStack, org_id: &OrgId, stop: Stop) -> StagedMerge {
    let (tables, worker) = (stack.tables(), stack.compactor());
    let head = async || tables.ledger.head(org_id).await.expect("the head");
    let open = |head: &Head| head.merge.expect("an open merge");
    let (read, segments) = (head().await, of_first_month(stack, org_id).await);
    let staged = worker.stage_merge(org_id, &read, segments).await.expect("M1").expect("a merge");
    if stop >= Stop::Decided {
        assert_eq!(worker.decide_merge(org_id, &read, &staged).await.expect("M2"), Written::Applied);
    }
    if stop >= Stop::Claimed {
        let head = head().await;
        worker.claim_merge(org_id, &head, open(&head)).await.expect("M3").expect("its items");
    }
    if stop >= Stop::Copied {
        worker.copy_segments(&staged.targets[..1]).await.expect("M3");
    }
    if stop >= Stop::Switched {
        let head = head().await;
        let merge = worker.claim_merge(org_id, &head, open(&head)).await.expect("M3").expect("its items");
        assert_eq!(worker.switch_merge(org_id, &head, &merge).await.expect("M4"), Switch::Switched);
    }
    if stop >= Stop::SwitchedClaimed {
        let head = head().await;
        worker.claim_merge(org_id, &head, open(&head)).await.expect("M5").expect("its items");
        stack.clock.advance(SOURCES_STAY);
    }
    if stop >= Stop::PartlyDeleted {
        let deleted = if stop == Stop::PartlyDeleted { 1 } else { staged.sources.len() };
        let objects = staged.sources[..deleted].iter().map(|source| (&source.key, source.sha256));
        worker.delete_objects(objects).await.expect("M5");
    }
    if stop >= Stop::PartlyDropped {
        let dropped = if stop == Stop::PartlyDropped { 1 } else { staged.sources.len() };
        let names: Vec<_> = staged.sources[..dropped].iter().map(SegmentRecord::name).collect();
        let dropped = tables.ledger.drop_segments(org_id, &head().await, &names).await.expect("M5");
        assert_eq!(dropped, Written::Applied);
    }
    staged
}

/// Passes until none merges, with enough time between two of them that each merge ends; returns their reports.
pub async fn pass_until_merged(stack: &TestStack, org_id: &OrgId) -> Vec<PassReport> {
    let mut reports = Vec::new();
    loop {
        let report = stack.compactor().pass(org_id, true, None).await.expect("a pass");
        let open = stack.tables().ledger.head(org_id).await.expect("the head").merge;
        reports.push(report);
        let Some(open) = open else { return reports };
        assert!(reports.len() < 100, "passes do not end the merges");
        // A rebuild decides by the clock of the system.
        stack.clock.reach(open.since.plus(TARGETS_STAY));
    }
}
