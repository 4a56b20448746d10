//! `openapi.json` is the contract: the service has its routes, its limits and its problems. The tests assert of every
//! response that it is documented (`audit_tests::contract`).

use std::collections::BTreeSet;

use audit_core::{NewSession, Only, limits, new_event, search, stats};
use audit_http::{ProblemKind, problem::TYPE_PREFIX};
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::contract::{TILE, document, documented, operations, resolved, routed, rows};
use audit_tests::viewer::Viewer;
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

const EVENT: &str = r#"{"occurred_at":"2026-11-22T10:15:30Z","actor":{"id":"usr_1"},"action":"a.b","target":{"id":"t"},"result":"failed","failure_reason":"no","context":{"ip":"::1"},"details":{"n":1}}"#;

#[test]
fn every_route_of_the_functions_is_documented_and_no_other() {
    let (ingest, query) = (routed("ingest"), routed("query"));
    assert_eq!(documented(), ingest.union(&query).cloned().collect::<BTreeSet<_>>());
    assert_eq!((ingest.len(), query.len()), (6, 19));
}

#[test]
fn the_document_lists_every_kind_of_problem() {
    let listed: Vec<_> = rows().cloned().collect();
    let kinds = ProblemKind::ALL.iter().map(|kind| {
        json!({
            "status": kind.status().as_u16(),
            "type": format!("{TYPE_PREFIX}{}", kind.name()),
            "title": kind.title(),
        })
    });
    assert_eq!(listed, kinds.collect::<Vec<_>>());
}

fn properties(schema: &str) -> BTreeSet<&'static str> {
    let properties = &document()["components"]["schemas"][schema]["properties"];
    properties.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_document_names_the_members_and_parameters_that_the_code_reads() {
    let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(properties("NewEvent"), set(new_event::MEMBERS));
    assert_eq!(properties("Actor"), set(new_event::ACTOR_MEMBERS));
    assert_eq!(properties("Target"), set(new_event::TARGET_MEMBERS));
    assert_eq!(properties("Context"), set(new_event::CONTEXT_MEMBERS));
    assert_eq!(properties("NewSession"), set(NewSession::MEMBERS));
    assert_eq!(properties("Viewer"), set(NewSession::VIEWER_MEMBERS));
    assert_eq!(properties("Only"), set(Only::MEMBERS));
    for (route, expected) in [("events", search::parameters()), ("stats", stats::parameters())] {
        let path = format!("/v1/orgs/{{org_id}}/{route}");
        let parameters = document()["paths"][path]["get"]["parameters"].as_array().unwrap();
        let in_query = parameters.iter().map(resolved).filter(|parameter| parameter["in"] == "query");
        let names: BTreeSet<_> = in_query.map(|parameter| parameter["name"].as_str().unwrap()).collect();
        assert_eq!(names, set(&expected));
    }
}

