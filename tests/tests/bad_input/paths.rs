//! Paths: ids that try to leave their place, unknown parameters, methods that a route does not have.

use std::collections::BTreeMap;

use audit_tests::TestStack;
use audit_tests::api::Api;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

const ID: &str = "0193535e-9e4b-774b-8000-000000000005";

async fn start() -> (TestStack, Api) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    (stack, api)
}

#[tokio::test]
async fn what_is_no_id_of_an_event_is_refused_and_leads_nowhere() {
    let (_stack, api) = start().await;
    let long = "a".repeat(10_000);
    for id in [
        "%2e%2e",
        "..%2f..%2fother",
        "a%2Fb",
        "a%230",
        "a%23",
        "%00",
        "%20",
        "%F0%9F%98%80",
        "%E2%80%AE",
        "*",
        "'",
        "head",
        "seg%23",
        &long,
        &ID.to_uppercase(),
        &ID.replace('-', ""),
        &format!("%7B{ID}%7D"),
        &format!("urn:uuid:{ID}"),
        &format!("{ID}%00"),
        &format!("%20{ID}"),
        &ID.replace("-774b-", "-474b-"),
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
        "00000000-0000-0000-0000-000000000000",
        "%ff",
    ] {
        let answer = api.get(&format!("/v1/orgs/acme/events/{id}")).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::BAD_REQUEST, "invalid-request"), "{id}");
    }
    for path in [
        "/v1/orgs/acme/events/..",
        "/v1/orgs/acme/events/../events",
        "/v1/orgs//events",
        "/v1/orgs/acme//events",
        "/v1/orgs/acme/events/",
        "//v1/orgs/acme",
        "/v1/orgs/acme/events/a/b",
    ] {
        let answer = api.get(path).await;
        assert!(answer.status.is_client_error() && !answer.problem().is_empty(), "{path}: {}", answer.text);
    }
}

/// The first and the last id that there can be: of 1970, and of the end of the year 9999.
#[tokio::test]
async fn an_id_at_either_end_of_time_is_an_unknown_event() {
    let (_stack, api) = start().await;
    for id in ["00000000-0000-7000-8000-000000000000", "e677d21f-dbff-7ffb-bfff-ffffffffffff"] {
        let answer = api.get(&format!("/v1/orgs/acme/events/{id}")).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::NOT_FOUND, "unknown-event"),
            "{id}: {}",
            answer.text
        );
    }
}

/// A range may be before, after or across all events: the response is a page, and its `scanned_through` is an instant.
#[tokio::test]
async fn a_range_at_either_end_of_time_is_a_page() {
    let (_stack, api) = start().await;
    let event = r#"{"occurred_at":"2026-11-22T10:15:30Z","actor":{"id":"a"},"action":"a.b","result":"failed"}"#;
    api.record("acme", &[event.to_owned()]).await;
    let instants = [
        "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "2026-11-22T10:15:30Z",
        "2026-11-23T00:00:00Z",
        "9000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
    ];
    for state in ["hot", "archived"] {
        for (order, from) in
            ["newest", "oldest"].iter().flat_map(|order| (0..instants.len()).map(move |from| (order, from)))
        {
            for (to, text) in
                instants.iter().map(|text| format!("&to={text}")).chain([String::new()]).enumerate().skip(from)
            {
                let path = format!("/v1/orgs/acme/events?order={order}&from={}{text}", instants[from]);
                let answer = api.get(&path).await;
                assert_eq!(answer.status, StatusCode::OK, "{state} {path}: {}", answer.text);
                let page = answer.json();
                let holds = from <= 2 && to > 2;
                assert_eq!(page["events"].as_array().unwrap().len(), usize::from(holds), "{state} {path}");
                let through = page["scanned_through"].as_str().unwrap().to_owned();
                assert!(through.parse::<audit_core::UnixMicros>().is_ok(), "{state} {path}: {through}");
            }
        }
        api.archive().await;
    }
    for out in ["9999-12-31T23:59:59.999999-00:01", "0000-01-01T00:00:00%2B00:01"] {
        for name in ["from", "to"] {
            let answer = api.get(&format!("/v1/orgs/acme/events?{name}={out}")).await;
            assert_eq!(
                (answer.status, answer.json()["errors"][0]["pointer"].as_str()),
                (StatusCode::BAD_REQUEST, Some(&*format!("?{name}"))),
                "{out}"
            );
        }
    }
}

/// Returns a path of a route.
fn filled(route: &str) -> String {
    let path = route.replace("{org_id}", "acme").replace("{id}", ID).replace("{script}", audit_viewer::SCRIPT_NAME);
    path.replace("{session_id}", "vs_AAAAAAAAAAAAAAAAAAAAAA").replace("{tile}", "0/000")
}

#[tokio::test]
async fn a_method_that_a_route_does_not_have_is_405_and_names_those_that_it_has() {
    let (_stack, api) = start().await;
    let document = api.get("/openapi.json").await.json();
    let paths = document["paths"].as_object().unwrap().iter();
    let routes: BTreeMap<_, Vec<_>> = paths
        .map(|(path, methods)| {
            (path, methods.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect())
        })
        .collect();
    for (path, methods) in &routes {
        for method in
            [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE]
        {
            // A browser asks before it sends a token: what it needs is no operation of the API.
            let is_preflight = path.starts_with("/view/v1/") && method == Method::OPTIONS;
            if is_preflight || methods.iter().any(|has| has == method.as_str()) {
                continue;
            }
            let uri = filled(path);
            let request = Request::builder().method(method.clone()).uri(uri).body(Body::empty()).unwrap();
            let answer = api.send(request).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed"),
                "{method} {path}"
            );
            let allowed = answer.headers.get("allow").and_then(|allow| allow.to_str().ok()).unwrap_or_default();
            assert!(
                methods.iter().all(|method| allowed.contains(method.as_str())),
                "{method} {path}: allow {allowed:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_parameter_that_no_route_takes_is_a_fault_on_every_route_with_a_caller_and_changes_nothing() {
    let (_stack, api) = start().await;
    let before = api.get("/v1/orgs/acme").await.text;
    let event = r#"{"actor":{"id":"a"},"action":"member.invited","result":"succeeded"}"#;
    let bodies =
        [("put", r#"{"name":"Other","plan":"enterprise"}"#.to_owned()), ("post", format!(r#"{{"events":[{event}]}}"#))];
    let bodies = BTreeMap::from(bodies);
    for (path, methods) in api.get("/openapi.json").await.json()["paths"].as_object().unwrap() {
        // Routes of viewers require a session: `isolation/viewers_bounds.rs` covers them.
        let is_refused = path != "/healthz" && !path.starts_with("/view/");
        for method in methods.as_object().unwrap().keys().filter(|_| is_refused) {
            let uri = filled(path) + "?limmit=5&%66rom=x";
            let body = Body::from(bodies.get(method.as_str()).cloned().unwrap_or_default());
            let request = Request::builder().method(method.to_uppercase().as_str()).uri(uri).body(body).unwrap();
            let answer = api.send(request).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{method} {path}");
            let errors =
                answer.json()["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect::<Vec<_>>();
            assert!(
                errors.contains(&"?limmit".into()) && errors.contains(&"?from".into()),
                "{method} {path}: {errors:?}"
            );
        }
    }
    assert_eq!(api.get("/v1/orgs/acme").await.text, before);
    let page = api.get("/v1/orgs/acme/events?limit=5").await.json();
    assert_eq!(page["events"].as_array().map(Vec::len), Some(0));
}
