//! The log of an org, as far as a rebuild needs it.

use audit_core::error::chain;
use audit_core::{OrgId, Violation};
use audit_segments::{SegmentError, SegmentStore};

use crate::log::Signed;
use crate::replay::Replay;

/// T-2: compares the claims with everything that was signed. A rebuilt ledger extends the tree that they state.
pub(super) async fn compare(
    archive: &SegmentStore,
    org_id: &OrgId,
    replay: &Replay,
) -> Result<Option<Violation>, SegmentError> {
    let Some(log_id) = replay.archived.log_id else { return Ok(None) };
    Ok(Signed::read(archive, org_id, log_id).await?.compare(log_id, replay).into_iter().next())
}

/// Puts the tiles of the newest batch: its worker may have stopped before it did, and no pass returns to a batch of an
/// earlier ledger. Returns why the tiles could not be put, if an object of the batch is missing or was altered.
pub(super) async fn extend(
    archive: &SegmentStore,
    org_id: &OrgId,
    replay: &Replay,
) -> Result<Option<String>, SegmentError> {
    let (Some(batch), Some(log_id)) = (&replay.published, replay.archived.log_id) else { return Ok(None) };
    match archive.extend_log(org_id, log_id, &batch.frontier, &batch.segments).await {
        Ok(()) => Ok(None),
        Err(error @ SegmentError::Failed { .. }) => Err(error),
        Err(error) => Ok(Some(chain(&error))),
    }
}
