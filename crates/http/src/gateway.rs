//! The functions behind API Gateway: an event of payload format 2.0 in, an answer out.
//!
//! The path and the query string reach the routes byte for byte as API Gateway delivers them. The adapters of general
//! libraries rebuild a URL by the rules of browsers, which turn `\` into `/` and resolve `..`: after IAM has decided, that
//! is another org's path. They also panic on characters that no URL may have.

mod answer;
mod event;
mod target;

use audit_core::fault::Faults;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use tower::ServiceExt as _;

pub use answer::Answer;
pub use event::Event;
pub(crate) use event::PathParameters;

/// The ARN of the IAM principal whose signature API Gateway verified; an extension of a request.
#[derive(Debug, Clone)]
pub(crate) struct Principal(pub(crate) String);

/// What cannot be represented as an HTTP request; an extension of the request in its place.
#[derive(Debug, Clone)]
pub(crate) struct Unreadable(pub(crate) Faults);

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
    Ok(Answer::read(response).await?)
}

/// The request that an event describes. It never fails: what cannot be represented is refused behind the check of who calls.
fn request(event: Event) -> Request {
    let mut faults = Faults::default();
    let uri = target::uri(&event, &mut faults);
    let method = Method::from_bytes(event.request_context.http.method.as_bytes()).unwrap_or_else(|_| {
        faults.add("{method}", "a method that HTTP does not allow", "a method of the route");
        Method::GET
    });
    let headers = headers(event.headers.iter(), &mut faults);
    let body = match (event.body, event.is_base64_encoded) {
        (None, _) => Body::empty(),
        (Some(text), false) => Body::from(text),
        (Some(text), true) => Body::from(STANDARD.decode(text).unwrap_or_else(|_| {
            faults.add("", "an invalid base64 text", "a body that API Gateway encoded");
            Vec::new()
        })),
    };
    let mut request = Request::new(body);
    (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method, uri, headers);
    request.extensions_mut().insert(PathParameters(event.path_parameters));
    if let Some(arn) = event.request_context.authorizer.and_then(|authorizer| authorizer.iam?.user_arn) {
        request.extensions_mut().insert(Principal(arn));
    }
    if !faults.is_empty() {
        *request.uri_mut() = Uri::from_static("/");
        request.extensions_mut().insert(Unreadable(faults));
    }
    request
}

fn headers<'a>(sent: impl Iterator<Item = (&'a String, &'a String)>, faults: &mut Faults) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in sent {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes())) {
            (Ok(name), Ok(value)) => _ = headers.append(name, value),
            _ => faults.add("{headers}", "a header that HTTP does not allow", "text without control characters"),
        }
    }
    headers
}
