//! The filters of the objects: what searches skip segments by. Their keys determine their content, so a running pass and
//! a rebuild may put the same ones.

use audit_core::OrgId;
use audit_segments::FullSegment;
use audit_tables::{Tables, TablesError};
use futures::{StreamExt, TryStreamExt, stream};

/// Items read and put concurrently.
const IN_FLIGHT: usize = 8;

/// Puts the filters of the objects that the ledger does not have, or has otherwise; returns how many.
pub(super) async fn put_missing(
    tables: &Tables,
    org_id: &OrgId,
    objects: &[FullSegment],
) -> Result<usize, TablesError> {
    let puts: Vec<_> = objects.iter().map(|object| put_if_missing(tables, org_id, object)).collect();
    let puts = stream::iter(puts).buffer_unordered(IN_FLIGHT);
    puts.try_fold(0, async |count, was_put| Ok(count + usize::from(was_put))).await
}

async fn put_if_missing(tables: &Tables, org_id: &OrgId, object: &FullSegment) -> Result<bool, TablesError> {
    match tables.ledger.filters(org_id, &object.record).await {
        Ok(Some(stored)) if stored == object.filters => return Ok(false),
        Ok(_) | Err(TablesError::Malformed { .. }) => {}
        Err(error) => return Err(error),
    }
    tables.ledger.put_filters(org_id, &object.record, &object.filters).await?;
    Ok(true)
}
