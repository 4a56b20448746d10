//! Rows that exist only in the staging bucket: a batch was published and its hot rows were deleted, then its claims, its
//! ledger items and its published objects were lost. Nothing else refers to such a batch, so only this search finds it.

use std::collections::HashSet;

use audit_core::{EventId, OrgId, SegmentRecord, Seq};
use audit_segments::{FullSegment, SegmentError, SegmentStore};

/// A staged object with rows that are neither hot nor archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedOnly {
    /// Its key in the staging bucket.
    pub key: String,
    /// The sequence number of its first row.
    pub first_seq: Seq,
    /// Its rows that exist nowhere else.
    pub rows: usize,
}

/// Returns the staged objects that the ledger does not list and that have rows that exist nowhere else.
///
/// # Guarantees
/// Reports nothing of a running pass if `keys` were listed before the hot rows were read, and if the archived ids are
/// those of a ledger that was read after them. An object that expired meanwhile or cannot be read is skipped: most of
/// these are attempts that were never committed.
pub(crate) async fn find(
    archive: &SegmentStore,
    org_id: &OrgId,
    keys: &[String],
    ledger: &[SegmentRecord],
    elsewhere: &HashSet<EventId>,
) -> Result<Vec<StagedOnly>, SegmentError> {
    let named: HashSet<&str> =
        ledger.iter().filter_map(|segment| Some(segment.staged.as_ref()?.key.as_str())).collect();
    let mut found = Vec::new();
    for key in keys.iter().filter(|key| !named.contains(key.as_str())) {
        let Some(whole) = read(archive, org_id, key).await? else { continue };
        let rows = whole.ids.iter().filter(|id| !elsewhere.contains(id)).count();
        if rows > 0 {
            found.push(StagedOnly { key: key.clone(), first_seq: whole.record.first_seq, rows });
        }
    }
    Ok(found)
}

/// Reads a staged segment; `None` if it cannot be read as a segment of the org.
async fn read(archive: &SegmentStore, org_id: &OrgId, key: &str) -> Result<Option<FullSegment>, SegmentError> {
    let object = match archive.staged_object(key).await {
        Err(SegmentError::Missing { .. }) => return Ok(None),
        object => object?,
    };
    let whole = match FullSegment::read_blocking(&object, None).await {
        Err(SegmentError::Unreadable { .. }) => return Ok(None),
        whole => whole?,
    };
    Ok((whole.footer.org_id == *org_id).then_some(whole))
}
