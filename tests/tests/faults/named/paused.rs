//! A worker that sleeps while others continue.

use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;

use super::{request, start};
use crate::scene::{Scene, events};

/// Others archive what is stored, and two more batches; the late events are among those that are archived.
async fn others_go_on(scene: &mut Scene<'_>) {
    scene.pass().await;
    for (months, second) in [(12..14, 20), (13..15, 21)] {
        scene.api.record(scene.org_id.as_str(), &events(months, second..second + 1)).await;
        scene.pass().await;
    }
    scene.stored = scene.walk("oldest", 1_000).await;
    assert_eq!(scene.stored.len(), 15 + 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_paused_before_any_request_wakes_after_three_other_batches_and_ends_quietly() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let mut paused = 0;
    for requests in 0.. {
        let mut scene = Scene::set(&stack, &api, &format!("paused-{requests}")).await;
        let layer = FaultLayer::default();
        layer.allow(requests);
        let pass = start(&scene, &layer);
        layer.until_held(|| pass.is_finished()).await;
        if pass.is_finished() {
            break;
        }
        others_go_on(&mut scene).await;
        let when = format!("paused before request {requests}");
        scene.check(&when).await;
        layer.allow_all();
        pass.await.unwrap().unwrap();
        scene.check(&when).await;
        scene.check_settled(&when).await;
        paused += 1;
    }
    audit_tests::figures::tell(format_args!("paused worker: {paused} pauses"));
    assert!(paused > 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_workers_that_staged_different_rows_for_the_same_number_one_commits() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let commit = request(&Scene::set(&stack, &api, "twin").await, "TransactWriteItems", 0).await;
    let mut scene = Scene::set(&stack, &api, "acme").await;
    let layer = FaultLayer::default();
    layer.allow(commit);
    let loser = start(&scene, &layer);
    layer.until_held(|| loser.is_finished()).await;
    assert!(!loser.is_finished(), "it has staged its rows and not committed yet");
    api.record("acme", &events(14..15, 0..2)).await;
    scene.stored = scene.walk("oldest", 1_000).await;
    let winner = scene.pass().await;
    assert_eq!(winner.rows, 11, "the rows of the other worker, and two more");
    layer.allow_all();
    let report = loser.await.unwrap().unwrap();
    assert_eq!((report.rows, report.segments), (0, 0), "it ends quietly");
    scene.check_settled("after both").await;
}
