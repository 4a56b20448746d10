//! The runtime API of Lambda, for one process that gets one event.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::Result;
use crate::process::Served;

/// A function that has not answered by then never will.
const PATIENCE: Duration = Duration::from_secs(20);

struct Invocation {
    event: Mutex<Option<Value>>,
    answer: Mutex<Option<oneshot::Sender<(Instant, Bytes)>>>,
}

/// Starts a function, and returns the milliseconds from `exec` to its first response, and the response.
pub(crate) async fn cold_start(binary: &Path, event: &Value, stores: &Served) -> Result<(f64, Value)> {
    let (sender, answered) = oneshot::channel();
    let invocation = Invocation { event: Mutex::new(Some(event.clone())), answer: Mutex::new(Some(sender)) };
    let routes = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(respond))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(respond))
        .route("/2018-06-01/runtime/init/error", post(respond))
        .with_state(Arc::new(invocation));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let server = tokio::spawn(async move {
        audit_local::connections::serve(listener, routes, &audit_local::stop::Stop::default()).await
    });
    let started = Instant::now();
    let mut function = Function(command(binary, &address, stores).spawn()?);
    let answer = tokio::time::timeout(PATIENCE, answered).await;
    function.end();
    server.abort();
    let (at, body) = answer.map_err(|_| format!("{} did not answer", binary.display()))??;
    Ok(((at - started).as_secs_f64() * 1000.0, serde_json::from_slice(&body)?))
}

/// A process that is killed when it is dropped.
struct Function(Child);

impl Function {
    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.end();
    }
}

/// With the environment of Lambda and the template, and the endpoints of the local stores.
fn command(binary: &Path, runtime_api: &str, stores: &Served) -> Command {
    let mut command = Command::new(binary);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).envs([
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("AWS_ENDPOINT_URL_DYNAMODB", &stores.dynamodb),
        ("AWS_ENDPOINT_URL_S3", &stores.s3),
        ("ORGS_TABLE", "audit-orgs"),
        ("EVENTS_TABLE", "audit-events"),
        ("LEDGER_TABLE", "audit-ledger"),
        ("SESSIONS_TABLE", "audit-sessions"),
        ("ARCHIVE_BUCKET", audit_local::stack::ARCHIVE_BUCKET),
        ("STAGING_BUCKET", audit_local::stack::STAGING_BUCKET),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local-secret"),
        ("AWS_LAMBDA_FUNCTION_NAME", "function"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
    ]);
    command
}

/// The first request gets the event; Lambda freezes a function that asks again.
async fn next(State(invocation): State<Arc<Invocation>>) -> Response {
    let event = invocation.event.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(event) = event else { return std::future::pending().await };
    let deadline_ms = "4102444800000";
    let headers = [
        ("lambda-runtime-aws-request-id", "1"),
        ("lambda-runtime-deadline-ms", deadline_ms),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:function"),
        ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000"),
        ("content-type", "application/json"),
    ];
    (headers, event.to_string()).into_response()
}

async fn respond(State(invocation): State<Arc<Invocation>>, _: HeaderMap, body: Bytes) -> StatusCode {
    let at = Instant::now();
    if let Some(answer) = invocation.answer.lock().unwrap_or_else(PoisonError::into_inner).take() {
        // The receiver is closed if the time is up.
        let _ = answer.send((at, body));
    }
    StatusCode::ACCEPTED
}

/// An event of payload format 2.0, as API Gateway sends it.
pub(crate) fn http_event(
    method: &str,
    route: &str,
    path: &str,
    query: &str,
    token: Option<&str>,
    body: Option<String>,
) -> Value {
    let key = format!("{method} {route}");
    let mut headers = json!({ "content-type": "application/json", "host": "api.execute-api.us-east-1.amazonaws.com" });
    if let Some(token) = token {
        headers["authorization"] = json!(format!("Bearer {token}"));
    }
    let principal = "arn:aws:iam::123456789012:user/platform";
    json!({
        "version": "2.0", "routeKey": key, "rawPath": path, "rawQueryString": query, "headers": headers,
        "pathParameters": { "org_id": crate::client::ORG },
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "domainName": "api.execute-api.us-east-1.amazonaws.com",
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "" },
            "requestId": "1", "routeKey": key, "stage": "$default", "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 0, "authorizer": { "iam": { "userArn": principal } },
        },
        "body": body, "isBase64Encoded": false,
    })
}
