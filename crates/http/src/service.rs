//! The frame around the routes of a function, the same on Lambda and in `serve`.

use std::any::Any;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::Problem;
use crate::caller::CallerSource;
use crate::raw_path::require_one_reading;
use crate::telemetry::log_request;

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

#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked;

fn after_panic(_: Box<dyn Any + Send>) -> Response {
    Problem::internal(&Panicked).into_response()
}
