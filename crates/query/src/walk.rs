//! The archived part of a page: matching events of all segments that the ledger cannot rule out, in order.
//!
//! Segments are opened when the walk reaches them, and a few ahead once it is clear that one is not enough. A segment
//! that is not opened yet counts as its first position: nothing from there on has been examined.
//!
//! Segments of late events may overlap for a whole month. So if a month has many segments, each is opened by *parts*:
//! days in a row that have rows. Between two parts of it, a segment is closed.
//!
//! A walk lives as long as the ledger's snapshot: rounds of a page that see the same snapshot share it, and what one
//! round found beyond its horizon is kept for the next.

use std::collections::VecDeque;
use std::sync::Arc;

use audit_core::{Day, Event, EventId, Filter, FilterPart, Head, Month, Order, SegmentRecord, Span};
use audit_segments::prune::{filters_may_match, may_match};
use audit_segments::{Expected, SegmentError, SegmentScan, SegmentStore};
use tokio::task::JoinSet;

use crate::error::{QueryError, Result};
use crate::filter_cache::FilterCache;
use crate::snapshot::{FEW_ITEMS, Snapshot};

/// Maximum number of segments that are opened concurrently. With more of them open, each one keeps fewer matches.
const AHEAD: usize = 8;

/// Maximum number of segments whose filters are loaded together: those of one request.
const ASKED_AHEAD: usize = 100;
/// Maximum number of ledger items that are read ahead.
const ITEMS_AHEAD: i32 = 1_000;

/// The part of the archive that a page reads.
pub(crate) struct ArchiveRange<'a> {
    pub(crate) archive: &'a SegmentStore,
    pub(crate) filters: &'a FilterCache,
    pub(crate) filter: Arc<Filter>,
    pub(crate) order: Order,
    pub(crate) span: Span,
    pub(crate) snapshot: Snapshot<'a>,
    /// No event is in a later month.
    pub(crate) last_month: Month,
}

/// A walk through the archive.
pub(crate) struct ArchiveWalk<'a> {
    range: ArchiveRange<'a>,
    /// The month to load next; `None` at the end.
    month: Option<Month>,
    /// Parts of segments of loaded months that are not opened yet, by their first position in order.
    waiting: VecDeque<Part>,
    /// The filters that may rule out segments.
    asked_parts: Vec<FilterPart>,
    /// How many of the waiting parts, from the first one on, their filters do not rule out.
    asked: usize,
    open: Vec<Source>,
    ahead: usize,
    asked_ahead: usize,
    items_ahead: i32,
}

/// A part of a segment: all of it, or days in a row that have rows.
struct Part {
    record: Arc<SegmentRecord>,
    /// The first and the last day.
    days: (Day, Day),
}

/// An opened part of a segment.
struct Source {
    record: Arc<SegmentRecord>,
    scan: SegmentScan,
    found: VecDeque<Event>,
    /// Everything up to here has been found; `None`: everything.
    examined: Option<EventId>,
}

/// How far the walk has come.
enum Next {
    /// The next match is here.
    Found(usize),
    /// This source must examine more before the next match is known.
    Unexamined(usize),
    /// A segment that is not opened yet may contain the next match.
    Unopened,
    /// A month that is not loaded yet may.
    Unloaded,
    /// There is nothing more.
    End,
}

impl<'a> ArchiveWalk<'a> {
    pub(crate) fn new(range: ArchiveRange<'a>) -> Self {
        let (first, last) = range.span.months(range.last_month);
        let month = (first <= last).then_some(if range.order == Order::Newest { last } else { first });
        Self {
            asked_parts: FilterPart::of(&range.filter),
            range,
            month,
            waiting: VecDeque::new(),
            asked: 0,
            open: Vec::new(),
            ahead: 1,
            asked_ahead: 2 * AHEAD,
            items_ahead: FEW_ITEMS,
        }
    }

