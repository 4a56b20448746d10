//! Events written manually, and the proof that each is returned: by search, by id and by its own filters, hot and
//! archived.

use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::exact::{ExactEvent, compact, percent_encoded};
use audit_tests::walk::Search;
use serde_json::{Value, json};

/// The org of these tests.
pub(crate) const ORG: &str = "acme";

/// A text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// An event whose details are given as JSON text, and whose actor and target have these ids.
pub(crate) fn event(actor_id: &str, target_id: &str, details: &str) -> String {
    let (actor_id, target_id) = (quoted(actor_id), quoted(target_id));
    format!(
        r#"{{"occurred_at":"2026-11-22T10:15:30.123456Z","actor":{{"id":{actor_id}}},"action":"odd.stored","target":{{"id":{target_id}}},"result":"succeeded","details":{details}}}"#
    )
}

/// A stack with the org.
pub(crate) async fn start() -> (TestStack, Api) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision(ORG).await;
    (stack, api)
}

/// Records events one by one; returns what the search returns of each, in the order in which they were sent.
///
/// # Guarantees
///
/// Each text is the same by search and by id, hot and archived, and in both orders.
pub(crate) async fn recorded(api: &Api, events: &[String]) -> Vec<ExactEvent> {
    let mut ids = Vec::new();
    for event in events {
        let answer = api.post(&format!("/v1/orgs/{ORG}/events"), event.clone()).await;
        assert_eq!(answer.status.as_u16(), 201, "{event}: {}", answer.text);
        ids.push(answer.json()["events"][0]["id"].as_str().unwrap().to_owned());
    }
    let hot = found(api, &ids).await;
    assert_eq!(api.archive().await[0]["rows"], events.len());
    assert_eq!(found(api, &ids).await, hot, "the archive returns what the hot rows returned");
    hot
}

async fn found(api: &Api, ids: &[String]) -> Vec<ExactEvent> {
    let mut oldest = Search::new(ORG, "order=oldest").walk_exactly(api, 7).await.events;
    let newest = Search::new(ORG, "").walk_exactly(api, 1000).await.events;
    assert!(oldest.iter().eq(newest.iter().rev()), "both orders return the same texts");
    let mut found = Vec::new();
    for id in ids {
        let at = oldest.iter().position(|event| event.id.to_string() == *id).unwrap();
        let event = oldest.swap_remove(at);
        assert_eq!(api.get(&format!("/v1/orgs/{ORG}/events/{id}")).await.text, event.text);
        found.push(event);
    }
    assert_eq!(oldest, [], "nothing else is stored");
    found
}

/// Records events that differ only by their details, and compares these.
pub(crate) async fn details_come_back(details: &[String]) {
    let (_stack, api) = start().await;
    let events: Vec<_> = details.iter().map(|details| event("a", "t", details)).collect();
    for (found, sent) in recorded(&api, &events).await.iter().zip(details) {
        assert_eq!(found.json("/details"), compact(sent));
    }
}

/// The events that the filter `name=value` finds.
pub(crate) async fn filtered(api: &Api, name: &str, value: &str) -> Vec<ExactEvent> {
    Search::new(ORG, &format!("{name}={}", percent_encoded(value))).walk_exactly(api, 50).await.events
}

/// Asserts that an event is refused for one error; returns (pointer, found, allowed).
pub(crate) async fn assert_refused(api: &Api, event: &str, pointer: &str, allowed: &str) {
    let answer = api.post(&format!("/v1/orgs/{ORG}/events"), event.to_owned()).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (400, "invalid-request"), "{event}");
    let faults = answer.json()["errors"].clone();
    assert_eq!((&faults[0]["pointer"], &faults[1]), (&json!(pointer), &Value::Null), "{faults}");
    assert!(faults[0]["allowed"].as_str().unwrap().contains(allowed), "{faults}");
}
