//! A query string reaches the functions as it was sent, and any content of it gets a response, never a panic.

use std::cell::Cell;

use audit_tests::TestStack;
use audit_tests::api::Api;
use axum::http::StatusCode;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::cases::try_cases;
use crate::gateway::{Caller, Delivery, Gateway};
use crate::routes::{EVENT, documented};

async fn start() -> (TestStack, Gateway) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    api.record("acme", &[EVENT.to_owned()]).await;
    let gateway = Gateway::of(&stack);
    (stack, gateway)
}

#[tokio::test]
async fn an_unescaped_character_in_a_query_is_400_with_what_to_write_on_every_route() {
    let (_stack, gateway) = start().await;
    for route in documented() {
        for query in ["actor=\"x\"", "actor=<x>", "actor=a b", "actor=a#b", "actor=a\tb", "actor=a\nb", "x=\0", "#"] {
            let mut delivery = Delivery::of(&route.method, &route.path("acme", "0193535e-9e4b-774b-8000-000000000005"));
            delivery.raw_query = query.to_owned();
            let delivery = delivery.with_body(route.body());
            let answer = gateway.deliver(&delivery, &Caller::verified()).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::BAD_REQUEST, "invalid-request"),
                "{delivery:?}: {}",
                answer.text
            );
            let error = &answer.json()["errors"][0];
            assert!(error["pointer"] == "?" && error["allowed"].as_str().unwrap().contains("%22"), "{error}");
            let unverified = gateway.deliver(&delivery, &Caller::unverified(Value::Null)).await;
            assert_eq!(unverified.status, StatusCode::UNAUTHORIZED, "{delivery:?}");
        }
    }
}

#[tokio::test]
async fn no_header_decides_which_org_is_answered() {
    let (_stack, gateway) = start().await;
    let call = async |headers: Value| {
        let caller = Caller { headers, ..Caller::verified() };
        gateway.deliver(&Delivery::of("GET", "/v1/orgs/acme"), &caller).await
    };
    for headers in [
        json!({"host": "a b/../x?y#"}),
        json!({"host": "victim/v1/orgs/victim/events?"}),
        json!({"host": ""}),
        json!({"x-forwarded-proto": "java script://"}),
        json!({"x-forwarded-host": "victim", "x-forwarded-prefix": "/v1/orgs/victim"}),
        json!({"x-original-url": "/v1/orgs/victim", "x-rewrite-url": "/v1/orgs/victim"}),
        json!(null),
    ] {
        let answer = call(headers.clone()).await;
        assert_eq!((answer.status, &answer.json()["org_id"]), (StatusCode::OK, &json!("acme")), "{headers}");
    }
}

#[test]
fn an_arbitrary_query_string_is_a_page_or_a_problem() {
    let runtime = Runtime::new().unwrap();
    let (_stack, gateway) = runtime.block_on(start());
    let pages = Cell::new(0);
    let query =
        prop_oneof![any::<String>(), "(actor|target|from|limit|cursor)=[ -~]{0,12}", "(actor|target)=[a-z%0-9]{0,6}",];
    try_cases(1, query, |query| {
        let mut delivery = Delivery::of("GET", "/v1/orgs/acme/events");
        delivery.raw_query = query;
        let answer = runtime.block_on(gateway.deliver(&delivery, &Caller::verified()));
        match answer.status {
            StatusCode::OK => pages.set(pages.get() + 1),
            status => assert_eq!((status, answer.problem().as_str()), (StatusCode::BAD_REQUEST, "invalid-request")),
        }
    });
    assert!(pages.get() > 0, "no query was accepted");
}
