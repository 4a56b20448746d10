//! What a pass did, in numbers, and how long the remaining rows have waited.

use audit_core::{Order, OrgId, Seq, Span, UnixMicros, error::chain};
use audit_runtime::metrics::{self, Metric};
use audit_tables::{HotRow, HotScan, TablesError};
use serde::Serialize;

use crate::{CompactError, Compactor};

/// What a pass did for one org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassReport {
    /// The org.
    pub org_id: OrgId,
    /// Rows archived.
    pub rows: u64,
    /// Segments published.
    pub segments: u64,
    /// Batches that another worker opened, and this pass closed.
    pub recovered_batches: u64,
    /// Merges whose targets readers use from this pass on.
    pub merges: u64,
    /// The first sequence number archived, if any.
    pub first_seq: Option<Seq>,
    /// The sequence number after the last one archived, if any.
    pub next_seq: Option<Seq>,
    /// Rows deleted because the archive already contained them.
    pub repeated_rows: u64,
    /// Rows that cannot be read, or cannot be compared with a damaged segment; they stay hot.
    pub rows_quarantined: u64,
    /// How long the oldest remaining row has waited since it was stored, in seconds.
    pub lag_seconds: u64,
    /// Whether rows remain because the time was up, or because it was the turn of other orgs.
    pub cut_short: bool,
    /// Whether another worker is archiving the org, so that this pass left the remaining rows to it.
    pub busy: bool,
}

impl PassReport {
    /// A report of a pass that has done nothing yet.
    pub fn new(org_id: OrgId) -> Self {
        Self {
            org_id,
            rows: 0,
            segments: 0,
            recovered_batches: 0,
            merges: 0,
            first_seq: None,
            next_seq: None,
            repeated_rows: 0,
            rows_quarantined: 0,
            lag_seconds: 0,
            cut_short: false,
            busy: false,
        }
    }
}

/// The result of the pass over one org.
#[derive(Debug)]
pub struct OrgOutcome {
    /// The org.
    pub org_id: OrgId,
    /// What the pass did, or why it stopped.
    pub result: Result<PassReport, CompactError>,
    /// How long the oldest remaining row has waited, in seconds, even if the pass stopped; `None` if it is unknown.
    pub lag_seconds: Option<u64>,
}

impl OrgOutcome {
    /// Logs and counts it.
    pub(crate) fn record(&self) {
        let Self { org_id, result, lag_seconds } = self;
        match result {
            Ok(report) => {
                let PassReport {
                    rows,
                    segments,
                    merges,
                    repeated_rows,
                    rows_quarantined,
                    lag_seconds,
                    cut_short,
                    busy,
                    ..
                } = report;
                tracing::info!(
                    %org_id, rows, segments, merges, repeated_rows, rows_quarantined, lag_seconds, cut_short, busy,
                    "pass finished"
                );
                metrics::count(Metric::RowsArchived, *rows);
                metrics::count(Metric::RowsQuarantined, *rows_quarantined);
            }
            Err(error) => {
                tracing::error!(%org_id, error = chain(error), lag_seconds, "pass stopped; the next one continues");
                metrics::count_of_org(Metric::PassesFailed, org_id, 1);
                metrics::count(Metric::StoreThrottles, u64::from(error.is_throttle()));
                metrics::count_of_org(Metric::LedgersRefused, org_id, u64::from(error.is_refusal()));
            }
        }
        if let Some(lag_seconds) = lag_seconds {
            metrics::seconds_of_org(Metric::ArchiveLagSeconds, org_id, *lag_seconds);
        }
    }
}

impl Compactor {
    /// Returns the age of the org's oldest hot row, in seconds; 0 if no row waits.
    ///
    /// Reads the first readable row of each shard. The pass itself counts the rows that cannot be read.
    pub(crate) async fn lag_seconds(&self, org_id: &OrgId) -> Result<u64, TablesError> {
        let scan = HotScan { org_id: org_id.clone(), span: Span::ALL, order: Order::Oldest };
        let now = self.clock.now();
        let mut oldest = now;
        for shard in audit_tables::keys::shards() {
            let stored = self.first_stored(&scan, shard).await?;
            oldest = oldest.min(stored.unwrap_or(now));
        }
        Ok(now.since(oldest).as_secs())
    }

    /// Returns when the first readable row of a shard was stored.
    async fn first_stored(&self, scan: &HotScan, shard: u8) -> Result<Option<UnixMicros>, TablesError> {
        // One row first: it is nearly always readable. Whole pages after that.
        let (mut start, mut rows) = (None, Some(1));
        loop {
            let page = self.tables.events.page(scan, shard, start, rows).await?;
            let stored = page.rows.iter().find_map(|row| match row {
                HotRow::Event(event) => Some(event.ingested_at),
                HotRow::Unreadable { .. } => None,
            });
            if stored.is_some() || page.next.is_none() {
                return Ok(stored);
            }
            (start, rows) = (page.next, None);
        }
    }
}
