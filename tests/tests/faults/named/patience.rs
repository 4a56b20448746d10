//! What a store refuses for now is sent again, up to a fixed number of times; a worker that gives up leaves the rest to
//! the next one.

use std::time::Duration;

use audit_compact::{CompactError, PassReport};
use audit_core::Head;
use audit_segments::SegmentError;
use audit_tables::{TablesError, WholeLedger, Written};
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::faults::{Fault, FaultLayer, Refusal};
use futures::future::{join, join_all};
use tokio::time::Instant;

use super::worker;
use crate::scene::{Scene, events};

/// A pass whose first `attempts` of an operation are refused, which are `times` requests; in each case another pass
/// completes everything.
async fn put_off(
    scene: Scene<'_>,
    times: usize,
    attempts: usize,
    operation: &'static str,
    refusal: Refusal,
) -> Result<PassReport, CompactError> {
    let layer = FaultLayer::with_first(attempts, operation, Fault::Refused(refusal));
    let outcome = worker(&scene, &layer).pass(&scene.org_id, true, None).await;
    let sent = layer.calls().iter().filter(|call| call.name() == operation).count();
    assert!(sent >= times, "{sent} of {operation}");
    let when = format!("{times} x {refusal:?}");
    scene.check(&when).await;
    scene.check_settled(&when).await;
    outcome
}

/// Attempts that the SDK makes of one request.
const SDK_ATTEMPTS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deletes_that_are_put_off_nine_times_are_applied_and_ten_times_stop_the_pass() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let pass = async |times: usize, refusal: Refusal, attempts: usize| {
        let scene = Scene::set(&stack, &api, &format!("put-off-{refusal:?}-{times}")).await;
        Box::pin(put_off(scene, times, times * attempts, "BatchWriteItem", refusal)).await
    };
    // Every key returned as unprocessed; the whole request throttled.
    let outcomes = join_all([
        pass(9, Refusal::Unprocessed, 1),
        pass(10, Refusal::Unprocessed, 1),
        pass(9, Refusal::Throttled, SDK_ATTEMPTS),
        pass(10, Refusal::Throttled, SDK_ATTEMPTS),
    ]);
    let outcomes: [_; 4] = outcomes.await.try_into().unwrap();
    for (nine, ten) in outcomes.chunks(2).map(|two| (&two[0], &two[1])) {
        assert_eq!(nine.as_ref().unwrap().rows, 9);
        let stopped = matches!(ten, Err(CompactError::Tables(error)) if error.is_throttle());
        assert!(stopped, "{ten:?}");
    }
}

/// A conflict with another transaction does not mean that the head has changed: the other one may fail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_the_ledger_in_conflict_four_times_are_applied_and_five_times_stop_the_pass_for_that_reason() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for operation in ["TransactWriteItems", "PutItem"] {
        let pass = async |times: usize| {
            let scene = Scene::set(&stack, &api, &format!("{operation}-{times}")).await;
            Box::pin(put_off(scene, times, times, operation, Refusal::Conflict)).await
        };
        let (four, five) = join(pass(4), pass(5)).await;
        assert_eq!(four.unwrap().rows, 9, "{operation}");
        let stopped = matches!(&five, Err(CompactError::Tables(TablesError::Conflict { operation: met, .. })) if *met == operation);
        assert!(stopped, "{five:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_in_conflict_four_times_is_made_and_five_times_stops_the_pass() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let pass = async |times: usize| {
        let (org, stack) = (format!("conflict-{times}"), &stack);
        api.provision(&org).await;
        // One segment.
        api.record(&org, &events(10..11, 0..3)).await;
        let mut scene = Scene { stack, api: api.clone(), org_id: audit_tests::org(&org), stored: Vec::new() };
        scene.stored = scene.walk("oldest", 1_000).await;
        assert_eq!(scene.stored.len(), 3);
        Box::pin(put_off(scene, times, times, "CopyObject", Refusal::Conflict)).await
    };
    let start = Instant::now();
    let (four, five) = join(pass(4), pass(5)).await;
    // 200 ms before the second try, and as much more before each further one.
    assert!(start.elapsed() >= Duration::from_millis(200 + 400 + 600 + 800), "{:?}", start.elapsed());
    assert_eq!(four.unwrap().rows, 3);
    assert!(
        matches!(five, Err(CompactError::Segment(SegmentError::Failed { operation: "CopyObject", .. }))),
        "{five:?}"
    );
}

/// Reads a ledger whose head changes during this many reads.
async fn read_while_it_changes(stack: &TestStack, org: &str, times: u64) -> Result<WholeLedger, TablesError> {
    Api::of(stack).provision(org).await;
    let (org_id, tables) = (audit_tests::org(org), stack.tables());
    let mut head = Head::default();
    let layer = FaultLayer::default();
    let (watched, _) = layer.clients(stack);
    let change = async |head: &mut Head| {
        let next = Head { version: head.version + 1, ..head.clone() };
        assert_eq!(tables.ledger.replace_head(&org_id, head, &next).await.unwrap(), Written::Applied);
        *head = next;
    };
    change(&mut head).await;
    // Head, claims, batches, merges, segments, and the head again.
    layer.allow(5);
    let reading = tokio::spawn({
        let org_id = org_id.clone();
        async move { watched.ledger.whole(&org_id).await }
    });
    for _ in 0..times {
        layer.until_held(|| reading.is_finished()).await;
        change(&mut head).await;
        layer.allow(6);
    }
    layer.until_held(|| reading.is_finished()).await;
    layer.allow_all();
    reading.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_changes_nineteen_times_is_read_and_twenty_times_is_an_error() {
    let stack = TestStack::start().await;
    let read = read_while_it_changes(&stack, "nineteen", 19).await.unwrap();
    assert_eq!(read.head.map(|head| head.version), Some(20));
    assert!(matches!(read_while_it_changes(&stack, "twenty", 20).await, Err(TablesError::KeepsChanging { .. })));
}
