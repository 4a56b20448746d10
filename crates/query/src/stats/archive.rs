//! The archived part of a page of statistics: window by window, newest first, several segments concurrently.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::resume_unwind;
use std::sync::Arc;

use audit_core::segment_counts::{SegmentCounts, answer, answer_by_days, by_quarters, can_answer};
use audit_core::stats::{Field, GroupBy, QUARTER_US, Tally};
use audit_core::{
    Day, EventId, FilterPart, Month, Order, OrgId, SegmentName, SegmentRecord, Span, StatsRequest, UnixMicros,
};
use audit_segments::prune::{filters_may_match, may_match};
use audit_segments::{Counting, Ids, SegmentStore};
use futures::{Stream, TryStreamExt, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::error::{QueryError, Result};
use crate::filter_cache::FilterCache;
use crate::service::QueryService;
use crate::snapshot::Snapshot;
use crate::walk::unreadable;

/// Maximum number of segments that are read concurrently.
const AHEAD: usize = 8;
/// Segments whose filters are loaded together, with those of the rest of their month.
const TOGETHER: usize = 400;
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
    pub(super) read: BTreeMap<SegmentName, Arc<SegmentRecord>>,
}

/// Rows that others cannot read meanwhile.
type RowsInFlight = Option<OwnedSemaphorePermit>;

/// A segment, and what the ledger knows of it.
#[derive(Clone)]
struct Known {
    record: Arc<SegmentRecord>,
    /// Whether the days of the record are enough for all of its rows that count.
    by_days: bool,
    /// Its counts, if they were loaded.
    counts: Option<SegmentCounts>,
}

/// A segment, or the part of one that lies in a window.
struct Unit {
    record: Arc<SegmentRecord>,
    counts: Option<SegmentCounts>,
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
        let units = units(&counter, (snapshot, &self.filters), span, span.months(now.day().next().month()));
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
            window.read.extend(was_read.then(|| (unit.record.name(), unit.record)));
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

/// The units of a span, newest window first. Months of the ledger are read when their units are needed.
fn units<'a>(
    counter: &'a Counter,
    (snapshot, filters): (Snapshot<'a>, &'a FilterCache),
    span: Span,
    (first, last): (Month, Month),
) -> impl Stream<Item = Result<Unit>> + 'a {
    let snapshot = Arc::new(snapshot);
    let months = stream::try_unfold(last, move |month| {
        let snapshot = Arc::clone(&snapshot);
        async move {
            let Some((months, next)) = counter.months(&snapshot, span, (month, first)).await? else { return Ok(None) };
            let known = counter.known(filters, span, months.concat()).await?;
            let units = known.chunk_by(|one, other| one.record.month == other.record.month);
            let units: Vec<_> =
                units.flat_map(|of_month| counter.units(span, of_month)).map(Ok::<_, QueryError>).collect();
            Ok::<_, QueryError>(Some((stream::iter(units), next)))
        }
    });
    months.try_flatten()
}

impl Counter {
    /// Returns the segments of some months from `month` down to `first`, newest first, that the record does not rule out,
    /// and the month after them; `None` if no month has segments.
    ///
    /// # Errors
    ///
    /// [`QueryError::Month`] only for the first month: what is before one that cannot be read still counts.
    async fn months(
        &self,
        snapshot: &Snapshot<'_>,
        span: Span,
        (mut month, first): (Month, Month),
    ) -> Result<Option<(Vec<Vec<Arc<SegmentRecord>>>, Month)>> {
        let mut months: Vec<Vec<_>> = Vec::new();
        while months.iter().map(Vec::len).sum::<usize>() < TOGETHER {
            let Some(found) = snapshot.next_month(Order::Newest, (month, first), None).await? else { break };
            if !months.is_empty() && !found.is_complete() {
                break;
            }
            let found = found.complete()?;
            let matching = found.readable().filter(|record| may_match(record, span, &self.counting.filter));
            months.push(matching.cloned().collect());
            month = found.month.previous();
        }
        Ok((!months.is_empty()).then_some((months, month)))
    }

    /// Drops the segments that their filters rule out, and loads the counts of those that can be counted by them.
    async fn known(&self, filters: &FilterCache, span: Span, records: Vec<Arc<SegmentRecord>>) -> Result<Vec<Known>> {
        let Counting { filter, bars, .. } = &self.counting;
        let parts = FilterPart::of(filter);
        let loaded = filters.load(&self.org_id, &records, &parts).await?;
        let left = records.into_iter().zip(loaded).filter(|(_, loaded)| filters_may_match(loaded, filter));
        let by_days = |record: &SegmentRecord| answer_by_days(record, span, filter, self.group_by, bars.as_ref());
        let known = left.map(|(record, _)| Known { by_days: by_days(&record).is_some(), record, counts: None });
        let mut known: Vec<_> = known.collect();
        let counted = |known: &&mut Known| self.is_counted(known, span);
        let mut counted: Vec<_> = known.iter_mut().filter(counted).collect();
        let records: Vec<_> = counted.iter().map(|known| Arc::clone(&known.record)).collect();
        let loaded = filters.load(&self.org_id, &records, &[FilterPart::Counts]).await?;
        for (known, loaded) in counted.iter_mut().zip(&loaded) {
            known.counts = SegmentCounts::of(loaded, &known.record);
        }
        Ok(known)
    }

