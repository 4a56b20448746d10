//! The objects of an org, each in full, and missing ones that are still staged.

use audit_core::{Head, OrgId, SegmentRecord, Seq};
use audit_segments::{FullSegment, SegmentError, SegmentStore};
use audit_tables::WholeLedger;
use futures::{StreamExt, TryStreamExt, stream};

use super::RebuildError;
use super::refusal::Refusal;

/// Objects read concurrently.
const IN_FLIGHT: usize = 4;

/// Reads the org's objects.
///
/// # Errors
///
/// Also if one is damaged or does not match its key: its rows may exist nowhere else.
pub(super) async fn read(archive: &SegmentStore, org_id: &OrgId) -> Result<Vec<FullSegment>, RebuildError> {
    let keys = archive.published_keys(org_id).await?;
    let reads: Vec<_> = keys.iter().map(|key| read_one(archive, org_id, key)).collect();
    stream::iter(reads).buffered(IN_FLIGHT).try_collect().await
}

/// Publishes again the visible segments that are missing and still staged; returns their objects.
///
/// # Guarantees
///
/// Publishes nothing under sequence numbers that an object already has.
pub(super) async fn restore(
    archive: &SegmentStore,
    org_id: &OrgId,
    ledger: &WholeLedger,
    objects: &[FullSegment],
) -> Result<Vec<FullSegment>, RebuildError> {
    let visible = ledger.head.as_ref().map_or(Seq(0), Head::visible_seq);
    let overlaps = |one: &SegmentRecord, other: &SegmentRecord| {
        one.first_seq < other.first_seq.plus(other.rows) && other.first_seq < one.first_seq.plus(one.rows)
    };
    let mut restored = Vec::new();
    for segment in ledger.segments.iter().filter(|it| it.first_seq < visible && it.staged.is_some()) {
        if objects.iter().chain(&restored).any(|object| overlaps(segment, &object.record)) {
            continue;
        }
        match archive.publish(segment).await {
            Err(SegmentError::Missing { .. }) => continue,
            published => published?,
        }
        restored.push(read_one(archive, org_id, &segment.key).await?);
    }
    Ok(restored)
}

async fn read_one(archive: &SegmentStore, org_id: &OrgId, key: &str) -> Result<FullSegment, RebuildError> {
    let whole = match FullSegment::read_blocking(&archive.published_object(key).await?, None).await {
        Err(error @ SegmentError::Unreadable { .. }) => return Err(Refusal::Damaged(error).into()),
        read => read?,
    };
    if whole.record.key != key || whole.footer.org_id != *org_id {
        return Err(Refusal::Misnamed(key.to_owned()).into());
    }
    match whole.altered {
        Some(violation) => Err(Refusal::Violated(violation).into()),
        None => Ok(whole),
    }
}
