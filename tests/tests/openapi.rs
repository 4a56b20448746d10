//! `openapi.json` is generated from the code, and says what the code does.
#![expect(clippy::unwrap_used, reason = "a test stops where its material is missing")]

use std::path::Path;

use audit_core::{new_event, search};
use audit_ingest::IngestApi;
use audit_query::QueryApi;
use audit_tests::TestStack;
use audit_tests::api::Api;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use utoipa::OpenApi as _;

fn generated() -> String {
    let mut api = QueryApi::openapi();
    api.merge(IngestApi::openapi());
    let mut document = serde_json::to_value(&api).unwrap();
    document["info"] = json!({
        "title": "Audit logs",
        "version": "1",
        "description": "Who did what, when, to what, and whether it succeeded, for every organization of a platform.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    serde_json::to_string_pretty(&document).unwrap() + "\n"
}

/// Run with `AUDIT_WRITE_OPENAPI=1` to write the file anew.
#[test]
#[expect(clippy::disallowed_methods, reason = "asks whether to write the file")]
fn the_served_document_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/query/src/openapi.json");
    if std::env::var("AUDIT_WRITE_OPENAPI").is_ok() {
        std::fs::write(&path, generated()).unwrap();
    }
    let served = std::fs::read_to_string(&path).unwrap();
    assert!(served == generated(), "openapi.json is out of date: run this test with AUDIT_WRITE_OPENAPI=1");
}

fn properties(document: &Value, schema: &str) -> Vec<String> {
    let mut names: Vec<_> =
        document["components"]["schemas"][schema]["properties"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

fn sorted(names: &[&str]) -> Vec<String> {
    let mut names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_document_names_the_members_and_parameters_that_the_code_reads() {
    let document: Value = serde_json::from_str(&generated()).unwrap();
    assert_eq!(properties(&document, "NewEvent"), sorted(new_event::MEMBERS));
    assert_eq!(properties(&document, "Actor"), sorted(new_event::ACTOR_MEMBERS));
    assert_eq!(properties(&document, "Target"), sorted(new_event::TARGET_MEMBERS));
    assert_eq!(properties(&document, "Context"), sorted(new_event::CONTEXT_MEMBERS));
    let parameters = document["paths"]["/v1/orgs/{org_id}/events"]["get"]["parameters"].as_array().unwrap();
    let in_query = parameters.iter().filter(|parameter| parameter["in"] == "query");
    let names: Vec<_> = in_query.map(|parameter| parameter["name"].as_str().unwrap()).collect();
    assert_eq!(sorted(&names), sorted(search::PARAMETERS));
}

#[tokio::test]
async fn every_documented_route_exists_and_answers_as_documented() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let document = api.get("/openapi.json").await.json();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let uri = path.replace("{org_id}", "acme").replace("{id}", "0193535e-9e4b-774b-8000-000000000005");
            let request = Request::builder().method(method.to_uppercase().as_str()).uri(uri).body(Body::empty());
            let answer = api.send(request.unwrap()).await;
            let status = answer.status.as_u16().to_string();
            assert!(operation["responses"].get(&status).is_some(), "{method} {path}: {status} is not documented");
        }
    }
}
