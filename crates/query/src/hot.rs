//! The hot part of a page: the matching rows of all shards, up to the position that every shard has examined.

use std::collections::VecDeque;

use audit_core::error::chain;
use audit_core::event::Event;
use audit_core::filter::Facets;
use audit_core::id::EventId;
use audit_core::limits::PAGE_BYTES;
use audit_core::search::Search;
use audit_tables::Tables;
use audit_tables::events::{HotRow, HotScan};
use futures::future::try_join_all;
use tokio::time::Instant;

use crate::error::QueryError;

/// What was read of the hot events.
#[derive(Debug)]
pub(crate) struct HotRead {
    /// Matching events in order, none beyond the horizon.
    pub(crate) events: VecDeque<Event>,
    /// The least advanced position last examined by a shard that did not end; `None`: all shards ended.
    pub(crate) horizon: Option<EventId>,
    /// Rows that could not be read.
    pub(crate) skipped: u64,
}

/// What was read of one shard.
struct ShardRead {
    events: Vec<Event>,
    examined: Option<EventId>,
    skipped: u64,
}

/// Reads each shard, strongly consistent, until it has more matches than the page takes, its end, or the deadline.
///
/// *Guarantees*: a shard that did not end has examined at least one position.
pub(crate) async fn read(tables: &Tables, search: &Search, deadline: Instant) -> Result<HotRead, QueryError> {
    let scan = HotScan { org_id: search.org_id.clone(), span: search.span(), order: search.order };
    let shards = audit_tables::keys::shards().map(|shard| read_shard(tables, search, &scan, shard, deadline));
    let shards = try_join_all(shards).await?;
    let horizon = shards.iter().filter_map(|shard| shard.examined).reduce(|a, b| search.order.earlier(a, b));
    let skipped = shards.iter().map(|shard| shard.skipped).sum();
    let within = |event: &Event| horizon.is_none_or(|horizon| !search.order.before(horizon, event.id));
    let mut events: Vec<_> = shards.into_iter().flat_map(|shard| shard.events).filter(within).collect();
    events.sort_by(|a, b| {
        if search.order.before(a.id, b.id) { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater }
    });
    Ok(HotRead { events: events.into(), horizon, skipped })
}

async fn read_shard(
    tables: &Tables,
    search: &Search,
    scan: &HotScan,
    shard: u8,
    deadline: Instant,
) -> Result<ShardRead, QueryError> {
    // Without a filter every row is a match; with one, as many rows as a page has cost fewer round trips.
    let rows_a_page = search.filter.is_empty().then_some(search.limit as i32 + 1);
    let mut read = ShardRead { events: Vec::new(), examined: None, skipped: 0 };
    let (mut start, mut bytes) = (None, 0);
    loop {
        let page = tables.hot_page(scan, shard, start, rows_a_page).await?;
        for row in page.rows {
            match row {
                HotRow::Event(event) => {
                    read.examined = Some(event.id);
                    if search.filter.matches(&Facets::of(&event)) {
                        bytes += event.details.as_ref().map_or(0, |details| details.as_str().len());
                        read.events.push(*event);
                    }
                }
                HotRow::Unreadable(error) => {
                    tracing::error!(error = chain(&error), "a hot row cannot be read");
                    read.skipped += 1;
                }
            }
        }
        start = page.next;
        if start.is_none() {
            read.examined = None;
            return Ok(read);
        }
        let enough = read.events.len() > search.limit || bytes > PAGE_BYTES || Instant::now() >= deadline;
        if enough && read.examined.is_some() {
            return Ok(read);
        }
    }
}
