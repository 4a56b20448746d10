//! Deletes of a published batch that stop anywhere: another worker deletes the rows that are still hot, and only those.

use std::time::Duration;

use audit_compact::{Compactor, PassReport, Task};
use audit_core::{OpenBatch, Phase, Seq};
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, all_events, assert_tiers, event, events, start};
use audit_tests::api::Api;
use audit_tests::exact::ExactEvent;
use audit_tests::faults::{Fault, FaultLayer, Repeats};
use audit_tests::steps::{Stop, pass_until};
use futures::future::join;
use serde_json::{Value, json};
use tokio::time::Instant;

/// A worker over a layer, which deletes up to `units_per_second` write units a second.
fn worker(stack: &TestStack, layer: &FaultLayer, units_per_second: Option<u32>) -> Compactor {
    let (tables, archive) = layer.clients(stack);
    Compactor::new(tables, archive, stack.clock.clone(), units_per_second)
}

/// An org with a published batch, none of whose rows is deleted yet.
async fn published(months: usize, a_month: usize) -> (TestStack, Api, Vec<ExactEvent>) {
    let (stack, api) = start().await;
    api.record(ORG, &events(months, a_month, 0)).await;
    pass_until(&stack, Stop::Published).await;
    let all = all_events(&api).await;
    assert_eq!(all.len(), months * a_month);
    (stack, api, all)
}

async fn hot(stack: &TestStack) -> usize {
    stack.tables().events.waiting(&acme(), u64::MAX).await.unwrap().try_into().unwrap()
}

async fn open(stack: &TestStack) -> Option<OpenBatch> {
    stack.tables().ledger.head(&acme()).await.unwrap().open
}

