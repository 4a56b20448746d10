//! Responses that are lost, and a process that ends half-way.

use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::faults::{Fault, FaultLayer, Repeats};

use super::{request, worker};
use crate::scene::{Scene, events};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_finished_from_the_ledger() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let commit = request(&Scene::set(&stack, &api, "twin").await, "TransactWriteItems", 0).await;
    let scene = Scene::set(&stack, &api, "acme").await;
    let layer = FaultLayer::with(commit, Fault::Lost, Repeats::Always);
    // The SDK repeats it with the same token, or the condition fails: either way the worker reads the head and
    // continues, or leaves the batch to the next pass.
    let _outcome = worker(&scene, &layer).pass(&scene.org_id, true, None).await;
    scene.check("committed").await;
    assert_eq!(scene.pass().await.rows, 0, "the rows are committed already");
    scene.check_settled("after it").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publish_stopped_after_half_its_copies_is_finished_and_seen_whole() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let second_copy = request(&Scene::set(&stack, &api, "twin").await, "CopyObject", 1).await;
    let scene = Scene::set(&stack, &api, "acme").await;
    let layer = FaultLayer::with(second_copy, Fault::Stopped { applied: true }, Repeats::Once);
    assert!(layer.run(worker(&scene, &layer).pass(&scene.org_id, true, None)).await.is_none());
    let outside = scene.check("half copied").await;
    assert_eq!(outside.archived.len(), 6, "no reader reads the batch yet");
    let report = scene.pass().await;
    assert_eq!((report.recovered_batches, report.rows), (1, 0));
    scene.check_settled("after it").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_whose_rows_were_all_archived_before_is_no_batch() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let scene = Scene::set(&stack, &api, "acme").await;
    scene.pass().await;
    let head = stack.tables().ledger.head(&scene.org_id).await.unwrap();
    api.record("acme", &events(11..14, 3..6)).await;
    let report = scene.pass().await;
    assert_eq!((report.rows, report.segments, report.repeated_rows), (0, 0, 9));
    assert_eq!(stack.tables().ledger.head(&scene.org_id).await.unwrap().next_seq, head.next_seq);
    scene.check_settled("after it").await;
}
