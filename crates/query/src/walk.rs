//! The archived part of a page: matching events of all segments that the ledger cannot rule out, in order.
//!
//! Segments are opened when the walk reaches them, and a few ahead once it is clear that one is not enough. A segment that
//! is not opened yet stands for its first position: nothing from there on has been examined.
//!
//! A walk lives as long as the ledger's snapshot: rounds of a page that see the same snapshot share it, and what one round found
//! beyond its horizon is there for the next.

use std::collections::VecDeque;
use std::sync::Arc;

use audit_core::{Event, EventId, Filter, Month, Order, OrgId, SegmentRecord, Span};
use audit_segments::{SegmentError, SegmentScan, SegmentStore, prune::may_match};
use futures::future::try_join_all;

use crate::error::QueryError;
use crate::ledger_view::{LedgerView, Snapshot};

/// Segments opened at once at most.
const AHEAD: usize = 8;

/// What of the archive a page looks at.
pub(crate) struct Scope<'a> {
    pub(crate) archive: &'a SegmentStore,
    pub(crate) ledger: &'a LedgerView,
    pub(crate) org_id: &'a OrgId,
    pub(crate) filter: Arc<Filter>,
    pub(crate) order: Order,
    pub(crate) span: Span,
    /// The snapshot of the ledger.
    pub(crate) snapshot: Snapshot,
    /// The month behind which no event can lie.
    pub(crate) last_month: Month,
}

/// A walk through the archive.
pub(crate) struct Walk<'a> {
    scope: Scope<'a>,
    /// The month to load next; `None`: none is left.
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

/// Where the walk stands.
enum Next {
    /// The next match is here.
    Found(usize),
    /// This source has more to examine before that is known.
    Unexamined(usize),
    /// A segment that is not opened yet may hold the next match.
    Unopened,
    /// A month that is not loaded yet may.
    Unloaded,
    /// There is nothing more.
    End,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(scope: Scope<'a>) -> Self {
        let (first, last) = scope.span.months(scope.last_month);
        let month = (first <= last).then_some(if scope.order == Order::Newest { last } else { first });
        Self { scope, month, waiting: VecDeque::new(), open: Vec::new(), ahead: 1 }
    }

    /// Everything up to here, and nothing further on, has been examined; `None`: everything has.
    ///
    /// *Guarantees*: the next match, where it is known, is the position right behind.
    pub(crate) fn examined(&self) -> Option<EventId> {
        match self.next() {
            Next::Found(at) => self.open[at].found.front().map(|event| event.id.before(self.scope.order)),
            Next::Unexamined(at) => self.open[at].examined,
            Next::Unopened => self.waiting.front().map(|record| self.start(record).before(self.scope.order)),
            Next::Unloaded => self.month.map(|month| self.month_start(month).before(self.scope.order)),
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

    /// Whether a position lies in the walk's span. An examined position that does not lies before all of the span.
    pub(crate) fn contains(&self, position: EventId) -> bool {
        self.scope.span.contains(position)
    }

    /// Whether the walk looks at the ledger at this snapshot.
    pub(crate) fn is_of(&self, snapshot: Snapshot) -> bool {
        self.scope.snapshot == snapshot
    }

    /// Examines a little more; `want` matches are enough, and nothing that begins beyond `horizon` is read.
    pub(crate) async fn advance(&mut self, want: usize, horizon: Option<EventId>) -> Result<(), QueryError> {
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
        let order = self.scope.order;
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
                // It may find a match from right behind the examined position on.
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

    /// The first position in order that a segment may hold.
    fn start(&self, record: &SegmentRecord) -> EventId {
        match self.scope.order {
            Order::Newest => record.last,
            Order::Oldest => record.first,
        }
    }

    fn month_start(&self, month: Month) -> EventId {
        match self.scope.order {
            Order::Newest => EventId::first_at(month.next().first_day().start()).before(Order::Oldest),
            Order::Oldest => EventId::first_at(month.first_day().start()),
        }
    }

    /// Loads the next month that has segments, as far as the months up to the horizon go.
    async fn load_month(&mut self, horizon: Option<EventId>) -> Result<(), QueryError> {
        let Some(month) = self.month else { return Ok(()) };
        let Scope { ledger, org_id, snapshot, order, span, last_month, .. } = &self.scope;
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
        let Some((month, segments)) = ledger.next_month(org_id, *snapshot, *order, (month, to)).await? else {
            self.month = after(to);
            return Ok(());
        };
        let may_match = |record: &&Arc<SegmentRecord>| {
            record.first_seq < snapshot.visible && may_match(record, *span, &self.scope.filter)
        };
        let mut waiting: Vec<_> = segments.iter().filter(may_match).cloned().collect();
        waiting.sort_by_key(|record| self.start(record));
        if *order == Order::Newest {
            waiting.reverse();
        }
        self.month = after(month);
        self.waiting = waiting.into();
        Ok(())
    }

    async fn open_waiting(&mut self, want: usize, horizon: Option<EventId>) -> Result<(), QueryError> {
        let order = self.scope.order;
        let in_reach = |record: &Arc<SegmentRecord>| horizon.is_none_or(|it| !order.before(it, self.start(record)));
        let count = self.waiting.iter().take(self.ahead).take_while(|record| in_reach(record)).count();
        let records: Vec<_> = self.waiting.drain(..count).collect();
        self.ahead = (self.ahead * 2).min(AHEAD);
        let scope = &self.scope;
        let opening = records.into_iter().map(async |record| {
            let segment = scope.archive.open(scope.org_id, &record).await.map_err(unreadable(&record))?;
            let scan = SegmentScan::new(segment, Arc::clone(&scope.filter), scope.order, scope.span);
            let examined = Some(self.start(&record).before(scope.order));
            let mut source = Source { record, scan, found: VecDeque::new(), examined };
            step(&mut source, want).await?;
            Ok::<_, QueryError>(source)
        });
        let opened = try_join_all(opening).await?;
        self.open.extend(opened);
        Ok(())
    }
}

async fn step(source: &mut Source, want: usize) -> Result<(), QueryError> {
    let step = source.scan.step(want).await.map_err(unreadable(&source.record))?;
    source.found.extend(step.events);
    source.examined = step.examined;
    Ok(())
}

fn unreadable(record: &Arc<SegmentRecord>) -> impl Fn(SegmentError) -> QueryError {
    let record = Arc::clone(record);
    move |source| QueryError::Segment { segment: Box::new(SegmentRecord::clone(&record)), source }
}
