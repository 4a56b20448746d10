//! Orgs whose ids have the same prefix, or look like a part of a key: each sees its own events, hot and archived.

use audit_tests::api::Api;
use audit_tests::walk::Search;
use audit_tests::{TestStack, org};
use axum::http::StatusCode;
use serde_json::json;

/// Ids of which one is the beginning of another, and names that occur in keys of the stores.
const NAMES: &[&str] = &[
    "a", "ab", "abc", "a-", "a--", "a_", "a-b", "a_b", "a0", "a1", "a2", "a3", "0", "00", "-", "_", "head", "batch",
    "seg", "folded", "staging", "events", "month", "org_id", "v1", "orgs",
];

/// As many events as the org's place in the list, none without any; the actor's id identifies the org.
fn events(place: usize) -> Vec<String> {
    let event = |n| {
        let (day, name) = (20 + n % 3, NAMES[place]);
        format!(
            r#"{{"occurred_at":"2026-11-{day}T10:00:{n:02}Z","actor":{{"id":"usr_of_{name}"}},"action":"a.b","target":{{"id":"shared"}},"result":"succeeded"}}"#
        )
    };
    (0..=place).map(event).collect()
}

async fn assert_each_sees_its_own(api: &Api, state: &str, times: usize) {
    for (place, name) in NAMES.iter().enumerate() {
        for query in ["", "order=oldest", "target=shared", "from=2026-11-20T00:00:00Z&to=2026-11-23T00:00:00Z"] {
            let found = Search::new(name, query).walk(api, 7).await;
            assert_eq!(found.len(), times * (place + 1), "{state} {name} {query}");
            let own = json!(format!("usr_of_{name}"));
            assert!(
                found.iter().all(|event| event["actor"]["id"] == own && event["org_id"] == *name),
                "{state} {name} {query}"
            );
        }
        for other in NAMES.iter().filter(|other| *other != name) {
            let found = api.get(&format!("/v1/orgs/{name}/events?actor=usr_of_{other}")).await;
            assert_eq!(found.json()["events"], json!([]), "{state} {name} {other}");
        }
    }
}

#[tokio::test]
async fn orgs_whose_ids_begin_alike_see_their_own_events_hot_archived_and_in_both_tiers() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for (place, name) in NAMES.iter().enumerate() {
        api.provision(name).await;
        api.record(name, &events(place)).await;
    }
    assert_each_sees_its_own(&api, "hot", 1).await;
    let reports = api.archive().await;
    for (place, name) in NAMES.iter().enumerate() {
        let report = reports.iter().find(|report| report["org_id"] == *name).unwrap();
        assert_eq!(
            (report["rows"].as_u64(), report["first_seq"].as_u64()),
            (Some(place as u64 + 1), Some(0)),
            "{name}"
        );
        assert_eq!(stack.tables().events.waiting(&org(name), 1).await.unwrap(), 0, "{name}");
    }
    assert_each_sees_its_own(&api, "archived", 1).await;
    for (place, name) in NAMES.iter().enumerate() {
        api.record(name, &events(place)).await;
    }
    assert_each_sees_its_own(&api, "in both tiers", 2).await;
}

#[tokio::test]
async fn archiving_one_org_leaves_the_rows_of_an_org_whose_id_begins_with_its_own() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for (place, name) in NAMES.iter().enumerate().take(6) {
        api.provision(name).await;
        api.record(name, &events(place)).await;
    }
    let report = stack.compactor().pass(&org("a"), true, None).await.unwrap();
    assert_eq!(report.rows, 1);
    for (place, name) in NAMES.iter().enumerate().take(6).skip(1) {
        assert_eq!(stack.tables().events.waiting(&org(name), 100).await.unwrap(), place as u64 + 1, "{name}");
    }
}

#[tokio::test]
async fn an_id_that_differs_by_case_alone_is_no_way_into_another_org() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let id = api.record("acme", &events(0)).await.remove(0).0;
    for name in ["ACME", "Acme", "acmE"] {
        assert_eq!(
            api.put(&format!("/v1/orgs/{name}"), r#"{"name":"x","plan":"enterprise"}"#).await.problem(),
            "org-id-taken"
        );
        for path in ["", "/events", &format!("/events/{id}")] {
            let answer = api.get(&format!("/v1/orgs/{name}{path}")).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::NOT_FOUND, "unknown-org"),
                "{name}{path}"
            );
        }
    }
}

/// The item that reserves an id against one that differs by case is stored with the orgs; it is not an org.
#[tokio::test]
async fn an_id_with_a_character_that_keys_use_is_refused_and_leads_nowhere() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    for name in [
        "folded%23acme",
        "acme%230",
        "acme%23",
        "acme%2Fx",
        "acme%2F..%2Facme",
        "%2e%2e",
        "acme%00",
        "acme%20",
        "%C3%A1cme",
        "acme%EF%BC%83",
    ] {
        for path in ["", "/events", "/events/0193535e-9e4b-774b-8000-000000000005"] {
            let answer = api.get(&format!("/v1/orgs/{name}{path}")).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::BAD_REQUEST, "invalid-request"),
                "{name}{path}"
            );
        }
        assert_eq!(
            api.put(&format!("/v1/orgs/{name}"), r#"{"name":"x","plan":"enterprise"}"#).await.status,
            StatusCode::BAD_REQUEST,
            "{name}"
        );
    }
}
