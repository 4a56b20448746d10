//! A ledger lost or gone back, what is rebuilt of it, and what must be true after.

use audit_core::{BatchRecord, SegmentRecord, Seq, invariants::each_once};
use audit_recovery::check::{self, Checked};
use audit_recovery::{
    RebuildError, Rebuilt,
    rebuild::{Refusal, rebuild},
};
use audit_tables::{WholeLedger, Written};
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::exact::ExactEvent;
use audit_tests::lost::lose_ledger;

use crate::held::{ORG, acme, events, held, start};
use crate::steps::{hot_rows, staged};

/// A stack with two archived batches of 60 and 200 rows, and what it holds.
pub(crate) async fn two_batches() -> (TestStack, Api) {
    let (stack, api) = start().await;
    api.record(ORG, &events(12, 5, 0)).await;
    api.archive().await;
    api.record(ORG, &events(10, 20, 1_000)).await;
    api.archive().await;
    (stack, api)
}

pub(crate) async fn ledger(stack: &TestStack) -> WholeLedger {
    stack.tables().whole_ledger(&acme()).await.unwrap()
}

/// What the ledger says, but for what was staged.
pub(crate) fn said(ledger: &WholeLedger) -> (Seq, Vec<BatchRecord>, Vec<SegmentRecord>) {
    let published = ledger.segments.iter().map(SegmentRecord::published).collect();
    (ledger.head.unwrap().next_seq, ledger.batches.clone(), published)
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
    let checked = check::org(stack.tables(), stack.archive(), &acme()).await.unwrap();
    assert!(checked.is_sound(), "{checked:?}");
    checked
}

/// Queries answer as before; another rebuild changes nothing; a pass archives each row once, `fresh` of them.
pub(crate) async fn assert_restored(stack: TestStack, before: &[ExactEvent], fresh: u64) {
    // New instances: the old ones have seen a ledger that was lost.
    let stack = stack.restart().await;
    assert!(held(&Api::of(&stack)).await == before);
    checked(&stack).await;
    let ledger_before = ledger(&stack).await;
    let again = rebuilt(&stack).await.unwrap();
    assert_eq!((again.batches, again.copied), (0, 0));
    let ledger_after = ledger(&stack).await;
    assert_eq!(ledger_after.head, ledger_before.head);
    assert!(said(&ledger_after) == said(&ledger_before));

    let report = stack.compactor().pass(&acme(), true, None).await.unwrap();
    assert_eq!((report.rows, report.rows_quarantined), (fresh, 0));
    let checked = checked(&stack).await;
    assert_eq!((checked.hot.len(), checked.archived.len()), (0, before.len()));
    each_once(checked.archived.iter().copied()).unwrap();
    assert!(held(&Api::of(&stack)).await == before);
}

/// Loses the object of the org's last segment.
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

/// Loses the ledger while a batch of ten segments is committed, those of `copied` stand under their final keys, and none
/// of its rows is deleted.
pub(crate) async fn lost_at_a_copy(copied: &[usize]) -> (TestStack, Vec<ExactEvent>) {
    let (stack, api) = start().await;
    api.record(ORG, &events(12, 5, 0)).await;
    api.archive().await;
    api.record(ORG, &events(10, 20, 1_000)).await;
    let (tables, archive) = (stack.tables(), stack.archive());
    let head = tables.head(&acme()).await.unwrap();
    let segments = staged(&stack, head.next_seq, &hot_rows(tables).await).await;
    let batch = BatchRecord::of(head.next_seq, &segments);
    assert_eq!(tables.commit(&acme(), &head, &batch, &segments).await.unwrap(), Written::Applied);
    for index in copied {
        archive.publish(&segments[*index]).await.unwrap();
    }
    checked(&stack).await;
    let before = held(&api).await;
    lose_ledger(&stack, &acme()).await;
    (stack, before)
}
