//! One page of a search, a series of rounds. Each round
//!
//! 1. reads, of each hot shard, a bounded number of rows after those that were examined, strongly consistent
//!    (`hot.rs`). Its *horizon* is the least advanced position among the shards that have more rows; rows beyond it
//!    wait for a later round
//! 2. **then** reads the head; in the first round, the next step runs beside its comparison with the chain of claims
//!    (`check.rs`)
//! 3. reads the archive below that head's visible number up to the horizon (`walk.rs`), and merges it with the hot rows
//!    by position; a repeat is dropped by its id
//!
//! The page ends at its limit, its bytes or its deadline, but not before one position was examined (for a caller who may
//! not see every event: one microsecond). Its cursor is the
//! least advanced examined position, or for a caller who may not see every event, a coarser one before it
//! (`Search::reported`). An unreadable row counts once: in the page whose cursor passes its sort key.
//!
//! # Why in this order
//!
//! An event moves from hot to archive by being published first and deleted after. Take any position. One read of its
//! shard, in this round or an earlier one, covered it, and this round's head was read after. If the row was there, the
//! page has it. If it was deleted before, it was published before that, so this head makes it visible. So no position
//! that a round passes lacks an event that was acknowledged before the page began (I-1).
//!
//! | between | a pass publishes and deletes; then |
//! | --- | --- |
//! | a shard and the next shard of one round | rows of the later shard are archived; the head, read after all shards, makes them visible |
//! | hot rows and head | the hot copy and the archived copy meet at one position, and one is dropped (I-2) |
//! | head and archive | the page reads the older ledger; the rows that left are those that 1 has read |
//! | two rounds, rows that wait | the same as hot rows and head: the waiting copy meets the archived one |
//! | two rounds, rows not read yet | the next round does not find them hot; its head differs, so a new walk begins after the last horizon |
//! | two pages | the same, with the cursor in place of the horizon |
//!
//! A merge replaces segments by others with the same rows. A reader of the head before it opens the old ones. If one was
//! deleted meanwhile, the round ends at its examined position, and goes on as of the next head. If that head shows the
//! same segments, the object is missing: 503.
//!
//! A walk that was begun under another head is never continued: it would miss what became visible since. Positions up
//! to a horizon are never read again, so neither a late repeat nor the archived copy of a returned row is returned
//! twice (I-2, I-6). A row that is recorded while the page is read is found if its position is after the horizon. If it
//! is before, it is not found, as between any two pages: the scan began before the acknowledgement.
//!
//! A hot copy matches a filter as it was stored; so does the archived one. They are equal but for the category, which a
//! newer catalog may have changed between the two: until the next pass drops the repeat, a search by either category
//! finds the event.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use audit_core::{
    Event, EventId, Locale, Order, Search, Summarized, UnixMicros,
    invariants::in_order_after,
    limits::{FIRST_INSTANT, FUTURE, PAGE_BYTES},
};
use audit_runtime::metrics::{self, Metric};
use audit_tables::keys;
use futures::future::join;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::error::Result;
use crate::hot::{HotRows, Room};
use crate::service::QueryService;
use crate::snapshot::Snapshot;
use crate::walk::{ArchiveRange, ArchiveWalk};

/// Bytes of a page's body besides its events.
const ENVELOPE_BYTES: usize = 512;

/// The body of a page.
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
    /// Through this position, which the page reports; `None`: to the end of the search.
    through: Option<EventId>,
    /// The sort keys of rows that cannot be read; some may be beyond.
    unreadable: Vec<String>,
    /// Whether the page's time was up.
    is_late: bool,
}

impl QueryService {
    /// The next page of a search.
    pub(crate) async fn page(&self, search: &Search) -> Result<Page> {
        let now = self.clock.now();
        let mut builder = PageBuilder::new(search.limit, search.summary);
        let examined = if search.span().is_empty() {
            Examined::default()
        } else {
            self.rounds(search, &mut builder, now, Instant::now() + self.bounds.budget).await?
        };
        in_order_after(search.cursor.map(|cursor| cursor.position), search.order, builder.ids.iter().copied())?;
        let through = examined.through;
        let passed = through.map_or(search.span(), |through| search.span().through(through, search.order));
        let is_passed = |sk: &&String| keys::contains(passed, search.order, sk);
        let skipped = examined.unreadable.iter().filter(is_passed).count() as u64;
        metrics::count(Metric::RowsSkipped, skipped);
        metrics::count(Metric::PagesCutByBudget, examined.is_late.into());
        Ok(Page {
            events: builder.events,
            next_cursor: through.map(|position| search.cursor_at(position).encode()),
            scanned_through: through.map_or_else(|| far_end(search, now), EventId::occurred_at),
            skipped: Some(skipped).filter(|skipped| *skipped > 0),
        })
    }

