//! Sends requests to the API of a running service, signed where it is deployed on AWS.

mod error;
mod retry;
mod sign;

use std::time::Duration;

use audit_core::{Clock as _, OrgId, UnixMicros};
use audit_runtime::{SystemClock, aws};
use chrono::DateTime;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, Request, Response, Url, redirect};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

pub use error::ApiError;
use error::Refusal;
pub use retry::Policy;
use sign::Signer;

/// What a signature leaves as it is; every other byte is percent-encoded, so that client and service sign one text.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Which service and org.
#[derive(Debug, Clone, clap::Args)]
pub struct ApiArgs {
    /// Base URL of the service.
    #[arg(long, env = "AUDIT_ENDPOINT", value_name = "URL", value_parser = service_url)]
    #[arg(default_value = "http://127.0.0.1:8080", help_heading = "Service")]
    pub endpoint: Url,
    /// Org that owns the events.
    #[arg(long, env = "AUDIT_ORG", allow_hyphen_values = true, help_heading = "Service")]
    pub org: OrgId,
    /// Sign requests with the AWS credentials of the environment; always on for hosts of AWS.
    #[arg(long, help_heading = "Service")]
    pub sign: bool,
}

/// Accepts the base URL of a service.
pub(crate) fn service_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match (url.scheme(), url.query(), url.fragment()) {
        ("http" | "https", None, None) => Ok(url),
        _ => Err("expected http:// or https://, without a query or fragment".to_owned()),
    }
}

/// Returns the URL of a route of one org.
pub(crate) fn org_url(endpoint: &Url, org: &OrgId, route: &str) -> Url {
    let mut url = endpoint.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["v1", "orgs", org.as_str(), route]);
    }
    url
}

/// Sends single requests.
#[derive(Debug)]
pub(crate) struct Connection {
    http: reqwest::Client,
    signer: Option<Signer>,
}

impl Connection {
    /// Creates the client, and loads credentials if requests to `endpoint` are signed.
    pub(crate) async fn open(endpoint: &Url, sign: bool, timeout: Duration) -> Result<Self, ApiError> {
        aws::use_ring();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("audit/", env!("CARGO_PKG_VERSION")))
            .timeout(timeout)
            // A redirected POST would be repeated as a GET, and a signature is for one host.
            .redirect(redirect::Policy::none());
        if endpoint.scheme() == "http" {
            // Nothing is encrypted, so a machine without certificates must do.
            http = http.tls_certs_only([]);
        }
        if is_loopback(endpoint) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(ApiError::Client)?;
        Ok(Self { http, signer: Signer::open(endpoint, sign).await? })
    }

    /// Sends one request; signs it first if the service requires that.
    pub(crate) async fn send(&self, mut request: Request) -> Result<Response, ApiError> {
        if let Some(signer) = &self.signer {
            signer.sign(&mut request).await?;
        }
        let endpoint = request.url().origin().ascii_serialization();
        let unreachable = |error: reqwest::Error| ApiError::Unreachable { endpoint, source: error.without_url() };
        self.http.execute(request).await.map_err(unreachable)
    }
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "[::1]")) || url.host_str().is_some_and(|host| host.starts_with("127."))
}

/// Reads from the API of one org.
#[derive(Debug)]
pub(crate) struct Api {
    connection: Connection,
    endpoint: Url,
    org: OrgId,
    policy: Policy,
}

/// The parameters of a request, by name. A name can have several values.
pub(crate) type Parameters = Vec<(&'static str, String)>;

/// A response.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub(crate) body: T,
    /// When the service responded, by its own clock.
    pub(crate) at: UnixMicros,
}

impl Api {
    /// Connects as the arguments specify. A request that fails is retried as `policy` specifies.
    pub(crate) async fn open(args: &ApiArgs, policy: Policy) -> Result<Self, ApiError> {
        let connection = Connection::open(&args.endpoint, args.sign, policy.timeout).await?;
        Ok(Self { connection, endpoint: args.endpoint.clone(), org: args.org.clone(), policy })
    }

