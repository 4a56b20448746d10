//! The key of an org's ids: made once, kept by every later update, and copied from a lost table.

use audit_http::{CallerSource, service};
use audit_local::stack::table_names;
use audit_tests::acme::{ORG, acme, event};
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;
use audit_tests::walk::Search;
use audit_tests::{TestStack, org};
use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::StatusCode;

use crate::log::Log;

const AT: &str = "2026-11-22T10:00:00Z";

/// Records the event of a key in the org; returns its id and its status.
async fn record(api: &Api, key: usize) -> (String, String) {
    api.record(ORG, &[event(AT, key)]).await.remove(0)
}

/// The stored text of the org's key.
async fn stored_key(stack: &TestStack) -> Option<String> {
    let get = stack.dynamodb().get_item().table_name(table_names().orgs);
    let item = get.key("org_id", AttributeValue::S(ORG.to_owned())).send().await.unwrap().item?;
    item.get("id_key").map(|key| key.as_s().unwrap().clone())
}

/// Writes only the key into the org's item, as the runbook does.
async fn copy_key(stack: &TestStack, key: String) {
    let update = stack.dynamodb().update_item().table_name(table_names().orgs);
    let update = update.key("org_id", AttributeValue::S(ORG.to_owned())).update_expression("SET id_key = :key");
    update.expression_attribute_values(":key", AttributeValue::S(key)).send().await.unwrap();
}

async fn lose_orgs(stack: &TestStack) {
    for id in [ORG.to_owned(), format!("folded#{ORG}")] {
        let delete = stack.dynamodb().delete_item().table_name(table_names().orgs);
        delete.key("org_id", AttributeValue::S(id)).send().await.unwrap();
    }
    assert!(stack.tables().orgs.get(&acme()).await.unwrap().is_none());
}

#[tokio::test]
async fn equal_events_have_one_id_in_an_org_and_another_where_the_org_has_another_key() {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let stack = TestStack::start().await;
        let api = Api::of(&stack);
        api.provision(ORG).await;
        let (id, status) = record(&api, 1).await;
        assert_eq!(status, "created");
        assert_eq!(record(&api, 1).await, (id.clone(), "duplicate".to_owned()));
        ids.push(id);
    }
    assert_ne!(ids[0], ids[1], "a caller that knows the content of an event could compute its id");
}

