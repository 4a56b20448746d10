//! What is signed about an org's archive, compared with what is claimed.

use std::collections::HashMap;

use audit_core::invariants::{checkpoint_is_claimed, checkpoint_is_signed};
use audit_core::{Checkpoint, Frontier, LogId, OrgId, VerifierKey, Violation};
use audit_segments::{SegmentError, SegmentStore};
use futures::{StreamExt, TryStreamExt, stream};

use crate::replay::Replay;

/// Objects read concurrently.
pub(crate) const IN_FLIGHT: usize = 16;

/// The checkpoints of a log, and the keys that have signed any.
#[derive(Debug, Default)]
pub(crate) struct Signed {
    /// The size under which each is stored, and its note.
    pub(crate) checkpoints: Vec<(u64, String)>,
    keys: Vec<VerifierKey>,
}

impl Signed {
    /// Reads them; a worker may sign a further one meanwhile.
    pub(crate) async fn read(archive: &SegmentStore, org_id: &OrgId, log_id: LogId) -> Result<Self, SegmentError> {
        let read_one = async |size| {
            let note = archive.checkpoint(org_id, log_id, size).await?;
            Ok::<_, SegmentError>((size, note.unwrap_or_default()))
        };
        let reads: Vec<_> = archive.checkpoint_sizes(org_id, log_id).await?.into_iter().map(read_one).collect();
        let checkpoints: Vec<_> = stream::iter(reads).buffered(IN_FLIGHT).try_collect().await?;
        // A text that is not a key verifies nothing.
        let keys = if checkpoints.is_empty() { Vec::new() } else { archive.log_keys().await? };
        Ok(Self { checkpoints, keys: keys.iter().filter_map(|key| key.parse().ok()).collect() })
    }

    /// T-2: compares the checkpoints with the trees of the published batches. The claims were read after them.
    pub(crate) fn compare(&self, log_id: LogId, replay: &Replay) -> Vec<Violation> {
        let claimed = trees(replay);
        let compare_one = |(size, note): &(u64, String)| {
            let read = self.keys.iter().find_map(|key| Checkpoint::open(note, key).ok());
            checkpoint_is_signed(*size, read.is_some())?;
            let read = read.filter(|read| read.size == *size && read.origin.ends_with(&format!("/{log_id}")));
            let tree = claimed.get(size).filter(|tree| read.is_some_and(|read| read.root == tree.root()));
            checkpoint_is_claimed(*size, tree.is_some())
        };
        self.checkpoints.iter().filter_map(|checkpoint| compare_one(checkpoint).err()).collect()
    }
}

/// Returns the tree after each published batch, by its size.
pub(crate) fn trees(replay: &Replay) -> HashMap<u64, &Frontier> {
    replay.trees.iter().map(|tree| (tree.size(), tree)).collect()
}
