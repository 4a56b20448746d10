//! The frame around the routes of a function, the same on Lambda and in `serve`: the caller, the path, the log, panics.

use std::any::Any;
use std::future::ready;
use std::io;
use std::time::Instant;

use audit_core::{InputErrors, invalid::quoted};
use audit_runtime::Settings;
use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::gateway::{PathParameters, Unreadable};
use crate::viewer_session::claims_session;
use crate::{Problem, ProblemKind};

/// Proof that the caller of a request was verified; an extension of the request, which no header can forge.
///
/// [`crate::gateway`] inserts it for an IAM principal whose signature API Gateway verified. It does not contain the
/// principal's ARN: no decision depends on it, and logs must not have it, since its session name can be an e-mail
/// address. The access log of API Gateway has the caller.
///
/// As an argument of a handler, or a layer, it refuses every other request.
#[derive(Debug, Clone, Copy)]
pub struct VerifiedCaller;

impl<S: Sync> FromRequestParts<S> for VerifiedCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().copied().ok_or_else(|| ProblemKind::Unauthenticated.into())
    }
}

/// Who verifies callers. The host decides, never a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerSource {
    /// API Gateway's IAM authorizer.
    ApiGateway,
    /// `serve` and `sam local`, which have no authentication: every caller counts as verified.
    Local,
    /// No host: each route reads the token of a viewer session.
    ViewerSessions,
}

impl CallerSource {
    /// Returns the source of a function's callers: API Gateway, unless the function's environment states that `sam
    /// local` runs it.
    pub fn of_function(settings: &Settings) -> Self {
        if settings.given("AWS_SAM_LOCAL") { Self::Local } else { Self::ApiGateway }
    }
}

/// How the paths of viewers begin.
const VIEW: &str = "/view/";

/// Adds to routes what every host needs: callers, logs, unambiguous paths, and problems for unknown routes, methods and
/// panics.
pub fn framed(routes: Router, callers: CallerSource) -> Router {
    let find_caller = move |mut request: Request| {
        // A viewer is not the platform, on no host.
        if claims_session(request.headers()) {
            request.extensions_mut().remove::<VerifiedCaller>();
        } else if callers == CallerSource::Local {
            request.extensions_mut().insert(VerifiedCaller);
        }
        ready(request)
    };
    routes
        .fallback(async || Problem::from(ProblemKind::UnknownRoute))
        .method_not_allowed_fallback(async || Problem::from(ProblemKind::MethodNotAllowed))
        .layer(middleware::from_fn_with_state(callers, require_unambiguous_path))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(middleware::map_request(find_caller))
        .layer(middleware::from_fn(open_to_any_origin))
        .layer(middleware::from_fn(log_request))
}

/// Lets a page of any origin read a response to a viewer, every problem included, without cookies, and keeps events out
/// of caches: the next user of the browser may have no session.
async fn open_to_any_origin(request: Request, next: Next) -> Response {
    let is_of_viewers = request.uri().path().starts_with(VIEW);
    let mut response = next.run(request).await;
    if is_of_viewers {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
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

fn after_panic(_: Box<dyn Any + Send>) -> Response {
    Problem::internal(&io::Error::other("a handler panicked")).into_response()
}

/// What [`check_path`] accepts, as a text for users.
const ALLOWED: &str =
    "letters, digits and -._~!$&'()*+,;=:@ between slashes, without escapes; no segment is \".\" or \"..\"";

/// Adds an input error if parsers can read `path` differently: if it contains an escape, a backslash, a control
/// character, a character that a URL must escape, or a segment `.` or `..`.
///
/// API Gateway decides by the path as it was sent. A path that another parser could read as a different one is refused
/// on every route, so that the org in the response is the one that IAM authorized. Upholds I-7.
pub(crate) fn check_path(path: &str, errors: &mut InputErrors) {
    let other = path.chars().find(|char| !char.is_ascii_alphanumeric() && !"-._~!$&'()*+,;=:@/".contains(*char));
    if let Some(char) = other {
        errors.add("{path}", quoted(char.encode_utf8(&mut [0; 4])), ALLOWED);
    } else if let Some(dots) = path.split('/').find(|segment| matches!(*segment, "." | "..")) {
        errors.add("{path}", format!("the segment {}", quoted(dots)), ALLOWED);
    } else if !path.starts_with('/') {
        errors.add("{path}", quoted(path), "a path that begins with a slash");
    }
}

/// Lets a request through only if its path is unambiguous, and API Gateway read it as this code does.
///
/// Behind API Gateway's authorizer, an unverified caller gets 401 instead of the reason, so that a refusal reveals
/// nothing.
async fn require_unambiguous_path(
    State(callers): State<CallerSource>,
    parameters: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut errors = InputErrors::default();
    match request.extensions_mut().remove::<Unreadable>() {
        Some(Unreadable(found)) => errors = found,
        None => check_path(request.uri().path(), &mut errors),
    }
    // Without a matched route, the response contains nothing about any org.
    let is_routed = request.extensions().get::<MatchedPath>().is_some();
    if let (Some(PathParameters(authorized)), Ok(parsed), true) = (request.extensions().get(), parameters, is_routed) {
        let authorized = authorized.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        // Both are sorted by name: no route has a parameter twice.
        let mut parsed: Vec<_> = parsed.iter().collect();
        parsed.sort_unstable();
        if !authorized.eq(parsed) {
            errors.add(
                "{path}",
                "parameters that API Gateway read differently",
                "a path that cannot be read in two ways",
            );
        }
    }
    let is_verified = request.extensions().get::<VerifiedCaller>().is_some();
    match callers {
        _ if errors.is_empty() => next.run(request).await,
        CallerSource::ApiGateway if !is_verified => Problem::from(ProblemKind::Unauthenticated).into_response(),
        _ => Problem::from(errors).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &str) -> bool {
        let mut errors = InputErrors::default();
        check_path(path, &mut errors);
        !errors.is_empty()
    }

    #[test]
    fn a_path_with_two_readings_is_refused() {
        for path in
            ["/", "/v1/orgs/acme/events", "/v1/orgs/a_-9/events/0193535e-9e4b-774b-8000-000000000005", "//", "/..."]
        {
            assert!(!refused(path), "{path}");
        }
        for path in [
            "",
            "v1",
            "*",
            "/v1/orgs/%61cme",
            "/a\\b",
            "/a/../b",
            "/a/./b",
            "/a/..",
            "/..",
            "/a?b",
            "/a#b",
            "/a b",
            "/a\tb",
            "/a\0",
            "/a\u{7f}",
            "/a\u{85}",
            "/é",
            "/a\"b",
            "/a<b",
            "/a{b}",
            "/a|b",
            "/a^b",
            "/a`b",
            "/a\u{ff0f}b",
        ] {
            assert!(refused(path), "{path:?}");
        }
    }
}
