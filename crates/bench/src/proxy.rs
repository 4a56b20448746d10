//! Proxies in front of the embedded stores: each adds a delay to each request and counts what passes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::Result;

/// A running proxy; its tasks end with the process.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) endpoint: String,
    shared: Arc<Shared>,
}

struct Shared {
    target: String,
    delay: Duration,
    http: reqwest::Client,
    passed: Mutex<Vec<Passed>>,
}

/// A request that passed.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    /// `GetItem`, or the method with what it does: `GET`, `PUT`, `COPY`, `LIST`.
    pub(crate) operation: String,
    pub(crate) begun: Instant,
    pub(crate) ended: Instant,
    /// Bytes of both bodies.
    pub(crate) bytes: u64,
    /// Capacity units by kind, as DynamoDB reports them.
    pub(crate) read_units: f64,
    pub(crate) write_units: f64,
}

impl Proxy {
    /// Starts a proxy of an endpoint on loopback.
    pub(crate) async fn start(target: &str, delay: Duration) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
        let passed = Mutex::default();
        let shared = Arc::new(Shared { target: target.trim_end_matches('/').to_owned(), delay, http, passed });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let routes = Router::new().fallback(pass).with_state(Arc::clone(&shared));
        let stop = audit_local::stop::Stop::default();
        tokio::spawn(async move { audit_local::connections::serve(listener, routes, &stop).await });
        Ok(Self { endpoint, shared })
    }

    /// Returns the requests since the last call.
    pub(crate) fn take(&self) -> Vec<Passed> {
        std::mem::take(&mut *self.shared.passed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The most requests of which each began after the one before had ended: the round trips that a caller waits for.
pub(crate) fn rounds(passed: &[Passed]) -> usize {
    let mut by_end: Vec<_> = passed.iter().collect();
    by_end.sort_by_key(|request| request.ended);
    let (mut rounds, mut last): (usize, Option<Instant>) = (0, None);
    for request in by_end {
        if last.is_none_or(|last| request.begun >= last) {
            (rounds, last) = (rounds + 1, Some(request.ended));
        }
    }
    rounds
}

async fn pass(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    match forward(&shared, request).await {
        Ok(response) => response,
        Err(error) => {
            let mut failed = Response::new(Body::from(error.to_string()));
            *failed.status_mut() = StatusCode::BAD_GATEWAY;
            failed
        }
    }
}

async fn forward(shared: &Shared, request: Request) -> Result<Response> {
    let begun = Instant::now();
    tokio::time::sleep(shared.delay).await;
    let (parts, body) = request.into_parts();
    let mut body = to_bytes(body, usize::MAX).await?;
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()?.rsplit('.').next());
    let operation = match target {
        Some(operation) => operation.to_owned(),
        None if parts.headers.contains_key("x-amz-copy-source") => "COPY".to_owned(),
        None if parts.uri.query().is_some_and(|query| query.contains("list-type")) => "LIST".to_owned(),
        None => parts.method.to_string(),
    };
    let is_dynamodb = target.is_some();
    let mut headers = parts.headers;
    if is_dynamodb {
        body = with_capacity(&body);
        headers.remove("content-length");
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let sent = body.len() as u64;
    let forwarded = shared.http.request(parts.method, format!("{}{path}", shared.target)).headers(headers).body(body);
    let answer = forwarded.send().await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await?;
    let (read_units, write_units) = if is_dynamodb { units(&operation, &body) } else { (0.0, 0.0) };
    let (ended, bytes) = (Instant::now(), sent + body.len() as u64);
    let passed = Passed { operation, begun, ended, bytes, read_units, write_units };
    shared.passed.lock().unwrap_or_else(PoisonError::into_inner).push(passed);
    let mut response = Response::new(Body::from(body));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    Ok(response)
}

/// Asks DynamoDB to report the units of a request.
fn with_capacity(body: &Bytes) -> Bytes {
    let Ok(Value::Object(mut request)) = serde_json::from_slice(body) else { return body.clone() };
    request.insert("ReturnConsumedCapacity".to_owned(), json!("TOTAL"));
    Value::Object(request).to_string().into()
}

/// Read and write units of a response.
fn units(operation: &str, body: &[u8]) -> (f64, f64) {
    let response: Value = serde_json::from_slice(body).unwrap_or_default();
    let consumed = match &response["ConsumedCapacity"] {
        Value::Array(tables) => tables.clone(),
        one => vec![one.clone()],
    };
    let units = consumed.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum();
    match operation {
        "GetItem" | "Query" | "Scan" | "BatchGetItem" | "TransactGetItems" => (units, 0.0),
        _ => (0.0, units),
    }
}