    /// Gets a document of the org.
    ///
    /// # Errors
    ///
    /// The last error, when the request was retried.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        route: &str,
        query: &Parameters,
    ) -> Result<Answer<T>, ApiError> {
        let mut url = org_url(&self.endpoint, &self.org, route);
        let encoded = |(name, value): &(&str, String)| format!("{name}={}", utf8_percent_encode(value, ENCODED));
        url.set_query(Some(&query.iter().map(encoded).collect::<Vec<_>>().join("&")));
        let mut tried = 0;
        loop {
            tried += 1;
            let (error, retry_after) = match self.try_get(&url).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            // Where nothing listens, or what the service says will last, a retry only delays the message.
            let is_brief = matches!(error, ApiError::Refused(_)) && error.is_transient() && retry_after.is_some();
            match self.policy.pause(tried, retry_after, rand::random()).filter(|_| is_brief) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            }
        }
    }

    async fn try_get<T: DeserializeOwned>(&self, url: &Url) -> Result<Answer<T>, (ApiError, Option<Duration>)> {
        let response = self.connection.send(Request::new(Method::GET, url.clone())).await;
        let response = response.map_err(|error| (error, None))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let endpoint = self.endpoint.to_string();
        let unreachable = |error: reqwest::Error| ApiError::Unreachable { endpoint, source: error };
        let body = response.bytes().await.map_err(|error| (unreachable(error.without_url()), None))?;
        if !status.is_success() {
            let refusal = Refusal::read(status, &body, self.connection.signer.is_some());
            return Err((ApiError::Refused(refusal), retry_after(&headers)));
        }
        let body = serde_json::from_slice(&body).map_err(|error| (self.foreign(error), None))?;
        Ok(Answer { body, at: date(&headers) })
    }

    /// Reads members of an event.
    pub(crate) fn parsed<T: DeserializeOwned>(&self, event: &RawValue) -> Result<T, ApiError> {
        serde_json::from_str(event.get()).map_err(|error| self.foreign(error))
    }

    fn foreign(&self, source: serde_json::Error) -> ApiError {
        ApiError::Foreign { endpoint: self.endpoint.to_string(), source }
    }
}

/// The header `Retry-After`, in its form in seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The header `Date`, or the time of this machine if a proxy removed it.
fn date(headers: &HeaderMap) -> UnixMicros {
    let text = headers.get(DATE).and_then(|value| value.to_str().ok());
    let at = text.and_then(|text| DateTime::parse_from_rfc2822(text).ok());
    at.map_or_else(|| SystemClock.now(), |at| UnixMicros::new(at.timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_base_url_of_a_service_is_accepted() {
        for good in ["http://localhost:8080", "https://example.com/prod/"] {
            assert!(service_url(good).is_ok(), "{good}");
        }
        for bad in ["localhost:8080", "ftp://example.com", "http://example.com/?a=b", "http://example.com/#a", ""] {
            assert!(service_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_path_of_the_service_is_kept() {
        let url = |to: &str| org_url(&Url::parse(to).unwrap(), &"acme".parse().unwrap(), "events").to_string();
        assert_eq!(url("http://localhost:80"), "http://localhost/v1/orgs/acme/events");
        assert_eq!(url("https://example.com/prod/"), "https://example.com/prod/v1/orgs/acme/events");
        assert_eq!(url("https://example.com/prod"), url("https://example.com/prod/"));
    }

    #[test]
    fn only_this_machine_is_reached_without_a_proxy() {
        let loopback = |to: &str| is_loopback(&Url::parse(to).unwrap());
        assert!(loopback("http://127.0.0.1:1") && loopback("http://localhost") && loopback("http://[::1]:9"));
        assert!(!loopback("http://example.com") && !loopback("http://10.0.0.1"));
    }

    #[test]
    fn the_clock_of_the_service_counts() {
        let headers = HeaderMap::from_iter([(DATE, "Wed, 25 Nov 2026 23:17:36 GMT".parse().unwrap())]);
        assert_eq!(date(&headers).to_string(), "2026-11-25T23:17:36.000000Z");
    }
}
