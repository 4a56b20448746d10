//! Sends one request, and decides what its response means for the events.

use std::collections::BTreeMap;
use std::time::Duration;

use audit_core::OrgId;
use audit_core::error::chain;
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Request, Url};
use serde::Deserialize;
use serde_json::Value;

use super::batch::{self, Item};
use super::report::ImportError;
use crate::api::{ApiError, Connection, Policy, org_url};

/// What a response reports about one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Created,
    Duplicate,
    /// It may or may not be stored.
    Unknown,
}

/// What the response to a request means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Every event is stored. One status for each, none of them unknown.
    Stored(Vec<Status>),
    /// Nothing is stored, because the events at these indices are invalid.
    Invalid(BTreeMap<usize, String>),
    /// Nothing is stored, and only smaller requests can show which events are the cause.
    Divide(String),
    /// A retry may succeed.
    Retry {
        reason: String,
        /// The pause that the service requests.
        after: Option<Duration>,
        /// One status for each event, if the response has them.
        known: Option<Vec<Status>>,
        /// Whether events without a status may be stored all the same.
        unsure: bool,
    },
    /// No retry will succeed.
    Fatal {
        reason: String,
        /// Whether the events may be stored all the same.
        unsure: bool,
    },
}

/// Sends events of one org.
#[derive(Debug)]
pub(crate) struct Client {
    connection: Connection,
    url: Url,
}

impl Client {
    /// Creates a client for the events of `org` at the service whose base URL is `to`.
    pub(crate) async fn open(to: &Url, org: &OrgId, sign: bool, policy: &Policy) -> Result<Self, ImportError> {
        let connection = Connection::open(to, sign, policy.timeout).await.map_err(ImportError::Connection)?;
        Ok(Self { connection, url: org_url(to, org, "events") })
    }

    /// Sends events once.
    pub(crate) async fn send(&self, items: &[Item]) -> Outcome {
        let failed = |error: reqwest::Error| {
            let error = error.without_url();
            Outcome::Retry { reason: chain(&error), after: None, known: None, unsure: !error.is_connect() }
        };
        let mut request = Request::new(Method::POST, self.url.clone());
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(batch::body(items).into());
        let response = match self.connection.send(request).await {
            Ok(response) => response,
            Err(ApiError::Unreachable { source, .. }) => return failed(source),
            // Without credentials nothing was sent. They may be available again for the next try.
            Err(error) => return Outcome::Retry { reason: chain(&error), after: None, known: None, unsure: false },
        };
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        match response.bytes().await {
            Ok(body) => outcome(status, retry_after.as_deref(), &body, items.len()),
            Err(error) => failed(error),
        }
    }
}

/// Reads the response to a request of `sent` events. Of the header `Retry-After` only the form in seconds counts.
fn outcome(status: u16, retry_after: Option<&str>, body: &[u8], sent: usize) -> Outcome {
    let document = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let reason = reason(status, &document);
    let known = statuses(&document, sent);
    match status {
        200..=299 => match known {
            Some(statuses) if !statuses.contains(&Status::Unknown) => Outcome::Stored(statuses),
            _ => Outcome::Fatal { reason: format!("{reason}, without a status for every event"), unsure: true },
        },
        400 => match input_errors(&document, sent) {
            errors if errors.is_empty() => Outcome::Divide(reason),
            errors => Outcome::Invalid(errors),
        },
        413 => Outcome::Divide(reason),
        408 | 429 | 500..=599 => {
            let seconds = retry_after.and_then(|text| text.trim().parse().ok());
            Outcome::Retry { reason, after: seconds.map(Duration::from_secs), known, unsure: status >= 500 }
        }
        _ => Outcome::Fatal { reason, unsure: false },
    }
}

/// The status, and the reason that the body states.
fn reason(status: u16, document: &Value) -> String {
    // API Gateway's own responses have a `message`.
    let text = ["detail", "title", "message"].into_iter().find_map(|member| document.get(member)?.as_str());
    text.map_or_else(|| format!("HTTP {status}"), |text| format!("HTTP {status}: {text}"))
}

/// The statuses of a body that has one for every event.
fn statuses(document: &Value, sent: usize) -> Option<Vec<Status>> {
    let events = document.get("events")?.as_array().filter(|events| events.len() == sent)?;
    events.iter().map(|event| Status::deserialize(event.get("status")?).ok()).collect()
}

