//! Requests that are applied after their author has given up.

use audit_http::{CallerSource, service};
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::faults::{Fault, FaultLayer, Repeats};
use axum::http::StatusCode;

use super::{request, worker};
use crate::scene::{Scene, events};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_lands_after_its_author_gave_up_is_finished_or_loses() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let commit = request(&Scene::set(&stack, &api, "twin").await, "TransactWriteItems", 0).await;
    for others_first in [false, true] {
        let scene = Scene::set(&stack, &api, &format!("acme-{others_first}")).await;
        let layer = FaultLayer::with(commit, Fault::Late, Repeats::Always);
        worker(&scene, &layer).pass(&scene.org_id, true, None).await.unwrap_err();
        if others_first {
            assert_eq!(scene.pass().await.rows, 9);
            layer.land().await;
            scene.check("it lost").await;
            assert_eq!(scene.pass().await.recovered_batches, 0);
        } else {
            layer.land().await;
            scene.check("it landed").await;
            let report = scene.pass().await;
            assert_eq!((report.recovered_batches, report.rows), (1, 0));
        }
        scene.check_settled("after both").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_put_that_lands_after_two_passes_is_archived_once() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let mut scene = Scene::set(&stack, &api, "acme").await;
    // Request 0 reads the org's plan, request 1 is the put.
    let layer = FaultLayer::with(1, Fault::Late, Repeats::Always);
    let (tables, _) = layer.clients(&stack);
    let faulty = Api::new(service::framed(audit_ingest::routes(tables, stack.clock.clone()), CallerSource::Local));
    let event = events(11..12, 30..31).remove(0);
    let answer = faulty.post("/v1/orgs/acme/events", event.clone()).await;
    assert_eq!((answer.status, layer.met().unwrap().name()), (StatusCode::SERVICE_UNAVAILABLE, "PutItem"));
    scene.pass().await;
    // Sent again, it is acknowledged, and archived; then the first request is applied too.
    api.record("acme", std::slice::from_ref(&event)).await;
    scene.stored = scene.walk("oldest", 1_000).await;
    assert_eq!(scene.stored.len(), 16);
    scene.pass().await;
    layer.land().await;
    let outside = scene.check("it landed").await;
    assert_eq!((outside.hot.len(), outside.archived.len()), (1, 16));
    assert_eq!(scene.pass().await.repeated_rows, 1);
    scene.check_settled("after it").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_that_lands_late_removes_a_repeat_at_most() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    // The first BatchWriteItem deletes rows archived before; the second, rows of the pass's own batch.
    let delete = request(&Scene::set(&stack, &api, "twin").await, "BatchWriteItem", 1).await;
    let scene = Scene::set(&stack, &api, "acme").await;
    let layer = FaultLayer::with(delete, Fault::Late, Repeats::Always);
    worker(&scene, &layer).pass(&scene.org_id, true, None).await.unwrap_err();
    scene.pass().await;
    // The rows are stored again, and the delete finds them.
    api.record("acme", &events(11..14, 3..6)).await;
    assert_eq!(scene.check("repeated").await.hot.len(), 9);
    layer.land().await;
    let outside = scene.check("it landed").await;
    assert!(outside.hot.len() < 9 && outside.archived.len() == 15);
    scene.check_settled("after it").await;
}