    /// Everything up to this position, and nothing after it, has been examined; `None`: everything has.
    ///
    /// # Guarantees
    ///
    /// The next match, where it is known, is the position right after this one.
    pub(crate) fn examined(&self) -> Option<EventId> {
        match self.next() {
            Next::Found(at) => self.open[at].found.front().map(|event| event.id.before(self.range.order)),
            Next::Unexamined(at) => self.open[at].examined,
            Next::Unopened => self.waiting.front().map(|part| part.start(self.range.order).before(self.range.order)),
            Next::Unloaded => self.month.map(|month| self.month_start(month).before(self.range.order)),
            Next::End => None,
        }
    }

    /// The next match, where it has been examined already.
    pub(crate) fn take(&mut self) -> Option<Event> {
        match self.next() {
            Next::Found(at) => self.open[at].found.pop_front(),
            _ => None,
        }
    }

    /// Whether a position is in the walk's span. An examined position outside of it precedes all of the span.
    pub(crate) fn contains(&self, position: EventId) -> bool {
        self.range.span.contains(position)
    }

    /// Whether the walk reads the state of the ledger that a head shows.
    pub(crate) fn is_of(&self, head: &Head) -> bool {
        self.range.snapshot.is_of(head)
    }

    /// Examines a little more; `want` matches are enough, and nothing that begins beyond `horizon` is read.
    pub(crate) async fn advance(&mut self, want: usize, horizon: Option<EventId>) -> Result<()> {
        // The matches that are kept together are at most those of as many segments as are opened concurrently.
        let want = want.div_ceil(self.open.len().div_ceil(AHEAD).max(1));
        match self.next() {
            Next::Unexamined(_) => self.examine(want, horizon).await?,
            Next::Unopened if self.asked == 0 && !self.asked_parts.is_empty() => self.ask_filters().await?,
            Next::Unopened => self.open_waiting(want, horizon).await?,
            Next::Unloaded => self.load_month(horizon).await?,
            Next::Found(_) | Next::End => {}
        }
        self.open.retain(|source| source.examined.is_some() || !source.found.is_empty());
        Ok(())
    }

    fn next(&self) -> Next {
        let order = self.range.order;
        let mut next = Next::End;
        let mut nearest: Option<EventId> = None;
        let mut nearer = |at: EventId| {
            let is_nearer = nearest.is_none_or(|nearest| order.before(at, nearest));
            nearest = if is_nearer { Some(at) } else { nearest };
            is_nearer
        };
        for (index, source) in self.open.iter().enumerate() {
            match (source.found.front(), source.examined) {
                (Some(event), _) if nearer(event.id) => next = Next::Found(index),
                // It may find a match from right after the examined position on.
                (None, Some(examined)) if nearer(examined) => next = Next::Unexamined(index),
                _ => {}
            }
        }
        if let Some(part) = self.waiting.front() {
            if nearer(part.start(order).before(order)) {
                next = Next::Unopened;
            }
        } else if let Some(month) = self.month
            && nearer(self.month_start(month).before(order))
        {
            next = Next::Unloaded;
        }
        next
    }

    fn month_start(&self, month: Month) -> EventId {
        match self.range.order {
            Order::Newest => EventId::first_at(month.next().first_day().start()).before(Order::Oldest),
            Order::Oldest => EventId::first_at(month.first_day().start()),
        }
    }

    /// Loads the next month that has segments, as far as the months up to the horizon go.
    async fn load_month(&mut self, horizon: Option<EventId>) -> Result<()> {
        let Some(month) = self.month else { return Ok(()) };
        let ArchiveRange { snapshot, order, span, last_month, .. } = &self.range;
        let (first, last) = span.months(*last_month);
        let after = |month: Month| {
            let after = if *order == Order::Newest { month.previous() } else { month.next() };
            (first..=last).contains(&after).then_some(after)
        };
        let reach = horizon.map(|horizon| horizon.occurred_at().day().month());
        let to = match order {
            Order::Newest => reach.map_or(first, |reach| reach.max(first).min(month)),
            Order::Oldest => reach.map_or(last, |reach| reach.min(last).max(month)),
        };
        let items = self.items_ahead;
        let Some(found) = snapshot.next_month(*order, (month, to), Some(items)).await? else {
            self.month = after(to);
            return Ok(());
        };
        let found = found.complete()?;
        let may_match = |record: &&Arc<SegmentRecord>| may_match(record, *span, &self.range.filter);
        let mut waiting = parts(found.readable().filter(may_match).cloned().collect());
        waiting.retain(|part| !part.span().and(*span).is_empty());
        waiting.sort_by_key(|part| order.rank(part.start(*order)));
        self.month = after(found.month);
        self.items_ahead = (items * 2).min(ITEMS_AHEAD);
        (self.waiting, self.asked) = (waiting.into(), 0);
        Ok(())
    }

