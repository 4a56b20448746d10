//! Rows that are nowhere else.

use std::collections::HashSet;

use audit_core::{EventId, OrgId};
use audit_segments::FullSegment;
use audit_tables::{Tables, TablesError, WholeLedger};

use crate::check::hot;

/// How many rows of these objects the events table does not hold.
pub(super) async fn not_hot(
    tables: &Tables,
    org_id: &OrgId,
    objects: impl Iterator<Item = &FullSegment>,
) -> Result<usize, TablesError> {
    let hot: HashSet<EventId> = hot::read(tables, org_id).await?.0.into_iter().collect();
    Ok(objects.flat_map(|object| &object.ids).filter(|id| !hot.contains(id)).count())
}

/// How many rows of segments that only the ledger has are neither hot nor in an object, at least.
///
/// Their ids are in the missing objects alone; every hot row between a segment's first and last may be one of its.
pub(super) async fn at_least(
    tables: &Tables,
    org_id: &OrgId,
    ledger: &WholeLedger,
    objects: impl Iterator<Item = &FullSegment> + Clone,
) -> Result<u64, TablesError> {
    let standing: HashSet<&str> = objects.clone().map(|object| object.record.key.as_str()).collect();
    let archived: HashSet<EventId> = objects.flat_map(|object| object.ids.iter().copied()).collect();
    let hot = hot::read(tables, org_id).await?.0;
    let missing = ledger.segments.iter().filter(|segment| !standing.contains(segment.key.as_str()));
    let lost = missing.map(|segment| {
        let is_its = |id: &&EventId| (segment.first..=segment.last).contains(*id) && !archived.contains(*id);
        segment.rows.saturating_sub(hot.iter().filter(is_its).count() as u64)
    });
    Ok(lost.sum())
}
