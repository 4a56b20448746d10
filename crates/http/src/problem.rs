//! Problems: every error that a user sees, as RFC 9457 JSON with a stable type.
//!
//! The table below is the only list of the types. A problem with a 5xx status shows nothing internal; its cause is
//! logged.

use std::error::Error;

use audit_core::{InputErrors, error::chain};
use audit_tables::TablesError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// The prefix of every problem type.
pub const TYPE_PREFIX: &str = "urn:problem-type:audit:";

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Declares the kinds of problems: type, status, title, seconds until a retry makes sense, and what the user can do.
macro_rules! problem_kinds {
    ($($kind:ident: $name:literal, $status:ident, $title:literal, $retry_after_s:expr, $advice:literal;)+) => {
        /// What kind of problem it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemKind { $(#[doc = $title] $kind),+ }

        impl ProblemKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            fn row(self) -> Row {
                match self {
                    $(Self::$kind => Row {
                        name: $name,
                        status: StatusCode::$status,
                        title: $title,
                        retry_after_s: $retry_after_s,
                        advice: $advice,
                    }),+
                }
            }
        }
    };
}

problem_kinds! {
    InvalidRequest: "invalid-request", BAD_REQUEST, "The request is invalid", None,
        "nothing was changed";
    Unauthenticated: "unauthenticated", UNAUTHORIZED, "The caller is not authenticated", None,
        "the request did not come through API Gateway with an IAM signature; sign it with AWS Signature Version 4";
    SessionEnded: "session-ended", UNAUTHORIZED, "The viewer session has ended", None,
        "it expired, was revoked or never existed; get a new token from the product that shows the audit log";
    PlanRequired: "plan-required", FORBIDDEN, "Audit logs require the enterprise plan", None,
        "the org is on another plan; nothing was read or stored; change the plan with PUT /v1/orgs/{org_id}";
    NotAllowed: "not-allowed", FORBIDDEN, "The viewer session does not allow this", None,
        "nothing was read; make a session whose `may` lists it";
    ForeignHost: "foreign-host", FORBIDDEN, "The request is for another host", None,
        "this server responds only under localhost or a loopback address; use one of them as the host";
    CrossOrigin: "cross-origin", FORBIDDEN, "The request comes from another web page", None,
        "web pages of other origins cannot write; nothing was changed; send the request from a program instead";
    UnknownOrg: "unknown-org", NOT_FOUND, "The org is not registered", None,
        "register the org first with PUT /v1/orgs/{org_id}";
    UnknownEvent: "unknown-event", NOT_FOUND, "The event does not exist", None,
        "the org has no event with this id; check the org and the id";
    UnknownLogObject: "unknown-log-object", NOT_FOUND, "The log does not have this object", None,
        "a log has a key and a checkpoint from its first archive pass on, and the tiles of its checkpoints";
    UnknownRoute: "unknown-route", NOT_FOUND, "The route does not exist", None,
        "GET /openapi.json lists the routes";
    MethodNotAllowed: "method-not-allowed", METHOD_NOT_ALLOWED, "The route does not support this method", None,
        "GET /openapi.json lists the methods of each route";
    RequestTimeout: "request-timeout", REQUEST_TIMEOUT, "The request took too long", None,
        "nothing was changed; send the request again";
    OrgIdTaken: "org-id-taken", CONFLICT, "The org id is taken", None,
        "another org has an id that differs from this one only in case; nothing was changed; use another id";
    OrgUpdatedSince: "org-updated-since", CONFLICT, "A later update of the org is stored", None,
        "the stored org, in the member `org`, has a later `updated_at`, or the same one with other values; nothing was \
         changed; send the current name and plan with a later `updated_at`";
    RequestTooLarge: "request-too-large", PAYLOAD_TOO_LARGE, "The request is too large", None,
        "nothing was changed; send a smaller body";
    TargetTooLong: "head-too-large", URI_TOO_LONG, "The head of the request is too large", None,
        "the path and the query string can have up to 65,534 bytes together; send fewer parameters";
    UnsupportedEncoding: "unsupported-encoding", UNSUPPORTED_MEDIA_TYPE, "The body's encoding is not supported", None,
        "nothing was changed; send one of gzip and zstd, or no Content-Encoding";
    SessionUsedUp: "session-used-up", TOO_MANY_REQUESTS, "The viewer session has been used up", None,
        "a session can read 2,000 different filters and events; nothing was read; get a new token from the product that \
         shows the audit log";
    HeadersTooLarge: "head-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too large", None,
        "a request can have up to 100 headers, of 400 KB together; send fewer headers";
    Internal: "internal", INTERNAL_SERVER_ERROR, "An internal error occurred", None,
        "the cause was logged; a retry will probably fail too, so tell the operator";
    Unavailable: "unavailable", SERVICE_UNAVAILABLE, "The service is unavailable", Some(1),
        "a store did not respond; send the same request again";
    NotAllStored: "not-all-stored", SERVICE_UNAVAILABLE, "Not every event was stored", Some(1),
        "send the events whose status is `unknown` again, or all of them with the same keys";
    LedgerMissing: "ledger-missing", SERVICE_UNAVAILABLE, "The ledger of the org is missing", None,
        "the archive has events of the org that cannot be listed; the cause was logged; a retry fails until the operator \
         has rebuilt the ledger";
    LedgerBehind: "ledger-behind", SERVICE_UNAVAILABLE, "The ledger of the org is older than its archive", None,
        "the archive has events of the org that the ledger does not list; the cause was logged; a retry fails until the \
         operator has rebuilt the ledger";
    LedgerForeign: "ledger-foreign", SERVICE_UNAVAILABLE, "The ledger of the org belongs to another archive", None,
        "the ledger is that of another table, bucket or history; the cause was logged; a retry fails until the operator \
         has corrected the names of table and bucket, or rebuilt the ledger";
    SegmentUnreadable: "segment-unreadable", SERVICE_UNAVAILABLE, "A part of the archive cannot be read", None,
        "the cause was logged; searches outside this range work";
}

