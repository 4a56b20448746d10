//! The frame around the routes of a function, the same on Lambda and in `serve`.

use std::any::Any;

use audit_core::fault::Faults;
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::Problem;
use crate::caller::CallerSource;
use crate::problem::PROBLEM_JSON;
use crate::telemetry::log_request;

/// Adds to routes what every host needs: callers, logs, problems for unknown routes, methods and panics.
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
        .layer(middleware::map_response(as_problem))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(middleware::from_fn(find_caller))
        .layer(middleware::from_fn(log_request))
}

/// The framework refuses a path that is no text in words of its own; users get a problem all the same.
async fn as_problem(response: Response) -> Response {
    match response.status() {
        StatusCode::BAD_REQUEST if response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind != PROBLEM_JSON) => {
            let mut faults = Faults::default();
            faults.add("{path}", "what is no percent-encoded text", "percent-encoded UTF-8");
            Problem::invalid(&faults).into_response()
        }
        _ => response,
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked;

fn after_panic(_: Box<dyn Any + Send>) -> Response {
    Problem::internal(&Panicked).into_response()
}
