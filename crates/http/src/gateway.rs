//! The functions behind API Gateway: an event of payload format 2.0 in, a response out.
//!
//! The types are those of `lambda_http`. Its adapter is not used: it rebuilds a URL by the rules of browsers, which
//! turn `\` into `/` and resolve `..`. After IAM has decided, that is another org's path. It also panics on characters
//! that a URL cannot have. Here the path and the query string reach the routes byte for byte as API Gateway delivers
//! them.

use std::collections::BTreeMap;

use audit_core::{InputErrors, invalid::quoted};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt as _;
pub use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest as Event, ApiGatewayV2httpResponse as Answer};
use lambda_http::{Body as AnswerBody, Error, LambdaEvent, lambda_runtime, service_fn};
use tower::ServiceExt as _;

use crate::service::{VerifiedCaller, check_path};

/// The parameters that API Gateway found in the path when IAM decided, by name; an extension of a request.
#[derive(Debug, Clone)]
pub(crate) struct PathParameters(pub(crate) BTreeMap<String, String>);

/// Why the event cannot be represented as an HTTP request; an extension of an empty request in its place.
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

/// Responds to one event. The body of the response becomes text if it is UTF-8, and base64 otherwise.
///
/// # Errors
/// The body of the response ended early.
pub async fn respond(routes: Router, event: Event) -> Result<Answer, Error> {
    let Ok(response) = routes.oneshot(request(event)).await;
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await?.to_bytes();
    let mut answer = Answer::default();
    answer.status_code = parts.status.as_u16().into();
    answer.headers = parts.headers;
    let body = match String::from_utf8(bytes.into()) {
        Ok(text) => AnswerBody::Text(text),
        Err(error) => AnswerBody::Binary(error.into_bytes()),
    };
    answer.is_base64_encoded = matches!(body, AnswerBody::Binary(_));
    answer.body = Some(body);
    Ok(answer)
}

/// Returns the request that an event describes. It never fails: an event that is not a valid request is refused after
/// the check of the caller.
fn request(event: Event) -> Request {
    let mut errors = InputErrors::default();
    let uri = uri(&event, &mut errors);
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
    if event.request_context.authorizer.and_then(|authorizer| authorizer.iam?.user_arn).is_some() {
        request.extensions_mut().insert(VerifiedCaller);
    }
    if !errors.is_empty() {
        *request.uri_mut() = Uri::from_static("/");
        request.extensions_mut().insert(Unreadable(errors));
    }
    request
}

/// Returns the path, without the prefix that the request context states, and the query string, both byte for byte as
/// they were delivered.
fn uri(event: &Event, errors: &mut InputErrors) -> Uri {
    check_path(raw_path(event), errors);
    // API Gateway may deliver one of the two decoded. Then the other one shows the escape.
    if let Some(other) = event.request_context.http.path.as_ref().filter(|_| errors.is_empty()) {
        check_path(other, errors);
    }
    if !errors.is_empty() {
        return Uri::default();
    }
    let path = path(event);
    let query = event.raw_query_string.as_deref().unwrap_or_default();
    let uri = if query.is_empty() { path.parse::<Uri>() } else { format!("{path}?{query}").parse() };
    match uri {
        // The parser stops at a `#`.
        Ok(uri) if uri.path() == path && uri.query().unwrap_or_default() == query => uri,
        _ => {
            let illegal = query.chars().find(|char| char.is_ascii_control() || " \"#<>".contains(*char));
            let found = illegal.map_or("too long a text".to_owned(), |char| quoted(char.encode_utf8(&mut [0; 4])));
            errors.add("?", found, "a percent-encoded query string, such as %22 for a quotation mark");
            Uri::default()
        }
    }
}

/// Returns the path from the first segment of the matched route on. The name of the stage can precede it, or, with a
/// custom domain, the key of the API mapping.
///
/// The prefix never decides about an org: the rest is exactly the route and the parameters that IAM authorized.
fn path(event: &Event) -> &str {
    let raw = raw_path(event);
    let Some(matched) = matched(event) else { return raw };
    match raw.strip_suffix(&matched) {
        Some(prefix) if is_named(prefix, event) => &raw[prefix.len()..],
        _ => raw,
    }
}

fn raw_path(event: &Event) -> &str {
    event.raw_path.as_deref().unwrap_or_default()
}

/// Returns the matched route, with its parameters filled in.
fn matched(event: &Event) -> Option<String> {
    let (_, route) = event.request_context.route_key.as_ref()?.split_once(' ')?;
    let fill = |segment: &str| match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        Some(name) => event.path_parameters.get(name).cloned(),
        None => Some(segment.to_owned()),
    };
    Some(route.split('/').map(fill).collect::<Option<Vec<_>>>()?.join("/"))
}

/// Whether API Gateway adds `prefix` to a path: the name of a stage on any domain, the key of a mapping on a custom
/// domain.
fn is_named(prefix: &str, event: &Event) -> bool {
    let context = &event.request_context;
    let is_stage = context.stage.as_ref().is_some_and(|stage| prefix.strip_prefix('/') == Some(stage));
    let is_custom =
        context.domain_name.as_ref().is_some_and(|name| !name.to_ascii_lowercase().contains(".execute-api."));
    is_stage || (is_custom && prefix.starts_with('/'))
}
