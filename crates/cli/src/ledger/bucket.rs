//! What the bucket has of an org: each object whole.

use audit_archive::whole::Whole;
use audit_archive::{Archive, ArchiveError};
use audit_core::org::OrgId;
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

async fn read_one(archive: &Archive, org_id: &OrgId, key: &str) -> Result<Whole, RebuildError> {
    let whole = match Whole::read_aside(&archive.published_object(key).await?).await {
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
