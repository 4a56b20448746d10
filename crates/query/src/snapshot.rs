//! Snapshots of the ledger, over a cache of the segments of each month.
//!
//! A cached month is valid until a later batch adds to it, or a later merge replaces segments of it. So before it makes a
//! snapshot, an instance reads the batches and merges since the last one, which list the months that became stale
//! (`followed.rs`). A rebuild starts a new generation, and makes every month stale.
//!
//! DynamoDB may show one item of a transaction and not yet another, and a month may need several requests. So a month
//! counts only if the head, read *after* it, still shows the same merges: then all of its targets were listed, and no
//! source was deleted meanwhile. Otherwise the caller reads again, as of the newer head.
//!
//! A month with an item that cannot be read is not cached, so that the next request sees a repair.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audit_core::{Head, Month, Order, OrgId, SegmentRecord, Seq, Visible};
use audit_segments::cache::by_bytes;
use audit_tables::{ListedSegments, Tables, TablesError};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::error::{QueryError, Result};
use crate::followed::Followed;

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
pub(crate) struct State {
    /// Segments of batches from this number on are not visible.
    pub(crate) visible: Seq,
    pub(crate) generation: u64,
    /// Segments of later merges are not visible.
    pub(crate) merged: u64,
}

impl From<&Head> for State {
    fn from(head: &Head) -> Self {
        Self { visible: head.visible_seq(), generation: head.generation(), merged: head.merged }
    }
}

impl State {
    /// Whether segments that one state shows may have been replaced in the other.
    fn has_other_segments(self, other: Self) -> bool {
        (self.generation, self.merged) != (other.generation, other.merged)
    }
}

/// The state of an org's ledger that one request reads.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot<'a> {
    cache: &'a LedgerCache,
    pub(crate) org_id: &'a OrgId,
    state: State,
    visible: Arc<Visible>,
}

/// The segments of one month that one snapshot shows.
#[derive(Debug)]
pub(crate) struct MonthOfSegments {
    pub(crate) month: Month,
    segments: Segments,
    visible: Arc<Visible>,
    /// The error of an item of a visible segment that cannot be read, if there is one.
    unreadable: Option<TablesError>,
}

impl MonthOfSegments {
    /// Returns the visible segments whose items can be read.
    pub(crate) fn readable(&self) -> impl Iterator<Item = &Arc<SegmentRecord>> {
        self.segments.iter().filter(|record| self.visible.shows(record.name()))
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
    orgs: Mutex<HashMap<OrgId, Followed>>,
}

impl LedgerCache {
    /// Returns a cache of up to `bytes`.
    pub(crate) fn new(tables: Tables, bytes: u64) -> Self {
        Self { tables, months: by_bytes(bytes, ByBytes), orgs: Mutex::default() }
    }

    fn orgs(&self) -> MutexGuard<'_, HashMap<OrgId, Followed>> {
        self.orgs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the snapshot of a head, after reading which months the batches and merges before it have changed.
    pub(crate) async fn snapshot<'a>(&'a self, org_id: &'a OrgId, head: &Head) -> Result<Snapshot<'a>, TablesError> {
        let state = State::from(head);
        self.follow(org_id, state).await?;
        let visible = Arc::new(self.visible(org_id, head).await?);
        Ok(Snapshot { cache: self, org_id, state, visible })
    }

    /// Returns whether a read as of `head` that failed may succeed as of a newer one: the error is one that a merge can
    /// cause, and the stored head shows other segments.
    pub(crate) async fn is_outdated(&self, org_id: &OrgId, head: &Head, error: &QueryError) -> Result<bool> {
        if !error.may_be_of_a_merge() {
            return Ok(false);
        }
        if let QueryError::Segment { segment, .. } = error {
            self.months.remove(&(org_id.clone(), segment.month));
        }
        let stored = self.tables.ledger.head(org_id).await?;
        Ok(State::from(&stored).has_other_segments(head.into()))
    }

