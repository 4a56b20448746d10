//! The archived part of a page of statistics: window by window, newest first, several segments concurrently.

use std::collections::{BTreeMap, HashSet};
use std::panic::resume_unwind;
use std::sync::Arc;

use audit_core::segment_counts::{answer, can_answer};
use audit_core::stats::{Field, GroupBy, QUARTER_US, Tally};
use audit_core::{EventId, Month, Order, OrgId, SegmentRecord, Seq, Span, StatsRequest, UnixMicros};
use audit_segments::{Counting, Ids, SegmentStore, prune::may_match};
use futures::{Stream, TryStreamExt, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::error::{QueryError, Result};
use crate::service::QueryService;
use crate::snapshot::Snapshot;
use crate::walk::unreadable;

/// Maximum number of segments that are read concurrently.
const AHEAD: usize = 8;
/// About the maximum number of rows that are read for one window, so that a page with little time ends soon.
const WINDOW_ROWS: u64 = 500_000;
/// Quarter hours of a day: a window has at least one.
const QUARTERS: u64 = 96;
/// The groups after which a page ends, so that it fits into memory.
const MANY_GROUPS: usize = 100_000;
/// The maximum number of rows of the segments that are read concurrently, if each row can be a group of its own: two
/// segments of full size.
const ROWS_IN_FLIGHT: u32 = 500_000;

/// What one page has counted of the archive.
#[derive(Default)]
pub(super) struct Archived {
    pub(super) tally: Tally,
    /// Through this position; `None`: to the end of the span.
    pub(super) through: Option<EventId>,
    /// The hot rows that a segment contains too, as a match.
    pub(super) repeats: HashSet<EventId>,
    /// The segments whose rows were read.
    pub(super) read: BTreeMap<Seq, Arc<SegmentRecord>>,
}

/// Rows that others cannot read meanwhile.
type RowsInFlight = Option<OwnedSemaphorePermit>;

/// A segment, or the part of one that lies in a window.
struct Unit {
    record: Arc<SegmentRecord>,
    /// The positions of the window that the page counts.
    span: Span,
    /// Whether no later unit belongs to the window.
    is_last: bool,
}

/// What was counted of one unit.
struct Part {
    unit: Unit,
    tally: Tally,
    repeats: Vec<EventId>,
    was_read: bool,
    /// Its share of the rows in flight, until it is added to the page.
    _rows: RowsInFlight,
}

/// Counts units, each in a task of its own if the segment must be read.
struct Counter {
    archive: SegmentStore,
    org_id: OrgId,
    counting: Counting,
    group_by: GroupBy,
    /// The ids of the matching hot rows, in ascending order.
    hot: Vec<EventId>,
}

impl QueryService {
    /// Counts the archived events of a span, until its end or until the first window that ends after the deadline.
    pub(super) async fn count_archive(
        &self,
        request: &StatsRequest,
        snapshot: Snapshot<'_>,
        span: Span,
        hot: Vec<EventId>,
        (now, deadline): (UnixMicros, Instant),
    ) -> Result<Archived> {
        let (filter, group_by) = (request.search.filter.clone(), request.group_by);
        let counting = Counting { filter, field: group_by.field, bars: request.bars() };
        let (archive, org_id) = (self.archive.clone(), request.search.org_id.clone());
        let counter = Arc::new(Counter { archive, org_id, counting, group_by, hot });
        let units = units(&counter, snapshot, span, span.months(now.day().next().month()));
        let in_flight = Arc::new(Semaphore::new(ROWS_IN_FLIGHT as usize));
        // Here, in the order of the units: a later one never waits for rows that an earlier one needs.
        let admitted = units.and_then(|unit| {
            let (rows, in_flight) = (counter.rows_in_memory(&unit), Arc::clone(&in_flight));
            async move { Ok((unit, in_flight.acquire_many_owned(rows).await.ok())) }
        });
        let parts = admitted.map_ok(|(unit, rows)| Arc::clone(&counter).count(unit, rows)).try_buffered(AHEAD);
        let mut parts = std::pin::pin!(parts);
        let (mut archived, mut window) = (Archived::default(), Archived::default());
        while let Some(Part { unit, tally, repeats, was_read, .. }) = parts.try_next().await? {
            window.tally.merge(tally);
            window.repeats.extend(repeats);
            window.read.extend(was_read.then_some((unit.record.first_seq, unit.record)));
            if !unit.is_last {
                continue;
            }
            let done = std::mem::take(&mut window);
            archived.tally.merge(done.tally);
            archived.repeats.extend(done.repeats);
            archived.read.extend(done.read);
            let is_full = archived.tally.group_count() > MANY_GROUPS || archived.tally.bar_count() > self.bounds.bars;
            // At the end of the span there is no further window.
            let through = EventId::from_bits(unit.span.start).filter(|_| unit.span.start > span.start);
            if through.is_some() && (is_full || Instant::now() >= deadline) {
                return Ok(Archived { through, ..archived });
            }
        }
        Ok(archived)
    }
}

/// The units of a span, newest window first. A month of the ledger is read when its units are needed.
fn units<'a>(
    counter: &'a Counter,
    snapshot: Snapshot<'a>,
    span: Span,
    (first, last): (Month, Month),
) -> impl Stream<Item = Result<Unit>> + 'a {
    let months = stream::try_unfold(last, move |month| async move {
        let Some(found) = snapshot.next_month(Order::Newest, (month, first)).await? else { return Ok(None) };
        let found = found.complete()?;
        let matching = found.readable().filter(|record| may_match(record, span, &counter.counting.filter));
        let units = counter.windows(span, matching.cloned().collect());
        Ok::<_, QueryError>(Some((stream::iter(units.into_iter().map(Ok::<_, QueryError>)), found.month.previous())))
    });
    months.try_flatten()
}