/// A row of the table.
struct Row {
    name: &'static str,
    status: StatusCode,
    title: &'static str,
    retry_after_s: Option<u32>,
    advice: &'static str,
}

impl ProblemKind {
    /// The problem's type, without [`TYPE_PREFIX`].
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        self.row().status
    }

    /// What every problem of this kind has in common, in words.
    pub fn title(self) -> &'static str {
        self.row().title
    }
}

/// An error as a user sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    kind: ProblemKind,
    detail: String,
    members: Map<String, Value>,
}

impl Problem {
    /// Returns a problem whose detail says what happened and then, from the table, what the user can do.
    pub fn new(kind: ProblemKind, happened: impl AsRef<str>) -> Self {
        Self { detail: format!("{}; {}", happened.as_ref(), kind.row().advice), ..kind.into() }
    }

    /// Returns the problem for a request with one input error.
    pub fn invalid(pointer: &str, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        let mut errors = InputErrors::default();
        errors.add(pointer, found, allowed);
        errors.into()
    }

    /// Logs the cause of an internal error, and returns the problem that hides it.
    pub fn internal(cause: &dyn Error) -> Self {
        tracing::error!(error = chain(cause), "internal error");
        ProblemKind::Internal.into()
    }

    /// Logs why a store did not respond, and returns the problem that hides it.
    pub fn unavailable(cause: &dyn Error) -> Self {
        tracing::error!(error = chain(cause), "a store did not respond");
        ProblemKind::Unavailable.into()
    }

    /// Adds a member to the JSON.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// Returns the JSON text of the response's body.
    pub fn body(&self) -> String {
        let mut body = json!({
            "type": format!("{TYPE_PREFIX}{}", self.kind.name()),
            "title": self.kind.title(),
            "status": self.kind.status().as_u16(),
            "detail": self.detail,
        });
        if let Value::Object(members) = &mut body {
            members.extend(self.members.clone());
        }
        body.to_string()
    }
}

impl From<ProblemKind> for Problem {
    fn from(kind: ProblemKind) -> Self {
        Self { kind, detail: kind.row().advice.to_owned(), members: Map::new() }
    }
}

impl From<InputErrors> for Problem {
    fn from(errors: InputErrors) -> Self {
        let happened = match (errors.count(), errors.listed().len()) {
            (1, _) => "1 error".to_owned(),
            (count, listed) if count == listed => format!("{count} errors"),
            (count, listed) => format!("{count} errors, of which the first {listed} are listed"),
        };
        Self::new(ProblemKind::InvalidRequest, happened).with("errors", json!(errors.listed()))
    }
}

impl From<TablesError> for Problem {
    /// An item that cannot be read fails every retry, so it is an internal error and not an unavailable store.
    fn from(error: TablesError) -> Self {
        match error {
            TablesError::Malformed { .. } | TablesError::Newer { .. } => Self::internal(&error),
            _ => Self::unavailable(&error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON))];
        let mut response = (self.kind.status(), headers, self.body()).into_response();
        if self.kind == ProblemKind::UnsupportedEncoding {
            response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, zstd"));
        }
        if self.kind == ProblemKind::SessionEnded {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.kind.row().retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(count: usize) -> String {
        let mut errors = InputErrors::default();
        (0..count).for_each(|_| errors.add("", "", ""));
        Problem::from(errors).detail
    }

    #[test]
    fn the_detail_counts_errors_in_plain_english() {
        assert_eq!(detail(1), "1 error; nothing was changed");
        assert_eq!(detail(2), "2 errors; nothing was changed");
        assert_eq!(detail(1_001), "1001 errors, of which the first 1000 are listed; nothing was changed");
    }
}
