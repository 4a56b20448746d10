//! Requests to a process that may be killed at any moment.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use tokio::sync::watch;

/// A request that takes this long hangs: no kill delays a request that much.
const HANGS: Duration = Duration::from_secs(180);

/// A client that learns where the current process listens.
pub(crate) struct Client {
    http: reqwest::Client,
    address: watch::Receiver<Option<String>>,
}

/// A request, which can be sent again as it is.
pub(crate) struct Request {
    method: Method,
    path: String,
    body: String,
}

impl Request {
    pub(crate) fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: String::new() }
    }

    pub(crate) fn put(path: String, body: &str) -> Self {
        Self { method: Method::PUT, path, body: body.to_owned() }
    }

    pub(crate) fn post(path: String, body: String) -> Self {
        Self { method: Method::POST, path, body }
    }
}

impl Client {
    pub(crate) fn new(address: watch::Receiver<Option<String>>) -> Self {
        audit_runtime::aws::use_ring();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(HANGS).build().unwrap();
        Self { http, address }
    }

    /// Waits for a process and sends the request to it; returns `None` if no complete response arrived.
    ///
    /// # Guarantees
    ///
    /// Every response is a success, regardless of earlier kills.
    pub(crate) async fn once(&self, request: &Request) -> Option<String> {
        let address = self.address.clone().wait_for(Option::is_some).await.unwrap().clone().unwrap();
        let Request { method, path, body } = request;
        let sent = self.http.request(method.clone(), format!("{address}{path}")).body(body.clone()).send();
        let answered = async {
            let response = sent.await?;
            Ok::<_, reqwest::Error>((response.status(), response.text().await?))
        };
        match answered.await {
            Ok((StatusCode::OK | StatusCode::CREATED, text)) => Some(text),
            Ok((status, text)) => panic!("{method} {path}: {status} {text}"),
            Err(error) if error.is_timeout() => panic!("{method} {path} hangs"),
            Err(_) => None,
        }
    }

    /// Sends the very same request until a response arrives; also returns how often it was sent again.
    pub(crate) async fn until_answered(&self, request: &Request) -> (String, u64) {
        let mut again = 0;
        loop {
            if let Some(text) = self.once(request).await {
                return (text, again);
            }
            again += 1;
        }
    }
}
