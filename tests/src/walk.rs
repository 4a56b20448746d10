//! Walks all pages of a search, and checks on the way what every page guarantees.

use audit_core::{
    EventId, Order,
    invariants::{each_once, in_order_after},
};
use axum::http::StatusCode;
use serde_json::Value;

use crate::api::Api;

/// A search without its limit and cursor: org, and the query string of filters and order.
#[derive(Debug, Clone)]
pub struct Search {
    /// Whose events.
    pub org: String,
    /// `actor=…&order=oldest`, or empty.
    pub query: String,
}

impl Search {
    /// A search.
    pub fn new(org: &str, query: &str) -> Self {
        Self { org: org.to_owned(), query: query.to_owned() }
    }

    /// Gets one page.
    pub async fn page(&self, api: &Api, limit: usize, cursor: Option<&str>) -> Value {
        let Self { org, query } = self;
        let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let answer = api.get(&format!("/v1/orgs/{org}/events?limit={limit}{cursor}&{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text);
        let page = answer.json();
        assert!(page["events"].as_array().expect("a list").len() <= limit);
        page
    }

    pub(crate) fn order(&self) -> Order {
        if self.query.contains("order=oldest") { Order::Oldest } else { Order::Newest }
    }

    /// Walks to the end; returns all events.
    ///
    /// # Guarantees
    ///
    /// Every page is strictly after the previous one (I-6), and no id is returned twice (I-2).
    pub async fn walk(&self, api: &Api, limit: usize) -> Vec<Value> {
        self.walk_with(api, limit, async |_| {}).await
    }

    /// Walks to the end, and does something between any two pages.
    pub async fn walk_with(&self, api: &Api, limit: usize, between: impl AsyncFn(usize)) -> Vec<Value> {
        let mut events: Vec<Value> = Vec::new();
        let mut cursor: Option<String> = None;
        for number in 0.. {
            let page = self.page(api, limit, cursor.as_deref()).await;
            events.extend(page["events"].as_array().cloned().unwrap_or_default());
            let next = page["next_cursor"].as_str().map(str::to_owned);
            assert!(next.is_none() || next != cursor, "a page did not advance");
            cursor = next;
            if cursor.is_none() {
                break;
            }
            between(number).await;
        }
        let ids = || events.iter().map(id_of);
        in_order_after(None, self.order(), ids()).expect("I-6");
        each_once(ids()).expect("I-2");
        events
    }
}

/// The id of an event.
pub fn id_of(event: &Value) -> EventId {
    event["id"].as_str().and_then(|text| text.parse::<EventId>().ok()).expect("an id")
}
