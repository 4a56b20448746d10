//! The archived part of a page: matching events of all segments that the ledger cannot rule out, in order.
//!
//! Segments are opened when the walk reaches them, and a few ahead once it is clear that one is not enough. A segment
//! that is not opened yet counts as its first position: nothing from there on has been examined.
//!
//! A walk lives as long as the ledger's snapshot: rounds of a page that see the same snapshot share it, and what one
//! round found beyond its horizon is kept for the next.

use std::collections::VecDeque;
use std::sync::Arc;

use audit_core::{Event, EventId, Filter, Head, Month, Order, SegmentRecord, Span};
use audit_segments::{SegmentError, SegmentScan, SegmentStore, prune::may_match};
use futures::future::try_join_all;

use crate::error::{QueryError, Result};
use crate::snapshot::Snapshot;

/// Maximum number of segments that are opened concurrently.
const AHEAD: usize = 8;

/// The part of the archive that a page reads.
pub(crate) struct ArchiveRange<'a> {
    pub(crate) archive: &'a SegmentStore,
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
    /// Segments of loaded months that are not opened yet, by their first position in order.
    waiting: VecDeque<Arc<SegmentRecord>>,
    open: Vec<Source>,
    ahead: usize,
}

/// An opened segment.
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
        Self { range, month, waiting: VecDeque::new(), open: Vec::new(), ahead: 1 }
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
            Next::Unopened => self.waiting.front().map(|record| self.start(record).before(self.range.order)),
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
        match self.next() {
            Next::Unexamined(at) => step(&mut self.open[at], want).await?,
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
        if let Some(record) = self.waiting.front() {
            if nearer(self.start(record).before(order)) {
                next = Next::Unopened;
            }
        } else if let Some(month) = self.month
            && nearer(self.month_start(month).before(order))
        {
            next = Next::Unloaded;
        }
        next
    }

    /// The first position in order that a segment may contain.
    fn start(&self, record: &SegmentRecord) -> EventId {
        match self.range.order {
            Order::Newest => record.last,
            Order::Oldest => record.first,
        }
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
        let Some(found) = snapshot.next_month(*order, (month, to)).await? else {
            self.month = after(to);
            return Ok(());
        };
        let found = found.complete()?;
        let may_match = |record: &&Arc<SegmentRecord>| may_match(record, *span, &self.range.filter);
        let mut waiting: Vec<_> = found.readable().filter(may_match).cloned().collect();
        waiting.sort_by_key(|record| order.rank(self.start(record)));
        self.month = after(found.month);
        self.waiting = waiting.into();
        Ok(())
    }

    async fn open_waiting(&mut self, want: usize, horizon: Option<EventId>) -> Result<()> {
        let order = self.range.order;
        let in_reach = |record: &Arc<SegmentRecord>| horizon.is_none_or(|it| !order.before(it, self.start(record)));
        let count = self.waiting.iter().take(self.ahead).take_while(|record| in_reach(record)).count();
        let records: Vec<_> = self.waiting.drain(..count).collect();
        self.ahead = (self.ahead * 2).min(AHEAD);
        let range = &self.range;
        let opening = records.into_iter().map(async |record| {
            let segment = range.archive.open(range.snapshot.org_id, &record).await.map_err(unreadable(&record))?;
            let scan = SegmentScan::new(segment, Arc::clone(&range.filter), range.order, range.span);
            let examined = Some(self.start(&record).before(range.order));
            let mut source = Source { record, scan, found: VecDeque::new(), examined };
            step(&mut source, want).await?;
            Ok::<_, QueryError>(source)
        });
        let opened = try_join_all(opening).await?;
        self.open.extend(opened);
        Ok(())
    }
}

async fn step(source: &mut Source, want: usize) -> Result<()> {
    let step = source.scan.step(want).await.map_err(unreadable(&source.record))?;
    source.found.extend(step.events);
    source.examined = step.examined;
    Ok(())
}

/// Adds the record of a segment to its error.
pub(crate) fn unreadable(record: &Arc<SegmentRecord>) -> impl Fn(SegmentError) -> QueryError {
    let record = Arc::clone(record);
    move |source| QueryError::Segment { segment: Box::new(SegmentRecord::clone(&record)), source }
}