    /// Returns when the first event of a search happened: nothing of a search without events, the first instant that an
    /// event can have if it is not found until `deadline`.
    pub(crate) async fn first_match(
        &self,
        search: &Search,
        now: UnixMicros,
        deadline: Instant,
    ) -> Result<Option<UnixMicros>> {
        let search = Search { order: Order::Oldest, limit: 1, cursor: None, ..search.clone() };
        if search.span().is_empty() {
            return Ok(None);
        }
        let mut builder = PageBuilder::new(1, None);
        let examined = self.rounds(&search, &mut builder, now, deadline).await?;
        let first = builder.ids.first().map(|id| id.occurred_at());
        Ok(first.or(examined.through.map(|_| FIRST_INSTANT)))
    }

    /// Fills the page round by round.
    async fn rounds(
        &self,
        search: &Search,
        builder: &mut PageBuilder,
        now: UnixMicros,
        deadline: Instant,
    ) -> Result<Examined> {
        let mut hot = HotRows::new(&self.tables, search, self.bounds.hot_rows);
        let mut walk: Option<ArchiveWalk<'_>> = None;
        let mut passed = None;
        let (mut unreadable, mut is_checked) = (Vec::new(), false);
        loop {
            let mut round = hot.round(builder.room()).await?;
            unreadable.append(&mut round.unreadable);
            let end = loop {
                // Read after the hot rows: a row that was archived and deleted before them is below this head's visible
                // number.
                let head = self.tables.ledger.head(&search.org_id).await?;
                let current = match walk.take().filter(|walk| walk.is_of(&head)) {
                    Some(walk) => walk,
                    None => self.walk(search, passed, self.ledger.snapshot(&search.org_id, &head).await?, now),
                };
                let reach = Reach { search, passed, horizon: round.horizon, deadline };
                let merged = merge(builder, &mut round.events, walk.insert(current), reach, &mut passed);
                let end = if is_checked {
                    merged.await
                } else {
                    let (checked, end) = join(self.check.check(&search.org_id, &head), merged).await;
                    checked?;
                    end
                };
                is_checked = true;
                match end {
                    // What was examined stays so; the rest is read as of the newer head.
                    Err(error) if self.ledger.is_outdated(&search.org_id, &head, &error).await? => walk = None,
                    end => break end?,
                }
            };
            if let End::Full(at) | End::Late(at) = end {
                return Ok(Examined { through: Some(at), unreadable, is_late: matches!(end, End::Late(_)) });
            }
            let Some(horizon) = round.horizon else {
                return Ok(Examined { through: None, unreadable, is_late: false });
            };
            passed = Some(horizon);
            let reach = Reach { search, passed, horizon: Some(horizon), deadline };
            if let Some(at) = reach.ended(builder, horizon) {
                return Ok(Examined { through: Some(at), unreadable, is_late: true });
            }
        }
    }

    /// Returns a walk through the part of the archive that earlier rounds have not passed.
    fn walk<'a>(
        &'a self,
        search: &'a Search,
        passed: Option<EventId>,
        snapshot: Snapshot<'a>,
        now: UnixMicros,
    ) -> ArchiveWalk<'a> {
        ArchiveWalk::new(ArchiveRange {
            archive: &self.archive,
            filters: &self.filters,
            filter: Arc::new(search.filter.clone()),
            order: search.order,
            span: passed.map_or(search.span(), |passed| search.span().after(passed, search.order)),
            snapshot,
            last_month: now.day().next().month(),
        })
    }
}

/// How far a page may come in this round.
#[derive(Debug, Clone, Copy)]
struct Reach<'a> {
    search: &'a Search,
    /// Up to here earlier rounds have come; `None` in the first round.
    passed: Option<EventId>,
    /// Up to here the hot rows are known; `None`: to the end of the search.
    horizon: Option<EventId>,
    deadline: Instant,
}

