//! What the handlers share: the stores, the caches, and the bounds of a page.

use std::sync::Arc;
use std::time::Duration;

use audit_core::Clock;
use audit_http::PlanGate;
use audit_segments::SegmentStore;
use audit_tables::{PAGE_ROWS, Tables};

use crate::CACHE_BYTES;
use crate::check::LedgerCheck;
use crate::filter_cache::FilterCache;
use crate::snapshot::LedgerCache;

/// With as many, a page of statistics has about half of the bytes of a response, so that the bars of its last window fit.
const BARS: usize = 20_000;

/// What bounds a page, in addition to its limit and its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How long it can take. It examines at least one position in any case.
    pub budget: Duration,
    /// The maximum number of rows of one request for hot rows; at least 1.
    pub hot_rows: usize,
    /// About the maximum number of bars of a page of statistics, those of each group included.
    pub bars: usize,
}

impl From<Duration> for Bounds {
    /// Returns the bounds of a page that can take `budget`.
    fn from(budget: Duration) -> Self {
        Self { budget, hot_rows: PAGE_ROWS.unsigned_abs() as usize, bars: BARS }
    }
}

/// Reads the events of orgs: `page.rs` returns a page of a search, `lookup.rs` one event.
pub(crate) struct QueryService {
    pub(crate) tables: Tables,
    pub(crate) archive: SegmentStore,
    pub(crate) ledger: LedgerCache,
    pub(crate) check: LedgerCheck,
    pub(crate) filters: FilterCache,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) bounds: Bounds,
    gate: PlanGate,
}

impl QueryService {
    pub(crate) fn new(tables: Tables, archive: SegmentStore, clock: Arc<dyn Clock>, bounds: Bounds) -> Self {
        let gate = PlanGate::new(tables.orgs.clone(), Arc::clone(&clock));
        let ledger = LedgerCache::new(tables.clone(), CACHE_BYTES / 2);
        let filters = FilterCache::new(tables.clone(), CACHE_BYTES / 2);
        let check = LedgerCheck::new(tables.clone(), archive.clone(), Arc::clone(&clock));
        Self { tables, archive, ledger, filters, check, clock, bounds, gate }
    }
}

impl AsRef<PlanGate> for QueryService {
    fn as_ref(&self) -> &PlanGate {
        &self.gate
    }
}
