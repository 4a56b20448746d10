//! Sends requests to the service.

use audit_core::error::chain;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Url, redirect};

use super::answer::{self, Answer};
use super::batch::{self, Item};
use super::policy::Policy;
use super::stop::Stop;

/// Sends events of one org.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: Url,
}

impl Client {
    /// A client for the events of `org` at the service whose root is `to`.
    ///
    /// *Errors*: there is no TLS or no resolver to be had.
    pub(crate) fn new(to: &Url, org: &str, policy: &Policy) -> Result<Self, Stop> {
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("audit/", env!("CARGO_PKG_VERSION")))
            .timeout(policy.timeout)
            // A redirected POST would be repeated as a GET.
            .redirect(redirect::Policy::none());
        if to.scheme() == "http" {
            // Nothing is encrypted, so a machine without certificates must do.
            http = http.tls_certs_only([]);
        }
        if is_loopback(to) {
            http = http.no_proxy();
        }
        Ok(Self { http: http.build().map_err(Stop::Client)?, url: events_url(to, org) })
    }

    /// Sends events once.
    pub(crate) async fn send(&self, items: &[Item]) -> Answer {
        match self.try_send(items).await {
            Ok(answer) => answer,
            Err(error) => {
                let error = error.without_url();
                Answer::Retry { reason: chain(&error), after: None, known: None, unsure: !error.is_connect() }
            }
        }
    }

    async fn try_send(&self, items: &[Item]) -> reqwest::Result<Answer> {
        let request = self.http.post(self.url.clone()).header(CONTENT_TYPE, "application/json");
        let response = request.body(batch::body(items)).send().await?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = response.bytes().await?;
        Ok(answer::read(status, retry_after.as_deref(), &body, items.len()))
    }
}

fn events_url(to: &Url, org: &str) -> Url {
    let mut url = to.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["v1", "orgs", org, "events"]);
    }
    url
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "[::1]")) || url.host_str().is_some_and(|host| host.starts_with("127."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_the_service_is_kept() {
        let url = |to: &str| events_url(&Url::parse(to).unwrap(), "acme").to_string();
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
}
