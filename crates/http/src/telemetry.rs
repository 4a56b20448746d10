//! Logs: one line per outcome, ids as fields, units in names; never a body, token, e-mail or IP.

use std::io;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::SubscriberBuilder;
use tracing_subscriber::fmt::format::{DefaultFields, Format};

/// Starts structured logs and metrics on standard output, as CloudWatch reads them. `RUST_LOG` narrows or widens the logs.
pub fn start_json() {
    crate::metrics::embed();
    _ = quiet_if_it_fails(filter("info")).json().flatten_event(true).with_span_list(false).try_init();
}

/// Starts logs for people on standard error: what `RUST_LOG` selects, or else `default`.
pub fn start_text(default: &str) {
    _ = quiet_if_it_fails(filter(default)).with_writer(io::stderr).try_init();
}

fn filter(default: &str) -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default))
}

/// A log that loses the lines that cannot be written, on a full disk for example, and nothing else.
///
/// Otherwise the subscriber reports its failure with `eprintln!`, which panics where standard error fails too: in the
/// middle of a request or of an archive pass.
fn quiet_if_it_fails(filter: EnvFilter) -> SubscriberBuilder<DefaultFields, Format, EnvFilter> {
    tracing_subscriber::fmt().log_internal_errors(false).with_env_filter(filter)
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