#[test]
fn the_documented_limits_are_those_of_the_code() {
    let events = "/paths/~1v1~1orgs~1{org_id}~1events";
    let schema = |path: &str| format!("/components/schemas/{path}");
    let property = |path: &str, limit: &str| schema(&path.replace('.', "/properties/")) + "/" + limit;
    let mut expected = vec![
        ("/components/parameters/OrgId/schema/maxLength".to_owned(), limits::ORG_ID_CHARS),
        (property("OrgUpdate.name", "maxLength"), limits::ORG_NAME_CHARS),
        (property("OrgUpdate.plan", "maxLength"), limits::PLAN_CHARS),
        (schema("NewEventArray/maxItems"), limits::REQUEST_EVENTS),
        (property("NewEvent.action", "maxLength"), limits::ACTION_BYTES),
        (property("NewEvent.idempotency_key", "maxLength"), limits::KEY_CHARS),
        (property("Context.ip", "maxLength"), limits::IP_BYTES),
        (format!("{events}/post/parameters/1/schema/maxLength"), limits::KEY_CHARS),
    ];
    for text in ["NewEvent.failure_reason", "Actor.id", "Actor.name", "Actor.email", "Target.type", "Target.id"]
        .into_iter()
        .chain(["Target.name", "Context.user_agent", "Context.request_id"])
    {
        expected.push((property(text, "maxLength"), limits::TEXT_BYTES));
    }
    for (name, parameter) in document()["components"]["parameters"].as_object().unwrap() {
        if parameter["schema"]["type"] == "array" {
            expected.push((format!("/components/parameters/{name}/schema/maxItems"), limits::FILTER_VALUES));
        }
    }
    let search = format!("{events}/get/parameters");
    let mut parameters = document().pointer(&search).unwrap().as_array().unwrap().iter();
    let limit = parameters.position(|parameter| parameter["name"] == "limit").unwrap();
    expected.push((format!("{search}/{limit}/schema/maximum"), limits::PAGE_EVENTS));
    expected.push((property("NewSession.expires_in", "minimum"), limits::SESSION_SHORTEST.as_secs() as usize));
    expected.push((property("NewSession.expires_in", "maximum"), limits::SESSION_LONGEST.as_secs() as usize));
    for list in ["NewSession.may", "Only.actor", "Only.action", "Only.category", "Only.target"] {
        expected.push((property(list, "maxItems"), limits::FILTER_VALUES));
    }
    for text in ["Viewer.id", "Viewer.name", "Viewer.email"] {
        expected.push((property(text, "maxLength"), limits::TEXT_BYTES));
    }
    assert_eq!(expected.len(), 37);
    for (pointer, limit) in expected {
        assert_eq!(document().pointer(&pointer), Some(&json!(limit)), "{pointer}");
    }
    let thousands = |bytes: usize| format!("{},{:03}", bytes / 1_000, bytes % 1_000);
    let described = |operation: &str, status: &str| {
        let pointer = format!("/paths/{operation}/responses/{status}/description");
        document().pointer(&pointer).unwrap().as_str().unwrap()
    };
    assert!(described("~1v1~1orgs~1{org_id}/put", "413").contains(&thousands(limits::ORG_REQUEST_BYTES)));
    let sessions = described("~1v1~1orgs~1{org_id}~1viewer-sessions/post", "413");
    assert!(sessions.contains(&thousands(limits::SESSION_REQUEST_BYTES)));
    let millions = format!("{},{}", limits::REQUEST_BYTES / 1_000_000, thousands(limits::REQUEST_BYTES % 1_000_000));
    assert!(described("~1v1~1orgs~1{org_id}~1events/post", "413").contains(&millions));
}

#[tokio::test]
async fn every_documented_route_succeeds_as_documented_on_hot_and_archived_events() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let id = api.record("acme", &[EVENT.to_owned()]).await.remove(0).0;
    let mut tile = "0/000.p/1".to_owned();
    for state in ["hot", "archived"] {
        let viewer = Viewer::of(&api, "acme", r#"{"viewer":{"id":"usr_2"},"only":{"category":["other"]}}"#).await;
        let revoked = Viewer::of(&api, "acme", r#"{"viewer":{"id":"usr_1"}}"#).await;
        for (method, path, operation) in operations() {
            let body = match operation["operationId"].as_str() {
                Some("put_org") => r#"{"name":"Acme","plan":"enterprise"}"#,
                Some("post_events") => EVENT,
                Some("post_viewer_session") => r#"{"viewer":{"id":"usr_1"},"only":{"category":["other"]}}"#,
                _ => "",
            };
            let uri =
                path.replace("{org_id}", "acme").replace("{id}", &id).replace("{session_id}", &revoked.session_id);
            let uri = uri.replace("{script}", audit_viewer::SCRIPT_NAME).replace(TILE, &tile);
            let mut request = Request::builder().method(method.as_str());
            if path.starts_with("/view/v1/") {
                request = request.header("authorization", viewer.bearer());
            }
            let query = if operation["operationId"] == "delete_viewer_sessions" { "?viewer=usr_1" } else { "" };
            let answer = api.send(request.uri(uri + query).body(Body::from(body)).unwrap()).await;
            // Before the first archive pass, nothing is signed.
            let of_log = ["get_checkpoint", "get_tile", "get_log_key"].map(Some);
            let exists = state == "archived" || !of_log.contains(&operation["operationId"].as_str());
            assert_eq!(answer.status.is_success(), exists, "{method} {path}: {}", answer.text);
        }
        api.archive().await;
        let checkpoints = api.get("/v1/orgs/acme/log/checkpoints").await.json();
        tile = format!("0/000.p/{}", checkpoints["checkpoints"][0]["size"]);
    }
}