    /// Loads the filters of the next waiting parts, and drops those that they rule out.
    async fn ask_filters(&mut self) -> Result<()> {
        let ArchiveRange { filters, filter, snapshot, .. } = &self.range;
        let next = self.waiting.iter().take(self.asked_ahead).map(|part| Arc::clone(&part.record));
        let next: Vec<_> = next.collect();
        let filters = filters.load(snapshot.org_id, &next, &self.asked_parts).await?;
        for (part, filters) in self.waiting.drain(..next.len()).collect::<Vec<_>>().into_iter().zip(filters).rev() {
            if filters_may_match(&filters, filter) {
                self.waiting.push_front(part);
                self.asked += 1;
            }
        }
        self.asked_ahead = (self.asked_ahead * 2).min(ASKED_AHEAD);
        Ok(())
    }

    async fn open_waiting(&mut self, want: usize, horizon: Option<EventId>) -> Result<()> {
        let order = self.range.order;
        let in_reach = |part: &&Part| horizon.is_none_or(|it| !order.before(it, part.start(order)));
        let ready = if self.asked_parts.is_empty() { self.waiting.len() } else { self.asked };
        let count = self.waiting.iter().take(self.ahead.min(ready)).take_while(in_reach).count();
        let parts: Vec<_> = self.waiting.drain(..count).collect();
        self.asked = self.asked.saturating_sub(count);
        let expected = if self.ahead == 1 { Expected::Many } else { Expected::Few };
        self.ahead = (self.ahead * 2).min(AHEAD);
        let opening = parts.into_iter().map(|part| {
            let ArchiveRange { archive, filter, span, snapshot, .. } = &self.range;
            let (archive, org_id) = (SegmentStore::clone(archive), snapshot.org_id.clone());
            let (filter, span) = (Arc::clone(filter), part.span().and(*span));
            let (record, examined) = (Arc::clone(&part.record), Some(part.start(order).before(order)));
            async move {
                let segment = archive.open(&org_id, &record).await.map_err(unreadable(&record))?;
                let scan = SegmentScan::new(segment, filter, order, span, expected);
                Source { record, scan, found: VecDeque::new(), examined }.step(want).await
            }
        });
        let opened = concurrently(opening.collect()).await?;
        self.open.extend(opened);
        Ok(())
    }

    /// Examines more of each opened segment up to the horizon of which no match is known.
    async fn examine(&mut self, want: usize, horizon: Option<EventId>) -> Result<()> {
        let order = self.range.order;
        let in_reach = |examined: EventId| horizon.is_none_or(|horizon| !order.before(horizon, examined));
        let is_next = |source: &mut Source| source.found.is_empty() && source.examined.is_some_and(in_reach);
        let steps = self.open.extract_if(.., is_next).map(|source| source.step(want)).collect();
        let examined = concurrently(steps).await?;
        self.open.extend(examined);
        Ok(())
    }
}

impl Source {
    async fn step(mut self, want: usize) -> Result<Self> {
        let step = self.scan.step(want).await.map_err(unreadable(&self.record))?;
        self.found.extend(step.events);
        self.examined = step.examined;
        Ok(self)
    }
}

impl Part {
    /// The positions of its days.
    fn span(&self) -> Span {
        Span::of_days(self.days.0, self.days.1).and(self.record.span())
    }

    /// The first position in order that it may contain.
    fn start(&self, order: Order) -> EventId {
        let (first, last) = self.days;
        match order {
            Order::Newest => self.record.last.min(EventId::first_at(last.next().start()).before(Order::Oldest)),
            Order::Oldest => self.record.first.max(EventId::first_at(first.start())),
        }
    }
}

