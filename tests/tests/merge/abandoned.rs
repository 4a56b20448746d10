//! Merges that cannot be made, and those that end without a switch.

use audit_compact::Compactor;
use audit_compact::protocol::StagedBatch;
use audit_core::{MergePhase, Seed};
use audit_segments::{BatchPlace, SegmentWriter};
use audit_tables::Written;
use audit_tests::acme::{ORG, acme, all_events, events_of_days, hot_rows, start};
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;
use audit_tests::lost::kinds;
use audit_tests::merges::{A_DAY, Stop, TARGETS_STAY, merge_until, of_first_month, pass_until_merged, small_segments};
use audit_tests::outside::look;
use audit_tests::{START, TestStack, instant};

use crate::steps::objects;

fn expire_staged(stack: &TestStack) {
    std::fs::remove_dir_all(stack.folder().join("s3/audit-staging/staging")).unwrap();
}

#[tokio::test]
async fn a_merge_whose_staged_targets_expired_is_abandoned_and_made_again() {
    for stop in [Stop::Decided, Stop::Claimed] {
        let (stack, api) = start().await;
        small_segments(&stack, &api, &acme(), 3).await;
        let before = all_events(&api).await;
        merge_until(&stack, &acme(), stop).await;
        expire_staged(&stack);
        let report = stack.compactor().pass(&acme(), true, None).await.unwrap();
        assert_eq!((report.rows, report.merges), (0, 0), "{stop:?}");
        let open = stack.tables().ledger.head(&acme()).await.unwrap().merge.unwrap();
        assert_eq!((open.number, open.phase), (1, MergePhase::Abandoned));
        assert!(all_events(&api).await == before && all_events(&Api::of_another_instance(&stack)).await == before);
        look(&stack, &acme()).await;
        stack.clock.advance(TARGETS_STAY);
        pass_until_merged(&stack, &acme()).await;
        assert_eq!(kinds(&stack, &acme()).await, "bpbpbpmamsms", "{stop:?}");
        assert_eq!(objects(&stack, &acme()).await, 2, "{stop:?}");
        assert!(all_events(&api).await == before && all_events(&Api::of_another_instance(&stack)).await == before);
        look(&stack, &acme()).await;
    }
}

/// Another object exists under the key of a target.
#[tokio::test]
async fn a_merge_of_which_a_target_differs_is_abandoned_and_its_sources_stay() {
    let (stack, api) = start().await;
    small_segments(&stack, &api, &acme(), 3).await;
    let before = all_events(&api).await;
    let staged = merge_until(&stack, &acme(), Stop::Copied).await;
    let target = stack.folder().join("s3/audit-archive").join(&staged.targets[0].key);
    std::fs::remove_file(&target).unwrap();
    let client = audit_local::clients::s3(&stack.s3_endpoint());
    let put = client.put_object().bucket(audit_local::stack::ARCHIVE_BUCKET).key(&staged.targets[0].key);
    put.body(b"another object".to_vec().into()).send().await.unwrap();
    stack.compactor().pass(&acme(), true, None).await.unwrap();
    let open = stack.tables().ledger.head(&acme()).await.unwrap().merge.unwrap();
    assert_eq!(open.phase, MergePhase::Abandoned);
    assert!(all_events(&Api::of_another_instance(&stack)).await == before);
    for source in &staged.sources {
        stack.archive().compare(source).await.unwrap();
    }
}

/// I-9: the other months are merged, and rows are archived.
#[tokio::test]
async fn a_source_that_cannot_be_read_prevents_only_the_merge_of_its_month() {
    let (stack, api) = start().await;
    small_segments(&stack, &api, &acme(), 3).await;
    let damaged = of_first_month(&stack, &acme()).await.swap_remove(1);
    let object = stack.folder().join("s3/audit-archive").join(&damaged.key);
    let mut bytes = std::fs::read(&object).unwrap();
    bytes[100] ^= 1;
    std::fs::remove_file(&object).unwrap();
    std::fs::write(&object, bytes).unwrap();
    // A worker with an empty cache.
    let (tables, archive) = FaultLayer::default().clients(&stack);
    let worker = Compactor::new(tables, archive, stack.clock.clone(), None);
    assert_eq!(worker.pass(&acme(), true, None).await.unwrap().merges, 1);
    let segments = stack.tables().ledger.whole(&acme()).await.unwrap().segments;
    assert_eq!(
        segments.iter().filter(|it| it.merge == 1).map(|it| it.month.to_string()).collect::<Vec<_>>(),
        ["2026-02"]
    );
    assert_eq!(of_first_month(&stack, &acme()).await.len(), 3);
}

/// A source that another process replaced is not deleted.
#[tokio::test]
async fn an_object_that_is_not_the_recorded_source_stays() {
    let (stack, api) = start().await;
    small_segments(&stack, &api, &acme(), 3).await;
    let staged = merge_until(&stack, &acme(), Stop::SwitchedClaimed).await;
    let object = stack.folder().join("s3/audit-archive").join(&staged.sources[0].key);
    std::fs::remove_file(&object).unwrap();
    let client = audit_local::clients::s3(&stack.s3_endpoint());
    let put = client.put_object().bucket(audit_local::stack::ARCHIVE_BUCKET).key(&staged.sources[0].key);
    put.body(b"another object".to_vec().into()).send().await.unwrap();
    stack.compactor().pass(&acme(), true, None).await.unwrap();
    assert_eq!(std::fs::read(&object).unwrap(), b"another object");
    let head = stack.tables().ledger.head(&acme()).await.unwrap();
    assert_eq!(head.switched(), Some(1), "the merge stays open");
}

/// I-2 is violated already: a merge would make of two rows with one id one segment with both.
#[tokio::test]
async fn segments_that_contain_the_same_row_are_not_merged() {
    let (stack, api) = start().await;
    api.record(ORG, &events_of_days(1, 5, 0)).await;
    let rows = hot_rows(stack.tables()).await;
    let worker = stack.compactor();
    worker.pass(&acme(), true, None).await.unwrap();
    let head = stack.tables().ledger.head(&acme()).await.unwrap();
    let place = BatchPlace { first_seq: head.next_seq, index: 0 };
    let mut file = SegmentWriter::begin(&rows[2], head.next_seq, place, Seed([9; 32])).unwrap();
    file.push(&rows[2]).unwrap();
    let encoded = file.finish(true).unwrap();
    let leaves = encoded.leaves[0].clone();
    let segments = vec![stack.archive().stage("doubled", 0, instant(START), encoded).await.unwrap()];
    let batch = StagedBatch { segments, leaves, repeated_rows: 0, rows_quarantined: 0, reached_end: true };
    assert_eq!(worker.commit(&acme(), &head, &batch).await.unwrap().1, Written::Applied);
    worker.pass(&acme(), true, None).await.unwrap();
    stack.clock.advance(A_DAY);
    assert_eq!(worker.pass(&acme(), true, None).await.unwrap().merges, 0);
    assert_eq!(of_first_month(&stack, &acme()).await.len(), 2);
}
