//! An item of the orgs table that cannot be read.

use audit_local::stack::table_names;
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::walk::Search;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::StatusCode;

use crate::events;

#[tokio::test]
async fn a_malformed_org_is_500_since_no_repeat_of_the_request_helps_and_other_orgs_answer() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for org in ["acme", "broken"] {
        api.provision(org).await;
    }
    api.record("acme", &events(22, 3)).await;
    let text = |name: &str, text: &str| (name.to_owned(), AttributeValue::S(text.to_owned()));
    let item =
        [text("org_id", "broken"), text("name", "Broken"), text("status", "active"), text("updated_at", "never")];
    let put = stack.dynamodb().put_item().table_name(table_names().orgs).set_item(Some(item.into()));
    put.send().await.unwrap();

    let event = || events(22, 1).remove(0);
    for answer in [
        api.get("/v1/orgs/broken").await,
        api.get("/v1/orgs/broken/events").await,
        api.get("/v1/orgs/broken/events/0193535e-9e4b-774b-8000-000000000005").await,
        api.post("/v1/orgs/broken/events", event()).await,
    ] {
        assert_eq!((answer.status, answer.problem()), (StatusCode::INTERNAL_SERVER_ERROR, "internal".to_owned()));
        assert!(!answer.headers.contains_key("retry-after"), "{}", answer.text);
    }
    assert_eq!(Search::new("acme", "").walk(&api, 50).await.len(), 3);
    assert_eq!(api.post("/v1/orgs/acme/events", events(21, 1).remove(0)).await.status, StatusCode::CREATED);
    // The pass does not need it.
    assert_eq!(api.archive().await.len(), 2);
}
