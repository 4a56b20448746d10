//! The API at its edges: which callers are admitted, what is refused, and how.

use audit_core::limits::{ORG_REQUEST_BYTES, PAGE_BYTES, REQUEST_BYTES};
use audit_http::{CallerSource, service};
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::walk::{Search, id_of};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

fn event(action: &str, key: &str) -> String {
    format!(
        r#"{{"occurred_at":"2026-11-22T10:15:30.123456Z","actor":{{"id":"usr_1"}},"action":"{action}","result":"succeeded","idempotency_key":"{key}"}}"#
    )
}

#[tokio::test]
async fn an_org_is_unknown_until_it_is_told_and_needs_the_plan() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for path in ["/v1/orgs/acme", "/v1/orgs/acme/events", "/v1/orgs/acme/events/0193535e-9e4b-774b-8000-000000000005"] {
        let answer = api.get(path).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::NOT_FOUND, "unknown-org"), "{path}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    assert_eq!(api.post("/v1/orgs/acme/events", event("a.b", "1")).await.problem(), "unknown-org");

    api.put("/v1/orgs/acme", r#"{"name":"Acme","plan":"team"}"#).await;
    assert_eq!(api.get("/v1/orgs/acme").await.json()["plan"], "team");
    for answer in [
        api.get("/v1/orgs/acme/events").await,
        api.get("/v1/orgs/acme/events/0193535e-9e4b-774b-8000-000000000005").await,
        api.post("/v1/orgs/acme/events", event("a.b", "1")).await,
    ] {
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::FORBIDDEN, "plan-required"));
    }
    api.provision("acme").await;
    assert_eq!(api.post("/v1/orgs/acme/events", event("a.b", "1")).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_upgrade_takes_effect_at_once_and_a_downgrade_within_a_minute() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    assert_eq!(api.get("/v1/orgs/acme/events").await.status, StatusCode::OK);
    api.put("/v1/orgs/acme", r#"{"name":"Acme","plan":"team"}"#).await;
    stack.clock.set("2026-11-23T12:00:59.999999Z");
    assert_eq!(api.get("/v1/orgs/acme/events").await.status, StatusCode::OK);
    stack.clock.set("2026-11-23T12:01:00Z");
    assert_eq!(api.get("/v1/orgs/acme/events").await.status, StatusCode::FORBIDDEN);
    api.provision("acme").await;
    assert_eq!(api.get("/v1/orgs/acme/events").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_second_org_that_differs_only_by_case_is_refused() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("Acme").await;
    let answer = api.put("/v1/orgs/aCME", r#"{"name":"Other","plan":"enterprise"}"#).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::CONFLICT, "org-id-taken"));
    api.provision("Acme").await;
    assert_eq!(api.get("/v1/orgs/aCME").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_request_at_fault_tells_every_fault_and_changes_nothing() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let body = format!(r#"{{"events":[{},{{"actor":{{}},"action":"A"}}]}}"#, event("a.b", "1"));
    let answer = api.post("/v1/orgs/acme/events", body).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::BAD_REQUEST, "invalid-request"));
    let json = answer.json();
    let pointers: Vec<_> =
        json["errors"].as_array().unwrap().iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/events/1/occurred_at", "/events/1/actor/id", "/events/1/action", "/events/1/result"]);
    assert_eq!(api.get("/v1/orgs/acme/events").await.json()["events"], serde_json::json!([]));
    for (path, body) in
        [("/v1/orgs/a.b", r#"{"name":"x","plan":"team"}"#), ("/v1/orgs/acme", r#"{"name":7}"#), ("/v1/orgs/acme", "{")]
    {
        assert_eq!(api.put(path, body).await.problem(), "invalid-request", "{path} {body}");
    }
    for query in [
        "form=1",
        "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        "cursor=x",
        "limit=0",
        "limit=1001",
        "from=2026-01-01",
    ] {
        assert_eq!(api.get(&format!("/v1/orgs/acme/events?{query}")).await.problem(), "invalid-request", "{query}");
    }
    assert_eq!(api.get("/v1/orgs/acme/events/xyz").await.problem(), "invalid-request");
}

#[tokio::test]
async fn bodies_past_their_limit_are_too_large() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let padded = |text: &str, bytes: usize| format!("{text}{}", " ".repeat(bytes - text.len()));
    let fits = api
        .post("/v1/orgs/acme/events", padded(&format!(r#"{{"events":[{}]}}"#, event("a.b", "1")), REQUEST_BYTES))
        .await;
    assert_eq!(fits.status, StatusCode::CREATED);
    let past = api.post("/v1/orgs/acme/events", padded(&event("a.b", "1"), REQUEST_BYTES + 1)).await;
    assert_eq!((past.status, past.problem().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "request-too-large"));
    let profile = r#"{"name":"Acme","plan":"enterprise"}"#;
    assert_eq!(api.put("/v1/orgs/acme", &padded(profile, ORG_REQUEST_BYTES)).await.status, StatusCode::OK);
    assert_eq!(api.put("/v1/orgs/acme", &padded(profile, ORG_REQUEST_BYTES + 1)).await.problem(), "request-too-large");
}

#[tokio::test]
async fn a_repeat_with_a_key_is_a_duplicate_and_without_one_a_new_event() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let first = api.record("acme", &[event("a.b", "k"), event("a.c", "k")]).await;
    assert!(first.iter().all(|(_, status)| status == "created"), "one key, two contents: two events");
    let again = api.record("acme", &[event("a.b", "k"), event("a.c", "k")]).await;
    assert!(again.iter().zip(&first).all(|((id, status), (first, _))| status == "duplicate" && id == first));
    let keyless = event("a.b", "k").replace(r#","idempotency_key":"k""#, "");
    let (one, two) = (
        api.record("acme", std::slice::from_ref(&keyless)).await,
        api.record("acme", std::slice::from_ref(&keyless)).await,
    );
    assert_ne!(one[0].0, two[0].0);
    let with_header = async || {
        let request = Request::post("/v1/orgs/acme/events").header("Idempotency-Key", "req-1");
        let body = format!(r#"{{"events":[{keyless},{keyless}]}}"#);
        api.send(request.body(Body::from(body)).unwrap()).await.json()["events"].clone()
    };
    let (one, two) = (with_header().await, with_header().await);
    assert_ne!(one[0]["id"], one[1]["id"], "each event of a request has its own key");
    assert_eq!(
        (&one[0]["id"], &two[0]["status"], &two[1]["status"]),
        (&two[0]["id"], &"duplicate".into(), &"duplicate".into())
    );
}

#[tokio::test]
async fn an_unlisted_action_is_stored_under_other() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    api.record("acme", &[event("teleporter.engaged", "1"), event("member.invited", "2")]).await;
    let found = Search::new("acme", "category=other").walk(&api, 50).await;
    assert_eq!((found.len(), found[0]["action"].as_str()), (1, Some("teleporter.engaged")));
}

#[tokio::test]
async fn an_event_is_found_by_its_id_in_its_org_alone_hot_and_archived() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    api.provision("acme2").await;
    let id = api.record("acme", &[event("a.b", "1")]).await[0].0.clone();
    for _ in ["hot", "archived"] {
        let event = api.get(&format!("/v1/orgs/acme/events/{id}")).await;
        assert_eq!((event.status, id_of(&event.json()).to_string()), (StatusCode::OK, id.clone()));
        assert_eq!(api.get(&format!("/v1/orgs/acme2/events/{id}")).await.problem(), "unknown-event");
        api.archive().await;
    }
}

#[tokio::test]
async fn without_a_verified_caller_nothing_but_health_answers() {
    let stack = TestStack::start().await;
    let behind_gateway = Api::new(service::framed(
        audit_query::routes(
            stack.tables().clone(),
            stack.archive().clone(),
            stack.clock.clone(),
            std::time::Duration::from_secs(5),
        )
        .merge(audit_ingest::routes(stack.tables().clone(), stack.clock.clone())),
        CallerSource::ApiGateway,
    ));
    for path in ["/v1/orgs/acme", "/v1/orgs/acme/events", "/v1/catalog", "/openapi.json"] {
        let forged = Request::get(path)
            .header("authorization", "AWS4-HMAC-SHA256 x")
            .header("x-amzn-iam-user-arn", "arn:aws:iam::1:user/x");
        let answer = behind_gateway.send(forged.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::UNAUTHORIZED, "unauthenticated"), "{path}");
    }
    assert_eq!(
        behind_gateway.put("/v1/orgs/acme", r#"{"name":"x","plan":"enterprise"}"#).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(behind_gateway.post("/v1/orgs/acme/events", event("a.b", "1")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(behind_gateway.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn unknown_routes_and_methods_are_problems() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    assert_eq!(api.get("/nowhere").await.problem(), "unknown-route");
    let delete = Request::delete("/v1/orgs/acme/events").body(Body::empty()).unwrap();
    assert_eq!(api.send(delete).await.problem(), "method-not-allowed");
    assert_eq!(api.get("/v1/orgs/%ff/events").await.problem(), "invalid-request");
}

#[tokio::test]
async fn a_summary_is_added_where_it_is_requested_and_counts_toward_the_bytes_of_a_page() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let name = "n".repeat(2_000);
    let event = |n: usize| {
        format!(
            r#"{{"occurred_at":"2026-11-22T10:15:30.{n:06}Z","actor":{{"id":"usr_1","name":"{name}"}},"action":"member.removed","target":{{"name":"{name}"}},"result":"failed"}}"#
        )
    };
    let stored = api.record("acme", &(0..500).map(event).collect::<Vec<_>>()).await;
    let summary = json!([
        {"text": name, "of": "actor"},
        {"text": " konnte "},
        {"text": name, "of": "target"},
        {"text": " nicht entfernen"},
    ]);
    let path = format!("/v1/orgs/acme/events/{}", stored[0].0);
    for tier in ["hot", "archived"] {
        let plain = api.get("/v1/orgs/acme/events?limit=1000").await.json();
        assert_eq!((plain["events"].as_array().unwrap().len(), &plain["next_cursor"]), (500, &Value::Null), "{tier}");
        let answer = api.get("/v1/orgs/acme/events?limit=1000&summary=de").await;
        assert!((PAGE_BYTES / 2..=PAGE_BYTES).contains(&answer.text.len()), "{tier}: {}", answer.text.len());
        let page = answer.json();
        assert!(page["next_cursor"].is_string() && plain["events"][0].get("summary").is_none(), "{tier}");
        assert!(page["events"].as_array().unwrap().iter().all(|event| event["summary"] == summary), "{tier}");
        assert_eq!(api.get(&format!("{path}?summary=de")).await.json()["summary"], summary, "{tier}");
        assert_eq!(api.get(&path).await.json().get("summary"), None, "{tier}");
        api.archive().await;
    }
    for query in ["summary=fr", "summary=en&summary=de", "summary=en&limit=1"] {
        assert_eq!(api.get(&format!("{path}?{query}")).await.problem(), "invalid-request", "{query}");
    }
}
