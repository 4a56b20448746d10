//! The filters of the segments: what searches skip segments by. Their keys determine their content, so a running pass and
//! a rebuild may put the same ones. Absent ones exclude nothing.

use audit_core::{OrgId, SegmentRecord};
use audit_segments::{FullSegment, SegmentError, SegmentStore};
use audit_tables::{LedgerTable, TablesError};
use futures::{StreamExt, TryStreamExt, stream};

use super::RebuildError;

/// Segments read concurrently.
const IN_FLIGHT: usize = 4;

/// Puts the filters of segments that the ledger does not have, or cannot read; returns how many.
///
/// A segment without a sound object has none.
pub(super) async fn put_missing(
    table: &LedgerTable,
    archive: &SegmentStore,
    org_id: &OrgId,
    segments: impl Iterator<Item = &SegmentRecord>,
) -> Result<usize, RebuildError> {
    let puts: Vec<_> = segments.map(|segment| put_if_missing(table, archive, org_id, segment)).collect();
    let puts = stream::iter(puts).buffer_unordered(IN_FLIGHT);
    puts.try_fold(0, async |count, was_put| Ok(count + usize::from(was_put))).await
}

async fn put_if_missing(
    table: &LedgerTable,
    archive: &SegmentStore,
    org_id: &OrgId,
    segment: &SegmentRecord,
) -> Result<bool, RebuildError> {
    match table.filters(org_id, segment).await {
        Ok(Some(_)) => return Ok(false),
        Ok(None) | Err(TablesError::Malformed { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let object = match archive.published_object(&segment.key).await {
        Err(SegmentError::Missing { .. }) => return Ok(false),
        object => object?,
    };
    match FullSegment::read_blocking(&object, None).await {
        Ok(FullSegment { record, filters, .. }) if record.sha256 == segment.sha256 => {
            table.put_filters(org_id, segment, &filters).await?;
            Ok(true)
        }
        Ok(_) | Err(SegmentError::Unreadable { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
