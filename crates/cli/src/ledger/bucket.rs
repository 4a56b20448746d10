//! What the bucket has of an org: each object whole, and what was staged of those that the ledger misses.

use audit_archive::whole::Whole;
use audit_archive::{Archive, ArchiveError};
use audit_core::ledger::Seq;
use audit_core::org::OrgId;
use audit_core::segment::SegmentRecord;
use audit_tables::whole_ledger::WholeLedger;
use futures::{StreamExt, TryStreamExt, stream};

use super::rebuild::RebuildError;
use super::refusal::Refusal;

/// Objects read side by side.
const IN_FLIGHT: usize = 4;

/// Reads the org's objects.
///
/// *Errors*: also where one is damaged, or is not what its key says. Its rows may be nowhere else.
pub(super) async fn read(archive: &Archive, org_id: &OrgId) -> Result<Vec<Whole>, RebuildError> {
    let keys = archive.published_keys(org_id).await?;
    let reads: Vec<_> = keys.iter().map(|key| read_one(archive, org_id, key)).collect();
    stream::iter(reads).buffered(IN_FLIGHT).try_collect().await
}

/// Publishes again what readers look for and do not find, where it is still staged; gives the objects.
///
/// *Guarantees*: nothing under sequence numbers that an object has already, whatever the ledger says of them.
pub(super) async fn restore(
    archive: &Archive,
    org_id: &OrgId,
    ledger: &WholeLedger,
    objects: &[Whole],
) -> Result<Vec<Whole>, RebuildError> {
    let visible = ledger.head.map_or(Seq(0), |head| head.visible_seq());
    let overlaps = |one: &SegmentRecord, other: &SegmentRecord| {
        one.first_seq < other.first_seq.plus(other.rows) && other.first_seq < one.first_seq.plus(one.rows)
    };
    let mut restored = Vec::new();
    for segment in ledger.segments.iter().filter(|it| it.first_seq < visible && !it.staged_key.is_empty()) {
        if objects.iter().chain(&restored).any(|object| overlaps(segment, &object.record)) {
            continue;
        }
        match archive.publish(segment).await {
            Err(ArchiveError::Missing { .. }) => continue,
            published => published?,
        }
        restored.push(read_one(archive, org_id, &segment.key).await?);
    }
    Ok(restored)
}

async fn read_one(archive: &Archive, org_id: &OrgId, key: &str) -> Result<Whole, RebuildError> {
    let whole = match Whole::read_aside(&archive.published_object(key).await?, None).await {
        Err(error @ ArchiveError::Unreadable { .. }) => return Err(Refusal::Damaged(error).into()),
        read => read?,
    };
    if whole.record.key != key || whole.footer.org_id != *org_id {
        return Err(Refusal::Misnamed(key.to_owned()).into());
    }
    match whole.misplaced {
        Some(violation) => Err(Refusal::Broken(violation).into()),
        None => Ok(whole),
    }
}
