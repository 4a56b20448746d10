//! The archived part of a page of statistics: window by window, newest first, several segments concurrently.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::resume_unwind;
use std::sync::Arc;

use audit_core::segment_counts::{answer, by_quarters, can_answer};
use audit_core::stats::{GroupBy, QUARTER_US, Tally};
use audit_core::{Day, EventId, FilterFields, Month, Order, OrgId, SegmentRecord, Seq, Span, StatsRequest, UnixMicros};
use audit_segments::{Counting, Ids, SegmentStore, prune::may_match};
use futures::{Stream, TryStreamExt, stream};
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
/// The groups and the bars after which a page ends, so that it fits into memory and into a response.
const MANY_GROUPS: usize = 100_000;
pub(super) const MANY_BARS: usize = 20_000;

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
        let parts = units.map_ok(|unit| Arc::clone(&counter).count(unit)).try_buffered(AHEAD);
        let mut parts = std::pin::pin!(parts);
        let (mut archived, mut window) = (Archived::default(), Archived::default());
        while let Some(Part { unit, tally, repeats, was_read }) = parts.try_next().await? {
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
            let is_full = archived.tally.group_count() > MANY_GROUPS || archived.tally.bar_count() > MANY_BARS;
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
        let units = counter.units(span, &matching.cloned().collect::<Vec<_>>());
        Ok::<_, QueryError>(Some((stream::iter(units.into_iter().map(Ok::<_, QueryError>)), found.month.previous())))
    });
    months.try_flatten()
}

impl Counter {
    /// Divides the segments of a month into windows.
    fn units(&self, span: Span, records: &[Arc<SegmentRecord>]) -> Vec<Unit> {
        let days: BTreeSet<Day> = records.iter().flat_map(|record| record.days.iter().map(|(day, _)| day)).collect();
        let days: Vec<_> = days.into_iter().rev().collect();
        // A segment whose record answers only for all of its rows is counted in one window.
        let is_tied = |record: &&Arc<SegmentRecord>| !self.by_quarters() && self.answers(record, span);
        let tied: Vec<_> = records.iter().filter(is_tied).map(|record| days_of(record)).collect();
        let is_one = |later: &Day, earlier: &Day| tied.iter().any(|(first, last)| first <= earlier && later <= last);
        let mut units = Vec::new();
        for window in days.chunk_by(is_one).flat_map(|days| self.windows(days, span, records)) {
            let span = span.and(window);
            let inside = records.iter().filter(|record| record.overlaps(span));
            let mut inside: Vec<_> =
                inside.map(|record| Unit { record: Arc::clone(record), span, is_last: false }).collect();
            inside.iter_mut().last().into_iter().for_each(|last| last.is_last = true);
            units.extend(inside);
        }
        units
    }

    /// Returns the windows of some days, both newest first: one, unless very many rows are read in it.
    fn windows(&self, days: &[Day], span: Span, records: &[Arc<SegmentRecord>]) -> Vec<Span> {
        let (last, first) = (days[0], days[days.len() - 1]);
        let window = Span::of_days(first, last);
        let is_read = |record: &&Arc<SegmentRecord>| !self.answers(record, span.and(window));
        let of_days = records.iter().filter(is_read).flat_map(|record| record.days.iter());
        let rows: u64 = of_days.filter(|(day, _)| (first..=last).contains(day)).map(|(_, rows)| rows).sum();
        let windows = rows.div_ceil(WINDOW_ROWS);
        if windows <= 1 {
            return vec![window];
        }
        if first < last {
            // Day by day, no record answers for all rows of a segment that has several.
            return days.iter().flat_map(|day| self.windows(&[*day], span, records)).collect();
        }
        let width = QUARTERS.div_ceil(windows).max(1);
        let at = |quarter: u64| UnixMicros::new(first.start().micros() + quarter.min(QUARTERS) as i64 * QUARTER_US);
        let starts: Vec<_> = (0..QUARTERS).step_by(width as usize).collect();
        starts.into_iter().rev().map(|start| Span::between(Some(at(start)), Some(at(start + width)))).collect()
    }

    fn by_quarters(&self) -> bool {
        by_quarters(&self.counting.filter, self.group_by)
    }

    /// Whether the record of a segment is normally enough for its rows in a span.
    fn answers(&self, record: &SegmentRecord, span: Span) -> bool {
        let is_whole = span.contains(record.first) && span.contains(record.last);
        record.counts.is_some()
            && can_answer(&self.counting.filter, self.group_by)
            && (self.by_quarters() || is_whole && record.actions.is_some())
    }

    async fn count(self: Arc<Self>, unit: Unit) -> Result<Part> {
        let Counting { filter, bars, .. } = &self.counting;
        let known = answer(&unit.record, unit.span, filter, self.group_by, bars.as_ref());
        match known {
            Some(tally) if self.hot_in(&unit).next().is_none() => {
                Ok(Part { unit, tally, repeats: Vec::new(), was_read: false })
            }
            known => Task(tokio::spawn(self.read(unit, known))).outcome().await,
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

    async fn read(self: Arc<Self>, unit: Unit, known: Option<Tally>) -> Result<Part> {
        let filter = &self.counting.filter;
        let record = Arc::clone(&unit.record);
        let unreadable = unreadable(&record);
        let segment = self.archive.open(&self.org_id, &record).await.map_err(&unreadable)?;
        let was_read = known.is_none();
        let tally = match known {
            Some(tally) => tally,
            None => segment.count(unit.span, &self.counting).await.map_err(&unreadable)?,
        };
        let reads_category = filter.columns().contains(&"category");
        let (mut ids, mut repeats) = (Ids::new(segment), Vec::new());
        for id in self.hot_in(&unit) {
            let is_match = if reads_category {
                let archived = ids.event(id).await.map_err(&unreadable)?;
                archived.is_some_and(|event| filter.matches(&FilterFields::of(&event)))
            } else {
                ids.contain(id).await.map_err(&unreadable)?
            };
            repeats.extend(is_match.then_some(id));
        }
        Ok(Part { unit, tally, repeats, was_read })
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
