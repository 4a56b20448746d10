//! Without a caller that API Gateway has verified, every route but `/healthz` returns 401, regardless of the rest of
//! the request.

use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::walk::Search;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::gateway::{Caller, Gateway, iam};
use crate::routes::{EVENT, documented};

const NO_EVENT: &str = "0193535e-9e4b-774b-8000-000000000005";

/// A stack with the org `acme`, which has one event, archived and sealed.
async fn start() -> (TestStack, Gateway, String) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let id = api.record("acme", &[EVENT.to_owned()]).await.remove(0).0;
    api.archive().await;
    let gateway = Gateway::of(&stack);
    (stack, gateway, id)
}

/// Asserts that all routes return one and the same 401, for orgs and ids that exist and that do not.
async fn assert_unauthenticated(gateway: &Gateway, id: &str, caller: &Caller) {
    let mut told: Option<String> = None;
    for route in documented().iter().filter(|route| !route.is_health()) {
        for (org, id) in [("acme", id), ("acme", NO_EVENT), ("acme", "%ff"), ("nobody", id), ("a.b", "x"), ("%ff", id)]
        {
            let answer = gateway.call(route, org, id, caller).await;
            let about = format!("{route:?} {org} {id} {caller:?}: {}", answer.text);
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::UNAUTHORIZED, "unauthenticated"),
                "{about}"
            );
            assert_eq!(answer.headers["content-type"], "application/problem+json", "{about}");
            assert!(told.is_none_or(|told| told == answer.text), "{about}");
            told = Some(answer.text);
        }
    }
}

#[tokio::test]
async fn a_request_without_a_verified_principal_is_401_on_every_route_whatever_it_asks_for() {
    let (stack, gateway, id) = start().await;
    let no_arn = |mut iam: Value| {
        iam["userArn"] = Value::Null;
        iam
    };
    for authorizer in [
        Value::Null,
        json!({}),
        json!({"iam": null}),
        json!({"iam": {}}),
        json!({"iam": no_arn(iam())}),
        json!({"jwt": {"claims": {"sub": "x"}, "scopes": ["audit"]}}),
        json!({"lambda": {"iam": iam(), "userArn": "arn:aws:iam::123456789012:role/platform"}}),
    ] {
        assert_unauthenticated(&gateway, &id, &Caller::unverified(authorizer)).await;
    }
    let api = Api::of(&stack);
    assert_eq!(api.get("/v1/orgs/nobody").await.status, StatusCode::NOT_FOUND, "no refused PUT has registered an org");
    assert_eq!(Search::new("acme", "").walk(&api, 50).await.len(), 1, "no refused POST has stored an event");
}

#[tokio::test]
async fn a_caller_who_stands_in_a_header_alone_is_not_believed() {
    let (_stack, gateway, id) = start().await;
    let context = json!({"authorizer": {"iam": iam()}}).to_string();
    let arn = "arn:aws:iam::123456789012:role/platform";
    for (name, value) in [
        ("authorization", "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261123/eu-west-1/execute-api/aws4_request"),
        ("authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),
        ("x-amzn-request-context", &context),
        ("x-amzn-lambda-context", &context),
        ("x-apigateway-event", &context),
        ("x-amzn-iam-user-arn", arn),
        ("x-amz-security-token", arn),
        ("x-amzn-oidc-identity", arn),
        ("x-amzn-oidc-data", arn),
        ("x-forwarded-user", arn),
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("host", "localhost"),
        ("x-original-url", "/healthz"),
        ("x-http-method-override", "GET"),
        ("aws-sam-local", "true"),
    ] {
        assert_unauthenticated(&gateway, &id, &Caller::in_header(name, value)).await;
    }
}

#[tokio::test]
async fn a_verified_principal_passes_on_every_route() {
    let (_stack, gateway, id) = start().await;
    for route in documented() {
        let answer = gateway.call(&route, "acme", &id, &Caller::verified()).await;
        assert!(answer.status.is_success(), "{route:?}: {}", answer.text);
    }
}

#[tokio::test]
async fn the_one_route_without_a_caller_tells_nothing_but_that_the_function_runs() {
    let (_stack, gateway, id) = start().await;
    let open: Vec<_> = documented().into_iter().filter(|route| route.is_health()).collect();
    assert_eq!(open.len(), 1);
    let answer = gateway.call(&open[0], "acme", &id, &Caller::unverified(Value::Null)).await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({"status": "ok"})));
}

#[tokio::test]
async fn a_path_that_is_written_otherwise_does_not_lead_around_the_check() {
    let (_stack, gateway, id) = start().await;
    let nobody = Caller::unverified(Value::Null);
    for route in documented().iter().filter(|route| !route.is_health()) {
        let path = route.path("acme", &id);
        for other in [
            format!("/healthz/..{path}"),
            format!("/healthz/%2e%2e{path}"),
            format!("/.{path}"),
            format!("/{path}"),
            format!("{path}/"),
            format!("{path}?x=/healthz"),
            path.replace("/v1", "/V1"),
            path.replace("/v1", "/%761"),
        ] {
            let answer = gateway.call_path(route, &other, &nobody).await;
            assert!(
                matches!(answer.problem().as_str(), "unauthenticated" | "unknown-route" | "method-not-allowed"),
                "{other}: {}",
                answer.text
            );
        }
    }
}