/// Where a round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// At its horizon.
    Horizon,
    /// At this position, since the page is full.
    Full(EventId),
    /// At this position, since the page's time is up.
    Late(EventId),
}

/// Adds a round's events to the page, and takes them from `hot`. Before it reads on, it sets `passed` to the position up to
/// which everything was added.
async fn merge(
    builder: &mut PageBuilder,
    hot: &mut VecDeque<Event>,
    walk: &mut ArchiveWalk<'_>,
    reach: Reach<'_>,
    passed: &mut Option<EventId>,
) -> Result<End> {
    let order = reach.search.order;
    loop {
        let archived = walk.examined();
        let is_known = |event: &Event| archived.is_none_or(|archived| !order.before(archived, event.id));
        let event = match hot.pop_front_if(|event| is_known(event)) {
            Some(event) => Some(event),
            None if reach.is_reached(archived) => return Ok(End::Horizon),
            None => walk.take(),
        };
        if let Some(event) = event {
            // The other tier may contain a copy of it: right after the examined position, or at the front of the hot
            // rows.
            if builder.ids.last() == Some(&event.id) {
                continue;
            }
            match (builder.push(&event)?, builder.ids.last()) {
                (false, Some(last)) => return Ok(End::Full(reach.full(*last))),
                _ => continue,
            }
        }
        // A new walk is before its span, which begins after what earlier rounds passed.
        let examined = archived.filter(|at| walk.contains(*at)).or(reach.passed);
        if let Some(at) = examined.and_then(|examined| reach.ended(builder, examined)) {
            return Ok(End::Late(at));
        }
        *passed = examined;
        walk.advance(builder.room().events, reach.horizon).await?;
    }
}

impl Reach<'_> {
    /// Returns the position that a full page reports: of its last event, or the one that earlier rounds have reached if
    /// that is further.
    fn full(self, last: EventId) -> EventId {
        let further = self.passed.filter(|passed| self.search.order.before(last, *passed));
        self.search.reported(further.unwrap_or(last), Some(last)).unwrap_or(last)
    }

    /// Returns the position that a page reports which ends at `examined`, if its time is up.
    fn ended(self, builder: &PageBuilder, examined: EventId) -> Option<EventId> {
        let is_late = Instant::now() >= self.deadline;
        if is_late { self.search.reported(examined, builder.ids.last().copied()) } else { None }
    }

    /// Whether the archive is known as far as the hot rows are.
    fn is_reached(self, archived: Option<EventId>) -> bool {
        match (archived, self.horizon) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(archived), Some(horizon)) => !self.search.order.before(archived, horizon),
        }
    }
}

/// A page under construction.
struct PageBuilder {
    limit: usize,
    summary: Option<Locale>,
    bytes: usize,
    events: Vec<Box<RawValue>>,
    ids: Vec<EventId>,
}

impl PageBuilder {
    /// Returns an empty page of up to `limit` events.
    fn new(limit: usize, summary: Option<Locale>) -> Self {
        Self { limit, summary, bytes: ENVELOPE_BYTES, events: Vec::new(), ids: Vec::new() }
    }

    /// Adds an event; returns `false` and leaves it out if the page is full.
    fn push(&mut self, event: &Event) -> Result<bool> {
        let json = serde_json::value::to_raw_value(&Summarized::new(Cow::Borrowed(event), self.summary))?;
        let bytes = self.bytes + json.get().len() + 1;
        if self.events.len() == self.limit || (!self.events.is_empty() && bytes > PAGE_BYTES) {
            return Ok(false);
        }
        self.bytes = bytes;
        self.ids.push(event.id);
        self.events.push(json);
        Ok(true)
    }

    /// Returns what still fits.
    fn room(&self) -> Room {
        Room { events: self.limit + 1 - self.events.len(), bytes: PAGE_BYTES.saturating_sub(self.bytes) }
    }
}

/// How far a completed search has examined.
fn far_end(search: &Search, now: UnixMicros) -> UnixMicros {
    match search.order {
        Order::Newest => search.from.min(search.to).or(search.from).unwrap_or(FIRST_INSTANT),
        Order::Oldest => search.to.unwrap_or(now.plus(FUTURE)),
    }
}
