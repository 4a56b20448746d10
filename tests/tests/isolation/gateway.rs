//! The functions as they run behind API Gateway: a request is the event that an HTTP API delivers, read by their own
//! code.
//!
//! An HTTP API matches the path as it was sent, and delivers it decoded, up to the first decoded `?`.

use std::collections::BTreeMap;
use std::time::Duration;

use audit_http::{CallerSource, gateway, service};
use audit_tests::TestStack;
use audit_tests::api::Answer;
use audit_tests::contract::{self, TILE};
use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::routes::{Route, documented, of_viewers};

/// Both functions as API Gateway calls them.
pub(crate) struct Gateway(Router);

impl Gateway {
    /// The functions over the stores of a stack.
    pub(crate) fn of(stack: &TestStack) -> Self {
        let (tables, archive) = (stack.tables().clone(), stack.archive().clone());
        let query = audit_query::routes(tables.clone(), archive, stack.clock.clone(), Duration::from_secs(60));
        let routes = query.merge(audit_ingest::routes(tables, stack.clock.clone()));
        Self(service::framed(routes, CallerSource::ApiGateway))
    }

    /// The function of viewers over the stores of a stack.
    pub(crate) fn of_viewers(stack: &TestStack) -> Self {
        let (tables, archive) = (stack.tables().clone(), stack.archive().clone());
        let routes = audit_query::view_routes(tables, archive, stack.clock.clone(), Duration::from_secs(60));
        Self(service::framed(routes, CallerSource::ViewerSessions))
    }

    /// Calls a route of an org.
    pub(crate) async fn call(&self, route: &Route, org: &str, id: &str, caller: &Caller) -> Answer {
        self.call_path(route, &route.target(org, id), caller).await
    }

    /// Calls a route by the target that is sent.
    pub(crate) async fn call_path(&self, route: &Route, target: &str, caller: &Caller) -> Answer {
        self.deliver(&Delivery::of(&route.method, target).with_body(route.body()), caller).await
    }

    /// Passes an event to the functions.
    pub(crate) async fn deliver(&self, delivery: &Delivery, caller: &Caller) -> Answer {
        let event = serde_json::from_value(delivery.event(caller)).unwrap();
        let answer = gateway::respond(self.0.clone(), event).await.unwrap();
        let is_tile = answer.headers.get("content-type").is_some_and(|kind| kind == "application/octet-stream");
        assert!(!answer.is_base64_encoded || is_tile, "a JSON body is text");
        let bytes: Bytes = answer.body.map(|body| body.to_vec()).unwrap_or_default().into();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let status = StatusCode::from_u16(answer.status_code.try_into().unwrap()).unwrap();
        let method = delivery.method.parse().unwrap();
        contract::check(&method, &delivery.raw_path, status, &answer.headers, &text);
        Answer { status, headers: answer.headers, text, bytes }
    }
}

/// What API Gateway delivers of a request.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) method: String,
    pub(crate) raw_path: String,
    pub(crate) raw_query: String,
    /// The method and the matched route, or `$default`.
    pub(crate) route_key: String,
    pub(crate) parameters: Option<BTreeMap<String, String>>,
    pub(crate) stage: String,
    pub(crate) domain: String,
    pub(crate) body: String,
}

impl Delivery {
    /// What is delivered of a request to the default stage. If no route matches, API Gateway responds itself; the
    /// functions get the request all the same, like those of an API with a route `$default`.
    pub(crate) fn of(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let routes: Vec<_> = documented().into_iter().chain(of_viewers()).collect();
        let matched = routes.iter().filter(|route| route.method == method).find_map(|route| {
            let parameters = matches(route.template(), path)?;
            Some((format!("{method} {}", route.template()), parameters))
        });
        let (route_key, parameters) = matched.unwrap_or_else(|| ("$default".to_owned(), BTreeMap::new()));
        let decoded = decoded(path);
        Self {
            method: method.to_owned(),
            raw_path: decoded.split('?').next().unwrap().to_owned(),
            raw_query: query.to_owned(),
            route_key,
            parameters: (!parameters.is_empty()).then_some(parameters),
            stage: "$default".to_owned(),
            domain: "api.execute-api.eu-west-1.amazonaws.com".to_owned(),
            body: String::new(),
        }
    }

    pub(crate) fn with_body(self, body: &str) -> Self {
        Self { body: body.to_owned(), ..self }
    }

    fn event(&self, caller: &Caller) -> Value {
        json!({
            "version": "2.0",
            "routeKey": self.route_key,
            "rawPath": self.raw_path,
            "rawQueryString": self.raw_query,
            "headers": caller.headers,
            "pathParameters": self.parameters,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "api",
                "domainName": self.domain,
                "http": {"method": self.method, "path": self.raw_path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"},
                "authorizer": caller.authorizer,
                "requestId": "r",
                "routeKey": self.route_key,
                "stage": self.stage,
                "timeEpoch": 0,
            },
            "body": self.body,
            "isBase64Encoded": false,
        })
    }
}

/// The parameters of a path that matches a route, segment by segment as it was sent.
fn matches(template: &str, sent: &str) -> Option<BTreeMap<String, String>> {
    let wanted: Vec<_> = template.split('/').collect();
    let found: Vec<_> = match wanted.last() {
        Some(&TILE) => sent.splitn(wanted.len(), '/').collect(),
        _ => sent.split('/').collect(),
    };
    let mut parameters = BTreeMap::new();
    for (want, part) in wanted.iter().zip(&found) {
        match want.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !part.is_empty() => _ = parameters.insert(name.to_owned(), decoded(part)),
            None if want == part => {}
            _ => return None,
        }
    }
    (wanted.len() == found.len()).then_some(parameters)
}

/// A text without its percent escapes.
pub(crate) fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The caller: what API Gateway reports about it, and what it claims in headers.
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

    /// A caller whose signature was not checked.
    pub(crate) fn unverified(authorizer: Value) -> Self {
        Self { authorizer, headers: json!({}) }
    }

    /// A caller with a claim in a header, and nothing else.
    pub(crate) fn in_header(name: &str, value: &str) -> Self {
        Self { authorizer: Value::Null, headers: json!({ name: value }) }
    }
}

/// What API Gateway reports about a verified principal.
pub(crate) fn iam() -> Value {
    json!({
        "accessKey": "AKIAEXAMPLE",
        "accountId": "123456789012",
        "callerId": "AIDAEXAMPLE",
        "userArn": "arn:aws:iam::123456789012:role/platform",
        "userId": "AIDAEXAMPLE",
    })
}
