//! A lost ledger is rebuilt from the bucket, with a fault in each of the requests in turn.

use audit_recovery::rebuild::rebuild;
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::lost::lose_ledger;

use crate::column::{Column, Tally, table};
use crate::scene::{Scene, events};

/// Repeats a rebuild with a fault of one kind in each of its requests in turn.
async fn each_request(stack: &TestStack, api: &Api, column: Column) -> Tally {
    let mut tally = Tally::default();
    for number in 0.. {
        let org = format!("{}-{number}", column.name);
        let scene = Scene::set(stack, api, &org).await;
        scene.pass().await;
        // Repeats of what both batches contain wait for the pass after the rebuild.
        api.record(&org, &[events(10..11, 0..2), events(13..14, 3..5)].concat()).await;
        lose_ledger(stack, &scene.org_id).await;
        let layer = column.at(number);
        let (tables, archive) = layer.clients(stack);
        let outcome = layer.run(Box::pin(rebuild(&tables, &archive, &scene.org_id, false))).await;
        let Some(call) = layer.met() else { break };
        let when = format!("{} at request {number}, {}", column.name, call.name());
        assert!(!column.is_survived() || matches!(outcome, Some(Ok(_))), "{when}: {outcome:?}");
        rebuild(stack.tables(), stack.archive(), &scene.org_id, false).await.unwrap();
        // The late requests are applied to a ledger that is complete again.
        layer.land().await;
        scene.check(&when).await;
        let report = scene.pass().await;
        assert_eq!((report.rows, report.repeated_rows, report.rows_quarantined), (0, 4, 0), "{when}");
        scene.check_settled(&when).await;
        tally.add(call, column);
    }
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_of_a_lost_ledger_survives_every_fault_of_every_request() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let tally = table(|column| each_request(&stack, &api, column)).await;
    tally.print("rebuild of a ledger of two batches");
    tally.covers(&["ListObjectsV2", "GetObject", "GetItem", "Query", "PutItem", "PutObject", "TransactWriteItems"]);
}
