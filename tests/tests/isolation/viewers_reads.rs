//! What a viewer reads is recorded as an event of the org, once for each filter of a session.

use audit_core::limits::SESSION_READS;
use audit_local::stack::table_names;
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::viewer::Viewer;
use audit_tests::walk::Search;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::StatusCode;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::routes::EVENT;

const SESSION: &str = r#"{"viewer":{"id":"usr_17","name":"Ada Lovelace","email":"ada@x.y"}}"#;

async fn start() -> (TestStack, Api, String) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let id = api.record("acme", &[EVENT.to_owned()]).await.remove(0).0;
    (stack, api, id)
}

/// The events of the log about itself with this action, oldest first.
async fn own_events(api: &Api, action: &str) -> Vec<Value> {
    let mut events = Search::new("acme", &format!("order=oldest&action=audit_log.{action}")).walk(api, 50).await;
    events.sort_by_key(|event| event["details"].to_string());
    events
}

#[tokio::test]
async fn a_session_is_recorded_when_it_is_made_and_when_it_is_revoked() {
    let (stack, api, _) = start().await;
    let viewer =
        Viewer::of(&api, "acme", &SESSION.replacen('}', r#"},"only":{"category":["team"]},"expires_in":60"#, 1)).await;
    let created = own_events(&api, "session_created").await;
    assert_eq!(created.len(), 1);
    let actor = json!({"type": "user", "id": "usr_17", "name": "Ada Lovelace", "email": "ada@x.y"});
    assert_eq!((&created[0]["actor"], &created[0]["category"]), (&actor, &json!("audit_log")));
    let details = json!({
        "session_id": viewer.session_id, "expires_at": "2026-11-23T12:01:00.000000Z",
        "only": {"category": ["team"]}, "may": ["search", "stats"],
    });
    assert_eq!(created[0]["details"], details);
    stack.clock.set("2026-11-23T12:00:30Z");
    let path = format!("/v1/orgs/acme/viewer-sessions/{}", viewer.session_id);
    for _ in 0..3 {
        assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
        stack.clock.set("2026-11-23T12:00:45Z");
    }
    let revoked = own_events(&api, "session_revoked").await;
    assert_eq!(revoked.len(), 1, "{revoked:?}");
    assert_eq!(
        (&revoked[0]["actor"]["id"], &revoked[0]["target"]["id"]),
        (&json!("platform"), &json!(viewer.session_id))
    );
    assert_eq!(revoked[0]["occurred_at"], "2026-11-23T12:00:30.000000Z");
    let unknown = "/v1/orgs/acme/viewer-sessions/vs_AAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(api.delete(unknown).await.status, StatusCode::NO_CONTENT);
    assert_eq!(own_events(&api, "session_revoked").await.len(), 1, "what was not there is not recorded");
}

#[tokio::test]
async fn each_filter_of_a_session_is_recorded_once_whatever_page_order_or_instance() {
    let (stack, api, id) = start().await;
    let viewer = Viewer::of(&api, "acme", SESSION).await;
    // A second later, so that the record is newer than the session's.
    stack.clock.set("2026-11-23T12:00:01Z");
    let instance = || Api::of_viewers(&stack, (stack.tables().clone(), stack.archive().clone()));
    let first = viewer.get(&instance(), "/view/v1/events?limit=1&category=audit_log&category=other").await.json();
    let recorded = first["events"][0].clone();
    assert_eq!(recorded["action"], "audit_log.searched", "it is recorded before the first page is returned");
    let cursor = first["next_cursor"].as_str().unwrap();
    let (one, same) = (instance(), instance());
    for state in ["hot", "archived"] {
        let reads = [
            format!("/view/v1/events?limit=1&category=audit_log&category=other&cursor={cursor}"),
            "/view/v1/events?category=other&category=audit_log&order=oldest".to_owned(),
            "/view/v1/stats?category=other&category=audit_log&group_by=time,actor&interval=1d&zone=Europe/Berlin"
                .to_owned(),
            "/view/v1/events?actor=usr_1&from=2026-11-01T00:00:00Z".to_owned(),
            format!("/view/v1/events/{id}"),
        ];
        for read in &reads {
            let repeated = (0..4).map(|n| viewer.get(if n % 2 == 0 { &one } else { &same }, read));
            assert!(join_all(repeated).await.iter().all(|answer| answer.status == StatusCode::OK), "{read}");
        }
        viewer.get(&one, "/view/v1/session").await;
        viewer.get(&one, "/view/v1/catalog").await;
        let details: Vec<_> =
            own_events(&api, "searched").await.into_iter().map(|event| event["details"].clone()).collect();
        let session_id = &viewer.session_id;
        let expected = [
            json!({"event_id": id, "session_id": session_id}),
            json!({"filter": {"actor": ["usr_1"], "from": ["2026-11-01T00:00:00Z"]}, "session_id": session_id}),
            json!({"filter": {"category": ["audit_log", "other"]}, "session_id": session_id}),
        ];
        assert_eq!(details, expected, "{state}");
        api.archive().await;
        stack.clock.set("2026-11-23T12:05:00Z");
    }
    // A new instance records again what it does not know: the same event, also if the first one is archived.
    viewer.get(&instance(), "/view/v1/events?category=other&category=audit_log").await;
    let other = Viewer::of(&api, "acme", SESSION).await;
    other.get(&one, "/view/v1/events?category=other&category=audit_log").await;
    let events = own_events(&api, "searched").await;
    assert_eq!(events.len(), 4, "another session is another record");
    assert!(events.contains(&recorded));
    api.archive().await;
    assert_eq!(own_events(&api, "searched").await.len(), 4);
}

/// A viewer could make up any number of ids, and the events of the log about itself are never deleted.
#[tokio::test]
async fn a_look_up_that_finds_nothing_is_not_recorded() {
    let (_stack, api, id) = start().await;
    let viewer = Viewer::of(&api, "acme", &SESSION.replacen('}', r#"},"only":{"actor":["nobody"]}"#, 1)).await;
    for id in ["0193535e-9e4b-774b-8000-000000000005", &id] {
        assert_eq!(viewer.get(&api, &format!("/view/v1/events/{id}")).await.problem(), "unknown-event");
    }
    assert_eq!(own_events(&api, "searched").await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_session_reads_a_limited_number_of_filters_and_events() {
    let (stack, api, id) = start().await;
    let viewer = Viewer::of(&api, "acme", SESSION).await;
    let used = |reads: u64| {
        let key = |name: &str, value: &str| (name.to_owned(), AttributeValue::S(value.to_owned()));
        let key = [key("pk", &viewer.session_id), key("sk", "session")];
        let update = stack.dynamodb().update_item().table_name(table_names().sessions).set_key(Some(key.into()));
        let update = update.update_expression("SET #reads = :reads").expression_attribute_names("#reads", "reads");
        update.expression_attribute_values(":reads", AttributeValue::N(reads.to_string())).send()
    };
    assert_eq!(viewer.get(&api, "/view/v1/events?actor=first").await.status, StatusCode::OK);
    used(SESSION_READS - 2).await.unwrap();
    // The same filter again, also by another instance, is no other read.
    let another = Api::of_viewers(&stack, (stack.tables().clone(), stack.archive().clone()));
    let reads = ["events?actor=first", "stats?actor=first", "events?actor=last_but_one", &format!("events/{id}")];
    for path in reads {
        assert_eq!(viewer.get(&another, &format!("/view/v1/{path}")).await.status, StatusCode::OK, "{path}");
    }
    let recorded = own_events(&api, "searched").await;
    assert_eq!(recorded.len(), 3);
    for path in ["events?actor=one_more", "stats?actor=one_more"] {
        let refused = viewer.get(&another, &format!("/view/v1/{path}")).await;
        let expected = (StatusCode::TOO_MANY_REQUESTS, "session-used-up".to_owned());
        assert_eq!((refused.status, refused.problem()), expected, "{path}");
    }
    assert_eq!(own_events(&api, "searched").await, recorded, "what is refused is not recorded");
    let third = Api::of_viewers(&stack, (stack.tables().clone(), stack.archive().clone()));
    for path in reads {
        assert_eq!(viewer.get(&third, &format!("/view/v1/{path}")).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_query_with_errors_is_refused_and_not_recorded() {
    let (_stack, api, _) = start().await;
    let viewer = Viewer::of(&api, "acme", SESSION).await;
    for path in ["events?limit=0", "events?actor=", "events/x", "events?cursor=x"] {
        assert_eq!(viewer.get(&api, &format!("/view/v1/{path}")).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    assert_eq!(own_events(&api, "searched").await, [Value::Null; 0]);
}

#[tokio::test]
async fn every_error_of_a_session_is_reported_and_nothing_is_made() {
    let (_stack, api, _) = start().await;
    for (body, pointers) in [
        ("", vec![""]),
        ("[]", vec![""]),
        ("{}", vec!["/viewer"]),
        (
            r#"{"viewer":{"id":""},"expires_in":1,"only":{"actor":[]},"may":[]}"#,
            vec!["/viewer/id", "/expires_in", "/only/actor", "/may"],
        ),
    ] {
        let answer = api.post("/v1/orgs/acme/viewer-sessions", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        let errors = answer.json()["errors"].as_array().cloned().unwrap();
        let found: Vec<_> = errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(found, pointers, "{body}");
    }
    let large = format!(r#"{{"viewer":{{"id":"{}"}}}}"#, "x".repeat(20_000));
    assert_eq!(api.post("/v1/orgs/acme/viewer-sessions", large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    for query in ["", "?viewer=a+b", "?viewer=", "?viewer=a&viewer=b", "?viewer=a&x=1"] {
        let answer = api.delete(&format!("/v1/orgs/acme/viewer-sessions{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert_eq!(api.delete("/v1/orgs/acme/viewer-sessions/vs_x").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(api.get("/v1/orgs/acme/viewer-sessions").await.json(), json!({"sessions": [], "complete": true}));
    assert_eq!(own_events(&api, "session_created").await, [Value::Null; 0]);
}

#[tokio::test]
async fn the_local_page_gets_a_session_of_its_own() {
    let (_stack, api, _) = start().await;
    let made = api.post("/local/viewer-session", r#"{"org_id":"acme"}"#).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let bearer = format!("Bearer {}", made.json()["token"].as_str().unwrap());
    let session = api.get_authorized("/view/v1/session", &bearer).await.json();
    assert_eq!(session["viewer"], json!({"id": "local", "name": "Local viewer", "email": null}));
    for (body, problem) in [
        (r#"{"org_id":"nobody"}"#, "unknown-org"),
        ("{}", "invalid-request"),
        (r#"{"org_id":"a/b"}"#, "invalid-request"),
    ] {
        assert_eq!(api.post("/local/viewer-session", body).await.problem(), problem, "{body}");
    }
}
