//! Snapshots of the ledger, over a cache of the segments of each month.
//!
//! A cached month is valid until a later batch adds to it. So before it makes a snapshot, an instance reads the batches
//! since the last one, which list the months that became stale. A rebuild starts a new generation, and makes every
//! month stale.
//!
//! A month with an item that cannot be read is not cached, so that the next request sees a repair.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audit_core::{Head, Month, Order, OrgId, SegmentRecord, Seq};
use audit_segments::cache::by_bytes;
use audit_tables::{Listed, Tables, TablesError};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::error::{QueryError, Result};

/// Maximum number of orgs whose batches an instance follows. With one more it forgets all of them and reads their
/// months again.
const ORGS: usize = 10_000;

/// Items that contain the next months of a quiet org, and that are read fast.
pub(crate) const FEW_ITEMS: i32 = 100;

type Key = (OrgId, Month);

/// Segments by sequence number.
type Segments = Arc<Vec<Arc<SegmentRecord>>>;

/// The state of a ledger at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// Segments from this number on are not visible.
    visible: Seq,
    generation: u64,
}

impl From<&Head> for State {
    fn from(head: &Head) -> Self {
        Self { visible: head.visible_seq(), generation: head.generation() }
    }
}

/// The state of an org's ledger that one request reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Snapshot<'a> {
    cache: &'a LedgerCache,
    pub(crate) org_id: &'a OrgId,
    state: State,
}

/// The segments of one month that one snapshot shows.
#[derive(Debug)]
pub(crate) struct MonthOfSegments {
    pub(crate) month: Month,
    segments: Segments,
    visible: Seq,
    /// The error of an item of a visible segment that cannot be read, if there is one.
    unreadable: Option<TablesError>,
}

impl MonthOfSegments {
    /// Returns the visible segments whose items can be read.
    pub(crate) fn readable(&self) -> impl Iterator<Item = &Arc<SegmentRecord>> {
        self.segments.iter().filter(|record| record.first_seq < self.visible)
    }

    /// Whether every item of a visible segment can be read.
    pub(crate) fn is_complete(&self) -> bool {
        self.unreadable.is_none()
    }

    /// Returns the month if every item of a visible segment can be read.
    ///
    /// # Errors
    ///
    /// [`QueryError::Month`] if one cannot: its segment may contain anything.
    pub(crate) fn complete(mut self) -> Result<Self> {
        let month = self.month;
        self.unreadable.take().map_or(Ok(self), |source| Err(QueryError::Month { month, source }))
    }
}

/// The segments of one month, and the state of the ledger when they were read.
#[derive(Debug, Clone)]
struct CachedMonth {
    as_of: State,
    segments: Segments,
}

/// The batches of an org that an instance has followed.
#[derive(Debug)]
struct FollowedBatches {
    /// Of this generation of the ledger.
    generation: u64,
    /// The months of earlier batches are unknown: a month that was read before this number is stale.
    since: Seq,
    /// Batches below this number have been read.
    through: Seq,
    /// The last batch that added to a month.
    last: HashMap<Month, Seq>,
}

impl From<State> for FollowedBatches {
    fn from(State { visible, generation }: State) -> Self {
        Self { generation, since: visible, through: visible, last: HashMap::new() }
    }
}

