//! A gap between objects: the last batch was committed, and a later segment of it was copied before an earlier one. Or
//! somebody removed a published object.
//!
//! What stands behind the gap can be neither left (Athena sees it, and its rows would be archived once more) nor removed
//! (an object under Object Lock stays). So the batch is made whole from what was staged for it.

use std::borrow::Borrow;

use audit_archive::whole::Whole;
use audit_archive::{Archive, ArchiveError, keys};
use audit_core::org::OrgId;
use audit_core::segment::SegmentRecord;

use super::tiling::{Tiling, lay};

/// The staged segments that close the gap, and how everything lies then; `None` where no attempt closes it.
///
/// *Guarantees*: they are of the attempt that the batch's other objects were copied from, and fit without a gap, an overlap
/// or an id twice.
pub(super) async fn closing(
    archive: &Archive,
    org_id: &OrgId,
    objects: &[Whole],
) -> Result<Option<(Tiling, Vec<SegmentRecord>)>, ArchiveError> {
    let keys = archive.staged_keys(org_id).await?;
    for attempt in keys.chunk_by(|a, b| keys::attempt(a) == keys::attempt(b)) {
        let Some(first) = read(archive, org_id, &attempt[0]).await? else { continue };
        let copied: Vec<_> = objects.iter().filter(|object| object.footer.batch == first.footer.batch).collect();
        if copied.is_empty() || is_whole(&copied) {
            continue;
        }
        let mut staged = vec![first];
        for key in &attempt[1..] {
            staged.extend(read(archive, org_id, key).await?);
        }
        if !copied.iter().all(|object| holds(&staged, object)) {
            continue;
        }
        let missing: Vec<_> = staged.iter().filter(|staged| !holds(&copied, staged)).collect();
        let closed = lay(org_id, objects.iter().chain(missing.iter().copied()).collect());
        if let Some(closed) = closed.ok().filter(|closed| closed.stranded.is_empty()) {
            return Ok(Some((closed, missing.into_iter().map(|staged| staged.record.clone()).collect())));
        }
    }
    Ok(None)
}

/// Whether these objects of one batch are all that it has.
fn is_whole(objects: &[&Whole]) -> bool {
    let totals = objects.iter().find_map(|object| object.footer.totals);
    totals.is_some_and(|totals| totals.segments == objects.len() as u64)
}

/// Whether one of `segments` is the very segment `one`.
fn holds(segments: &[impl Borrow<Whole>], one: &Whole) -> bool {
    segments.iter().any(|segment| segment.borrow().record.key == one.record.key)
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
