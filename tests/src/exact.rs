//! Events as the text of the response: what a parsed value would round, reorder or unescape stays comparable.

use std::collections::HashMap;

use audit_core::{
    EventId,
    invariants::{each_once, in_order_after},
};
use axum::http::StatusCode;
use serde_json::value::RawValue;

use crate::api::Api;
use crate::walk::Search;

type Members = HashMap<String, Box<RawValue>>;

/// An event in the exact text of the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactEvent {
    /// Its id.
    pub id: EventId,
    /// Its JSON.
    pub text: String,
}

/// A walk to the end.
#[derive(Debug)]
pub struct Walked {
    /// All events.
    pub events: Vec<ExactEvent>,
    /// How many pages they came in.
    pub pages: usize,
    /// The bytes of the largest body.
    pub largest_body: usize,
    /// The bytes of the largest body as a JSON string, the form in which Lambda returns it.
    pub largest_escaped: usize,
}

impl ExactEvent {
    /// Reads the JSON of an event.
    pub fn read(text: &str) -> Self {
        let id: String = serde_json::from_str(&member(text, "/id")).expect("a string");
        Self { id: id.parse::<EventId>().expect("an id"), text: text.to_owned() }
    }

    /// The JSON text of a member, as [`member`] finds it.
    pub fn json(&self, path: &str) -> String {
        member(&self.text, path)
    }

    /// Returns the value of a member that is a string; `None` for null.
    pub fn said(&self, path: &str) -> Option<String> {
        serde_json::from_str(&self.json(path)).expect("a string or null")
    }
}

impl Search {
    /// Walks to the end like [`Search::walk`], and keeps the exact texts.
    pub async fn walk_exactly(&self, api: &Api, limit: usize) -> Walked {
        self.walk_exactly_with(api, limit, async |_| {}).await
    }

    /// Walks to the end, and does something between any two pages.
    ///
    /// # Guarantees
    ///
    /// Strict order from page to page (I-6), no id twice (I-2), no row skipped.
    pub async fn walk_exactly_with(&self, api: &Api, limit: usize, between: impl AsyncFn(usize)) -> Walked {
        let mut walked = Walked { events: Vec::new(), pages: 0, largest_body: 0, largest_escaped: 0 };
        let mut cursor: Option<String> = None;
        loop {
            let at = cursor.as_ref().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let path = format!("/v1/orgs/{}/events?limit={limit}{at}&{}", self.org, self.query);
            let answer = api.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
            let page: Members = serde_json::from_str(&answer.text).expect("a page");
            let events: Vec<Box<RawValue>> = serde_json::from_str(page["events"].get()).expect("a list");
            assert!(events.len() <= limit && !page.contains_key("skipped"), "{path}");
            walked.events.extend(events.iter().map(|event| ExactEvent::read(event.get())));
            walked.largest_body = walked.largest_body.max(answer.text.len());
            let escaped = serde_json::to_string(&answer.text).expect("a string");
            walked.largest_escaped = walked.largest_escaped.max(escaped.len());
            walked.pages += 1;
            cursor = serde_json::from_str(page["next_cursor"].get()).expect("a cursor or null");
            if cursor.is_none() {
                break;
            }
            between(walked.pages).await;
        }
        let ids = || walked.events.iter().map(|event| event.id);
        in_order_after(None, self.order(), ids()).expect("I-6");
        each_once(ids()).expect("I-2");
        walked
    }
}

/// The JSON text of a member, by its path: `/details`, `/actor/name`; `null` if a member on the way is null.
pub fn member(json: &str, path: &str) -> String {
    let mut text = json.to_owned();
    for name in path.split('/').skip(1) {
        if text == "null" {
            break;
        }
        let mut members: Members = serde_json::from_str(&text).expect("an object");
        text = members.remove(name).expect("every member, if only null").get().to_owned();
    }
    text
}

/// A JSON text without the white space between its tokens.
pub fn compact(json: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let keeps = |letter: &char| {
        let keep = quoted || !letter.is_ascii_whitespace();
        quoted ^= *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        keep
    };
    json.chars().filter(keeps).collect()
}

/// A text as it is written in a query string.
pub fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
