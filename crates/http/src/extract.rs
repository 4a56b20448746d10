//! What a handler takes from a request: an org, a body within its limit, no parameters; JSON out.

use audit_core::{InputErrors, OrgId, invalid::quoted, search};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::Problem;

/// Parses the org of a path.
pub fn org_id(text: &str) -> Result<OrgId, Problem> {
    text.parse::<OrgId>().map_err(|_| {
        let mut errors = InputErrors::default();
        errors.add("{org_id}", quoted(text), OrgId::ALLOWED);
        Problem::invalid(&errors)
    })
}

/// Reads a whole body of at most `limit_bytes`.
pub async fn body(body: Body, limit_bytes: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, limit_bytes).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::too_large(limit_bytes)),
        Err(error) => {
            let mut errors = InputErrors::default();
            errors.add("", error.to_string(), "a whole body");
            Err(Problem::invalid(&errors))
        }
    }
}

/// Lets a request through only without query parameters: on routes that take none, a misspelt search is told.
pub async fn no_parameters(request: Request, next: Next) -> Response {
    match search::read_none(request.uri().query()) {
        Ok(()) => next.run(request).await,
        Err(errors) => Problem::invalid(&errors).into_response(),
    }
}

/// An answer of ready-made JSON.
pub fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}
