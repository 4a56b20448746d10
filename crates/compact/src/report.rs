//! What a pass did, in numbers.

use audit_core::{OrgId, Seq};
use serde::Serialize;

/// What a pass did for one org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassReport {
    /// Which org.
    pub org_id: OrgId,
    /// Rows archived.
    pub rows: u64,
    /// Segments published.
    pub segments: u64,
    /// Batches of an earlier pass that were finished.
    pub recovered_batches: u64,
    /// The first sequence number archived, where any was.
    pub first_seq: Option<Seq>,
    /// The sequence number behind the last one archived, where any was.
    pub next_seq: Option<Seq>,
    /// Rows that the archive held already, and that were deleted.
    pub repeated_rows: u64,
    /// Rows that cannot be read, or not compared with a damaged segment; they stay where they are.
    pub rows_quarantined: u64,
    /// How long the oldest rows that still wait have waited since they were stored, in seconds.
    pub lag_seconds: u64,
    /// Whether rows are left: the time was up, or it was the turn of other orgs.
    pub cut_short: bool,
    /// Whether another worker is archiving the org, so that this pass left the rest to it.
    pub busy: bool,
}

impl PassReport {
    /// A report of nothing done yet.
    pub fn new(org_id: OrgId) -> Self {
        Self {
            org_id,
            rows: 0,
            segments: 0,
            recovered_batches: 0,
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

/// What became of the pass over one org.
#[derive(Debug)]
pub struct OrgOutcome {
    /// Which org.
    pub org_id: OrgId,
    /// What the pass did, or why it stopped.
    pub result: Result<PassReport, crate::CompactError>,
    /// How long the oldest rows that still wait have waited, in seconds, after a pass that stopped too; `None` where that
    /// cannot be read.
    pub lag_seconds: Option<u64>,
}
