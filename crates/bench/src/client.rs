//! A client of the API with one open connection.

use std::time::Instant;

use serde_json::value::RawValue;

use crate::Result;

/// The org of the benchmark.
pub(crate) const ORG: &str = "acme";

/// A client of one server.
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
}

/// What a search found.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Found {
    pub(crate) ids: Vec<String>,
    pub(crate) pages: usize,
    /// The cursor after the last page.
    pub(crate) next: Option<String>,
}

#[derive(serde::Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    events: Vec<Row<'a>>,
    next_cursor: Option<String>,
}

#[derive(serde::Deserialize)]
struct Row<'a> {
    id: &'a str,
    /// Read, as a caller would.
    #[serde(borrow)]
    actor: &'a RawValue,
}

impl Client {
    pub(crate) fn new(url: &str) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
        Ok(Self { http, url: url.to_owned() })
    }

    /// Sends a request that must succeed; returns the body of its response.
    pub(crate) async fn send(&self, method: &str, path: &str, body: String) -> Result<String> {
        let request = self.http.request(method.parse()?, format!("{}{path}", self.url)).body(body);
        let response = request.send().await?;
        let (status, text) = (response.status(), response.text().await?);
        if status.is_success() { Ok(text) } else { Err(format!("{method} {path}: {status} {text}").into()) }
    }

    /// Registers the org. Reads nothing of its events.
    pub(crate) async fn register(&self) -> Result<()> {
        let body = r#"{"name":"Benchmark","plan":"enterprise"}"#.to_owned();
        self.send("PUT", &format!("/v1/orgs/{ORG}"), body).await.map(drop)
    }

    /// One page of a search, or one event; its milliseconds and what it found.
    pub(crate) async fn page(&self, path: &str) -> Result<(f64, Found)> {
        let started = Instant::now();
        let text = self.send("GET", path, String::new()).await?;
        let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        if !path.contains('?') {
            let Row { id, .. } = serde_json::from_str(&text)?;
            return Ok((milliseconds, Found { ids: vec![id.to_owned()], pages: 1, next: None }));
        }
        let Page { events, next_cursor: next } = serde_json::from_str(&text)?;
        let ids = events.iter().filter(|row| !row.actor.get().is_empty()).map(|row| row.id.to_owned()).collect();
        Ok((milliseconds, Found { ids, pages: 1, next }))
    }

    /// Pages of a search up to the last one, or up to `pages`; the milliseconds of their requests and what they found.
    pub(crate) async fn walk(&self, path: &str, pages: usize) -> Result<(f64, Found)> {
        let (mut milliseconds, mut found) = (0.0, Found::default());
        loop {
            let cursor = found.next.as_ref().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let (page_ms, page) = self.page(&format!("{path}{cursor}")).await?;
            milliseconds += page_ms;
            found.ids.extend(page.ids);
            (found.pages, found.next) = (found.pages + 1, page.next);
            if found.next.is_none() || found.pages == pages {
                return Ok((milliseconds, found));
            }
        }
    }
}
