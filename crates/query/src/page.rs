//! One page of a search.
//!
//! 1. hot rows, strongly consistent, up to the horizon that every shard has examined
//! 2. the head, after the hot rows    <- what left the hot tier before 1 is below its visible number
//! 3. segments below that number, as far as the page reaches, merged with the hot rows; a repeat is dropped by its id
//! 4. the page ends at its limit, its bytes or its deadline; its cursor is the least advanced examined position
//!
//! An event moves from hot to archive only by being published first and deleted after, so a reader that looks at hot first
//! finds it in one of both. Upholds I-1, I-2, I-6.

use std::collections::VecDeque;
use std::sync::Arc;

use audit_core::event::Event;
use audit_core::id::EventId;
use audit_core::invariants::in_order_after;
use audit_core::limits::{FIRST_INSTANT_US, FUTURE_US, PAGE_BYTES};
use audit_core::search::Search;
use audit_core::span::Order;
use audit_core::time::{Day, UnixMicros};
use audit_http::metrics::{self, Metric};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::Query;
use crate::error::QueryError;
use crate::hot;
use crate::ledger_view::Moment;
use crate::walk::{Scope, Walk};

/// Bytes of a page's body beside its events.
const ENVELOPE_BYTES: usize = 512;

/// One page, as it is answered.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    events: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
    scanned_through: UnixMicros,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u64>,
}

/// A page under construction.
struct Draft {
    limit: usize,
    events: Vec<Box<RawValue>>,
    ids: Vec<EventId>,
    bytes: usize,
}

impl Draft {
    /// Adds an event, unless the page is full: then says so and leaves it out.
    fn takes(&mut self, event: &Event) -> Result<bool, QueryError> {
        let json = serde_json::value::to_raw_value(event)?;
        let bytes = self.bytes + json.get().len() + 1;
        if self.events.len() == self.limit || (!self.events.is_empty() && bytes > PAGE_BYTES) {
            return Ok(false);
        }
        self.bytes = bytes;
        self.ids.push(event.id);
        self.events.push(json);
        Ok(true)
    }
}

impl Query {
    /// The next page of a search.
    pub(crate) async fn page(&self, search: &Search) -> Result<Page, QueryError> {
        let (now, deadline) = (self.clock.now(), Instant::now() + self.budget);
        if search.span().is_empty() {
            let scanned_through = far_end(search, now);
            return Ok(Page { events: Vec::new(), next_cursor: None, scanned_through, skipped: None });
        }
        let hot = hot::read(&self.tables, search, deadline).await?;
        // Read after the hot rows: a row that was archived and deleted before them is below this head's visible number.
        let moment = Moment::of(&self.tables.head(&search.org_id).await?);
        self.ledger.catch_up(&search.org_id, moment).await?;
        let span = hot.horizon.map_or(search.span(), |horizon| search.span().through(horizon, search.order));
        let walk = Walk::new(Scope {
            archive: &self.archive,
            ledger: &self.ledger,
            org_id: &search.org_id,
            filter: Arc::new(search.filter.clone()),
            order: search.order,
            span,
            moment,
            last_month: UnixMicros(now.0 + Day::MICROS).day().month(),
        });
        let mut draft = Draft { limit: search.limit, events: Vec::new(), ids: Vec::new(), bytes: ENVELOPE_BYTES };
        let end = merge(&mut draft, hot.events, walk, search, deadline).await?.or(hot.horizon);
        in_order_after(search.cursor.map(|cursor| cursor.position), search.order, draft.ids.iter().copied())?;
        metrics::count(Metric::RowsSkipped, hot.skipped);
        Ok(Page {
            events: draft.events,
            next_cursor: end.map(|position| search.cursor_at(position).encode()),
            scanned_through: end.map_or_else(|| far_end(search, now), EventId::occurred_at),
            skipped: Some(hot.skipped).filter(|skipped| *skipped > 0),
        })
    }
}

/// Fills the page from both tiers; gives the position through which it is complete, `None` for the end of the span.
async fn merge(
    draft: &mut Draft,
    mut hot: VecDeque<Event>,
    mut walk: Walk<'_>,
    search: &Search,
    deadline: Instant,
) -> Result<Option<EventId>, QueryError> {
    let order = search.order;
    loop {
        let examined = walk.examined();
        let hot_is_next = match (hot.front(), examined) {
            (Some(event), Some(examined)) => !order.before(examined, event.id),
            (Some(_), None) => true,
            (None, _) => false,
        };
        let event = if hot_is_next { hot.pop_front() } else { walk.take() };
        if let Some(event) = event {
            // The other tier may hold a copy of it: right behind the examined position, or at the front of the hot rows.
            if draft.ids.last() == Some(&event.id) {
                continue;
            }
            if !draft.takes(&event)? {
                return Ok(draft.ids.last().copied());
            }
            continue;
        }
        let Some(examined) = examined else { return Ok(None) };
        if Instant::now() >= deadline && search.span().holds(examined) {
            metrics::count(Metric::PagesCutByBudget, 1);
            return Ok(Some(examined));
        }
        walk.advance(search.limit + 1 - draft.events.len()).await?;
    }
}

/// How far a search that has come to its end has looked.
fn far_end(search: &Search, now: UnixMicros) -> UnixMicros {
    match search.order {
        Order::Newest => search.from.unwrap_or(UnixMicros(FIRST_INSTANT_US)),
        Order::Oldest => search.to.unwrap_or(UnixMicros(now.0 + FUTURE_US)),
    }
}
