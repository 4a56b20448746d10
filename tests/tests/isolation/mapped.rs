//! A separate stage, and a custom domain with a mapping key: what API Gateway puts in front of a path is cut off, and
//! does not select an org.

use std::collections::BTreeMap;

use audit_tests::TestStack;
use audit_tests::api::Api;
use axum::http::StatusCode;

use crate::gateway::{Caller, Delivery, Gateway};
use crate::routes::{EVENT, documented};

/// Stage, domain, and the prefix of the path.
const FRONTS: &[(&str, &str, &str)] = &[
    ("prod", "api.execute-api.eu-west-1.amazonaws.com", "/prod"),
    ("v1", "api.execute-api.eu-west-1.amazonaws.com", "/v1"),
    ("$default", "audit.example.com", "/audit"),
    ("$default", "audit.example.com", "/v1"),
    ("$default", "audit.example.com", "/platform/audit"),
    ("$default", "audit.example.com", ""),
    ("prod", "audit.example.com", "/prod"),
    ("prod", "audit.example.com", "/audit"),
    ("prod", "audit.example.com", "/audit/prod"),
    // A mapping without a key: the path does not contain the stage.
    ("prod", "audit.example.com", ""),
];

async fn start() -> (TestStack, Gateway, String) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for name in ["acme", "victim"] {
        api.provision(name).await;
    }
    let id = api.record("acme", &[EVENT.to_owned()]).await.remove(0).0;
    api.archive().await;
    let gateway = Gateway::of(&stack);
    (stack, gateway, id)
}

fn in_front(delivery: Delivery, (stage, domain, front): (&str, &str, &str)) -> Delivery {
    let raw_path = format!("{front}{}", delivery.raw_path);
    Delivery { raw_path, stage: stage.to_owned(), domain: domain.to_owned(), ..delivery }
}

#[tokio::test]
async fn every_route_answers_behind_a_stage_and_behind_a_mapping_key() {
    let (_stack, gateway, id) = start().await;
    for route in documented() {
        for front in FRONTS {
            let delivery = Delivery::of(&route.method, &route.target("acme", &id)).with_body(route.body());
            let answer = gateway.deliver(&in_front(delivery, *front), &Caller::verified()).await;
            assert!(answer.status.is_success(), "{front:?} {route:?}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn what_stands_in_front_is_cut_off_only_where_the_request_context_names_it() {
    let (_stack, gateway, id) = start().await;
    for front in [
        ("$default", "api.execute-api.eu-west-1.amazonaws.com", "/prod"),
        ("prod", "api.execute-api.eu-west-1.amazonaws.com", "/test"),
        ("prod", "api.execute-api.eu-west-1.amazonaws.com", "/prod/prod"),
        ("prod", "api.execute-api.eu-west-1.amazonaws.com", "//prod"),
        ("prod", "API.EXECUTE-API.eu-west-1.amazonaws.com", "/v1/orgs/victim"),
    ] {
        for route in documented() {
            let delivery = Delivery::of(&route.method, &route.path("acme", &id)).with_body(route.body());
            let answer = gateway.deliver(&in_front(delivery, front), &Caller::verified()).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{front:?} {route:?}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn an_org_that_api_gateway_read_differently_is_refused_on_every_route() {
    let (_stack, gateway, id) = start().await;
    let api_gateways = [
        None,
        Some(BTreeMap::new()),
        Some(BTreeMap::from([("org_id".to_owned(), "victim".to_owned()), ("id".to_owned(), id.clone())])),
        Some(BTreeMap::from([("org_id".to_owned(), "acme/".to_owned()), ("id".to_owned(), id.clone())])),
        Some(BTreeMap::from([("org_id".to_owned(), "ACME".to_owned()), ("id".to_owned(), id.clone())])),
        Some(BTreeMap::from([("org".to_owned(), "acme".to_owned()), ("id".to_owned(), id.clone())])),
        Some(BTreeMap::from([("proxy".to_owned(), "v1/orgs/acme".to_owned())])),
    ];
    for route in documented().iter().filter(|route| route.template().contains("{org_id}")) {
        for parameters in &api_gateways {
            let delivery = Delivery::of(&route.method, &route.path("acme", &id)).with_body(route.body());
            for route_key in [delivery.route_key.clone(), "$default".to_owned()] {
                let delivery = Delivery { parameters: parameters.clone(), route_key, ..delivery.clone() };
                let answer = gateway.deliver(&delivery, &Caller::verified()).await;
                assert_eq!(
                    (answer.status, answer.problem().as_str()),
                    (StatusCode::BAD_REQUEST, "invalid-request"),
                    "{delivery:?}"
                );
                let unverified = gateway.deliver(&delivery, &Caller::unverified(serde_json::Value::Null)).await;
                assert_eq!(unverified.status, StatusCode::UNAUTHORIZED, "{delivery:?}");
            }
        }
    }
}