impl Counter {
    /// Divides the segments of a month into windows.
    fn windows(&self, span: Span, mut records: Vec<Arc<SegmentRecord>>) -> Vec<Unit> {
        records.sort_by_key(|record| std::cmp::Reverse(record.dt));
        let mut units = Vec::new();
        for of_day in records.chunk_by(|one, other| one.dt == other.dt) {
            let is_read = |record: &&Arc<SegmentRecord>| !(is_inside(record, span) && self.answers(record));
            let rows: u64 = of_day.iter().filter(is_read).map(|record| record.rows).sum();
            let width = QUARTERS.div_ceil(rows.div_ceil(WINDOW_ROWS).max(1)).max(1);
            let day = of_day[0].dt.start().micros();
            let at = |quarter: u64| UnixMicros::new(day + quarter.min(QUARTERS) as i64 * QUARTER_US);
            for quarter in (0..QUARTERS).step_by(width as usize).collect::<Vec<_>>().into_iter().rev() {
                let (start, end) = (at(quarter), at(quarter + width));
                let span = span.and(Span::between(Some(start), Some(end)));
                let inside = of_day.iter().filter(|record| span.overlaps(record.first, record.last));
                let mut inside: Vec<_> =
                    inside.map(|record| Unit { record: Arc::clone(record), span, is_last: false }).collect();
                inside.iter_mut().last().into_iter().for_each(|last| last.is_last = true);
                units.extend(inside);
            }
        }
        units
    }

    /// Whether the record of a segment is enough, if the whole segment counts.
    fn answers(&self, record: &SegmentRecord) -> bool {
        record.counts.is_some() && can_answer(&self.counting.filter, self.group_by)
    }

    /// The rows of a unit that can become groups, each with a text of its own.
    fn rows_in_memory(&self, unit: &Unit) -> u32 {
        let is_grouped = self.counting.field.is_some_and(Field::is_seen);
        let rows = if is_grouped { unit.record.rows } else { 0 };
        u32::try_from(rows).unwrap_or(u32::MAX).min(ROWS_IN_FLIGHT)
    }

    async fn count(self: Arc<Self>, unit: Unit, rows: RowsInFlight) -> Result<Part> {
        let Counting { filter, bars, .. } = &self.counting;
        let is_inside = is_inside(&unit.record, unit.span);
        let known = is_inside.then(|| answer(&unit.record, filter, self.group_by, bars.as_ref())).flatten();
        match known {
            Some(tally) if self.hot_in(&unit).is_empty() => {
                Ok(Part { unit, tally, repeats: Vec::new(), was_read: false, _rows: rows })
            }
            known => Task(tokio::spawn(self.read(unit, known, rows))).outcome().await,
        }
    }

    /// The hot rows that the unit may contain too.
    fn hot_in(&self, unit: &Unit) -> &[EventId] {
        let Unit { record, span, .. } = unit;
        let start = self.hot.partition_point(|id| *id < record.first || id.bits() < span.start);
        let end = self.hot.partition_point(|id| *id <= record.last && id.bits() < span.end);
        self.hot.get(start..end).unwrap_or_default()
    }

    async fn read(self: Arc<Self>, unit: Unit, known: Option<Tally>, rows: RowsInFlight) -> Result<Part> {
        let filter = &self.counting.filter;
        let record = Arc::clone(&unit.record);
        let unreadable = unreadable(&record);
        let segment = self.archive.open(&self.org_id, &record).await.map_err(&unreadable)?;
        let was_read = known.is_none();
        let tally = match known {
            Some(tally) => tally,
            None => segment.count(unit.span, &self.counting).await.map_err(&unreadable)?,
        };
        // Only the category of two copies of an event can differ.
        let reads_category = filter.columns().contains(&"category");
        let mut ids = if reads_category { Ids::of_matches(segment, filter.clone()) } else { Ids::new(segment) };
        let mut repeats = Vec::new();
        for id in self.hot_in(&unit) {
            repeats.extend(ids.contain(*id).await.map_err(&unreadable)?.then_some(*id));
        }
        Ok(Part { unit, tally, repeats, was_read, _rows: rows })
    }
}

/// Whether all rows of a segment lie in a span.
fn is_inside(record: &SegmentRecord, span: Span) -> bool {
    span.contains(record.first) && span.contains(record.last)
}

/// A task that ends with the page that waits for it.
struct Task<T>(JoinHandle<T>);

impl<T> Task<T> {
    async fn outcome(mut self) -> T {
        match (&mut self.0).await {
            Ok(outcome) => outcome,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // It was canceled: the runtime ends, and with it this page.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
