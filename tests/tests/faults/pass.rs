//! An archive pass, with a fault in each of its requests in turn.

use audit_compact::Compactor;
use audit_tests::TestStack;
use audit_tests::api::Api;

use crate::column::{COLUMNS, Column, Tally, table};
use crate::scene::Scene;

/// Repeats a pass with a fault of one kind in each of its requests in turn.
async fn each_request(stack: &TestStack, api: &Api, column: Column) -> Tally {
    let mut tally = Tally::default();
    for number in 0.. {
        let scene = Scene::set(stack, api, &format!("{}-{number}", column.name)).await;
        let layer = column.at(number);
        let (tables, archive) = layer.clients(stack);
        let worker = Compactor::new(tables, archive, stack.clock.clone(), None).signing(layer.signer(stack));
        let outcome = layer.run(worker.pass(&scene.org_id, true, None)).await;
        drop(worker);
        let Some(call) = layer.met() else { break };
        let when = format!("{} at request {number}, {}", column.name, call.name());
        // Otherwise it may succeed, fail or not end at all: only what it leaves counts.
        assert!(!column.is_survived() || matches!(outcome, Some(Ok(_))), "{when}: {outcome:?}");
        scene.check(&when).await;
        scene.pass().await;
        layer.land().await;
        scene.check_settled(&when).await;
        tally.add(call, column);
    }
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_pass_survives_every_fault_of_every_request() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let tally = table(|column| each_request(&stack, &api, column)).await;
    let total = tally.print("archive pass");
    tally.covers(&[
        "GetItem",
        "Query",
        "PutObject",
        "TransactWriteItems",
        "CopyObject",
        "HeadObject",
        "GetObject",
        "PutItem",
        "BatchWriteItem",
        "GetPublicKey",
        "Sign",
    ]);
    assert!(total > 35 * COLUMNS.len());
}
