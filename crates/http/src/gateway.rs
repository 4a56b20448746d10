//! The functions behind API Gateway: an event of payload format 2.0 in, an answer out.
//!
//! The events and answers are those of `lambda_http`. Its adapter is not used: it rebuilds a URL by the rules of browsers,
//! which turn `\` into `/` and resolve `..`. After IAM has decided, that is another org's path. It also panics on characters
//! that no URL may have. Here the path and the query string reach the routes byte for byte as API Gateway delivers them.

mod answer;
mod target;

use std::collections::BTreeMap;

use audit_core::InputErrors;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest as Event, ApiGatewayV2httpResponse as Answer};
use lambda_http::{Error, LambdaEvent, lambda_runtime, service_fn};
use tower::ServiceExt as _;

/// The ARN of the IAM principal whose signature API Gateway verified; an extension of a request.
#[derive(Debug, Clone)]
pub(crate) struct Principal(pub(crate) String);

/// The parameters that API Gateway found in the path when IAM decided, by name; an extension of a request.
#[derive(Debug, Clone)]
pub(crate) struct PathParameters(pub(crate) BTreeMap<String, String>);

/// What cannot be represented as an HTTP request; an extension of the request in its place.
#[derive(Debug, Clone)]
pub(crate) struct Unreadable(pub(crate) InputErrors);

/// Serves routes to API Gateway until the function ends.
///
/// # Errors
/// The Lambda runtime cannot be reached.
pub async fn run(routes: Router) -> Result<(), Error> {
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event>| {
        let routes = routes.clone();
        async move { respond(routes, event.payload).await }
    }))
    .await
}

/// Responds to one event.
///
/// # Errors
/// The body of the answer ended early.
pub async fn respond(routes: Router, event: Event) -> Result<Answer, Error> {
    let Ok(response) = routes.oneshot(request(event)).await;
    Ok(answer::read(response).await?)
}

/// The request that an event describes. It never fails: what cannot be represented is refused after the check of the caller.
fn request(event: Event) -> Request {
    let mut errors = InputErrors::default();
    let uri = target::uri(&event, &mut errors);
    let body = match (event.body, event.is_base64_encoded) {
        (None, _) => Body::empty(),
        (Some(text), false) => Body::from(text),
        (Some(text), true) => Body::from(STANDARD.decode(text).unwrap_or_else(|_| {
            errors.add("", "an invalid base64 text", "a body that API Gateway encoded");
            Vec::new()
        })),
    };
    let mut request = Request::new(body);
    *request.method_mut() = event.request_context.http.method;
    (*request.uri_mut(), *request.headers_mut()) = (uri, event.headers);
    request.extensions_mut().insert(PathParameters(event.path_parameters.into_iter().collect()));
    if let Some(arn) = event.request_context.authorizer.and_then(|authorizer| authorizer.iam?.user_arn) {
        request.extensions_mut().insert(Principal(arn));
    }
    if !errors.is_empty() {
        *request.uri_mut() = Uri::from_static("/");
        request.extensions_mut().insert(Unreadable(errors));
    }
    request
}
