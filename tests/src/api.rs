//! The API as a client sees it: requests through the same router that `serve` and Lambda run.

use std::sync::Arc;
use std::time::Duration;

use audit_http::{CallerSource, service};
use audit_local::clients;
use audit_local::stack::buckets;
use audit_query::Bounds;
use audit_segments::SegmentStore;
use audit_tables::Tables;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{TestStack, contract};

/// A client of the API.
#[derive(Clone)]
pub struct Api(Router);

/// A response.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body's text.
    pub text: String,
    /// Its body, of which only that of a tile is not text.
    pub bytes: Bytes,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The kind of the problem, without the prefix of its type.
    pub fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().map(str::to_owned).unwrap_or_default();
        kind.strip_prefix(audit_http::problem::TYPE_PREFIX).map(str::to_owned).unwrap_or(kind)
    }
}

impl Api {
    /// A client of a stack.
    pub fn of(stack: &TestStack) -> Self {
        Self(stack.router())
    }

    /// A client of a new instance of the query function, with an empty cache. An instance caches what it read of a
    /// segment, since a segment never changes; so a test that changes one uses this client.
    pub fn of_another_instance(stack: &TestStack) -> Self {
        let archive = SegmentStore::new(clients::s3(&stack.s3_endpoint()), buckets(), audit_query::CACHE_BYTES);
        let clock = Arc::clone(&stack.clock);
        let routes = audit_query::routes(stack.tables().clone(), archive, clock, Duration::from_secs(600));
        Self(service::framed(routes, CallerSource::Local))
    }

    /// A client of separate query routes, which read these tables and observe these bounds.
    pub fn of_tables(stack: &TestStack, tables: Tables, bounds: impl Into<Bounds>) -> Self {
        let clock = Arc::clone(&stack.clock);
        let routes = audit_query::routes(tables, stack.archive().clone(), clock, bounds);
        Self(service::framed(routes, CallerSource::Local))
    }

    /// A client whose pages take many rounds, since each reads up to `rows` hot rows of a shard.
    pub fn of_short_rounds(stack: &TestStack, rows: usize) -> Self {
        let bounds = Bounds { hot_rows: rows, ..Duration::from_secs(600).into() };
        Self::of_tables(stack, stack.tables().clone(), bounds)
    }

    /// A client of a new instance of the viewers' function, over these stores.
    pub fn of_viewers(stack: &TestStack, (tables, archive): (Tables, SegmentStore)) -> Self {
        let clock = Arc::clone(&stack.clock);
        let routes = audit_query::view_routes(tables, archive, clock, Duration::from_secs(600));
        Self(service::framed(routes, CallerSource::ViewerSessions))
    }

    /// A client of any router.
    pub fn new(router: Router) -> Self {
        Self(router)
    }

    /// Sends a request, and asserts that the response is documented.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let Ok(response) = self.0.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let is_tile = parts.headers.get("content-type").is_some_and(|kind| kind == "application/octet-stream");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(is_tile || text.as_bytes() == bytes, "{method} {path}: the body is not UTF-8");
        contract::check(&method, &path, parts.status, &parts.headers, &text);
        Answer { status: parts.status, headers: parts.headers, text, bytes }
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    /// `PUT path`.
    pub async fn put(&self, path: &str, body: &str) -> Answer {
        self.send(Request::put(path).body(Body::from(body.to_owned())).expect("a request")).await
    }

    /// `POST path`.
    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(Request::post(path).body(body.into()).expect("a request")).await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Request::delete(path).body(Body::empty()).expect("a request")).await
    }

    /// `GET path` with a header Authorization.
    pub async fn get_authorized(&self, path: &str, authorization: &str) -> Answer {
        let request = Request::get(path).header("authorization", authorization);
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Registers an org on the enterprise plan.
    pub async fn provision(&self, org: &str) {
        let told = self.put(&format!("/v1/orgs/{org}"), r#"{"name":"Test","plan":"enterprise"}"#).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.text);
    }

    /// Records events, given as JSON texts; returns (id, status) of each.
    pub async fn record(&self, org: &str, events: &[String]) -> Vec<(String, String)> {
        let mut stored = Vec::new();
        for events in in_requests(events) {
            let body = format!(r#"{{"events":[{}]}}"#, events.join(","));
            let answer = self.post(&format!("/v1/orgs/{org}/events"), body).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
            for event in answer.json()["events"].as_array().expect("a list") {
                let member = |name: &str| event[name].as_str().expect("a string").to_owned();
                stored.push((member("id"), member("status")));
            }
        }
        stored
    }

    /// Archives everything of every org; returns the reports.
    pub async fn archive(&self) -> Vec<Value> {
        let answer = self.post("/local/archive", r#"{"force":true}"#).await;
        let json = answer.json();
        assert_eq!(json["failed"], serde_json::json!([]), "{}", answer.text);
        json["orgs"].as_array().cloned().expect("a list")
    }
}

/// Splits events into requests of at most 500 events and 2 MB.
fn in_requests(events: &[String]) -> Vec<&[String]> {
    let mut requests = Vec::new();
    let mut rest = events;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take(500).take_while(|event| {
            bytes += event.len() + 1;
            bytes <= 2_000_000
        });
        let count = fits.count().max(1);
        let (request, after) = rest.split_at(count);
        requests.push(request);
        rest = after;
    }
    requests
}
