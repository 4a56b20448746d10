//! A walk over pages that continues through all other steps.

use audit_core::{EventId, Order, Search};
use audit_tests::api::Api;
use axum::http::StatusCode;

use crate::book::Book;
use crate::draft::Wish;

/// An open walk.
#[derive(Debug)]
pub(crate) struct Walker {
    pub(crate) org: usize,
    wish: Wish,
    order: Order,
    limit: usize,
    cursor: Option<String>,
    position: Option<EventId>,
}

impl Walker {
    pub(crate) fn open(org: usize, wish: Wish, newest: bool, limit: usize) -> Self {
        let order = if newest { Order::Newest } else { Order::Oldest };
        Self { org, wish, order, limit, cursor: None, position: None }
    }

    /// Takes a page; returns whether the walk continues.
    ///
    /// # Guarantees
    ///
    /// The page is exactly what the model has next, so nothing is missed (I-1), doubled (I-2), out of order (I-6) or of
    /// another org (I-7), regardless of what was recorded or archived since the previous page.
    pub(crate) async fn page(&mut self, api: &Api, name: &str, book: &mut Book) -> bool {
        let order = if self.order == Order::Newest { "newest" } else { "oldest" };
        let cursor = self.cursor.as_ref().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let query = format!("order={order}&limit={}{}{cursor}", self.limit, self.wish.query());
        let answer = api.get(&format!("/v1/orgs/{name}/events?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text);
        let page = answer.json();
        assert!(page.get("skipped").is_none());
        let found: Vec<EventId> =
            page["events"].as_array().unwrap().iter().map(|event| book.recognise(event)).collect();
        let expected = book.after(self.position, self.order, self.wish);
        let Some(cursor) = page["next_cursor"].as_str() else {
            assert_eq!(found, expected, "the last page of {query}");
            return false;
        };
        let query = format!("order={order}&limit={}{}&cursor={cursor}", self.limit, self.wish.query());
        let position = Search::read(audit_tests::org(name), Some(&query)).unwrap().cursor.unwrap().position;
        let within: Vec<EventId> = expected.into_iter().filter(|id| !self.order.before(position, *id)).collect();
        assert_eq!(found, within, "a page of {query}");
        assert!(self.position.is_none_or(|before| self.order.before(before, position)), "a page advances");
        (self.cursor, self.position) = (Some(cursor.to_owned()), Some(position));
        true
    }
}
