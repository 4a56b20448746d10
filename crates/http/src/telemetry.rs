//! Logs: one line per outcome, ids as fields, units in names; never a body, token, e-mail or IP.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing_subscriber::EnvFilter;

/// Starts structured logs and metrics on standard output, as CloudWatch reads them. `RUST_LOG` narrows or widens the logs.
pub fn start_json() {
    crate::metrics::embed();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    _ = tracing_subscriber::fmt().json().flatten_event(true).with_span_list(false).with_env_filter(filter).try_init();
}

/// Logs the outcome of a request.
pub async fn log_request(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let start = Instant::now();
    let response = next.run(request).await;
    let duration_ms = start.elapsed().as_millis() as u64;
    let (status, route) = (response.status().as_u16(), route.as_deref().unwrap_or("none"));
    match status {
        500.. => tracing::error!(%method, route, status, duration_ms, "request failed"),
        _ => tracing::info!(%method, route, status, duration_ms, "request answered"),
    }
    response
}
