//! A hot row in the partition of another org is not an event of that org.

use audit_local::stack::table_names;
use audit_tests::api::Api;
use audit_tests::walk::Search;
use audit_tests::{TestStack, org};
use aws_sdk_dynamodb::types::AttributeValue;

use crate::routes::EVENT;

/// No program writes such a row; an operator with a console could.
#[tokio::test]
async fn the_key_alone_says_whose_a_hot_row_is_and_what_its_attributes_say_counts_for_nothing() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for name in ["acme", "other"] {
        api.provision(name).await;
    }
    let id = api.record("acme", &[EVENT.to_owned()]).await.remove(0).0;
    let id = id.parse::<audit_core::EventId>().unwrap();
    let key = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
    let (pk, sk) =
        (key("pk", audit_tables::keys::partition(&org("acme"), id.shard())), key("sk", audit_tables::keys::event(id)));
    let dynamodb = stack.dynamodb();
    let table = table_names().events;
    let row = dynamodb.get_item().table_name(&table).set_key(Some([pk, sk].into())).send().await.unwrap().item.unwrap();
    let mut claims = row.clone();
    claims.extend([key("org_id", "other".to_owned())]);
    dynamodb.put_item().table_name(&table).set_item(Some(claims)).send().await.unwrap();

    assert_eq!(Search::new("other", "").walk(&api, 50).await.len(), 0);
    let found = Search::new("acme", "").walk(&api, 50).await;
    assert!(found.iter().all(|event| event["org_id"] == "acme"), "{found:?}");
}