#[tokio::test]
async fn a_registration_again_and_a_change_of_plan_keep_the_key() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision(ORG).await;
    let (first, key) = (record(&api, 1).await.0, stored_key(&stack).await);
    assert!(key.is_some());
    for plan in ["enterprise", "team", "enterprise"] {
        let update = api.put("/v1/orgs/acme", &format!(r#"{{"name":"Acme","plan":"{plan}"}}"#)).await;
        assert_eq!(update.status, StatusCode::OK);
        assert_eq!(stored_key(&stack).await, key, "{plan}");
    }
    // A new instance has cached nothing.
    let ingest =
        service::framed(audit_ingest::routes(stack.tables().clone(), stack.clock.clone()), CallerSource::Local);
    assert_eq!(record(&Api::new(ingest), 1).await, (first, "duplicate".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_concurrent_registrations_end_with_one_key_that_both_use() {
    for other in [
        r#"{"name":"A","plan":"enterprise"}"#,
        r#"{"name":"A","plan":"enterprise","updated_at":"2026-11-23T09:00:00Z"}"#,
    ] {
        let stack = TestStack::start().await;
        let layer = FaultLayer::default();
        let (tables, _) = layer.clients(&stack);
        let paused = Api::new(service::framed(audit_ingest::routes(tables, stack.clock.clone()), CallerSource::Local));
        // The reserved id and the read of the org.
        layer.allow(2);
        let registering = {
            let paused = paused.clone();
            let later = r#"{"name":"B","plan":"enterprise","updated_at":"2026-11-23T10:00:00Z"}"#;
            tokio::spawn(async move { paused.put("/v1/orgs/acme", later).await })
        };
        layer.until_held(|| registering.is_finished()).await;
        let api = Api::of(&stack);
        assert_eq!(api.put("/v1/orgs/acme", other).await.status, StatusCode::OK);
        let (first, key) = (record(&api, 1).await, stored_key(&stack).await);
        layer.allow_all();
        registering.await.unwrap();
        assert_eq!(stored_key(&stack).await, key);
        assert_eq!(first.1, "created");
        assert_eq!(record(&paused, 1).await, (first.0, "duplicate".to_owned()), "after {other}");
    }
}

#[tokio::test]
async fn with_the_key_of_a_lost_table_a_repeat_of_an_earlier_event_is_no_second_event() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision(ORG).await;
    let (archived, key) = (record(&api, 1).await.0, stored_key(&stack).await.unwrap());
    api.archive().await;
    let hot = record(&api, 2).await.0;
    lose_orgs(&stack).await;
    copy_key(&stack, key).await;
    // Until the platform registers the org again, it is unknown, and passes archive its rows.
    stack.clock.set("2026-11-23T12:02:00Z");
    assert_eq!(api.get("/v1/orgs/acme").await.problem(), "unknown-org");
    assert_eq!(api.get("/v1/orgs/acme/events").await.problem(), "unknown-org");
    api.provision(ORG).await;
    assert_eq!(record(&api, 1).await.0, archived);
    assert_eq!(record(&api, 2).await, (hot.clone(), "duplicate".to_owned()));
    for _ in 0..2 {
        let mut found = Search::new(ORG, "").walk(&api, 50).await;
        let mut ids: Vec<_> = found.drain(..).map(|event| event["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        let mut expected = vec![archived.clone(), hot.clone()];
        expected.sort();
        assert_eq!(ids, expected);
        api.archive().await;
    }
}

#[tokio::test]
async fn an_org_without_its_key_is_malformed_and_gets_no_other_one() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for damage in ["REMOVE id_key", "SET id_key = org_id"] {
        api.provision(ORG).await;
        let key = stored_key(&stack).await.unwrap();
        let update = stack.dynamodb().update_item().table_name(table_names().orgs).update_expression(damage);
        update.key("org_id", AttributeValue::S(ORG.to_owned())).send().await.unwrap();
        stack.clock.set("2026-11-23T12:02:00Z");
        for answer in [
            api.get("/v1/orgs/acme").await,
            api.get("/v1/orgs/acme/events").await,
            api.post("/v1/orgs/acme/events", event(AT, 1)).await,
            api.put("/v1/orgs/acme", r#"{"name":"Acme","plan":"enterprise"}"#).await,
        ] {
            assert_eq!((answer.status, answer.problem()), (StatusCode::INTERNAL_SERVER_ERROR, "internal".to_owned()));
        }
        let item = stack.tables().orgs.keyed(&org(ORG)).await.unwrap_err().to_string();
        assert_eq!(item, "the item acme of the orgs table is malformed: id_key", "{damage}");
        copy_key(&stack, key).await;
    }
}

/// On one thread, so that the log of this test is all that is collected.
#[tokio::test]
async fn the_key_is_in_no_response_and_no_log() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::DEBUG).with_writer(log.clone());
    let _collected = tracing::subscriber::set_default(subscriber.finish());
    let update = r#"{"name":"Acme","plan":"enterprise","updated_at":"2026-11-23T10:00:00Z"}"#;
    let older = r#"{"name":"Acme","plan":"team","updated_at":"2026-11-23T09:00:00Z"}"#;
    let mut seen = String::new();
    for answer in [
        api.put("/v1/orgs/acme", update).await,
        api.put("/v1/orgs/acme", older).await,
        api.get("/v1/orgs/acme").await,
        api.post("/v1/orgs/acme/events", event(AT, 1)).await,
        api.get("/v1/orgs/acme/events").await,
    ] {
        seen += &answer.text;
    }
    seen += &log.take();
    let key = stored_key(&stack).await.unwrap();
    assert!(seen.contains("acme") && !seen.contains(&key), "the key is in: {seen}");
}
