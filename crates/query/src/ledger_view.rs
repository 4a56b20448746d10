//! The segments of a month, as the ledger has them, kept between requests.
//!
//! A month that was read is right until a later batch adds to it. So an instance asks for the batches since it last
//! looked, which name the months that went stale, and keeps the rest. When the ledger was made anew, it keeps nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audit_archive::cache::by_bytes;
use audit_core::ledger::{Head, Seq};
use audit_core::org::OrgId;
use audit_core::segment::SegmentRecord;
use audit_core::span::Order;
use audit_core::time::Month;
use audit_tables::{Tables, TablesError};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

type Key = (OrgId, Month);

/// The moment of the ledger that a request looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Segments from this number on are not looked at.
    pub(crate) visible: Seq,
    era: u64,
}

impl Moment {
    /// The moment of a head.
    pub(crate) fn of(head: &Head) -> Self {
        Self { visible: head.visible_seq(), era: head.era() }
    }
}

/// The segments of one month, and the moment when they were read.
#[derive(Debug, Clone)]
struct Held {
    as_of: Moment,
    segments: Arc<Vec<Arc<SegmentRecord>>>,
}

/// What an instance knows of an org's batches.
#[derive(Debug, Default)]
struct Touched {
    /// Of this making of the ledger.
    era: u64,
    /// Batches below this number have been looked at.
    through: Seq,
    /// The last batch that added to a month.
    last: HashMap<Month, Seq>,
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
    /// Keeps up to `bytes` of the ledger.
    pub(crate) fn new(tables: Tables, bytes: u64) -> Self {
        Self { tables, months: by_bytes(bytes, ByBytes), orgs: Mutex::default() }
    }

    fn orgs(&self) -> MutexGuard<'_, HashMap<OrgId, Touched>> {
        self.orgs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns which months the batches before `moment` have added to since the last call.
    pub(crate) async fn catch_up(&self, org_id: &OrgId, moment: Moment) -> Result<(), TablesError> {
        let Moment { visible, era } = moment;
        let fresh = || Touched { era, through: visible, last: HashMap::new() };
        let through = {
            let mut orgs = self.orgs();
            let touched = orgs.entry(org_id.clone()).or_insert_with(fresh);
            if touched.era != era {
                *touched = fresh();
            }
            touched.through
        };
        if through >= visible {
            return Ok(());
        }
        let batches = self.tables.batches(org_id, through).await?;
        let mut orgs = self.orgs();
        // Another request may have met another making of the ledger meanwhile.
        let Some(touched) = orgs.get_mut(org_id).filter(|touched| touched.era == era) else { return Ok(()) };
        for batch in batches.iter().filter(|batch| batch.first_seq < visible) {
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
    /// *Guarantees*: holds every segment that is visible at `moment`, and maybe later ones. Call [`LedgerView::catch_up`] with
    /// the same moment first.
    pub(crate) async fn next_month(
        &self,
        org_id: &OrgId,
        moment: Moment,
        order: Order,
        (from, to): (Month, Month),
    ) -> Result<Option<(Month, Arc<Vec<Arc<SegmentRecord>>>)>, TablesError> {
        let ended = |month: Month| if order == Order::Newest { month < to } else { month > to };
        let next = |month: Month| if order == Order::Newest { month.previous() } else { month.next() };
        let mut month = from;
        while !ended(month) {
            match self.held(org_id, month, moment.era) {
                Some(segments) if segments.is_empty() => month = next(month),
                Some(segments) => return Ok(Some((month, segments))),
                None => {
                    let found = self.tables.month_with_segments(org_id, month.min(to), month.max(to), order).await?;
                    while !ended(month) && found != Some(month) {
                        self.hold(org_id, month, moment, Vec::new());
                        month = next(month);
                    }
                    if let Some(month) = found {
                        let segments = self.tables.segments_of_month(org_id, month).await?;
                        return Ok(Some((month, self.hold(org_id, month, moment, segments))));
                    }
                }
            }
        }
        Ok(None)
    }

    fn held(&self, org_id: &OrgId, month: Month, era: u64) -> Option<Arc<Vec<Arc<SegmentRecord>>>> {
        let held = self.months.get(&(org_id.clone(), month)).filter(|held| held.as_of.era == era)?;
        let orgs = self.orgs();
        let last = orgs.get(org_id).filter(|touched| touched.era == era)?.last.get(&month);
        last.is_none_or(|last| *last < held.as_of.visible).then_some(held.segments)
    }

    fn hold(
        &self,
        org_id: &OrgId,
        month: Month,
        as_of: Moment,
        segments: Vec<SegmentRecord>,
    ) -> Arc<Vec<Arc<SegmentRecord>>> {
        let segments = Arc::new(segments.into_iter().map(Arc::new).collect::<Vec<_>>());
        self.months.insert((org_id.clone(), month), Held { as_of, segments: Arc::clone(&segments) });
        segments
    }
}
