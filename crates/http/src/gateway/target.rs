//! Which path and query string the routes see, out of what API Gateway delivers.

use audit_core::{InputErrors, invalid::quoted};
use axum::http::Uri;

use super::Event;
use crate::raw_path;

/// The path without what the request context states to be in front of it, and the query string, both byte for byte as
/// they were delivered.
pub(super) fn uri(event: &Event, errors: &mut InputErrors) -> Uri {
    raw_path::check(raw_path(event), errors);
    // API Gateway may deliver one of the two decoded; then the other one shows the escape.
    if let Some(other) = event.request_context.http.path.as_ref().filter(|_| errors.is_empty()) {
        raw_path::check(other, errors);
    }
    if !errors.is_empty() {
        return Uri::default();
    }
    let path = path(event);
    let query = event.raw_query_string.as_deref().unwrap_or_default();
    let uri = if query.is_empty() { path.parse::<Uri>() } else { format!("{path}?{query}").parse() };
    match uri {
        // A parser ends at a `#`.
        Ok(uri) if uri.path() == path && uri.query().unwrap_or_default() == query => uri,
        _ => {
            let illegal = query.chars().find(|char| char.is_ascii_control() || " \"#<>".contains(*char));
            let found =
                illegal.map_or("a text that is too long".to_owned(), |char| quoted(char.encode_utf8(&mut [0; 4])));
            errors.add("?", found, "a percent-encoded query string, such as %22 for a quotation mark");
            Uri::default()
        }
    }
}

/// The path from the first segment of the matched route on. In front of it may be the name of the stage, or, behind a
/// custom domain, the key of the API mapping.
///
/// What is cut off never decides about an org: the rest is exactly the route and the parameters that IAM authorized.
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

/// The matched route, with its parameters filled in.
fn matched(event: &Event) -> Option<String> {
    let (_, route) = event.request_context.route_key.as_ref()?.split_once(' ')?;
    let fill = |segment: &str| match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        Some(name) => event.path_parameters.get(name).cloned(),
        None => Some(segment.to_owned()),
    };
    Some(route.split('/').map(fill).collect::<Option<Vec<_>>>()?.join("/"))
}

/// Whether API Gateway puts `prefix` in front of a path: a stage's name anywhere, a mapping's key on a custom domain.
fn is_named(prefix: &str, event: &Event) -> bool {
    let context = &event.request_context;
    let is_stage = context.stage.as_ref().is_some_and(|stage| prefix.strip_prefix('/') == Some(stage));
    let is_custom =
        context.domain_name.as_ref().is_some_and(|name| !name.to_ascii_lowercase().contains(".execute-api."));
    is_stage || (is_custom && prefix.starts_with('/'))
}
