//! Readers between every two steps of a pass.

use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;

use super::start;
use crate::scene::Scene;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_between_any_two_requests_of_a_pass_sees_every_event_once() {
    let stack = TestStack::start().await;
    let mut scene = Scene::set(&stack, &Api::of(&stack), "acme").await;
    let layer = FaultLayer::default();
    layer.allow(0);
    let pass = start(&scene, &layer);
    let mut steps = 0;
    loop {
        layer.until_held(|| pass.is_finished()).await;
        if pass.is_finished() {
            break;
        }
        // One reader has cached the ledger, the other one is fresh.
        scene.check(&format!("before request {steps}")).await;
        let kept = std::mem::replace(&mut scene.api, Api::of(&stack));
        scene.check(&format!("before request {steps}, fresh")).await;
        scene.api = kept;
        steps += 1;
        layer.allow(1);
    }
    pass.await.unwrap().unwrap();
    audit_tests::figures::tell(format_args!("reader between two requests of a pass: {steps} steps"));
    assert!(steps > 30);
    scene.check_settled("after it").await;
}
