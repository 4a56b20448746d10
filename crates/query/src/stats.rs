//! One page of statistics: counts events newest first, from the cheapest evidence.
//!
//! 1. reads the matching hot rows, newest first, in rounds (`hot.rs`), up to a *horizon*: the end of the range, or
//!    where half of the page's time or [`HOT_ROWS`] end
//! 2. **then** reads the head, and compares it with the chain of claims beside the next step (`check.rs`)
//! 3. counts the archive below that head's visible number, from the end of the range to the horizon, a *window* at a
//!    time: a UTC day, or a part of one with very many rows, or the days of a segment that is counted whole. A segment
//!    is counted by the days in its record or by its counts, if they answer the question for the part of it that lies in
//!    the window and the range; of any other one only the columns are read that the filter and the groups look at
//! 4. adds the hot rows of the windows that were counted, except those that a segment contains too
//!
//! The page ends at its horizon, or after the window in which its time or its memory is used up. Its cursor is the least
//! advanced examined position; the counts of pages add up. For a caller who may not see every event, the horizon is
//! rounded (`Search::reported`) before anything is counted.
//!
//! # Why each event counts once
//!
//! The argument of `page.rs`, with one head for all rounds: every position up to the horizon was read in its shard
//! before this head. If its row was there, the page has it. If it was deleted before, it was published before that, so
//! this head makes it visible. A row that is in both tiers has one id, and its hot copy is left out: for that, the ids of
//! a segment are looked up where hot rows lie between its first and its last position, and nowhere else. Two pages
//! share no position.
//!
//! A merge replaces segments by others with the same rows. If one that the page reads was deleted meanwhile, the archive is
//! counted again, as of the next head.
//!
//! A hot copy counts only if no archived copy *matches*: a newer catalog may have put the hot one into another category.

mod archive;
mod page;

use std::collections::BTreeMap;
use std::sync::Arc;

use audit_core::limits::{FIRST_INSTANT, FUTURE};
use audit_core::stats::{Bars, Count, Field, Group, Labels, Newest, Seen, Tally};
use audit_core::{
    Event, EventId, EventResult, Order, OrgId, SegmentName, SegmentRecord, Span, StatsRequest, UnixMicros,
};
use audit_runtime::metrics::{self, Metric};
use audit_tables::{HotRow, HotScan, keys};
use futures::future::join;
use tokio::time::Instant;

use crate::error::Result;
use crate::hot::{HotRows, Room};
use crate::service::QueryService;
use crate::snapshot::FEW_ITEMS;

pub(crate) use page::StatsPage;

/// About the maximum number of hot rows of a page: what a pass leaves unless it is late.
const HOT_ROWS: usize = 200_000;
/// Rounds of hot rows are as large as requests can be: no number of events fills the page.
const ROOM: Room = Room { events: 1_000_000, bytes: usize::MAX };

/// What one page has counted.
#[derive(Default)]
struct Counted {
    tally: Tally,
    /// Through this position; `None`: to the end of the range.
    through: Option<EventId>,
    /// Unreadable rows up to there.
    skipped: u64,
    /// The segments whose rows were read.
    read: BTreeMap<SegmentName, Arc<SegmentRecord>>,
}

/// The hot rows of one page.
struct HotPart {
    /// The matching ones, oldest first.
    rows: Vec<MatchingRow>,
    /// The sort keys of rows that cannot be read.
    unreadable: Vec<String>,
    /// Up to here every shard was examined, as far as the page reports; `None`: to the end of the range. There may be rows
    /// beyond.
    horizon: Option<EventId>,
}

/// What counts of a hot row.
struct MatchingRow {
    id: EventId,
    failed: bool,
    value: Option<String>,
    labels: Labels,
}

impl MatchingRow {
    fn of(event: &Event, field: Option<Field>) -> Self {
        Self {
            id: event.id,
            failed: event.result == EventResult::FAILED,
            value: field.and_then(|field| field.of(event)).map(str::to_owned),
            labels: field.map(|field| field.labels(event)).unwrap_or_default(),
        }
    }

    fn add_to(self, tally: &mut Tally, field: Option<Field>, bars: Option<&Bars>) {
        let (at, count) = (self.id.occurred_at(), Count::one(self.failed));
        let bar = bars.map(|bars| bars.bar(at).start);
        let Some(field) = field else { return tally.add(bar, count) };
        let seen = field.is_seen().then_some(Seen { first: at, last: at, newest: Newest::Hot(self.labels) });
        let bars = bar.map(|bar| (bar, count)).into_iter().collect();
        tally.add_group(self.value.as_deref(), Group { count, bars, seen });
    }
}

impl QueryService {
    /// Returns the next page of statistics.
    pub(crate) async fn stats(&self, request: &StatsRequest) -> Result<StatsPage> {
        let (now, start) = (self.clock.now(), Instant::now());
        let request = &self.with_interval(request, now, start).await?;
        let is_empty = request.search.span().is_empty();
        let counted = if is_empty { Counted::default() } else { self.count(request, now, start).await? };
        metrics::count(Metric::RowsSkipped, counted.skipped);
        metrics::count(Metric::PagesCutByBudget, counted.through.is_some().into());
        self.stats_page(request, counted, now).await
    }

