//! One page of a search, a series of rounds. Each round
//!
//! 1. reads, of each hot shard, a bounded number of rows after those that were examined, strongly consistent (`hot.rs`). Its
//!    *horizon* is the least advanced position among the shards that have more rows; rows beyond it wait for a later round
//! 2. **then** reads the head
//! 3. reads the archive below that head's visible number as far as the horizon (`walk.rs`), and merges it with the hot
//!    rows by position; a repeat is dropped by its id (`merge.rs`)
//!
//! The page ends at its limit, its bytes or its deadline, but not before one position was examined. Its cursor is the
//! least advanced examined position. An unreadable row counts once: in the page that passes its sort key.
//!
//! # Why in this order
//!
//! An event moves from hot to archive by being published first and deleted after. Take any position. One read of its shard, in
//! this round or an earlier one, covered it, and this round's head was read after. If the row was there, the page has it. If
//! it was deleted before, it was published before that, so this head makes it visible. So no position that a round passes
//! lacks an event that was acknowledged before the page began (I-1).
//!
//! | between | a pass publishes and deletes; then |
//! | --- | --- |
//! | a shard and the next shard of one round | rows of the later shard are archived; the head, read after all shards, makes them visible |
//! | hot rows and head | the hot copy and the archived copy meet at one position, and one is dropped (I-2) |
//! | head and archive | the page looks at the older ledger; the rows that left are those that 1 has read |
//! | two rounds, rows that wait | the same as hot rows and head: the waiting copy meets the archived one |
//! | two rounds, rows not read yet | the next round does not find them hot; its head differs, so a new walk begins after the last horizon |
//! | two pages | the same, with the cursor in place of the horizon |
//!
//! A walk that was begun under another head is never continued: it would miss what became visible since. What lies up to
//! a horizon is never looked at again, so neither a late repeat nor the archived copy of a returned row is returned twice
//! (I-2, I-6). A row that is recorded while the page is read is found if its position is after the horizon. If it is
//! before, it is not found, as between any two pages: the scan began before the acknowledgement.
//!
//! A hot copy matches a filter as it was stored; so does the archived one. They are equal but for the category, which a
//! newer catalog may have changed between the two: until the next pass drops the repeat, a search by either category
//! finds the event.

use std::sync::Arc;

use audit_core::{
    EventId, Order, Search, UnixMicros,
    invariants::in_order_after,
    limits::{FIRST_INSTANT, FUTURE},
};
use audit_runtime::metrics::{self, Metric};
use audit_tables::keys;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::Query;
use crate::draft::Draft;
use crate::error::QueryError;
use crate::hot::HotRows;
use crate::ledger_view::Snapshot;
use crate::merge::{End, Reach, merge};
use crate::walk::{Scope, Walk};

/// One page, as it is answered.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    events: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
    scanned_through: UnixMicros,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u64>,
}

/// How far a page has come.
#[derive(Debug, Default)]
struct Examined {
    /// Through this position; `None`: to the end of the search.
    through: Option<EventId>,
    /// Unreadable rows up to there.
    skipped: u64,
}

impl Query {
    /// The next page of a search.
    pub(crate) async fn page(&self, search: &Search) -> Result<Page, QueryError> {
        let now = self.clock.now();
        let mut draft = Draft::new(search.limit);
        let examined = match search.span().is_empty() {
            true => Examined::default(),
            false => self.rounds(search, &mut draft, now).await?,
        };
        in_order_after(search.cursor.map(|cursor| cursor.position), search.order, draft.ids.iter().copied())?;
        metrics::count(Metric::RowsSkipped, examined.skipped);
        Ok(Page {
            events: draft.events,
            next_cursor: examined.through.map(|position| search.cursor_at(position).encode()),
            scanned_through: examined.through.map_or_else(|| far_end(search, now), EventId::occurred_at),
            skipped: Some(examined.skipped).filter(|skipped| *skipped > 0),
        })
    }

    /// Fills the page round by round.
    async fn rounds(&self, search: &Search, draft: &mut Draft, now: UnixMicros) -> Result<Examined, QueryError> {
        let (order, deadline) = (search.order, Instant::now() + self.bounds.budget);
        let mut hot = HotRows::new(&self.tables, search, self.bounds.hot_rows);
        let mut walk: Option<Walk<'_>> = None;
        let mut passed = None;
        let mut skipped = 0;
        loop {
            let round = hot.round(draft.room()).await?;
            // Read after the hot rows: a row that was archived and deleted before them is below this head's visible number.
            let snapshot = Snapshot::of(&self.tables.head(&search.org_id).await?);
            let current = match walk.take().filter(|walk| walk.is_of(snapshot)) {
                Some(walk) => walk,
                None => {
                    self.ledger.catch_up(&search.org_id, snapshot).await?;
                    self.walk(search, passed, snapshot, now)
                }
            };
            let reach = Reach { order, passed, horizon: round.horizon, deadline };
            let end = merge(draft, round.events, walk.insert(current), reach).await?;
            if let End::Full(at) | End::Late(at) = end {
                let known = search.span().through(at, order);
                skipped += round.unreadable.iter().filter(|sk| keys::contains(known, order, sk)).count() as u64;
                metrics::count(Metric::PagesCutByBudget, u64::from(matches!(end, End::Late(_))));
                return Ok(Examined { through: Some(at), skipped });
            }
            skipped += round.unreadable.len() as u64;
            passed = round.horizon;
            if passed.is_none() || Instant::now() >= deadline {
                metrics::count(Metric::PagesCutByBudget, u64::from(passed.is_some()));
                return Ok(Examined { through: passed, skipped });
            }
        }
    }

    /// A walk through what of the archive earlier rounds have not passed.
    fn walk<'a>(
        &'a self,
        search: &'a Search,
        passed: Option<EventId>,
        snapshot: Snapshot,
        now: UnixMicros,
    ) -> Walk<'a> {
        Walk::new(Scope {
            archive: &self.archive,
            ledger: &self.ledger,
            org_id: &search.org_id,
            filter: Arc::new(search.filter.clone()),
            order: search.order,
            span: passed.map_or(search.span(), |passed| search.span().after(passed, search.order)),
            snapshot,
            last_month: now.day().next().month(),
        })
    }
}

/// How far a search that has come to its end has looked.
fn far_end(search: &Search, now: UnixMicros) -> UnixMicros {
    match search.order {
        Order::Newest => search.from.unwrap_or(FIRST_INSTANT),
        Order::Oldest => search.to.unwrap_or(now.plus(FUTURE)),
    }
}