/// Another worker finishes the deletes: every request that deletes is for a row that is still hot.
async fn another_finishes(stack: &TestStack, when: &str) -> PassReport {
    let left = hot(stack).await;
    let layer = FaultLayer::default();
    let report = worker(stack, &layer, None).pass(&acme(), true, None).await.unwrap();
    assert!(layer.deletes() <= left, "{when}: {} deletes for {left} hot rows", layer.deletes());
    assert_eq!((hot(stack).await, open(stack).await), (0, None), "{when}");
    report
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deletes_that_stop_at_any_request_are_finished_by_another_worker_that_deletes_only_what_is_left() {
    for applied in [false, true] {
        for requests in 0.. {
            let (stack, api, all) = published(2, 60).await;
            let layer = FaultLayer::with(requests, Fault::Stopped { applied }, Repeats::Once);
            let first = worker(&stack, &layer, None);
            if layer.run(first.pass(&acme(), true, None)).await.is_some() {
                assert!(requests > 12, "each of five requests that delete was a stop: {requests}");
                break;
            }
            let when = format!("stopped at request {requests}, {}", layer.met().unwrap().name());
            assert!(all_events(&api).await == all, "{when}");
            let was_closed = open(&stack).await.is_none();
            let report = another_finishes(&stack, &when).await;
            assert_eq!(
                (report.rows, report.repeated_rows),
                (0, 0),
                "{when}: no batch is closed while its rows are hot"
            );
            assert_eq!(report.recovered_batches, u64::from(!was_closed), "{when}");
            assert!(all_events(&api).await == all, "{when}");
            assert_tiers(&stack, all.len(), 0).await;
        }
    }
}

/// The worker wakes after another one finished its batch and archived a second one; rows of the first were put hot
/// again, and new ones are between them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_wakes_among_its_deletes_deletes_repeats_of_its_batch_and_nothing_else() {
    for requests in 0.. {
        let (stack, api, _) = published(2, 60).await;
        let layer = FaultLayer::default();
        layer.allow(requests);
        let sleeper = worker(&stack, &layer, None);
        let pass = tokio::spawn(async move { sleeper.pass(&acme(), true, None).await });
        layer.until_held(|| pass.is_finished()).await;
        if pass.is_finished() {
            assert!(requests > 12, "each of five requests that delete was a pause: {requests}");
            break;
        }
        let when = format!("paused before request {requests}");
        another_finishes(&stack, &when).await;
        // At instants of rows of the batch, and between them.
        let late = |key: usize| event(&format!("2010-01-01T12:00:{:02}.5Z", key % 60), key);
        api.record(ORG, &(1_000..1_010).map(late).collect::<Vec<_>>()).await;
        another_finishes(&stack, &when).await;
        api.record(ORG, &(2_000..2_010).map(late).collect::<Vec<_>>()).await;
        let repeats = events(2, 60, 0);
        api.record(ORG, &repeats[..40]).await;
        let all = all_events(&api).await;
        assert_eq!(all.len(), 140, "{when}");
        // Search after its own deletes, before it begins a batch of its own.
        layer.allow(60);
        layer.until_held(|| pass.is_finished()).await;
        assert!(all_events(&api).await == all, "{when}");
        layer.allow_all();
        pass.await.unwrap().unwrap();
        assert!(all_events(&api).await == all, "{when}");
        // If it had read all rows before it slept, the last ones are left to the next pass.
        another_finishes(&stack, &when).await;
        assert!(all_events(&api).await == all, "{when}");
        assert_tiers(&stack, 140, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_that_delete_concurrently_hide_nothing_and_close_the_batch_once() {
    let (stack, api, all) = published(3, 200).await;
    let (first, second) = (FaultLayer::default(), FaultLayer::default());
    let pass = |layer: &FaultLayer| {
        let worker = worker(&stack, layer, Some(600));
        tokio::spawn(async move { worker.pass(&acme(), true, None).await })
    };
    let (one, two) = (pass(&first), pass(&second));
    while !(one.is_finished() && two.is_finished()) {
        assert!(all_events(&api).await == all);
    }
    let (one, two) = join(one, two).await;
    let (one, two) = (one.unwrap().unwrap(), two.unwrap().unwrap());
    assert_eq!((one.recovered_batches + two.recovered_batches, one.rows + two.rows), (1, 0));
    assert!(all_events(&api).await == all);
    assert_tiers(&stack, 600, 0).await;
}

/// Runs a task that stops three seconds from now; it has five more to end.
async fn stopped_task(worker: &Compactor) -> Value {
    let task: Task = serde_json::from_value(json!({"task": "archive", "org_ids": [ORG], "force": true})).unwrap();
    let stop_at = Instant::now() + Duration::from_secs(3);
    let done = serde_json::to_value(worker.run(task, stop_at).await.unwrap()).unwrap();
    let late = stop_at.elapsed();
    assert!(late < Duration::from_secs(5), "it ended {late:?} after its stop");
    assert_eq!((&done["left"], &done["failed_orgs"]), (&json!([ORG]), &json!([])));
    assert_eq!((&done["passes"][0]["cut_short"], &done["passes"][0]["recovered_batches"]), (&json!(true), &json!(0)));
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_whose_stop_comes_during_the_deletes_ends_and_reports_what_is_left() {
    let (stack, api, all) = published(4, 100).await;
    let batch = open(&stack).await;
    let first = FaultLayer::default();
    // The first request of 25 rows is due immediately, each further one five seconds later.
    stopped_task(&worker(&stack, &first, Some(5))).await;
    let left = hot(&stack).await;
    assert!((1..400).contains(&left), "{left} of 400 rows are left");
    assert_eq!(open(&stack).await, batch, "the batch stays open while rows are left");
    assert_eq!(batch, Some(OpenBatch { first_seq: Seq(0), phase: Phase::Published }));
    assert!(all_events(&api).await == all);

    let report = another_finishes(&stack, "after the stop").await;
    assert_eq!((report.recovered_batches, report.rows, report.repeated_rows), (1, 0, 0));
    assert!(all_events(&api).await == all);
    assert_tiers(&stack, 400, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_whose_deletes_are_not_answered_ends_at_its_stop() {
    let (stack, api, all) = published(2, 20).await;
    let layer = FaultLayer::with_first(usize::MAX, "BatchWriteItem", Fault::Slow(Duration::from_secs(600)));
    stopped_task(&worker(&stack, &layer, None)).await;
    assert!(all_events(&api).await == all);
    another_finishes(&stack, "after the stop").await;
    assert!(all_events(&api).await == all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_whose_stop_comes_during_the_deletes_of_repeats_ends_and_reports_what_is_left() {
    let (stack, api) = start().await;
    let all = events(4, 100, 0);
    api.record(ORG, &all).await;
    api.archive().await;
    let before = all_events(&api).await;
    api.record(ORG, &all).await;
    api.record(ORG, &[event("2026-01-09T12:00:00Z", 5_000)]).await;
    let grown = all_events(&api).await;
    stopped_task(&worker(&stack, &FaultLayer::default(), Some(5))).await;
    let left = hot(&stack).await;
    assert!((1..401).contains(&left), "{left} of 401 rows are left");
    assert!(all_events(&api).await == grown && grown.len() == before.len() + 1);
    another_finishes(&stack, "after the stop").await;
    assert!(all_events(&api).await == grown);
    assert_tiers(&stack, 401, 0).await;
}
