//! Rows that exist nowhere else.

use std::collections::HashSet;

use audit_core::{DayRows, EventId, OrgId};
use audit_segments::FullSegment;
use audit_tables::{Tables, TablesError, WholeLedger};

use crate::check::hot;

/// Counts the rows of these objects that the events table does not contain.
pub(super) async fn not_hot(
    tables: &Tables,
    org_id: &OrgId,
    objects: impl Iterator<Item = &FullSegment>,
) -> Result<usize, TablesError> {
    let hot: HashSet<EventId> = hot::read(tables, org_id).await?.0.into_iter().collect();
    Ok(objects.flat_map(|object| &object.ids).filter(|id| !hot.contains(id)).count())
}

/// Returns a lower bound of the rows that only the ledger lists: of missing objects, and not hot.
///
/// Their ids are only in the missing objects. So each hot row between a segment's first and last row counts as one of
/// those that the segment has on that day.
pub(super) async fn at_least(
    tables: &Tables,
    org_id: &OrgId,
    ledger: &WholeLedger,
    objects: impl Iterator<Item = &FullSegment> + Clone,
) -> Result<u64, TablesError> {
    let published: HashSet<&str> = objects.clone().map(|object| object.record.key.as_str()).collect();
    let archived: HashSet<EventId> = objects.flat_map(|object| object.ids.iter().copied()).collect();
    let hot = hot::read(tables, org_id).await?.0;
    let missing = ledger.segments.iter().filter(|segment| !published.contains(segment.key.as_str()));
    let lost = missing.map(|segment| {
        let is_its = |id: &&EventId| segment.may_contain(**id) && !archived.contains(*id);
        // Only their numbers are compared.
        let mut hot_rows = DayRows::default();
        hot.iter().filter(is_its).for_each(|id| hot_rows.add(id.occurred_at().day(), false));
        segment.days.iter().map(|(day, rows)| rows.saturating_sub(hot_rows.of(day))).sum::<u64>()
    });
    Ok(lost.sum())
}
