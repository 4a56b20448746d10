//! Problems: every error that a user sees, as RFC 9457 JSON, each with a stable type.
//!
//! A problem of the 5xx kind shows nothing from inside; its cause is logged where it is made.

use std::error::Error;
use std::time::Duration;

use audit_core::{InputErrors, error::chain};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What every problem type begins with.
pub const TYPE_PREFIX: &str = "urn:problem-type:audit:";

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An error as a user sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    kind: &'static str,
    title: &'static str,
    status: StatusCode,
    detail: String,
    members: Map<String, Value>,
    retry_after_s: Option<u32>,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, title, status, detail: detail.into(), members: Map::new(), retry_after_s: None }
    }

    /// 400: the request is at fault, in all these places.
    pub fn invalid(errors: &InputErrors) -> Self {
        let detail = match errors.count() - errors.listed().len() {
            0 => format!("{} errors; nothing was changed", errors.count()),
            more => format!("{} errors, of which the last {more} are not listed; nothing was changed", errors.count()),
        };
        let problem = Self::new(StatusCode::BAD_REQUEST, "invalid-request", "The request is at fault", detail);
        problem.with("errors", json!(errors.listed()))
    }

    /// 401: nobody has verified who calls.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "The caller is unknown",
            "the request did not come through API Gateway with an IAM signature",
        )
    }

    /// 403: the org's plan has no audit logs.
    pub fn plan_required() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "plan-required",
            "Audit logs need the enterprise plan",
            "the org is on another plan; nothing was read or stored",
        )
    }

    /// 403: the request names a server that is not this machine, as that of a web page does after DNS rebinding.
    pub fn foreign_host() -> Self {
        let detail = "this server answers only under localhost or a loopback address; use one of them as the host";
        Self::new(StatusCode::FORBIDDEN, "foreign-host", "The request names another host", detail)
    }

    /// 403: a web page of another origin has sent a write.
    pub fn cross_origin() -> Self {
        let detail = "web pages of other origins may not write; nothing was changed";
        Self::new(StatusCode::FORBIDDEN, "cross-origin", "The request comes from another web page", detail)
    }

    /// 404: nobody has told us about the org.
    pub fn unknown_org() -> Self {
        let detail = "tell its name and plan with PUT /v1/orgs/{org_id} first";
        Self::new(StatusCode::NOT_FOUND, "unknown-org", "The org is unknown", detail)
    }

    /// 404: the org has no event of that id.
    pub fn unknown_event() -> Self {
        let detail = "the org has no event of this id";
        Self::new(StatusCode::NOT_FOUND, "unknown-event", "The event is unknown", detail)
    }

    /// 404: there is no such route.
    pub fn unknown_route() -> Self {
        let detail = "GET /openapi.json lists the routes";
        Self::new(StatusCode::NOT_FOUND, "unknown-route", "There is no such route", detail)
    }

    /// 405: the route has other methods.
    pub fn method_not_allowed() -> Self {
        let detail = "GET /openapi.json lists the methods of each route";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "The route has no such method", detail)
    }

    /// 408: the body was not complete within `budget`.
    pub fn body_too_slow(budget: Duration) -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "request-timeout",
            "The request took too long",
            format!("the body did not arrive within {} s; nothing was changed; send it again", budget.as_secs()),
        )
    }

    /// 409: another org has an id that differs only by case.
    pub fn org_id_taken() -> Self {
        let detail = "another org has an id that differs from this one only by case";
        Self::new(StatusCode::CONFLICT, "org-id-taken", "The org id is taken", detail)
    }

    /// 409: a later update of the org is stored; `org` is the org as it stays.
    pub fn org_updated_since(org: &impl Serialize) -> Self {
        let detail = "the stored org, in the member `org`, has a later `updated_at` or the same one with other values; nothing was \
                      changed; send the present name and plan with a later `updated_at`";
        let problem =
            Self::new(StatusCode::CONFLICT, "org-updated-since", "A later update of the org is stored", detail);
        problem.with("org", json!(org))
    }

    /// 413: the body is larger than `limit_bytes`.
    pub fn too_large(limit_bytes: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "request-too-large",
            "The request is too large",
            format!("a body has at most {limit_bytes} bytes, also after decompression; nothing was changed"),
        )
    }

    /// 415: the body has an encoding that is not read.
    pub fn unsupported_encoding(found: &str) -> Self {
        let detail =
            format!("Content-Encoding is {found}; gzip and zstd are read, one of them, or none; nothing was changed");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-encoding", "The body's encoding is unknown", detail)
    }

    /// 414 or 431: the head of a request, its target or its headers, is too large.
    pub fn head_too_large(is_target: bool) -> Self {
        let (status, what) = match is_target {
            true => (StatusCode::URI_TOO_LONG, "the path and the query string have at most 65,534 bytes together"),
            false => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "a request has at most 100 headers, of 400 KB together")
            }
        };
        Self::new(status, "head-too-large", "The head of the request is too large", what)
    }

    /// 500: a cause that nobody foresaw; logged, not shown.
    pub fn internal(cause: &dyn Error) -> Self {
        tracing::error!(error = chain(cause), "unforeseen failure");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong", "the failure was logged")
    }

    /// 503: a store did not answer; the same request may be sent again.
    pub fn unavailable(cause: &dyn Error) -> Self {
        tracing::error!(error = chain(cause), "a store did not answer");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "The service is unavailable",
            "a store did not answer; send the same request again",
        )
        .after_seconds(1)
    }

    /// 503: not every event of the request is known to be durable.
    pub fn not_all_stored(events: Value) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not-all-stored",
            "Not every event was stored",
            "send the events that are unknown again, or all of them with the same keys",
        )
        .with("events", events)
        .after_seconds(1)
    }

    /// 503: a segment in the range of the search cannot be read; a shorter list would be a lie.
    pub fn segment_unreadable(cause: &dyn Error, from: &str, to: &str) -> Self {
        tracing::error!(error = chain(cause), from, to, "a segment cannot be read");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "segment-unreadable",
            "A part of the archive cannot be read",
            format!("events from {from} to {to} cannot be read; searches outside of that range answer"),
        )
        .with("from", json!(from))
        .with("to", json!(to))
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    fn after_seconds(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

impl Problem {
    /// The JSON text of its body.
    pub fn body(&self) -> String {
        let mut body = json!({
            "type": format!("{TYPE_PREFIX}{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Value::Object(members) = &mut body {
            members.extend(self.members.clone());
        }
        body.to_string()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON))];
        let mut response = (self.status, headers, self.body()).into_response();
        if self.status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, zstd"));
        }
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