    async fn count(&self, request: &StatsRequest, now: UnixMicros, start: Instant) -> Result<Counted> {
        let (org_id, field, bars) = (&request.search.org_id, request.group_by.field, request.bars());
        let hot = self.hot_part(request, start + self.bounds.budget / 2).await?;
        let ids: Vec<_> = hot.rows.iter().map(|row| row.id).collect();
        let span = through(request.search.span(), hot.horizon);
        let mut is_checked = false;
        let mut archived = loop {
            // Read after the hot rows: a row that was archived and deleted before them is below this head's visible
            // number.
            let head = self.tables.ledger.head(org_id).await?;
            let snapshot = self.ledger.snapshot(org_id, &head).await?;
            let counted = self.count_archive(request, snapshot, span, ids.clone(), (now, start + self.bounds.budget));
            let counted = if is_checked {
                counted.await
            } else {
                let (checked, counted) = join(self.check.check(org_id, &head), counted).await;
                checked?;
                counted
            };
            is_checked = true;
            match counted {
                // A merge replaced segments meanwhile: they are counted again, as of the newer head.
                Err(error) if self.ledger.is_outdated(org_id, &head, &error).await? => {}
                counted => break counted?,
            }
        };
        let through_position = archived.through.or(hot.horizon);
        let examined = through(span, through_position);
        let is_counted = |row: &MatchingRow| examined.contains(row.id) && !archived.repeats.contains(&row.id);
        for row in hot.rows.into_iter().filter(is_counted) {
            row.add_to(&mut archived.tally, field, bars.as_ref());
        }
        let skipped = hot.unreadable.iter().filter(|sk| keys::contains(examined, Order::Newest, sk)).count() as u64;
        Ok(Counted { tally: archived.tally, through: through_position, skipped, read: archived.read })
    }

    /// Reads the matching hot rows, newest first: all of them, or one round and as many as fit until `deadline`.
    async fn hot_part(&self, request: &StatsRequest, deadline: Instant) -> Result<HotPart> {
        let field = request.group_by.field;
        let mut hot = HotRows::new(&self.tables, &request.search, self.bounds.hot_rows);
        let mut part = HotPart { rows: Vec::new(), unreadable: Vec::new(), horizon: None };
        loop {
            let round = hot.round(ROOM).await?;
            part.rows.extend(round.events.iter().map(|event| MatchingRow::of(event, field)));
            part.unreadable.extend(round.unreadable);
            let is_enough = part.rows.len() >= HOT_ROWS || Instant::now() >= deadline;
            part.horizon = round.horizon.and_then(|horizon| request.search.reported(horizon, None));
            if round.horizon.is_none() || (is_enough && part.horizon.is_some()) {
                part.rows.reverse();
                return Ok(part);
            }
        }
    }

    /// Returns the request with the interval that the service chooses, if it has none and needs one.
    async fn with_interval(&self, request: &StatsRequest, now: UnixMicros, start: Instant) -> Result<StatsRequest> {
        let request = request.clone();
        if !request.group_by.time || request.interval.is_some() {
            return Ok(request);
        }
        let to = request.search.to.unwrap_or(now).min(now.plus(FUTURE));
        let from = match request.search.from {
            Some(from) => Some(from),
            // The interval must not show when an event happened that the caller may not see.
            None if request.search.filter.only.is_some() => {
                self.first_match(&request.search, now, start + self.bounds.budget / 4).await?
            }
            None => self.oldest(&request.search.org_id, now).await?,
        };
        let from = from.unwrap_or(to).max(FIRST_INSTANT);
        Ok(StatsRequest { interval: Some(Bars::few(request.zone, from, to).interval), ..request })
    }

    /// Returns when the oldest event of an org happened, as far as it can be read.
    async fn oldest(&self, org_id: &OrgId, now: UnixMicros) -> Result<Option<UnixMicros>> {
        let scan = HotScan { org_id: org_id.clone(), span: Span::ALL, order: Order::Oldest };
        let mut oldest = Vec::new();
        for shard in keys::shards() {
            let page = self.tables.events.page(&scan, shard, None, Some(1)).await?;
            oldest.extend(page.rows.first().and_then(|row| match row {
                HotRow::Event(event) => Some(event.id),
                HotRow::Unreadable { sk, .. } => keys::position(sk),
            }));
        }
        let months = Span::ALL.months(now.day().next().month());
        let month = loop {
            let head = self.tables.ledger.head(org_id).await?;
            let snapshot = self.ledger.snapshot(org_id, &head).await?;
            match snapshot.next_month(Order::Oldest, months, Some(FEW_ITEMS)).await {
                Err(error) if self.ledger.is_outdated(org_id, &head, &error).await? => {}
                month => break month?,
            }
        };
        if let Some(month) = month {
            oldest.extend(month.readable().map(|record| record.first));
        }
        Ok(oldest.into_iter().min().map(EventId::occurred_at))
    }
}

/// The part of a span up to a position, newest first; `None`: all of it.
fn through(span: Span, position: Option<EventId>) -> Span {
    position.map_or(span, |position| span.through(position, Order::Newest))
}
