//! Why a request has no usable response: what happened, why, and what to do next.

use std::fmt;

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::text::escaped;

/// Why a request has no usable response.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The HTTP client cannot be created, for example without a source of TLS certificates.
    #[error("cannot create an HTTP client")]
    Client(#[source] reqwest::Error),
    /// Signing needs a region.
    #[error("cannot sign requests, because no AWS region is configured; set AWS_REGION")]
    NoRegion,
    /// Signing needs credentials.
    #[error("cannot sign requests, because no AWS credentials are available; sign in, or set AWS_PROFILE: {0}")]
    Credentials(String),
    /// The request cannot be signed.
    #[error("cannot sign the request")]
    Signature(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No response was received.
    #[error("no response from {endpoint}; check that the service runs there, or set --endpoint")]
    Unreachable {
        /// The base URL.
        endpoint: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The service refused the request, or could not serve it.
    #[error("{0}")]
    Refused(Refusal),
    /// The response is not one of this API.
    #[error("the response of {endpoint} is not one of this API; check --endpoint")]
    Foreign {
        /// The base URL.
        endpoint: String,
        /// What the response lacks.
        #[source]
        source: serde_json::Error,
    },
}

impl ApiError {
    /// Reports whether a later request can succeed without a change by the user.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused(refusal) => refusal.is_transient(),
            _ => false,
        }
    }

    /// Reports whether the values of flags are the cause.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == StatusCode::BAD_REQUEST)
    }
}

/// A response that is not a success: a problem of the API, or the message of API Gateway.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    problem: Problem,
    is_signed: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
    message: Option<String>,
    #[serde(default)]
    errors: Vec<InputError>,
}

#[derive(Debug, Deserialize)]
struct InputError {
    #[serde(default)]
    pointer: String,
    #[serde(default)]
    found: Value,
    #[serde(default)]
    allowed: Value,
}

impl Refusal {
    /// Reads the body of a response.
    pub(crate) fn read(status: StatusCode, body: &[u8], is_signed: bool) -> Self {
        Self { status, problem: serde_json::from_slice(body).unwrap_or_default(), is_signed }
    }

    fn is_transient(&self) -> bool {
        self.status.is_server_error()
            || matches!(self.status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { title, detail, message, errors } = &self.problem;
        let title = title.as_deref().or(message.as_deref()).unwrap_or("The request failed");
        write!(f, "{} (HTTP {})", escaped(title), self.status.as_u16())?;
        if errors.is_empty() {
            detail.iter().try_for_each(|detail| write!(f, ": {}", escaped(detail)))?;
        }
        for InputError { pointer, found, allowed } in errors {
            // The parameter `?not_actor` is the flag `--not-actor`.
            let name = pointer.strip_prefix('?').map(|name| format!("--{}", name.replace('_', "-")));
            let (name, found, allowed) = (name.as_deref().unwrap_or(pointer), words(found), words(allowed));
            write!(f, "\n  {}: found {}, allowed: {}", escaped(name), escaped(&found), escaped(&allowed))?;
        }
        if !self.is_signed
            && matches!(self.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
            && detail.is_none()
        {
            write!(f, "; the request was not signed: if the service requires IAM signatures, add --sign")?;
        }
        Ok(())
    }
}

fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(status: u16, body: &str) -> String {
        Refusal::read(StatusCode::from_u16(status).unwrap(), body.as_bytes(), false).to_string()
    }

    #[test]
    fn an_invalid_request_lists_its_flags() {
        let body = r#"{"title":"The request is invalid","detail":"2 errors","errors":[
            {"pointer":"?not_actor","found":"\"\u001b\"","allowed":"1 to 2048 bytes"},{"pointer":"?limit","found":0,"allowed":"1"}]}"#;
        let expected = "The request is invalid (HTTP 400)\n  --not-actor: found \"\\u{1b}\", allowed: 1 to 2048 bytes\
                        \n  --limit: found 0, allowed: 1";
        assert_eq!(shown(400, body), expected);
    }

    #[test]
    fn any_other_response_states_what_it_knows() {
        let body = r#"{"title":"The org is not registered","detail":"register it"}"#;
        assert_eq!(shown(404, body), "The org is not registered (HTTP 404): register it");
        assert_eq!(shown(502, "<html>"), "The request failed (HTTP 502)");
        let unsigned = shown(403, r#"{"message":"Forbidden"}"#);
        assert!(unsigned.starts_with("Forbidden (HTTP 403); ") && unsigned.ends_with("add --sign"), "{unsigned}");
    }
}