/// The input errors of a body, in one text for each event that has any.
fn input_errors(document: &Value, sent: usize) -> BTreeMap<usize, String> {
    let mut reasons = BTreeMap::<usize, Vec<String>>::new();
    for error in document.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let pointer = error.get("pointer").and_then(Value::as_str).and_then(event_pointer);
        let Some((index, pointer)) = pointer.filter(|(index, _)| *index < sent) else { continue };
        let mut reason = if pointer.is_empty() { "the event" } else { pointer }.to_owned();
        for (member, words) in [("found", ": found "), ("allowed", ", allowed: ")] {
            match error.get(member) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => reason += &format!("{words}{text}"),
                Some(other) => reason += &format!("{words}{other}"),
            }
        }
        reasons.entry(index).or_default().push(reason);
    }
    reasons.into_iter().map(|(index, reasons)| (index, reasons.join("; "))).collect()
}

/// The index of the event in a pointer, and the pointer within the event.
fn event_pointer(pointer: &str) -> Option<(usize, &str)> {
    let rest = pointer.strip_prefix("/events/")?;
    let (index, within) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Some((index.parse().ok()?, within))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respond(status: u16, body: &str, sent: usize) -> Outcome {
        outcome(status, None, body.as_bytes(), sent)
    }

    #[test]
    fn a_stored_request_has_a_status_for_every_event() {
        let body = r#"{"events":[{"id":"a","status":"created"},{"id":"b","status":"duplicate"}]}"#;
        assert_eq!(respond(201, body, 2), Outcome::Stored(vec![Status::Created, Status::Duplicate]));
        for (body, sent) in [(body, 3), ("<html>", 1), ("{}", 1), (r#"{"events":[{"status":"unknown"}]}"#, 1)] {
            assert!(matches!(respond(200, body, sent), Outcome::Fatal { unsure: true, .. }), "{body}");
        }
    }

    #[test]
    fn input_errors_belong_to_the_events_of_their_pointers() {
        let body = r#"{"type":"urn:problem-type:audit:invalid-event","errors":[
            {"pointer":"/events/3/actor/id","found":"nothing","allowed":"a string"},
            {"pointer":"/events/3","found":7,"allowed":null},
            {"pointer":"/events/0/action","found":"\"X\"","allowed":"words"},
            {"pointer":"/events/4/action"},{"pointer":"/events/x"},{"pointer":"/other"},{"pointer":null},1]}"#;
        let expected = BTreeMap::from([
            (0, "/action: found \"X\", allowed: words".to_owned()),
            (3, "/actor/id: found nothing, allowed: a string; the event: found 7".to_owned()),
        ]);
        assert_eq!(respond(400, body, 4), Outcome::Invalid(expected));
    }

    #[test]
    fn a_request_without_usable_pointers_is_divided() {
        let body = r#"{"title":"Bad","detail":"it is bad","errors":[{"pointer":"/events/9/action"}]}"#;
        assert_eq!(respond(400, body, 9), Outcome::Divide("HTTP 400: it is bad".to_owned()));
        assert_eq!(respond(413, r#"{"message":"Too large"}"#, 9), Outcome::Divide("HTTP 413: Too large".to_owned()));
        assert_eq!(respond(400, "", 9), Outcome::Divide("HTTP 400".to_owned()));
    }

    #[test]
    fn a_passing_failure_is_retried() {
        let body = r#"{"title":"Busy","events":[{"status":"unknown"},{"status":"created"}]}"#;
        let expected =
            |after, known, unsure, reason: &str| Outcome::Retry { reason: reason.to_owned(), after, known, unsure };
        let known = Some(vec![Status::Unknown, Status::Created]);
        let after = Some(Duration::from_secs(3));
        assert_eq!(outcome(503, Some(" 3"), body.as_bytes(), 2), expected(after, known, true, "HTTP 503: Busy"));
        assert_eq!(outcome(503, Some("Sun, 01 Nov"), body.as_bytes(), 1), expected(None, None, true, "HTTP 503: Busy"));
        assert_eq!(respond(429, "", 2), expected(None, None, false, "HTTP 429"));
        assert_eq!(respond(408, "", 2), expected(None, None, false, "HTTP 408"));
        assert_eq!(respond(502, "<html>", 2), expected(None, None, true, "HTTP 502"));
    }

    #[test]
    fn any_other_status_is_fatal() {
        for status in [302, 401, 403, 404, 409, 415, 422] {
            let expected = Outcome::Fatal { reason: format!("HTTP {status}: no"), unsure: false };
            assert_eq!(respond(status, r#"{"title":"t","detail":"no"}"#, 1), expected);
        }
    }
}