    async fn visible(&self, org_id: &OrgId, head: &Head) -> Result<Visible, TablesError> {
        let known = self.orgs().get(org_id).and_then(|followed| followed.switched(head));
        if let Some(record) = known {
            return Ok(Visible::of(head, Some(&record)));
        }
        let record = self.tables.ledger.switched(org_id, head).await?.map(Arc::new);
        if let Some(record) = &record {
            self.with_followed(org_id, head.into(), |followed| followed.keep(record));
        }
        Ok(Visible::of(head, record.as_deref()))
    }

    async fn follow(&self, org_id: &OrgId, state: State) -> Result<(), TablesError> {
        let (through, through_merge) = {
            let mut orgs = self.orgs();
            if orgs.len() >= ORGS && !orgs.contains_key(org_id) {
                orgs.clear();
            }
            let followed = orgs.entry(org_id.clone()).or_insert_with(|| state.into());
            if followed.generation != state.generation {
                *followed = state.into();
            }
            (followed.through, followed.through_merge)
        };
        if through < state.visible {
            let batches = self.tables.ledger.batches(org_id, through).await?;
            self.with_followed(org_id, state, |followed| followed.add_batches(org_id, state, batches));
        }
        if through_merge < state.merged {
            let merges = self.tables.ledger.merges(org_id, through_merge).await?;
            self.with_followed(org_id, state, |followed| followed.add_merges(org_id, state, merges));
        }
        Ok(())
    }

    /// Another request may have met another generation of the ledger meanwhile, or made room for other orgs.
    fn with_followed(&self, org_id: &OrgId, state: State, add: impl FnOnce(&mut Followed)) {
        let mut orgs = self.orgs();
        if let Some(followed) = orgs.get_mut(org_id).filter(|followed| followed.generation == state.generation) {
            add(followed);
        }
    }

    fn cached(&self, org_id: &OrgId, month: Month, state: State) -> Option<Segments> {
        let cached = self.months.get(&(org_id.clone(), month))?;
        let followed = self.orgs();
        let is_current = followed.get(org_id).is_some_and(|it| it.is_current(month, cached.as_of, state));
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
    ///
    /// # Errors
    ///
    /// [`QueryError::Moved`] if segments may have been replaced while they were listed.
    pub(crate) async fn next_month(
        &self,
        order: Order,
        (from, to): (Month, Month),
        items: Option<i32>,
    ) -> Result<Option<MonthOfSegments>> {
        let ended = |month: Month| if order == Order::Newest { month < to } else { month > to };
        let next = |month: Month| if order == Order::Newest { month.previous() } else { month.next() };
        let Self { cache, org_id, state, .. } = self;
        let mut month = from;
        while !ended(month) {
            match cache.cached(org_id, month, *state) {
                Some(segments) if segments.is_empty() => month = next(month),
                Some(segments) => return Ok(Some(self.month(month, segments, None))),
                None => {
                    let range = (month.min(to), month.max(to));
                    let listed = cache.tables.ledger.segments_of_months(org_id, range, order, items).await?;
                    self.compare_head().await?;
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

    /// Reads the head after items were listed.
    async fn compare_head(&self) -> Result<()> {
        let stored = self.cache.tables.ledger.head(self.org_id).await?;
        if State::from(&stored).has_other_segments(self.state) { Err(QueryError::Moved) } else { Ok(()) }
    }

    /// Caches the visible segments of a month as it was read, unless an item of it cannot be read.
    fn read(&self, month: Month, mut listed: ListedSegments) -> MonthOfSegments {
        // A batch that is not visible yet may become void, and another one take its numbers without touching this month.
        let is_visible = |record: &SegmentRecord| self.visible.shows(record.name());
        let records = std::mem::take(&mut listed.records).into_iter().filter(is_visible);
        let segments = Arc::new(records.map(Arc::new).collect::<Vec<_>>());
        if listed.malformed.is_empty() {
            self.cache.cache(self.org_id, month, self.state, Arc::clone(&segments));
        }
        let unreadable = listed.take_malformed(|name| self.visible.shows(*name)).map(|item| item.error);
        self.month(month, segments, unreadable)
    }

    fn month(&self, month: Month, segments: Segments, unreadable: Option<TablesError>) -> MonthOfSegments {
        MonthOfSegments { month, segments, visible: Arc::clone(&self.visible), unreadable }
    }
}
