//! The frame around the routes of a function, the same on Lambda and in `serve`.

use std::any::Any;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::Problem;
use crate::caller::CallerSource;
use crate::raw_path::require_one_reading;

/// Adds to routes what every host needs: callers, logs, one reading of each path, problems for unknown routes, methods and panics.
pub fn framed(routes: Router, callers: CallerSource) -> Router {
    let find_caller = move |mut request: Request, next: Next| async move {
        if let Some(caller) = callers.caller(&request) {
            request.extensions_mut().insert(caller);
        }
        next.run(request).await
    };
    routes
        .fallback(async || Problem::unknown_route())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(middleware::from_fn(require_one_reading))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(middleware::from_fn(find_caller))
        .layer(middleware::from_fn(log_request))
}

/// Logs the outcome of a request.
async fn log_request(request: Request, next: Next) -> Response {
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

#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked;

fn after_panic(_: Box<dyn Any + Send>) -> Response {
    Problem::internal(&Panicked).into_response()
}
