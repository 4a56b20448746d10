//! Another item is stored in the ledger where the next batch belongs.

use audit_compact::CompactError;
use audit_local::stack::table_names;
use audit_tables::keys;
use audit_tests::TestStack;
use audit_tests::api::Api;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::scene::Scene;

/// I-9. No worker raised the head, so starting again would never end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_the_head_does_not_count_stops_the_org_and_moves_nothing() {
    let stack = TestStack::start().await;
    let scene = Scene::set(&stack, &Api::of(&stack), "acme").await;
    let (tables, dynamodb) = (stack.tables(), stack.dynamodb());
    let next = tables.ledger.head(&scene.org_id).await.unwrap().next_seq;
    let stray = [("org_id", "acme".to_owned()), ("sk", keys::batch(next))];
    let stray = stray.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
    let put = dynamodb.put_item().table_name(table_names().ledger).set_item(Some(stray.clone().into()));
    put.send().await.unwrap();

    let stopped = stack.compactor().pass(&scene.org_id, true, None).await.unwrap_err();
    assert!(matches!(stopped, CompactError::LedgerStray(seq) if seq == next), "{stopped}");
    assert!(scene.walk("oldest", 1_000).await == scene.stored);
    assert_eq!(tables.events.waiting(&scene.org_id, 1_000).await.unwrap(), 9);

    let delete = dynamodb.delete_item().table_name(table_names().ledger).set_key(Some(stray.into()));
    delete.send().await.unwrap();
    scene.check_settled("taken away").await;
}