/// Divides the segments of a month into parts, unless they are so few that all of them may be open at the same time.
fn parts(records: Vec<Arc<SegmentRecord>>) -> Vec<Part> {
    let is_divided = records.len() > AHEAD;
    let parts = records.into_iter().flat_map(|record| {
        let whole = (record.first.occurred_at().day(), record.last.occurred_at().day());
        let days = if is_divided { record.days.runs().collect() } else { vec![whole] };
        days.into_iter().map(move |days| Part { record: Arc::clone(&record), days })
    });
    parts.collect()
}

/// Does work on all cores, and ends it if the page is given up.
async fn concurrently(work: Vec<impl Future<Output = Result<Source>> + Send + 'static>) -> Result<Vec<Source>> {
    let mut tasks: JoinSet<_> = work.into_iter().collect();
    let mut done = Vec::with_capacity(tasks.len());
    while let Some(joined) = tasks.join_next().await {
        done.push(joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?);
    }
    Ok(done)
}

/// Adds the record of a segment to its error.
pub(crate) fn unreadable(record: &Arc<SegmentRecord>) -> impl Fn(SegmentError) -> QueryError {
    let record = Arc::clone(record);
    move |source| QueryError::Segment { segment: Box::new(SegmentRecord::clone(&record)), source }
}

#[cfg(test)]
mod tests {
    use audit_core::{DayRows, Seq, Sha256, Tail};

    use super::*;

    fn record(number: u64, days: &str) -> Arc<SegmentRecord> {
        let month = "2026-11".parse().unwrap();
        let days = DayRows::from_text(month, days).unwrap();
        let noon = |day: Day| EventId::first_at(day.start().plus(std::time::Duration::from_secs(43_200)));
        let (first, _) = days.iter().min().unwrap();
        let (last, _) = days.iter().max().unwrap();
        Arc::new(SegmentRecord {
            month,
            first_seq: Seq(number),
            merge: 0,
            rows: days.total(),
            runs: Vec::new(),
            ranges: 1,
            bytes: 1,
            sha256: Sha256([0; 32]),
            tail: Tail { bytes: 1, crc32c: 0 },
            key: number.to_string(),
            staged: None,
            first: noon(first),
            last: noon(last),
            days,
            actions: None,
            categories: Vec::new(),
        })
    }

    #[test]
    fn few_segments_are_whole_parts_and_many_are_divided_into_days_in_a_row() {
        let days = |parts: &[Part]| -> Vec<String> {
            parts.iter().map(|part| format!("{} {} {}", part.record.key, part.days.0, part.days.1)).collect()
        };
        let few: Vec<_> = (0..8).map(|number| record(number, "03:1 20:1")).collect();
        assert_eq!(days(&parts(few.clone()))[..2], ["0 2026-11-03 2026-11-20", "1 2026-11-03 2026-11-20"]);
        let many = few.into_iter().chain([record(8, "03:1 04:2 09:1 30:1")]).collect();
        let divided = parts(many);
        let expected = ["8 2026-11-03 2026-11-04", "8 2026-11-09 2026-11-09", "8 2026-11-30 2026-11-30"];
        assert_eq!((divided.len(), &days(&divided)[16..]), (8 * 2 + 3, &expected.map(str::to_owned)[..]));
        let at = |part: &Part, order| part.start(order).occurred_at().to_string();
        let starts: Vec<_> = divided[16..].iter().map(|part| at(part, Order::Oldest)).collect();
        assert_eq!(
            starts,
            ["2026-11-03T12:00:00.000000Z", "2026-11-09T00:00:00.000000Z", "2026-11-30T00:00:00.000000Z"]
        );
        let starts: Vec<_> = divided[16..].iter().map(|part| at(part, Order::Newest)).collect();
        assert_eq!(
            starts,
            ["2026-11-04T23:59:59.999999Z", "2026-11-09T23:59:59.999999Z", "2026-11-30T12:00:00.000000Z"]
        );
    }
}
