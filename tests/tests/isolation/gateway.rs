//! The functions as they run behind API Gateway: a request is the event that API Gateway sends, read by the Lambda runtime.

use std::time::Duration;

use audit_http::caller::CallerSource;
use audit_http::service;
use audit_tests::TestStack;
use audit_tests::api::{Answer, Api};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::routes::Route;

/// Both functions behind API Gateway.
pub(crate) struct Gateway(Api);

impl Gateway {
    /// The functions over the stores of a stack.
    pub(crate) fn of(stack: &TestStack) -> Self {
        let (tables, archive) = (stack.stack.tables().clone(), stack.stack.archive().clone());
        let query = audit_query::routes(tables.clone(), archive, stack.clock.clone(), Duration::from_secs(60));
        let routes = query.merge(audit_ingest::routes(tables, stack.clock.clone()));
        Self(Api::new(service::framed(routes, CallerSource::ApiGateway)))
    }

    /// Calls a route of an org.
    pub(crate) async fn call(&self, route: &Route, org: &str, id: &str, caller: &Caller) -> Answer {
        self.call_path(route, &route.path(org, id), caller).await
    }

    /// Calls a route by the path that is sent.
    pub(crate) async fn call_path(&self, route: &Route, path: &str, caller: &Caller) -> Answer {
        let event = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": caller.headers,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "api",
                "http": {"method": route.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"},
                "authorizer": caller.authorizer,
                "requestId": "r",
                "routeKey": "$default",
                "stage": "$default",
                "timeEpoch": 0,
            },
            "body": route.body(),
            "isBase64Encoded": false,
        });
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        let (parts, body) = request.into_parts();
        self.0.send(Request::from_parts(parts, Body::from(body.to_vec()))).await
    }
}

/// Who calls: what API Gateway says of them, and what they say in headers.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) authorizer: Value,
    pub(crate) headers: Value,
}

impl Caller {
    /// A principal whose signature API Gateway has checked.
    pub(crate) fn verified() -> Self {
        Self { authorizer: json!({"iam": iam()}), headers: json!({}) }
    }

    /// Somebody whose signature nobody has checked.
    pub(crate) fn unverified(authorizer: Value) -> Self {
        Self { authorizer, headers: json!({}) }
    }

    /// Somebody who says something in a header, and nothing else.
    pub(crate) fn in_header(name: &str, value: &str) -> Self {
        Self { authorizer: Value::Null, headers: json!({ name: value }) }
    }
}

/// What API Gateway says of a verified principal.
pub(crate) fn iam() -> Value {
    json!({
        "accessKey": "AKIAEXAMPLE",
        "accountId": "123456789012",
        "callerId": "AIDAEXAMPLE",
        "userArn": "arn:aws:iam::123456789012:role/platform",
        "userId": "AIDAEXAMPLE",
    })
}
