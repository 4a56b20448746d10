//! Ledgers to delete, what is rebuilt of them, and what must be true afterwards.

use audit_core::{BatchRecord, SegmentRecord, Seq, Span, invariants::each_once};
use audit_recovery::check::Checked;
use audit_recovery::{
    RebuildError, Rebuilt,
    rebuild::{Refusal, rebuild},
};
use audit_tables::{WholeLedger, Written};
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, all_events, events, start};
use audit_tests::api::Api;
use audit_tests::exact::ExactEvent;
use audit_tests::lost::lose_ledger;
use audit_tests::outside::look;

/// A stack with two archived batches of 60 and 200 rows, and its client.
pub(crate) async fn two_batches() -> (TestStack, Api) {
    let (stack, api) = start().await;
    api.record(ORG, &events(12, 5, 0)).await;
    api.archive().await;
    api.record(ORG, &events(10, 20, 1_000)).await;
    api.archive().await;
    (stack, api)
}

pub(crate) async fn ledger(stack: &TestStack) -> WholeLedger {
    stack.tables().ledger.whole(&acme()).await.unwrap()
}

/// What the ledger lists, without where it was staged.
pub(crate) fn listed(ledger: &WholeLedger) -> (Seq, Vec<BatchRecord>, Vec<SegmentRecord>) {
    let published = ledger.segments.iter().map(SegmentRecord::published).collect();
    (ledger.head.as_ref().unwrap().next_seq, ledger.batches.clone(), published)
}

pub(crate) async fn rebuilt(stack: &TestStack) -> Result<Rebuilt, RebuildError> {
    rebuild(stack.tables(), stack.archive(), &acme(), false).await
}

pub(crate) async fn replaced(stack: &TestStack) -> Rebuilt {
    rebuild(stack.tables(), stack.archive(), &acme(), true).await.unwrap()
}

pub(crate) async fn refusal(stack: &TestStack) -> Refusal {
    match rebuilt(stack).await {
        Err(RebuildError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn checked(stack: &TestStack) -> Checked {
    look(stack, &acme()).await
}

/// Asserts that queries return what they returned before, that another rebuild changes nothing, and that a pass
/// archives the remaining `fresh` rows, so that each row is archived once.
pub(crate) async fn assert_restored(stack: TestStack, before: &[ExactEvent], fresh: u64) {
    // New instances: the old ones have seen a ledger that was lost.
    let stack = stack.restart().await;
    assert!(all_events(&Api::of(&stack)).await == before);
    checked(&stack).await;
    let ledger_before = ledger(&stack).await;
    let again = rebuilt(&stack).await.unwrap();
    assert_eq!((again.batches, again.copied), (0, 0));
    let ledger_after = ledger(&stack).await;
    assert_eq!(ledger_after.head, ledger_before.head);
    assert!(listed(&ledger_after) == listed(&ledger_before));

    let report = stack.compactor().pass(&acme(), true, None).await.unwrap();
    assert_eq!((report.rows, report.rows_quarantined), (fresh, 0));
    let checked = checked(&stack).await;
    assert_eq!((checked.hot.len(), checked.archived.len()), (0, before.len()));
    each_once(checked.archived.iter().copied()).unwrap();
    assert!(all_events(&Api::of(&stack)).await == before);
}

/// Deletes the object of the org's last segment.
pub(crate) async fn lose_end(stack: &TestStack) -> SegmentRecord {
    let segments = ledger(stack).await.segments;
    let last = segments.into_iter().max_by_key(|segment| segment.first_seq).unwrap();
    lose_object(stack, &last);
    last
}

pub(crate) fn lose_object(stack: &TestStack, segment: &SegmentRecord) {
    std::fs::remove_file(stack.folder().join("s3/audit-archive").join(&segment.key)).unwrap();
}

pub(crate) fn expire_staged(stack: &TestStack) {
    std::fs::remove_dir_all(stack.folder().join("s3/audit-staging/staging")).unwrap();
}

/// Deletes the ledger while a batch of ten segments is committed, those of `copied` are copied, and all of its rows are
/// hot.
pub(crate) async fn lost_at_a_copy(copied: &[usize]) -> (TestStack, Vec<ExactEvent>) {
    let (stack, api) = start().await;
    api.record(ORG, &events(12, 5, 0)).await;
    api.archive().await;
    api.record(ORG, &events(10, 20, 1_000)).await;
    let (worker, head) = (stack.compactor(), stack.tables().ledger.head(&acme()).await.unwrap());
    let segments = worker.stage_batch(&acme(), &head, Span::ALL, None).await.unwrap().segments;
    assert_eq!(worker.commit(&acme(), &head, &segments).await.unwrap().1, Written::Applied);
    worker.claim(&acme(), &stack.tables().ledger.head(&acme()).await.unwrap()).await.unwrap();
    let copied: Vec<_> = copied.iter().map(|index| segments[*index].clone()).collect();
    worker.copy_segments(&copied).await.unwrap();
    checked(&stack).await;
    let before = all_events(&api).await;
    lose_ledger(&stack, &acme()).await;
    (stack, before)
}
