//! A worker that is overtaken in the middle of its scan.

use std::time::Duration;

use audit_compact::Compactor;
use audit_core::{Day, OpenBatch, Phase, Span};
use audit_tables::Written;
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, all_events, assert_tiers, event, events, start};
use audit_tests::api::Api;
use audit_tests::faults::{Fault, FaultLayer};
use audit_tests::walk::Search;

/// Waits until a worker has read the head and staged something.
async fn scanning(stack: &TestStack) {
    let folder = stack.folder().join("s3/audit-staging/staging").join(ORG);
    let attempts = || std::fs::read_dir(&folder).map_or(0, Iterator::count);
    let before = attempts();
    while attempts() == before {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// I-1. The filters of an attempt that lost arrive after another worker has published other rows under its numbers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_of_a_lost_attempt_that_arrive_late_hide_no_event_of_the_winner() {
    let (stack, api) = start().await;
    api.record(ORG, &[event("2026-11-20T10:00:00Z", 1)]).await;
    let layer = FaultLayer::with_every("PutItem", "filters#", Fault::Late);
    let (tables, archive) = layer.clients(&stack);
    let lost = Compactor::new(tables, archive, stack.clock.clone(), None).pass(&acme(), true, None).await;
    assert!(lost.is_err(), "without filters, nothing is staged: {lost:?}");
    // The winner archives another row too, so its file is another one.
    api.record(ORG, &[event("2026-11-21T10:00:00Z", 2)]).await;
    stack.compactor().pass(&acme(), true, None).await.unwrap();
    layer.land().await;
    let reader = Api::of_another_instance(&stack);
    for actor in ["usr_1", "usr_2"] {
        assert_eq!(Search::new(ORG, &format!("actor={actor}")).walk(&reader, 50).await.len(), 1, "{actor}");
    }
    assert!(audit_recovery::check::org(stack.tables(), stack.archive(), &acme()).await.unwrap().is_sound());
}

/// I-3. The worker meets segments that were committed after it read the head: some are stored under their final keys
/// already, but no reader reads them yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_overtaken_deletes_no_row_that_only_it_could_find_archived() {
    let (stack, api) = start().await;
    let tables = stack.tables();
    api.record(ORG, &events(80, 25, 0)).await;
    let before = all_events(&api).await;

    let [from, to] = ["2011-09-01", "2014-12-01"].map(|day| day.parse::<Day>().unwrap().start());
    let (overtaking, head) = (stack.compactor(), tables.ledger.head(&acme()).await.unwrap());
    let staged = overtaking.stage_batch(&acme(), &head, Span::between(Some(from), Some(to)), None).await.unwrap();
    let segments = &staged.segments;

    let compactor = stack.compactor();
    let overtaken = tokio::spawn(async move { compactor.pass(&acme(), true, None).await });
    scanning(&stack).await;
    let (batch, written) = overtaking.commit(&acme(), &head, &staged).await.unwrap();
    assert_eq!((batch.rows, written), (39 * 25, Written::Applied));
    overtaking.copy_segments(&segments[..segments.len() / 2]).await.unwrap();
    while !overtaken.is_finished() {
        let is_deleted = tables.events.get(&acme(), segments[0].first).await.unwrap().is_none();
        let open = tables.ledger.head(&acme()).await.unwrap().open;
        let is_unpublished = open == Some(OpenBatch { first_seq: batch.first_seq, phase: Phase::Committed });
        assert!(!(is_deleted && is_unpublished), "a row is deleted, and no reader reads its segment");
    }
    let report = overtaken.await.unwrap().unwrap();
    assert_eq!((report.rows, report.rows_quarantined), (before.len() as u64 - batch.rows, 0));
    assert!(all_events(&api).await == before);
    assert_tiers(&stack, before.len(), 0).await;
}
