//! The objects of an org, as far as a rebuild needs them.

use std::collections::HashSet;

use audit_core::{Decision, OrgId, SegmentRecord};
use audit_segments::{SegmentError, SegmentStore};
use futures::{StreamExt, TryStreamExt, stream};

use crate::replay::{Replay, Undecided};

/// Segments copied concurrently.
const IN_FLIGHT: usize = 8;

/// R3: decides about the newest batch or merge, if it neither took effect nor ended.
///
/// # Guarantees
/// Returns [`Decision::Published`] or [`Decision::Switched`] only if all of its objects exist, as they were claimed.
/// [`Decision::Void`] and [`Decision::Abandoned`] lose no row: before the other decision is claimed, nothing is deleted.
///
/// # Errors
/// A store failed, or another object exists under the key of a segment of a batch.
pub(super) async fn settle(archive: &SegmentStore, replay: &Replay) -> Result<Option<Decision>, SegmentError> {
    let Some(undecided) = &replay.undecided else { return Ok(None) };
    let copies: Vec<_> = undecided.segments().iter().map(|segment| archive.publish(segment)).collect();
    let copied = stream::iter(copies).buffer_unordered(IN_FLIGHT).try_collect::<()>().await;
    Ok(Some(match (undecided, copied) {
        (Undecided::Batch(batch), Ok(())) => Decision::Published(batch.first_seq),
        (Undecided::Batch(batch), Err(SegmentError::Missing { .. })) => Decision::Void(batch.first_seq),
        (Undecided::Merge(merge), Ok(())) => Decision::Switched(merge.number),
        (Undecided::Merge(merge), Err(SegmentError::Missing { .. } | SegmentError::Altered(_))) => {
            Decision::Abandoned(merge.number)
        }
        (_, Err(error)) => return Err(error),
    }))
}

/// Copies the objects of published segments again that are missing and still staged. Returns how many, and the keys of
/// those that are not.
pub(super) async fn restore(
    archive: &SegmentStore,
    org_id: &OrgId,
    replay: &Replay,
) -> Result<(usize, Vec<String>), SegmentError> {
    let objects: HashSet<String> = archive.published_keys(org_id).await?.into_iter().collect();
    let undecided = replay.undecided.as_ref().map_or(&[][..], Undecided::segments);
    let is_published = |segment: &&SegmentRecord| !undecided.contains(segment);
    let (mut copied, mut missing) = (0, Vec::new());
    for segment in replay.segments().filter(is_published).filter(|segment| !objects.contains(&segment.key)) {
        match archive.publish(segment).await {
            Err(SegmentError::Missing { key }) => missing.push(key),
            published => {
                published?;
                copied += 1;
            }
        }
    }
    Ok((copied, missing))
}
