//! The path of a request as it was sent: the only one that any code may look at.
//!
//! API Gateway decides who may call by the path as it was sent. A path that another parser could read as a different one
//! is refused on every route, so that the org that is served is the one that was authorized. Upholds I-7.

use audit_core::{InputErrors, invalid::quoted};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{MatchedPath, RawPathParams, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::Problem;
use crate::caller::Caller;
use crate::gateway::{PathParameters, Unreadable};

/// What [`check`] accepts, for people.
const ALLOWED: &str =
    "letters, digits and -._~!$&'()*+,;=:@ between slashes, without escapes; no segment is \".\" or \"..\"";

/// Adds an input error where `path` has a form that parsers read differently: an escape, a backslash, a control
/// character, a character that a URL must escape, or a segment `.` or `..`.
pub fn check(path: &str, errors: &mut InputErrors) {
    let other = path.chars().find(|char| !char.is_ascii_alphanumeric() && !"-._~!$&'()*+,;=:@/".contains(*char));
    if let Some(char) = other {
        errors.add("{path}", quoted(char.encode_utf8(&mut [0; 4])), ALLOWED);
    } else if let Some(dots) = path.split('/').find(|segment| matches!(*segment, "." | "..")) {
        errors.add("{path}", format!("the segment {}", quoted(dots)), ALLOWED);
    } else if !path.starts_with('/') {
        errors.add("{path}", quoted(path), "a path that begins with a slash");
    }
}

/// Lets a request through only if its path has one reading, and API Gateway read it as this code does.
///
/// A caller whose identity was not verified gets 401, so that a refusal reveals nothing to them.
pub(crate) async fn require_one_reading(
    parameters: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut errors = InputErrors::default();
    match request.extensions_mut().remove::<Unreadable>() {
        Some(Unreadable(found)) => errors = found,
        None => check(request.uri().path(), &mut errors),
    }
    // Where no route was found, nothing about any org is answered.
    let is_routed = request.extensions().get::<MatchedPath>().is_some();
    if let (Some(PathParameters(authorized)), Ok(parsed), true) = (request.extensions().get(), parameters, is_routed) {
        let authorized = authorized.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        // Both are sorted by name: no route has a parameter twice.
        let mut parsed: Vec<_> = parsed.iter().collect();
        parsed.sort_unstable();
        if !authorized.eq(parsed) {
            errors.add("{path}", "parameters that API Gateway read differently", "a path that has one reading");
        }
    }
    match request.extensions().get::<Caller>() {
        _ if errors.is_empty() => next.run(request).await,
        Some(_) => Problem::invalid(&errors).into_response(),
        None => Problem::unauthenticated().into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &str) -> bool {
        let mut errors = InputErrors::default();
        check(path, &mut errors);
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
