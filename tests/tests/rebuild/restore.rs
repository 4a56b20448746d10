//! Ledgers to delete, what is rebuilt of them, and what must be true afterwards.

use audit_core::{BatchRecord, SealedClaim, SegmentRecord, Seq, invariants::each_once};
use audit_recovery::check::Checked;
use audit_recovery::{RebuildError, Rebuilt, Refusal};
use audit_tables::WholeLedger;
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, all_events, events, start};
use audit_tests::api::Api;
use audit_tests::exact::ExactEvent;
use audit_tests::lost::rebuilder;
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

/// What a ledger lists.
pub(crate) fn listed(ledger: &WholeLedger) -> (Seq, Vec<BatchRecord>, Vec<SegmentRecord>) {
    (ledger.head.as_ref().unwrap().next_seq, ledger.batches.clone(), ledger.segments.clone())
}

/// The claims in the archive bucket.
pub(crate) async fn claims(stack: &TestStack) -> Vec<SealedClaim> {
    let mut claims = Vec::new();
    for number in stack.archive().claim_numbers(&acme()).await.unwrap() {
        let bytes = stack.archive().claim(&acme(), number).await.unwrap().to_vec();
        claims.push(SealedClaim { number, bytes });
    }
    claims
}

pub(crate) async fn rebuilt(stack: &TestStack) -> Result<Rebuilt, RebuildError> {
    rebuilder(stack).org(&acme()).await
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

/// Asserts that queries return what they returned before, that the ledger is exactly what the claims say, that another
/// rebuild changes nothing, and that a pass archives the remaining `fresh` rows, so that each row is archived once.
pub(crate) async fn assert_restored(stack: TestStack, before: &[ExactEvent], fresh: u64) {
    // New instances: the old ones have seen a ledger that was lost.
    let stack = stack.restart().await;
    assert!(all_events(&Api::of(&stack)).await == before);
    checked(&stack).await;
    let ledger_before = ledger(&stack).await;
    // The claim of an open batch may not be put yet.
    let (put, is_open) = (claims(&stack).await, ledger_before.head.as_ref().is_some_and(|head| head.open.is_some()));
    assert_eq!(ledger_before.claims[..put.len()], put);
    assert!(ledger_before.claims.len() <= put.len() + usize::from(is_open));
    let again = rebuilt(&stack).await.unwrap();
    assert_eq!((again.generation, again.copied), (None, 0));
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
