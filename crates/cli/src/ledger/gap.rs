//! A gap between objects: the last batch was committed, and a later segment of it was copied before an earlier one.
//!
//! What stands behind the gap can be neither left (Athena sees it, and its rows would be archived once more) nor removed
//! (an object under Object Lock stays). So the batch is brought to its end from what was staged for it.

use audit_archive::whole::Whole;
use audit_archive::{Archive, ArchiveError, keys};
use audit_core::org::OrgId;
use audit_core::segment::SegmentRecord;

use super::tiling::{Tiling, lay};

/// The staged segments that close the gap, and how everything lies then; `None` where no attempt closes it.
///
/// *Guarantees*: fits without a gap, an overlap or an id twice. Whichever attempt that is, its rows were hot when it was
/// staged, and none was deleted since, as its batch was never published.
pub(super) async fn closing(
    archive: &Archive,
    org_id: &OrgId,
    objects: &[Whole],
    open: &Tiling,
) -> Result<Option<(Tiling, Vec<SegmentRecord>)>, ArchiveError> {
    let keys = archive.staged_keys(org_id).await?;
    for attempt in keys.chunk_by(|a, b| keys::attempt(a) == keys::attempt(b)) {
        let mut missing = Vec::new();
        for key in attempt {
            missing.extend(read(archive, org_id, key).await?);
        }
        missing.retain(|staged| objects.iter().all(|object| object.record.key != staged.record.key));
        if !missing.iter().any(|staged| staged.record.first_seq == open.next_seq) {
            continue;
        }
        let closed = lay(org_id, objects.iter().chain(&missing).collect());
        if let Some(closed) = closed.ok().filter(|closed| closed.stranded.is_empty()) {
            return Ok(Some((closed, missing.into_iter().map(|staged| staged.record).collect())));
        }
    }
    Ok(None)
}

/// A staged segment, with its key and tag in the record; `None` for what cannot be read as one of the org.
async fn read(archive: &Archive, org_id: &OrgId, key: &str) -> Result<Option<Whole>, ArchiveError> {
    let object = match archive.staged_object(key).await {
        Err(ArchiveError::Missing { .. }) => return Ok(None),
        object => object?,
    };
    let Ok(mut whole) = Whole::read_aside(&object).await else { return Ok(None) };
    (whole.record.staged_key, whole.record.staged_etag) = (object.key, object.etag);
    Ok((whole.footer.org_id == *org_id && whole.misplaced.is_none()).then_some(whole))
}