impl FollowedBatches {
    /// Whether no batch can have added to a month after it was read.
    fn is_current(&self, month: Month, as_of: State) -> bool {
        let is_later = |last: &Seq| *last >= as_of.visible;
        as_of.generation == self.generation
            && as_of.visible >= self.since
            && !self.last.get(&month).is_some_and(is_later)
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Key, CachedMonth> for ByBytes {
    fn weight(&self, _: &Key, cached: &CachedMonth) -> u64 {
        128 + cached.segments.iter().map(|segment| segment.ledger_bytes() as u64).sum::<u64>()
    }
}

/// The ledgers of the orgs, cached by month.
#[derive(Debug)]
pub(crate) struct LedgerCache {
    tables: Tables,
    months: Cache<Key, CachedMonth, ByBytes>,
    orgs: Mutex<HashMap<OrgId, FollowedBatches>>,
}

impl LedgerCache {
    /// Returns a cache of up to `bytes`.
    pub(crate) fn new(tables: Tables, bytes: u64) -> Self {
        Self { tables, months: by_bytes(bytes, ByBytes), orgs: Mutex::default() }
    }

    fn orgs(&self) -> MutexGuard<'_, HashMap<OrgId, FollowedBatches>> {
        self.orgs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the snapshot of a head, after reading which months the batches before it have added to.
    pub(crate) async fn snapshot<'a>(&'a self, org_id: &'a OrgId, head: &Head) -> Result<Snapshot<'a>, TablesError> {
        let state = State::from(head);
        self.follow(org_id, state).await?;
        Ok(Snapshot { cache: self, org_id, state })
    }

    async fn follow(&self, org_id: &OrgId, state: State) -> Result<(), TablesError> {
        let State { visible, generation } = state;
        let through = {
            let mut orgs = self.orgs();
            if orgs.len() >= ORGS && !orgs.contains_key(org_id) {
                orgs.clear();
            }
            let followed = orgs.entry(org_id.clone()).or_insert_with(|| state.into());
            if followed.generation != generation {
                *followed = state.into();
            }
            followed.through
        };
        if through >= visible {
            return Ok(());
        }
        let mut listed = self.tables.ledger.batches(org_id, through).await?;
        let mut orgs = self.orgs();
        // Another request may have met another generation of the ledger meanwhile, or made room for other orgs.
        let Some(followed) = orgs.get_mut(org_id).filter(|followed| followed.generation == generation) else {
            return Ok(());
        };
        if let Some(item) = listed.malformed_below(visible) {
            tracing::error!(%org_id, error = %item.error, "a batch cannot be read; every month is read again");
            followed.since = visible.max(followed.since);
        }
        for batch in listed.records.iter().filter(|batch| batch.first_seq < visible) {
            for month in batch.months() {
                let last = followed.last.entry(month).or_default();
                *last = batch.first_seq.max(*last);
            }
        }
        followed.through = visible.max(followed.through);
        Ok(())
    }

    fn cached(&self, org_id: &OrgId, month: Month, generation: u64) -> Option<Segments> {
        let cached = self.months.get(&(org_id.clone(), month)).filter(|it| it.as_of.generation == generation)?;
        let is_current = self.orgs().get(org_id).is_some_and(|followed| followed.is_current(month, cached.as_of));
        is_current.then_some(cached.segments)
    }

    fn cache(&self, org_id: &OrgId, month: Month, as_of: State, segments: Segments) {
        self.months.insert((org_id.clone(), month), CachedMonth { as_of, segments });
    }
}

impl Snapshot<'_> {
    /// Whether a head shows the same state of the ledger.
    pub(crate) fn is_of(&self, head: &Head) -> bool {
        self.state == head.into()
    }

    /// Returns the first month in `order`, from `from` to `to`, that has segments. If it is not cached, the months after
    /// it are read and cached with it, as far as `items` items go, or a page if that is `None`.
    ///
    /// It may have no visible one: segments of a batch that is committed and not published are listed too.
    pub(crate) async fn next_month(
        &self,
        order: Order,
        (from, to): (Month, Month),
        items: Option<i32>,
    ) -> Result<Option<MonthOfSegments>, TablesError> {
        let ended = |month: Month| if order == Order::Newest { month < to } else { month > to };
        let next = |month: Month| if order == Order::Newest { month.previous() } else { month.next() };
        let Self { cache, org_id, state } = self;
        let mut month = from;
        while !ended(month) {
            match cache.cached(org_id, month, state.generation) {
                Some(segments) if segments.is_empty() => month = next(month),
                Some(segments) => return Ok(Some(self.month(month, segments, None))),
                None => {
                    let range = (month.min(to), month.max(to));
                    let listed = cache.tables.ledger.segments_of_months(org_id, range, order, items).await?;
                    let mut first = None;
                    for (found, segments) in listed.months {
                        while month != found {
                            cache.cache(org_id, month, *state, Arc::default());
                            month = next(month);
                        }
                        let read = self.read(found, segments);
                        first = first.or(Some(read));
                        month = next(month);
                    }
                    while listed.is_end && !ended(month) {
                        cache.cache(org_id, month, *state, Arc::default());
                        month = next(month);
                    }
                    if first.is_some() {
                        return Ok(first);
                    }
                }
            }
        }
        Ok(None)
    }

    /// Caches the visible segments of a month as it was read, unless an item of it cannot be read.
    fn read(&self, month: Month, mut listed: Listed<SegmentRecord>) -> MonthOfSegments {
        // A batch that is not visible yet may become void, and another one take its numbers without touching this month.
        let is_visible = |record: &SegmentRecord| record.first_seq < self.state.visible;
        let records = std::mem::take(&mut listed.records).into_iter().filter(is_visible);
        let segments = Arc::new(records.map(Arc::new).collect::<Vec<_>>());
        if listed.malformed.is_empty() {
            self.cache.cache(self.org_id, month, self.state, Arc::clone(&segments));
        }
        let unreadable = listed.malformed_below(self.state.visible).map(|item| item.error);
        self.month(month, segments, unreadable)
    }

    fn month(&self, month: Month, segments: Segments, unreadable: Option<TablesError>) -> MonthOfSegments {
        MonthOfSegments { month, segments, visible: self.state.visible, unreadable }
    }
}

#[cfg(test)]
mod tests {
    use audit_core::Day;

    use super::*;

    fn at(visible: u64, generation: u64) -> State {
        State { visible: Seq(visible), generation }
    }

    #[test]
    fn a_month_is_current_until_a_batch_adds_to_it() {
        let (month, other) = (Day(20_000).month(), Day(20_100).month());
        let mut followed = FollowedBatches::from(at(100, 0));
        followed.last.insert(month, Seq(100));
        assert!(!followed.is_current(month, at(100, 0)), "the batch at 100 was committed after it was read");
        assert!(followed.is_current(month, at(101, 0)) && followed.is_current(other, at(100, 0)));
    }

    /// A request that began before a rebuild may end after one that began after it, so the batches in between are
    /// forgotten.
    #[test]
    fn a_month_read_before_the_batches_that_an_instance_knows_is_stale() {
        let month = Day(20_000).month();
        let known = FollowedBatches::from(at(200, 1));
        assert!(!known.is_current(month, at(199, 1)) && known.is_current(month, at(200, 1)));
        assert!(!known.is_current(month, at(200, 0)), "of another generation");
    }
}
