//! The segments of a month, as the ledger lists them, cached between requests.
//!
//! A month that was read is right until a later batch adds to it. So an instance reads the batches since its last
//! request, which name the months that became stale, and keeps the rest. When the ledger was rebuilt, it keeps nothing.
//!
//! A month with an item that cannot be read is not cached, so that a repair is seen by the next request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audit_core::{Head, Month, Order, OrgId, SegmentRecord, Seq};
use audit_segments::cache::by_bytes;
use audit_tables::{Tables, TablesError};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::error::QueryError;

/// Orgs whose batches an instance has followed; at one more it forgets all of them, and their months are read again.
const ORGS: usize = 10_000;

type Key = (OrgId, Month);

/// Segments, by day and sequence number.
pub(crate) type Segments = Arc<Vec<Arc<SegmentRecord>>>;

/// The snapshot of the ledger that a request looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// Segments from this number on are not looked at.
    pub(crate) visible: Seq,
    generation: u64,
}

impl Snapshot {
    /// The snapshot of a head.
    pub(crate) fn of(head: &Head) -> Self {
        Self { visible: head.visible_seq(), generation: head.generation() }
    }
}

/// One month, as a request finds it.
#[derive(Debug)]
pub(crate) struct FoundMonth {
    pub(crate) month: Month,
    /// The segments that can be read.
    pub(crate) segments: Segments,
    /// An item below the request's visible number that cannot be read, where there is one.
    unreadable: Option<TablesError>,
}

impl FoundMonth {
    /// The segments of a month of which every item can be read.
    ///
    /// # Errors
    ///
    /// [`QueryError::Month`] where one cannot: its segment may contain anything.
    pub(crate) fn whole(self) -> Result<Segments, QueryError> {
        let Self { month, segments, unreadable } = self;
        unreadable.map_or(Ok(segments), |source| Err(QueryError::Month { month, source }))
    }
}

/// The segments of one month, and the snapshot when they were read.
#[derive(Debug, Clone)]
struct Held {
    as_of: Snapshot,
    segments: Segments,
}

/// What an instance knows of an org's batches.
#[derive(Debug)]
struct Touched {
    /// Of this generation of the ledger.
    generation: u64,
    /// What earlier batches added to is unknown: a month that was read before is stale.
    since: Seq,
    /// Batches below this number have been looked at.
    through: Seq,
    /// The last batch that added to a month.
    last: HashMap<Month, Seq>,
}

impl Touched {
    fn from(Snapshot { visible, generation }: Snapshot) -> Self {
        Self { generation, since: visible, through: visible, last: HashMap::new() }
    }

