//! A merge that stops after any of its steps.

use audit_core::OrgId;
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, all_events, assert_tiers, event, start};
use audit_tests::api::Api;
use audit_tests::lost::kinds;
use audit_tests::merges::{STOPS, Stop, merge_until, pass_until_merged, small_segments};
use audit_tests::outside::look;

/// The objects under the keys of published segments.
pub(crate) async fn objects(stack: &TestStack, org_id: &OrgId) -> usize {
    stack.archive().published_keys(org_id).await.unwrap().len()
}

pub(crate) async fn stats(api: &Api) -> String {
    api.get(&format!("/v1/orgs/{ORG}/stats?group=actor")).await.text
}

#[tokio::test]
async fn a_stop_between_any_two_steps_changes_no_response_and_any_worker_continues() {
    for stop in STOPS {
        let (stack, api) = start().await;
        small_segments(&stack, &api, &acme(), 3).await;
        let (before, counted) = (all_events(&api).await, stats(&api).await);
        assert_eq!((before.len(), objects(&stack, &acme()).await), (240, 6));
        merge_until(&stack, &acme(), stop).await;
        for api in [&api, &Api::of_another_instance(&stack)] {
            assert!(all_events(api).await == before, "{stop:?}");
            assert_eq!(stats(api).await, counted, "{stop:?}");
        }
        look(&stack, &acme()).await;
        let reports = pass_until_merged(&stack, &acme()).await;
        let merges = reports.iter().map(|report| report.merges).sum::<u64>();
        assert_eq!(merges, if stop < Stop::Switched { 2 } else { 1 }, "{stop:?}: {reports:?}");
        for api in [&api, &Api::of_another_instance(&stack)] {
            assert!(all_events(api).await == before, "{stop:?}");
            assert_eq!(stats(api).await, counted, "{stop:?}");
        }
        let segments = stack.tables().ledger.whole(&acme()).await.unwrap().segments;
        let names: Vec<_> = segments.iter().map(|it| (it.month.to_string(), it.merge, it.rows)).collect();
        assert_eq!(names, [("2026-01".to_owned(), 1, 168), ("2026-02".to_owned(), 2, 72)], "{stop:?}");
        assert_eq!(objects(&stack, &acme()).await, 2, "{stop:?}");
        assert_eq!(kinds(&stack, &acme()).await, "bpbpbpmsms", "{stop:?}");
        look(&stack, &acme()).await;
        assert_tiers(&stack, 240, 0).await;
    }
}

#[tokio::test]
async fn rows_are_archived_while_a_merge_waits_for_its_end() {
    let (stack, api) = start().await;
    small_segments(&stack, &api, &acme(), 2).await;
    merge_until(&stack, &acme(), Stop::Switched).await;
    api.record(ORG, &[event("2026-01-05T13:00:00Z", 7_000)]).await;
    let before = all_events(&api).await;
    let report = stack.compactor().pass(&acme(), true, None).await.unwrap();
    assert_eq!((report.rows, report.merges), (1, 0));
    assert_eq!(kinds(&stack, &acme()).await, "bpbpmsbp");
    assert!(stack.tables().ledger.head(&acme()).await.unwrap().merge.is_some());
    assert!(all_events(&api).await == before);
    look(&stack, &acme()).await;
    pass_until_merged(&stack, &acme()).await;
    assert!(all_events(&Api::of_another_instance(&stack)).await == before);
    look(&stack, &acme()).await;
    // A repeat of a row of a merged segment is found there.
    api.record(ORG, &[event("2026-01-01T12:00:00Z", 0)]).await;
    let report = stack.compactor().pass(&acme(), true, None).await.unwrap();
    assert_eq!((report.rows, report.repeated_rows), (0, 1));
    assert!(all_events(&api).await == before);
}

/// The objects of a merge contain what those of its sources did: numbers, instants of storage, leaves.
#[tokio::test]
async fn a_merge_keeps_the_number_and_the_leaf_of_each_row() {
    let (stack, api) = start().await;
    small_segments(&stack, &api, &acme(), 3).await;
    let tree = stack.tables().ledger.head(&acme()).await.unwrap().frontier;
    let staged = merge_until(&stack, &acme(), Stop::Dropped).await;
    let ranges = |segments: &[audit_core::SegmentRecord]| {
        let mut seqs: Vec<_> = segments.iter().flat_map(|segment| segment.seqs().collect::<Vec<_>>()).collect();
        seqs.sort_unstable();
        seqs
    };
    assert_eq!(ranges(&staged.targets), ranges(&staged.sources));
    assert_eq!(staged.targets.iter().map(|target| target.ranges).sum::<u32>(), 3);
    pass_until_merged(&stack, &acme()).await;
    // The tree is that of the leaves that are read back from the files.
    look(&stack, &acme()).await;
    assert_eq!(stack.tables().ledger.head(&acme()).await.unwrap().frontier, tree);
}