    /// Whether the counts of a segment can answer where its record cannot.
    fn is_counted(&self, known: &Known, span: Span) -> bool {
        let Known { record, by_days, .. } = known;
        let is_whole = span.contains(record.first) && span.contains(record.last);
        !by_days
            && can_answer(&self.counting.filter, self.group_by)
            && (self.by_quarters() || is_whole && record.actions.is_some())
    }

    /// Divides the segments of a month into windows.
    fn units(&self, span: Span, segments: &[Known]) -> Vec<Unit> {
        let days: BTreeSet<Day> = segments.iter().flat_map(|it| it.record.days.iter().map(|(day, _)| day)).collect();
        let days: Vec<_> = days.into_iter().rev().collect();
        // A segment whose record answers only for all of its rows is counted in one window.
        let is_tied = |known: &&Known| !self.by_quarters() && self.answers(known, span);
        let tied: Vec<_> = segments.iter().filter(is_tied).map(|known| days_of(&known.record)).collect();
        let is_one = |later: &Day, earlier: &Day| tied.iter().any(|(first, last)| first <= earlier && later <= last);
        let mut units = Vec::new();
        for window in days.chunk_by(is_one).flat_map(|days| self.windows(days, span, segments)) {
            let span = span.and(window);
            let inside = segments.iter().filter(|known| known.record.overlaps(span)).cloned();
            let unit = |Known { record, counts, .. }| Unit { record, counts, span, is_last: false };
            let mut inside: Vec<_> = inside.map(unit).collect();
            inside.iter_mut().last().into_iter().for_each(|last| last.is_last = true);
            units.extend(inside);
        }
        units
    }

    /// Returns the windows of some days, both newest first: one, unless very many rows are read in it.
    fn windows(&self, days: &[Day], span: Span, segments: &[Known]) -> Vec<Span> {
        let (last, first) = (days[0], days[days.len() - 1]);
        let window = Span::of_days(first, last);
        let is_read = |known: &&Known| !self.answers(known, span.and(window));
        let of_days = segments.iter().filter(is_read).flat_map(|known| known.record.days.iter());
        let rows: u64 = of_days.filter(|(day, _)| (first..=last).contains(day)).map(|(_, rows)| rows).sum();
        let windows = rows.div_ceil(WINDOW_ROWS);
        if windows <= 1 {
            return vec![window];
        }
        if first < last {
            // Day by day, no record answers for all rows of a segment that has several.
            return days.iter().flat_map(|day| self.windows(&[*day], span, segments)).collect();
        }
        let width = QUARTERS.div_ceil(windows).max(1);
        let at = |quarter: u64| UnixMicros::new(first.start().micros() + quarter.min(QUARTERS) as i64 * QUARTER_US);
        let starts: Vec<_> = (0..QUARTERS).step_by(width as usize).collect();
        starts.into_iter().rev().map(|start| Span::between(Some(at(start)), Some(at(start + width)))).collect()
    }

    fn by_quarters(&self) -> bool {
        by_quarters(&self.counting.filter, self.group_by)
    }

    /// Whether what the ledger knows of a segment is normally enough for its rows in a span.
    fn answers(&self, known: &Known, span: Span) -> bool {
        known.by_days || known.counts.is_some() && self.is_counted(known, span)
    }

    /// The rows of a unit that can become groups, each with a text of its own.
    fn rows_in_memory(&self, unit: &Unit) -> u32 {
        let is_grouped = self.counting.field.is_some_and(Field::is_seen);
        let rows = if is_grouped { unit.record.rows } else { 0 };
        u32::try_from(rows).unwrap_or(u32::MAX).min(ROWS_IN_FLIGHT)
    }

    async fn count(self: Arc<Self>, unit: Unit, rows: RowsInFlight) -> Result<Part> {
        let Counting { filter, bars, .. } = &self.counting;
        let counts = unit.counts.as_ref();
        let known = answer(&unit.record, counts, unit.span, filter, self.group_by, bars.as_ref());
        match known {
            Some(tally) if self.hot_in(&unit).next().is_none() => {
                Ok(Part { unit, tally, repeats: Vec::new(), was_read: false, _rows: rows })
            }
            known => Task(tokio::spawn(self.read(unit, known, rows))).outcome().await,
        }
    }

    /// The hot rows that the unit may contain too.
    fn hot_in(&self, unit: &Unit) -> impl Iterator<Item = EventId> {
        let Unit { record, span, .. } = unit;
        let start = self.hot.partition_point(|id| *id < record.first || id.bits() < span.start);
        let end = self.hot.partition_point(|id| *id <= record.last && id.bits() < span.end);
        let between = self.hot.get(start..end).unwrap_or_default();
        between.iter().copied().filter(|id| record.may_contain(*id))
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
            repeats.extend(ids.contain(id).await.map_err(&unreadable)?.then_some(id));
        }
        Ok(Part { unit, tally, repeats, was_read, _rows: rows })
    }
}

/// The days of the first and the last row of a segment.
fn days_of(record: &SegmentRecord) -> (Day, Day) {
    (record.first.occurred_at().day(), record.last.occurred_at().day())
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