    /// Whether no batch is known, or possible, that added to a month after it was read.
    fn is_current(&self, month: Month, as_of: Snapshot) -> bool {
        let is_later = |last: &Seq| *last >= as_of.visible;
        as_of.generation == self.generation
            && as_of.visible >= self.since
            && !self.last.get(&month).is_some_and(is_later)
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Key, Held> for ByBytes {
    fn weight(&self, _: &Key, held: &Held) -> u64 {
        128 + held.segments.iter().map(|segment| segment.ledger_bytes() as u64).sum::<u64>()
    }
}

/// The months of the ledger.
#[derive(Debug)]
pub(crate) struct LedgerView {
    tables: Tables,
    months: Cache<Key, Held, ByBytes>,
    orgs: Mutex<HashMap<OrgId, Touched>>,
}

impl LedgerView {
    /// Caches up to `bytes` of the ledger.
    pub(crate) fn new(tables: Tables, bytes: u64) -> Self {
        Self { tables, months: by_bytes(bytes, ByBytes), orgs: Mutex::default() }
    }

    fn orgs(&self) -> MutexGuard<'_, HashMap<OrgId, Touched>> {
        self.orgs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns which months the batches before `snapshot` have added to since the last call.
    pub(crate) async fn catch_up(&self, org_id: &OrgId, snapshot: Snapshot) -> Result<(), TablesError> {
        let Snapshot { visible, generation } = snapshot;
        let through = {
            let mut orgs = self.orgs();
            if orgs.len() >= ORGS && !orgs.contains_key(org_id) {
                orgs.clear();
            }
            let touched = orgs.entry(org_id.clone()).or_insert_with(|| Touched::from(snapshot));
            if touched.generation != generation {
                *touched = Touched::from(snapshot);
            }
            touched.through
        };
        if through >= visible {
            return Ok(());
        }
        let mut listed = self.tables.list_batches(org_id, through).await?;
        let mut orgs = self.orgs();
        // Another request may have met another generation of the ledger meanwhile, or made room for other orgs.
        let Some(touched) = orgs.get_mut(org_id).filter(|touched| touched.generation == generation) else {
            return Ok(());
        };
        if let Some(item) = listed.malformed_below(visible) {
            tracing::error!(%org_id, error = %item.error, "a batch cannot be read; every month is read again");
            touched.since = visible.max(touched.since);
        }
        for batch in listed.records.iter().filter(|batch| batch.first_seq < visible) {
            for month in batch.months() {
                let last = touched.last.entry(month).or_default();
                *last = batch.first_seq.max(*last);
            }
        }
        touched.through = visible.max(touched.through);
        Ok(())
    }

    /// The first month in `order`, from `from` to `to`, that has segments, with them.
    ///
    /// *Guarantees*: holds every segment that is visible at `snapshot`, and maybe later ones. Call [`LedgerView::catch_up`] with
    /// the same snapshot first.
    ///
    /// # Errors
    ///
    /// [`QueryError::Month`] where an item of that month cannot be read.
    pub(crate) async fn next_month(
        &self,
        org_id: &OrgId,
        snapshot: Snapshot,
        order: Order,
        range: (Month, Month),
    ) -> Result<Option<(Month, Segments)>, QueryError> {
        match self.find_month(org_id, snapshot, order, range).await? {
            Some(found) => Ok(Some((found.month, found.whole()?))),
            None => Ok(None),
        }
    }

    /// Does what [`LedgerView::next_month`] does, and leaves it to the caller what an unreadable item means.
    pub(crate) async fn find_month(
        &self,
        org_id: &OrgId,
        snapshot: Snapshot,
        order: Order,
        (from, to): (Month, Month),
    ) -> Result<Option<FoundMonth>, TablesError> {
        let ended = |month: Month| if order == Order::Newest { month < to } else { month > to };
        let next = |month: Month| if order == Order::Newest { month.previous() } else { month.next() };
        let mut month = from;
        while !ended(month) {
            match self.held(org_id, month, snapshot.generation) {
                Some(segments) if segments.is_empty() => month = next(month),
                Some(segments) => return Ok(Some(FoundMonth { month, segments, unreadable: None })),
                None => {
                    let found = self.tables.month_with_segments(org_id, month.min(to), month.max(to), order).await?;
                    while !ended(month) && found != Some(month) {
                        self.hold(org_id, month, snapshot, Arc::default());
                        month = next(month);
                    }
                    if let Some(month) = found {
                        return Ok(Some(self.read_month(org_id, month, snapshot).await?));
                    }
                }
            }
        }
        Ok(None)
    }

    async fn read_month(&self, org_id: &OrgId, month: Month, snapshot: Snapshot) -> Result<FoundMonth, TablesError> {
        let mut listed = self.tables.segments_of_month(org_id, month).await?;
        let segments = Arc::new(std::mem::take(&mut listed.records).into_iter().map(Arc::new).collect::<Vec<_>>());
        if listed.malformed.is_empty() {
            self.hold(org_id, month, snapshot, Arc::clone(&segments));
        }
        let unreadable = listed.malformed_below(snapshot.visible).map(|item| item.error);
        Ok(FoundMonth { month, segments, unreadable })
    }

    fn held(&self, org_id: &OrgId, month: Month, generation: u64) -> Option<Segments> {
        let held = self.months.get(&(org_id.clone(), month)).filter(|held| held.as_of.generation == generation)?;
        let is_current = self.orgs().get(org_id).is_some_and(|touched| touched.is_current(month, held.as_of));
        is_current.then_some(held.segments)
    }

    fn hold(&self, org_id: &OrgId, month: Month, as_of: Snapshot, segments: Segments) {
        self.months.insert((org_id.clone(), month), Held { as_of, segments });
    }
}

#[cfg(test)]
mod tests {
    use audit_core::Day;

    use super::*;

    fn at(visible: u64, generation: u64) -> Snapshot {
        Snapshot { visible: Seq(visible), generation }
    }

    #[test]
    fn a_month_is_current_until_a_batch_adds_to_it() {
        let (month, other) = (Day(20_000).month(), Day(20_100).month());
        let mut touched = Touched::from(at(100, 0));
        touched.last.insert(month, Seq(100));
        assert!(!touched.is_current(month, at(100, 0)), "the batch at 100 was committed after it was read");
        assert!(touched.is_current(month, at(101, 0)) && touched.is_current(other, at(100, 0)));
    }

    /// A request that began before a rebuild may end after one that began behind it, so the batches in between are forgotten.
    #[test]
    fn a_month_read_before_the_batches_that_an_instance_knows_is_stale() {
        let month = Day(20_000).month();
        let known = Touched::from(at(200, 1));
        assert!(!known.is_current(month, at(199, 1)) && known.is_current(month, at(200, 1)));
        assert!(!known.is_current(month, at(200, 0)), "of another generation");
    }
}
